"""Own the arithmetic between instants and the wall clocks of a zone, changes of offset included.

Never knows windows, steps or people. Instants are whole seconds since 1970 UTC, wall times the same count
taken on the local clock, so that everything above is integer intervals.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

DAY = 86_400
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_EPOCH_ORDINAL = date(1970, 1, 1).toordinal()
_SECOND = timedelta(seconds=1)
# Offsets are looked at this often; no zone has ever changed twice within so short a time.
_LOOK = 3 * 3600
# No zone was ever further from UTC than this.
_FURTHEST = 16 * 3600

Piece = tuple[int, int, int]
"""Start, end (half-open, instants) and the offset that holds between them."""


def seconds_of(at: datetime) -> int:
    """Give the whole second in which an aware instant lies."""
    if at.tzinfo is None:
        raise ValueError("An instant needs a zone; make it UTC at the edge.")
    return (at - EPOCH) // _SECOND


def instant(seconds: int) -> datetime:
    """Give the UTC instant of a count of seconds."""
    return EPOCH + timedelta(seconds=seconds)


def date_of(day: int) -> date:
    """Give the date of a day number (days since 1970-01-01)."""
    return date.fromordinal(day + _EPOCH_ORDINAL)


def day_of(day: date) -> int:
    """Give the day number of a date."""
    return day.toordinal() - _EPOCH_ORDINAL


def offset_at(zone: str, seconds: int) -> int:
    """Give the offset from UTC, in seconds, that holds in a zone at an instant."""
    offset = instant(seconds).astimezone(ZoneInfo(zone)).utcoffset()
    return 0 if offset is None else int(offset.total_seconds())


# 16,384 zone-days: every zone of the Americas for the 60 days that windows are sought ahead.
@lru_cache(maxsize=16_384)
def pieces(zone: str, day: int) -> tuple[Piece, ...]:
    """Cut one UTC day into the stretches in which the zone's offset does not change."""
    start, end = day * DAY, (day + 1) * DAY
    cuts: list[Piece] = []
    begun, offset = start, offset_at(zone, start)
    for look in range(start + _LOOK, end + 1, _LOOK):
        later = offset_at(zone, look)
        if later != offset:
            change = _change_between(zone, look - _LOOK, look, offset)
            if change < end:
                cuts.append((begun, change, offset))
                begun, offset = change, later
    cuts.append((begun, end, offset))
    return tuple(cuts)


def _change_between(zone: str, before: int, after: int, offset: int) -> int:
    while after - before > 1:
        middle = (before + after) // 2
        if offset_at(zone, middle) == offset:
            before = middle
        else:
            after = middle
    return after


def first_instant(wall: datetime, zone: str) -> datetime:
    """Give the first instant at which the zone's clock shows `wall` (naive), or later if it never does.

    A time that the clocks skip gives the instant right after the gap; one that they show twice, the first.
    """
    target = seconds_of(wall.replace(tzinfo=UTC))
    first_day = (target - _FURTHEST) // DAY
    # A gap is a day at most (a date line that moved), so the answer lies within these days.
    for day in range(first_day, first_day + 5):
        for start, end, offset in pieces(zone, day):
            if start + offset > target:
                return instant(start)
            if target < end + offset:
                return instant(target - offset) + timedelta(microseconds=wall.microsecond)
    raise AssertionError(f"no instant in {zone} shows {wall.isoformat()} or later")
