"""Own the times of the week in which a sending may ring ("available times" of the error table).

Never knows a callee's zone: numbering of days and zone are not documented, so Monday is 1 and times are UTC.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from providers.sandbox.nrs360.errors import coded, invalid
from providers.sandbox.nrs360.shapes import is_a, known

#: Code 196 says that there is a least length, not which.
SHORTEST_MINUTES = 60
_PROPERTIES = ("day", "from", "to")


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """Minutes of one day of the week."""

    day: int
    begin: int
    end: int

    def holds(self, at: datetime) -> bool:
        """Say whether an instant lies in it."""
        at = at.astimezone(UTC)
        return at.isoweekday() == self.day and self.begin <= at.hour * 60 + at.minute < self.end


def windows_of(data: Mapping[str, Any]) -> tuple[Window, ...]:
    """Read the available times; none = any time."""
    if "availableTimes" not in data:
        return ()
    given = data["availableTimes"]
    if given in (None, "", []):
        raise coded(194)
    if not isinstance(given, list):
        raise coded(183)
    return tuple(_window(each) for each in given)


def is_open(windows: Sequence[Window], at: datetime) -> bool:
    """Say whether it may ring now."""
    return not windows or any(window.holds(at) for window in windows)


def _window(given: object) -> Window:
    if not isinstance(given, dict):
        raise invalid("availableTimes must be an array of objects")
    if any(name not in given for name in _PROPERTIES):
        raise coded(189)
    known(given, _PROPERTIES)
    if not is_a(given["day"], int):
        raise coded(184)
    if not 1 <= given["day"] <= 7:
        raise coded(185)
    begin, end = _minute(given["from"], 186), _minute(given["to"], 187)
    if begin > end:
        raise coded(188)
    if end - begin < SHORTEST_MINUTES:
        raise coded(196)
    return Window(day=given["day"], begin=begin, end=end)


def _minute(text: object, code: int) -> int:
    found = re.fullmatch(r"([01][0-9]|2[0-3]):([0-5][0-9])", text) if isinstance(text, str) else None
    if found is None:
        raise coded(code)
    return int(found[1]) * 60 + int(found[2])
