"""Own the way from an instant to the wall clock of the called person, as Targg will read it back.

Never guesses a zone: what can't be told for certain has a reason instead.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import phonenumbers
from phonenumbers.timezone import UNKNOWN_TIMEZONE, time_zones_for_number


class NoWallTime(ValueError):
    """An instant can't be written as this person's wall time; the message says why, without the number."""


def wall_time(instant: datetime, number: str) -> str:
    """Write an instant as `date` of a call to a number (digits), or raise `NoWallTime`.

    The vendor derives the zone from the number and does not say how (document, "Create call"; sheet: Gaps 7, 8):
    all zones that the number may be in have to agree. A part of a second is rounded up: never too early.
    """
    whole = instant + timedelta(seconds=1) if instant.microsecond else instant
    whole = whole.replace(microsecond=0)
    zones = _zones(number)
    if not zones:
        raise NoWallTime("The number tells no time zone, so its wall clock is not known.")
    local = [whole.astimezone(zone) for zone in zones]
    if len({each.replace(tzinfo=None) for each in local}) > 1:
        raise NoWallTime("The number may be in several time zones whose clocks differ at that time.")
    if any(each.replace(fold=0).utcoffset() != each.replace(fold=1).utcoffset() for each in local):
        raise NoWallTime("The clock shows that time twice, as it is set back.")
    return local[0].strftime("%Y-%m-%d %H:%M:%S")


@lru_cache(maxsize=4096)  # by number; zones of a number are data of the library, not of an account
def _zones(number: str) -> tuple[ZoneInfo, ...]:
    try:
        names = time_zones_for_number(phonenumbers.parse(f"+{number}"))
        return tuple(ZoneInfo(name) for name in names if name != UNKNOWN_TIMEZONE)
    except (phonenumbers.NumberParseException, ZoneInfoNotFoundError):
        return ()
