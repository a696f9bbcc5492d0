"""Own deliberate defects of the engine: each breaks one promise, and some seed must find it.

A simulation that finds nothing proves nothing unless these are found. Used by tests alone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest

import config.logging
from dialer.engine import decide, push, reconcile, recover, settle, sweeps, withdraw
from dialer.gates import contact_gates, load, time_gates
from dialer.gates.verdict import allowed
from providers.vocabulary import Withdrawal

Patch = Callable[[pytest.MonkeyPatch], None]


def _requeue(contact: Any, attempt: Any, *, sent_at: datetime, reason: str, news: Any) -> None:
    settle.back_to_queue(contact, attempt, at=sent_at, now=sent_at, news=news)


def expired_leases_wait_again(patch: pytest.MonkeyPatch) -> None:
    """What a killed worker was sending is sent again."""
    patch.setattr(recover, "settle", SimpleNamespace(back_to_queue=settle.back_to_queue, in_doubt=_requeue))


def lost_answers_are_released(patch: pytest.MonkeyPatch) -> None:
    """An ambiguous push counts as not sent."""
    real = settle.in_doubt
    patch.setattr(settle, "in_doubt", _requeue)
    patch.setattr(recover, "settle", SimpleNamespace(back_to_queue=settle.back_to_queue, in_doubt=real))


def absence_is_believed_at_once(patch: pytest.MonkeyPatch) -> None:
    """A list that lags is taken at its word."""
    real = reconcile._missed

    def missed(account: Any, *rest: Any) -> int:
        account.visible_after_seconds = 0
        return real(account, *rest)

    patch.setattr(reconcile, "_missed", missed)


def half_a_list_proves_absence(patch: pytest.MonkeyPatch) -> None:
    """A look that says that it is not complete is believed as if it were."""
    real = reconcile._missed

    def missed(account: Any, missing: Any, proves: bool, *rest: Any) -> int:
        return real(account, missing, True, *rest)

    patch.setattr(reconcile, "_missed", missed)


def fences_are_ignored(patch: pytest.MonkeyPatch) -> None:
    """A worker that comes back late settles what others have taken over."""
    patch.setattr(
        settle, "_is_mine", lambda outcome, attempt: attempt is not None and attempt.state == "claimed"
    )


def the_last_look_is_left_out(patch: pytest.MonkeyPatch) -> None:
    """What changed between claim and push is not asked for."""
    start, _, _ = push._MARK.partition("AND withdraw_why")
    patch.setattr(push, "_MARK", start + "AND %s IS NOT NULL")


def sending_is_not_marked(patch: pytest.MonkeyPatch) -> None:
    """Nothing durable says that the request went out."""
    patch.setattr(push, "_mark_sending", lambda order, now: True)


def too_late_counts_as_withdrawn(patch: pytest.MonkeyPatch) -> None:
    """A call that rings already is taken for one that was taken back."""
    patch.setattr(
        withdraw, "Withdrawal", SimpleNamespace(WITHDRAWN=Withdrawal.TOO_LATE, GONE=Withdrawal.GONE)
    )


def withdrawn_attempts_use_caps(patch: pytest.MonkeyPatch) -> None:
    """Calls that never rang are counted."""
    patch.setattr(load, "_UNCOUNTED", ["rejected"])


def caps_are_forgotten(patch: pytest.MonkeyPatch) -> None:
    """Nobody counts attempts."""
    patch.setattr(contact_gates.CapsGate, "check", lambda self, candidate, now: allowed(self.name))


def busy_people_are_called(patch: pytest.MonkeyPatch) -> None:
    """Two campaigns ring one person at once."""
    patch.setattr(contact_gates.PersonBusyGate, "check", lambda self, candidate, now: allowed(self.name))


def windows_are_open(patch: pytest.MonkeyPatch) -> None:
    """The campaign's hours do not hold."""
    patch.setattr(time_gates.WindowGate, "check", lambda self, candidate, now: allowed(self.name))


def law_is_open(patch: pytest.MonkeyPatch) -> None:
    """The law's hours do not hold."""
    patch.setattr(time_gates.LawGate, "check", lambda self, candidate, now: allowed(self.name))


def steps_are_used_twice(patch: pytest.MonkeyPatch) -> None:
    """The timeline forgets what it used."""
    real = decide.pick_step
    patch.setattr(decide, "pick_step", lambda steps, used, result: real(steps, list(used)[:-1], result))


def retries_come_early(patch: pytest.MonkeyPatch) -> None:
    """A step's wait is cut."""
    real = decide.due_after

    def due_after(step: Any, ended_at: datetime, *rest: Any) -> datetime:
        return max(ended_at, real(step, ended_at, *rest) - timedelta(hours=3))

    patch.setattr(decide, "due_after", due_after)


def pauses_are_reported_at_once(patch: pytest.MonkeyPatch) -> None:
    """`paused` is said while something may ring."""
    patch.setattr(sweeps, "_may_ring", lambda campaign_id: False)


def logs_are_not_masked(patch: pytest.MonkeyPatch) -> None:
    """Log lines hold what they are given."""
    patch.setattr(config.logging, "mask_text", lambda text: text)


MUTATIONS: dict[str, Patch] = {
    mutation.__name__: mutation
    for mutation in (
        expired_leases_wait_again,
        lost_answers_are_released,
        absence_is_believed_at_once,
        half_a_list_proves_absence,
        fences_are_ignored,
        the_last_look_is_left_out,
        sending_is_not_marked,
        too_late_counts_as_withdrawn,
        withdrawn_attempts_use_caps,
        caps_are_forgotten,
        busy_people_are_called,
        windows_are_open,
        law_is_open,
        steps_are_used_twice,
        retries_come_early,
        pauses_are_reported_at_once,
        logs_are_not_masked,
    )
}


@contextmanager
def applied(name: str) -> Iterator[None]:
    """Break the engine in one way while the block runs."""
    with pytest.MonkeyPatch.context() as patch:
        MUTATIONS[name](patch)
        yield
