"""Do-not-call entries take effect: what waits ends, what a provider holds is asked back first of all.

Owns recording entries and stopping what they name; the gate and the mark before each push hold from the commit on.
"""

from __future__ import annotations

from collections import defaultdict
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
from providers.vocabulary import Why

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

    Recording is one transaction, so an error leaves nothing behind; stopping follows in small ones. A tick does
    the stopping once more when the entries are committed for all to see: after a crash, and for whoever slipped
    in while a longer transaction of the caller was open.
    """
    made = [
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
    ]
    with transaction.atomic():
        record(made)
    for start in range(0, len(made), ENTRY_LIMIT):
        _apply(made[start : start + ENTRY_LIMIT], now)
    return made


def record(entries: Sequence[Suppression]) -> None:
    """Insert entries and tell of them, in the caller's transaction."""
    Suppression.objects.bulk_create(entries, batch_size=500)
    news = News()
    for entry in entries:
        news.suppression("created", entry)
    news.write()


def lifted(entry: Suppression) -> None:
    """Tell that an entry was taken away or ended by hand, in the transaction that does it."""
    news = News()
    news.suppression("lifted", entry)
    news.write()


def apply_pending(*, now: datetime) -> int:
    """Stop what newly committed entries name, whoever made them, and note that it is done."""
    pending = list(Suppression.objects.filter(applied_at__isnull=True).order_by("pk")[:ENTRY_LIMIT])
    if pending:
        _apply(pending, now)
        Suppression.objects.filter(pk__in=[entry.pk for entry in pending]).update(applied_at=now)
    return len(pending)


def still_held(entry: Suppression) -> int:
    """Count the calls that this entry names and a provider still holds."""
    who = Q(contact_id=entry.contact_id) if entry.contact_id else Q(number=entry.number)
    live = Attempt.objects.filter(who, is_live=True)
    if entry.campaign_id:
        live = live.filter(campaign_id=entry.campaign_id)
    if entry.provider_account_id:
        live = live.filter(provider_account_id=entry.provider_account_id)
    return live.exclude(state="claimed", sending_at__isnull=True).count()


def stop_numbers(numbers: Sequence[str], *, now: datetime) -> None:
    """Stop whoever waits or is held under these numbers; recording why is the caller's."""
    if numbers:
        _apply([Suppression(number=number) for number in numbers], now)


def _named(campaign: UUID | None, account: UUID | None, entries: Sequence[Suppression]) -> set[UUID]:
    """Find the unfinished campaign contacts that entries of one scope name, in a fixed number of queries."""
    numbers = {entry.number for entry in entries if entry.number}
    people = {entry.contact_id for entry in entries if entry.contact_id}
    owners = set(ContactPhone.objects.filter(number__in=numbers).values_list("contact_id", flat=True))
    waiting = CampaignContact.objects.exclude(state=ContactState.FINISHED).filter(
        contact_id__in=owners | people
    )
    live = Attempt.objects.filter(is_live=True)
    if campaign is not None:
        waiting, live = waiting.filter(campaign_id=campaign), live.filter(campaign_id=campaign)
    if account is not None:
        waiting = waiting.filter(campaign__provider_account_id=account)
        live = live.filter(provider_account_id=account)
    by_choice = Q(next_phone__number__in=numbers)
    # Without a choice the main number is rung.
    by_main = Q(next_phone__isnull=True, contact__phones__is_main=True, contact__phones__number__in=numbers)
    waiting = waiting.filter(Q(contact_id__in=people) | by_choice | by_main)
    live = live.filter(Q(contact_id__in=people) | Q(number__in=numbers))
    return {
        *waiting.values_list("pk", flat=True),
        *live.values_list("campaign_contact_id", flat=True),
    }


def _apply(entries: Sequence[Suppression], now: datetime) -> None:
    in_force = [entry for entry in entries if entry.expires_at is None or entry.expires_at > now]
    places: dict[tuple[UUID | None, UUID | None], list[Suppression]] = defaultdict(list)
    for entry in in_force:
        places[entry.campaign_id, entry.provider_account_id].append(entry)
    reached: dict[Why, set[UUID]] = defaultdict(set)
    for (campaign, account), listed in places.items():
        # A provider that can say no for all its campaigns only must not do so for the sake of one.
        why = Why.SUPPRESSION if campaign is None else Why.CAMPAIGN_SUPPRESSION
        reached[why] |= _named(campaign, account, listed)
    for why, named in reached.items():
        ids = sorted(named)
        for start in range(0, len(ids), CONTACT_LIMIT):
            stop_contacts(ids[start : start + CONTACT_LIMIT], FinishReason.SUPPRESSED, now=now, why=why)


def stop_contacts(
    contact_ids: Sequence[UUID],
    reason: FinishReason,
    *,
    now: datetime,
    detail: str = "",
    why: Why | None = None,
) -> int:
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
        ended = sum(
            moves.stop(row, attempts.get(row.pk), reason, now=now, news=news, detail=detail, why=why)
            for row in open_ones
        )
        rows.save_contacts(open_ones, now=now)
        rows.save_attempts([attempts[row.pk] for row in open_ones if row.pk in attempts])
        news.write()
    return ended
