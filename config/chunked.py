"""Own bodies that are sent in chunks, without a length: Django reads no further than the length it is told.

Never looks into a body; one that is too large or broken is answered here, before anything reads it.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from tempfile import SpooledTemporaryFile
from typing import Any, BinaryIO
from wsgiref.types import StartResponse, WSGIEnvironment

Application = Callable[[WSGIEnvironment, StartResponse], Iterable[bytes]]

#: Where a server puts the stream itself, if its `wsgi.input` ends at the announced length: chunks announce none.
RAW_STREAM = "dialer.raw_stream"
#: Above the largest body that is read (20 MB), so that the application gives its own, precise answer.
MOST_BYTES = 25 * 1024 * 1024
_PIECE = 64 * 1024
_IN_MEMORY = 1024 * 1024
_LONGEST_LINE = 1024


class Broken(Exception):
    """The chunks cannot be read."""


class Dechunked:
    """A WSGI application that is handed whole bodies with their length."""

    def __init__(self, application: Application) -> None:
        self._application = application

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Collect a chunked body, then go on as with any other."""
        if "chunked" not in environ.get("HTTP_TRANSFER_ENCODING", "").lower():
            return self._application(environ, start_response)
        source = environ.get(RAW_STREAM) or environ["wsgi.input"]
        pieces = _to_end(source) if environ.get("wsgi.input_terminated") else _chunks(source)
        body: Any = SpooledTemporaryFile(max_size=_IN_MEMORY)  # noqa: SIM115  (lives as long as the request)
        try:
            for piece in pieces:
                body.write(piece)
                if body.tell() > MOST_BYTES:
                    return _refuse(start_response, "413 Content Too Large", "too_large")
        except Broken:
            return _refuse(start_response, "400 Bad Request", "invalid")
        environ["CONTENT_LENGTH"] = str(body.tell())
        del environ["HTTP_TRANSFER_ENCODING"]
        body.seek(0)
        environ["wsgi.input"] = body
        return self._application(environ, start_response)


def _to_end(source: BinaryIO) -> Iterable[bytes]:
    """Read what the server has taken out of its chunks already."""
    while piece := source.read(_PIECE):
        yield piece


def _chunks(source: BinaryIO) -> Iterable[bytes]:
    """Read chunks as they come over the wire (RFC 9112, 7.1)."""
    while True:
        size = _size(source.readline(_LONGEST_LINE))
        if size == 0:
            while source.readline(_LONGEST_LINE).strip():
                pass  # trailers say nothing that we use
            return
        if size > MOST_BYTES:
            yield b" " * (MOST_BYTES + 1)
            return
        piece = source.read(size)
        if len(piece) < size or source.readline(_LONGEST_LINE).strip():
            raise Broken
        yield piece


def _size(line: bytes) -> int:
    try:
        return int(line.split(b";")[0].strip(), 16)
    except ValueError:
        raise Broken from None


def _refuse(start_response: StartResponse, status: str, code: str) -> Iterable[bytes]:
    title = status.split(" ", 1)[1]
    problem = {
        "type": f"urn:dialer:problem:{code}",
        "title": title,
        "status": int(status[:3]),
        "detail": "The chunks of the body can't be read." if code == "invalid" else "The body is too large.",
        "code": code,
        "errors": [],
        "retryable": False,
    }
    start_response(status, [("Content-Type", "application/problem+json")])
    # Of unknown length: what is left of the body is in the way of a next request, and so the server hangs up.
    return iter([json.dumps(problem).encode()])
