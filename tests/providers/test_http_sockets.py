"""The error table against real sockets: what the library raises, and when a request is really over."""

from __future__ import annotations

import gzip
import socket
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from providers.contract import HttpOptions
from providers.errors import Ambiguous, ProviderError, Throttled, Unavailable
from providers.http import Client, Effect
from tests.providers.loopback import Behaviour, Loopback, answer, reset

#: Long enough for a loopback answer on a busy machine, short enough for a test that waits it out.
DEADLINE = 0.6
#: What ending late by a scheduler's whim may take.
SLACK = 1.5

Serve = Callable[[Behaviour], Loopback]


@pytest.fixture
def serve() -> Iterator[Serve]:
    servers: list[Loopback] = []

    def start(behaviour: Behaviour) -> Loopback:
        servers.append(Loopback(behaviour))
        return servers[-1]

    yield start
    for server in servers:
        server.stop()


def client_of(url: str, **options: Any) -> Client:
    return Client(
        provider="loopback",
        base_url=url,
        now=lambda: datetime(2026, 6, 1, 12, 0, tzinfo=UTC),
        options=HttpOptions(**{"deadline_seconds": DEADLINE, **options}),
    )


def send(client: Client, effect: Effect) -> Any:
    return client.request("POST", "/calls", operation="push", effect=effect, json={"a": 1})


def drop_before_reading(peer: socket.socket, server: Loopback) -> None:
    peer.recv(1)  # without it the reset may come while the client still connects, which is another fault
    reset(peer)


def drop_after_reading(peer: socket.socket, server: Loopback) -> None:
    server.read_request(peer)


def reset_after_reading(peer: socket.socket, server: Loopback) -> None:
    server.read_request(peer)
    reset(peer)


def drop_in_the_body(peer: socket.socket, server: Loopback) -> None:
    server.read_request(peer)
    peer.sendall(b'HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\n{"id"')


def hang_after_reading(peer: socket.socket, server: Loopback) -> None:
    server.read_request(peer)
    server.stopping.wait(10)


def hang_unread(peer: socket.socket, server: Loopback) -> None:
    server.stopping.wait(10)


def drip_the_body(peer: socket.socket, server: Loopback) -> None:
    server.read_request(peer)
    peer.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 10000\r\n\r\n")
    while not server.stopping.wait(0.1):
        peer.sendall(b" ")


def drip_the_headers(peer: socket.socket, server: Loopback) -> None:
    server.read_request(peer)
    peer.sendall(b"HTTP/1.1 200 OK\r\nX-Slow: ")
    while not server.stopping.wait(0.1):
        peer.sendall(b"a")


def send_garbage(peer: socket.socket, server: Loopback) -> None:
    server.read_request(peer)
    peer.sendall(b"\x16\x03\x01 hello\r\n\r\n")


def say(text: bytes) -> Behaviour:
    def behave(peer: socket.socket, server: Loopback) -> None:
        server.read_request(peer)
        peer.sendall(text)

    return behave


PAGE = b"HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8"
UNCERTAIN: dict[str, Behaviour] = {
    "dropped before reading": drop_before_reading,
    "dropped after reading": drop_after_reading,
    "reset after reading": reset_after_reading,
    "dropped in the body": drop_in_the_body,
    "hangs after reading": hang_after_reading,
    "hangs unread": hang_unread,
    "drips the body": drip_the_body,
    "drips the headers": drip_the_headers,
    "garbage": send_garbage,
    "500": say(answer(b"", b"HTTP/1.1 500 Oops")),
    "503 with Retry-After": say(answer(b"", b"HTTP/1.1 503 Busy\r\nRetry-After: 5")),
    "302": say(answer(b"", b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/")),
    "a page for people": say(answer(b"<html></html>", PAGE)),
    "a page that calls itself JSON": say(answer(b"\n <!DOCTYPE html><html></html>")),
    "broken JSON": say(answer(b'{"id": ')),
    "an empty body": say(answer(b"")),
    "broken gzip": say(answer(b"no gzip", b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip")),
    "408": say(answer(b"", b"HTTP/1.1 408 Request Timeout")),
}


@pytest.mark.parametrize("name", sorted(UNCERTAIN))
@pytest.mark.parametrize(
    ("effect", "wanted"),
    [(Effect.READ, Unavailable), (Effect.REPEATABLE, Unavailable), (Effect.ONCE, Ambiguous)],
)
def test_what_may_have_happened_is_ambiguous_only_for_what_must_happen_once(
    serve: Serve, name: str, effect: Effect, wanted: type[ProviderError]
) -> None:
    server = serve(UNCERTAIN[name])
    started = time.monotonic()
    with pytest.raises(ProviderError) as caught:
        send(client_of(server.url), effect)
    assert type(caught.value) is wanted
    assert time.monotonic() - started < DEADLINE + SLACK


@pytest.mark.parametrize("effect", list(Effect))
def test_a_refused_connection_proves_that_nothing_happened(effect: Effect) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    with pytest.raises(Unavailable) as caught:
        send(client_of(f"http://127.0.0.1:{port}"), effect)
    assert type(caught.value) is Unavailable


def test_a_failed_handshake_proves_that_nothing_happened(serve: Serve) -> None:
    server = serve(send_garbage)
    with pytest.raises(Unavailable):
        send(client_of(server.url.replace("http:", "https:")), Effect.ONCE)


def test_429_is_throttled_with_its_wait(serve: Serve) -> None:
    server = serve(say(answer(b"", b"HTTP/1.1 429 Slow down\r\nRetry-After: 12")))
    with pytest.raises(Throttled) as caught:
        send(client_of(server.url), Effect.ONCE)
    assert caught.value.retry_after == 12.0


def test_a_redirect_is_not_followed(serve: Serve) -> None:
    other = serve(say(answer(b"{}")))
    server = serve(say(answer(b"", f"HTTP/1.1 307 Moved\r\nLocation: {other.url}/".encode())))
    with pytest.raises(Ambiguous):
        send(client_of(server.url), Effect.ONCE)
    assert (len(server.requests), len(other.requests)) == (1, 0)


def test_an_endless_answer_is_cut_at_the_limit(serve: Serve) -> None:
    sent = 0

    def flood(peer: socket.socket, server: Loopback) -> None:
        nonlocal sent
        server.read_request(peer)
        peer.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
        while not server.stopping.is_set():
            sent += peer.send(b" " * 65536)

    server = serve(flood)
    with pytest.raises(Ambiguous, match="longer than 100000 bytes"):
        send(client_of(server.url, max_bytes=100_000, deadline_seconds=20), Effect.ONCE)
    assert sent < 50_000_000


def test_a_small_answer_that_unpacks_to_a_large_one_is_cut_too(serve: Serve) -> None:
    packed = gzip.compress(b" " * 5_000_000)
    server = serve(say(answer(packed, b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip")))
    with pytest.raises(Unavailable, match="longer than 100000 bytes"):
        send(client_of(server.url, max_bytes=100_000), Effect.READ)


def test_proxies_of_the_environment_are_ignored(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    proxy = serve(say(answer(b'{"by": "proxy"}')))
    server = serve(say(answer(b'{"by": "server"}')))
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, proxy.url)
        monkeypatch.setenv(name.lower(), proxy.url)
    monkeypatch.delenv("NO_PROXY", raising=False)
    monkeypatch.delenv("no_proxy", raising=False)
    assert send(client_of(server.url), Effect.ONCE) == {"by": "server"}
    assert proxy.requests == []


def test_a_proxy_that_is_set_is_used(serve: Serve) -> None:
    proxy = serve(say(answer(b'{"by": "proxy"}')))
    server = serve(say(answer(b'{"by": "server"}')))
    assert send(client_of(server.url, proxy=proxy.url), Effect.ONCE) == {"by": "proxy"}
    assert server.requests == []


def test_a_peer_behind_a_proxy_is_held_to_the_deadline_too(serve: Serve) -> None:
    proxy = serve(drip_the_headers)
    started = time.monotonic()
    with pytest.raises(Ambiguous):
        send(client_of("http://127.0.0.1:9", proxy=proxy.url), Effect.ONCE)
    assert time.monotonic() - started < DEADLINE + SLACK


def test_requests_inside_a_budget_share_its_deadline(serve: Serve) -> None:
    def slow(peer: socket.socket, server: Loopback) -> None:
        while server.read_request(peer):
            server.stopping.wait(DEADLINE * 0.7)
            peer.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}")

    server = serve(slow)
    client = client_of(server.url)
    started = time.monotonic()
    with client.budget():
        assert send(client, Effect.READ) == {}
        with pytest.raises(Unavailable):
            send(client, Effect.READ)
    assert time.monotonic() - started < DEADLINE + SLACK
    assert send(client, Effect.READ) == {}  # the next one has a deadline of its own


def test_a_budget_that_is_used_up_sends_nothing(serve: Serve) -> None:
    server = serve(say(answer(b"{}")))
    ticks = iter([0.0, *[100.0] * 20])
    client = client_of(server.url, clock=lambda: next(ticks))
    with client.budget(), pytest.raises(Unavailable, match="nothing was sent"):
        send(client, Effect.ONCE)
    assert server.requests == []


def test_cookies_are_not_kept(serve: Serve) -> None:
    server = serve(say(answer(b"{}", b"HTTP/1.1 200 OK\r\nSet-Cookie: a=b; Path=/")))
    client = client_of(server.url)
    send(client, Effect.READ)
    send(client, Effect.READ)
    assert [b"cookie" in request.lower() for request in server.requests] == [False, False]
