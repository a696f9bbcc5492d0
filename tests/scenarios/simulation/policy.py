"""Own a second opinion on whether a number may ring: hours, days, caps, lists, computed the plain way.

Shares no code with the product's rules and gates; where both are wrong alike, the pages were read alike.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

import holidays

from tests.scenarios.simulation.mirror import Picture, Row
from tests.scenarios.simulation.places import Family, family_of

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
#: What holds for marketing and collections while no law has been entered: 08:00 to 21:00, no Sunday.
LAW_HOURS = {"days": ["mon", "tue", "wed", "thu", "fri", "sat"], "start": "08:00", "end": "21:00"}


def zones_of(person: Row, family: Family) -> tuple[str, ...]:
    """Say where the called party may be: what the person states, else what the number says."""
    stated = person.timezone
    return (stated,) if stated and stated != "Etc/Unknown" else family.zones


@lru_cache(maxsize=256)
def _calendar(country: str, region: str | None, year: int) -> frozenset[date]:
    return frozenset(holidays.country_holidays(country, subdiv=region, years=year))


def is_holiday(day: date, family: Family) -> bool:
    """Say whether the place of a number keeps a public holiday."""
    return day in _calendar(family.country, family.region, day.year)


def is_business(day: date, family: Family) -> bool:
    """Say whether it is neither a weekend nor a public holiday there."""
    return day.weekday() < 5 and not is_holiday(day, family)


def _minutes(text: str) -> int:
    hours, minutes = text.split(":")
    return int(hours) * 60 + int(minutes)


def inside(windows: Iterable[dict[str, object]], at: datetime, zone: str) -> bool:
    """Say whether an instant lies in one of the weekly windows on the wall clock of a zone."""
    wall = at.astimezone(ZoneInfo(zone))
    minute = wall.hour * 60 + wall.minute
    return any(
        DAYS[wall.weekday()] in window["days"]  # type: ignore[operator]
        and _minutes(str(window["start"])) <= minute < _minutes(str(window["end"]))
        for window in windows
    )


def closed(campaign: Row, person: Row, number: str, at: datetime) -> str:
    """Say which hour or day forbids the call; empty if none does."""
    family = family_of(number)
    zones = zones_of(person, family)
    if campaign.purpose in ("marketing", "collections"):
        for zone in zones:
            if not inside([LAW_HOURS], at, zone):
                return f"outside 08:00-21:00 Mon-Sat in {zone}"
            if is_holiday(at.astimezone(ZoneInfo(zone)).date(), family):
                return f"a public holiday in {zone} (law)"
    if campaign.calling_windows:
        where = zones if campaign.timezone == "contact" else (campaign.timezone,)
        for zone in where:
            if not inside(campaign.calling_windows, at, zone):
                return f"outside the calling window in {zone}"
    if campaign.holidays == "observe":
        for zone in zones:
            if is_holiday(at.astimezone(ZoneInfo(zone)).date(), family):
                return f"a public holiday in {zone}"
    return ""


def listed(picture: Picture, campaign: Row, person: Row, number: str, at: datetime) -> str:
    """Say which do-not-call entry in force names this call; empty if none does."""
    for entry in picture.suppressions.values():
        if entry.expires_at is not None and entry.expires_at <= at:
            continue
        if entry.number != number and entry.contact_id != person.id:
            continue
        if entry.campaign_id not in (None, campaign.id):
            continue
        if entry.provider_account_id not in (None, campaign.provider_account_id):
            continue
        return f"suppressed ({entry.scope})"
    return ""


def day_of(campaign: Row, at: datetime) -> tuple[datetime, datetime]:
    """Give the campaign's day around an instant: midnight to midnight in its zone, UTC if it has none."""
    zone = ZoneInfo("UTC" if campaign.timezone == "contact" else campaign.timezone)
    day = at.astimezone(zone).date()
    first = datetime.combine(day, time(), zone).astimezone(UTC)
    return first, datetime.combine(day + timedelta(days=1), time(), zone).astimezone(UTC)


_SHORT = re.compile(r"^P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?)?$")


def earliest(step: dict[str, object], ended_at: datetime, person: Row, number: str) -> datetime:
    """Give the instant before which a step's call would be too early (for waits of days, hours and below)."""
    found = _SHORT.match(str(step["after"]))
    assert found is not None, f"the generator makes no wait like {step['after']}"
    days, hours, minutes, seconds = (int(part or 0) for part in found.groups())
    zone = ZoneInfo(zones_of(person, family_of(number))[0])
    elapsed = timedelta(hours=hours, minutes=minutes, seconds=seconds)
    if not days:
        return ended_at + elapsed
    wall = ended_at.astimezone(zone).replace(tzinfo=None)
    if step["day_rule"] != "business":
        wall += timedelta(days=days)
    while step["day_rule"] == "business" and days:
        wall += timedelta(days=1)
        days -= is_business(wall.date(), family_of(number))
    # A wall time that the clocks skip or show twice: within an hour of what is asked.
    return wall.replace(tzinfo=zone).astimezone(UTC) + elapsed
