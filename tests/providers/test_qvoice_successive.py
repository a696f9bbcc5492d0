"""Attempts to one number that follow each other by a second: each gets its own end, and none an earlier one's."""

from __future__ import annotations

from datetime import timedelta
from itertools import product

import pytest

from providers.contract import Handle, Observation
from providers.errors import Unavailable
from providers.qvoice.matching import LISTED_WITHIN
from providers.vocabulary import Progress, Result, Why, Withdrawal
from tests.providers.qvoice_peer import CAMPAIGN, REF, REF_2, Vendor, lead_id

ONE, TWO = lead_id(1), lead_id(2)
VISIBLE_AFTER = timedelta(minutes=15).total_seconds()
#: The vendor's clock, what it tells of it, how late its list is, its order.
WORLDS = list(product((-2, -1, 0, 1, 2), (None, "true", "ours"), (0, 3), (False, True)))
#: Where within a second the second request falls.
FRACTIONS = (0.0, 0.3, 0.97)


def looks(vendor: Vendor, handle: Handle, seconds: float, *, each: float = 0.5) -> list[Observation]:
    """Look now and then."""
    seen = [vendor.look(handle)]
    for _ in range(int(seconds / each)):
        vendor.clock.advance(each)
        seen.append(vendor.look(handle))
    return seen


def ends_of(seen: list[Observation]) -> set[tuple[str | None, Result | None]]:
    return {
        (each.remote_id, each.result)
        for observation in seen
        for each in observation.reports
        if each.progress is Progress.ENDED
    }


def after_a_failure(vendor: Vendor, fraction: float = 0.0) -> None:
    """Have a first call whose end was seen, a second ago."""
    vendor.clock.advance(fraction)
    first = vendor.push(REF, ends="failed")
    vendor.clock.advance(vendor.lag)
    vendor.look(first)
    # What was listed late was over for long: the second order comes a second after the first one was taken.
    vendor.clock.advance(1)
    vendor.taken[-1][1]["created"] = int(vendor.now + vendor.skew - 1)


@pytest.mark.parametrize("fraction", FRACTIONS)
@pytest.mark.parametrize(("skew", "tells", "lag", "newest_first"), WORLDS)
def test_a_call_that_is_over_at_the_first_look_gets_its_own_end(
    skew: float, tells: str | None, lag: float, newest_first: bool, fraction: float
) -> None:
    vendor = Vendor(skew=skew, tells=tells, lag=lag, newest_first=newest_first)
    after_a_failure(vendor, fraction)
    second = vendor.push(REF_2, ends="success")
    seen = looks(vendor, second, lag + LISTED_WITHIN + 0.5)
    assert ends_of(seen) == {(TWO, Result.ANSWERED)}
    assert ends_of(seen[-1:]) == {(TWO, Result.ANSWERED)}


@pytest.mark.parametrize("fraction", FRACTIONS)
@pytest.mark.parametrize(("skew", "tells", "lag", "newest_first"), WORLDS)
def test_a_call_that_waits_is_known_as_soon_as_it_is_listed(
    skew: float, tells: str | None, lag: float, newest_first: bool, fraction: float
) -> None:
    vendor = Vendor(skew=skew, tells=tells, lag=lag, newest_first=newest_first)
    after_a_failure(vendor, fraction)
    second = vendor.push(REF_2)
    vendor.clock.advance(lag)
    assert [(each.remote_id, each.progress) for each in vendor.look(second).reports] == [
        (TWO, Progress.QUEUED)
    ]


@pytest.mark.parametrize("fraction", FRACTIONS)
@pytest.mark.parametrize("tells", [None, "true"])
@pytest.mark.parametrize("newest_first", [False, True])
def test_with_a_right_clock_an_end_is_told_at_the_first_look(
    tells: str | None, newest_first: bool, fraction: float
) -> None:
    vendor = Vendor(tells=tells, newest_first=newest_first)
    after_a_failure(vendor, fraction)
    second = vendor.push(REF_2, ends="failed")
    assert ends_of([vendor.look(second)]) == {(TWO, Result.FAILED)}


@pytest.mark.parametrize("fraction", FRACTIONS)
@pytest.mark.parametrize("lag", [3, 8])
@pytest.mark.parametrize("tells", [None, "true", "ours"])
@pytest.mark.parametrize("skew", [-2, 0, 2])
def test_another_process_that_saw_nothing_before_believes_no_older_end(
    skew: float, tells: str | None, lag: float, fraction: float
) -> None:
    vendor = Vendor(skew=skew, tells=tells, lag=lag)
    after_a_failure(vendor, fraction)
    second = vendor.push(REF_2, ends="success")
    vendor.qvoice = vendor.another()
    seen = looks(vendor, second, LISTED_WITHIN + 1)
    assert ends_of(seen) == {(TWO, Result.ANSWERED)}


@pytest.mark.parametrize("tells", [None, "true", "ours"])
@pytest.mark.parametrize("skew", [-2, 0, 2])
def test_three_calls_in_a_row_get_three_ends(skew: float, tells: str | None) -> None:
    vendor = Vendor(skew=skew, tells=tells)
    for number, (ref, end) in enumerate([(REF, "failed"), (REF_2, "failed"), (f"{REF[:-1]}3", "success")], 1):
        seen = looks(vendor, vendor.push(ref, ends=end), LISTED_WITHIN)
        result = Result.FAILED if end == "failed" else Result.ANSWERED
        assert ends_of(seen) == {(lead_id(number), result)}
        vendor.clock.advance(1)


def test_a_second_boundary_within_the_request_delays_an_end_and_loses_none() -> None:
    vendor = Vendor(tells="true")
    vendor.clock.advance(0.99)
    handle = vendor.push(ends="failed")
    # The lead was made just before the full second, the answer just after it.
    handle.remote["vendor_at"] = str(int(vendor.now) + 1)  # type: ignore[index]
    handle.remote["answered_at"] = str(vendor.now + 0.02)  # type: ignore[index]
    vendor.qvoice = vendor.another()
    assert ends_of(looks(vendor, handle, LISTED_WITHIN + 1)) == {(ONE, Result.FAILED)}


# ---- lost answers


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
    if tells is None:
        assert all(each.reports == () and each.complete for each in seen)
    vendor.clock.advance(VISIBLE_AFTER)
    last = vendor.look(handle)
    assert (last.reports, last.complete) == ((), True)


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


# ---- parts of a list, withdrawals


def test_part_of_a_list_ends_nothing_that_may_be_an_earlier_call() -> None:
    vendor = Vendor(skew=-2)
    handle = vendor.push(ends="failed")
    vendor.clock.advance(LISTED_WITHIN)
    assert vendor.look(handle, cursor=ONE).reports == ()
    assert ends_of([vendor.look(handle)]) == {(ONE, Result.FAILED)}


@pytest.mark.parametrize("tells", [None, "true"])
def test_who_says_no_while_only_the_earlier_lead_is_listed_is_taken_back_later(tells: str | None) -> None:
    vendor = Vendor(lag=3, tells=tells)
    after_a_failure(vendor)
    second = vendor.push(REF_2)
    vendor.qvoice = vendor.another()
    with pytest.raises(Unavailable):
        vendor.qvoice.withdraw(CAMPAIGN, second, Why.SUPPRESSION)
    vendor.clock.advance(3)
    assert vendor.qvoice.withdraw(CAMPAIGN, second, Why.SUPPRESSION) is Withdrawal.WITHDRAWN
    assert [path.rsplit("/", 1)[1] for path in vendor.paths("DELETE")] == [TWO]
