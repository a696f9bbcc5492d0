"""Sends due deliveries, each endpoint in lanes of its own, and writes down what came of it.

Owns claims (a hold that ends by itself), their settlement, an endpoint's rest and its end. At least once: a worker that
dies behind the request leaves the delivery to be sent again, under the same id.
"""

from __future__ import annotations

import logging
import random
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.db.models.functions import Coalesce

from dialer import clock
from dialer.engine.lanes import each_account, give_back_connections, spread
from dialer.feed import sending
from dialer.feed.endpoints import disable
from dialer.feed.posting import DEADLINE_SECONDS, Poster
from dialer.feed.sending import Outcome, event_payload, send
from dialer.models import DeliveryState, DisabledReason, FeedEvent, WebhookDelivery, WebhookEndpoint
from dialer.rules import redelivery

log = logging.getLogger(__name__)

#: Requests that are with one endpoint at a time, in each process.
WIDTH = 4
#: Deliveries taken at a time: five for each lane.
CLAIM = 20
#: An endpoint's round; what is left then is handed back.
ROUND_SECONDS = 5.0
#: A hold outlasts the round and a request that begins at its very end, with room for a slow database.
HOLD = timedelta(seconds=3 * (ROUND_SECONDS + DEADLINE_SECONDS))


@dataclass(frozen=True, slots=True)
class Claimed:
    """One delivery in a worker's hands: it may end it as failed while the fence is its own."""

    delivery_id: UUID
    fence: int
    tries: int
    event: FeedEvent


def deliver_due(*, now: datetime) -> int:
    """Send what is due; returns how many were tried. An endpoint that is slow holds up only itself."""
    ids = list(_with_due(now).values_list("pk", flat=True))
    return each_account("deliver", ids, deliver_endpoint, pool="webhooks") if ids else 0


def _with_due(now: datetime) -> QuerySet[WebhookEndpoint]:
    due = WebhookDelivery.objects.filter(endpoint=OuterRef("pk"), due_at__lte=now)
    rows = WebhookEndpoint.objects.filter(Q(resume_at__isnull=True) | Q(resume_at__lte=now), Exists(due))
    return rows.filter(is_enabled=True).order_by("pk")


def deliver_endpoint(endpoint_id: UUID) -> int:
    """Send one endpoint's due deliveries for a round; returns how many were tried."""
    ends, tried = time.monotonic() + ROUND_SECONDS, 0
    while time.monotonic() < ends:
        now = clock.now()
        endpoint = _with_due(now).filter(pk=endpoint_id).first()
        claimed = claim(endpoint_id, now) if endpoint is not None else []
        if endpoint is None or not claimed:
            break
        # After failures one probe is enough to know: the others keep their tries.
        is_ill = endpoint.failures_in_row >= redelivery.FAILURES_TO_REST
        width = 1 if is_ill else min(WIDTH, settings.DIALER_PUSH_THREADS)
        work = partial(_send_part, endpoint, ends)
        tried += sum(spread(claimed, work, width=width, pool="webhook-requests"))
    return tried


def claim(endpoint_id: UUID, now: datetime, *, limit: int = CLAIM) -> list[Claimed]:
    """Take due deliveries of one endpoint; what another worker has is left to it."""
    due = WebhookDelivery.objects.filter(endpoint_id=endpoint_id, due_at__lte=now).order_by("due_at", "pk")
    with transaction.atomic():
        rows = list(due.select_for_update(skip_locked=True, no_key=True, of=("self",))[:limit])
        WebhookDelivery.objects.filter(pk__in=[row.pk for row in rows]).update(
            due_at=now + HOLD, fence=F("fence") + 1
        )
    events = FeedEvent.objects.in_bulk([row.event_id for row in rows])
    return [
        Claimed(row.pk, row.fence + 1, row.tries, events[row.event_id])
        for row in rows
        if row.event_id in events
    ]


def _send_part(endpoint: WebhookEndpoint, ends: float, part: list[Claimed]) -> int:
    """Send one lane's deliveries one after another; hand back what there is no time, or no use, for."""
    poster = sending.poster_for(endpoint.url)
    try:
        for place, claimed in enumerate(part):
            if place and (time.monotonic() >= ends or _rests(endpoint.pk)):
                _hand_back(part[place:])
                return place
            _send_one(endpoint, claimed, poster)
    finally:
        poster.close()
    return len(part)


def _rests(endpoint_id: UUID) -> bool:
    now = clock.now()
    awake = Q(is_enabled=True) & (Q(resume_at__isnull=True) | Q(resume_at__lte=now))
    return not WebhookEndpoint.objects.filter(awake, pk=endpoint_id).exists()


def _send_one(endpoint: WebhookEndpoint, claimed: Claimed, poster: Poster) -> None:
    give_back_connections()  # a thread that waits for a receiver must not keep a connection from one that works
    outcome = send(endpoint, claimed.event.pk, event_payload(claimed.event), poster)
    log.info(
        "webhook endpoint=%s delivery=%s kind=%s status=%s ms=%d",
        endpoint.pk,
        claimed.delivery_id,
        claimed.event.kind,
        outcome.status or "-",
        outcome.milliseconds,
    )
    settle(endpoint.pk, claimed, outcome)


def _hand_back(part: Sequence[Claimed]) -> None:
    now = clock.now()
    for claimed in part:
        WebhookDelivery.objects.filter(
            pk=claimed.delivery_id, fence=claimed.fence, state=DeliveryState.PENDING.value
        ).update(due_at=now)


def settle(endpoint_id: UUID, claimed: Claimed, outcome: Outcome) -> None:
    """Write down what came of a sending: the endpoint first, then the delivery, in one transaction."""
    said = {
        "tries": claimed.tries + 1,
        "last_tried_at": outcome.at,
        "last_status": outcome.status,
        "last_error": outcome.error,
        "last_excerpt": outcome.excerpt,
        "last_milliseconds": outcome.milliseconds,
    }
    with transaction.atomic():
        if outcome.is_ok:
            _succeeded(endpoint_id, claimed, outcome, said)
        else:
            _failed(endpoint_id, claimed, outcome, said)


def _succeeded(endpoint_id: UUID, claimed: Claimed, outcome: Outcome, said: dict[str, object]) -> None:
    endpoint = WebhookEndpoint.objects.filter(pk=endpoint_id)
    endpoint.filter(failures_in_row__gt=0).update(failures_in_row=0, failing_since=None, resume_at=None)
    endpoint.update(last_success_at=outcome.at)
    # Whoever holds it now: it has arrived.
    WebhookDelivery.objects.filter(pk=claimed.delivery_id).update(
        **said, state=DeliveryState.DELIVERED.value, due_at=None, delivered_at=outcome.at
    )


def _failed(endpoint_id: UUID, claimed: Claimed, outcome: Outcome, said: dict[str, object]) -> None:
    rows = WebhookEndpoint.objects.filter(pk=endpoint_id)
    rows.update(failures_in_row=F("failures_in_row") + 1, failing_since=Coalesce("failing_since", outcome.at))
    endpoint = rows.first()
    if endpoint is None:  # deleted meanwhile, its deliveries with it
        return
    asked = redelivery.asked(outcome.asked_seconds)
    pause = max(redelivery.rest(endpoint.failures_in_row), asked)
    if pause:
        rows.update(resume_at=outcome.at + pause)
    wait = redelivery.next_wait(claimed.tries + 1, random.random())
    due = None if wait is None else outcome.at + max(wait, asked)
    state = DeliveryState.FAILED if due is None else DeliveryState.PENDING
    mine = WebhookDelivery.objects.filter(
        pk=claimed.delivery_id, fence=claimed.fence, state=DeliveryState.PENDING.value
    )
    mine.update(**said, state=state.value, due_at=due)
    if outcome.is_gone:
        disable(endpoint_id=endpoint_id, reason=DisabledReason.GONE, now=outcome.at)
    elif endpoint.failing_since and outcome.at - endpoint.failing_since >= redelivery.DISABLE_AFTER:
        disable(endpoint_id=endpoint_id, reason=DisabledReason.FAILING, now=outcome.at)


def send_test(endpoint: WebhookEndpoint) -> WebhookDelivery:
    """Send a test to an endpoint, enabled or not, and keep what came of it; it is never sent again."""
    delivery = WebhookDelivery(endpoint=endpoint, kind=sending.TEST_KIND)
    poster = sending.poster_for(endpoint.url)
    try:
        payload = sending.payload_of_test(endpoint.pk, clock.now())
        outcome = send(endpoint, delivery.pk, payload, poster)
    finally:
        poster.close()
    delivery.state = (DeliveryState.DELIVERED if outcome.is_ok else DeliveryState.FAILED).value
    delivery.tries, delivery.last_tried_at = 1, outcome.at
    delivery.last_status, delivery.last_error = outcome.status, outcome.error
    delivery.last_excerpt, delivery.last_milliseconds = outcome.excerpt, outcome.milliseconds
    delivery.delivered_at = outcome.at if outcome.is_ok else None
    delivery.save(force_insert=True)
    return delivery
