"""What a call turned out to mean, said after its end: by an agent, an application, or the provider's late wrap-up.

Owns setting an outcome and letting it hold for what follows, as if it had been said at the end of the call.
"""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import transaction

from dialer.engine import decide, moves, rows
from dialer.engine.errors import Invalid, InvalidTransition, NotFound
from dialer.engine.news import News
from dialer.engine.rings import is_carried
from dialer.models import Attempt, CampaignContact, Contact, Disposition
from dialer.rules.dispositions import ending
from dialer.rules.faults import Fault
from dialer.rules.transitions import AttemptState, CampaignStatus, ContactState, FinishReason
from providers.vocabulary import Result

#: Ends that a call brought about; the others were wishes of people, and stand.
_BY_A_CALL = (FinishReason.REACHED, FinishReason.EXHAUSTED, FinishReason.UNCALLABLE)


def set_disposition(*, attempt_id: UUID, code: str, now: datetime) -> Attempt:
    """Say what an ended call meant; the same code again changes nothing, another one is decided anew.

    A suppression that an earlier code recorded stays: only deleting the entry takes a no back.
    """
    outcome = Disposition.objects.filter(code=code).first()
    if outcome is None:
        fault = Fault("/code", "unknown_disposition", "There is no such code; GET /dispositions lists them.")
        raise Invalid(fault.code, fault.detail, [fault])
    found = Attempt.objects.filter(pk=attempt_id).values_list("contact_id", "campaign_contact_id").first()
    if found is None:
        raise NotFound("attempt")
    person_id, contact_id = found
    with transaction.atomic():
        # The person first, as a claim does, so that none can slip between.
        Contact.objects.select_for_update(no_key=True).filter(pk=person_id).first()
        contacts, attempts = rows.lock_both([(attempt_id, contact_id)], live_of=[contact_id])
        attempt, contact = attempts[attempt_id], contacts[contact_id]
        if attempt.state != AttemptState.ENDED:
            detail = f"the attempt is {attempt.state}; only a call that has ended has a disposition"
            raise InvalidTransition(detail, state=attempt.state)
        if attempt.outcome_id == outcome.pk:
            return attempt
        later = next((row for row in attempts.values() if row.is_live), None)
        on, news = decide.ground([contact], now), News()
        take(contact, attempt, later, outcome, on=on, now=now, news=news)
        rows.save_contacts([contact], now=now)
        rows.save_attempts(list(attempts.values()))
        decide.keep(on, now)
        news.write()
    return attempt


def take(
    contact: CampaignContact,
    attempt: Attempt,
    later: Attempt | None,
    outcome: Disposition,
    *,
    on: decide.Ground,
    now: datetime,
    news: News,
) -> None:
    """Set the outcome of an ended, locked attempt; let it hold for its contact, whose live call is `later`."""
    attempt.outcome, attempt.disposition = outcome, outcome.code
    news.attempt("disposed", attempt)
    result = Result(attempt.result)
    reason = ending(result, outcome.meaning())
    if outcome.suppresses:
        on.refusals.append(attempt)
    if contact.state != ContactState.FINISHED:
        if reason is not None:
            moves.stop(contact, later, reason, now=now, news=news, detail=outcome.code)
        return
    is_last = contact.attempt_count == attempt.sequence
    if contact.finish_reason not in _BY_A_CALL or not (is_last or outcome.suppresses):
        return
    if reason is not None:
        moves.refine(contact, reason, outcome.code, news=news)
    elif not (_is_over(contact, on) or is_carried(on.campaigns[contact.campaign_id], attempt)):
        decide.anew(contact, attempt, result, on=on, news=news)


def _is_over(contact: CampaignContact, on: decide.Ground) -> bool:
    status = on.campaigns[contact.campaign_id].status
    return status in (CampaignStatus.COMPLETED, CampaignStatus.ARCHIVED)
