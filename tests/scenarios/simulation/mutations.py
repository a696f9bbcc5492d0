"""Own deliberate defects of the engine: each breaks one promise, and some seed must find it.

A simulation that finds nothing proves nothing unless these are found. Used by tests alone.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest

import config.logging
from dialer.engine import following, push, reconcile, recover, settle, sweeps, withdraw
from dialer.gates import contact_gates, time_gates
from dialer.gates.verdict import allowed
from dialer.rules import dispositions
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


def the_last_look_is_left_out(patch: pytest.MonkeyPatch) -> None:
    """What changed between claim and push is not asked for."""
    start, _, rest = push._MARK.partition("AND withdraw_why")
    # What the statement is given must still have its places.
    idle = {
        "%s": "AND %s IS NOT NULL ",
        "{hashes}": "AND 0 <= (SELECT COUNT(*) FROM dialer_suppression WHERE number_hash IN ({hashes})) ",
    }
    places = re.findall(r"%s|\{hashes\}", rest)
    patch.setattr(push, "_MARK", start + "".join(idle[place] for place in places))


def changed_windows_are_overlooked(patch: pytest.MonkeyPatch) -> None:
    """What is claimed goes out by the hours that the campaign had then."""
    patch.setattr(push, "_MARK", push._MARK.replace("AND c.version = %s", "AND %s IS NOT NULL"))


def sending_is_not_marked(patch: pytest.MonkeyPatch) -> None:
    """Nothing durable says that the request went out."""
    patch.setattr(push, "_mark_sending", lambda order, now: True)


def too_late_counts_as_withdrawn(patch: pytest.MonkeyPatch) -> None:
    """A call that rings already is taken for one that was taken back."""
    patch.setattr(
        withdraw, "Withdrawal", SimpleNamespace(WITHDRAWN=Withdrawal.TOO_LATE, GONE=Withdrawal.GONE)
    )


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
    real = dispositions.pick_step
    patch.setattr(dispositions, "pick_step", lambda steps, used, result: real(steps, list(used)[:-1], result))


def retries_come_early(patch: pytest.MonkeyPatch) -> None:
    """A step's wait is cut."""
    real = following.due_after

    def due_after(step: Any, ended_at: datetime, *rest: Any) -> datetime:
        return max(ended_at, real(step, ended_at, *rest) - timedelta(hours=3))

    patch.setattr(following, "due_after", due_after)


def pauses_are_reported_at_once(patch: pytest.MonkeyPatch) -> None:
    """`paused` is said while something may ring."""
    patch.setattr(sweeps, "_may_ring", lambda campaign_id: False)


def logs_are_not_masked(patch: pytest.MonkeyPatch) -> None:
    """Log lines hold what they are given."""
    patch.setattr(config.logging, "mask_text", lambda text: text)


#: Each defect with seeds that find it.
FOUND_BY: dict[str, tuple[int, ...]] = {
    "expired_leases_wait_again": (3012, 3017),
    "lost_answers_are_released": (3002, 3007),
    "absence_is_believed_at_once": (3007, 3009),
    "the_last_look_is_left_out": (3018, 3041),
    "changed_windows_are_overlooked": (851,),
    "sending_is_not_marked": (3000, 3001),
    "too_late_counts_as_withdrawn": (3002, 3004),
    "caps_are_forgotten": (3000, 3003),
    "busy_people_are_called": (3007, 3008),
    "windows_are_open": (3000, 3001),
    "law_is_open": (3005, 3014),
    "steps_are_used_twice": (3000, 3002),
    "retries_come_early": (3000, 3002),
    "pauses_are_reported_at_once": (3007, 3008),
    "logs_are_not_masked": (3002, 3013),
}


@contextmanager
def applied(name: str) -> Iterator[None]:
    """Break the engine in one way while the block runs."""
    with pytest.MonkeyPatch.context() as patch:
        mutation: Patch = globals()[name]
        mutation(patch)
        yield
