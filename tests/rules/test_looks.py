"""When a call in doubt is looked for again: ever less often, yet in time for the look that may prove an absence."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from dialer.rules.looks import LONGEST_REST, next_look

SENT = datetime(2026, 6, 1, 12, 0, tzinfo=UTC)
SHORTEST = timedelta(seconds=15)
SETTLED = SENT + timedelta(minutes=15)


def looks(until: timedelta, *, can_prove: bool) -> list[float]:
    """Follow the looks from the one right after the request on, in seconds after it."""
    at, found = SENT, []
    while at - SENT <= until:
        found.append((at - SENT).total_seconds())
        at = next_look(sent_at=SENT, settled_at=SETTLED, now=at, shortest=SHORTEST, can_prove=can_prove)
    return found


def test_the_rests_grow_and_the_look_that_may_prove_an_absence_is_in_time() -> None:
    assert looks(timedelta(minutes=15), can_prove=True) == [0, 15, 30, 60, 120, 240, 480, 780, 900]


def test_an_absence_that_needs_one_more_look_is_not_waited_for() -> None:
    again = next_look(
        sent_at=SENT, settled_at=SETTLED, now=SETTLED + SHORTEST, shortest=SHORTEST, can_prove=True
    )
    assert again == SETTLED + 2 * SHORTEST


def test_where_nothing_is_proven_a_day_of_looks_is_some_hundreds() -> None:
    assert len(looks(timedelta(days=1), can_prove=False)) < 300


@given(
    age=st.integers(0, 200_000),
    visible=st.integers(0, 100_000),
    shortest=st.integers(1, 600),
    can_prove=st.booleans(),
)
def test_it_is_never_sooner_than_the_shortest_rest_nor_much_later(
    age: int, visible: int, shortest: int, can_prove: bool
) -> None:
    now, settled = SENT + timedelta(seconds=age), SENT + timedelta(seconds=visible)
    rest = timedelta(seconds=shortest)
    at = next_look(sent_at=SENT, settled_at=settled, now=now, shortest=rest, can_prove=can_prove)
    assert rest <= at - now <= max(rest, LONGEST_REST)
    if now < settled:
        assert at <= max(settled, now + rest)
