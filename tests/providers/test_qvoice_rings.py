"""When QVoice's activity is believed: a ring, its instant, its number; and when it is not."""

from __future__ import annotations

from datetime import timedelta

import pytest

from providers.errors import (
    Throttled,
)
from providers.http import httpx
from providers.vocabulary import Progress, Result
from tests.providers.qvoice_peer import (
    COUNTS,
    HISTORY,
    LEADS,
    OTHER,
    REF,
    REF_2,
    Bench,
    counts,
    dial_of,
    json_of,
    lead_id,
)


def status(code: int) -> httpx.Response:
    return httpx.Response(code, text="Ada Fiction +12025550110 is invalid")


def test_an_end_has_the_instant_of_its_dial() -> None:
    bench = Bench()
    bench.lead(age=40, status="success")
    bench.dial("call-1", age=30)
    handle = bench.handle(pushed_at=bench.clock.now() - timedelta(seconds=40))
    report = bench.look(handle).reports[0]
    assert (report.progress, report.result, report.remote_id) == (
        Progress.ENDED,
        Result.ANSWERED,
        lead_id(1),
    )
    assert report.started_at == bench.clock.now() - timedelta(seconds=30)
    assert report.ended_at is None


def test_an_unknown_word_rings_if_its_number_was_dialed_since() -> None:
    bench = Bench()
    bench.lead(status="dialing-now")
    bench.dial("call-1")
    report = bench.look().reports[0]
    assert (report.progress, report.raw_status) == (Progress.RINGING, "dialing-now")
    assert report.started_at == bench.clock.now()


@pytest.mark.parametrize("case", ["another campaign", "before the lead", "another number", "nobody"])
def test_an_unknown_word_stays_unknown_if_the_dial_is_not_its_own(case: str) -> None:
    bench = Bench()
    bench.lead(status="dialing-now")
    if case == "another campaign":
        bench.dial("call-1", campaign="Spring")
    elif case == "before the lead":
        bench.dial("call-1", age=1)
    elif case == "another number":
        bench.dial("call-1", phone=OTHER)
    assert bench.told() == [(lead_id(1), "unknown", None, 1)]


def test_a_dial_proves_nothing_where_two_campaigns_have_one_name() -> None:
    bench = Bench()
    bench.lead(status="dialing-now")
    bench.dial("call-1")
    bench.campaigns["another"] = counts("Autumn")
    assert bench.told() == [(lead_id(1), "unknown", None, 1)]


@pytest.mark.parametrize("path", [COUNTS, HISTORY])
@pytest.mark.parametrize("code", [400, 403, 500])
def test_without_the_activity_the_list_still_holds(path: str, code: int) -> None:
    bench = Bench()
    bench.lead(status="failed")
    bench.instead[f"GET {path}"] = lambda request: status(code)
    seen = bench.look()
    assert [(each.result, each.started_at) for each in seen.reports] == [(Result.FAILED, None)]
    assert seen.complete is True


def test_being_too_fast_for_the_activity_is_said() -> None:
    bench = Bench()
    bench.lead(status="failed")
    bench.instead[f"GET {HISTORY}"] = lambda request: httpx.Response(429)
    with pytest.raises(Throttled):
        bench.look()


def test_waiting_leads_cost_no_look_at_the_activity() -> None:
    bench = Bench()
    bench.lead()
    assert bench.told() == [(lead_id(1), "queued", None, 1)]
    assert bench.paths() == [LEADS]


def test_a_second_record_of_an_order_without_a_plan_is_no_second_ring() -> None:
    bench = Bench()
    bench.lead(age=60, status="failed")
    bench.dial("call-1", age=50)
    bench.dial("call-2", age=20)
    handle = bench.handle(remote={"sent_at": str(bench.now - 60), "redials": "0"})
    assert bench.told(handle) == [(lead_id(1), "ended", "failed", 1)]


def test_each_dial_of_a_native_plan_is_a_ring_of_its_own() -> None:
    bench = Bench()
    lead = bench.lead(age=600, status="dialing-now", retries=2)
    bench.dial("call-1", age=500)
    bench.dial("call-2", age=100)
    bench.dial("call-2", age=99)  # the same call, told twice
    handle = bench.handle(remote={"sent_at": str(bench.now - 600), "redials": "2"})
    assert bench.told(handle) == [
        (lead_id(1), "ended", "failed", 1),
        (lead_id(1), "ringing", None, 2),
    ]
    first = {each.event_id for each in bench.look(handle).reports}
    bench.dial("call-3", age=0)
    lead["status"] = "success"
    assert bench.told(handle) == [
        (lead_id(1), "ended", "failed", 1),
        (lead_id(1), "ended", "failed", 2),
        (lead_id(1), "ended", "answered", 3),
    ]
    later = {each.event_id for each in bench.look(handle).reports}
    assert len(first | later) == 4


def test_without_the_receipt_the_list_says_how_often_it_may_ring() -> None:
    bench = Bench(retries_offset=1)
    bench.lead(status="failed", retries=2)
    bench.dial("call-1")
    bench.clock.advance(100)
    bench.dial("call-2")
    handle = bench.handle(pushed_at=bench.clock.now() - timedelta(seconds=100))
    assert bench.told(handle) == [
        (lead_id(1), "ended", "failed", 1),
        (lead_id(1), "ended", "failed", 2),
    ]


def test_two_calls_are_never_told_the_same_lead() -> None:
    bench = Bench()
    bench.lead(1, status="failed")
    bench.lead(2)
    known, new = bench.handle(remote_id=lead_id(1)), bench.handle(REF_2)
    assert [(each.ref, each.remote_id) for each in bench.look(new, known).reports] == [
        (REF_2, lead_id(2)),
        (REF, lead_id(1)),
    ]


def test_two_unknown_calls_are_never_told_one_lead() -> None:
    bench = Bench()
    bench.lead(1)
    assert [each.ref for each in bench.look(bench.handle(REF), bench.handle(REF_2)).reports] == [REF]


def test_a_dial_after_a_newer_lead_is_the_newer_ones() -> None:
    bench = Bench()
    bench.lead(1, age=100, status="dialing-now")
    bench.lead(2, age=50, status="dialing-now")
    bench.dial("call-1", age=20)
    old = bench.handle(remote_id=lead_id(1))
    new = bench.handle(REF_2, remote_id=lead_id(2))
    assert bench.told(old, new) == [(lead_id(1), "unknown", None, 1), (lead_id(2), "ringing", None, 1)]


def test_a_dial_before_its_lead_is_not_its_own_whatever_span_was_read() -> None:
    bench = Bench()
    bench.lead(1, age=100, status="failed", phone=OTHER)
    bench.lead(2, status="dialing-now")
    bench.dial("call-1", age=1)
    other = bench.handle(REF_2, OTHER, remote_id=lead_id(1))
    assert bench.told(other, bench.handle()) == [
        (lead_id(1), "ended", "failed", 1),
        (lead_id(2), "unknown", None, 1),
    ]


@pytest.mark.parametrize(("redials", "since"), [("0", 3600), ("1", 9000)])
def test_the_activity_is_read_for_an_hour_or_from_the_first_ring_of_a_plan(redials: str, since: int) -> None:
    bench = Bench()
    bench.lead(1, age=9000, status="dialing-now")
    bench.look(bench.handle(remote_id=lead_id(1), remote={"redials": redials}))
    asked = next(each.url.params for each in bench.sent if each.url.path == HISTORY)
    assert (asked["startDate"], asked["endDate"]) == (str(int(bench.now) - since), str(int(bench.now) + 60))


def test_rings_of_a_plan_are_not_counted_in_half_an_activity() -> None:
    bench = Bench()
    bench.lead(1, status="dialing-now")
    page = {"data": [dial_of("call-1", int(bench.now))], "next_start_key": "k"}
    bench.instead[f"GET {HISTORY}"] = lambda request: json_of(page)
    assert bench.told(bench.handle(remote={"redials": "1"})) == [(lead_id(1), "unknown", None, 1)]
    assert bench.told(bench.handle(remote={"redials": "0"})) == [(lead_id(1), "ringing", None, 1)]


def test_a_lead_that_waits_for_its_next_ring_has_rung() -> None:
    bench = Bench()
    bench.lead(1, age=60)
    bench.dial("call-1", age=50)
    handle = bench.handle(remote={"sent_at": str(bench.now - 60), "redials": "1"})
    assert bench.told(handle) == [(lead_id(1), "ringing", None, 1)]
