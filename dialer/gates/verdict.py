"""What a gate says: allowed, held until an instant, or refused for good.

Owns the answer's shape; never judges.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from dialer.rules.transitions import FinishReason


class Outcome(StrEnum):
    """The three answers."""

    ALLOWED = "allowed"
    HELD = "held"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """One gate's answer for one candidate at one instant.

    `until` (UTC) is the earliest instant at which asking again makes sense; None for a hold that no clock ends.
    `finish` says how a refused contact ends.
    """

    outcome: Outcome
    gate: str
    code: str = "ok"
    reason: str = ""
    until: datetime | None = None
    rule: str | None = None
    finish: FinishReason | None = None

    @property
    def ok(self) -> bool:
        """Whether this gate lets the call through."""
        return self.outcome is Outcome.ALLOWED

    def data(self) -> dict[str, Any]:
        """Return the verdict in the shape of the API."""
        return {
            "gate": self.gate,
            "outcome": self.outcome.value,
            "code": self.code,
            "reason": self.reason,
            "until": self.until.isoformat().replace("+00:00", "Z") if self.until else None,
            "rule": self.rule,
        }


def allowed(gate: str, *, rule: str | None = None) -> Verdict:
    """Let it through."""
    return Verdict(outcome=Outcome.ALLOWED, gate=gate, rule=rule)


def held(gate: str, code: str, reason: str, until: datetime | None, *, rule: str | None = None) -> Verdict:
    """Not now."""
    return Verdict(outcome=Outcome.HELD, gate=gate, code=code, reason=reason, until=until, rule=rule)


def refused(gate: str, code: str, reason: str, finish: FinishReason, *, rule: str | None = None) -> Verdict:
    """Not ever; the contact ends for `finish`."""
    return Verdict(outcome=Outcome.REFUSED, gate=gate, code=code, reason=reason, finish=finish, rule=rule)
