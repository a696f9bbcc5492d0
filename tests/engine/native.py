"""A vendor that redials by itself, scripted by tests, and a native campaign of one person that it has begun.

Owns the scene; what must happen on it stands in the tests.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from dialer.engine import accounts
from dialer.engine import suppression as engine_suppression
from dialer.engine.apply import apply
from dialer.models import Attempt, Campaign, CampaignContact, EventSource, ProviderAccount
from providers.contract import (
    CallOrder,
    Handle,
    NativePlan,
    NativeStep,
    Observation,
    Provider,
    Receipt,
    Report,
    to_json,
)
from providers.vocabulary import Progress, Remainder, Result, Unit, Withdrawal
from tests.engine.conftest import SILENT, Stage

STEPS = ("PT2H", "PT4H")
PLAN = NativePlan(steps=(NativeStep(amount=2, unit=Unit.HOUR), NativeStep(amount=4, unit=Unit.HOUR)))
HOUR = timedelta(hours=1)


class Vendor:
    """A provider that redials by itself: what it answers is scripted, what it was asked is kept."""

    def __init__(self, stage: Stage) -> None:
        self.stage = stage
        self.answers: list[Withdrawal] = []
        self.seen: Callable[[Handle], list[Report]] = lambda handle: []
        self.is_complete = True
        self.orders: list[CallOrder] = []
        self.asked: list[Handle] = []
        self.looked: list[Handle] = []
        self.refuses = False

    def wrap(self, provider: Provider, account: ProviderAccount) -> Provider:
        provider.push, provider.withdraw, provider.observe = self.push, self.withdraw, self.observe  # type: ignore[method-assign]
        return provider

    def push(self, campaign: Any, calls: Any) -> list[Receipt]:
        self.orders += calls
        if self.refuses:
            return [Receipt(ref=calls[0].ref, accepted=False, result=Result.FAILED)]
        return [Receipt(ref=calls[0].ref, accepted=True, remote_id=f"r-{len(self.orders)}")]

    def withdraw(self, campaign: Any, call: Handle, why: Any) -> Withdrawal:
        self.asked.append(call)
        return self.answers.pop(0)

    def observe(self, campaign: Any, calls: Any, cursor: Any) -> Observation:
        self.looked += calls
        reports = [report for call in calls for report in self.seen(call)]
        return Observation(reports=tuple(reports), complete=self.is_complete)


@pytest.fixture
def vendor(stage: Stage) -> Vendor:
    made = Vendor(stage)
    accounts.wrap_providers(made.wrap, ledger=stage.ledger)
    return made


def started(stage: Stage, remainder: Remainder = Remainder.SINGLE) -> CampaignContact:
    """Begin a native campaign of one person, and hand the first call over."""
    (row,) = stage.build(SILENT, steps=STEPS)
    plan = {"mode": "native", "obstacles": [], "waivers": []}
    plan |= {"native": to_json(PLAN), "remainder": remainder.value}
    Campaign.objects.filter(pk=stage.campaign.pk).update(retry_plan=plan)
    stage.tick("dispatch")
    return again(row)


def again(row: CampaignContact) -> CampaignContact:
    row.refresh_from_db()
    return row


def ended(stage: Stage, row: CampaignContact, ring: int, sequence: int = 1, **said: Any) -> None:
    """Let the provider tell that a ring of an order failed."""
    root = Attempt.objects.get(campaign_contact=row, sequence=sequence)
    report = Report(
        ref=str(root.pk),
        ring_no=ring,
        event_id=f"{sequence}/{ring}",
        progress=Progress.ENDED,
        result=Result.FAILED,
        **said,
    )
    apply(account_id=stage.account.pk, reports=[report], source=EventSource.POLL, now=stage.now)


def story(row: CampaignContact) -> list[tuple[int, str, int, str, int | None]]:
    rows = Attempt.objects.filter(campaign_contact=row).order_by("sequence")
    return [(a.sequence, a.origin, a.ring_no, a.state, a.step) for a in rows]


def queued(ring: int) -> Callable[[Handle], list[Report]]:
    return lambda call: [
        Report(ref=call.ref, ring_no=ring, progress=Progress.QUEUED, event_id=f"{call.ref}/{ring}/queued")
    ]


def only_first(call: Handle) -> list[Report]:
    return [Report(ref=call.ref, progress=Progress.ENDED, result=Result.FAILED, event_id=f"{call.ref}/first")]


def suppressed(stage: Stage) -> None:
    entries = [engine_suppression.NewSuppression(number=SILENT)]
    engine_suppression.suppress(entries=entries, now=stage.now)


def second(row: CampaignContact) -> Attempt:
    return Attempt.objects.get(campaign_contact=row, sequence=2)
