"""Sessions are opened when needed, renewed once, and never in a circle."""

from __future__ import annotations

import pytest

from providers.errors import (
    AccountBlocked,
)
from providers.http import Client, Effect, httpx
from providers.secrets import Secret
from tests.providers.http_peer import ask, client_of


def session_client(valid: list[str], seen: list[str]) -> Client:
    """Make a client whose logins hand out the tokens t1, t2, ...; `valid` ones are accepted."""

    def reply(request: httpx.Request) -> httpx.Response:
        if request.url.path == "/login":
            token = f"t{1 + sum(item == 'login' for item in seen)}"
            seen.append("login")
            return httpx.Response(200, json={"token": token})
        token = request.headers["Authorization"].removeprefix("Bearer ")
        seen.append(token)
        return httpx.Response(200 if token in valid else 401, json={})

    def login(client: Client) -> dict[str, str | Secret]:
        token = client.request(
            "POST",
            "/login",
            operation="login",
            effect=Effect.REPEATABLE,
            decode=lambda answer: str(answer.json()["token"]),
            authorized=False,
        )
        return {"Authorization": Secret(f"Bearer {token}")}

    return client_of(reply, login=login)


def test_a_session_is_opened_once_and_kept() -> None:
    seen: list[str] = []
    client = session_client(["t1"], seen)
    ask(client)
    ask(client)
    assert seen == ["login", "t1", "t1"]


def test_an_expired_session_is_renewed_and_the_request_sent_again_once() -> None:
    seen: list[str] = []
    ask(session_client(["t2"], seen))
    assert seen == ["login", "t1", "login", "t2"]


def test_a_session_that_is_refused_again_blocks_the_account() -> None:
    seen: list[str] = []
    with pytest.raises(AccountBlocked):
        ask(session_client([], seen))
    assert seen == ["login", "t1", "login", "t2"]
