"""Own the adjustable time of a served sandbox: it can run faster and be set forward, never back.

Never read by anything but a sandbox.
"""

from __future__ import annotations

import threading
import time
from datetime import UTC, datetime, timedelta


class SandboxClock:
    """Wall clock at first; then as it is told."""

    def __init__(self, speed: float = 1.0) -> None:
        self._lock = threading.Lock()
        self._base, self._since, self.speed = datetime.now(UTC), time.monotonic(), speed

    def now(self) -> datetime:
        """Give the time in UTC."""
        with self._lock:
            return self._now()

    def adjust(self, *, advance_seconds: float = 0.0, speed: float | None = None) -> datetime:
        """Set it forward, and let it run at another speed from now on; give the new time."""
        if advance_seconds < 0 or (speed is not None and speed < 0):
            raise ValueError("Time goes forward only: advance_seconds and speed can't be below 0.")
        with self._lock:
            self._base, self._since = self._now() + timedelta(seconds=advance_seconds), time.monotonic()
            self.speed = self.speed if speed is None else speed
            return self._base

    def _now(self) -> datetime:
        return self._base + timedelta(seconds=(time.monotonic() - self._since) * self.speed)
