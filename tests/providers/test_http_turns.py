"""When a rate may hold a request back: before it is begun, and once its connection stands."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from providers.contract import HttpOptions
from providers.errors import Unavailable
from providers.http import Client, Effect
from tests.providers.loopback import Loopback


def once(peer: socket.socket, server: Loopback) -> None:
    while server.read_request(peer):
        peer.sendall(b'HTTP/1.1 200 OK\r\nContent-Length: 12\r\n\r\n{"id": "r1"}')


@pytest.fixture
def server() -> Iterator[Loopback]:
    made = Loopback(once)
    yield made
    made.stop()


def client_of(url: str, **options: Callable[[float], None]) -> Client:
    return Client(
        provider="loopback",
        base_url=url,
        now=lambda: datetime(2026, 6, 1, 12, 0, tzinfo=UTC),
        options=HttpOptions(deadline_seconds=5, **options),
    )


def send(client: Client) -> Any:
    return client.request("POST", "/calls", operation="push", effect=Effect.ONCE, json={"a": 1})


def test_each_request_is_told_before_it_connects_and_before_it_is_sent(server: Loopback) -> None:
    told: list[tuple[str, int]] = []
    client = client_of(
        server.url,
        on_request=lambda left: told.append(("request", len(server.requests))),
        on_sending=lambda left: told.append(("sending", len(server.requests))),
    )
    for _ in range(2):  # the second one on the connection that is there
        send(client)
    assert told == [("request", 0), ("sending", 0), ("request", 1), ("sending", 1)]


@pytest.mark.parametrize("point", ["on_request", "on_sending"])
def test_a_request_that_is_held_back_has_not_happened(server: Loopback, point: str) -> None:
    asked: list[float] = []

    def hold(left: float) -> None:
        asked.append(left)
        raise Unavailable("no request is left", retry_after=2)

    client = client_of(server.url, **{point: hold})
    with pytest.raises(Unavailable, match="no request is left"):
        send(client)
    assert server.requests == []
    assert 0 < asked[0] <= 5
    held = client_of(server.url)
    assert send(held) == {"id": "r1"}
