"""Own the wall clock of the person called: which zone a number lies in, and which instant a time there is.

Never knows calls or campaigns.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

import phonenumbers
from phonenumbers.timezone import UNKNOWN_TIMEZONE, time_zones_for_number

#: "Create contact": Brazil 55 and 10 or 11 digits, United States 1 and 10 digits; no plus, no other country.
PHONE = r"55\d{10,11}|1\d{10}"
#: Where the area code is known to nobody; the document is silent.
_CAPITALS = {"5": "America/Sao_Paulo", "1": "America/New_York"}
_SATURDAY = 5


def instant_of(wall: datetime, phone: str) -> datetime:
    """Give the instant, in UTC, of a wall time at the place of a number.

    The document is silent on numbers with several zones: the call then comes at the earliest of the instants.
    An hour that the clock shows twice is the first one; one that it leaves out is moved on by that hour.
    """
    return min(wall.replace(tzinfo=zone).astimezone(UTC) for zone in zones_of(phone))


def on_business_day(instant: datetime, phone: str) -> datetime:
    """Move an instant on Saturday or Sunday to the same time on Monday; no holidays: none are documented."""
    zone = zones_of(phone)[0]
    wall = instant.astimezone(zone).replace(tzinfo=None)
    while wall.weekday() >= _SATURDAY:
        wall += timedelta(days=1)
    return wall.replace(tzinfo=zone).astimezone(UTC)


@lru_cache(maxsize=100_000)
def zones_of(phone: str) -> tuple[ZoneInfo, ...]:
    """List the zones that a number may lie in."""
    names = time_zones_for_number(phonenumbers.parse(f"+{phone}"))
    if UNKNOWN_TIMEZONE in names:
        return (ZoneInfo(_CAPITALS[phone[0]]),)
    return tuple(ZoneInfo(name) for name in names)
