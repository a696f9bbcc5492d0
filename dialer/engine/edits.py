"""What follows when somebody changes a person, a number or an enrolment by hand: held calls are judged anew.

Owns those consequences, for admin and API alike; never changes a state and never dials.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import F, Q
from django.db.models.functions import Coalesce

from dialer.engine.suppression import stop_contacts
from dialer.models import Attempt, CampaignContact, ContactPhone
from dialer.models.attempts import Origin
from dialer.rules.transitions import AttemptState, ContactState, FinishReason


def look_again(*, contact_id: UUID, now: datetime) -> int:
    """Let the next claim judge a changed person anew: what held the person may hold no longer."""
    held = CampaignContact.objects.filter(contact_id=contact_id, next_attempt_at__isnull=False)
    return held.exclude(hold_gate="").update(
        next_attempt_at=Coalesce(F("due_at"), now),
        hold_gate="",
        hold_reason="",
        hold_until=None,
        updated_at=now,
        version=F("version") + 1,
    )


def phones_changed(*, contact_id: UUID, now: datetime) -> None:
    """Give waiting calls whose number is gone the main one, and judge them anew; ask back rings not to be made."""
    main = ContactPhone.objects.filter(contact_id=contact_id, is_main=True).first()
    waiting = CampaignContact.objects.filter(contact_id=contact_id, next_attempt_at__isnull=False)
    if main is not None:
        waiting.filter(next_phone__isnull=True).update(next_phone=main)
    look_again(contact_id=contact_id, now=now)
    # No claim judges the rings that a provider's own plan still has to make.
    to_come = Attempt.objects.filter(contact_id=contact_id, is_live=True, origin=Origin.NATIVE)
    barred = Q(phone__do_not_disturb=True) | Q(phone__isnull=True)
    ids = to_come.filter(barred, state=AttemptState.PUSHED).values_list("campaign_contact_id", flat=True)
    if ids:
        stop_contacts(sorted(ids), FinishReason.UNCALLABLE, now=now, detail="do_not_disturb")


def change_enrolment(
    row: CampaignContact, values: Mapping[str, Any], *, stored_not_before: Any, now: datetime
) -> None:
    """Write what people changed of a locked enrolment; where its old `not_before` made it due, the new one does."""
    changes = dict(values)
    if "not_before" in changes and row.state == ContactState.WAITING and row.due_at == stored_not_before:
        due = max(now, changes["not_before"] or now)
        changes |= {
            "due_at": due,
            "next_attempt_at": due,
            "hold_gate": "",
            "hold_reason": "",
            "hold_until": None,
        }
    changes |= {"updated_at": now, "version": F("version") + 1}
    CampaignContact.objects.filter(pk=row.pk).update(**changes)
    look_again(contact_id=row.contact_id, now=now)
