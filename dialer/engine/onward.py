"""The ring that a provider's own plan makes next, foreseen as the provider will make it, whatever we would choose.

Owns its number, its instant, and asking it back where it must not be made; works on locked rows, never saves.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING

from dialer.engine import following, moves, rings
from dialer.engine.following import Over
from dialer.gates.facts import PhoneFacts
from dialer.models import Attempt, CampaignContact, Suppression
from dialer.rules.transitions import FinishReason
from providers.vocabulary import Why

if TYPE_CHECKING:
    from dialer.engine.decide import Ground


def expect(
    contact: CampaignContact,
    attempt: Attempt,
    index: int,
    ended_at: datetime,
    on: Ground,
    over: Over | None = None,
) -> Attempt:
    """Wait for the ring of this step; ask it back where the contact is to end (`over`) or it must not be made."""
    step = on.steps[contact.campaign_id][index]
    phone = _rung_next(attempt, on.candidates[contact.pk].phones, wants_next=step.phone == "next")
    due = following.due_at(step, ended_at, replace(on.candidates[contact.pk], phone=phone))
    told = phone if phone is None or not _is_held_elsewhere(contact, attempt, phone, on) else None
    ring = rings.expect(contact, attempt, index, told, due=due, on=on, now=on.now)
    why = None
    if over is None:
        over, why = _barred(contact, phone, due, on)
    if over is not None:
        if not contact.stop_reason or over.reason is FinishReason.SUPPRESSED:
            contact.stop_reason, contact.finish_detail = over.reason.value, over.detail[:100]
        moves.ask_back(ring, why or moves.why_of(FinishReason(contact.stop_reason)), now=on.now)
    return ring


def stop_the_rest(
    contact: CampaignContact, attempt: Attempt, over: Over, ended_at: datetime, on: Ground
) -> bool:
    """Ask back the rings that a provider's own plan has left for a contact that is to end; False if none is left."""
    index = 0 if attempt.step is None else attempt.step + 1
    if index >= len(on.steps[contact.campaign_id]):
        return False
    expect(contact, attempt, index, ended_at, on, over)
    return True


def _rung_next(attempt: Attempt, phones: tuple[PhoneFacts, ...], *, wants_next: bool) -> PhoneFacts | None:
    """Choose among the numbers that the order named, which the provider goes through in their order.

    None where the person no longer has that number.
    """
    by_id = {str(phone.id): phone for phone in phones}
    named = attempt.gates.get(rings.NAMED) or list(by_id)
    rung = str(attempt.phone_id)
    if wants_next and rung in named:
        rung = named[(named.index(rung) + 1) % len(named)]
    return by_id.get(rung)


def _is_held_elsewhere(contact: CampaignContact, attempt: Attempt, phone: PhoneFacts, on: Ground) -> bool:
    """Say whether another contact's call has that other number: a campaign has one live call of each."""
    if phone.number == attempt.number:
        return False
    live = Attempt.objects.filter(campaign_id=contact.campaign_id, number=phone.number, is_live=True)
    opened = (row for row in on.opened if row.is_live and row.campaign_id == contact.campaign_id)
    return live.exclude(campaign_contact_id=contact.pk).exists() or any(
        row.number == phone.number and row.campaign_contact_id != contact.pk for row in opened
    )


def _barred(
    contact: CampaignContact, phone: PhoneFacts | None, due: datetime, on: Ground
) -> tuple[Over | None, Why | None]:
    """Say how the contact ends if the ring must not be made, and, where a no is the cause, how far that reaches."""
    entry = on.candidates[contact.pk].suppressed_by or (phone.suppressed_by if phone else None)
    if entry is not None:
        is_narrow = Suppression.objects.filter(pk=entry, campaign__isnull=False).exists()
        why = Why.CAMPAIGN_SUPPRESSION if is_narrow else Why.SUPPRESSION
        return Over(FinishReason.SUPPRESSED, "suppressed"), why
    if phone is None:
        return Over(FinishReason.UNCALLABLE, "number_removed"), None
    if not phone.is_usable or phone.id in on.dead_phones:
        return Over(
            FinishReason.UNCALLABLE, "do_not_disturb" if phone.do_not_disturb else "invalid_number"
        ), None
    if contact.not_after is not None and due >= contact.not_after:
        return Over(FinishReason.EXPIRED, "expired"), None
    return None, None
