"""Own retry timelines: reading steps, picking the next one, and the instant that it asks for.

Never looks at windows or caps, nor at holidays but for business days: moving an attempt on is for gates.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Literal, cast
from zoneinfo import ZoneInfo

from dateutil.relativedelta import relativedelta

from dialer.rules import localtime
from dialer.rules.durations import Duration, InvalidDuration, parse_duration
from dialer.rules.faults import Findings, Found, read_choice, read_items, read_object
from dialer.rules.zones import valid_zone
from providers.vocabulary import Result

DayRule = Literal["any", "business"]
PhoneRule = Literal["same", "next"]
MAX_STEPS = 100  # a hundred calls to one person is beyond every law; more is a generated mistake

# What an empty `on` stands for. `rejected`, `invalid_number`, `expired` and `unknown` repeat only if named.
RETRYABLE = frozenset(
    {
        Result.NO_ANSWER,
        Result.BUSY,
        Result.VOICEMAIL,
        Result.ABANDONED,
        Result.CARRIER_ERROR,
        Result.FAILED,
    }
)
# What counts as reached: the person was spoken to, call no more.
REACHED = frozenset({Result.ANSWERED, Result.TRANSFERRED})
# No step follows these: the person was reached, asked for silence, or the attempt used no step.
FINAL = REACHED | {Result.DO_NOT_CALL, Result.CANCELLED}
_NAMEABLE = tuple(result.value for result in Result if result not in FINAL)
# Longest run of days without one business day that is believed; a calendar that exceeds it is broken.
_LONGEST_CLOSURE = 366


@dataclass(frozen=True, slots=True)
class Step:
    """One further attempt: how long after the end of the one before, on which number, after which results."""

    after: Duration
    day_rule: DayRule = "any"
    phone: PhoneRule = "same"
    on: frozenset[Result] = frozenset()  # empty: every retryable result

    def follows(self, result: Result) -> bool:
        """Say whether this step may follow an attempt that ended so."""
        if result in FINAL:
            return False
        return result in (self.on or RETRYABLE)


def parse_steps(data: object, *, pointer: str = "/steps") -> tuple[Step, ...]:
    """Read the steps of a timeline; raises `Faults` naming every fault. No steps is one attempt."""
    findings = Findings()
    items = read_items(data, pointer=pointer, limit=MAX_STEPS, found=findings.add)
    read = [_read_step(item, f"{pointer}/{index}", findings.add) for index, item in enumerate(items)]
    findings.check()
    return tuple(step for step in read if step is not None)


def _read_step(item: object, pointer: str, found: Found) -> Step | None:
    fields = read_object(item, pointer=pointer, known=("after", "day_rule", "phone", "on"), found=found)
    if fields is None:
        return None
    after = _read_after(fields.get("after"), f"{pointer}/after", found)
    day_rule = read_choice(
        fields.get("day_rule", "any"), pointer=f"{pointer}/day_rule", choices=("any", "business"), found=found
    )
    phone = read_choice(
        fields.get("phone", "same"), pointer=f"{pointer}/phone", choices=("same", "next"), found=found
    )
    on = _read_results(fields.get("on", ()), f"{pointer}/on", found)
    if after is None or day_rule is None or phone is None:
        return None
    return Step(after, cast("DayRule", day_rule), cast("PhoneRule", phone), on)


def _read_after(value: object, pointer: str, found: Found) -> Duration | None:
    if value is None:
        found(pointer, "required", "Say how long after the end of the attempt before, as in PT2H.")
        return None
    try:
        return parse_duration(value)
    except InvalidDuration as fault:
        found(pointer, fault.code, fault.detail)
        return None


def _read_results(value: object, pointer: str, found: Found) -> frozenset[Result]:
    results: set[Result] = set()
    for index, name in enumerate(read_items(value, pointer=pointer, limit=MAX_STEPS, found=found)):
        if isinstance(name, str) and name in FINAL:
            found(f"{pointer}/{index}", "final_result", f"No attempt follows {name}.")
            continue
        read = read_choice(
            name, pointer=f"{pointer}/{index}", choices=_NAMEABLE, found=found, code="unknown_result"
        )
        if read is not None:
            results.add(Result(read))
    return frozenset(results)


def steps_to_json(steps: Sequence[Step]) -> list[dict[str, object]]:
    """Write steps as `parse_steps` reads them, every field present, results in the vocabulary's order."""
    return [
        {
            "after": str(step.after),
            "day_rule": step.day_rule,
            "phone": step.phone,
            "on": [result.value for result in Result if result in step.on],
        }
        for step in steps
    ]


def pick_step(steps: Sequence[Step], used: Collection[int], result: Result) -> int | None:
    """Give the first step that was not used and follows this result; None ends the contact."""
    for index, step in enumerate(steps):
        if index not in used and step.follows(result):
            return index
    return None


def due_after(
    step: Step, ended_at: datetime, zone: str | None, is_business_day: Callable[[date], bool]
) -> datetime:
    """Give the UTC instant that a step asks for, counted from the end of the attempt before.

    Years, months, weeks and days move the called party's wall clock (a month from January 31 is the last of
    February; a time that the clocks skip becomes the first one after, a time shown twice is taken the first
    time). Hours, minutes and seconds then pass exactly. Without a known zone the wall clock is UTC's.

    With `day_rule` business, a plain count of days is that many business days at the same wall time; any
    other wait that ends on another day moves on to the next business day at the same wall time.
    The answer is never before `ended_at`, nor before what the same step asks for with `day_rule` any.
    """
    place = zone if zone is not None and valid_zone(zone) else "UTC"
    if step.day_rule == "any":
        return _after(step.after, ended_at, place)
    if step.after.pure_days:
        wall = _wall(ended_at, place)
        for _ in range(step.after.days):
            wall = _next_business(wall + timedelta(days=1), is_business_day)
        return localtime.first_instant(wall, place)
    due = _after(step.after, ended_at, place)
    wall = _wall(due, place)
    if is_business_day(wall.date()):
        return due
    return localtime.first_instant(_next_business(wall, is_business_day), place)


def _after(wait: Duration, ended_at: datetime, place: str) -> datetime:
    if not wait.calendar:
        return ended_at.astimezone(UTC) + wait.elapsed
    moved = _wall(ended_at, place) + relativedelta(
        years=wait.years, months=wait.months, weeks=wait.weeks, days=wait.days
    )
    return localtime.first_instant(moved, place) + wait.elapsed


def _wall(at: datetime, place: str) -> datetime:
    if at.tzinfo is None:
        raise ValueError("An attempt ends at an aware instant; make it UTC at the edge.")
    return at.astimezone(ZoneInfo(place)).replace(tzinfo=None, fold=0)


def _next_business(wall: datetime, is_business_day: Callable[[date], bool]) -> datetime:
    for ahead in range(_LONGEST_CLOSURE):
        day = wall + timedelta(days=ahead)
        if is_business_day(day.date()):
            return day
    raise ValueError(f"No business day within {_LONGEST_CLOSURE} days of {wall.date()}: check the calendar.")
