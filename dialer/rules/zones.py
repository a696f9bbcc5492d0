"""Own which time zones a person may be in: the one that is known, else every one that the number allows.

Never guesses one of several: a caller has to satisfy all of them.
"""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from zoneinfo import available_timezones

from phonenumbers.tzdata import TIMEZONE_DATA

from dialer.rules import numbering

# Names that zone files hold but that are no place: nobody's wall clock can be told from them.
_NOWHERE = frozenset({"Etc/Unknown", "Factory", "localtime"})


@cache
def _zone_names() -> frozenset[str]:
    return frozenset(available_timezones()) - _NOWHERE


def valid_zone(name: str) -> bool:
    """Say whether a name is a time zone of this machine's data."""
    return name in _zone_names()


def candidate_zones(timezone: str | None, number: str) -> tuple[str, ...]:
    """Give every zone in which the called party may be; () means that nothing is known.

    A known `timezone` settles it; one that does not exist (Etc/Unknown included) counts as none. Otherwise
    all zones of the E.164 `number` are given, which for mobile numbers is mostly every zone of the country.
    """
    if timezone and valid_zone(timezone):
        return (timezone,)
    digits = number[1:] if number.startswith("+") else number
    cut = numbering.split(digits)
    if cut is None:
        return ()
    plan, national = cut
    found = plan.match(national)
    return () if found is None else zones_of(digits, plan.code, is_placed=found.is_placed)


def zones_of(digits: str, code: str, *, is_placed: bool) -> tuple[str, ...]:
    """Give the zones of a valid number's digits, by its longest listed prefix or by its country's code."""
    whole, lengths = _prefix_lengths(code)
    if is_placed:
        for length in lengths:
            zones = _ZONES.get(digits[:length])
            if zones is not None:
                return zones
    return whole


@cache
def _prefix_lengths(code: str) -> tuple[tuple[str, ...], tuple[int, ...]]:
    """Give the zones of a whole calling code, and the lengths of its longer prefixes, longest first."""
    lengths = {len(prefix) for prefix in TIMEZONE_DATA if prefix.startswith(code) and prefix != code}
    return _ZONES.get(code, ()), tuple(sorted(lengths, reverse=True))


_ZONES: dict[str, tuple[str, ...]] = {
    prefix: tuple(zone for zone in zones if valid_zone(zone)) for prefix, zones in TIMEZONE_DATA.items()
}


@cache
def zones_of_country(country: str) -> tuple[str, ...]:
    """Give the time zones of a country (ISO 3166), as the time zone data lists them; () for what is no country."""
    table = files("tzdata").joinpath("zoneinfo", "zone.tab").read_text("utf-8")
    rows = (line.split("\t") for line in table.splitlines() if not line.startswith("#"))
    return tuple(row[2] for row in rows if row[0] == country.upper() and valid_zone(row[2]))
