"""What people may ask of one campaign contact: call now, reschedule, exclude, rearm.

Owns those four; each is refused whole, with nothing changed, while an attempt is under way where that matters.
"""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import transaction

from dialer.engine import moves, rows
from dialer.engine.claim_batch import RECHECK
from dialer.engine.errors import Conflict, InvalidTransition, NotFound, RefusedByGate
from dialer.engine.news import News
from dialer.engine.suppression import stop_contacts
from dialer.gates import load
from dialer.gates.eligibility import campaign_eligibility, eligibility
from dialer.gates.facts import Candidate
from dialer.gates.verdict import Outcome, Verdict
from dialer.models import Attempt, Campaign, CampaignContact, Contact, ContactPhone
from dialer.rules.transitions import AttemptState, CampaignStatus, ContactState, FinishReason

_OVER = (CampaignStatus.COMPLETED, CampaignStatus.ARCHIVED)


def call_now(*, campaign_contact_id: UUID, now: datetime) -> Verdict:
    """Make a waiting contact due now, on the same step; the verdict says whether a gate holds it.

    Raises RefusedByGate, with nothing changed, when it would never be called.
    """
    return _make_due(campaign_contact_id, at=now, now=now)


def reschedule(*, campaign_contact_id: UUID, at: datetime, now: datetime) -> Verdict:
    """Make a waiting contact due not before `at` (UTC), on the same step; gates may move it later."""
    return _make_due(campaign_contact_id, at=max(at, now), now=now)


def _make_due(campaign_contact_id: UUID, *, at: datetime, now: datetime) -> Verdict:
    with transaction.atomic():
        contact, attempt = _locked(campaign_contact_id)
        _refuse_unless_waiting(contact, attempt)
        candidate = candidate_of(contact, attempt, now=now)
        whole = campaign_eligibility(candidate.campaign, now)
        verdict = eligibility(candidate, at)
        if whole.outcome is Outcome.REFUSED:
            raise RefusedByGate(whole)
        if verdict.outcome is Outcome.REFUSED:
            raise RefusedByGate(verdict)
        contact.hold_gate, contact.hold_reason, contact.hold_until = "", "", None
        moves.wait(contact, due_at=at)
        if verdict.outcome is Outcome.HELD:
            moves.hold(contact, verdict, verdict.until or at + RECHECK)
        rows.save_contacts([contact], now=now)
        news = News()
        news.planned("rescheduled", contact)
        news.write()
        return whole if verdict.ok and not whole.ok else verdict


def exclude(*, campaign_contact_id: UUID, reason: str, now: datetime) -> CampaignContact:
    """Take a contact out of its campaign; a call that is under way is withdrawn first, or rings out."""
    contact = CampaignContact.objects.filter(pk=campaign_contact_id).first()
    if contact is None:
        raise NotFound("campaign contact")
    if contact.state == ContactState.FINISHED:
        raise InvalidTransition(
            "the contact is finished already", state=contact.state, allowed_actions=_actions(contact)
        )
    stop_contacts([campaign_contact_id], FinishReason.EXCLUDED, now=now, detail=reason)
    contact.refresh_from_db()
    return contact


def rearm(*, campaign_contact_id: UUID, now: datetime) -> CampaignContact:
    """Start the timeline of a finished contact again; sequence and caps go on. Never after a suppression."""
    with transaction.atomic():
        # Locked first, so that the campaign cannot be completed beside a contact that comes back to wait.
        campaign = (
            Campaign.objects.select_for_update(no_key=True).filter(contacts=campaign_contact_id).first()
        )
        contact, attempt = _locked(campaign_contact_id)
        assert campaign is not None  # the contact is there, and keeps its campaign
        if contact.state != ContactState.FINISHED or contact.finish_reason == FinishReason.SUPPRESSED:
            detail = "only a finished contact that is not suppressed can be rearmed"
            raise InvalidTransition(
                detail,
                state=contact.state,
                allowed_actions=_actions(contact),
                attempt=str(attempt.pk) if attempt is not None else None,
            )
        if campaign.status in _OVER:
            detail = (
                f"the campaign is {campaign.status}; contacts of a campaign that is over stay as they are"
            )
            raise InvalidTransition(detail, state=campaign.status, allowed_actions=campaign.allowed_actions)
        rearm_row(contact, now=now)
        rows.save_contacts([contact], now=now)
        news = News()
        news.contact("rearmed", contact)
        news.write()
    return contact


def rearm_row(contact: CampaignContact, *, now: datetime) -> None:
    """Put a finished, locked contact back at the start of its timeline, in memory."""
    contact.finish_reason, contact.finish_detail, contact.finished_at = "", "", None
    contact.used_steps, contact.next_step, contact.stop_reason = [], None, ""
    main = ContactPhone.objects.filter(contact_id=contact.contact_id).order_by("-is_main", "position").first()
    contact.next_phone_id = main.pk if main else None
    moves.wait(contact, due_at=max(now, contact.not_before or now))


def candidate_of(contact: CampaignContact, attempt: Attempt | None, *, now: datetime) -> Candidate:
    """Gather the facts about one contact, as its next claim would."""
    campaign = Campaign.objects.select_related("provider_account").get(pk=contact.campaign_id)
    account = load.account_facts(campaign.provider_account, room=None)
    facts = {campaign.pk: load.campaign_facts(campaign, account, now)}
    kept = {contact.pk: attempt.number} if attempt is not None else None
    return load.candidates([contact], facts, now, kept_numbers=kept)[0]


def _locked(campaign_contact_id: UUID) -> tuple[CampaignContact, Attempt | None]:
    person = (
        CampaignContact.objects.filter(pk=campaign_contact_id).values_list("contact_id", flat=True).first()
    )
    if person is None:
        raise NotFound("campaign contact")
    Contact.objects.select_for_update(no_key=True).filter(pk=person).first()
    contact = rows.lock_contacts([campaign_contact_id]).get(campaign_contact_id)
    if contact is None:
        raise NotFound("campaign contact")
    return contact, rows.lock_live_attempts([campaign_contact_id]).get(campaign_contact_id)


def _refuse_unless_waiting(contact: CampaignContact, attempt: Attempt | None) -> None:
    if contact.state == ContactState.WAITING:
        return
    under_way = (
        attempt is not None and attempt.state != AttemptState.CLAIMED
    ) or contact.state != ContactState.FINISHED
    detail = (
        "an attempt is under way; wait for its end"
        if under_way
        else "the contact is finished; rearm it first"
    )
    raise InvalidTransition(
        detail,
        state=contact.state,
        allowed_actions=_actions(contact),
        attempt=str(attempt.pk) if attempt is not None else None,
    )


def _actions(contact: CampaignContact) -> list[str]:
    if contact.state == ContactState.WAITING:
        return ["call-now", "reschedule", "exclude"]
    if contact.state != ContactState.FINISHED:
        return ["exclude"]
    return [] if contact.finish_reason == FinishReason.SUPPRESSED else ["rearm"]


def remove(*, campaign_contact_id: UUID) -> None:
    """Delete a contact that was never attempted; one with attempts is history and can only be excluded."""
    with transaction.atomic():
        contact, _ = _locked(campaign_contact_id)
        if contact.attempt_count or Attempt.objects.filter(campaign_contact_id=contact.pk).exists():
            raise Conflict("has_attempts", "the contact has attempts, which are kept; exclude it instead")
        news = News()
        news.contact("removed", contact)
        news.write()
        contact.delete()
