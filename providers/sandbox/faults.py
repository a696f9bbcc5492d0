"""Own the faults of a sandbox that is served: which request is spoiled, and how, by a seed.

Never spoils a request of the control paths.
"""

from __future__ import annotations

import threading
from collections import Counter
from dataclasses import dataclass
from enum import StrEnum
from random import Random


class ServedFault(StrEnum):
    """What may go wrong on the way; `after` = the vendor has done all that was asked."""

    DROP_BEFORE = "drop_before"
    DROP_AFTER = "drop_after"
    HANG_BEFORE = "hang_before"
    HANG_AFTER = "hang_after"
    THROTTLED = "throttled"
    ERROR_BEFORE = "error_before"
    ERROR_AFTER = "error_after"
    GARBAGE_AFTER = "garbage_after"


DONE = frozenset(
    {
        ServedFault.DROP_AFTER,
        ServedFault.HANG_AFTER,
        ServedFault.ERROR_AFTER,
        ServedFault.GARBAGE_AFTER,
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class FaultPlan:
    """How many of the requests are spoiled (0 to 1), by which faults; a hang lasts so long, then breaks off."""

    rate: float = 0.0
    kinds: tuple[ServedFault, ...] = tuple(ServedFault)
    seed: int = 1
    hang_seconds: float = 2.0


class Faults:
    """Chooses; safe between threads."""

    def __init__(self, plan: FaultPlan) -> None:
        self._lock = threading.Lock()
        #: How often each was chosen so far; None = it went well.
        self.chosen: Counter[ServedFault | None] = Counter()
        self.follow(plan)

    def follow(self, plan: FaultPlan) -> None:
        """Follow another plan from now on."""
        self.plan, self._random = plan, Random(plan.seed)

    def next(self) -> ServedFault | None:
        """Choose the fault of the next request; None = it goes well."""
        with self._lock:
            is_spoiled = bool(self.plan.kinds) and self._random.random() < self.plan.rate
            fault = self._random.choice(self.plan.kinds) if is_spoiled else None
            self.chosen[fault] += 1
            return fault
