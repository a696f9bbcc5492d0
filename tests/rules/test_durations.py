"""Durations: read strictly, written back as they were."""

from __future__ import annotations

import contextlib
from datetime import timedelta

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from dialer.rules.durations import Duration, InvalidDuration, parse_duration


@pytest.mark.parametrize(
    ("text", "duration"),
    [
        ("PT30M", Duration(minutes=30)),
        ("PT2H", Duration(hours=2)),
        ("P1D", Duration(days=1)),
        ("P1M", Duration(months=1)),
        ("P2W", Duration(weeks=2)),
        ("P1Y2M3W4DT5H6M7S", Duration(1, 2, 3, 4, 5, 6, 7)),
        ("PT864000S", Duration(seconds=864000)),
        ("P0DT5M", Duration(minutes=5)),
        ("P10Y", Duration(years=10)),
        ("P120M", Duration(months=120)),
        ("P3652D", Duration(days=3652)),
        ("P0000000000001D", Duration(days=1)),
    ],
)
def test_a_duration_is_read_part_by_part(text: str, duration: Duration) -> None:
    assert parse_duration(text) == duration


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (None, "duration_type"),
        (30, "duration_type"),
        ("", "duration_format"),
        ("P", "duration_format"),
        ("PT", "duration_format"),
        ("P1DT", "duration_format"),
        ("30M", "duration_format"),
        ("pt30m", "duration_format"),
        (" PT30M", "duration_format"),
        ("PT30M\n", "duration_format"),
        ("PT30", "duration_format"),
        ("P1H", "duration_format"),
        ("PT1D", "duration_format"),
        ("PT1M2H", "duration_format"),
        ("PT٣M", "duration_format"),
        ("+PT1M", "duration_format"),
        ("PT0.5H", "duration_fraction"),
        ("PT1,5H", "duration_fraction"),
        ("-PT1H", "duration_negative"),
        ("P-1D", "duration_negative"),
        ("PT0S", "duration_zero"),
        ("P0Y0M0DT0S", "duration_zero"),
        ("P10YT1S", "duration_too_long"),
        ("P121M", "duration_too_long"),
        ("P3653D", "duration_too_long"),
        ("PT" + "9" * 5000 + "S", "duration_too_long"),
    ],
)
def test_a_text_that_is_no_usable_wait_is_refused_with_its_reason(text: object, code: str) -> None:
    with pytest.raises(InvalidDuration) as refusal:
        parse_duration(text)
    assert refusal.value.code == code


def test_only_dates_are_counted_on_a_calendar() -> None:
    assert [Duration(days=1).calendar, Duration(hours=30).calendar] == [True, False]


def test_a_count_of_days_alone_is_told_from_a_mixture() -> None:
    assert [
        Duration(days=2).pure_days,
        Duration(weeks=1).pure_days,
        Duration(days=1, hours=1).pure_days,
        Duration(months=1, days=1).pure_days,
    ] == [True, False, False, False]


def test_the_exact_part_is_hours_minutes_and_seconds() -> None:
    assert Duration(days=3, hours=1, minutes=2, seconds=3).elapsed == timedelta(seconds=3723)


parts = st.integers(0, 100)


@given(st.builds(Duration, st.integers(0, 4), st.integers(0, 11), parts, parts, parts, parts, parts))
def test_what_is_written_is_read_again_unchanged(duration: Duration) -> None:
    assume(str(duration) != "PT0S")
    assert parse_duration(str(duration)) == duration


@given(st.text(alphabet="PTYMWDHS0123456789-.+ ", max_size=12))
def test_any_text_that_is_read_is_written_as_something_that_reads_the_same(text: str) -> None:
    with contextlib.suppress(InvalidDuration):  # the only way in which a text may be refused
        duration = parse_duration(text)
        assert parse_duration(str(duration)) == duration
