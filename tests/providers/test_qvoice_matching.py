"""Which lead is the one that was pushed: clocks that differ, whole seconds, older leads, endless lists."""

from __future__ import annotations

from datetime import timedelta
from email.utils import format_datetime
from typing import Any

import pytest

from providers.http import httpx
from providers.vocabulary import Progress
from tests.providers.qvoice_peer import (
    CAMPAIGN,
    LEADS,
    OTHER,
    PHONE,
    REF,
    Bench,
    json_of,
    lead_id,
)


def statuses(bench: Bench, **more: object) -> list[tuple[str | None, str]]:
    return [(each.remote_id, str(each.progress)) for each in bench.look(bench.handle(**more)).reports]


# ---- clocks


@pytest.mark.parametrize(
    ("age", "is_ours"), [(-10, True), (0, True), (3, True), (4, False), (290, False)], ids=str
)
def test_a_lead_is_ours_from_three_seconds_before_the_push_on(age: float, is_ours: bool) -> None:
    bench = Bench()
    bench.lead(age=age)
    assert statuses(bench) == ([(lead_id(1), "queued")] if is_ours else [(None, "unknown")])


def test_created_is_rounded_down_within_the_second_of_the_push() -> None:
    bench = Bench()
    bench.clock.advance(0.9)
    bench.lead()
    assert bench.leads[0]["created"] < bench.now
    assert statuses(bench) == [(lead_id(1), "queued")]


def test_what_the_receipt_says_of_the_sending_holds_before_the_time_of_the_answer() -> None:
    bench = Bench()
    bench.lead(age=18)
    assert statuses(bench, remote={"sent_at": str(bench.now - 18)}) == [(lead_id(1), "queued")]


@pytest.mark.parametrize("error", [-120, 120])
def test_a_clock_that_is_told_wrong_is_reckoned_with(error: int) -> None:
    bench = Bench()
    bench.date = format_datetime(bench.clock.now() + timedelta(seconds=error), usegmt=True)
    bench.lead(age=-error)
    bench.lead(2, age=15 - error, status="failed")  # an earlier call's, 15 s older
    assert statuses(bench) == [(lead_id(1), "queued")]


def test_a_clock_that_is_told_absurdly_wrong_is_not_believed() -> None:
    bench = Bench()
    bench.date = format_datetime(bench.clock.now() + timedelta(days=90), usegmt=True)
    bench.lead()
    assert statuses(bench) == [(lead_id(1), "queued")]


# ---- older leads, and other people's


def test_an_older_leads_end_is_never_told_of_a_newer_call() -> None:
    bench = Bench()
    bench.lead(1, age=7200, status="success")
    seen = bench.look()
    assert (seen.reports, seen.complete) == ((), True)
    bench.lead(2)
    assert statuses(bench) == [(lead_id(2), "queued")]


def test_a_lead_that_may_be_ours_is_neither_its_end_nor_its_absence() -> None:
    bench = Bench()
    bench.lead(1, age=250, status="success")
    report = bench.look().reports[0]
    assert (report.ref, report.progress, report.result) == (REF, Progress.UNKNOWN, None)
    assert (report.remote_id, report.raw_status) == (None, "")
    assert bench.look().reports[0].event_id == report.event_id


@pytest.mark.parametrize(("age", "is_absent"), [(23, False), (24, True)])
def test_with_the_vendors_time_only_the_request_itself_is_doubted(age: float, is_absent: bool) -> None:
    bench = Bench()
    bench.date = format_datetime(bench.clock.now(), usegmt=True)
    bench.lead(1, age=age, status="failed")
    assert (bench.look().reports == ()) is is_absent


@pytest.mark.parametrize(("age", "is_absent"), [(303, False), (304, True)])
def test_without_it_five_minutes_are_doubted(age: float, is_absent: bool) -> None:
    bench = Bench()
    bench.lead(1, age=age, status="failed")
    assert (bench.look().reports == ()) is is_absent


@pytest.mark.parametrize(
    ("one", "two"),
    [
        ({"age": 0}, {"age": -2}),
        ({"age": 0}, {"age": -2, "status": "failed"}),
        ({"age": 0, "status": "success"}, {"age": 0, "status": "failed"}),
    ],
    ids=["both wait", "the newer one is over", "over within a second"],
)
def test_two_leads_that_cannot_both_be_ours_are_a_doubt(one: Any, two: Any) -> None:
    bench = Bench()
    bench.lead(1, **one)
    bench.lead(2, **two)
    assert statuses(bench) == [(None, "unknown")]


@pytest.mark.parametrize(("one", "two"), [("new", "failed"), ("failed", "new")])
def test_of_two_leads_of_one_second_the_one_that_is_not_over_is_ours(one: str, two: str) -> None:
    bench = Bench()
    bench.lead(1, status=one)
    bench.lead(2, status=two)
    assert statuses(bench) == [(lead_id(1 if one == "new" else 2), "queued")]


def test_of_two_leads_the_newer_is_ours_if_the_other_is_over() -> None:
    bench = Bench()
    bench.lead(1, status="failed")
    bench.lead(2, age=-2)
    assert statuses(bench) == [(lead_id(2), "queued")]


def test_of_two_leads_far_ahead_of_our_clock_neither_ends_a_call() -> None:
    bench = Bench()
    bench.lead(1, status="failed")
    bench.lead(2, age=-60, status="success")
    assert statuses(bench) == [(None, "unknown")]


def test_of_two_leads_the_one_made_during_the_request_is_ours() -> None:
    bench = Bench()
    bench.lead(1)
    bench.lead(2, age=-23, status="failed")
    assert statuses(bench) == [(lead_id(1), "queued")]


def test_a_known_id_is_believed_whatever_the_times_say() -> None:
    bench = Bench()
    bench.lead(1, age=9000, status="failed")
    bench.lead(2)
    assert statuses(bench, remote_id=lead_id(1)) == [(lead_id(1), "ended")]


def test_a_known_id_that_is_gone_is_not_replaced_by_another() -> None:
    bench = Bench()
    bench.lead(2)
    assert statuses(bench, remote_id=lead_id(1)) == []


def test_a_call_of_which_nobody_knows_when_it_was_sent_is_not_guessed() -> None:
    bench = Bench()
    bench.lead(1)
    assert statuses(bench, pushed_at=None) == [(None, "unknown")]


def test_a_lead_without_a_date_is_a_doubt() -> None:
    bench = Bench()
    bench.lead(1, created=None)
    assert statuses(bench) == [(None, "unknown")]


def test_numbers_are_compared_by_their_digits() -> None:
    bench = Bench()
    bench.lead(1, phone="1 (202) 555-0110")
    bench.lead(2, phone=OTHER)
    assert statuses(bench) == [(lead_id(1), "queued")]


def test_a_dial_in_the_second_of_two_leads_is_nobodys() -> None:
    bench = Bench()
    bench.lead(1, age=1, status="failed")
    bench.lead(2, age=0, status="dialing-now")
    bench.dial("call-1")
    assert statuses(bench, remote_id=lead_id(2)) == [(lead_id(2), "unknown")]


# ---- pages


def test_every_page_is_read_with_the_key_of_the_last() -> None:
    bench = Bench(page_size=2)
    for number in range(1, 6):
        bench.lead(number, phone=PHONE if number == 5 else OTHER)
    seen = bench.look()
    assert [each.remote_id for each in seen.reports] == [lead_id(5)]
    assert (seen.complete, seen.cursor) == (True, None)
    asked = [each.url.params for each in bench.sent if each.url.path == LEADS]
    assert [(each["page_size"], each.get("next_start_key")) for each in asked] == [
        ("2", None),
        ("2", lead_id(3)),
        ("2", lead_id(5)),
    ]


@pytest.mark.parametrize("end", [{}, {"next_start_key": None}, {"next_start_key": ""}], ids=str)
def test_no_key_is_the_end_in_each_of_its_spellings(end: dict[str, object]) -> None:
    bench = Bench()
    bench.instead[f"GET {LEADS}"] = lambda request: json_of({"data": [], **end})
    assert bench.look().complete is True


@pytest.mark.parametrize("odd", [[], {"data": None, "next_start_key": ""}], ids=["bare", "null"])
def test_a_list_that_cannot_go_on_proves_no_absence(odd: object) -> None:
    bench = Bench()
    bench.instead[f"GET {LEADS}"] = lambda request: json_of(odd)
    seen = bench.look()
    assert (seen.reports, seen.complete) == ((), False)


def test_a_bare_list_still_tells_what_is_in_it() -> None:
    bench = Bench()
    bench.lead(1)
    bench.instead[f"GET {LEADS}"] = lambda request: json_of(bench.leads)
    assert statuses(bench) == [(lead_id(1), "queued")]
    assert bench.look().complete is False


def test_pages_that_repeat_under_new_keys_end_and_prove_nothing() -> None:
    bench = Bench()
    lead = bench.lead(1, phone=OTHER)
    bench.instead[f"GET {LEADS}"] = lambda request: json_of(
        {"data": [lead], "next_start_key": f"key-{len(bench.sent)}"}
    )
    assert bench.look().complete is False
    assert len(bench.paths()) == 2


@pytest.mark.parametrize("page", [{}, {"data": {}}, {"data": [7]}, {"data": [{"id": ""}]}, 7], ids=str)
def test_an_answer_of_another_shape_is_no_list(page: object) -> None:
    bench = Bench()
    bench.instead[f"GET {LEADS}"] = lambda request: json_of(page)
    with pytest.raises(Exception, match="not as documented"):
        bench.look()


def test_a_list_too_long_for_one_look_goes_on_where_it_stopped() -> None:
    bench = Bench(page_size=2)
    for number in range(1, 6):
        bench.lead(number, phone=PHONE if number == 5 else OTHER)

    def slow(request: httpx.Request) -> httpx.Response:
        bench.clock.advance(6)
        return bench._page(request)

    bench.instead[f"GET {LEADS}"] = slow
    handle = bench.handle()
    first = bench.look(handle)
    assert (first.reports, first.cursor, first.complete) == ((), lead_id(5), False)
    second = bench.look(handle, cursor=first.cursor)
    assert [each.remote_id for each in second.reports] == [lead_id(5)]
    assert (second.cursor, second.complete) == ("", False)


def test_half_a_list_raises_no_doubts() -> None:
    bench = Bench(page_size=1)
    bench.lead(1, age=100, status="failed")
    bench.lead(2)

    def slow(request: httpx.Request) -> httpx.Response:
        bench.clock.advance(11)
        return bench._page(request)

    bench.instead[f"GET {LEADS}"] = slow
    assert bench.look(bench.handle()).reports == ()


def test_a_cursor_that_is_no_longer_good_begins_anew() -> None:
    bench = Bench()
    bench.lead(1)
    seen = bench.look(bench.handle(), cursor=lead_id(9))
    assert [each.remote_id for each in seen.reports] == [lead_id(1)]
    assert (seen.complete, seen.cursor) == (True, "")


def test_a_look_at_nothing_asks_nothing() -> None:
    bench = Bench()
    assert bench.qvoice.observe(CAMPAIGN, [], None).complete is False
    assert bench.sent == []
