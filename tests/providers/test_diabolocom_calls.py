"""How Diabolocom's adapter writes an order as a contact, and what it makes of the vendor's answer."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from providers.errors import Ambiguous, CampaignBlocked, Unavailable
from providers.testing import Fault
from providers.vocabulary import Result
from tests.providers.diabolocom_desk import Desk, answer, handle, order, phone, plan

CREATE = "POST v2/4101/contacts"


def _sent(desk: Desk) -> dict[str, Any]:
    """Give the body of the one create that was sent."""
    places = [place for place, line in enumerate(desk.sent) if line == CREATE]
    assert len(places) == 1
    return dict(desk.body(places[0]))


def test_an_order_is_written_as_a_contact_with_one_try_left() -> None:
    desk = Desk()
    campaign = desk.open()
    desk.forget()
    receipt = desk.push(
        campaign, order(fields={"full_name": "B", "debt": 12, "phone2": "9", "external_id": "x"})
    )
    assert desk.sent == [CREATE]
    assert desk.url().endswith("/contacts?priorityMode=false")
    assert desk.body() == {
        "triesNumber": 2,
        "customFields": {
            "full_name": "Ada Fiction",
            "phone1": "12025550110",
            "external_id": order().ref,
            "external_id_tries": "2",
        },
    }
    assert receipt.remote_id == "4101/1"
    assert receipt.remote == {"contact_id": "1", "id": "700001"}


def test_attributes_go_as_texts_into_the_fields_that_the_campaign_has() -> None:
    desk = Desk({"name_field": "", "ref_field": "our_ref"})
    fields = {"newCustomFields": [{"name": name, "isPhoneNumber": False} for name in ("debt", "vip", "note")]}
    desk.ask("POST", "/api/v1/voice/campaigns/4101/field", fields)
    desk.push(desk.open(), order(fields={"debt": 12.5, "vip": True, "note": None, "elsewhere": "z"}))
    assert _sent(desk)["customFields"] == {
        "debt": "12.5",
        "vip": "True",
        "note": "",
        "phone1": "12025550110",
        "our_ref": order().ref,
        "our_ref_tries": "2",
    }


@pytest.mark.parametrize(
    ("changes", "fields"),
    [
        (
            {"not_before": datetime(2026, 6, 2, 9, 0, 0, 1, tzinfo=UTC)},
            {"retryDate": "2026-06-02T09:00:01Z"},
        ),
        (
            {"not_after": datetime(2026, 6, 2, 9, 0, 0, 999_999, tzinfo=UTC)},
            {"maxCallingDateTime": "2026-06-02T09:00:00Z"},
        ),
    ],
)
def test_dates_never_widen_the_time_in_which_it_may_ring(changes: Any, fields: dict[str, Any]) -> None:
    desk = Desk()
    desk.push(desk.open(), order(**changes))
    body = _sent(desk)
    assert {name: body[name] for name in body if name not in ("triesNumber", "customFields")} == fields


def test_a_caller_id_is_written_without_plus() -> None:
    desk = Desk()
    desk.hand.put("POST", "/contacts", answer(201, text=""))
    desk.push(desk.open(), order(caller_id=phone(80)))
    assert _sent(desk)["contactCardDisplayNumber"] == "12025550190"


@pytest.mark.parametrize(("setting", "priorities"), [("low_first", [0, 10, 20]), ("high_first", [20, 10, 0])])
def test_a_priority_is_sent_where_the_account_says_which_end_is_first(
    setting: str, priorities: list[int]
) -> None:
    desk = Desk({"priority_order": setting})
    campaign = desk.open()
    for number, priority in enumerate((0, 5, 10)):
        desk.push(campaign, order(number, priority=priority))
    assert [desk.contact(number)["priority"] for number in (1, 2, 3)] == priorities


def test_a_raised_maximum_of_tries_is_noticed_after_a_minute() -> None:
    desk = Desk()
    campaign = desk.open()
    desk.change_campaign(maxTries=7)
    desk.clock.advance(60)
    desk.forget()
    desk.push(campaign, order())
    assert desk.sent == ["GET v1/4101", CREATE]
    assert desk.body()["triesNumber"] == 6
    desk.push(campaign, order(1))
    assert desk.sent == ["GET v1/4101", CREATE, CREATE]


def test_fields_that_somebody_removed_are_added_again_before_a_call_is_made() -> None:
    desk = Desk()
    campaign = desk.open()
    before = {**desk.campaign(), "customFields": ["phone1", "phone2"]}
    desk.clock.advance(60)
    desk.forget()
    desk.hand.put("GET", "/4101", answer(200, before))
    desk.hand.put("POST", "/field", answer(200, desk.campaign()))
    desk.push(campaign, order())
    assert desk.sent == ["GET v1/4101", "POST v1/4101/field", CREATE]


def test_a_native_order_has_all_tries_and_all_phones() -> None:
    desk = Desk()
    campaign = desk.open(retry=plan(60, 2))
    desk.push(campaign, order(retry=plan(60, 2), other_phones=(phone(1), phone(2))))
    body = _sent(desk)
    assert body["triesNumber"] == 0
    assert (body["customFields"]["phone1"], body["customFields"]["phone2"]) == ("12025550110", "12025550111")


def test_an_orchestrated_order_has_one_phone() -> None:
    desk = Desk()
    desk.push(desk.open(), order(other_phones=(phone(1),)))
    assert "phone2" not in _sent(desk)["customFields"]


def test_the_rest_of_a_native_plan_begins_where_it_was_left() -> None:
    desk = Desk()
    campaign = desk.open(retry=plan(60, 4))
    held = desk.pushed(campaign, order(retry=plan(60, 1)))
    assert _sent(desk)["triesNumber"] == 3
    rings = []
    for result in (Result.BUSY, Result.ANSWERED):
        desk.dial(0, result)
        rings += [(each.ring_no, each.result) for each in desk.look(campaign, held)]
    assert rings == [(1, Result.FAILED), (2, Result.ANSWERED)]


@pytest.mark.parametrize("changes", [{"maxTries": 2}, {"nextTryDelay": 61}])
def test_a_native_order_that_the_campaign_no_longer_fits_is_not_sent(changes: dict[str, int]) -> None:
    desk = Desk()
    campaign = desk.open(retry=plan(60, 2))
    desk.change_campaign(**changes)
    desk.clock.advance(60)
    desk.forget()
    with pytest.raises(CampaignBlocked, match="changed at Diabolocom"):
        desk.push(campaign, order(retry=plan(60, 2)))
    assert desk.sent == ["GET v1/4101"]


# ---- answers


def test_a_create_whose_answer_tells_nothing_is_read_back_by_its_reference() -> None:
    desk = Desk(create_body="none")
    campaign = desk.open()
    desk.forget()
    receipt = desk.push(campaign, order())
    assert desk.sent == [CREATE, "POST v2/4101/contacts/search"]
    assert (receipt.accepted, receipt.remote_id) == (True, "4101/1")


def test_a_create_that_the_search_does_not_show_yet_is_taken_all_the_same() -> None:
    desk = Desk(create_body="none", lag_seconds=30)
    campaign = desk.open()
    receipt = desk.push(campaign, order())
    assert (receipt.accepted, receipt.remote_id, receipt.remote) == (True, None, {})
    desk.clock.advance(30)
    assert [report.ref for report in desk.look(campaign, handle(order(), receipt))] == [order().ref]


def test_a_create_whose_reading_back_fails_is_taken_all_the_same() -> None:
    desk = Desk(create_body="none")
    campaign = desk.open()
    desk.wire.spoil(1, Fault.ERROR_BEFORE)
    assert desk.push(campaign, order()).accepted is True


def test_half_an_answer_to_a_create_is_ambiguous_and_nothing_more_is_sent() -> None:
    desk = Desk()
    campaign = desk.open()
    desk.forget()
    desk.hand.put("POST", "/contacts", answer(201, text='{"id": 7000'))
    with pytest.raises(Ambiguous):
        desk.push(campaign, order())
    assert desk.sent == [CREATE]


@pytest.mark.parametrize(
    ("word", "result"),
    [
        ("noValidPhone", Result.INVALID_NUMBER),
        ("bloctel", Result.DO_NOT_CALL),
        ("duplicate", Result.REJECTED),
        ("manual", Result.REJECTED),
        ("notDocumented", Result.REJECTED),
        (None, Result.REJECTED),
    ],
)
def test_a_contact_that_was_made_and_excluded_is_refused(word: str | None, result: Result) -> None:
    desk = Desk()
    campaign = desk.open()
    desk.push(campaign, order(1))
    made = {**desk.contact(), "excluded": True, "excludedDetail": word}
    desk.hand.put("POST", "/contacts", answer(201, made))
    receipt = desk.push(campaign, order())
    assert (receipt.accepted, receipt.result) == (False, result)
    assert receipt.reason == f"Diabolocom took the contact and excluded it: {word or 'excluded'}."


def test_a_refused_contact_is_a_receipt_that_quotes_nobody() -> None:
    desk = Desk()
    campaign = desk.open()
    words = "error.invalid.parameters: 12025550110 of Ada Fiction is odd"
    desk.hand.put("POST", "/contacts", answer(400, text=words))
    receipt = desk.push(campaign, order())
    assert (receipt.accepted, receipt.result) == (False, Result.REJECTED)
    assert receipt.reason == "Diabolocom refuses the contact: HTTP 400 error.invalid.parameters"


@pytest.mark.parametrize("status", [400, 409])
def test_a_refusal_by_an_archived_campaign_blocks_it_instead_of_losing_its_orders(status: int) -> None:
    desk = Desk()
    campaign = desk.open()
    archived = {**desk.campaign(), "isPaused": True, "isArchived": True}
    desk.hand.put("POST", "/contacts", answer(status, text="error.whatever"))
    desk.hand.put("GET", "/4101", answer(200, archived))
    with pytest.raises(CampaignBlocked, match="archived"):
        desk.push(campaign, order())


def test_a_refusal_whose_reason_can_not_be_looked_up_is_tried_again() -> None:
    desk = Desk()
    campaign = desk.open()
    desk.hand.put("POST", "/contacts", answer(400, text="error.whatever"))
    desk.wire.spoil(1, Fault.ERROR_BEFORE)
    with pytest.raises(Unavailable):
        desk.push(campaign, order())
    assert desk.sandbox.calls() == []


def test_a_campaign_that_is_gone_blocks_at_the_push() -> None:
    desk = Desk()
    campaign = desk.open()
    desk.hand.put("POST", "/contacts", answer(404, text="error.campaign.not.exists"))
    with pytest.raises(CampaignBlocked):
        desk.push(campaign, order())
