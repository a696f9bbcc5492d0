"""Own what the kit asks of a stand-in: a small imitation of a vendor, written from the vendor's document.

Never imitates faults; `Faulty` makes those for all providers alike.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Protocol

from providers.ledger import Ledger
from providers.testing.clock import VirtualClock
from providers.values import HookRequest, NativeStep
from providers.vocabulary import Result

if TYPE_CHECKING:
    from providers.http import httpx


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedRing:
    """A call that the vendor would make, or has made."""

    phone: str  # compared by its digits
    ref: str | None = None  # our reference, if the vendor stores it
    not_before: datetime | None = None  # as the vendor understood it
    most: int = 1  # how often it may ring, native redials included
    waits: tuple[NativeStep, ...] = ()  # what it understood of a native plan


class StandIn(Protocol):
    """A vendor in miniature."""

    @property
    def transport(self) -> httpx.BaseTransport | None:
        """Give what answers requests; None for a provider without a network."""

    def campaigns(self) -> list[str]:
        """List the ids of the remote campaigns; a provider that binds needs one at least."""

    def rings(self) -> list[PlannedRing]:
        """List every call that will ring or has rung; one that was taken back before is not in it."""

    def dial(self, phone: str, result: Result | str | None) -> None:
        """Ring a number; end with a result, or with the vendor's own word; None = it rings, no end yet."""

    def hook(self, phone: str) -> HookRequest:
        """Make the notification that the vendor sends about the latest state of this number's call."""


class LedgerStandIn:
    """Stand in for a provider without a network: its ledger is the truth, its clock dials."""

    #: Longer than any simulated call with the settings' defaults takes from push to end.
    LONGEST_CALL_SECONDS = 60.0

    def __init__(self, ledger: Ledger, clock: VirtualClock) -> None:
        self.ledger = ledger
        self.transport = None
        self._clock = clock

    def campaigns(self) -> list[str]:
        """List nothing: without a network there is no place where campaigns could pile up."""
        return []

    def rings(self) -> list[PlannedRing]:
        """List the accepted calls that were not taken back."""
        entries = self.ledger.entries()
        return [PlannedRing(phone=entry.phone, ref=entry.ref) for entry in entries if not entry.withdrawn_at]

    def dial(self, phone: str, result: Result | str | None) -> None:
        """Let time pass until it rings, or until its number's own fate is fulfilled."""
        if result is not None:
            self._clock.advance(self.LONGEST_CALL_SECONDS)
            return
        due = [entry.rings_at for entry in self.ledger.entries() if entry.phone == phone]
        self._clock.advance(max((due[-1] - self._clock.now()).total_seconds(), 0))

    def hook(self, phone: str) -> HookRequest:
        """Refuse: nobody notifies."""
        raise LookupError("A provider without a network sends no notifications.")
