"""Erases a person: stopped at once, forgotten as soon as no call of the person is live.

Owns the order of it and when it is done; what is taken out of which table is `forgetting`'s. The numbers stay known
as hashes alone, so that they are never called again, and the attempts stay as anonymous counts.
"""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import transaction

from dialer.engine import forgetting, suppression
from dialer.engine.errors import NotFound
from dialer.engine.news import News
from dialer.models import Attempt, CampaignContact, Contact, ContactPhone, Suppression
from dialer.models.hashing import hashes_of
from dialer.rules.transitions import ContactState, FinishReason

#: People finished in one tick: each is some queries over tables that no index helps with.
LIMIT = 20


def erase(*, contact_id: UUID, now: datetime) -> Contact:
    """Erase a person; asked again it goes on where it was. `erased_at` is set once nothing is left.

    From the return on the person and the numbers are not called. While a call is live it is withdrawn, or rings
    out, under its number; a tick does the rest behind it.
    """
    with transaction.atomic():
        person = _locked(contact_id)
        if person is None:
            raise NotFound("contact")
        if person.erased_at is not None:
            return person
        forgetting.forget_person(person, now=now)
        numbers = _numbers(contact_id)
        _suppress(numbers, now)
    _stop(contact_id, numbers, now)
    _finish(contact_id, now)
    person.refresh_from_db()
    return person


def erase_pending(*, now: datetime) -> int:
    """Finish the erasures whose calls are over; returns how many."""
    asked = Contact.objects.filter(erase_asked_at__isnull=False, erased_at__isnull=True)
    return sum(_finish(pk, now) for pk in asked.order_by("pk").values_list("pk", flat=True)[:LIMIT])


def _locked(contact_id: UUID) -> Contact | None:
    return Contact.objects.select_for_update(no_key=True).filter(pk=contact_id).first()


def _numbers(contact_id: UUID) -> list[str]:
    """List every number under which the person is, or was, called."""
    numbers = set(ContactPhone.objects.filter(contact_id=contact_id).values_list("number", flat=True))
    rung = Attempt.objects.filter(contact_id=contact_id).exclude(number="").order_by()
    return sorted(numbers | set(rung.values_list("number", flat=True).distinct()))


def _suppress(numbers: list[str], now: datetime) -> None:
    """Keep the numbers from being called, readable to nobody."""
    known = set(
        Suppression.objects.filter(
            number_hash__in=[digest for number in numbers for digest in hashes_of(number)],
            scope="global",
            expires_at__isnull=True,
        ).values_list("number_hash", flat=True)
    )
    entries = [
        Suppression(
            number_hash=hashes_of(number)[0],
            reason="erased",
            source="erasure",
            applied_at=now,
            created_at=now,
            updated_at=now,
        )
        for number in numbers
        if not known & set(hashes_of(number))
    ]
    Suppression.objects.bulk_create(entries)
    news = News()
    for entry in entries:
        news.suppression("created", entry)
    news.write()


def _stop(contact_id: UUID, numbers: list[str], now: datetime) -> None:
    """End what waits, and ask back what providers hold, of the person and of whoever shares a number."""
    mine = CampaignContact.objects.filter(contact_id=contact_id).exclude(state=ContactState.FINISHED)
    ids = sorted(mine.values_list("pk", flat=True))
    suppression.stop_contacts(ids, FinishReason.EXCLUDED, now=now, detail="erased")
    suppression.stop_numbers(numbers, now=now)


def _finish(contact_id: UUID, now: datetime) -> bool:
    """Take the person out of every table, unless a call is live still."""
    numbers = _numbers(contact_id)
    _stop(contact_id, [], now)  # who was enrolled anew meanwhile
    with transaction.atomic():
        person = _locked(contact_id)
        is_live = Attempt.objects.filter(contact_id=contact_id, is_live=True).exists()
        if person is None or person.erased_at is not None or is_live:
            return False
        if CampaignContact.objects.filter(contact_id=contact_id, next_attempt_at__isnull=False).exists():
            return False  # enrolled this moment: the next tick ends that first
        _suppress(numbers, now)
        forgetting.forget_everywhere(person, numbers, now=now)
    return True
