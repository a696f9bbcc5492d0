"""A provider's list of numbers on paper, and what a test does with it.

Owns the list; what must happen to it stands in the tests.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from dialer.engine.suppression import NewSuppression, suppress
from dialer.models import Attempt, ProviderAccount, Suppression
from providers import errors
from providers.contract import Blocklist
from tests.engine.conftest import SILENT, Stage


class Paper(Blocklist):
    """A provider's list on paper; `spoil` raises before or after what is asked is done."""

    def __init__(self) -> None:
        self.numbers: set[str] = set()
        self.asked: list[str] = []
        self.spoil: dict[str, list[str]] = {}
        self.before: dict[str, Callable[[], object]] = {}

    def _do(self, what: str, act: Callable[[], Any]) -> Any:
        self.asked.append(what)
        self.before.pop(what, lambda: None)()
        faults = self.spoil.get(what, [])
        fault = faults.pop(0) if faults else ""
        if fault == "before":
            raise errors.Unavailable("It is away.")
        if fault == "refused":
            raise errors.Refused("It will not.")
        told = act()
        if fault == "after":
            raise errors.Unavailable("Its answer was lost.")
        return told

    def holds(self, phone: str) -> bool:
        return bool(self._do("holds", lambda: phone in self.numbers))

    def add(self, phone: str) -> None:
        self._do("add", lambda: self.numbers.add(phone))

    def remove(self, phone: str) -> None:
        self._do("remove", lambda: self.numbers.discard(phone))


def held(stage: Stage) -> Attempt:
    """Have a call that the provider holds."""
    (row,) = stage.build(SILENT)
    stage.tick("dispatch")
    return stage.attempt(row)


def say_no(stage: Stage, **entry: Any) -> Suppression:
    (made,) = suppress(entries=[NewSuppression(**({"number": SILENT} | entry))], now=stage.now)
    return made


def settle(stage: Stage, *, after: timedelta = timedelta(hours=1)) -> None:
    stage.now += after
    stage.tick("lifted", "blocks")


def forgive() -> None:
    """Let the account's failures be forgotten, as its probe does."""
    ProviderAccount.objects.update(health_state="healthy", failures_in_row=0, probe_at=None)
