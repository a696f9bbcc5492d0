"""Targg's pushes: what is sent, what is refused, and that one reference never gets two calls."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from providers.contract import NativePlan, NativeStep, RemoteCampaign
from providers.errors import AccountBlocked, Ambiguous, CampaignBlocked, Throttled, Unavailable
from providers.testing.clock import START
from providers.vocabulary import Result, Unit
from tests.providers.targg_peer import (
    CALL,
    CAMPAIGN,
    CONTACT,
    NUMBER,
    OFF,
    OK,
    REF,
    Peer,
    call,
    campaign,
    contact,
    docs,
    listed,
    lost,
    order,
)

MAKE, RING, CALLS, CONTACTS = "POST /v1/contact", "POST /v1/call", "GET /v1/calls", "GET /v1/contacts"
ONE = f"GET /v1/campaign/{CAMPAIGN}"
MADE = {**OK, "contact": contact()}
TAKEN = {**OK, "message": "Call in progress"}
GOOD: dict[str, Any] = {MAKE: MADE, RING: TAKEN, CALLS: listed(call())}
PLAN = NativePlan(steps=(NativeStep(amount=2, unit=Unit.HOUR, other_phone=True),))
TIMELINE = [{"unit": 1, "duration": 2, "option_hour": 1, "phone_choose": 2}]
NATIVE = RemoteCampaign(remote_id=CAMPAIGN, remote={"timeline_retry": json.dumps(TIMELINE)})


def refused(message: str, status: int = 400) -> Any:
    return status, {"response": False, "message": message}


def test_an_order_becomes_a_contact_and_an_immediate_call() -> None:
    peer = Peer(GOOD)
    fields = {"open_sum": 12, "city": "Springfield", "vip": True, "nothing": None}
    receipt = peer.targg.push(OFF, [order(fields=fields)])[0]
    assert peer.sent == [MAKE, RING, CALLS]
    assert peer.body(0) == {
        "phones": [{"number": NUMBER, "main": True, "not_disturb": False, "type": "other"}],
        "language": "en-us",
        "status": "active",
        "tags": [REF],
        "name": "Ada Fiction",
        "externalId": REF,
        "has_aditional_fields": True,
        "aditionalFields": [
            {"key": "open_sum", "type": "number", "value": 12.0},
            {"key": "city", "type": "text", "value": "Springfield"},
            {"key": "vip", "type": "text", "value": "true"},
        ],
    }
    assert peer.body(1) == {"externalId": REF, "contactId": CONTACT, "campaignId": CAMPAIGN}
    assert (receipt.accepted, receipt.remote_id) == (True, CALL)
    assert receipt.remote == {"contact_id": CONTACT, "call_id": CALL}


@pytest.mark.parametrize(
    ("language", "phone", "written"),
    [
        ("pt-BR", "+12025550123", "pt-br"),
        ("en-us", "+5511900000001", "en-us"),
        (None, "+5511900000001", "pt-br"),
        (None, "+12025550123", "en-us"),
        ("es", "+12025550123", "en-us"),
    ],
)
def test_a_contact_speaks_one_of_the_two_languages(language: str | None, phone: str, written: str) -> None:
    peer = Peer(GOOD)
    peer.targg.push(OFF, [order(language=language, phone=phone)])
    assert peer.body(0)["language"] == written


def test_a_call_for_later_is_timed_by_the_persons_wall_clock() -> None:
    peer = Peer(GOOD)
    at = datetime(2026, 6, 3, 15, 30, tzinfo=UTC)
    receipt = peer.targg.push(OFF, [order(not_before=at)])[0]
    assert peer.body(1)["date"] == "2026-06-03 11:30:00"
    assert receipt.remote["not_before"] == at.isoformat()


def test_a_time_that_has_come_is_not_sent() -> None:
    peer = Peer(GOOD)
    receipt = peer.targg.push(OFF, [order(not_before=START - timedelta(hours=1))])[0]
    assert "date" not in peer.body(1)
    assert "not_before" not in receipt.remote


def test_a_time_in_several_zones_is_held_and_nothing_is_sent() -> None:
    peer = Peer(GOOD)
    receipt = peer.targg.push(OFF, [order(phone="+12085550111", not_before=START + timedelta(days=1))])[0]
    assert (receipt.accepted, receipt.result) == (False, Result.REJECTED)
    assert "is held" in receipt.reason
    assert peer.sent == []


@pytest.mark.parametrize("phone", ["+442079460000", "+1202555012", "+55119000001", "+5511900000000123"])
def test_numbers_of_other_countries_or_lengths_are_refused_and_nothing_is_sent(phone: str) -> None:
    peer = Peer(GOOD)
    receipt = peer.targg.push(OFF, [order(phone=phone)])[0]
    assert (receipt.accepted, receipt.result) == (False, Result.REJECTED)
    assert peer.sent == []


def test_a_native_plan_brings_the_other_numbers_of_the_person() -> None:
    peer = Peer(GOOD)
    others = ("+442079460000", "+12025550199", f"+{NUMBER}")
    peer.targg.push(NATIVE, [order(retry=PLAN, other_phones=others)])
    phones = [(phone["number"], phone["main"]) for phone in peer.body(0)["phones"]]
    assert phones == [(NUMBER, True), ("12025550199", False)]


@pytest.mark.parametrize(("where", "plan"), [(OFF, PLAN), (NATIVE, None)])
def test_an_order_whose_plan_is_not_the_campaigns_is_refused(where: Any, plan: NativePlan | None) -> None:
    peer = Peer(GOOD)
    receipt = peer.targg.push(where, [order(retry=plan)])[0]
    assert (receipt.accepted, receipt.result) == (False, Result.REJECTED)
    assert peer.sent == []


def test_a_refusal_is_told_in_the_vendors_words_without_name_or_number() -> None:
    peer = Peer({MAKE: refused(f"Ada Fiction has the invalid number {NUMBER}.")})
    receipt = peer.targg.push(OFF, [order()])[0]
    assert (receipt.accepted, receipt.result) == (False, Result.REJECTED)
    assert receipt.reason == "*** has the invalid number 120****0123."
    assert peer.sent == [MAKE]


def test_a_contact_that_the_vendor_has_blacklisted_is_not_called() -> None:
    peer = Peer({**GOOD, MAKE: {**OK, "contact": contact(blacklist=True)}})
    receipt = peer.targg.push(OFF, [order()])[0]
    assert (receipt.accepted, receipt.result) == (False, Result.DO_NOT_CALL)
    assert peer.sent == [MAKE]


def test_a_wrong_address_is_the_accounts_fault_and_nobodys_refusal() -> None:
    with pytest.raises(AccountBlocked, match="base_url"):
        Peer().targg.push(OFF, [order()])


def test_a_call_that_is_not_found_blocks_the_campaign_only_if_that_is_gone() -> None:
    gone = Peer({**GOOD, RING: refused("Not found.", 404)})
    with pytest.raises(CampaignBlocked, match="gone"):
        gone.targg.push(OFF, [order()])
    there = Peer({**GOOD, RING: refused("Not found.", 404), ONE: {**OK, "campaign": campaign()}})
    assert there.targg.push(OFF, [order()])[0].accepted is False
    assert gone.sent == there.sent == [MAKE, RING, ONE]


@pytest.mark.parametrize(
    ("ours", "theirs", "error"),
    [
        ("paused", "paused", Unavailable),  # our resume is on its way
        ("active", "paused", CampaignBlocked),  # by people, in the web console
        ("paused", "inactive", CampaignBlocked),
    ],
)
def test_a_call_that_is_refused_while_the_campaign_stands_still_refuses_nobody(
    ours: str, theirs: str, error: type[Exception]
) -> None:
    stopped = {**OK, "campaign": campaign(status=theirs)}
    peer = Peer({**GOOD, RING: refused("The campaign is not active."), ONE: stopped})
    with pytest.raises(error, match=theirs):
        peer.targg.push(replace(OFF, state=ours), [order()])
    assert peer.sent == [MAKE, RING, ONE]


def test_a_call_that_is_refused_in_a_running_campaign_is_refused() -> None:
    running = {**OK, "campaign": campaign(status="active")}
    peer = Peer({**GOOD, RING: refused("No such number."), ONE: running})
    receipt = peer.targg.push(OFF, [order()])[0]
    assert (receipt.accepted, receipt.result, receipt.reason) == (False, Result.REJECTED, "No such number.")


# ---- one reference, one call


def test_a_lost_answer_of_the_call_is_ambiguous_and_tells_its_contact() -> None:
    peer = Peer({**GOOD, RING: lost})
    with pytest.raises(Ambiguous) as raised:
        peer.targg.push(OFF, [order()])
    assert raised.value.remote == {"contact_id": CONTACT}
    assert peer.sent == [MAKE, RING]


def test_a_lost_answer_of_the_contact_is_looked_up_and_the_call_goes_on() -> None:
    peer = Peer({**GOOD, MAKE: lost, CONTACTS: docs("contacts", contact())})
    assert peer.targg.push(OFF, [order()])[0].accepted is True
    assert peer.sent == [MAKE, CONTACTS, RING, CALLS]
    assert peer.query(1)["tags"] == json.dumps([REF])


@pytest.mark.parametrize("found", [docs("contacts"), docs("contacts", contact(tags=["else"])), (500, {})])
def test_a_lost_contact_that_is_not_found_is_ambiguous_and_not_made_again(found: Any) -> None:
    peer = Peer({**GOOD, MAKE: lost, CONTACTS: found})
    with pytest.raises(Ambiguous):
        peer.targg.push(OFF, [order()])
    assert peer.sent == [MAKE, CONTACTS]


def test_a_later_send_uses_the_contact_of_the_one_before() -> None:
    answers = iter([listed(), listed(call())])
    peer = Peer({**GOOD, CONTACTS: docs("contacts", contact()), CALLS: lambda _: next(answers)})
    assert peer.targg.push(OFF, [order(send_no=2)])[0].remote_id == CALL
    assert peer.sent == [CONTACTS, CALLS, RING, CALLS]


def test_a_later_send_finds_a_call_that_came_late_and_sends_no_other() -> None:
    deleted = contact(_id="e" * 24, status="deleted")
    peer = Peer(
        {**GOOD, CONTACTS: docs("contacts", contact(), deleted), CALLS: listed(call(contact="e" * 24))}
    )
    receipt = peer.targg.push(OFF, [order(send_no=2)])[0]
    assert peer.sent == [CONTACTS, CALLS]
    assert json.loads(peer.query()["contacts"]) == [CONTACT, "e" * 24]
    assert (receipt.accepted, receipt.remote) == (True, {"contact_id": "e" * 24, "call_id": CALL})


def test_a_later_send_makes_a_new_contact_where_the_old_one_was_deleted() -> None:
    answers = iter([listed(), listed(call())])
    deleted = docs("contacts", contact(status="deleted"))
    peer = Peer({**GOOD, CONTACTS: deleted, CALLS: lambda _: next(answers)})
    peer.targg.push(OFF, [order(send_no=3)])
    assert peer.sent == [CONTACTS, CALLS, MAKE, RING, CALLS]


@pytest.mark.parametrize("spoiled", [CONTACTS, CALLS])
def test_a_later_send_that_can_not_look_sends_nothing(spoiled: str) -> None:
    for answer in ((500, {}), refused("No such list.", 400)):
        peer = Peer({**GOOD, CONTACTS: docs("contacts", contact()), spoiled: answer})
        with pytest.raises(Unavailable):
            peer.targg.push(OFF, [order(send_no=2)])
        assert RING not in peer.sent


def test_a_throttled_call_is_nothing_that_happened() -> None:
    peer = Peer({**GOOD, RING: (429, {})})
    with pytest.raises(Throttled):
        peer.targg.push(OFF, [order()])


def test_a_slow_contact_leaves_no_time_for_a_call_and_none_is_sent() -> None:
    peer = Peer(GOOD)
    peer.seconds = 15.5
    with pytest.raises(Unavailable, match="Too little time"):
        peer.targg.push(OFF, [order()])
    assert peer.sent == [MAKE]


def test_a_call_whose_id_can_not_be_looked_up_stands() -> None:
    for answer in ((500, {}), (401, {}), listed(), lost):
        peer = Peer({**GOOD, CALLS: answer})
        receipt = peer.targg.push(OFF, [order()])[0]
        assert (receipt.accepted, receipt.remote_id, receipt.remote) == (True, None, {"contact_id": CONTACT})
