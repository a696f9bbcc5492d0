"""Own ISO 8601 durations: read them strictly, write them back as they were.

Never adds one to an instant; that needs a zone and is `timeline.due_after`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import timedelta

# A step that waits longer than this is a typing error (PT864000H for PT8640S), not a plan.
MAX_YEARS = 10
# Mean Gregorian lengths, in seconds; used for the bound only, never to add a month to a date.
_YEAR = 31_556_952
_MONTH = _YEAR // 12
_MAX_SECONDS = MAX_YEARS * _YEAR
# Ten digits hold ten years of seconds; more would only feed big-number arithmetic.
_MAX_DIGITS = 10

_DATE_UNITS = (("years", "Y"), ("months", "M"), ("weeks", "W"), ("days", "D"))
_TIME_UNITS = (("hours", "H"), ("minutes", "M"), ("seconds", "S"))
_SHAPE = re.compile(
    "P"
    + "".join(f"(?:(?P<{name}>[0-9]+){letter})?" for name, letter in _DATE_UNITS)
    + "(?P<time>T"
    + "".join(f"(?:(?P<{name}>[0-9]+){letter})?" for name, letter in _TIME_UNITS)
    + ")?"
)
_EXAMPLES = "Write it like PT30M, PT2H, P1D or P1M."


class InvalidDuration(ValueError):
    """A text that is no usable duration; `code` says why for programs."""

    def __init__(self, code: str, detail: str) -> None:
        self.code = code
        self.detail = detail
        super().__init__(detail)


@dataclass(frozen=True, slots=True)
class Duration:
    """A wait as it was written: P7D and P1W are kept apart, nothing is carried over."""

    years: int = 0
    months: int = 0
    weeks: int = 0
    days: int = 0
    hours: int = 0
    minutes: int = 0
    seconds: int = 0

    @property
    def calendar(self) -> bool:
        """Say whether it has parts that are counted on the calendar of a place."""
        return bool(self.years or self.months or self.weeks or self.days)

    @property
    def elapsed(self) -> timedelta:
        """Give the exact part: hours, minutes and seconds."""
        return timedelta(hours=self.hours, minutes=self.minutes, seconds=self.seconds)

    @property
    def pure_days(self) -> bool:
        """Say whether it is a count of days and nothing else."""
        return self.days > 0 and not (self.years or self.months or self.weeks or self.elapsed)

    def __str__(self) -> str:
        date = "".join(f"{getattr(self, n)}{letter}" for n, letter in _DATE_UNITS if getattr(self, n))
        time = "".join(f"{getattr(self, n)}{letter}" for n, letter in _TIME_UNITS if getattr(self, n))
        if not date and not time:
            return "PT0S"
        return f"P{date}T{time}" if time else f"P{date}"


def parse_duration(text: object) -> Duration:
    """Read an ISO 8601 duration of whole parts, longer than nothing, up to ten years.

    Raises `InvalidDuration` with code duration_type, duration_format, duration_fraction, duration_negative,
    duration_zero or duration_too_long.
    """
    if not isinstance(text, str):
        raise InvalidDuration("duration_type", f"A duration is text. {_EXAMPLES}")
    found = _SHAPE.fullmatch(text)
    if found is None or text.endswith(("P", "T")):
        raise _why_unreadable(text)
    parts = {name: found[name] or "0" for name, _ in _DATE_UNITS + _TIME_UNITS}
    if any(len(digits.lstrip("0")) > _MAX_DIGITS for digits in parts.values()):
        raise _too_long()
    duration = Duration(**{name: int(digits.lstrip("0") or "0") for name, digits in parts.items()})
    seconds = _rough_seconds(duration)
    if seconds == 0:
        raise InvalidDuration("duration_zero", f"A wait must be longer than nothing. {_EXAMPLES}")
    if seconds > _MAX_SECONDS:
        raise _too_long()
    return duration


def _rough_seconds(duration: Duration) -> int:
    return (
        duration.years * _YEAR
        + duration.months * _MONTH
        + (duration.weeks * 7 + duration.days) * 86_400
        + duration.hours * 3600
        + duration.minutes * 60
        + duration.seconds
    )


def _too_long() -> InvalidDuration:
    return InvalidDuration("duration_too_long", f"A wait may be at most {MAX_YEARS} years long.")


def _why_unreadable(text: str) -> InvalidDuration:
    if "-" in text and _SHAPE.fullmatch(text.replace("-", "")):
        return InvalidDuration("duration_negative", "A wait can't be negative: the next attempt lies ahead.")
    whole = re.sub(r"[.,][0-9]+", "", text)
    if whole != text and _SHAPE.fullmatch(whole):
        return InvalidDuration("duration_fraction", "Parts are whole numbers: write PT30M, not PT0.5H.")
    return InvalidDuration("duration_format", f"This is not an ISO 8601 duration. {_EXAMPLES}")
