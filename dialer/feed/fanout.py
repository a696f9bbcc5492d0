"""Hands numbered events over to the endpoints that asked for them, as deliveries that are due.

Owns each endpoint's place in the feed: place and deliveries move in one transaction, so a worker that dies at any
line loses nothing and doubles nothing. Never sends.
"""

from __future__ import annotations

import time
from datetime import datetime
from functools import partial
from uuid import UUID

from django.db import transaction

from dialer.engine.lanes import guarded
from dialer.feed.numbering import position
from dialer.feed.reading import SCAN, matching
from dialer.models import WebhookDelivery, WebhookEndpoint
from dialer.models.bulk import insert_rows
from dialer.rules.events import expand

#: Deliveries made in one transaction.
BATCH = 1000
#: So many may wait for one endpoint; behind them its place in the feed waits. A receiver that is away for days costs
#: a table of bounded size and loses nothing.
MOST_PENDING = 10_000
#: One endpoint's share of a tick.
BUDGET_SECONDS = 0.5


def fan_out(*, now: datetime) -> int:
    """Hand over what is new to every endpoint that is on; returns how many deliveries were made."""
    last = position().last_number
    behind = WebhookEndpoint.objects.filter(is_enabled=True, cursor__lt=last).order_by("pk")
    made = 0
    for endpoint_id in list(behind.values_list("pk", flat=True)):
        made += guarded("fan_out", endpoint_id, partial(_catch_up, endpoint_id, now))
    return made


def _catch_up(endpoint_id: UUID, now: datetime) -> int:
    started, made = time.monotonic(), 0
    while time.monotonic() - started < BUDGET_SECONDS:
        count, is_behind = _one_batch(endpoint_id, now)
        made += count
        if not is_behind:
            break
    return made


def _one_batch(endpoint_id: UUID, now: datetime) -> tuple[int, bool]:
    """Make one batch of deliveries; says whether there is more to hand over at once."""
    with transaction.atomic():
        endpoint = (
            WebhookEndpoint.objects.select_for_update(skip_locked=True, no_key=True, of=("self",))
            .filter(pk=endpoint_id, is_enabled=True)
            .first()
        )
        if endpoint is None:
            return 0, False
        room = MOST_PENDING - _pending(endpoint_id)
        if room <= 0:
            return 0, False
        state = position()
        # What was removed meanwhile, while the endpoint was off for longer than the feed is kept, is gone.
        start = max(endpoint.cursor, state.trimmed_to)
        until, size = min(state.last_number, start + SCAN), min(BATCH, room)
        events = matching(start, until, expand(endpoint.event_types), endpoint.campaign_id)
        found = list(events.values_list("pk", "kind", "number")[:size])
        insert_rows(
            [
                WebhookDelivery(endpoint_id=endpoint_id, event_id=pk, kind=kind, due_at=now, created_at=now)
                for pk, kind, _ in found
            ],
            ignore_conflicts=True,
        )
        end = found[-1][2] if len(found) == size else until
        WebhookEndpoint.objects.filter(pk=endpoint_id).update(cursor=end)
    return len(found), end < state.last_number


def _pending(endpoint_id: UUID) -> int:
    waiting = WebhookDelivery.objects.filter(endpoint_id=endpoint_id, due_at__isnull=False)
    return waiting.order_by()[:MOST_PENDING].count()
