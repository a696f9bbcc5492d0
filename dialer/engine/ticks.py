"""The list of periodic steps, and how one of them runs over all accounts.

Owns rhythm and order (withdraw first, polls last); each step is safe to run twice, at once, and to be killed.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings

from dialer import clock
from dialer.engine import accounts, observe, reconcile, recover, remote, suppression, sweeps, withdraw
from dialer.engine.dispatch import dispatch_account
from dialer.engine.lanes import each_account
from dialer.models import Heartbeat, IdempotencyKey, ProviderAccount

log = logging.getLogger(__name__)

#: Answers of writes are kept for their replay for as long as the API promises.
IDEMPOTENCY_KEPT = timedelta(days=7)
#: Often enough for readiness to notice a dead worker, seldom enough to cost nothing.
HEARTBEAT_EACH = timedelta(seconds=5)


@dataclass(frozen=True, slots=True)
class Tick:
    """One periodic step: run it every so many seconds, on a queue of like patience."""

    name: str
    every_seconds: float
    queue: str
    run: Callable[[datetime], int]


@dataclass(slots=True)
class Round:
    """What one round of all ticks did, by name."""

    done: dict[str, int] = field(default_factory=dict)

    @property
    def total(self) -> int:
        """How many things were done in all."""
        return sum(self.done.values())


def _over_accounts(name: str, step: Callable[[UUID, datetime], int]) -> Callable[[datetime], int]:
    def run(now: datetime) -> int:
        ids = list(ProviderAccount.objects.order_by("pk").values_list("pk", flat=True))
        return each_account(name, ids, lambda account_id: step(account_id, clock.now()), now)

    return run


def _stop_suppressed(now: datetime) -> int:
    return suppression.apply_pending(now=now)


def _campaigns(now: datetime) -> int:
    return remote.open_due(now=now) + remote.steer_due(now=now) + sweeps.sweep(now=now)


def _cleanup(now: datetime) -> int:
    deleted, _ = IdempotencyKey.objects.filter(created_at__lt=now - IDEMPOTENCY_KEPT).delete()
    return deleted


def _ticks() -> tuple[Tick, ...]:
    base = settings.DIALER_TICK_SECONDS
    return (
        Tick("suppress", base, "push", _stop_suppressed),
        Tick(
            "withdraw",
            base,
            "push",
            _over_accounts("withdraw", lambda a, n: withdraw.withdraw_account(account_id=a, now=n)),
        ),
        Tick(
            "dispatch",
            base,
            "push",
            _over_accounts("dispatch", lambda a, n: dispatch_account(account_id=a, now=n)),
        ),
        Tick(
            "recover",
            base * 10,
            "watch",
            _over_accounts("recover", lambda a, n: recover.recover_account(account_id=a, now=n)),
        ),
        Tick(
            "reconcile",
            base,
            "watch",
            _over_accounts("reconcile", lambda a, n: reconcile.reconcile_account(account_id=a, now=n)),
        ),
        Tick(
            "observe",
            base,
            "watch",
            _over_accounts("observe", lambda a, n: observe.observe_account(account_id=a, now=n)),
        ),
        Tick("campaigns", base * 2, "watch", _campaigns),
        Tick("probe", base * 5, "watch", lambda now: accounts.probe_due(now=now)),
        Tick("cleanup", 86_400, "bulk", _cleanup),
    )


TICKS: tuple[Tick, ...] = _ticks()


def run_one(name: str, now: datetime) -> int:
    """Run one step now; returns how many things it did."""
    tick = next(tick for tick in TICKS if tick.name == name)
    done = tick.run(now)
    beat(name, now)
    return done


def run(now: datetime) -> Round:
    """Run every step once, in order, in this process."""
    return Round(done={tick.name: run_one(tick.name, now) for tick in TICKS})


def beat(name: str, now: datetime) -> None:
    """Note that a step ran to its end, at most every few seconds."""
    fresh = Heartbeat.objects.filter(name=name, beat_at__gt=now - HEARTBEAT_EACH, beat_at__lte=now).exists()
    if not fresh:
        Heartbeat.objects.update_or_create(name=name, defaults={"beat_at": now})
