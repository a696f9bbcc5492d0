"""How Diabolocom's adapter looks for calls, and reads on in the feed of changes."""

from __future__ import annotations

from typing import Any

import pytest

from providers.errors import CampaignBlocked, Refused
from providers.values import Handle
from providers.vocabulary import Progress, Result
from tests.providers.diabolocom_desk import V2, Desk, answer, handle, order, page, phone

SEARCH, FEED = "POST v2/4101/contacts/search", "GET v2/4101/contacts/search/by-date"

# ---- which contacts are found


def test_what_is_nothing_yet_may_be_left_out_of_an_answer() -> None:
    desk = Desk()
    campaign = desk.open()
    held = desk.pushed(campaign, order())
    told = {name: value for name, value in desk.contact().items() if value is not None}
    assert "wrapupId" not in told
    desk.hand.put("POST", "/contacts/search", page(told))
    assert [each.progress for each in desk.look(campaign, held)] == [Progress.QUEUED]


def test_a_list_without_a_link_has_one_page() -> None:
    desk = Desk()
    wrapup = {"id": 7, "name": "Spoke", "status": "argued"}
    desk.hand.put("GET", "/wrapups", answer(200, {"count": 1, "wrapups": [wrapup]}))
    assert [each.name for each in desk.provider.client.wrapups.list()] == ["Spoke"]


def test_known_calls_are_searched_by_their_ids_together() -> None:
    desk = Desk()
    campaign = desk.open()
    held = [desk.pushed(campaign, order(number)) for number in range(3)]
    desk.forget()
    assert len(desk.look(campaign, *held)) == 3
    assert desk.sent == [SEARCH]
    assert desk.body() == {"pageable": {"pageSize": 500}, "query": {"contactIds": [1, 2, 3]}}


def test_the_id_that_a_report_told_is_enough() -> None:
    desk = Desk()
    campaign = desk.open()
    desk.pushed(campaign, order())
    learned = desk.look(campaign, handle(order()))[0].remote_id
    known = Handle(ref=order().ref, phone=phone(0), remote_id=learned)
    desk.forget()
    assert [each.ref for each in desk.look(campaign, known)] == [order().ref]
    assert desk.body()["query"] == {"contactIds": [1]}


def test_an_id_of_another_campaign_is_not_taken_for_one_of_this() -> None:
    desk = Desk()
    campaign = desk.open()
    desk.pushed(campaign, order())
    assert desk.look(campaign, Handle(ref=order(9).ref, phone=phone(9), remote_id="4102/1")) == ()


def test_few_lost_receipts_are_searched_by_reference_and_many_by_phone() -> None:
    desk = Desk()
    campaign = desk.open()
    lost = [handle(order(number)) for number in range(11)]
    for number in (0, 10):
        desk.push(campaign, order(number))
    desk.push(campaign, order(99, phone=phone(0)))  # the same person, another call
    desk.forget()
    assert [report.ref for report in desk.look(campaign, *lost[:10])] == [order(0).ref]
    assert desk.sent == [SEARCH] * 10
    condition = {"customFieldName": "external_id", "condition": "eq", "value": order(9).ref}
    assert desk.body()["query"] == {"customFieldConditions": [condition]}
    desk.forget()
    assert [report.ref for report in desk.look(campaign, *lost)] == [order(0).ref, order(10).ref]
    assert desk.sent == [SEARCH]
    assert desk.body()["query"]["phones"][0] == "12025550110"


def test_a_call_that_lost_its_reference_is_found_by_its_id() -> None:
    desk = Desk()
    campaign = desk.open()
    held = desk.pushed(campaign, order())
    desk.change(1, customFields={"external_id": ""})
    assert [each.ref for each in desk.look(campaign, held)] == [order().ref]


@pytest.mark.parametrize(
    ("changes", "is_complete"),
    [
        ({}, True),
        ({"autoPurge": {"lastAttemptBeforeDays": 30, "maxTriesReached": False}}, True),
        ({"autoPurge": {"enabled": False, "maxTriesReached": True}}, True),
        ({"autoPurge": {"maxTriesReached": True}}, False),
        ({"autoPurge": {"notToCall": True}}, False),
        ({"customFields": ["phone1", "external_id_tries"]}, False),
    ],
)
def test_absence_is_no_proof_where_contacts_vanish_or_lose_our_reference(
    changes: dict[str, Any], is_complete: bool
) -> None:
    desk = Desk()
    campaign = desk.open()
    held = desk.pushed(campaign, order())
    desk.clock.advance(900)
    desk.hand.put("GET", "/4101", answer(200, {**desk.campaign(), **changes}))
    assert desk.provider.observe(campaign, [held, handle(order(1))], None).complete is is_complete


def test_all_pages_of_a_search_are_read_whatever_its_totals_say() -> None:
    desk = Desk(page_limit=4)
    campaign = desk.open()
    held = [desk.pushed(campaign, order(number)) for number in range(10)]
    desk.forget()
    seen = desk.provider.observe(campaign, held, None)
    assert (len(seen.reports), seen.complete) == (10, True)
    assert [desk.body(place)["pageable"].get("page") for place in range(3)] == [None, 1, 2]


def test_a_search_that_repeats_a_page_proves_nothing() -> None:
    desk = Desk(page_limit=4)
    campaign = desk.open()
    held = [desk.pushed(campaign, order(number)) for number in range(10)]
    page = {"content": [desk.contact()], "last": False, "number": 0}
    desk.hand.put("POST", "/search", answer(200, page))
    desk.hand.put("POST", "/search", answer(200, page))
    seen = desk.provider.observe(campaign, held, None)
    assert ([report.ref for report in seen.reports], seen.complete) == ([order().ref], False)


# ---- the feed


def test_the_feed_tells_our_calls_that_nobody_asked_about_and_no_others() -> None:
    desk = Desk()
    campaign = desk.open()
    cursor = desk.provider.observe(campaign, [], None).cursor
    desk.push(campaign, order())
    somebody = {"customFields": {"phone1": "12025550150", "external_id": "theirs-1"}}
    desk.ask("POST", f"{V2}/4101/contacts", somebody)
    desk.clock.advance(200)
    desk.dial(0, Result.ANSWERED)
    seen = desk.another().observe(campaign, [], cursor)
    assert [(report.ref, report.result) for report in seen.reports] == [(order().ref, Result.ANSWERED)]


def test_the_same_fact_has_the_same_event_id_in_the_feed_and_in_a_search() -> None:
    desk = Desk()
    campaign = desk.open()
    held = desk.pushed(campaign, order())
    desk.dial(0, Result.BUSY)
    cursor = desk.provider.observe(campaign, [], None).cursor
    fed = desk.provider.observe(campaign, [], cursor).reports
    assert [report.event_id for report in fed] == [desk.look(campaign, held)[0].event_id]


def test_a_first_look_begins_the_feed_now_and_later_ones_overlap() -> None:
    desk = Desk()
    campaign = desk.open()
    desk.forget()
    first = desk.provider.observe(campaign, [], None)
    assert (first.cursor, desk.sent) == ("2026-06-01T17:00:00Z", [])
    desk.clock.advance(300)
    second = desk.provider.observe(campaign, [], first.cursor)
    assert (second.cursor, desk.sent) == ("2026-06-01T17:05:00Z", [FEED])
    assert desk.url().endswith("?fromDate=2026-06-01T16%3A58%3A00Z&limit=500")


def test_a_round_of_many_looks_reads_the_feed_once() -> None:
    desk = Desk()
    campaign = desk.open()
    held = desk.pushed(campaign, order())
    cursor: str | None = desk.provider.observe(campaign, [held], None).cursor
    desk.clock.advance(30)
    desk.forget()
    for _ in range(3):
        cursor = desk.provider.observe(campaign, [held], cursor).cursor
    assert desk.sent == [SEARCH, FEED, SEARCH, SEARCH]


def test_a_long_feed_is_read_on_at_the_next_look_and_nothing_is_lost() -> None:
    desk = Desk(page_limit=2)
    campaign = desk.open()
    cursor = desk.provider.observe(campaign, [], None).cursor
    for number in range(11):
        desk.push(campaign, order(number))
    desk.forget()
    first = desk.provider.observe(campaign, [], cursor)
    assert (len(first.reports), desk.sent) == (8, [FEED] * 4)
    second = desk.another().observe(campaign, [], first.cursor)
    assert len({report.ref for report in (*first.reports, *second.reports)}) == 11
    assert second.cursor == "2026-06-01T17:00:00Z"


def test_a_stored_link_that_is_refused_is_forgotten_and_the_feed_begun_again() -> None:
    desk = Desk()
    campaign = desk.open()
    since = "2026-06-01T16:00:00Z"
    desk.hand.put("GET", "/by-date", answer(400, text="error.whatever"))
    seen = desk.provider.observe(
        campaign, [], f"{since} /api/v2/voice/campaigns/4101/contacts/search/by-date?x=1"
    )
    assert seen.cursor == since
    desk.hand.put("GET", "/by-date", answer(400, text="error.whatever"))
    with pytest.raises(Refused):
        desk.provider.observe(campaign, [], since)


def test_a_feed_that_goes_in_a_circle_ends_and_is_not_believed_to_be_read() -> None:
    desk = Desk()
    campaign = desk.open()
    desk.push(campaign, order())
    link = "/api/v2/voice/campaigns/4101/contacts/search/by-date?fromId=1"
    for _ in range(2):
        desk.hand.put(
            "GET", "/by-date", answer(200, {"contacts": [desk.contact()], "count": 1, "next": link})
        )
    since = "2026-06-01T16:00:00Z"
    seen = desk.provider.observe(campaign, [], since)
    assert ([report.ref for report in seen.reports], seen.cursor) == ([order().ref], since)


@pytest.mark.parametrize("cursor", ["", "yesterday", "2026-06-01T16:00:00", "7"])
def test_a_cursor_that_is_none_of_ours_begins_the_feed_anew(cursor: str) -> None:
    desk = Desk()
    campaign = desk.open()
    desk.forget()
    assert desk.provider.observe(campaign, [], cursor).cursor == "2026-06-01T17:00:00Z"
    assert desk.sent == []


def test_a_link_of_another_campaign_or_place_is_never_followed() -> None:
    desk = Desk()
    campaign = desk.open()
    for link in ("/api/v2/voice/campaigns/4102/contacts/search/by-date?x=1", "https://elsewhere.invalid/a"):
        desk.forget()
        desk.provider.observe(campaign, [], f"2026-06-01T16:00:00Z {link}")
        assert desk.url().endswith(
            "/4101/contacts/search/by-date?fromDate=2026-06-01T15%3A58%3A00Z&limit=500"
        )


def test_a_campaign_that_is_gone_blocks_at_the_look() -> None:
    desk = Desk()
    campaign = desk.open()
    desk.hand.put("POST", "/search", answer(404, text="error.campaign.not.exists"))
    with pytest.raises(CampaignBlocked):
        desk.look(campaign, handle(order()))
