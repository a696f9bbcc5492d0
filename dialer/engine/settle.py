"""Writes back what a push brought: accepted, refused, nothing happened, or nobody knows.

Owns the end of a lease by its own worker; a worker whose fence is no longer current changes nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction

from dialer.engine import decide, moves, rows
from dialer.engine.claim_batch import Claimed
from dialer.engine.news import News
from dialer.engine.text import storable
from dialer.models import Attempt, CampaignContact
from dialer.rules.transitions import AttemptState, FinishReason
from providers import errors
from providers.contract import Receipt
from providers.vocabulary import Result

#: Waits before the same attempt is sent again after "nothing happened": short first, for a passing fault. No longer
#: than a third of a minute: a provider that is away is spared by the breaker, and one that fails now and then is worth
#: a try.
RELEASE_FIRST = timedelta(seconds=2)
RELEASE_LONGEST = timedelta(seconds=20)
#: What a provider asks for is done, within reason.
ASKED_LONGEST = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one claimed order: a receipt, an error, or neither (it was handed back unsent)."""

    order: Claimed
    at: datetime  # end of the request
    receipt: Receipt | None = None
    error: errors.ProviderError | None = None


def settle(outcomes: Sequence[Outcome]) -> int:
    """Record outcomes in one transaction; returns how many were still this worker's to record."""
    if not outcomes:
        return 0
    now = max(outcome.at for outcome in outcomes)
    news = News()
    with transaction.atomic():
        contacts, attempts = rows.lock_both((o.order.attempt_id, o.order.contact_id) for o in outcomes)
        mine = [o for o in outcomes if _is_mine(o, attempts.get(o.order.attempt_id))]
        refused = [contacts[o.order.contact_id] for o in mine if _refusal(o) is not None]
        on = decide.ground(refused, now)
        for outcome in mine:
            contact, attempt = contacts[outcome.order.contact_id], attempts[outcome.order.attempt_id]
            _one(outcome, contact, attempt, on, news)
        late = [o for o in outcomes if o not in mine]
        learned = [attempts[o.order.attempt_id] for o in late if _learn(o, attempts.get(o.order.attempt_id))]
        rows.save_contacts([contacts[o.order.contact_id] for o in mine], now=now)
        rows.save_attempts([attempts[o.order.attempt_id] for o in mine] + learned)
        decide.keep(on, now)
        news.write()
    return len(mine)


def _is_mine(outcome: Outcome, attempt: Attempt | None) -> bool:
    return (
        attempt is not None and attempt.state == AttemptState.CLAIMED and attempt.fence == outcome.order.fence
    )


def _refusal(outcome: Outcome) -> tuple[Result, str] | None:
    if outcome.receipt is not None and not outcome.receipt.accepted:
        return outcome.receipt.result or Result.REJECTED, outcome.receipt.reason
    if isinstance(outcome.error, errors.Refused):
        return outcome.error.result, outcome.error.reason
    return None


def _learn(outcome: Outcome, attempt: Attempt | None) -> bool:
    """Keep the provider's id when a report or the lease was faster than our receipt."""
    receipt = outcome.receipt
    if attempt is None or receipt is None or not receipt.accepted or attempt.provider_ref:
        return False
    attempt.provider_ref = storable(receipt.remote_id or "")[:200]
    attempt.remote = storable(dict(receipt.remote)) or attempt.remote
    return True


def _one(outcome: Outcome, contact: CampaignContact, attempt: Attempt, on: decide.Ground, news: News) -> None:
    refusal = _refusal(outcome)
    if refusal is not None:
        _refused(contact, attempt, *refusal, at=outcome.at, on=on, news=news)
    elif outcome.receipt is not None:
        _accepted(contact, attempt, outcome.receipt, at=outcome.at, news=news)
    elif isinstance(outcome.error, errors.Ambiguous):
        in_doubt(contact, attempt, sent_at=outcome.at, reason=outcome.error.reason, news=news)
        attempt.remote = outcome.error.remote or attempt.remote
    else:
        _nothing_happened(contact, attempt, outcome, news=news)


def _accepted(
    contact: CampaignContact, attempt: Attempt, receipt: Receipt, *, at: datetime, news: News
) -> None:
    moves.attempt_to(attempt, AttemptState.PUSHED)
    attempt.pushed_at = attempt.sent_at = at
    attempt.provider_ref = storable(receipt.remote_id or "")[:200]
    attempt.remote = storable(dict(receipt.remote))
    contact.provider_ref = attempt.provider_ref
    moves.in_progress(contact)
    news.attempt("pushed", attempt)
    if attempt.withdraw_why:
        attempt.withdraw_after = at


def _refused(
    contact: CampaignContact,
    attempt: Attempt,
    result: Result,
    reason: str,
    *,
    at: datetime,
    on: decide.Ground,
    news: News,
) -> None:
    attempt.sent_at = at
    moves.end_attempt(attempt, AttemptState.REJECTED, result, at=at, reason=reason, news=news)
    decide.decide(contact, attempt, result, ended_at=at, on=on, news=news)


def in_doubt(
    contact: CampaignContact, attempt: Attempt, *, sent_at: datetime, reason: str, news: News
) -> None:
    """Note that the provider may or may not have the call; from here on only reconciliation moves it."""
    moves.attempt_to(attempt, AttemptState.INDETERMINATE)
    attempt.sent_at, attempt.look_after, attempt.looks = sent_at, sent_at, 0
    attempt.reason, attempt.alerted_at = storable(reason)[:300], sent_at
    moves.indeterminate(contact)
    news.attempt("indeterminate", attempt, reason=attempt.reason)


def _nothing_happened(contact: CampaignContact, attempt: Attempt, outcome: Outcome, *, news: News) -> None:
    """Give the order back: the same attempt waits for its next send, or ends if the contact was stopped."""
    back_to_queue(contact, attempt, at=outcome.at + _pause(attempt, outcome.error), now=outcome.at, news=news)


def back_to_queue(
    contact: CampaignContact, attempt: Attempt, *, at: datetime, now: datetime, news: News
) -> None:
    """Return a certainly unsent attempt and its contact to the queue; a stopped contact ends instead."""
    moves.release(attempt)
    if contact.stop_reason:
        moves.end_attempt(attempt, AttemptState.CANCELLED, Result.CANCELLED, at=now, reason="", news=news)
        moves.finish(contact, FinishReason(contact.stop_reason), "", now=now, news=news)
        return
    attempt.withdraw_why = ""
    due = contact.due_at or now
    moves.wait(contact, due_at=due, at=max(at, now))


def _pause(attempt: Attempt, error: errors.ProviderError | None) -> timedelta:
    if error is None:
        return timedelta(0)
    asked = getattr(error, "retry_after", None)
    if asked is not None:
        return min(timedelta(seconds=max(0.0, asked)), ASKED_LONGEST)
    return min(RELEASE_FIRST * 2 ** min(max(0, attempt.sends - 1), 10), RELEASE_LONGEST)
