"""Do-not-call entries take effect: what waits ends, what a provider holds is asked back first of all.

Owns recording entries and stopping what they name; the gate and the mark before each push hold from the commit on.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import Q

from dialer.engine import moves, rows
from dialer.engine.news import News
from dialer.models import Attempt, CampaignContact, Contact, ContactPhone, Suppression
from dialer.rules.transitions import ContactState, FinishReason

#: Entries applied in one call of the tick, and contacts stopped in one transaction.
ENTRY_LIMIT = 500
CONTACT_LIMIT = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class NewSuppression:
    """What to record: exactly one of number (E.164) and contact; the scope names its place."""

    number: str | None = None
    contact_id: UUID | None = None
    scope: str = "global"
    campaign_id: UUID | None = None
    provider_account_id: UUID | None = None
    reason: str = ""
    source: str = "api"
    expires_at: datetime | None = None


def suppress(*, entries: Sequence[NewSuppression], now: datetime) -> list[Suppression]:
    """Record entries and stop what they name; from the return on nothing new is pushed.

    Recording is one transaction, so an error leaves nothing behind; stopping follows in small ones, and a tick
    goes on with it after a crash.
    """
    made = Suppression.objects.bulk_create(
        [
            Suppression(
                number=entry.number,
                contact_id=entry.contact_id,
                scope=entry.scope,
                campaign_id=entry.campaign_id,
                provider_account_id=entry.provider_account_id,
                reason=entry.reason,
                source=entry.source,
                expires_at=entry.expires_at,
                created_at=now,
                updated_at=now,
            )
            for entry in entries
        ],
        batch_size=500,
    )
    for start in range(0, len(made), ENTRY_LIMIT):
        _apply(made[start : start + ENTRY_LIMIT], now)
    return made


def apply_pending(*, now: datetime) -> int:
    """Go on with entries whose stopping was not finished, and with those that providers' reports made."""
    pending = list(Suppression.objects.filter(applied_at__isnull=True).order_by("pk")[:ENTRY_LIMIT])
    _apply(pending, now)
    return len(pending)


def still_held(entry: Suppression) -> int:
    """Count the calls that this entry names and a provider still holds."""
    live = Attempt.objects.filter(_names(entry, "number"), is_live=True)
    return live.exclude(state="claimed", sending_at__isnull=True).count()


def _names(entry: Suppression, number_path: str) -> Q:
    """Select what an entry names, within its scope."""
    who = Q(contact_id=entry.contact_id) if entry.contact_id else Q(**{number_path: entry.number})
    if entry.campaign_id:
        who &= Q(campaign_id=entry.campaign_id)
    if entry.provider_account_id:
        if number_path == "number":
            who &= Q(provider_account_id=entry.provider_account_id)
        else:
            who &= Q(campaign__provider_account_id=entry.provider_account_id)
    return who


def _apply(entries: Sequence[Suppression], now: datetime) -> None:
    in_force = [entry for entry in entries if entry.expires_at is None or entry.expires_at > now]
    named: set[UUID] = set()
    for entry in in_force:
        waiting = CampaignContact.objects.exclude(state=ContactState.FINISHED)
        if entry.number is not None:
            owners = ContactPhone.objects.filter(number=entry.number).values("contact_id")
            waiting = waiting.filter(contact_id__in=owners)
        named |= set(waiting.filter(_names(entry, "next_phone__number")).values_list("pk", flat=True))
        live = Attempt.objects.filter(_names(entry, "number"), is_live=True)
        named |= set(live.values_list("campaign_contact_id", flat=True))
    ids = sorted(named)
    for start in range(0, len(ids), CONTACT_LIMIT):
        stop_contacts(ids[start : start + CONTACT_LIMIT], FinishReason.SUPPRESSED, now=now)
    Suppression.objects.filter(pk__in=[entry.pk for entry in entries]).update(applied_at=now)


def stop_contacts(contact_ids: Sequence[UUID], reason: FinishReason, *, now: datetime) -> int:
    """Stop campaign contacts for a reason in one transaction; returns how many ended at once.

    The others end as soon as their call is withdrawn or over. Locks persons first, as a claim does, so that no
    claim can slip between.
    """
    news = News()
    with transaction.atomic():
        people = CampaignContact.objects.filter(pk__in=contact_ids).values_list("contact_id", flat=True)
        list(
            Contact.objects.filter(pk__in=list(people))
            .order_by("pk")
            .select_for_update(no_key=True)
            .values_list("pk", flat=True)
        )
        contacts = rows.lock_contacts(contact_ids)
        attempts = rows.lock_live_attempts(list(contacts))
        open_ones = [row for row in contacts.values() if row.state != ContactState.FINISHED]
        ended = sum(moves.stop(row, attempts.get(row.pk), reason, now=now, news=news) for row in open_ones)
        rows.save_contacts(open_ones, now=now)
        rows.save_attempts([attempts[row.pk] for row in open_ones if row.pk in attempts])
        news.write()
    return ended
