"""Own the time of a conformance run: it stands still unless something moves it.

Never sleeps.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

#: A Monday noon in every zone of America, far from any change of daylight saving.
START = datetime(2026, 6, 1, 17, 0, tzinfo=UTC)


class VirtualClock:
    """Give one time as wall clock and as monotonic seconds."""

    def __init__(self, start: datetime = START) -> None:
        self._start = start
        self._passed = 0.0

    def now(self) -> datetime:
        """Give the wall clock."""
        return self._start + timedelta(seconds=self._passed)

    def monotonic(self) -> float:
        """Give seconds since the start."""
        return self._passed

    def advance(self, seconds: float) -> None:
        """Let time pass."""
        self._passed += seconds
