"""360NRS' tools beside calls: short links, pictures, one-time codes."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from providers.errors import Refused
from providers.nrs360.tools import HostedImage, Image, ShortLink
from tests.providers.nrs360_peer import PHONE, Peer, error


def test_links_are_shortened_each_with_its_own_verdict() -> None:
    rows = [
        {"longUrl": "https://a.invalid/", "shortUrl": "https://s.invalid/1", "error": False},
        {"longUrl": "b", "shortUrl": None, "error": True},
    ]
    peer = Peer().on("POST /shortener/shorten", {"data": rows})
    assert peer.client().tools.shorten(["https://a.invalid/", "b"]) == [
        ShortLink(long_url="https://a.invalid/", short_url="https://s.invalid/1"),
        ShortLink(long_url="b", short_url=None),
    ]
    assert peer.asked[0].body == {"urls": [{"longUrl": "https://a.invalid/"}, {"longUrl": "b"}]}


def test_pictures_are_sent_in_base64() -> None:
    peer = Peer().on(
        "POST /images/generate",
        {"data": [{"externalId": "p1", "imageUrl": "https://i.invalid/1", "error": False}]},
    )
    image = Image(external_id="p1", extension="png", content=b"\x89PNG")
    assert peer.client().tools.host_images([image]) == [
        HostedImage(external_id="p1", url="https://i.invalid/1")
    ]
    assert peer.asked[0].body == {"images": [{"externalId": "p1", "extension": "png", "base64": "iVBORw=="}]}


def test_a_code_is_made_and_checked() -> None:
    made = {
        "recipient": PHONE[1:],
        "code": "8071",
        "attempts": 0,
        "maxAttempts": 2,
        "expiresAt": "2026-06-01T17:01:00+00:00",
    }
    peer = Peer().on("POST /otp/generate", {"data": made})
    peer.on("POST /otp/check", {"data": {"valid": False, "reason": "Expired", "otp": {"data": made}}})
    tools = peer.client().tools
    code = tools.make_code(PHONE, length=4, max_attempts=2, app_id="shop")
    assert (code.code, code.max_attempts, code.expires_at) == (
        "8071",
        2,
        datetime(2026, 6, 1, 17, 1, tzinfo=UTC),
    )
    assert "8071" not in repr(code)
    verdict = tools.check_code(PHONE, "1111", app_id="shop")
    assert (verdict.is_valid, verdict.reason) == (False, "Expired")
    assert [asked.body for asked in peer.asked] == [
        {
            "recipient": PHONE[1:],
            "alpha": False,
            "length": 4,
            "maxAttempts": 2,
            "maxSecondsValidity": 60,
            "appId": "shop",
            "rejectIfPendingCode": False,
        },
        {"recipient": PHONE[1:], "code": "1111", "caseSensitive": False, "appId": "shop"},
    ]


@pytest.mark.parametrize(
    "act",
    [
        lambda tools: tools.shorten([]),
        lambda tools: tools.host_images([]),
        lambda tools: tools.make_code(""),
        lambda tools: tools.make_code(PHONE, length=2),
        lambda tools: tools.make_code(PHONE, max_attempts=11),
        lambda tools: tools.make_code(PHONE, seconds=29),
        lambda tools: tools.check_code(PHONE, ""),
    ],
)
def test_a_tool_is_not_asked_for_what_the_document_rules_out(act: Callable[[Any], object]) -> None:
    peer = Peer()
    with pytest.raises(ValueError):
        act(peer.client().tools)
    assert peer.requests == []


def test_an_invalid_value_is_refused_without_repeating_it() -> None:
    with pytest.raises(Refused) as caught:
        Peer().on("POST /otp/generate", error(422, 422)).client().tools.make_code(PHONE)
    assert (caught.value.code, PHONE[1:] in str(caught.value)) == ("422", False)
