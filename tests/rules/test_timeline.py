"""Retry timelines: reading steps, picking the next, and the instants that steps ask for."""

from __future__ import annotations

from datetime import UTC, date, datetime
from functools import partial
from zoneinfo import ZoneInfo

import pytest

from dialer.rules.durations import Duration, parse_duration
from dialer.rules.faults import Fault, Faults
from dialer.rules.holidays import is_business_day
from dialer.rules.timeline import MAX_STEPS, RETRYABLE, Step, due_after, parse_steps, pick_step, steps_to_json
from providers.vocabulary import Result


def codes(data: object) -> list[tuple[str, str]]:
    with pytest.raises(Faults) as refusal:
        parse_steps(data)
    return [(fault.pointer, fault.code) for fault in refusal.value.faults]


def test_a_step_needs_only_its_wait() -> None:
    assert parse_steps([{"after": "PT2H"}]) == (Step(Duration(hours=2), "any", "same", frozenset()),)


def test_every_field_of_a_step_is_read() -> None:
    data = [{"after": "P1D", "day_rule": "business", "phone": "next", "on": ["busy", "no_answer"]}]
    assert parse_steps(data) == (
        Step(Duration(days=1), "business", "next", frozenset({Result.BUSY, Result.NO_ANSWER})),
    )


def test_steps_are_written_as_they_are_read() -> None:
    data = [
        {"after": "PT30M", "day_rule": "any", "phone": "same", "on": ["no_answer", "busy"]},
        {"after": "P1M", "day_rule": "business", "phone": "next", "on": []},
    ]
    assert steps_to_json(parse_steps(data)) == data


def test_no_steps_is_a_timeline_of_one_attempt() -> None:
    assert parse_steps([]) == ()


@pytest.mark.parametrize(
    ("data", "faults"),
    [
        ({}, [("/steps", "invalid_type")]),
        (None, [("/steps", "invalid_type")]),
        (["PT1H"], [("/steps/0", "invalid_type")]),
        ([{}], [("/steps/0/after", "required")]),
        ([{"after": None}], [("/steps/0/after", "required")]),
        ([{"after": "P1D"}, {"after": "soon"}], [("/steps/1/after", "duration_format")]),
        ([{"after": "PT0S"}], [("/steps/0/after", "duration_zero")]),
        ([{"after": "PT1H", "On": []}], [("/steps/0/On", "unknown_field")]),
        ([{"after": "PT1H", "a/b~c": 1}], [("/steps/0/a~1b~0c", "unknown_field")]),
        ([{"after": "PT1H", "day_rule": "weekday"}], [("/steps/0/day_rule", "invalid_choice")]),
        ([{"after": "PT1H", "day_rule": None}], [("/steps/0/day_rule", "invalid_choice")]),
        ([{"after": "PT1H", "phone": "any"}], [("/steps/0/phone", "invalid_choice")]),
        ([{"after": "PT1H", "on": "busy"}], [("/steps/0/on", "invalid_type")]),
        ([{"after": "PT1H", "on": ["busy", "engaged"]}], [("/steps/0/on/1", "unknown_result")]),
        ([{"after": "PT1H", "on": [["busy"]]}], [("/steps/0/on/0", "unknown_result")]),
        ([{"after": "PT1H", "on": ["answered"]}], [("/steps/0/on/0", "final_result")]),
        ([{"after": "PT1H", "on": ["do_not_call"]}], [("/steps/0/on/0", "final_result")]),
        ([{"after": "PT1H"}] * (MAX_STEPS + 1), [("/steps", "too_many")]),
    ],
)
def test_a_wrong_step_is_refused_at_its_place(data: object, faults: list[tuple[str, str]]) -> None:
    assert codes(data) == faults


def test_all_faults_are_named_at_once() -> None:
    data = [{"after": "x", "phone": 1}, {"when": "PT1H"}]
    assert codes(data) == [
        ("/steps/0/after", "duration_format"),
        ("/steps/0/phone", "invalid_choice"),
        ("/steps/1/when", "unknown_field"),
        ("/steps/1/after", "required"),
    ]


def test_the_pointer_starts_where_the_caller_says() -> None:
    with pytest.raises(Faults) as refusal:
        parse_steps([{}], pointer="/timeline/steps")
    assert [fault.pointer for fault in refusal.value.faults] == ["/timeline/steps/0/after"]


def test_faults_read_as_one_sentence_each() -> None:
    assert str(Faults([Fault("/a", "x", "No."), Fault("/b", "y", "Never.")])) == "/a: No.; /b: Never."


def test_the_first_unused_step_that_names_the_result_is_next() -> None:
    steps = parse_steps(
        [{"after": "PT1H", "on": ["busy"]}, {"after": "PT2H", "on": ["no_answer"]}, {"after": "PT3H"}]
    )
    assert [
        pick_step(steps, (), Result.NO_ANSWER),
        pick_step(steps, {1}, Result.NO_ANSWER),
        pick_step(steps, {1, 2}, Result.NO_ANSWER),
        pick_step(steps, {1, 2}, Result.BUSY),
        pick_step(steps, (0,), Result.BUSY),
    ] == [1, 2, None, 0, 2]


@pytest.mark.parametrize("result", list(Result))
def test_a_step_that_names_nothing_follows_the_six_retryable_results(result: Result) -> None:
    step = parse_steps([{"after": "PT1H"}])
    expected = {"no_answer", "busy", "voicemail", "abandoned", "carrier_error", "failed"}
    assert pick_step(step, (), result) == (0 if result.value in expected else None)


@pytest.mark.parametrize("result", [Result.UNKNOWN, Result.REJECTED, Result.INVALID_NUMBER, Result.EXPIRED])
def test_results_that_are_not_retried_by_themselves_are_when_named(result: Result) -> None:
    assert result not in RETRYABLE
    assert pick_step(parse_steps([{"after": "PT1H", "on": [result.value]}]), (), result) == 0


def test_nothing_follows_an_answer_even_if_a_step_were_made_to_say_so() -> None:
    assert pick_step([Step(Duration(hours=1), on=frozenset({Result.ANSWERED}))], (), Result.ANSWERED) is None


SAO_PAULO, PARIS, NEW_YORK = "America/Sao_Paulo", "Europe/Paris", "America/New_York"


def any_day(day: date) -> bool:
    raise AssertionError(f"{day} was asked for a step that takes any day")


def local(text: str, zone: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)


@pytest.mark.parametrize(
    ("after", "ended", "zone", "due"),
    [
        # Exact time passes exactly, whatever clocks do.
        ("PT30M", "2026-03-08 01:45", NEW_YORK, "2026-03-08 03:15"),
        ("PT24H", "2026-03-07 12:00", NEW_YORK, "2026-03-08 13:00"),
        ("PT24H", "2026-10-31 12:00", NEW_YORK, "2026-11-01 11:00"),
        # Days keep the wall time.
        ("P1D", "2026-03-07 12:00", NEW_YORK, "2026-03-08 12:00"),
        ("P1D", "2026-10-31 12:00", NEW_YORK, "2026-11-01 12:00"),
        # A wall time that is skipped becomes the first one after; one shown twice is taken the first time.
        ("P1D", "2026-03-07 02:30", NEW_YORK, "2026-03-08 03:00"),
        ("P1D", "2026-03-28 02:59", PARIS, "2026-03-29 03:00"),
        ("P1D", "2026-10-31 01:30", NEW_YORK, "2026-11-01 01:30"),
        # Exact time is added after the calendar's part.
        ("P1DT1H", "2026-03-07 01:30", NEW_YORK, "2026-03-08 03:30"),
        # Months and years end on the last day that there is.
        ("P1M", "2026-01-31 10:00", PARIS, "2026-02-28 10:00"),
        ("P1M", "2028-01-31 10:00", PARIS, "2028-02-29 10:00"),
        ("P1M", "2026-03-31 10:00", PARIS, "2026-04-30 10:00"),
        ("P1Y", "2028-02-29 10:00", PARIS, "2029-02-28 10:00"),
        ("P4Y", "2028-02-29 10:00", PARIS, "2032-02-29 10:00"),
        ("P1Y1M", "2026-12-31 10:00", PARIS, "2028-01-31 10:00"),
        ("P2W", "2026-12-24 09:00", SAO_PAULO, "2027-01-07 09:00"),
    ],
)
def test_a_wait_counts_on_the_clock_of_the_called_party(after: str, ended: str, zone: str, due: str) -> None:
    step = Step(parse_duration(after))
    assert due_after(step, local(ended, zone), zone, any_day) == local(due, zone)


def test_a_date_that_a_place_never_had_gives_its_next_day() -> None:
    step = Step(parse_duration("P1D"))
    assert due_after(step, local("2011-12-29 10:00", "Pacific/Apia"), "Pacific/Apia", any_day) == local(
        "2011-12-31 00:00", "Pacific/Apia"
    )


@pytest.mark.parametrize("zone", [None, "Etc/Unknown", "Mars/Phobos", "../etc/passwd"])
def test_without_a_known_zone_the_clock_is_utc(zone: str | None) -> None:
    ended = datetime(2026, 1, 31, 23, 30, tzinfo=UTC)
    assert due_after(Step(parse_duration("P1M")), ended, zone, any_day) == datetime(
        2026, 2, 28, 23, 30, tzinfo=UTC
    )


def test_an_end_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="aware"):
        due_after(Step(parse_duration("P1D")), datetime(2026, 1, 1), None, any_day)  # noqa: DTZ001


def test_the_answer_is_in_utc_to_the_microsecond() -> None:
    ended = datetime(2026, 6, 1, 12, 0, 0, 123456, tzinfo=ZoneInfo(PARIS))
    due = due_after(Step(parse_duration("P1D")), ended, PARIS, any_day)
    assert (due, due.tzinfo) == (datetime(2026, 6, 2, 10, 0, 0, 123456, tzinfo=UTC), UTC)


@pytest.mark.parametrize(
    ("after", "ended", "country", "region", "zone", "due"),
    [
        # Friday evening, one business day: Monday at the same time.
        ("P1D", "2026-11-27 19:00", "BR", "SP", SAO_PAULO, "2026-11-30 19:00"),
        ("P3D", "2026-11-26 10:00", "BR", "SP", SAO_PAULO, "2026-12-01 10:00"),
        # From a Saturday the first business day is Monday.
        ("P1D", "2026-11-28 10:00", "BR", "SP", SAO_PAULO, "2026-11-30 10:00"),
        # A Friday holiday of the whole country.
        ("P1D", "2026-11-19 10:00", "BR", "SP", SAO_PAULO, "2026-11-23 10:00"),
        # Carnival's Tuesday is a holiday in Rio, by state law, and none in São Paulo.
        ("P1D", "2026-02-16 10:00", "BR", "RJ", SAO_PAULO, "2026-02-18 10:00"),
        ("P1D", "2026-02-16 10:00", "BR", "SP", SAO_PAULO, "2026-02-17 10:00"),
        # Christmas 2026 is a Friday; Alsace keeps the 26th too, which is a Saturday anyway.
        ("P1D", "2026-12-24 15:00", "FR", None, PARIS, "2026-12-28 15:00"),
        ("P1D", "2025-12-24 15:00", "FR", "6AE", PARIS, "2025-12-29 15:00"),
        ("P1D", "2025-12-24 15:00", "FR", None, PARIS, "2025-12-26 15:00"),
        # Boxing Day on a Saturday is kept on Monday in Britain.
        ("P1D", "2026-12-24 15:00", "GB", "ENG", "Europe/London", "2026-12-29 15:00"),
        # Another wait is passed first, then moved on to the next business day at the same wall time.
        ("PT2H", "2026-11-27 23:00", "US", "NY", NEW_YORK, "2026-11-30 01:00"),
        ("PT2H", "2026-11-27 10:00", "US", "NY", NEW_YORK, "2026-11-27 12:00"),
        ("P1W", "2026-12-18 09:30", "US", "NY", NEW_YORK, "2026-12-28 09:30"),
        ("P1M", "2026-01-31 09:30", "US", "NY", NEW_YORK, "2026-03-02 09:30"),
        ("P1DT1H", "2026-11-27 10:00", "US", "NY", NEW_YORK, "2026-11-30 11:00"),
        # The weekend is the country's own.
        ("P1D", "2026-11-26 10:00", "SA", None, "Asia/Riyadh", "2026-11-29 10:00"),
        # A Saturday that is worked instead of a holiday counts.
        ("P1D", "2026-02-13 10:00", "CN", None, "Asia/Shanghai", "2026-02-14 10:00"),
    ],
)
def test_a_business_wait_ends_on_a_day_on_which_people_work(
    after: str, ended: str, country: str, region: str | None, zone: str, due: str
) -> None:
    step = Step(parse_duration(after), "business")
    works = partial(is_business_day, country=country, region=region)
    assert due_after(step, local(ended, zone), zone, works) == local(due, zone)


def test_the_day_of_a_business_wait_is_the_called_partys_not_utcs() -> None:
    # Sunday 21:00 in New York is Monday in UTC.
    step = Step(parse_duration("PT1H"), "business")
    works = partial(is_business_day, country="US", region="NY")
    assert due_after(step, local("2026-11-29 20:00", NEW_YORK), NEW_YORK, works) == local(
        "2026-11-30 21:00", NEW_YORK
    )


def test_a_calendar_without_a_business_day_is_refused_instead_of_searched_for_ever() -> None:
    with pytest.raises(ValueError, match="No business day within 366 days"):
        due_after(
            Step(parse_duration("P1D"), "business"), datetime(2026, 1, 1, tzinfo=UTC), None, lambda _: False
        )
