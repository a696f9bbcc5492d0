"""What became of a lead whose receipt was lost, while an earlier one of the number is on the list."""

from __future__ import annotations

from datetime import timedelta

import pytest

from providers.qvoice.matching import LISTED_WITHIN
from providers.vocabulary import Progress, Result
from tests.providers.qvoice_peer import (
    REF_2,
    Bench,
    Vendor,
    after_a_failure,
    ends_of,
    lead_id,
    learned,
    looks,
)

ONE, TWO = lead_id(1), lead_id(2)
VISIBLE_AFTER = timedelta(minutes=15).total_seconds()
#: Where within a second the request falls.
FRACTIONS = (0.0, 0.3, 0.97)


@pytest.mark.parametrize("fraction", FRACTIONS)
@pytest.mark.parametrize("newest_first", [False, True])
@pytest.mark.parametrize("lag", [0, 3])
@pytest.mark.parametrize("tells", [None, "true"])
def test_a_lost_request_after_another_call_can_be_proven_absent(
    tells: str | None, lag: float, newest_first: bool, fraction: float
) -> None:
    vendor = Vendor(tells=tells, lag=lag, newest_first=newest_first)
    after_a_failure(vendor, fraction)
    handle = vendor.lost(REF_2, ends=None)
    vendor.qvoice = vendor.another()
    seen = looks(vendor, handle, 3)
    assert ends_of(seen) == set()
    vendor.clock.advance(VISIBLE_AFTER)
    last = vendor.look(handle)
    assert (last.reports, last.complete) == ((), True)


@pytest.mark.parametrize("skew", [-2, 0, 2])
@pytest.mark.parametrize("tells", [None, "true", "ours"])
def test_who_knows_the_clock_by_its_own_leads_sees_an_absence_at_once(tells: str | None, skew: float) -> None:
    vendor = Vendor(tells=tells, skew=skew)
    learned(vendor)
    after_a_failure(vendor)
    vendor.qvoice._looker._memory.first_seen.clear()
    seen = looks(vendor, vendor.lost(REF_2, ends=None), 3)
    assert all(each.reports == () and each.complete for each in seen)


@pytest.mark.parametrize("fraction", [0.0, 0.3, 0.7])
@pytest.mark.parametrize("tells", [None, "ours"])
@pytest.mark.parametrize("skew", [-2, -1, 1, 2])
def test_who_knows_the_clock_by_its_own_leads_tells_ends_at_once(
    skew: float, tells: str | None, fraction: float
) -> None:
    vendor = Vendor(tells=tells, skew=skew)
    learned(vendor)
    after_a_failure(vendor, fraction)
    vendor.qvoice._looker._memory.first_seen.clear()
    assert ends_of([vendor.look(vendor.push(REF_2, ends="success"))]) == {(lead_id(12), Result.ANSWERED)}
    vendor.clock.advance(3)
    assert ends_of([vendor.look(vendor.lost(REF_2, ends="success"))]) == {(lead_id(13), Result.ANSWERED)}


@pytest.mark.parametrize("tells", [None, "ours"])
def test_a_lost_answer_of_a_slow_clock_is_no_absence_until_the_clock_is_known(tells: str | None) -> None:
    vendor = Vendor(skew=-2, tells=tells)
    handle = vendor.lost(ends="failed")
    assert all(each.reports for each in looks(vendor, handle, 60, each=5))
    learned(vendor)
    assert ends_of([vendor.look(handle)]) == {(ONE, Result.FAILED)}


@pytest.mark.parametrize("skew", [-2, 0, 2])
def test_what_was_seen_before_the_request_is_no_lost_requests_end(skew: float) -> None:
    vendor = Vendor(skew=skew)
    after_a_failure(vendor)
    handle = vendor.lost(REF_2, ends=None)
    seen = looks(vendor, handle, VISIBLE_AFTER, each=60)
    assert all(each.reports == () and each.complete for each in seen)


@pytest.mark.parametrize("fraction", FRACTIONS)
@pytest.mark.parametrize("newest_first", [False, True])
@pytest.mark.parametrize("tells", [None, "true"])
@pytest.mark.parametrize("end", ["new", "success"])
def test_a_lost_answer_after_another_call_is_found(
    end: str, tells: str | None, newest_first: bool, fraction: float
) -> None:
    vendor = Vendor(tells=tells, newest_first=newest_first)
    after_a_failure(vendor, fraction)
    handle = vendor.lost(REF_2, ends=end)
    vendor.qvoice = vendor.another()
    seen = looks(vendor, handle, LISTED_WITHIN)
    assert all(each.reports for each in seen)  # never absent
    assert {each.remote_id for each in seen[-1].reports} == {TWO}
    assert ends_of(seen) <= {(TWO, Result.ANSWERED)}


@pytest.mark.parametrize("skew", [-2, 2])
def test_a_lost_answer_with_a_clock_that_is_told_wrong_is_found(skew: float) -> None:
    vendor = Vendor(skew=skew, tells="true")
    after_a_failure(vendor)
    handle = vendor.lost(REF_2, ends="success")
    assert ends_of(looks(vendor, handle, LISTED_WITHIN)) == {(TWO, Result.ANSWERED)}


def test_an_older_end_is_doubted_until_absences_are_believed() -> None:
    bench = Bench()
    bench.lead(1, age=250, status="failed")
    handle = bench.handle()
    bench.clock.advance(899)
    assert [each.progress for each in bench.look(handle).reports] == [Progress.UNKNOWN]
    bench.clock.advance(1)
    assert bench.look(handle).reports == ()


@pytest.mark.parametrize(("age", "is_absent"), [(3, False), (4, True), (250, True)])
def test_an_end_before_a_request_whose_start_is_known_is_doubted_for_seconds_only(
    age: float, is_absent: bool
) -> None:
    bench = Bench()
    bench.lead(1, age=age, status="failed")
    seen = bench.look(bench.handle(remote={"sent_at": str(bench.now)}))
    assert ((seen.reports == ()), seen.complete) == (is_absent, True)
