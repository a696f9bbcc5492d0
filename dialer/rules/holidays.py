"""Own public holidays and business days, by country and region.

Never decides what a holiday forbids. What no calendar knows is said plainly, so that callers can fail closed.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache

import holidays as library

from dialer.rules.places import Place, place_of

__all__ = ["Place", "UnknownCalendar", "calendar_known", "is_business_day", "is_holiday", "place_of"]

_SATURDAY = 5


class UnknownCalendar(LookupError):
    """No calendar is known for a country or region; ask `calendar_known` first and fail closed."""

    def __init__(self, country: str, region: str | None) -> None:
        self.country = country
        self.region = region
        name = f"{country or '(no country)'}-{region}" if region else country or "(no country)"
        super().__init__(f"No public holiday calendar is known for {name}.")


@dataclass(frozen=True, slots=True)
class _Year:
    holidays: frozenset[date]
    days_off: frozenset[
        date
    ]  # weekends as the country keeps them, and holidays; less the days worked instead


def calendar_known(country: str, region: str | None = None) -> bool:
    """Say whether there is a holiday calendar for a country (ISO 3166) and region (ISO 3166-2, no prefix)."""
    regions = _regions(country)
    return regions is not None and (region is None or region in regions)


def is_holiday(day: date, country: str, region: str | None = None) -> bool:
    """Say whether a day is a public holiday; raises `UnknownCalendar`.

    Days that are kept instead of one on a weekend count too. Without region only what the whole country
    keeps counts. In a year that the calendar does not reach (holidays announced year by year), every day
    counts: nobody can say that it is none.
    """
    if not calendar_known(country, region):
        raise UnknownCalendar(country, region)
    year = _year(country, region, day.year)
    return True if year is None else day in year.holidays


def is_business_day(day: date, country: str, region: str | None = None) -> bool:
    """Say whether people work on a day, as far as anybody knows.

    Weekends are the country's own, days worked instead of a holiday count. An unknown region goes by its
    country; an unknown country or year by Monday to Friday, for a wait has to end some day (what forbids
    the call itself are gates, and they fail closed).
    """
    known = region if calendar_known(country, region) else None
    year = _year(country, known, day.year) if calendar_known(country, known) else None
    return day.weekday() < _SATURDAY if year is None else day not in year.days_off


@lru_cache(maxsize=512)
def _regions(country: str) -> tuple[str, ...] | None:
    """Give the regions of a country that the library knows; None for a country that it doesn't."""
    # The library lists three-letter codes and aliases too; one spelling keeps one calendar in the cache.
    if len(country) != 2:
        return None
    found = library.list_supported_countries(include_aliases=False).get(country)
    return None if found is None else tuple(found)


# 4,096 years of calendars: every region of the countries with most, for the ten years that a step may wait.
@lru_cache(maxsize=4096)
def _year(country: str, region: str | None, year: int) -> _Year | None:
    """Read one year of a known calendar; None if it does not reach that year."""
    # Without expansion the object can't change behind the cache, nor under another thread.
    calendar = library.country_holidays(country, subdiv=region, years=year, expand=False)
    if not calendar.start_year <= year <= calendar.end_year:
        return None
    first = date(year, 1, 1)
    days = [first + timedelta(days=ahead) for ahead in range((date(year, 12, 31) - first).days + 1)]
    return _Year(
        holidays=frozenset(calendar),
        days_off=frozenset(day for day in days if not calendar.is_working_day(day)),
    )
