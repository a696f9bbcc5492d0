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
from dialer.engine import (
    accounts,
    blocks,
    erasure,
    inbox,
    observe,
    queue,
    reconcile,
    recover,
    remote,
    suppression,
    sweeps,
    withdraw,
)
from dialer.engine.dispatch import dispatch_account
from dialer.engine.lanes import each_account
from dialer.models import Attempt, Heartbeat, IdempotencyKey
from dialer.rules.transitions import AttemptState

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


#: A tick that missed three turns and half a minute is not merely late.
MISSED_TURNS = 3
GRACE_SECONDS = 30


def is_silent(tick: Tick, beat_at: datetime, now: datetime) -> bool:
    """Say whether a step has not run for so long that nobody can be running it."""
    return (now - beat_at).total_seconds() > MISSED_TURNS * tick.every_seconds + GRACE_SECONDS


@dataclass(slots=True)
class Round:
    """What one round of all ticks did, by name."""

    done: dict[str, int] = field(default_factory=dict)

    @property
    def total(self) -> int:
        """How many things were done in all."""
        return sum(self.done.values())


def _over_accounts(
    name: str, with_work: Callable[[datetime], list[UUID]], step: Callable[[UUID, datetime], int]
) -> Callable[[datetime], int]:
    """Make a step of one that runs for each account with work; knowing that there is none costs one query."""

    def run(now: datetime) -> int:
        ids = with_work(now)
        return each_account(name, ids, lambda account_id: step(account_id, clock.now())) if ids else 0

    return run


def _of_live(name: str, **where: str) -> Callable[[datetime], list[UUID]]:
    """Make the query for accounts with a live attempt whose instant `name` has come."""

    def accounts_with_work(now: datetime) -> list[UUID]:
        rows = Attempt.objects.filter(is_live=True, **{f"{name}__lte": now}, **where)
        return list(
            rows.order_by("provider_account_id").values_list("provider_account_id", flat=True).distinct()
        )

    return accounts_with_work


def _all_with_live(now: datetime) -> list[UUID]:
    rows = Attempt.objects.filter(is_live=True).exclude(state=AttemptState.CLAIMED)
    return list(rows.order_by("provider_account_id").values_list("provider_account_id", flat=True).distinct())


def _stop_suppressed(now: datetime) -> int:
    return suppression.apply_pending(now=now)


def _at_providers(now: datetime) -> int:
    return remote.open_due(now=now) + remote.steer_due(now=now)


def _cleanup(now: datetime) -> int:
    deleted, _ = IdempotencyKey.objects.filter(created_at__lt=now - IDEMPOTENCY_KEPT).delete()
    return deleted


def _ticks() -> tuple[Tick, ...]:
    base = settings.DIALER_TICK_SECONDS
    taking_back = _over_accounts("withdraw", _of_live("withdraw_after"), withdraw.withdraw_account)
    dialing = _over_accounts("dispatch", queue.accounts_with_due, dispatch_account)
    recovering = _over_accounts("recover", _of_live("lease_until"), recover.recover_account)
    looking_up = _over_accounts(
        "reconcile", _of_live("look_after", state=AttemptState.INDETERMINATE), reconcile.reconcile_account
    )
    polling = _over_accounts("observe", observe.accounts_with_due, observe.observe_account)
    blocking = _over_accounts("blocks", blocks.accounts_with_due, blocks.settle_account)
    giving_up = _over_accounts("give_up", _all_with_live, reconcile.give_up_account)
    return (
        Tick("suppress", base, "push", _stop_suppressed),
        Tick("withdraw", base, "push", taking_back),
        Tick("dispatch", base, "push", dialing),
        Tick("recover", base * 10, "watch", recovering),
        Tick("reconcile", base, "watch", looking_up),
        Tick("hooks", base, "watch", lambda now: inbox.read_due(now=now)),
        Tick("observe", base, "watch", polling),
        Tick("give_up", base * 5, "watch", giving_up),
        Tick("campaigns", base * 2, "watch", lambda now: sweeps.sweep(now=now)),
        Tick("remote", base * 2, "watch", _at_providers),
        Tick("blocks", base * 5, "watch", blocking),
        # Whose no ended is seldom called within the minute.
        Tick("lifted", 60, "watch", lambda now: blocks.note_lifted(now=now)),
        Tick("probe", base * 5, "watch", lambda now: accounts.probe_due(now=now)),
        Tick("erase", base * 5, "bulk", lambda now: erasure.erase_pending(now=now)),
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


_beaten: dict[str, datetime] = {}


def beat(name: str, now: datetime) -> None:
    """Note that a step ran to its end, at most every few seconds."""
    last = _beaten.get(name)
    if last is None or not timedelta(0) <= now - last < HEARTBEAT_EACH:
        Heartbeat.objects.update_or_create(name=name, defaults={"beat_at": now})
        _beaten[name] = now
