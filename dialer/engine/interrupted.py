"""What follows where a call was taken back before it rang, or a provider's own plan makes no further ring.

Owns how such a contact goes on or ends; works on locked rows in memory, never saves.
"""

from __future__ import annotations

from datetime import datetime

from dialer.engine import moves, rings
from dialer.engine.news import News
from dialer.models import Attempt, Campaign, CampaignContact
from dialer.rules.transitions import AttemptState, FinishReason
from providers.vocabulary import Result, Why


def taken_back(
    contact: CampaignContact, attempt: Attempt, campaign: Campaign, *, now: datetime, news: News
) -> None:
    """Go on after a withdrawal, which used neither step nor cap: a stopped contact ends, others take it again.

    A ring that the provider would have made later is due when it would have been.
    """
    if contact.stop_reason:
        moves.finish(contact, FinishReason(contact.stop_reason), "withdrawn", now=now, news=news)
        return
    if attempt.step is not None and rings.leaves_the_rest(campaign):
        moves.finish(contact, FinishReason.EXHAUSTED, rings.INTERRUPTED, now=now, news=news)
        return
    contact.next_step, contact.next_phone_id = attempt.step, attempt.phone_id
    moves.wait(contact, due_at=max(attempt.due_at, now))
    news.planned("scheduled", contact)


def plan_over(
    contact: CampaignContact, attempt: Attempt, campaign: Campaign, *, now: datetime, news: News
) -> None:
    """End the wait for a ring that will not come: we took it back and never heard so, or the provider made no more."""
    why = moves.asked_back_for(attempt)
    if why and why != Why.EXPIRY:  # which is asked of what is silent: it took back nothing that was to come
        said = f"withdrawn: {why}"
        moves.end_attempt(attempt, AttemptState.CANCELLED, Result.CANCELLED, at=now, reason=said, news=news)
        taken_back(contact, attempt, campaign, now=now, news=news)
    else:
        rings.end_unrung(contact, attempt, now=now, news=news)


def no_further(
    contact: CampaignContact, expected: Attempt, last: int, campaign: Campaign, *, now: datetime, news: News
) -> None:
    """End the wait for a ring after the one that a provider told to be the last."""
    if expected.ring_no > last and rings.is_unrung(expected):
        plan_over(contact, expected, campaign, now=now, news=news)
