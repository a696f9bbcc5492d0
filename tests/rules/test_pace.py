"""Whatever is asked for and when: no second ever holds more requests than the rate, late arrivals included."""

from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dialer.rules.pace import LONGEST_WAIT, SPREAD, Pace, pace_of, until_turn
from providers.sandbox.control import busiest

START = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
RATES = st.one_of(
    st.integers(1, 10_000).map(float),
    st.floats(0.01, 10_000, allow_nan=False),
    st.sampled_from([0.5, 1.0, 2.5, 10.0, 49.0, 99.0, 101.0]),
)
#: What may pass between two wishes: nothing, a moment, a long pause.
PAUSES = st.lists(st.one_of(st.just(0.0), st.floats(0, 0.3), st.floats(0, 5)), min_size=1, max_size=60)


def sent(pace: Pace, pauses: list[float], wanted: int) -> list[datetime]:
    """Book an instant for each wish, as the account's row does."""
    now, next_at, at = START, None, []
    for pause in pauses:
        now += timedelta(seconds=pause)
        for _ in range(math.ceil(wanted / pace.together)):
            instant = pace.instant(next_at, now)
            assert instant >= now
            if instant - now > LONGEST_WAIT:
                break  # nobody waits for it, and nothing is booked
            next_at = instant + pace.gap
            at += [instant] * pace.together
    return at


def seconds(instants: list[datetime]) -> list[float]:
    return [(instant - START).total_seconds() for instant in instants]


@given(rate=RATES, factor=st.sampled_from([1.0, 0.5, 0.1]), pauses=PAUSES, wanted=st.integers(1, 30))
def test_no_second_holds_more_than_the_rate(
    rate: float, factor: float, pauses: list[float], wanted: int
) -> None:
    # Below one a second the rate is one request in so many seconds.
    most, within = (math.floor(rate), 1.0) if rate >= 1 else (1, 1 / rate)
    found = sent(pace_of(rate, factor), pauses, wanted)
    assert busiest(seconds(found), within) <= most


@given(rate=st.integers(1, 200), pauses=PAUSES, data=st.data())
def test_a_tenth_of_a_second_on_the_way_is_allowed_for(
    rate: int, pauses: list[float], data: st.DataObject
) -> None:
    instants = seconds(sent(pace_of(rate), pauses, 3))
    late = st.lists(st.floats(0, 0.0999), min_size=len(instants), max_size=len(instants))
    arrived = [at + delay for at, delay in zip(instants, data.draw(late), strict=True)]
    assert busiest(arrived) <= rate


@pytest.mark.parametrize("rate", [1, 2, 5, 10, 40, 50, 100, 1000, 10_000])
def test_nine_tenths_of_the_rate_are_used(rate: int) -> None:
    pace = pace_of(rate)
    assert pace.together / pace.gap.total_seconds() == pytest.approx(rate / SPREAD, rel=1e-4)


def test_what_is_free_is_what_may_still_be_sent_within_the_while() -> None:
    pace, second = pace_of(10), timedelta(seconds=1)
    assert pace.free(None, START, second) == 10
    assert pace.free(START + timedelta(seconds=0.5), START, second) == 5
    assert pace.free(START + second, START, second) == 0
    assert pace_of(0.1).free(None, START, timedelta(seconds=0.5)) == 1


def test_a_clock_that_was_set_back_stops_nobody_for_long() -> None:
    pace = pace_of(10)
    ahead = START + timedelta(hours=1)
    assert pace.instant(ahead, START) == START
    near = START + LONGEST_WAIT
    assert pace.instant(near, START) == near


@pytest.mark.parametrize("rate", [1e-300, 5e-324, 1e-9])
def test_the_lowest_rates_lead_to_instants_that_a_calendar_holds(rate: float) -> None:
    pace = pace_of(rate, 0.1)
    assert START + pace.gap < START + timedelta(days=8)


@pytest.mark.parametrize("rate", [0.001, 0.01, 0.1])
@pytest.mark.parametrize("factor", [0.5, 0.1, 0.051])
def test_a_slow_account_that_wins_its_rate_back_still_keeps_the_gap_it_booked(
    rate: float, factor: float
) -> None:
    sent = pace_of(rate, factor)
    next_at = START + sent.gap
    later = START + timedelta(seconds=10)
    for won_back in (factor, min(1.0, factor + 0.5), 1.0):
        assert pace_of(rate, won_back).instant(next_at, later) == next_at


def test_turns_come_by_the_clock_and_have_their_share_of_it() -> None:
    turn = timedelta(seconds=1.3)
    steps = [START + timedelta(seconds=0.1) * n for n in range(650)]
    waits = [until_turn(at, turn, 0.2) for at in steps]
    assert waits.count(timedelta(0)) == pytest.approx(130, abs=1)
    assert max(waits) <= turn * 4
    for at, wait in zip(steps, waits, strict=True):
        assert until_turn(at + wait + timedelta(microseconds=9), turn, 0.2) == timedelta(0)
