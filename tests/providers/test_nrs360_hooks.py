"""How 360NRS' notifications are read: form fields, without a number, told again and again in any order."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import permutations
from urllib.parse import urlencode

import pytest

from providers.contract import HookRequest, Report
from providers.errors import HookRejected
from providers.vocabulary import Progress, Result
from tests.providers.nrs360_peer import NOW, REF, Peer

FIELDS = {
    "id": "m1",
    "channel": "text2speech",
    "contactId": "0",
    "campaignId": "1",
    "campaignName": REF,
    "event": "delivered",
    "extra": "no JSON",
    "eventDate": "2026-06-01T16:59:40+00:00",
}


def hook(body: bytes) -> HookRequest:
    return HookRequest(body=body, received_at=NOW)


def parsed(**changes: str | None) -> list[Report]:
    fields = {name: value for name, value in {**FIELDS, **changes}.items() if value is not None}
    return Peer().adapter().parse_webhook(hook(urlencode(fields).encode()))


def test_a_notification_is_ours_by_the_campaigns_name() -> None:
    (report,) = Peer().adapter().parse_webhook(hook(urlencode(FIELDS).encode()))
    assert (report.ref, report.remote_id, report.raw_status) == (REF, "m1", "delivered")
    assert (report.progress, report.result) == (Progress.ENDED, Result.ANSWERED)
    assert report.ended_at == report.at == datetime(2026, 6, 1, 16, 59, 40, tzinfo=UTC)


@pytest.mark.parametrize("name", [None, "", "Spring"])
def test_without_our_name_it_is_ours_by_the_message_id(name: str | None) -> None:
    (report,) = parsed(campaignName=name, campaignId="0")
    assert (report.ref, report.remote_id, report.event_id) == (None, "m1", "m1:delivered")


def test_a_date_without_a_zone_says_when_only_where_it_can_not_mislead() -> None:
    (ours,) = parsed(eventDate="2026-06-01 16:59:40")
    assert (ours.at, ours.ended_at) == (datetime(2026, 6, 1, 16, 59, 40, tzinfo=UTC), None)
    (by_id,) = parsed(campaignName="", eventDate="2026-06-01 16:59:40")
    assert (by_id.at, by_id.ended_at) == (None, None)
    (odd,) = parsed(eventDate="yesterday")
    assert (odd.at, odd.ended_at) == (None, None)


@pytest.mark.parametrize(
    "changes", [{"channel": "sms"}, {"channel": "mailing"}, {"id": "", "campaignName": "Spring"}]
)
def test_what_is_not_about_a_call_of_ours_tells_nothing(changes: dict[str, str]) -> None:
    assert parsed(**changes) == []


def test_the_channel_that_the_document_forgot_is_taken() -> None:
    assert len(parsed(channel="voice-interactive")) == 1
    assert len(parsed(channel=None)) == 1
    assert len(parsed(channel="")) == 1  # named, and not said


def test_fields_may_come_in_any_order_and_twice() -> None:
    few = [("event", "sent"), ("id", "m1"), ("campaignName", REF), ("id", "m1")]
    told_by = {
        tuple(report.event_id for report in Peer().adapter().parse_webhook(hook(urlencode(each).encode())))
        for each in permutations(few)
    }
    assert told_by == {(f"{REF}:sent",)}


@pytest.mark.parametrize(
    "body", [b"event=sent", b"id=m1", b"event=sent&event=delivered&id=m1", b'{"event": "sent"}']
)
def test_what_is_no_notification_is_rejected(body: bytes) -> None:
    with pytest.raises(HookRejected):
        Peer().adapter().parse_webhook(hook(body))


def test_what_is_kept_of_a_notification_is_scrubbed() -> None:
    (report,) = parsed(extra="token=made-up-word-2")
    assert report.detail["extra"] == "token=***"
