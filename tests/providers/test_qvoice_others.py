"""A lead that another attempt of ours has is never matched again, whatever the clocks and the list say."""

from __future__ import annotations

from dataclasses import replace

import pytest

from providers.contract import Handle
from providers.qvoice.matching import LISTED_WITHIN
from providers.vocabulary import Progress, Result, Why, Withdrawal
from tests.providers.qvoice_peer import (
    CAMPAIGN,
    REF_2,
    Vendor,
    after_a_failure,
    ends_of,
    lead_id,
    looks,
)

ONE, TWO = lead_id(1), lead_id(2)
#: A clock ahead that nobody tells, or a list that lags for longer than leads take to be listed in practice.
WORLDS = [(60.0, 5.0), (240.0, 30.0), (1.5, 30.0), (0.0, 120.0)]


def second_call(vendor: Vendor) -> Handle:
    """Have a call that has failed, then one that is answered, by a worker that saw nothing of the first."""
    after_a_failure(vendor)
    vendor.qvoice = vendor.another()
    return vendor.push(REF_2, ends="success")


@pytest.mark.parametrize(("skew", "lag"), WORLDS)
def test_the_end_of_an_earlier_attempt_is_not_the_new_ones(skew: float, lag: float) -> None:
    vendor = Vendor(skew=skew, lag=lag)
    handle = replace(second_call(vendor), others=(ONE,))
    seen = looks(vendor, handle, lag + LISTED_WITHIN + 0.5)
    assert ends_of(seen) == {(TWO, Result.ANSWERED)}


def test_without_being_told_the_earlier_end_would_be_believed() -> None:
    vendor = Vendor(skew=60, lag=30)
    handle = second_call(vendor)
    assert (ONE, Result.FAILED) in ends_of(looks(vendor, handle, 29))


def test_a_lead_of_another_attempt_is_no_doubt_either() -> None:
    vendor = Vendor()
    after_a_failure(vendor)
    vendor.qvoice = vendor.another()
    handle = vendor.lost(REF_2, ends=None)
    vendor.clock.advance(2)
    assert [each.progress for each in vendor.look(handle).reports] == [Progress.UNKNOWN]
    told = vendor.look(replace(handle, others=(ONE,)))
    assert (told.reports, told.complete) == ((), True)


def test_a_withdrawal_leaves_the_lead_of_another_attempt() -> None:
    vendor = Vendor()
    vendor.push()
    vendor.clock.advance(1)
    second = vendor.push(REF_2)
    vendor.clock.advance(1)
    named = replace(second, others=(ONE,))
    assert vendor.qvoice.withdraw(CAMPAIGN, named, Why.SUPPRESSION) is Withdrawal.WITHDRAWN
    assert [path.rsplit("/", 1)[1] for path in vendor.paths("DELETE")] == [TWO]
