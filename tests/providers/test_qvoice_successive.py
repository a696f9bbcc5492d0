"""Attempts to one number that follow each other by a second: each gets its own end, and none an earlier one's."""

from __future__ import annotations

from itertools import product

import pytest

from providers.errors import Unavailable
from providers.http import httpx
from providers.qvoice.matching import LISTED_WITHIN
from providers.qvoice.sending import UNTOLD, Sending, clock_of
from providers.vocabulary import Progress, Result, Why, Withdrawal
from tests.providers.qvoice_peer import (
    CAMPAIGN,
    LEADS,
    OTHER,
    PHONE,
    REF,
    REF_2,
    REF_3,
    Bench,
    Vendor,
    after_a_failure,
    ends_of,
    lead_id,
    looks,
)

ONE, TWO = lead_id(1), lead_id(2)
#: The vendor's clock, what it tells of it, how late its list is, its order.
WORLDS = list(product((-2, -1, 0, 1, 2), (None, "true", "ours"), (0, 3), (False, True)))
#: Where within a second the second request falls.
FRACTIONS = (0.0, 0.3, 0.97)


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
    for number, (ref, end) in enumerate([(REF, "failed"), (REF_2, "failed"), (REF_3, "success")], 1):
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


def test_a_vendors_clock_that_was_set_between_is_believed_as_the_receipt_has_it() -> None:
    vendor = Vendor(tells="true")
    handle = vendor.push(ends="failed")
    vendor.skew = 100
    assert ends_of([vendor.look(handle)]) == {(ONE, Result.FAILED)}


def test_a_lead_of_somebody_else_before_the_request_is_no_doubt_where_the_time_is_told() -> None:
    vendor = Vendor(tells="true")
    vendor.push(ends="new")
    vendor.clock.advance(5)
    handle = vendor.lost(REF_2, ends=None)
    vendor.qvoice = vendor.another()
    assert vendor.look(handle).reports == ()
    vendor.tells = None
    assert [each.progress for each in vendor.look(handle).reports] == [Progress.UNKNOWN]


def test_two_times_that_were_told_leave_less_doubt_than_one() -> None:
    one, two = clock_of(100, 100.1, 100.3), clock_of(110, 110.8, 110.9)
    assert one.narrowed(two) == pytest.approx((-0.3, 0.2, True))
    assert UNTOLD.narrowed(one) == one.narrowed(UNTOLD) == one
    assert one.narrowed(clock_of(120, 110, 110.1)) == pytest.approx((9.9, 11, True))  # it was set meanwhile
    assert clock_of(500, 100, 100.1) == clock_of(None, 100, 100.1) == UNTOLD


def test_whole_seconds_stay_whole() -> None:
    for tenths in range(100):
        start = 1780333200 + tenths / 10
        told = Sending(start, True, end=start, date=int(start)).span(UNTOLD, UNTOLD)
        assert (told.likely_from, told.sure_from, told.sure_until) == (int(start),) * 3


# ---- parts of a list, withdrawals


def test_part_of_a_list_ends_nothing_that_may_be_an_earlier_call() -> None:
    vendor = Vendor(skew=-2)
    handle = vendor.push(ends="failed")
    vendor.clock.advance(LISTED_WITHIN)
    assert vendor.look(handle, cursor=ONE).reports == ()
    assert ends_of([vendor.look(handle)]) == {(ONE, Result.FAILED)}


def test_the_pages_read_so_far_end_nothing_that_may_be_an_earlier_call() -> None:
    bench = Bench(page_size=1)
    bench.lead(1, age=2, status="failed")
    bench.lead(2, phone=OTHER)
    handle = bench.handle(remote={"sent_at": str(bench.now), "answered_at": str(bench.now)})
    bench.clock.advance(LISTED_WITHIN)

    def slow(request: httpx.Request) -> httpx.Response:
        bench.clock.advance(11)
        return bench._page(request)

    bench.instead[f"GET {LEADS}"] = slow
    assert bench.look(handle).reports == ()
    bench.instead.clear()
    assert ends_of([bench.look(handle)]) == {(ONE, Result.FAILED)}


def test_what_was_seen_is_not_remembered_without_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("providers.qvoice.looking.MOST_REMEMBERED", 2)
    bench = Bench()
    for number in range(1, 6):
        bench.lead(number, phone=f"{PHONE}{number}")
        bench.look(bench.handle(phone=f"{PHONE}{number}"))
        assert len(bench.qvoice._looker._memory.first_seen) <= 3


@pytest.mark.parametrize(("skew", "tells"), [(0, None), (0, "true"), (2, None)])
def test_who_says_no_while_only_the_earlier_lead_is_listed_is_taken_back_later(
    skew: float, tells: str | None
) -> None:
    vendor = Vendor(skew=skew, lag=3, tells=tells)
    after_a_failure(vendor)
    second = vendor.push(REF_2)
    vendor.qvoice = vendor.another()
    with pytest.raises(Unavailable):
        vendor.qvoice.withdraw(CAMPAIGN, second, Why.SUPPRESSION)
    vendor.clock.advance(3)
    assert vendor.qvoice.withdraw(CAMPAIGN, second, Why.SUPPRESSION) is Withdrawal.WITHDRAWN
    assert [path.rsplit("/", 1)[1] for path in vendor.paths("DELETE")] == [TWO]
