"""Calling windows: reading them, and when they are open in one zone and in several."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from dialer.rules.faults import Faults
from dialer.rules.windows import MAX_WINDOWS, Window, is_open, next_open, open_until, parse_windows

NEW_YORK, LOS_ANGELES, PARIS, LONDON = (
    "America/New_York",
    "America/Los_Angeles",
    "Europe/Paris",
    "Europe/London",
)
WEEKDAYS = ["mon", "tue", "wed", "thu", "fri"]
EVERY_DAY = [*WEEKDAYS, "sat", "sun"]


def windows(*entries: tuple[list[str], str, str]) -> tuple[Window, ...]:
    return parse_windows([{"days": days, "start": start, "end": end} for days, start, end in entries])


OFFICE = windows((WEEKDAYS, "09:00", "18:00"))


def local(text: str, zone: str, *, fold: int = 0) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone), fold=fold).astimezone(UTC)


def test_a_window_is_read_into_days_and_minutes() -> None:
    assert windows((["mon", "sun"], "09:05", "24:00")) == (Window(frozenset({0, 6}), 545, 1440),)


GOOD = {"days": ["mon"], "start": "09:00", "end": "18:00"}


@pytest.mark.parametrize(
    ("data", "faults"),
    [
        ({}, [("/calling_windows", "invalid_type")]),
        ("mon", [("/calling_windows", "invalid_type")]),
        ([["mon"]], [("/calling_windows/0", "invalid_type")]),
        (
            [{}],
            [
                ("/calling_windows/0/days", "required"),
                ("/calling_windows/0/start", "required"),
                ("/calling_windows/0/end", "required"),
            ],
        ),
        ([GOOD | {"zone": "UTC"}], [("/calling_windows/0/zone", "unknown_field")]),
        ([GOOD | {"days": []}], [("/calling_windows/0/days", "empty")]),
        ([GOOD | {"days": "mon"}], [("/calling_windows/0/days", "invalid_type")]),
        ([GOOD | {"days": ["mon", "Tue"]}], [("/calling_windows/0/days/1", "unknown_day")]),
        ([GOOD | {"days": [0]}], [("/calling_windows/0/days/0", "unknown_day")]),
        ([GOOD, GOOD | {"start": "9:00"}], [("/calling_windows/1/start", "invalid_time")]),
        ([GOOD | {"start": "24:00"}], [("/calling_windows/0/start", "invalid_time")]),
        ([GOOD | {"start": 900}], [("/calling_windows/0/start", "invalid_time")]),
        ([GOOD | {"start": "09:00\n"}], [("/calling_windows/0/start", "invalid_time")]),
        ([GOOD | {"end": "24:01"}], [("/calling_windows/0/end", "invalid_time")]),
        ([GOOD | {"end": "18:60"}], [("/calling_windows/0/end", "invalid_time")]),
        ([GOOD | {"end": "18:00:00"}], [("/calling_windows/0/end", "invalid_time")]),
        ([GOOD | {"end": "09:00"}], [("/calling_windows/0/end", "end_not_after_start")]),
        ([GOOD | {"start": "22:00", "end": "06:00"}], [("/calling_windows/0/end", "end_not_after_start")]),
        ([GOOD] * (MAX_WINDOWS + 1), [("/calling_windows", "too_many")]),
    ],
)
def test_a_wrong_window_is_refused_at_its_place(data: object, faults: list[tuple[str, str]]) -> None:
    with pytest.raises(Faults) as refusal:
        parse_windows(data)
    assert [(fault.pointer, fault.code) for fault in refusal.value.faults] == faults


@pytest.mark.parametrize(
    ("at", "opened"),
    [
        ("2026-11-23 08:59:59.999999", False),
        ("2026-11-23 09:00", True),
        ("2026-11-23 17:59:59.999999", True),
        ("2026-11-23 18:00", False),
        ("2026-11-22 12:00", False),
    ],
)
def test_a_window_holds_its_start_and_not_its_end(at: str, opened: bool) -> None:
    assert is_open(OFFICE, (NEW_YORK,), local(at, NEW_YORK)) is opened


def test_no_windows_are_open_at_any_hour_even_where_no_zone_is_known() -> None:
    at = datetime(2026, 11, 22, 3, tzinfo=UTC)
    assert (is_open((), (), at), next_open((), (), at), open_until((), (), at)) == (True, at, None)


@pytest.mark.parametrize("zones", [(), ("Etc/Unknown",), (NEW_YORK, "Mars/Phobos")])
def test_an_unknown_zone_is_never_inside_a_window(zones: tuple[str, ...]) -> None:
    at = local("2026-11-23 12:00", NEW_YORK)
    assert (is_open(OFFICE, zones, at), next_open(OFFICE, zones, at)) == (False, None)


def test_an_instant_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="needs a zone"):
        next_open(OFFICE, (NEW_YORK,), datetime(2026, 11, 23, 12))  # noqa: DTZ001


@pytest.mark.parametrize(
    ("at", "opening"),
    [
        ("2026-11-23 12:00:00.5", "2026-11-23 12:00:00.5"),
        ("2026-11-23 18:00", "2026-11-24 09:00"),
        ("2026-11-27 20:00", "2026-11-30 09:00"),
        ("2026-11-23 08:59:59.999999", "2026-11-23 09:00"),
    ],
)
def test_the_next_opening_in_one_zone(at: str, opening: str) -> None:
    assert next_open(OFFICE, (NEW_YORK,), local(at, NEW_YORK)) == local(opening, NEW_YORK)


def test_several_zones_are_open_only_where_they_overlap() -> None:
    zones = (NEW_YORK, LOS_ANGELES)
    opening = next_open(OFFICE, zones, local("2026-11-23 09:00", NEW_YORK))
    assert opening == local("2026-11-23 09:00", LOS_ANGELES)
    assert open_until(OFFICE, zones, opening) == local("2026-11-23 18:00", NEW_YORK)


def test_zones_that_never_share_an_hour_have_no_opening() -> None:
    short = windows((EVERY_DAY, "09:00", "11:00"))
    assert next_open(short, (NEW_YORK, LOS_ANGELES), local("2026-11-23 09:00", NEW_YORK)) is None


def test_an_opening_beyond_the_horizon_is_none() -> None:
    at = local("2026-11-27 18:00", NEW_YORK)
    wait = local("2026-11-30 09:00", NEW_YORK) - at
    assert next_open(OFFICE, (NEW_YORK,), at, horizon=wait) == at + wait
    assert next_open(OFFICE, (NEW_YORK,), at, horizon=wait - timedelta(seconds=1)) is None


def closed_on(*days: str) -> Callable[[date], bool]:
    return {date.fromisoformat(day) for day in days}.__contains__


def test_a_closed_day_is_skipped_in_each_zones_own_date() -> None:
    # 2026-12-25 ends in Auckland while it has just begun in London.
    always = windows((EVERY_DAY, "00:00", "24:00"))
    christmas = closed_on("2026-12-25")
    zones = ("Pacific/Auckland", LONDON)
    at = local("2026-12-25 00:00", "Pacific/Auckland")
    assert next_open(always, zones, at, closed_day=christmas) == local("2026-12-26 00:00", LONDON)


def test_a_closed_day_counts_without_windows_too() -> None:
    at = local("2026-12-25 10:00", PARIS)
    christmas = closed_on("2026-12-25")
    assert not is_open((), (PARIS,), at, closed_day=christmas)
    assert next_open((), (PARIS,), at, closed_day=christmas) == local("2026-12-26 00:00", PARIS)


def test_without_a_zone_nobody_can_say_that_a_day_is_not_closed() -> None:
    at = datetime(2026, 6, 1, tzinfo=UTC)
    assert not is_open((), (), at, closed_day=closed_on())
    assert next_open((), (), at, closed_day=closed_on()) is None


def test_windows_that_overlap_or_touch_are_one() -> None:
    split = windows((["mon"], "09:00", "12:00"), (["mon"], "11:00", "13:00"), (["mon"], "13:00", "15:00"))
    at = local("2026-11-23 10:00", PARIS)
    assert open_until(split, (PARIS,), at) == local("2026-11-23 15:00", PARIS)


def test_a_break_at_noon_is_closed() -> None:
    two = windows((WEEKDAYS, "10:00", "13:00"), (WEEKDAYS, "14:00", "20:00"))
    at = local("2026-11-23 13:00", PARIS)
    assert next_open(two, (PARIS,), at) == local("2026-11-23 14:00", PARIS)


def test_two_entries_that_meet_at_midnight_are_one_night() -> None:
    night = windows((["mon"], "22:00", "24:00"), (["tue"], "00:00", "06:00"))
    at = local("2026-11-23 23:00", PARIS)
    assert open_until(night, (PARIS,), at) == local("2026-11-24 06:00", PARIS)


def test_a_night_ends_at_midnight_where_the_next_day_is_closed() -> None:
    night = windows((["mon"], "22:00", "24:00"), (["tue"], "00:00", "06:00"))
    at = local("2026-11-23 23:00", PARIS)
    end = open_until(night, (PARIS,), at, closed_day=closed_on("2026-11-24"))
    assert end == local("2026-11-24 00:00", PARIS)


def test_a_closed_window_is_open_until_just_now() -> None:
    at = local("2026-11-22 12:00", PARIS)
    assert open_until(OFFICE, (PARIS,), at) == at


def test_windows_without_end_never_close() -> None:
    always = windows((EVERY_DAY, "00:00", "24:00"))
    assert open_until(always, (PARIS, NEW_YORK), local("2026-11-22 12:00", PARIS)) is None


def test_an_hour_that_clocks_skip_does_not_open() -> None:
    gap = windows((EVERY_DAY, "02:00", "03:00"))
    at = local("2026-03-07 03:00", NEW_YORK)
    # March 8 has no such hour.
    assert next_open(gap, (NEW_YORK,), at) == local("2026-03-09 02:00", NEW_YORK)


def test_a_window_that_begins_in_a_skipped_hour_opens_right_after_it() -> None:
    late = windows((EVERY_DAY, "02:30", "05:00"))
    at = local("2026-03-08 00:00", NEW_YORK)
    assert next_open(late, (NEW_YORK,), at) == local("2026-03-08 03:00", NEW_YORK)


def test_an_hour_that_clocks_show_twice_is_open_for_two() -> None:
    fold = windows((EVERY_DAY, "01:00", "02:00"))
    opening = next_open(fold, (NEW_YORK,), local("2026-11-01 00:00", NEW_YORK))
    assert opening == local("2026-11-01 01:00", NEW_YORK)
    assert open_until(fold, (NEW_YORK,), opening) == opening + timedelta(hours=2)


def test_half_of_an_hour_that_is_shown_twice_opens_twice() -> None:
    half = windows((EVERY_DAY, "01:00", "01:30"))
    first = local("2026-11-01 01:00", NEW_YORK)
    assert open_until(half, (NEW_YORK,), first) == first + timedelta(minutes=30)
    assert next_open(half, (NEW_YORK,), first + timedelta(minutes=30)) == first + timedelta(hours=1)


def test_a_clock_that_falls_back_over_midnight_shows_the_old_day_again() -> None:
    # Asunción's clocks went from 24:00 back to 23:00 on Saturday 2024-03-23.
    evening = windows((["sat"], "23:00", "24:00"))
    opening = next_open(evening, ("America/Asuncion",), local("2024-03-23 12:00", "America/Asuncion"))
    assert opening == local("2024-03-23 23:00", "America/Asuncion")
    assert open_until(evening, ("America/Asuncion",), opening) == opening + timedelta(hours=2)


def test_a_date_that_a_place_never_had_has_no_window() -> None:
    fridays = windows((["fri"], "09:00", "18:00"))
    at = local("2011-12-29 12:00", "Pacific/Apia")
    # Friday 2011-12-30 was left out in Samoa.
    assert next_open(fridays, ("Pacific/Apia",), at) == local("2012-01-06 09:00", "Pacific/Apia")
