"""Secrets, phones and emails stay out of whatever is printed."""

from __future__ import annotations

import copy
import json
import logging
import pickle
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from providers.errors import (
    AccountBlocked,
    Ambiguous,
    ProviderError,
    Refused,
    Throttled,
    Unavailable,
)
from providers.secrets import Secret, mask_phone, mask_text, mute_http_libraries, scrub
from providers.vocabulary import Result

REF = "018f2b7a-1111-7000-8000-012345678901"


@pytest.mark.parametrize(
    ("phone", "masked"),
    [
        ("+5511999990001", "+55119****0001"),
        ("+12025550123", "+120****0123"),
        ("12025550123", "120****0123"),
        ("+44 20 7946 0123", "+4420****0123"),
        ("+12345678", "+****5678"),
        ("1234567", "****"),
        ("", "****"),
        ("+55119****0001", "+55119****0001"),
    ],
)
def test_a_phone_keeps_its_ends_only(phone: str, masked: str) -> None:
    assert mask_phone(phone) == masked


@given(st.from_regex(r"\+[1-9][0-9]{7,14}", fullmatch=True))
def test_at_least_four_digits_are_hidden(phone: str) -> None:
    shown = sum(character.isdigit() for character in mask_phone(phone))
    assert len(phone) - 1 - shown >= 4


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("call +1 (202) 555-0123 now", "call +120****0123 now"),
        ("phone=%2B12025550123&x=1", "phone=+120****0123&x=1"),
        ("tel:12025550123", "tel:120****0123"),
        ("n12025550123n", "n120****0123n"),
        ("ann.b+c@example.invalid wrote", "***@*** wrote"),
        ("ann%40example.invalid", "***@***"),
        ("Authorization: Bearer abc.def-123", "Authorization: Bearer ***"),
        ('{"api_key": "k-1", "to": "x"}', '{"api_key": "***", "to": "x"}'),
        ("password=hunter2&user=ann", "password=***&user=ann"),
        ("next_token=abc", "next_token=abc"),
        (f"attempt {REF}", f"attempt {REF}"),
        ("id 507f1f77bcf86cd799439011", "id 507f1f77bcf86cd799439011"),
        ("at 2026-03-01T13:00:00.123Z", "at 2026-03-01T13:00:00.123Z"),
        ("on 2026-03-01 13:00:00", "on 2026-03-01 13:00:00"),
        ("key AKIA0123456789abcdefghijklmnopqrstuvwxyz", "key ***"),
        ("status 503 after 1200 ms", "status 503 after 1200 ms"),
    ],
)
def test_free_text_is_masked_where_it_must_be(text: str, masked: str) -> None:
    assert mask_text(text) == masked


def test_known_secrets_are_taken_out_of_any_place() -> None:
    assert mask_text("say xyzzy twice: xyzzy", [Secret("xyzzy"), Secret("")]) == "say *** twice: ***"


@given(st.from_regex(r"\+[1-9][0-9]{9,14}", fullmatch=True), st.text(max_size=20), st.text(max_size=20))
def test_no_number_survives_in_any_text(phone: str, before: str, after: str) -> None:
    assert phone[1:] not in mask_text(f"{before} {phone} {after}")


def test_scrubbing_takes_secrets_and_leaves_phones() -> None:
    payload: Any = {
        "authorization": "Bearer abc",
        "contact": {"phone": "+12025550123", "Api-Key": "k", "tags": ["token=abc", "x"]},
        "next_token": "page-2",
        "password": "",
        "secret": Secret("x"),
        "count": 3,
        "raw": b"Authorization: Basic YTpi",
    }
    assert scrub(payload) == {
        "authorization": "***",
        "contact": {"phone": "+12025550123", "Api-Key": "***", "tags": ["token=***", "x"]},
        "next_token": "page-2",
        "password": "",
        "secret": "***",
        "count": 3,
        "raw": "Authorization: Basic ***",
    }


def test_a_secret_prints_as_stars_and_is_told_on_request_only() -> None:
    secret = Secret("hunter2")
    assert [str(secret), repr(secret), f"{secret}", f"{[secret]}"] == ["***", "***", "***", "[***]"]
    assert secret.reveal() == "hunter2"
    assert secret == Secret("hunter2")
    assert secret != Secret("other")
    assert secret != "hunter2"
    assert len({secret, Secret("hunter2")}) == 1
    assert (bool(secret), bool(Secret(""))) == (True, False)


def test_a_secret_can_not_be_written_down() -> None:
    with pytest.raises(TypeError):
        pickle.dumps(Secret("x"))
    with pytest.raises(TypeError):
        json.dumps(Secret("x"))
    secret = Secret("x")
    assert copy.deepcopy([secret])[0] is secret


def test_an_error_is_masked_when_it_is_made() -> None:
    error = AccountBlocked(
        "key=abc-1 is no api_key=abc-2 for +12025550123 and ann@example.invalid",
        provider="made_up",
        operation="push",
        http_status=403,
    )
    assert str(error) == "made_up push, HTTP 403: key=abc-1 is no api_key=*** for +120****0123 and ***@***"
    assert "2025550123" not in repr(error) + repr(error.args) + error.reason


def test_an_error_without_words_says_what_its_class_means() -> None:
    assert str(Ambiguous(provider="p")) == "p: It may have happened"


def test_a_long_reason_is_cut() -> None:
    assert len(Refused("x " * 1000).detail) == 500


def test_errors_carry_what_the_engine_reacts_to() -> None:
    assert isinstance(Throttled(retry_after=3), Unavailable)
    assert Throttled(retry_after=3).retry_after == 3
    assert Refused("no").result is Result.REJECTED
    assert Refused("no", result=Result.INVALID_NUMBER).result is Result.INVALID_NUMBER
    assert ProviderError(remote={"contact": "1"}).remote == {"contact": "1"}


def test_the_http_library_logs_nothing_of_its_own(caplog: pytest.LogCaptureFixture) -> None:
    mute_http_libraries()
    mute_http_libraries()
    caplog.set_level(logging.DEBUG)
    for name in ("httpx", "httpcore.connection", "httpcore.http11"):
        logging.getLogger(name).setLevel(logging.DEBUG)
        logging.getLogger(name).info("GET https://vendor.invalid/?phone=12025550123")
        logging.getLogger(name).setLevel(logging.NOTSET)
    assert caplog.text == ""
