"""The moves of campaign contacts and attempts on locked rows in memory, checked against the transition tables.

Owns what each move sets besides the state; saving is `rows`', choosing a move is its callers'.
"""

from __future__ import annotations

from datetime import datetime

from dialer.engine.news import News
from dialer.engine.text import storable
from dialer.gates.verdict import Verdict
from dialer.models import Attempt, CampaignContact
from dialer.rules import transitions
from dialer.rules.transitions import LIVE_ATTEMPTS, AttemptState, ContactState, FinishReason
from providers.vocabulary import Result, Why

_WHY = {
    FinishReason.SUPPRESSED: Why.SUPPRESSION,
    FinishReason.EXCLUDED: Why.EXCLUSION,
    FinishReason.CANCELLED: Why.CANCEL,
    FinishReason.EXPIRED: Why.EXPIRY,
    FinishReason.REACHED: Why.COMPLETION,  # told late: another call is on its way to somebody who was reached
    # Said late, of a call before: no further one was to follow.
    FinishReason.EXHAUSTED: Why.COMPLETION,
    FinishReason.UNCALLABLE: Why.COMPLETION,
}


def why_of(reason: FinishReason) -> Why:
    """Say why a held call is asked back when its contact ends for this reason."""
    return _WHY[reason]


def _to(contact: CampaignContact, state: ContactState) -> None:
    transitions.check("contact", contact.state, state)
    contact.state = state.value
    if state is not ContactState.WAITING:
        contact.next_attempt_at = None
    contact.hold_gate, contact.hold_reason, contact.hold_until = "", "", None


def finish(contact: CampaignContact, reason: FinishReason, detail: str, *, now: datetime, news: News) -> None:
    """End a contact for a reason; the detail that came with a wish to stop it stays."""
    if contact.stop_reason and contact.finish_detail:
        detail = contact.finish_detail
    _to(contact, ContactState.FINISHED)
    contact.finish_reason, contact.finish_detail, contact.finished_at = reason.value, detail[:100], now
    contact.stop_reason = ""
    news.contact("finished", contact, detail=detail)


def refine(contact: CampaignContact, reason: FinishReason, detail: str, *, news: News) -> None:
    """Give a finished contact the reason that its last call turned out to have."""
    if (contact.finish_reason, contact.finish_detail) == (reason, detail[:100]):
        return
    contact.finish_reason, contact.finish_detail = reason.value, detail[:100]
    contact.version += 1
    news.contact("refined", contact, detail=detail)


def reopen(contact: CampaignContact, *, due_at: datetime, news: News) -> None:
    """Put a finished contact back into the queue, where its timeline stands."""
    contact.finish_reason, contact.finish_detail, contact.finished_at = "", "", None
    wait(contact, due_at=due_at)
    news.contact("reopened", contact)


def wait(contact: CampaignContact, *, due_at: datetime, at: datetime | None = None) -> None:
    """Put a contact into the queue: due at `due_at`, looked at again at `at` (default the same)."""
    if contact.state != ContactState.WAITING:
        _to(contact, ContactState.WAITING)
    contact.due_at, contact.next_attempt_at = due_at, at or due_at


def hold(contact: CampaignContact, verdict: Verdict, until: datetime) -> None:
    """Write a gate's hold on a waiting contact; `due_at` stays what the timeline asked for."""
    contact.next_attempt_at = until
    contact.hold_gate, contact.hold_reason, contact.hold_until = (
        verdict.gate,
        verdict.reason[:300],
        verdict.until,
    )


def dispatch(contact: CampaignContact, *, now: datetime) -> None:
    """Take a waiting contact out of the queue: a worker has it."""
    _to(contact, ContactState.DISPATCHING)
    contact.last_attempt_at = now


def in_progress(contact: CampaignContact) -> None:
    """Note that the provider holds the contact's call."""
    if contact.state == ContactState.IN_PROGRESS:
        return
    if contact.state == ContactState.WAITING:
        # A call that we had taken for unsent turned up after all.
        _to(contact, ContactState.DISPATCHING)
    _to(contact, ContactState.IN_PROGRESS)


def indeterminate(contact: CampaignContact) -> None:
    """Note that the provider may or may not have the contact's call."""
    _to(contact, ContactState.INDETERMINATE)


def attempt_to(attempt: Attempt, state: AttemptState) -> None:
    """Move an attempt; leaving `claimed` gives up the lease, an end gives up being live."""
    transitions.check("attempt", attempt.state, state)
    attempt.state = state.value
    attempt.is_live = state in LIVE_ATTEMPTS
    if state is not AttemptState.CLAIMED:
        attempt.lease_until = None
    if not attempt.is_live:
        attempt.withdraw_after = attempt.look_after = None


def end_attempt(
    attempt: Attempt, state: AttemptState, result: Result, *, at: datetime, reason: str, news: News
) -> None:
    """End an attempt with its result."""
    attempt_to(attempt, state)
    attempt.result, attempt.ended_at = result.value, at
    attempt.reason = storable(reason)[:300] or attempt.reason
    news.attempt(state.value, attempt, reason=attempt.reason or None)


def release(attempt: Attempt) -> None:
    """Give back a claimed attempt that was certainly not sent: the same row will be sent later."""
    attempt.lease_until, attempt.sending_at = None, None


#: Who said no weighs most; who only waits weighs least. A wish gives way to a graver one only.
_WEIGHTS = {
    Why.PAUSE: 1,
    Why.COMPLETION: 2,
    Why.EXPIRY: 2,
    Why.CANCEL: 2,
    Why.EXCLUSION: 3,
    Why.CAMPAIGN_SUPPRESSION: 4,
    Why.SUPPRESSION: 5,
}


def weight(why: str) -> int:
    """Weigh the reason of a withdrawal; 0 for none."""
    return _WEIGHTS[Why(why)] if why else 0


def asked_back_for(attempt: Attempt) -> str:
    """Say why a call was, or may have been, asked back; empty if it never was.

    A resume takes the wish of a pause back, but not a request that was made: its answer may have been lost.
    """
    return attempt.withdraw_why or (Why.PAUSE.value if attempt.withdraw_tries else "")


def ask_back(attempt: Attempt, why: Why, *, now: datetime) -> None:
    """Ask for the withdrawal of a call that is, or may be, with the provider; the gravest wish stands.

    Its waits begin anew; that the call was asked back before stays known.
    """
    if weight(why) <= weight(attempt.withdraw_why):
        return
    attempt.withdraw_why, attempt.withdraw_tries = why.value, min(attempt.withdraw_tries, 1)
    if attempt.state in (AttemptState.PUSHED, AttemptState.RINGING):
        attempt.withdraw_after = now


def stop(
    contact: CampaignContact,
    attempt: Attempt | None,
    reason: FinishReason,
    *,
    now: datetime,
    news: News,
    detail: str = "",
    why: Why | None = None,
) -> bool:
    """Stop a contact for good; returns False while its call has first to be withdrawn or be over.

    `why` is what the provider is told, where the reason alone does not say how far the no reaches.
    """
    if contact.state == ContactState.FINISHED:
        return True
    if attempt is not None and attempt.state == AttemptState.CLAIMED and attempt.sending_at is None:
        end_attempt(attempt, AttemptState.CANCELLED, Result.CANCELLED, at=now, reason=reason.value, news=news)
        attempt = None
    if attempt is None:
        reason = FinishReason.SUPPRESSED if contact.stop_reason == FinishReason.SUPPRESSED else reason
        finish(contact, reason, detail, now=now, news=news)
        return True
    if contact.stop_reason != FinishReason.SUPPRESSED:
        contact.stop_reason, contact.finish_detail = reason.value, detail[:100]
    ask_back(attempt, why or _WHY[reason], now=now)
    return False
