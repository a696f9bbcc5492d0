"""The endpoints of outgoing webhooks: their secrets, and being switched on and off.

Owns what changes with those two; sending is `deliver`'s.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, cast
from uuid import UUID

from django.db import transaction
from django.db.models import F

from dialer.engine.errors import Conflict, InvalidTransition, NotFound
from dialer.engine.news import News
from dialer.feed.numbering import position
from dialer.feed.signing import new_secret
from dialer.models import DeliveryState, DisabledReason, WebhookDelivery, WebhookEndpoint
from dialer.models.fields import SecretDict

#: Time enough to bring the new secret into every copy of a receiver.
BOTH_SIGN = timedelta(hours=24)
#: An endpoint without a history of failures.
FRESH: dict[str, Any] = {"failures_in_row": 0, "failing_since": None, "resume_at": None}


def first_columns(secret: str | None) -> dict[str, Any]:
    """Give what a new endpoint begins with: its secret, and the present as its place in the feed."""
    return {"secrets": SecretDict(current=secret or new_secret()), "cursor": position().last_number}


def switched(*, is_enabled: bool, now: datetime) -> dict[str, Any]:
    """Give the columns of an endpoint that people switch on or off; one that is on has no history of failures."""
    if not is_enabled:
        return {"is_enabled": False, "disabled_reason": DisabledReason.BY_REQUEST.value, "disabled_at": now}
    return {"is_enabled": True, "disabled_reason": "", "disabled_at": None, **FRESH}


def told_of_end(endpoint_id: UUID, reason: str) -> None:
    """Write the event of an endpoint that gets nothing any more, in the transaction that switches it off."""
    news = News()
    news.endpoint("disabled", endpoint_id, reason=reason)
    news.write()


def disable(*, endpoint_id: UUID, reason: DisabledReason, now: datetime) -> bool:
    """Switch an endpoint off; False if it was off already. What waits for it stays, for when it is on again."""
    with transaction.atomic():
        done = WebhookEndpoint.objects.filter(pk=endpoint_id, is_enabled=True).update(
            is_enabled=False,
            disabled_reason=reason.value,
            disabled_at=now,
            updated_at=now,
            version=F("version") + 1,
        )
        if done:
            told_of_end(endpoint_id, reason.value)
    return bool(done)


def enable(*, endpoint_id: UUID, now: datetime) -> bool:
    """Switch an endpoint on again: it goes on where it was in the feed; False if it was on."""
    rows = WebhookEndpoint.objects.filter(pk=endpoint_id, is_enabled=False)
    changes = switched(is_enabled=True, now=now)
    return bool(rows.update(**changes, updated_at=now, version=F("version") + 1))


def _secrets(endpoint: WebhookEndpoint) -> dict[str, str]:
    return cast("dict[str, str]", endpoint.secrets)


def replaced(endpoint: WebhookEndpoint, secret: str | None, now: datetime) -> dict[str, Any]:
    """Give the columns of an endpoint whose secret is replaced: the old one signs beside it for a day."""
    kept = SecretDict(current=secret or new_secret(), previous=_secrets(endpoint)["current"])
    return {"secrets": kept, "previous_until": now + BOTH_SIGN}


def rotate(*, endpoint_id: UUID, now: datetime) -> str:
    """Replace the secret by a new one and give it, this once."""
    with transaction.atomic():
        endpoint = WebhookEndpoint.objects.select_for_update(no_key=True).filter(pk=endpoint_id).first()
        if endpoint is None:
            raise NotFound("webhook endpoint")
        changes = replaced(endpoint, None, now)
        WebhookEndpoint.objects.filter(pk=endpoint_id).update(
            **changes, updated_at=now, version=F("version") + 1
        )
    return str(changes["secrets"]["current"])


def signing_keys(endpoint: WebhookEndpoint, now: datetime) -> list[str]:
    """List the secrets that sign now, the current one first."""
    kept = _secrets(endpoint)
    is_changing = endpoint.previous_until is not None and now < endpoint.previous_until
    return [kept["current"], *([kept["previous"]] if is_changing and "previous" in kept else [])]


def redeliver(*, endpoint_id: UUID, delivery_id: UUID, now: datetime) -> WebhookDelivery:
    """Send an event once more, from the beginning of the schedule, whatever became of it before."""
    delivery = (
        WebhookDelivery.objects.select_related("endpoint")
        .filter(pk=delivery_id, endpoint=endpoint_id)
        .first()
    )
    if delivery is None:
        raise NotFound("delivery")
    if delivery.event_id is None:
        raise Conflict("is_a_test", "a test is not sent again; ask for a new one")
    if not delivery.endpoint.is_enabled:
        raise InvalidTransition("the endpoint is disabled; enable it first", state="disabled")
    # A new fence: a worker that has it in hand may still bring it home, but not end it as failed.
    WebhookDelivery.objects.filter(pk=delivery_id).update(
        state=DeliveryState.PENDING.value, due_at=now, tries=0, fence=F("fence") + 1, delivered_at=None
    )
    delivery.refresh_from_db()
    return delivery
