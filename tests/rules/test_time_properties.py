"""What holds of every next instant, over all zones, changes of clocks, leap days and ends of months."""

from __future__ import annotations

import itertools
import random
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dialer.rules import localtime
from dialer.rules.durations import Duration
from dialer.rules.timeline import Step, due_after
from dialer.rules.windows import Window, is_open, next_open, open_until
from dialer.rules.zones import valid_zone

ALL_ZONES = sorted(filter(valid_zone, available_timezones()))
# Where clocks do what others don't: half an hour, midnight, two changes around Ramadan, 45 minutes, none at all.
ODD_ZONES = [
    "Australia/Lord_Howe",
    "America/Havana",
    "Africa/Casablanca",
    "Asia/Kathmandu",
    "Pacific/Chatham",
    "America/St_Johns",
    "Antarctica/Troll",
    "Asia/Beirut",
    "America/Asuncion",
    "Pacific/Apia",
]
zone_names = st.sampled_from(ODD_ZONES) | st.sampled_from(ALL_ZONES)


def _changes(zone: str) -> list[int]:
    """List the instants between 2020 and 2037 at which a zone's clocks change."""
    first, last = localtime.day_of(date(2020, 1, 1)), localtime.day_of(date(2037, 12, 31))
    coarse = range(first, last, 7)
    weeks = [day for day in coarse if _offset(zone, day) != _offset(zone, day + 7)]
    return [
        start
        for week in weeks
        for day in range(week, week + 8)
        for start, _, _ in localtime.pieces(zone, day)[1:]
    ]


def _offset(zone: str, day: int) -> int:
    return localtime.offset_at(zone, day * localtime.DAY)


CHANGES = {zone: _changes(zone) for zone in [*ODD_ZONES, "America/New_York", "Europe/Paris"]}
ordinary = st.datetimes(datetime(2020, 1, 1), datetime(2036, 12, 31), timezones=st.just(UTC))  # noqa: DTZ001
around_changes = st.builds(
    lambda change, seconds: localtime.instant(change) + timedelta(seconds=seconds),
    st.sampled_from(sorted({change for changes in CHANGES.values() for change in changes})),
    st.integers(-100_000, 20_000),
)
month_ends = st.builds(
    lambda year, month, hours: datetime(year, month, 1, tzinfo=UTC) + timedelta(hours=hours),
    st.integers(2020, 2036),
    st.integers(1, 12),
    st.integers(-48, 24),
)
instants = ordinary | around_changes | month_ends


@st.composite
def weekly_windows(draw: st.DrawFn) -> tuple[Window, ...]:
    """Draw windows, many of them short and early in the day, where clocks change."""
    drawn = []
    for _ in range(draw(st.integers(1, 4))):
        start = draw(st.integers(0, 1439) | st.integers(0, 240))
        end = draw(st.integers(start + 1, 1440) | st.integers(start + 1, min(start + 60, 1440)))
        drawn.append(Window(frozenset(draw(st.sets(st.integers(0, 6), min_size=1))), start, end))
    return tuple(drawn)


zone_lists = st.lists(zone_names, min_size=1, max_size=4).map(tuple)
closed_days = st.sampled_from([None, lambda day: day.weekday() == 2, lambda day: day.day in (1, 15, 29)])
ClosedDay = Callable[[date], bool] | None


def plainly_open(
    windows: tuple[Window, ...], zones: tuple[str, ...], at: datetime, closed: ClosedDay
) -> bool:
    """Say it by the definition: what each wall clock shows lies in a window of its weekday."""
    for zone in zones:
        wall = at.astimezone(ZoneInfo(zone))
        minutes = wall.hour * 60 + wall.minute
        inside = any(wall.weekday() in w.days and w.start <= minutes < w.end for w in windows)
        if not inside or (closed is not None and closed(wall.date())):
            return False
    return True


def samples(start: datetime, end: datetime) -> list[datetime]:
    """Give instants from start to before end: the edges, each quarter of an hour for a while, random ones."""
    moments = [start, end - timedelta(microseconds=1), end - timedelta(seconds=1)]
    moments += [start + timedelta(minutes=15 * n) for n in range(300)]
    chance = random.Random(start.timestamp())
    moments += [start + (end - start) * chance.random() for _ in range(100)]
    return [moment for moment in moments if start <= moment < end]


@given(weekly_windows(), zone_lists, instants, closed_days)
def test_a_window_is_open_as_the_wall_clocks_say(
    windows: tuple[Window, ...], zones: tuple[str, ...], at: datetime, closed: ClosedDay
) -> None:
    assert is_open(windows, zones, at, closed_day=closed) is plainly_open(windows, zones, at, closed)


@given(weekly_windows(), zone_lists, instants, closed_days)
def test_the_next_opening_is_open_not_past_and_the_first(
    windows: tuple[Window, ...], zones: tuple[str, ...], at: datetime, closed: ClosedDay
) -> None:
    opening = next_open(windows, zones, at, closed_day=closed)
    until = opening if opening is not None else at + timedelta(days=60)
    if opening is not None:
        assert opening >= at
        assert opening <= at + timedelta(days=60)
        assert plainly_open(windows, zones, opening, closed)
    assert [m for m in samples(at, until) if plainly_open(windows, zones, m, closed)] == []


@given(weekly_windows(), zone_lists, instants, closed_days)
def test_it_stays_open_until_it_closes(
    windows: tuple[Window, ...], zones: tuple[str, ...], at: datetime, closed: ClosedDay
) -> None:
    end = open_until(windows, zones, at, closed_day=closed)
    if end is None:
        assert plainly_open(windows, zones, at, closed)
        return
    assert end >= at
    assert not plainly_open(windows, zones, end, closed)
    assert [m for m in samples(at, end) if not plainly_open(windows, zones, m, closed)] == []


@given(weekly_windows(), zone_lists, instants, closed_days)
def test_asking_again_gives_the_same_opening(
    windows: tuple[Window, ...], zones: tuple[str, ...], at: datetime, closed: ClosedDay
) -> None:
    opening = next_open(windows, zones, at, closed_day=closed)
    assert next_open(windows[::-1], zones[::-1], at, closed_day=closed) == opening
    if opening is not None:
        assert next_open(windows, zones, opening, closed_day=closed) == opening


@pytest.mark.parametrize("zone", ALL_ZONES)
def test_every_zones_day_is_cut_where_its_offset_changes(zone: str) -> None:
    chance = random.Random(zone)
    first, last = localtime.day_of(date(2020, 1, 1)), localtime.day_of(date(2037, 1, 1))
    changes = [change // localtime.DAY for change in CHANGES.get(zone, [])]
    for day in [chance.randrange(first, last) for _ in range(10)] + changes:
        cuts = localtime.pieces(zone, day)
        assert (cuts[0][0], cuts[-1][1]) == (day * localtime.DAY, (day + 1) * localtime.DAY)
        assert all(earlier[1] == later[0] for earlier, later in itertools.pairwise(cuts))
        wrong = [
            second
            for start, end, offset in cuts
            for second in (start, (start + end) // 2, end - 1)
            if localtime.offset_at(zone, second) != offset
        ]
        assert wrong == []


@given(zone_names, instants)
def test_a_wall_time_that_exists_is_found_at_its_first_instant(zone: str, at: datetime) -> None:
    wall = at.astimezone(ZoneInfo(zone)).replace(tzinfo=None, fold=0)
    found = localtime.first_instant(wall, zone)
    assert found.astimezone(ZoneInfo(zone)).replace(tzinfo=None) == wall
    assert found <= at
    assert found == wall.replace(tzinfo=ZoneInfo(zone), fold=0).astimezone(UTC)


@given(zone_names, instants)
def test_any_wall_time_is_found_at_the_first_instant_that_shows_it_or_later(zone: str, at: datetime) -> None:
    wall = at.replace(tzinfo=None)
    found = localtime.first_instant(wall, zone)
    before = found - timedelta(microseconds=1)
    assert found.astimezone(ZoneInfo(zone)).replace(tzinfo=None) >= wall
    assert before.astimezone(ZoneInfo(zone)).replace(tzinfo=None) < wall


small = st.integers(0, 40)
waits = st.builds(
    Duration, st.integers(0, 3), st.integers(0, 13), st.integers(0, 5), small, small, small, small
).filter(lambda wait: str(wait) != "PT0S")
whole_days = st.builds(Duration, days=st.integers(1, 30))
steps = st.builds(Step, waits | whole_days, st.sampled_from(["any", "business"]))
may_be_unknown = zone_names | st.sampled_from([None, "Etc/Unknown"])


def works(day: date) -> bool:
    """Monday to Friday, and closed around the ends of months and years."""
    return day.weekday() < 5 and day.day not in (1, 31) and (day.month, day.day) != (2, 29)


@given(steps, instants, may_be_unknown)
def test_a_step_is_due_after_the_end_and_never_earlier_than_it_asks(
    step: Step, ended_at: datetime, zone: str | None
) -> None:
    due = due_after(step, ended_at, zone, works)
    place = ZoneInfo(zone) if zone is not None and valid_zone(zone) else UTC
    assert due >= ended_at
    assert due >= due_after(Step(step.after, "any"), ended_at, zone, works)
    if not step.after.calendar and step.day_rule == "any":
        assert due - ended_at == step.after.elapsed
    if step.day_rule == "business":
        assert works(due.astimezone(place).date())


@given(steps, instants, may_be_unknown)
def test_the_same_end_is_due_at_the_same_instant_however_it_is_written(
    step: Step, ended_at: datetime, zone: str | None
) -> None:
    elsewhere = ended_at.astimezone(ZoneInfo("Asia/Tokyo"))
    assert due_after(step, elsewhere, zone, works) == due_after(step, ended_at, zone, works)


@given(st.integers(1, 30), instants, zone_names)
def test_a_count_of_business_days_passes_exactly_that_many(days: int, ended_at: datetime, zone: str) -> None:
    due = due_after(Step(Duration(days=days), "business"), ended_at, zone, works)
    first = ended_at.astimezone(ZoneInfo(zone)).date()
    last = due.astimezone(ZoneInfo(zone)).date()
    passed = [first + timedelta(days=n) for n in range(1, (last - first).days + 1)]
    assert sum(map(works, passed)) == days


@given(waits, instants, zone_names, weekly_windows())
def test_moving_a_due_step_into_a_window_never_makes_it_earlier(
    wait: Duration, ended_at: datetime, zone: str, windows: tuple[Window, ...]
) -> None:
    due = due_after(Step(wait), ended_at, zone, works)
    ring = next_open(windows, (zone,), due)
    assert ring is not None
    assert ring >= due >= ended_at
    assert is_open(windows, (zone,), ring)
