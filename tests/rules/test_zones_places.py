"""Time zones of a number, and the place that it names."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from zoneinfo import available_timezones

import pytest
from phonenumbers.tzdata import TIMEZONE_DATA

from dialer.rules.holidays import calendar_known
from dialer.rules.places import _AREAS, Place, place_of
from dialer.rules.zones import candidate_zones, valid_zone


def test_a_known_zone_settles_it() -> None:
    assert candidate_zones("America/Denver", "+12125550123") == ("America/Denver",)


@pytest.mark.parametrize("nonsense", [None, "", "Etc/Unknown", "Mars/Phobos", "localtime", "america/denver"])
def test_a_zone_that_is_none_leaves_it_to_the_number(nonsense: str | None) -> None:
    assert candidate_zones(nonsense, "+12125550123") == ("America/New_York",)


@pytest.mark.parametrize(
    ("number", "zones"),
    [
        ("+5511999990001", ("America/Sao_Paulo",)),
        ("+5592999990001", ("America/Manaus",)),
        ("+442079460000", ("Europe/London",)),
        ("+33199001234", ("Europe/Paris",)),
        # Area codes on a border of zones.
        ("+17755550123", ("America/Boise", "America/Los_Angeles")),
        ("+19075550123", ("America/Adak", "America/Anchorage")),
        ("", ()),
        ("+", ()),
        ("+999123456789", ()),
        ("+12", ()),
        ("+80012345678", ()),
    ],
)
def test_the_zones_of_a_number(number: str, zones: tuple[str, ...]) -> None:
    assert sorted(candidate_zones(None, number)) == sorted(zones)


def test_a_mobile_number_may_be_in_every_zone_of_its_country() -> None:
    assert {"Australia/Sydney", "Australia/Perth", "Australia/Adelaide"} <= set(
        candidate_zones(None, "+61491570156")
    )


def test_a_toll_free_number_may_be_anywhere_under_its_calling_code() -> None:
    zones = candidate_zones(None, "+18005550123")
    assert {"America/New_York", "America/Anchorage", "Pacific/Honolulu"} <= set(zones)


def test_no_candidate_is_unknown_to_this_machine() -> None:
    named = {zone for zones in TIMEZONE_DATA.values() for zone in zones} - {"Etc/Unknown"}
    assert named - available_timezones() == set()


def test_the_zone_of_nowhere_is_no_zone() -> None:
    assert not valid_zone("Etc/Unknown")


@pytest.mark.parametrize(
    ("number", "place"),
    [
        ("+12125550123", Place("US", "NY")),
        ("+12025550123", Place("US", "DC")),
        ("+18085550123", Place("US", "HI")),
        ("+14165550123", Place("CA", "ON")),
        ("+15145550123", Place("CA", "QC")),
        ("+19025550123", Place("CA", None)),  # Nova Scotia and Prince Edward Island share it
        ("+18675550123", Place("CA", None)),  # three territories share it
        ("+18005550123", Place("US", None)),
        ("+17875550123", Place("PR", None)),
        ("+5511999990001", Place("BR", "SP")),
        ("+5521999990001", Place("BR", "RJ")),
        ("+5561999990001", Place("BR", None)),  # the Federal District and Goiás share it
        ("+442079460000", Place("GB", "ENG")),
        ("+442890180000", Place("GB", "NIR")),
        ("+441314960000", Place("GB", "SCT")),
        ("+442920180000", Place("GB", "WLS")),
        ("+33199001234", Place("FR", None)),
        ("+61491570156", Place("AU", None)),
        ("+262692123456", Place("RE", None)),
        ("+80012345678", Place("001", None)),
        ("+1212555", Place("", None)),
        ("", Place("", None)),
    ],
)
def test_the_place_of_a_number(number: str, place: Place) -> None:
    assert place_of(number) == place


def test_every_region_that_an_area_code_names_has_a_calendar() -> None:
    named = {(country, region) for country, areas in _AREAS.items() for region in areas.values()}
    assert {place for place in named if not calendar_known(*place)} == set()


def test_no_area_code_begins_another_of_its_country() -> None:
    clashes = [
        (country, short, long)
        for country, areas in _AREAS.items()
        for short in areas
        for long in areas
        if short != long and long.startswith(short)
    ]
    assert clashes == []


def test_area_codes_name_the_state_in_which_the_librarys_tables_put_most_of_their_places() -> None:
    # Read here only: the tables take seconds and 150 MB, which no process that dials should pay.
    from phonenumbers.geodata import GEOCODE_DATA

    ends = {
        "US": re.compile(r", ([A-Z]{2})$"),
        "CA": re.compile(r", ([A-Z]{2})$"),
        "BR": re.compile(r"\b([A-Z]{2})$"),
    }
    codes = {"US": "1", "CA": "1", "BR": "55"}
    tallies: dict[tuple[str, str], Counter[str]] = defaultdict(Counter)
    for prefix, names in GEOCODE_DATA.items():
        for country, code in codes.items():
            for length in (2, 3):
                area = prefix[len(code) : len(code) + length]
                if prefix.startswith(code) and area in _AREAS[country]:
                    state = ends[country].search(names.get("pt") or names.get("en") or "")
                    if state is not None:
                        tallies[country, area][state[1]] += 1
    # The youngest overlays have no place listed yet.
    assert len(tallies) > 350
    assert {
        key: tally for key, tally in tallies.items() if tally.most_common(1)[0][0] != _AREAS[key[0]][key[1]]
    } == {}
