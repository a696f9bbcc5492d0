"""Own the troubles between engine and provider: each request may fail before or after it took effect, or lie.

Wraps one account's provider; every choice comes from the world's seed.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import timedelta
from random import Random
from typing import TYPE_CHECKING, Any

from django.db import connection

from providers import contract, errors
from providers.vocabulary import Progress, Result, Why, Withdrawal

if TYPE_CHECKING:
    from tests.scenarios.simulation.world import World

#: What a fault's text carries: it must never come out whole.
SECRET = "tok_live_9f8e7d6c5b4a39281706"  # invented
#: The longest that one request may hang: the deadline that the library itself keeps.
DEADLINE = contract.TOTAL_DEADLINE_SECONDS

PUSH_FAULTS = (
    "unavailable",
    "throttled",
    "lost_before",
    "lost_after",
    "lost_late",
    "refused",
    "refused_receipt",
    "foreign_receipt",
    "crash_after",
    "hang",
    "hang_lost",
    "suspended",
    "suspended_unavailable",
    "account_blocked",
    "campaign_blocked",
)
#: The last two stop everything for minutes: seldom, or little else would be seen.
PUSH_WEIGHTS = (5, 4, 6, 8, 6, 2, 2, 3, 4, 5, 4, 4, 4, 1, 1)
LOOK_FAULTS = (
    "unavailable",
    "partial",
    "shuffled",
    "doubled",
    "stale",
    "garbage",
    "empty",
    "crash",
    "blocked",
)
LOOK_WEIGHTS = (4, 6, 6, 6, 6, 6, 3, 2, 0.5)
TAKE_FAULTS = ("unavailable", "lost_after", "crash_after", "hang")


class Shaky:
    """A provider over a bad line."""

    def __init__(self, inner: contract.Provider, account: Any, world: World) -> None:
        self.inner, self.account, self.world = inner, account, world
        self.capabilities, self.blocklist = inner.capabilities, inner.blocklist
        self._told: dict[str, contract.Report] = {}

    @property
    def _rng(self) -> Random:
        return self.world.fault_rng

    def _trouble(self, faults: Sequence[str], weights: Sequence[float] | None = None) -> str:
        world = self.world
        if world.now >= world.calm_from or self._rng.random() >= world.plan.fault_rate:
            return ""
        return self._rng.choices(faults, weights)[0]

    def _text(self, phone: str = "") -> str:
        return f"peer said: no {phone} for token={SECRET}"

    def _hang(self) -> None:
        # Only the worker at the bottom hangs: its own deadline bounds how long others keep it waiting.
        if len(self.world.floor.stack) <= 1:
            self.world.pass_time(timedelta(seconds=self._rng.uniform(0.5, DEADLINE)))

    def _no_transaction(self, operation: str) -> None:
        if connection.in_atomic_block:
            self.world.fail(f"{operation} was called inside a transaction")

    # --- requests -------------------------------------------------------------------------------------------

    def check(self) -> contract.Account:
        self._no_transaction("check")
        trouble = self._trouble(("unavailable", "blocked", "no"))
        if trouble == "unavailable":
            raise errors.Unavailable(self._text())
        if trouble == "blocked":
            raise errors.AccountBlocked(self._text())
        if trouble == "no":
            return contract.Account(ok=False, detail=self._text())
        return self.inner.check()

    def open_campaign(self, spec: contract.CampaignSpec) -> contract.RemoteCampaign:
        self._no_transaction("open_campaign")
        trouble = self._trouble(("unavailable", "lost_after", "crash_after", "hang"))
        self.world.floor.step_aside("provider")
        if trouble == "unavailable":
            raise errors.Unavailable(self._text(), retry_after=3.0)
        if trouble == "hang":
            self._hang()
        opened = self.inner.open_campaign(spec)
        self._after(trouble)
        return opened

    def _after(self, trouble: str, phone: str = "") -> None:
        if trouble in ("lost_after", "hang_lost"):
            raise errors.Ambiguous(self._text(phone))
        if trouble == "crash_after":
            raise RuntimeError(self._text(phone))

    def push(
        self, campaign: contract.RemoteCampaign, calls: Sequence[contract.CallOrder]
    ) -> list[contract.Receipt]:
        self._no_transaction("push")
        world = self.world
        for call in calls:
            world.judge_push(call, self.account.pk)
        phone = calls[0].phone if calls else ""
        trouble = self._trouble(PUSH_FAULTS, PUSH_WEIGHTS)
        world.note(f"push {phone[-4:]} #{calls[0].send_no} {trouble or 'ok'}")
        world.floor.step_aside("provider")
        self._before_push(trouble, phone)
        if trouble in ("hang", "hang_lost"):
            self._hang()
        if trouble == "lost_late":
            self._take_late(lambda: self.inner.push(campaign, calls))
            raise errors.Ambiguous(self._text(phone))
        if trouble == "refused_receipt":
            return [
                contract.Receipt(
                    ref=call.ref, accepted=False, result=Result.REJECTED, reason=self._text(phone)
                )
                for call in calls
            ]
        receipts = self.inner.push(campaign, calls)
        if trouble == "suspended":
            world.suspend()
        world.floor.step_aside("provider")
        self._after(trouble, phone)
        if trouble == "foreign_receipt":
            return [replace(receipt, ref="another-call", remote_id=None) for receipt in receipts]
        return receipts

    def _before_push(self, trouble: str, phone: str) -> None:
        if trouble == "suspended_unavailable":
            self.world.suspend()
        if trouble in ("unavailable", "suspended_unavailable"):
            raise errors.Unavailable(self._text(phone), retry_after=self._rng.choice([None, 2.0, 40.0]))
        if trouble == "throttled":
            raise errors.Throttled(self._text(phone), retry_after=self._rng.choice([None, 1.0, 20.0]))
        if trouble == "lost_before":
            raise errors.Ambiguous(self._text(phone))
        if trouble == "refused":
            raise errors.Refused(self._text(phone), result=self._rng.choice([Result.REJECTED, Result.FAILED]))
        if trouble == "account_blocked":
            raise errors.AccountBlocked(self._text(phone))
        if trouble == "campaign_blocked":
            raise errors.CampaignBlocked(self._text(phone))

    def _take_late(self, act: Callable[[], object]) -> None:
        """Let the request arrive after its caller gave up, but before its absence may be believed."""
        longest = max(0.0, self.account.visible_after_seconds - self.world.lag_of(self.account.pk) - 0.5)
        self.world.later(timedelta(seconds=self._rng.uniform(0, longest)), act)

    def observe(
        self, campaign: contract.RemoteCampaign, calls: Sequence[contract.Handle], cursor: str | None
    ) -> contract.Observation:
        self._no_transaction("observe")
        trouble = self._trouble(LOOK_FAULTS, LOOK_WEIGHTS)
        self.world.floor.step_aside("provider")
        if trouble == "unavailable":
            raise errors.Unavailable(self._text())
        if trouble == "blocked":
            raise errors.AccountBlocked(self._text())
        if trouble == "crash":
            raise RuntimeError(self._text(calls[0].phone if calls else ""))
        visible = [call for call in calls if self._is_visible(call.ref)]
        seen = self.inner.observe(campaign, visible, cursor)
        self.world.floor.step_aside("provider")
        return self._spoilt(trouble, seen, visible)

    def _is_visible(self, ref: str) -> bool:
        entry = self.world.ledger.entry(ref)
        lag = timedelta(seconds=self.world.lag_of(self.account.pk))
        return entry is None or self.world.now >= entry.at + lag

    def _spoilt(
        self, trouble: str, seen: contract.Observation, calls: Sequence[contract.Handle]
    ) -> contract.Observation:
        reports = list(seen.reports)
        old = [self._told[report.ref] for report in reports if report.ref in self._told]
        if trouble == "stale":
            return replace(seen, reports=tuple(old), complete=False)
        for report in reports:
            if report.ref:
                self._told.setdefault(report.ref, report)
        if trouble == "partial":
            kept = [report for report in reports if self._rng.random() < 0.5]
            return replace(seen, reports=tuple(kept), complete=False)
        if trouble == "empty":
            return replace(seen, reports=(), complete=False)
        if trouble == "doubled":
            reports = [*reports, *old, *reports]
        if trouble == "garbage":
            reports += [_unknown_word(call) for call in calls] + [_strange_call(calls)]
        if trouble in ("shuffled", "doubled", "garbage"):
            self._rng.shuffle(reports)
        return replace(seen, reports=tuple(reports))

    def withdraw(self, campaign: contract.RemoteCampaign, call: contract.Handle, why: Why) -> Withdrawal:
        self._no_transaction("withdraw")
        trouble = self._trouble(TAKE_FAULTS)
        self.world.note(f"withdraw {call.phone[-4:]} for {why} {trouble or 'ok'}")
        self.world.floor.step_aside("provider")
        if trouble == "unavailable":
            raise errors.Unavailable(self._text(call.phone))
        if trouble == "hang":
            self._hang()
        if not self._is_visible(call.ref):
            return Withdrawal.GONE  # the list that it looks in lags behind
        answer = self.inner.withdraw(campaign, call, why)
        self.world.floor.step_aside("provider")
        self._after(trouble, call.phone)
        return answer


def _unknown_word(call: contract.Handle) -> contract.Report:
    return contract.Report(
        ref=call.ref,
        phone=call.phone,
        progress=Progress.UNKNOWN,
        raw_status="Zwischenzustand 17",
        event_id=f"{call.ref}:odd",
    )


def _strange_call(calls: Sequence[contract.Handle]) -> contract.Report:
    """Report the end of a call that nobody of ours made, sometimes on a number of ours."""
    return contract.Report(
        ref="018f0000-0000-7000-8000-00000000dead",
        phone=calls[0].phone if calls else None,
        progress=Progress.ENDED,
        result=Result.ANSWERED,
        raw_status="answered",
        event_id="stranger",
    )
