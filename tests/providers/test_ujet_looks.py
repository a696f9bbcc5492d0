"""UJET's looks: a PATCH that changes nothing, what proves an absence, and native redials over several looks."""

from __future__ import annotations

import pytest

from providers.contract import RemoteCampaign
from providers.errors import CampaignBlocked, Throttled, Unavailable
from providers.http import httpx
from providers.ujet.redials import FORGET_AFTER_SECONDS, Redials
from providers.vocabulary import Progress, Result
from tests.providers.ujet_peer import (
    CONTACT,
    CONTACTS,
    OTHER,
    PHONE,
    REF,
    STILL,
    Tenant,
    handle,
    order,
    row,
    scripted,
    state,
)

NOT_THERE = (404, {"message": "Not found"})
SECOND = "018f2b7a-0000-7000-8000-000000000002"
ENDED, QUEUED, RINGING = Progress.ENDED, Progress.QUEUED, Progress.RINGING


def test_a_look_names_the_contact_and_no_value() -> None:
    tenant = Tenant()
    tenant.push(order())
    before = tenant.provider.client.contacts("21")
    tenant.forget()
    report = tenant.look()
    assert (report.progress, report.raw_status, report.remote_id is None) == (QUEUED, "Upcoming", False)
    assert tenant.sent == [("PATCH", CONTACT)]
    assert tenant.bodies("PATCH") == [{"external_unique_id": REF}]
    assert tenant.provider.client.contacts("21") == before


def test_a_look_keeps_nothing_about_the_person() -> None:
    tenant = Tenant()
    tenant.push(order())
    assert [
        key for key in tenant.look().detail if key not in ("id", "campaign_id", "status", "created_at")
    ] == []


def test_a_fact_has_one_event_id_whenever_it_is_told_and_a_later_one_another() -> None:
    tenant = Tenant()
    tenant.push(order())
    first = tenant.look().event_id
    tenant.clock.advance(3600)
    assert tenant.look().event_id == first
    tenant.sandbox.dial(PHONE, None)
    ringing = tenant.look().event_id
    tenant.sandbox.dial(PHONE, Result.ANSWERED)
    assert len({first, ringing, tenant.look().event_id}) == 3


def test_an_absence_needs_both_witnesses() -> None:
    bench = scripted(NOT_THERE, (200, [row("crm-1")]))
    seen = bench.provider.observe(STILL, [handle()], None)
    assert (seen.reports, seen.complete) == ((), True)
    assert bench.sent == [("PATCH", CONTACT), ("GET", CONTACTS)]


def test_a_list_alone_proves_no_absence() -> None:
    seen = scripted((422, {}), (200, [])).provider.observe(STILL, [handle()], None)
    assert (seen.reports, seen.complete) == ((), False)


def test_without_the_second_witness_nothing_is_absent() -> None:
    with pytest.raises(Unavailable):
        scripted(NOT_THERE, (500, {})).provider.observe(STILL, [handle()], None)
    with pytest.raises(Unavailable):
        scripted(NOT_THERE, (200, {"contacts": []})).provider.observe(STILL, [handle()], None)


def test_a_campaign_that_is_gone_is_no_absence() -> None:
    with pytest.raises(CampaignBlocked):
        scripted(NOT_THERE, NOT_THERE).provider.observe(STILL, [handle()], None)


def test_a_vendor_that_wants_values_gets_those_that_it_has() -> None:
    listed = row(name="Ada Renamed", email="ada@fiction.invalid", id=7001)
    bench = scripted((422, {}), (200, [listed]), (200, state("Dialing")))
    seen = bench.provider.observe(STILL, [handle()], None)
    assert [(each.progress, each.remote_id) for each in seen.reports] == [(RINGING, "7001")]
    assert bench.bodies("PATCH")[1] == {
        "contact_id": 7001,
        "external_unique_id": REF,
        "name": "Ada Renamed",
        "email": "ada@fiction.invalid",
        "phone_number": PHONE,  # the same number, in the spelling in which it was added
    }


def test_a_phone_that_people_changed_stays_changed() -> None:
    bench = scripted((422, {}), (200, [row(phone="+1 202-555-0111")]), (200, state(phone=OTHER)))
    assert bench.provider.observe(STILL, [handle()], None).reports[0].raw_status == "Upcoming"
    assert bench.bodies("PATCH")[1]["phone_number"] == "+1 202-555-0111"


@pytest.mark.parametrize(
    "answer", [NOT_THERE, (422, {}), (200, state("Finished", OTHER))], ids=["404", "422", "mixed up"]
)
def test_a_listed_contact_that_can_not_be_read_is_there_and_no_more(answer: tuple[int, object]) -> None:
    seen = scripted(answer, (200, [row()]), answer).provider.observe(STILL, [handle()], None)
    assert [(each.ref, each.progress, each.raw_status) for each in seen.reports] == [(REF, QUEUED, "")]


def test_one_answer_settles_one_call() -> None:
    same = (200, state("Finished", None))
    bench = scripted(same, same, (200, [row(), row(SECOND, OTHER)]), same)
    seen = bench.provider.observe(STILL, [handle(), handle(SECOND, OTHER)], None)
    assert [(each.ref, each.progress) for each in seen.reports] == [(REF, ENDED), (SECOND, QUEUED)]


def test_a_contact_that_fails_costs_the_others_nothing() -> None:
    bench = scripted((500, {}), (200, state("Dialing", OTHER)))
    seen = bench.provider.observe(STILL, [handle(), handle(SECOND, OTHER)], None)
    assert ([each.ref for each in seen.reports], seen.complete) == ([SECOND], False)


def test_a_vendor_that_is_down_is_not_asked_for_ever() -> None:
    bench = scripted(*[(500, {})] * 3)
    calls = [handle(f"018f2b7a-0000-7000-8000-{number:012d}") for number in range(20)]
    with pytest.raises(Unavailable):
        bench.provider.observe(STILL, calls, None)


def test_too_fast_ends_the_look_and_keeps_what_it_saw() -> None:
    calls = [handle(), handle(SECOND, OTHER), handle("another")]
    seen = scripted((200, state("Dialing")), (429, {})).provider.observe(STILL, calls, None)
    assert ([each.ref for each in seen.reports], seen.complete) == ([REF], False)
    with pytest.raises(Throttled):
        scripted((429, {})).provider.observe(STILL, calls, None)


@pytest.mark.parametrize("status", [None, "", 5])
def test_a_contact_without_a_status_is_no_answer(status: object) -> None:
    with pytest.raises(Unavailable):
        scripted((200, {**state(), "status": status})).provider.observe(STILL, [handle()], None)


def test_a_contact_is_found_although_the_list_lags() -> None:
    tenant = Tenant(lag_seconds=60)
    tenant.push(order())
    assert tenant.look().raw_status == "Upcoming"


def test_a_status_in_the_list_is_used_where_the_patch_does_not_answer() -> None:
    bench = scripted((422, {}), (200, [row(id=7001, status="Connected")]))
    seen = bench.provider.observe(STILL, [handle()], None)
    assert [(each.progress, each.remote_id) for each in seen.reports] == [(Progress.CONNECTED, "7001")]


def test_a_dropped_list_loses_no_report() -> None:
    bench = scripted((200, state("Dialing")), NOT_THERE, httpx.ReadError("gone"))
    seen = bench.provider.observe(STILL, [handle(), handle(SECOND, OTHER)], None)
    assert ([each.ref for each in seen.reports], seen.complete) == ([REF], False)


# ---- native redials


def test_a_campaign_that_does_not_redial_is_believed_at_once_and_needs_no_cursor() -> None:
    tenant = Tenant()
    tenant.push(order())
    tenant.sandbox.dial(PHONE, Result.NO_ANSWER)
    assert (tenant.look().result, tenant.cursor) == (Result.NO_ANSWER, None)


def test_where_it_redials_an_end_is_believed_after_a_minute() -> None:
    tenant = Tenant(campaign={"max_redial_count": 2})
    tenant.push(order())
    tenant.sandbox.dial(PHONE, "Not Picked Up")
    first = tenant.look()
    assert (first.progress, first.result, first.raw_status) == (QUEUED, None, "Not Picked Up")
    tenant.clock.advance(59)
    assert tenant.look() == first
    tenant.clock.advance(1)
    last = tenant.look()
    assert (last.progress, last.result, last.event_id == first.event_id) == (ENDED, Result.NO_ANSWER, False)
    assert tenant.cursor == ""


def test_where_nobody_says_whether_it_redials_a_second_look_decides() -> None:
    tenant = Tenant(manager_api=False)
    tenant.push(order())
    tenant.sandbox.dial(PHONE, "Not Reached to Contact")
    assert tenant.look().progress is QUEUED
    assert tenant.look().progress is QUEUED
    tenant.clock.advance(1)
    assert tenant.look().result is Result.FAILED


def test_every_ring_of_a_campaign_that_redials_has_its_number() -> None:
    tenant = Tenant(
        campaign={"max_redial_count": 2, "redial_interval_minutes": 30},
        is_automatic=True,
        redial_note_seconds=60,
    )
    phone = "+12025550101"
    tenant.push(order(phone=phone))
    told = []
    for seconds in (1, 2, 60, 1741, 2, 60, 1741, 2):
        tenant.clock.advance(seconds)
        report = tenant.look(phone=phone)
        told.append((report.raw_status, report.ring_no, report.progress))
    rings = len(tenant.sandbox.line.rings)
    assert told == [
        ("Dialing", 1, RINGING),
        ("Not Picked Up", 1, QUEUED),
        ("Redial Scheduled", 2, QUEUED),
        ("Dialing", 2, RINGING),
        ("Not Picked Up", 2, QUEUED),
        ("Redial Scheduled", 3, QUEUED),
        ("Dialing", 3, RINGING),
        ("Not Picked Up", 3, ENDED),
    ]
    assert rings == 3


def judged(words: list[str], most: int | None = 5) -> list[tuple[int, Progress]]:
    """Judge one contact at looks a second apart, each by an instance of its own."""
    clock = Tenant().clock
    cursor: str | None = None
    said = []
    for word in words:
        redials = Redials(cursor, most=most, patience=60, now=clock.now())
        sight = redials.judged(REF, word)
        said.append((sight.ring_no, sight.progress))
        cursor = redials.cursor()
        clock.advance(1)
    return said


def test_a_ring_that_was_not_announced_is_another_one() -> None:
    assert judged(["Not Picked Up", "Dialing", "Finished"]) == [(1, QUEUED), (2, RINGING), (2, ENDED)]


def test_an_announced_ring_whose_beginning_nobody_saw_is_counted() -> None:
    assert judged(["Redial Scheduled", "Redial Scheduled", "Voicemail Hung Up"]) == [
        (2, QUEUED),
        (2, QUEUED),
        (2, ENDED),
    ]


def test_the_last_possible_ring_is_believed_at_once() -> None:
    assert judged(["Redial Scheduled", "Not Picked Up"], most=1) == [(2, QUEUED), (2, ENDED)]


def test_an_unknown_word_changes_no_memory() -> None:
    assert judged(["Redial Scheduled", "zz", "Dialing"]) == [(2, QUEUED), (2, Progress.UNKNOWN), (2, RINGING)]


@pytest.mark.parametrize("cursor", ["nonsense", "[1]", '{"a": 1}', '{"a": [1, "zz", 2]}', "null"])
def test_a_cursor_that_can_not_be_read_is_no_memory(cursor: str) -> None:
    redials = Redials(cursor, most=1, patience=60, now=Tenant().clock.now())
    assert redials.judged(REF, "Not Picked Up").is_provisional is True


def test_what_nobody_asks_about_is_forgotten() -> None:
    clock = Tenant().clock
    first = Redials(None, most=1, patience=60, now=clock.now())
    first.judged(REF, "Redial Scheduled")
    cursor = first.cursor()
    clock.advance(FORGET_AFTER_SECONDS - 1)
    assert Redials(cursor, most=1, patience=60, now=clock.now()).cursor() == cursor
    clock.advance(1)
    assert Redials(cursor, most=1, patience=60, now=clock.now()).cursor() == ""


def test_a_page_remembers_what_another_page_saw() -> None:
    campaign = RemoteCampaign(remote_id="21", remote={"max_redial_count": "1"})
    first = scripted((200, state("Not Picked Up"))).provider.observe(campaign, [handle()], None)
    second = scripted((200, state("Not Picked Up", OTHER))).provider.observe(
        campaign, [handle(SECOND, OTHER)], first.cursor
    )
    assert second.cursor is not None
    assert REF in second.cursor
    assert SECOND in second.cursor
