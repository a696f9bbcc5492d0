"""Each answer has one class of error; what can't be read is never taken for success."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from providers.effects import Answer, retry_after_seconds
from providers.errors import (
    AccountBlocked,
    Ambiguous,
    CampaignBlocked,
    ProviderError,
    Refused,
    Throttled,
    Unavailable,
)
from providers.http import Effect, httpx
from tests.providers.http_peer import NOW, ask, client_of


@pytest.mark.parametrize(
    ("status", "wanted"),
    [
        (400, Refused),
        (401, AccountBlocked),
        (402, AccountBlocked),
        (403, AccountBlocked),
        (404, Refused),
        (405, Refused),
        (407, Unavailable),
        (409, Refused),
        (410, Refused),
        (422, Refused),
        (425, Ambiguous),
        (429, Throttled),
        (501, Ambiguous),
        (502, Ambiguous),
        (504, Ambiguous),
    ],
)
def test_each_status_has_one_class(status: int, wanted: type[ProviderError]) -> None:
    client = client_of(lambda request: httpx.Response(status, text="no"))
    with pytest.raises(ProviderError) as caught:
        ask(client)
    error = caught.value
    assert type(error) is wanted
    assert (error.provider, error.operation, error.http_status) == ("made_up", "push", status)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("7", 7.0),
        ("1.5", 1.5),
        ("-3", 0.0),
        ("Mon, 01 Jun 2026 12:00:30 GMT", 30.0),
        ("Mon, 01 Jun 2026 11:00:00 GMT", 0.0),
        ("Mon, 01 Jun 2026 12:00:30 -0000", 30.0),
        ("soon", None),
        ("nan", None),
        ("inf", None),
        ("", None),
    ],
)
def test_retry_after_is_read_in_both_forms(text: str, seconds: float | None) -> None:
    assert retry_after_seconds(Answer(429, {"retry-after": text}, b""), NOW) == seconds


def test_retry_after_of_an_error_reaches_the_engine() -> None:
    client = client_of(lambda request: httpx.Response(503, headers={"Retry-After": "9"}))
    with pytest.raises(Unavailable) as caught:
        ask(client, Effect.READ)
    assert caught.value.retry_after == 9.0


def test_a_verdict_overrides_the_table_where_the_vendor_documents_it() -> None:
    client = client_of(lambda request: httpx.Response(404))
    with pytest.raises(CampaignBlocked) as caught:
        ask(client, verdict=lambda answer: CampaignBlocked("Gone.") if answer.status == 404 else None)
    assert caught.value.http_status == 404


def test_a_verdict_without_an_opinion_leaves_the_table() -> None:
    client = client_of(lambda request: httpx.Response(500))
    with pytest.raises(Ambiguous):
        ask(client, verdict=lambda answer: None)


@pytest.mark.parametrize(
    "decode",
    [
        lambda answer: answer.json()["missing"],
        lambda answer: answer.json()["list"]["x"],
        lambda answer: answer.json().nothing,
        lambda answer: int(answer.json()["word"]),
        lambda answer: 1 / 0,
    ],
)
def test_what_can_not_be_decoded_is_unreadable(decode: Callable[[Answer], Any]) -> None:
    client = client_of(lambda request: httpx.Response(200, json={"word": "x", "list": []}))
    with pytest.raises(Ambiguous):
        ask(client, decode=decode)
    with pytest.raises(Unavailable):
        ask(client, Effect.READ, decode=decode)


def test_a_provider_error_from_a_decoder_passes() -> None:
    def decode(answer: Answer) -> None:
        raise Refused("The vendor said no in a 200.")

    client = client_of(lambda request: httpx.Response(200, json={}))
    with pytest.raises(Refused) as caught:
        ask(client, decode=decode)
    assert caught.value.operation == "push"
