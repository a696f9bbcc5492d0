"""What people may ask of one attempt: cancel it, or settle a doubtful one by hand.

Owns those two; the timeline then decides as after any other end.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction

from dialer.engine import moves, rows
from dialer.engine.errors import InvalidTransition, NotFound
from dialer.engine.news import News
from dialer.engine.reconcile import end_unknown
from dialer.models import Attempt
from dialer.rules.transitions import AttemptState, FinishReason
from providers.vocabulary import Result


def cancel(*, attempt_id: UUID, now: datetime) -> Attempt:
    """Take one attempt back, at once while it is unsent, else by asking the provider; its contact ends `cancelled`.

    Waiting again would ring at once what somebody just cancelled; a rearm brings the contact back.
    """
    contact_id = _contact_of(attempt_id)
    with transaction.atomic():
        contacts, attempts = rows.lock_both([(attempt_id, contact_id)])
        contact, attempt = contacts[contact_id], attempts[attempt_id]
        if not attempt.is_live or attempt.state in (AttemptState.RINGING, AttemptState.CONNECTED):
            raise InvalidTransition(
                f"the attempt is {attempt.state}; only one that has not rung can be cancelled",
                state=attempt.state,
            )
        news = News()
        moves.stop(contact, attempt, FinishReason.CANCELLED, now=now, news=news)
        rows.save_contacts([contact], now=now)
        rows.save_attempts([attempt])
        news.write()
    return attempt


def settle(*, attempt_id: UUID, result: Result, now: datetime) -> Attempt:
    """End a doubtful or silent attempt with a result that a person knows: counted, not repeated."""
    contact_id = _contact_of(attempt_id)
    _refuse_if_fresh(Attempt.objects.select_related("provider_account").get(pk=attempt_id), now)
    if not end_unknown([(attempt_id, contact_id)], result=result, reason="settled by hand", now=now):
        attempt = Attempt.objects.get(pk=attempt_id)
        raise InvalidTransition(
            f"the attempt is {attempt.state}; only one that a provider has, or may have, can be settled",
            state=attempt.state,
        )
    return Attempt.objects.get(pk=attempt_id)


def _refuse_if_fresh(attempt: Attempt, now: datetime) -> None:
    """Refuse to settle a held call that is not silent: the provider would ring it beside the next one."""
    last = attempt.heard_at or attempt.pushed_at
    if attempt.state == AttemptState.INDETERMINATE or not attempt.is_live or last is None:
        return
    free_at = last + timedelta(seconds=attempt.provider_account.visible_after_seconds)
    if now < free_at:
        raise InvalidTransition(
            f"the provider holds this call and spoke of it lately; it can be settled from {free_at.isoformat()} on",
            state=attempt.state,
        )


def _contact_of(attempt_id: UUID) -> UUID:
    found = Attempt.objects.filter(pk=attempt_id).values_list("campaign_contact_id", flat=True).first()
    if found is None:
        raise NotFound("attempt")
    return found
