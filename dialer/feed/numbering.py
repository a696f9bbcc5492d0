"""Gives committed events their numbers, under one lock, and removes those that are too old.

Owns the order of the feed: whoever has seen number n has been able to see all below it. Never writes an event.
"""

from __future__ import annotations

import time
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction

from dialer.models import FeedEvent, WebhookDelivery
from dialer.models.bulk import update_rows
from dialer.models.feed import FeedState

#: Events numbered in one transaction: some ten milliseconds on PostgreSQL.
BATCH = 2000
#: Events removed in one transaction; their deliveries go with them.
TRIM_BATCH = 5000
#: A tick goes on for about this long; the next one begins where it stopped.
BUDGET_SECONDS = 1.0
TRIM_BUDGET_SECONDS = 10.0


def number_due() -> int:
    """Number what is committed and has no number yet; returns how many events."""
    started, done = time.monotonic(), 0
    while True:
        taken = _number_batch()
        done += taken
        if taken < BATCH or time.monotonic() - started > BUDGET_SECONDS:
            return done


def _number_batch() -> int:
    unnumbered = FeedEvent.objects.filter(number__isnull=True).order_by("pk")
    if not unnumbered.exists():
        return 0
    with transaction.atomic():
        state = _locked()
        if state is None:
            return 0
        # Read behind the lock: what was committed before is seen, what commits later gets a later number.
        ids = list(unnumbered.values_list("pk", flat=True)[:BATCH])
        first = state.last_number + 1
        rows = [(pk, number) for number, pk in enumerate(ids, first)]
        update_rows(FeedEvent, match=("id",), change=("number",), rows=rows)
        FeedState.objects.filter(pk=state.pk).update(last_number=state.last_number + len(ids))
    return len(ids)


def _locked() -> FeedState | None:
    """Lock the feed, or give None while somebody else numbers."""
    FeedState.objects.get_or_create(pk=FeedState.ONLY)
    return FeedState.objects.select_for_update(skip_locked=True).filter(pk=FeedState.ONLY).first()


def position() -> FeedState:
    """Give how far the feed is now."""
    return FeedState.objects.filter(pk=FeedState.ONLY).first() or FeedState()


def trim(*, now: datetime) -> int:
    """Remove the events at the beginning of the feed that are older than what is kept; returns how many."""
    until, started, done = now - timedelta(days=settings.DIALER_FEED_DAYS), time.monotonic(), 0
    while True:
        removed = _trim_batch(until)
        done += removed
        if removed < TRIM_BATCH or time.monotonic() - started > TRIM_BUDGET_SECONDS:
            return done


def _trim_batch(until: datetime) -> int:
    numbered = FeedEvent.objects.filter(number__isnull=False).order_by("number")
    last: int | None = None
    for number, created_at in numbered.values_list("number", "created_at")[:TRIM_BATCH]:
        if created_at >= until:
            break  # it keeps those behind it, older ones too: the feed has no gaps
        last = number
    if last is None:
        return 0
    with transaction.atomic():
        state = _locked()
        if state is None:
            return 0
        # In one transaction with the removal: a reader that misses an event sees that it was removed.
        FeedState.objects.filter(pk=state.pk).update(trimmed_to=max(state.trimmed_to, last))
        WebhookDelivery.objects.filter(event__number__lte=last).delete()
        removed, _ = FeedEvent.objects.filter(number__lte=last).delete()
    return removed
