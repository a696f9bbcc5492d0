"""Requests stay at their address, and nothing personal leaves by log or message."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest

import providers
from providers.contract import HttpOptions
from providers.errors import (
    AccountBlocked,
    Ambiguous,
    Refused,
    Unavailable,
)
from providers.http import Answer, Client, Effect, Unreadable, basic_auth, httpx, segment
from providers.secrets import Secret
from tests.providers.http_peer import KEY, NOW, PHONE, ask, client_of


def test_links_stay_at_the_base_url() -> None:
    client = client_of(lambda request: httpx.Response(200, json={}))
    assert client.path_of("https://vendor.invalid/next?page=2") == "/next?page=2"
    assert client.path_of("https://vendor.invalid:443/next") == "/next"
    assert client.path_of("/next?page=2") == "/next?page=2"
    for elsewhere in (
        "https://evil.invalid/next",
        "http://vendor.invalid/next",
        "https://vendor.invalid:444/next",
        "https://vendor.invalid@evil.invalid/",
        "//evil.invalid/next",
        "mailto:somebody",
        "https://[",
        " ",
        "",
    ):
        with pytest.raises(Unreadable):
            client.path_of(elsewhere)


@pytest.mark.parametrize(
    ("link", "path"),
    [
        ("contacts?fromId=7", "/api/v2/contacts?fromId=7"),
        ("?fromId=7", "/api/v2/search?fromId=7"),
        ("./more", "/api/v2/more"),
        ("../v3/search", "/api/v3/search"),
        ("../../../../etc", "/etc"),
        ("/api/next", "/api/next"),
        ("https://vendor.invalid/api/next", "/api/next"),
    ],
)
def test_a_relative_link_counts_from_the_request_that_was_answered(link: str, path: str) -> None:
    client = client_of(lambda request: httpx.Response(200, json={"next": link}))

    def follow(answer: Answer) -> str:
        return client.path_of(answer.json()["next"])

    read = {"operation": "search", "effect": Effect.READ, "decode": follow}
    client.request("GET", "/somewhere/else", **{**read, "decode": Answer.json})
    assert client.request("GET", "/api/v2/search", params={"page": 1}, **read) == path


@pytest.mark.parametrize("link", ["//evil.invalid/next", "https://evil.invalid/next", "http:next", ""])
def test_no_link_leads_away_from_the_base_url(link: str) -> None:
    client = client_of(lambda request: httpx.Response(200, json={"next": link}))
    with pytest.raises(Unavailable, match="link"):
        client.request(
            "GET",
            "/api/v2/search",
            operation="search",
            effect=Effect.READ,
            decode=lambda answer: client.path_of(answer.json()["next"]),
        )


@pytest.mark.parametrize("path", ["https://evil.invalid/", "calls", "@evil.invalid/", ""])
def test_a_path_that_is_none_is_never_sent(path: str) -> None:
    sent: list[httpx.Request] = []
    client = client_of(lambda request: sent.append(request) or httpx.Response(200, json={}))  # type: ignore[func-returns-value]
    with pytest.raises(ValueError, match="slash"):
        client.request("GET", path, operation="observe", effect=Effect.READ)
    assert sent == []


def test_two_slashes_do_not_change_the_host() -> None:
    sent: list[httpx.Request] = []
    client = client_of(lambda request: sent.append(request) or httpx.Response(200, json={}))  # type: ignore[func-returns-value]
    client.request("GET", "//evil.invalid/x", operation="observe", effect=Effect.READ)
    assert [request.url.host for request in sent] == ["vendor.invalid"]


def test_a_segment_can_not_leave_its_place() -> None:
    assert segment("../a b/ü?#") == "..%2Fa%20b%2F%C3%BC%3F%23"


@pytest.mark.parametrize("address", ["", "http://vendor.invalid", "ftp://vendor.invalid", "vendor.invalid"])
def test_an_address_that_is_not_allowed_blocks_the_account(address: str) -> None:
    with pytest.raises(AccountBlocked):
        Client(provider="made_up", base_url=address, now=lambda: NOW, options=HttpOptions())


def test_a_body_may_go_with_any_method_and_headers_carry_secrets() -> None:
    sent: list[httpx.Request] = []

    def reply(request: httpx.Request) -> httpx.Response:
        sent.append(request)
        return httpx.Response(200, json={})

    client = client_of(reply, headers={"Authorization": basic_auth("ann", Secret("pä"))})
    client.request("DELETE", "/c", operation="withdraw", effect=Effect.REPEATABLE, json={"ref": "é"})
    assert sent[0].headers["Authorization"] == "Basic YW5uOnDDpA=="
    assert sent[0].content == '{"ref":"é"}'.encode()
    assert sent[0].headers["Content-Type"] == "application/json"


def test_form_and_file_bodies_are_sent() -> None:
    sent: list[httpx.Request] = []

    def reply(request: httpx.Request) -> httpx.Response:
        sent.append(request)
        return httpx.Response(200, json={})

    client = client_of(reply)
    ask(client, form={"a": "1 2"})
    ask(client, files={"file": ("contacts.json", b"[]", "application/json")})
    assert sent[0].content == b"a=1+2"
    assert b'name="file"; filename="contacts.json"' in sent[1].read()


def test_no_error_log_or_print_shows_a_phone_or_a_key(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    text = f'{{"message": "{PHONE} is bad, key {KEY.reveal()}, ann@example.invalid, Bearer abcdefgh12"}}'
    client = client_of(lambda request: httpx.Response(400, text=text), headers={"X-Key": KEY})
    with pytest.raises(Refused) as caught:
        ask(client, params={"phone": PHONE}, json={"phone": PHONE})
    error = caught.value
    said = [str(error), repr(error), repr(error.args), error.detail, caplog.text]
    for forbidden in ("2025550123", KEY.reveal(), "ann@", "abcdefgh12"):
        assert [line for line in said if forbidden in line] == []


def test_a_failure_of_the_library_does_not_quote_a_header() -> None:
    def reply(request: httpx.Request) -> httpx.Response:
        raise httpx.LocalProtocolError(f"Illegal header value {KEY.reveal()!r}")

    with pytest.raises(Ambiguous) as caught:
        ask(client_of(reply))
    assert KEY.reveal() not in str(caught.value)
    assert caught.value.__suppress_context__ is True


def test_the_log_line_names_what_was_done(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    ask(client_of(lambda request: httpx.Response(200, json={})), ref="attempt-1")
    assert [record.getMessage().rsplit(" ", 1)[0] for record in caplog.records] == [
        "provider=made_up account=north operation=push effect=once method=POST ref=attempt-1 status=200"
    ]


def test_a_request_that_failed_is_logged_by_its_cause(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)

    def reply(request: httpx.Request) -> httpx.Response:
        raise httpx.ReadTimeout("timed out")

    with pytest.raises(Ambiguous):
        ask(client_of(reply))
    assert "status=ReadTimeout" in caplog.text


def test_only_one_module_imports_httpx() -> None:
    root = Path(providers.__file__).parent
    importing = [
        str(path.relative_to(root))
        for path in sorted(root.rglob("*.py"))
        if any(
            line.startswith(("import httpx", "from httpx", "import httpcore", "from httpcore"))
            for line in path.read_text().splitlines()
        )
    ]
    assert importing == ["http.py"]
