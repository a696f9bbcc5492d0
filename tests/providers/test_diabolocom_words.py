"""What Diabolocom's adapter reads out of a contact: how its call stands, which ring, and what came of it."""

from __future__ import annotations

import csv
from datetime import timedelta
from pathlib import Path

from providers.contract import RemoteCampaign
from providers.diabolocom.words import WORDS
from providers.values import Handle, Report
from providers.vocabulary import Progress, Result
from tests.providers.diabolocom_desk import Desk, order, page, plan

SEARCH = "POST v2/4101/contacts/search"
STATUSES = Path(__file__).parent / "samples/diabolocom/statuses.csv"


def _told(report: Report) -> tuple[str, Progress, Result | None]:
    return report.raw_status, report.progress, report.result


def _one(desk: Desk, campaign: RemoteCampaign, held: Handle) -> Report:
    reports = desk.look(campaign, held)
    assert len(reports) == 1
    return reports[0]


def test_every_word_but_the_one_that_no_contact_shows_is_in_the_samples() -> None:
    with STATUSES.open(newline="", encoding="utf-8") as file:
        rows = {row["raw"]: (row["progress"], row["result"]) for row in csv.DictReader(file)}
    table = {word: (str(progress), str(result or "")) for word, (progress, result) in WORDS.items()}
    # A filter's word for contacts without a wrap-up, and ours for an exclusion without a reason.
    unshown = {"new_contact", "excluded"}
    assert rows == {word: told for word, told in table.items() if word not in unshown}


# ---- what a contact says


def test_a_wrapup_that_was_set_by_hand_ends_no_call() -> None:
    desk = Desk()
    campaign = desk.open()
    held = desk.pushed(campaign, order())
    desk.change(1, wrapupId=8201)
    assert _told(_one(desk, campaign, held)) == ("processing_not_in_progress", Progress.QUEUED, None)


def test_a_ring_without_a_wrapup_has_rung_and_waits_for_its_result() -> None:
    desk = Desk()
    campaign = desk.open()
    held = desk.pushed(campaign, order())
    desk.change(1, triesNumber=3)
    assert _told(_one(desk, campaign, held)) == ("processing_not_in_progress", Progress.RINGING, None)


def rung_without_wrapup(desk: Desk, campaign: RemoteCampaign, **more: object) -> Handle:
    """Have a ring of which nobody writes a wrap-up."""
    held = desk.pushed(campaign, order())
    desk.change(1, triesNumber=3)
    contact = {**desk.contact(), **more}
    for _ in range(3):
        desk.hand.put("POST", "/search", page(contact))
    return held


def test_a_ring_whose_wrapup_never_comes_ends_after_a_quarter_of_an_hour_and_nobody_knows_how() -> None:
    desk = Desk()
    campaign = desk.open()
    called = desk.clock.now().isoformat()
    held = rung_without_wrapup(desk, campaign, lastCallTime=called, lastAttemptTime=called)
    desk.clock.advance(899)
    before = _one(desk, campaign, held)
    desk.clock.advance(1)
    after = _one(desk, campaign, held)
    assert _told(before) == ("processing_not_in_progress", Progress.RINGING, None)
    assert _told(after) == ("processing_not_in_progress", Progress.ENDED, Result.UNKNOWN)
    assert before.event_id != after.event_id


def test_an_attempt_that_placed_no_call_has_failed() -> None:
    desk = Desk()
    campaign = desk.open()
    tried = desk.clock.now().isoformat()
    held = rung_without_wrapup(desk, campaign, lastCallTime=None, lastAttemptTime=tried)
    desk.clock.advance(900)
    assert _told(_one(desk, campaign, held))[1:] == (Progress.ENDED, Result.FAILED)


def test_while_its_call_is_processed_or_was_changed_of_late_no_ring_is_given_up() -> None:
    desk = Desk()
    campaign = desk.open()
    held = rung_without_wrapup(desk, campaign, state="processing_in_progress")
    desk.clock.advance(86_400)
    assert _one(desk, campaign, held).progress is Progress.RINGING
    desk = Desk()
    campaign = desk.open()
    changed = (desk.clock.now() + timedelta(hours=1)).isoformat()
    held = rung_without_wrapup(desk, campaign, lastUpdatedAt=changed)
    desk.clock.advance(3_600 + 899)
    assert _one(desk, campaign, held).progress is Progress.RINGING


def test_a_wrapup_that_comes_after_all_is_another_fact() -> None:
    desk = Desk()
    campaign = desk.open()
    held = desk.pushed(campaign, order())
    desk.change(1, triesNumber=3)
    desk.clock.advance(900)
    given_up = _one(desk, campaign, held)
    desk.change(1, wrapupId=8201)
    told = _one(desk, campaign, held)
    assert (given_up.result, told.result) == (Result.UNKNOWN, Result.ANSWERED)
    assert given_up.event_id != told.event_id


def test_a_contact_that_was_excluded_after_it_rang_ended_nobody_knows_how() -> None:
    desk = Desk()
    campaign = desk.open()
    held = desk.pushed(campaign, order())
    desk.change(1, triesNumber=3, excluded=True)
    assert _told(_one(desk, campaign, held)) == ("manual", Progress.ENDED, Result.UNKNOWN)


def test_an_exclusion_without_a_reason_is_taken_back() -> None:
    desk = Desk()
    campaign = desk.open()
    held = desk.pushed(campaign, order())
    desk.hand.put("POST", "/search", page({**desk.contact(), "excluded": True}))
    assert _told(_one(desk, campaign, held)) == ("excluded", Progress.ENDED, Result.CANCELLED)


def test_a_state_that_is_not_documented_moves_nothing() -> None:
    desk = Desk()
    campaign = desk.open()
    held = desk.pushed(campaign, order())
    desk.dial(0, Result.ANSWERED)
    desk.hand.put("POST", "/search", page({**desk.contact(), "state": "processing_odd"}))
    assert _told(_one(desk, campaign, held)) == ("processing_odd", Progress.UNKNOWN, None)


def test_a_wrapup_that_is_no_longer_there_ends_nothing() -> None:
    desk = Desk()
    campaign = desk.open()
    held = desk.pushed(campaign, order())
    desk.hand.put("POST", "/search", page({**desk.contact(), "wrapupId": 77, "triesNumber": 3}))
    assert _told(_one(desk, campaign, held)) == ("wrapup 77", Progress.UNKNOWN, None)


def test_a_call_s_end_tells_the_wrapup_and_the_time_of_the_call_and_nothing_about_the_person() -> None:
    desk = Desk({"wrapup_results": {" LINE engaged": "busy"}})
    campaign = desk.open()
    held = desk.pushed(campaign, order())
    desk.clock.advance(5)
    began = desk.clock.now()
    desk.dial(0, Result.BUSY)
    report = _one(desk, campaign, held)
    assert _told(report) == ("tocall", Progress.ENDED, Result.BUSY)
    assert (report.disposition, report.started_at, report.at) == ("Line engaged", began, began)
    assert (report.ring_no, report.remote_id) == (1, "4101/1")
    kept = repr(dict(report.detail))
    assert [private for private in ("12025550110", "Ada", "comment") if private in kept] == []


def test_each_native_ring_is_a_report_of_its_own_with_its_number() -> None:
    desk = Desk()
    campaign = desk.open(retry=plan(60, 2))
    held = desk.pushed(campaign, order(retry=plan(60, 2)))
    told = []
    for step in (None, Result.BUSY, None, Result.BUSY, None, Result.ANSWERED):
        desk.dial(0, step)
        told += desk.look(campaign, held)
    assert [(each.ring_no, each.result) for each in told if each.result] == [
        (1, Result.FAILED),
        (2, Result.FAILED),
        (3, Result.ANSWERED),
    ]
    assert len({each.event_id for each in told}) == 6


def test_without_the_count_at_the_push_one_ring_is_counted() -> None:
    desk = Desk()
    campaign = desk.open()
    held = desk.pushed(campaign, order())
    desk.change(1, customFields={"external_id_tries": ""})
    assert _one(desk, campaign, held).progress is Progress.QUEUED
    desk.dial(0, Result.ANSWERED)
    report = _one(desk, campaign, held)
    assert (report.ring_no, report.result) == (1, Result.ANSWERED)


def test_tries_that_somebody_set_back_count_one_ring_at_most() -> None:
    desk = Desk()
    campaign = desk.open()
    held = desk.pushed(campaign, order())
    desk.change(1, triesNumber=0)
    assert _one(desk, campaign, held).progress is Progress.QUEUED
    desk.hand.put("POST", "/search", page({**desk.contact(), "wrapupId": 8201, "triesNumber": 1}))
    report = _one(desk, campaign, held)
    assert (report.ring_no, report.result) == (1, Result.ANSWERED)


def test_wrapups_are_read_once_an_hour_and_a_new_one_by_itself() -> None:
    desk = Desk()
    campaign = desk.open()
    held = [desk.pushed(campaign, order(number)) for number in range(2)]
    desk.dial(0, Result.ANSWERED)
    desk.look(campaign, *held)
    desk.sandbox.add_wrapup("Sold", "arguedpositive", results=[Result.ANSWERED])
    desk.dial(1, Result.ANSWERED)
    desk.forget()
    assert [report.disposition for report in desk.look(campaign, *held)] == ["Talked it through", "Sold"]
    desk.look(campaign, *held)
    assert desk.sent == [SEARCH, "GET /api/v1/account/wrapups/8210", SEARCH]
    desk.clock.advance(3600)
    desk.forget()
    desk.look(campaign, *held)
    assert desk.sent == [SEARCH, "GET /api/v1/account/wrapups"]
