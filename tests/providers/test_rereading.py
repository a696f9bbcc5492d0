"""A read that brought no usable answer is asked again at once, at most twice; nothing else ever is."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from providers.contract import HttpOptions
from providers.errors import AccountBlocked, Ambiguous, ProviderError, Refused, Throttled, Unavailable
from providers.http import Client, Effect, httpx
from tests.providers.http_peer import ask

GOOD = httpx.Response(200, json={"calls": []})


def client_of(replies: list[httpx.Response | Exception], counted: list[int], **more: Any) -> Client:
    """Make a client that is answered in turn, and counts what it sends as the engine does."""

    def reply(request: httpx.Request) -> httpx.Response:
        answer = replies.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    options = HttpOptions(read_again=2, on_request=lambda *_: counted.append(1))
    return Client(
        provider="made_up",
        base_url="https://vendor.invalid",
        now=lambda: datetime(2026, 6, 1, 12, 0, tzinfo=UTC),
        options=replace(options, **more),
        transport=httpx.MockTransport(reply),
    )


@pytest.mark.parametrize(
    "lost",
    [
        lambda: httpx.Response(500),
        lambda: httpx.Response(200, content=b'{"half": "an'),
        lambda: httpx.ReadError("broken"),
        lambda: httpx.ReadTimeout("late"),
        lambda: httpx.ConnectError("not there"),
    ],
)
def test_a_read_is_asked_again_until_it_is_answered_and_each_request_counts(
    lost: Callable[[], httpx.Response | Exception],
) -> None:
    counted: list[int] = []
    client = client_of([lost(), lost(), GOOD], counted)
    assert ask(client, Effect.READ) == {"calls": []}
    assert len(counted) == 3


def test_after_the_third_time_the_failure_stands() -> None:
    counted: list[int] = []
    client = client_of([httpx.Response(502) for _ in range(9)], counted)
    with pytest.raises(Unavailable) as caught:
        ask(client, Effect.READ)
    assert (len(counted), caught.value.http_status) == (3, 502)


@pytest.mark.parametrize("effect", [Effect.ONCE, Effect.REPEATABLE])
def test_what_changes_something_is_sent_once(effect: Effect) -> None:
    counted: list[int] = []
    client = client_of([httpx.ReadError("broken"), GOOD], counted)
    with pytest.raises((Ambiguous, Unavailable)):
        ask(client, effect)
    assert len(counted) == 1


@pytest.mark.parametrize(
    ("answer", "wanted"),
    [
        (httpx.Response(429), Throttled),
        (httpx.Response(503, headers={"Retry-After": "3"}), Unavailable),
        (httpx.Response(404), Refused),
        (httpx.Response(401), AccountBlocked),
    ],
)
def test_an_answer_that_was_meant_is_believed(answer: httpx.Response, wanted: type[ProviderError]) -> None:
    counted: list[int] = []
    client = client_of([answer, GOOD], counted)
    with pytest.raises(wanted):
        ask(client, Effect.READ)
    assert len(counted) == 1


def test_nobody_asks_again_unless_told_to() -> None:
    counted: list[int] = []
    client = client_of([httpx.Response(500), GOOD], counted, read_again=0)
    with pytest.raises(Unavailable):
        ask(client, Effect.READ)
    assert len(counted) == 1


def test_no_read_is_asked_again_after_the_deadline() -> None:
    now = [0.0]
    counted: list[int] = []

    def spend(*_: float) -> None:
        counted.append(1)
        now[0] += 15.0

    client = client_of([httpx.Response(500) for _ in range(9)], [], clock=lambda: now[0], on_request=spend)
    with pytest.raises(Unavailable):
        ask(client, Effect.READ)
    assert len(counted) == 2  # 15 of 20 seconds, then past the end


def test_an_answer_that_never_comes_costs_half_of_the_time_that_is_left() -> None:
    waited: list[float] = []

    def reply(request: httpx.Request) -> httpx.Response:
        waited.append(request.extensions["timeout"]["read"])
        raise httpx.ReadTimeout("late")

    client = client_of([], [], deadline_seconds=16.0, clock=lambda: 100.0)
    client._http = httpx.Client(transport=httpx.MockTransport(reply))
    with pytest.raises(Unavailable):
        ask(client, Effect.READ)
    assert waited == [8.0, 8.0, 16.0]  # the clock stands still: the last may have all that is left


def test_real_sockets_that_hang_leave_time_to_ask_again() -> None:
    from tests.providers.loopback import Loopback, answer

    seen: list[int] = []

    def hang_once(peer: Any, server: Any) -> None:
        server.read_request(peer)
        seen.append(1)
        if len(seen) == 1:
            server.stopping.wait(10)
        peer.sendall(answer(b'{"ok": true}'))

    server = Loopback(hang_once)
    try:
        client = Client(
            provider="loopback",
            base_url=server.url,
            now=lambda: datetime(2026, 6, 1, 12, 0, tzinfo=UTC),
            options=HttpOptions(read_again=2, deadline_seconds=2.0),
        )
        began = time.monotonic()
        assert ask(client, Effect.READ) == {"ok": True}
        assert time.monotonic() - began < 2.0
    finally:
        server.stop()
