"""Public holidays, business days, and the rule that holds where no law is entered."""

from __future__ import annotations

from datetime import date

import pytest

from dialer.rules.defaults import CAUTIOUS, default_rule
from dialer.rules.holidays import UnknownCalendar, calendar_known, is_business_day, is_holiday
from dialer.rules.windows import Window


@pytest.mark.parametrize(
    ("day", "country", "region", "closed"),
    [
        ("2026-07-14", "FR", None, True),
        ("2026-12-26", "FR", None, False),
        ("2026-12-26", "FR", "6AE", True),  # Alsace
        ("2026-04-03", "FR", "57", True),  # Good Friday in Moselle
        ("2026-04-03", "FR", None, False),
        ("2026-02-17", "BR", None, False),  # Carnival is optional in the country, a holiday in Rio
        ("2026-02-17", "BR", "RJ", True),
        ("2026-11-20", "BR", None, True),
        ("2026-07-09", "BR", "SP", True),
        ("2026-07-09", "BR", "RJ", False),
        ("2026-11-26", "US", "NY", True),  # Thanksgiving
        ("2026-07-03", "US", None, True),  # Independence Day is a Saturday: kept on Friday
        ("2027-12-31", "US", None, True),  # New Year 2028 is a Saturday: kept in the year before
        ("2026-04-06", "GB", "ENG", True),
        ("2026-04-06", "GB", "SCT", False),
        ("2026-11-30", "GB", "SCT", True),
        ("2026-12-28", "GB", None, True),
        ("2028-02-29", "US", None, False),
    ],
)
def test_a_day_is_a_public_holiday_or_not(day: str, country: str, region: str | None, closed: bool) -> None:
    assert is_holiday(date.fromisoformat(day), country, region) is closed


@pytest.mark.parametrize(
    ("country", "region", "known"),
    [
        ("BR", None, True),
        ("BR", "SP", True),
        ("PR", None, True),
        ("BR", "ZZ", False),
        ("XX", None, False),
        ("", None, False),
        ("001", None, False),
        ("BRA", None, False),
        ("br", None, False),
    ],
)
def test_whether_a_calendar_is_known(country: str, region: str | None, known: bool) -> None:
    assert calendar_known(country, region) is known


@pytest.mark.parametrize(("country", "region"), [("XX", None), ("001", None), ("BR", "ZZ"), ("", None)])
def test_a_holiday_without_a_calendar_is_not_guessed(country: str, region: str | None) -> None:
    with pytest.raises(UnknownCalendar):
        is_holiday(date(2026, 1, 1), country, region)


def test_a_year_that_a_calendar_does_not_reach_is_closed() -> None:
    # Japan's equinoxes are computed up to 2099.
    assert is_holiday(date(2100, 6, 1), "JP")


def test_business_days_go_by_weekdays_where_no_calendar_reaches() -> None:
    days = [date(2026, 1, 1), date(2026, 1, 2), date(2026, 1, 3)]
    assert [is_business_day(day, "001") for day in days] == [True, True, False]
    assert [is_business_day(date(2100, 6, day), "JP") for day in (4, 5, 6)] == [True, False, False]


def test_an_unknown_region_keeps_the_business_days_of_its_country() -> None:
    assert not is_business_day(date(2026, 11, 20), "BR", "ZZ")


@pytest.mark.parametrize(
    ("day", "country", "works"),
    [
        ("2026-11-20", "BR", False),
        ("2026-11-21", "BR", False),
        ("2026-11-23", "BR", True),
        ("2026-11-27", "SA", False),  # Friday
        ("2026-11-29", "SA", True),  # Sunday
        ("2026-02-14", "CN", True),  # a Saturday worked for the spring festival
    ],
)
def test_a_day_is_a_business_day_or_not(day: str, country: str, works: bool) -> None:
    assert is_business_day(date.fromisoformat(day), country) is works


@pytest.mark.parametrize("purpose", ["marketing", "collections", "something_new"])
def test_the_default_rule_binds_every_purpose_but_service(purpose: str) -> None:
    assert default_rule(purpose) is CAUTIOUS


def test_no_default_rule_binds_service() -> None:
    assert default_rule("service") is None


def test_the_default_rule_leaves_eight_to_nine_on_working_days_and_saturdays() -> None:
    assert (CAUTIOUS.windows, CAUTIOUS.closed_on_sundays, CAUTIOUS.closed_on_holidays) == (
        (Window(frozenset({0, 1, 2, 3, 4, 5}), 480, 1260),),
        True,
        True,
    )
