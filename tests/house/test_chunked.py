"""Bodies sent in chunks arrive whole, whether the server or we take them out of their chunks."""

from __future__ import annotations

import http.client
import io
import json
import threading
from typing import Any

import pytest

from config.chunked import MOST_BYTES, Dechunked
from dialer.management.webserver import QuietRequestHandler, Server

WIRE = b"5\r\nhello\r\n6;note=x\r\n world\r\n0\r\nTrailer: x\r\n\r\n"


def sent(source: bytes, **environ: Any) -> tuple[str, bytes]:
    """Send a body; returns the status and what the application read of it."""
    seen: list[str] = []

    def application(given: Any, start_response: Any) -> list[bytes]:
        start_response("200 OK", [])
        return [given["wsgi.input"].read(int(given["CONTENT_LENGTH"]))]

    given = {"HTTP_TRANSFER_ENCODING": "chunked", "wsgi.input": io.BytesIO(source), **environ}
    body = Dechunked(application)(given, lambda status, headers: seen.append(status))  # type: ignore[arg-type]
    return seen[0], b"".join(body)


def test_chunks_from_the_wire_are_put_together() -> None:
    assert sent(WIRE) == ("200 OK", b"hello world")


def test_a_body_that_the_server_put_together_is_given_its_length() -> None:
    assert sent(b"hello world", **{"wsgi.input_terminated": True}) == ("200 OK", b"hello world")


@pytest.mark.parametrize("wire", [b"", b"zz\r\nhello\r\n", b"5\r\nhel", b"5\r\nhellooo\r\n0\r\n\r\n"])
def test_broken_chunks_are_refused(wire: bytes) -> None:
    assert sent(wire)[0] == "400 Bad Request"


def test_a_body_without_end_is_cut_off() -> None:
    huge = f"{MOST_BYTES + 1:x}".encode() + b"\r\n"
    assert sent(huge)[0] == "413 Content Too Large"


def test_a_body_with_a_length_is_left_alone() -> None:
    assert sent(b"abc", HTTP_TRANSFER_ENCODING="", CONTENT_LENGTH="3") == ("200 OK", b"abc")


def _echo(environ: Any, start_response: Any) -> list[bytes]:
    start_response("200 OK", [])
    return [environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"]))]


def test_the_server_of_one_terminal_takes_chunks_and_goes_on_with_the_connection() -> None:
    with Server(("127.0.0.1", 0), QuietRequestHandler) as server:
        server.set_app(Dechunked(_echo))  # type: ignore[arg-type]
        threading.Thread(target=server.serve_forever, daemon=True).start()
        client = http.client.HTTPConnection(*server.server_address[:2], timeout=10)
        for word in (b"one", b"two"):
            client.request("POST", "/", body=iter([word, b" more"]), encode_chunked=True)
            assert client.getresponse().read() == word + b" more"
        client.putrequest("POST", "/")
        client.putheader("Transfer-Encoding", "chunked")
        client.endheaders(b"zz\r\n")
        answer = client.getresponse()
        assert (answer.status, json.loads(answer.read())["code"]) == (400, "invalid")
        assert answer.getheader("Connection") == "close"
        server.shutdown()
