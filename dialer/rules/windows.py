"""Own calling windows: weekly, local, half-open, several a day; when all zones of a number are inside one.

Never knows which campaign or law a window comes from, nor which days are holidays (`closed_day` says).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from dialer.rules import localtime
from dialer.rules.faults import Findings, Found, read_items, read_object
from dialer.rules.zones import valid_zone

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")  # in the order of date.weekday()
HORIZON = timedelta(days=60)  # how far ahead an opening is sought before a contact counts as uncallable
MAX_WINDOWS = 100  # a week of two hours each, and some; more is a mistake that every claim would pay for
_CLOCK = re.compile("(?:[01][0-9]|2[0-3]):[0-5][0-9]")
_MIDNIGHT = "24:00"

ClosedDay = Callable[[date], bool]
_Week = tuple[tuple[tuple[int, int], ...], ...]
_ALL_WEEK: _Week = (((0, localtime.DAY),),) * 7


@dataclass(frozen=True, slots=True)
class Window:
    """Open from `start` to before `end` (minutes after local midnight) on each of `days` (0 is Monday)."""

    days: frozenset[int]
    start: int
    end: int


def parse_windows(data: object, *, pointer: str = "/calling_windows") -> tuple[Window, ...]:
    """Read `[{"days": ["mon"], "start": "09:00", "end": "18:00"}]`; raises `Faults` naming every fault.

    Windows may overlap. One that goes over midnight is written as two, the first with `end` 24:00.
    """
    findings = Findings()
    items = read_items(data, pointer=pointer, limit=MAX_WINDOWS, found=findings.add)
    read = [_read_window(item, f"{pointer}/{index}", findings.add) for index, item in enumerate(items)]
    findings.check()
    return tuple(window for window in read if window is not None)


def _read_window(item: object, pointer: str, found: Found) -> Window | None:
    fields = read_object(item, pointer=pointer, known=("days", "start", "end"), found=found)
    if fields is None:
        return None
    for name in ("days", "start", "end"):
        if name not in fields:
            found(f"{pointer}/{name}", "required", "This field is needed.")
    days = _read_days(fields["days"], f"{pointer}/days", found) if "days" in fields else None
    start = _read_clock(fields["start"], f"{pointer}/start", found) if "start" in fields else None
    end = _read_clock(fields["end"], f"{pointer}/end", found, last=True) if "end" in fields else None
    if start is not None and end is not None and end <= start:
        found(
            f"{pointer}/end",
            "end_not_after_start",
            "The end must be after the start. For a window over midnight write two: until 24:00, from 00:00.",
        )
        return None
    return Window(days, start, end) if days and start is not None and end is not None else None


def _read_days(value: object, pointer: str, found: Found) -> frozenset[int] | None:
    if not isinstance(value, list | tuple):
        found(pointer, "invalid_type", "This must be a list of days.")
        return None
    if not value:
        found(pointer, "empty", "Name at least one day.")
        return None
    for index, name in enumerate(value):
        if not isinstance(name, str) or name not in DAYS:
            found(f"{pointer}/{index}", "unknown_day", f"A day is one of {', '.join(DAYS)}.")
    return frozenset(DAYS.index(name) for name in value if isinstance(name, str) and name in DAYS)


def _read_clock(value: object, pointer: str, found: Found, *, last: bool = False) -> int | None:
    if isinstance(value, str):
        if last and value == _MIDNIGHT:
            return 24 * 60
        if _CLOCK.fullmatch(value):
            return int(value[:2]) * 60 + int(value[3:])
    until = "00:01 to 24:00" if last else "00:00 to 23:59"
    found(pointer, "invalid_time", f"A time is written HH:MM, from {until}.")
    return None


def is_open(
    windows: tuple[Window, ...],
    zones: Sequence[str],
    at: datetime,
    *,
    closed_day: ClosedDay | None = None,
) -> bool:
    """Say whether every zone is inside a window at an instant, on a local day that is not closed.

    No windows means any hour. Where an hour or a day matters, no zone, or one that nobody knows, is closed.
    """
    if not windows and closed_day is None:
        return True
    if not zones or not all(map(valid_zone, zones)):
        return False
    week = _week(windows)
    for zone in zones:
        local = at.astimezone(ZoneInfo(zone))
        second = local.hour * 3600 + local.minute * 60 + local.second
        if not any(start <= second < end for start, end in week[local.weekday()]):
            return False
        if closed_day is not None and closed_day(local.date()):
            return False
    return True


def next_open(
    windows: tuple[Window, ...],
    zones: Sequence[str],
    at: datetime,
    *,
    horizon: timedelta = HORIZON,
    closed_day: ClosedDay | None = None,
) -> datetime | None:
    """Give the earliest instant from `at` on at which `is_open` holds; None if there is none up to `horizon`.

    An hour that clocks skip is never open, one that they show twice is open twice.
    """
    start = localtime.seconds_of(at)
    if not windows and closed_day is None:
        return at.astimezone(UTC)
    if not zones or not all(map(valid_zone, zones)):
        return None
    week, closed = _week(windows), _remembered(closed_day)
    limit = start + int(horizon.total_seconds())
    moment, moved = start, True
    while moved:
        moved = False
        # Each zone in turn pushes the moment to its own next opening, until none has to.
        for zone in zones:
            opening = _opening(week, zone, moment, limit, closed)
            if opening is None:
                return None
            if opening > moment:
                moment, moved = opening, True
    return at.astimezone(UTC) if moment == start else localtime.instant(moment)


def open_until(
    windows: tuple[Window, ...],
    zones: Sequence[str],
    at: datetime,
    *,
    horizon: timedelta = HORIZON,
    closed_day: ClosedDay | None = None,
) -> datetime | None:
    """Give the first instant from `at` on at which `is_open` fails; `at` itself if it fails already.

    None means that it does not close up to `horizon`.
    """
    if not is_open(windows, zones, at, closed_day=closed_day):
        return at.astimezone(UTC)
    if not windows and closed_day is None:
        return None
    week, closed = _week(windows), _remembered(closed_day)
    moment = localtime.seconds_of(at)
    limit = moment + int(horizon.total_seconds())
    while moment <= limit:
        closing = min(_closing(week, zone, moment, closed) for zone in zones)
        if closing == moment:
            return localtime.instant(moment)
        moment = closing
    return None


def _opening(week: _Week, zone: str, moment: int, limit: int, closed: Callable[[int], bool]) -> int | None:
    for day in range(moment // localtime.DAY, limit // localtime.DAY + 1):
        for start, end, local_day in _spans(week, zone, day):
            if end > moment and not closed(local_day):
                opening = max(start, moment)
                return opening if opening <= limit else None
    return None


def _closing(week: _Week, zone: str, moment: int, closed: Callable[[int], bool]) -> int:
    for start, end, local_day in _spans(week, zone, moment // localtime.DAY):
        if start <= moment < end and not closed(local_day):
            return end
    return moment


def _remembered(closed_day: ClosedDay | None) -> Callable[[int], bool]:
    if closed_day is None:
        return lambda _: False
    ask = closed_day
    known: dict[int, bool] = {}

    def closed(day: int) -> bool:
        answer = known.get(day)
        if answer is None:
            answer = known[day] = ask(localtime.date_of(day))
        return answer

    return closed


# As many as localtime keeps pieces of; campaigns share few sets of windows.
@lru_cache(maxsize=16_384)
def _spans(week: _Week, zone: str, day: int) -> tuple[tuple[int, int, int], ...]:
    """Give the open stretches of one UTC day as (start, end, local day), in order."""
    spans = []
    for start, end, offset in localtime.pieces(zone, day):
        for local_day in range((start + offset) // localtime.DAY, (end - 1 + offset) // localtime.DAY + 1):
            midnight = local_day * localtime.DAY - offset
            for opens, closes in week[localtime.date_of(local_day).weekday()]:
                begun, done = max(start, midnight + opens), min(end, midnight + closes)
                if begun < done:
                    spans.append((begun, done, local_day))
    return tuple(spans)


@lru_cache(maxsize=1024)
def _week(windows: tuple[Window, ...]) -> _Week:
    """Merge windows into seven days of disjoint stretches, in seconds; no windows is the whole week."""
    if not windows:
        return _ALL_WEEK
    days: list[tuple[tuple[int, int], ...]] = []
    for weekday in range(7):
        merged: list[tuple[int, int]] = []
        for start, end in sorted((w.start * 60, w.end * 60) for w in windows if weekday in w.days):
            if merged and start <= merged[-1][1]:
                merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
            else:
                merged.append((start, end))
        days.append(tuple(merged))
    return tuple(days)
