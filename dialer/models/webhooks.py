"""Outgoing webhooks: who is told of events, and what became of each telling.

Owns the rows; when something is sent, and what an answer means, is decided in `dialer.feed`.
"""

from __future__ import annotations

from enum import StrEnum

from django.db import models
from django.db.models import Q

from dialer.models.base import Editable, Row, one_of, words
from dialer.models.campaigns import Campaign
from dialer.models.feed import FeedEvent
from dialer.models.fields import EncryptedJSONField

#: As long as browsers and proxies agree to carry an address.
LONGEST_URL = 2000


class DeliveryState(StrEnum):
    """What became of one event for one endpoint."""

    PENDING = "pending"  # to be sent, or sent again
    DELIVERED = "delivered"  # answered with 2xx
    FAILED = "failed"  # every try of the schedule failed


class DisabledReason(StrEnum):
    """Why an endpoint gets nothing."""

    FAILING = "failing"  # nothing succeeded for days
    GONE = "gone"  # it answered 410
    BY_REQUEST = "by_request"


class WebhookEndpoint(Editable):
    """An address that is told of events."""

    url = models.CharField(max_length=LONGEST_URL)
    description = models.CharField(max_length=300, blank=True, default="")
    #: Kinds (`attempt.ended`) or families (`attempt.*`); none means all.
    event_types = models.JSONField(default=list, blank=True)
    campaign = models.ForeignKey(
        Campaign, on_delete=models.PROTECT, null=True, blank=True, related_name="webhook_endpoints"
    )
    is_enabled = models.BooleanField(default=True)
    #: `current` signs; `previous` signs as well until `previous_until`, so that receivers can change over.
    secrets = EncryptedJSONField(default=dict, editable=False)
    previous_until = models.DateTimeField(null=True, editable=False)

    # Run-time state, written by the feed only.
    #: The number up to which events were handed over to deliveries.
    cursor = models.BigIntegerField(default=0, editable=False)
    failures_in_row = models.PositiveIntegerField(default=0, editable=False)
    failing_since = models.DateTimeField(null=True, editable=False)
    #: Nothing is sent before; null: at once.
    resume_at = models.DateTimeField(null=True, editable=False)
    last_success_at = models.DateTimeField(null=True, editable=False)
    disabled_reason = models.CharField(
        max_length=16, choices=words(DisabledReason), blank=True, default="", editable=False
    )
    disabled_at = models.DateTimeField(null=True, editable=False)

    class Meta:
        ordering = ("-id",)
        constraints = [
            one_of("disabled_reason", DisabledReason, "endpoint_reason_word", blank=True),
            models.CheckConstraint(
                condition=Q(is_enabled=True, disabled_reason="", disabled_at__isnull=True)
                | (Q(is_enabled=False, disabled_at__isnull=False) & ~Q(disabled_reason="")),
                name="endpoint_disabled_has_reason",
            ),
            models.CheckConstraint(condition=~Q(url=""), name="endpoint_has_url"),
        ]

    def __str__(self) -> str:
        return self.description or self.url


class WebhookDelivery(Row):
    """One event for one endpoint: when it is sent next, and what the last answer was."""

    endpoint = models.ForeignKey(
        WebhookEndpoint, on_delete=models.CASCADE, related_name="deliveries", db_index=False
    )
    #: Null: a test, which is no event of the feed.
    event = models.ForeignKey(FeedEvent, on_delete=models.CASCADE, null=True, related_name="deliveries")
    kind = models.CharField(max_length=64)
    state = models.CharField(max_length=16, choices=words(DeliveryState), default=DeliveryState.PENDING.value)
    #: When it is sent next, or when the hold of the worker that sends it ends; null: never again.
    due_at = models.DateTimeField(null=True)
    tries = models.PositiveIntegerField(default=0)
    fence = models.PositiveIntegerField(default=0)
    last_tried_at = models.DateTimeField(null=True)
    last_status = models.PositiveSmallIntegerField(null=True)
    last_error = models.CharField(max_length=300, blank=True, default="")
    last_excerpt = models.CharField(max_length=300, blank=True, default="")
    last_milliseconds = models.PositiveIntegerField(null=True)
    delivered_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ("-id",)
        verbose_name_plural = "webhook deliveries"
        indexes = [
            models.Index(fields=("endpoint", "id"), name="delivery_of_endpoint"),
            models.Index(
                fields=("endpoint", "due_at"), condition=Q(due_at__isnull=False), name="delivery_due"
            ),
        ]
        constraints = [
            one_of("state", DeliveryState, "delivery_state_word"),
            models.UniqueConstraint(
                fields=("endpoint", "event"), condition=Q(event__isnull=False), name="delivery_once"
            ),
            models.CheckConstraint(
                condition=Q(state="pending", due_at__isnull=False)
                | Q(state__in=["delivered", "failed"], due_at__isnull=True),
                name="delivery_due_says_state",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.state}"
