"""Takes over from workers that died: a lease that ran out is never simply tried again.

Owns the two ways on: provably unsent goes back to the queue, all else is in doubt and must be looked up.
"""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import transaction

from dialer.engine import rows, settle
from dialer.engine.news import News
from dialer.models import Attempt
from dialer.rules.transitions import AttemptState

LIMIT = 500


def recover_account(account_id: UUID, now: datetime) -> int:
    """Recover the account's attempts whose lease ran out; returns how many."""
    expired = Attempt.objects.filter(provider_account_id=account_id, is_live=True, lease_until__lt=now)
    pairs = list(expired.order_by("pk").values_list("pk", "campaign_contact_id")[:LIMIT])
    if not pairs:
        return 0
    news = News()
    with transaction.atomic():
        contacts, attempts = rows.lock_both(pairs)
        late = [row for row in attempts.values() if _is_late(row, now)]
        for attempt in late:
            contact = contacts[attempt.campaign_contact_id]
            # A new fence makes the late worker harmless if it should come back.
            attempt.fence += 1
            if attempt.sending_at is None:
                settle.back_to_queue(contact, attempt, at=now, now=now, news=news)
            else:
                assert attempt.lease_until is not None
                settle.in_doubt(
                    contact, attempt, sent_at=attempt.lease_until, reason="lease_expired", news=news
                )
        rows.save_contacts([contacts[row.campaign_contact_id] for row in late], now=now)
        rows.save_attempts(late)
        news.write()
    return len(late)


def _is_late(attempt: Attempt, now: datetime) -> bool:
    return (
        attempt.state == AttemptState.CLAIMED
        and attempt.lease_until is not None
        and attempt.lease_until < now
    )
