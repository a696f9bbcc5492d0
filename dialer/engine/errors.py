"""What the engine refuses, in words and codes that API, admin and commands show as they are.

Owns the refusals; never a provider's error (those are in `providers.errors`).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from dialer.rules.faults import Fault


class EngineError(Exception):
    """A refusal that changed nothing."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(detail)
        self.code, self.detail = code, detail


class InvalidTransition(EngineError):
    """The thing is in a state in which this cannot be asked of it."""

    def __init__(
        self, detail: str, *, state: str, allowed_actions: Sequence[str] = (), attempt: str | None = None
    ) -> None:
        super().__init__("invalid_transition", detail)
        self.state, self.allowed_actions, self.attempt = state, list(allowed_actions), attempt


class Conflict(EngineError):
    """It clashes with what is there; the detail names the way out."""


class Invalid(EngineError):
    """The content cannot be accepted; `errors` point at the fields."""

    def __init__(self, code: str, detail: str, errors: Sequence[Fault] = ()) -> None:
        super().__init__(code, detail)
        self.errors = list(errors)


class RefusedByGate(EngineError):
    """A gate says never; the verdict tells which and why."""

    def __init__(self, verdict: Any) -> None:
        super().__init__("refused_by_gate", f"{verdict.gate}: {verdict.reason}")
        self.verdict = verdict


class NotFound(EngineError):
    """No such row."""

    def __init__(self, what: str) -> None:
        super().__init__("not_found", f"there is no such {what}")
