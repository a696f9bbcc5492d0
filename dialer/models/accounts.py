"""Provider accounts: how we reach a provider, how fast we may, and how it is doing.

Owns configuration and run-time state of one account; never talks to the provider.
"""

from __future__ import annotations

import secrets
from enum import StrEnum

from django.db import models
from django.db.models import F, Q

from dialer import clock
from dialer.models.base import Editable, one_of, words
from dialer.models.fields import EncryptedJSONField


class Health(StrEnum):
    """State of the account's circuit breaker, in words for people."""

    HEALTHY = "healthy"
    DEGRADED = "degraded"  # failures lately, still dialing; or half open
    OPEN = "open"  # nothing is pushed until a probe succeeds


class Ailment(StrEnum):
    """Why an account is stopped, as far as its provider told: it decides who can mend it."""

    CREDENTIALS = "credentials"  # refused: somebody has to correct them
    CREDIT = "credit"  # used up: somebody has to pay
    BLOCKED = "blocked"  # the account or its configuration, otherwise
    OUTAGE = "outage"  # the provider fails or does not answer


#: More requests a second than any provider takes from one account.
FASTEST = 10_000
#: Absence of a call may be believed after this long where nothing better is known of the provider.
VISIBLE_AFTER_SECONDS = 900
#: An attempt of which nothing is heard for a day is counted and not repeated.
GIVE_UP_AFTER_SECONDS = 86_400


def new_account_token() -> str:
    """Make the secret part of an account's webhook address."""
    return secrets.token_urlsafe(24)


class ProviderAccount(Editable):
    """One configured account at one provider."""

    name = models.CharField(max_length=200)
    provider = models.CharField(max_length=64)
    base_url = models.CharField(max_length=300, blank=True, default="")
    credentials = EncryptedJSONField(default=dict, blank=True)
    settings = models.JSONField(default=dict, blank=True)
    max_requests_per_second = models.FloatField(null=True, blank=True)
    max_concurrent_calls = models.PositiveIntegerField(null=True, blank=True)
    visible_after_seconds = models.PositiveIntegerField(default=VISIBLE_AFTER_SECONDS)
    give_up_after_seconds = models.PositiveIntegerField(default=GIVE_UP_AFTER_SECONDS)
    is_enabled = models.BooleanField(default=True)
    webhook_token = models.CharField(max_length=64, unique=True, default=new_account_token, editable=False)

    # Run-time state, written by the engine only.
    health_state = models.CharField(
        max_length=16, choices=words(Health), default=Health.HEALTHY.value, editable=False
    )
    health_since = models.DateTimeField(default=clock.now, editable=False)
    health_last_error = models.TextField(blank=True, default="", editable=False)
    #: Written when the breaker opens, so it speaks of the last time that it did.
    health_cause = models.CharField(
        max_length=16, choices=words(Ailment), blank=True, default="", editable=False
    )
    failures_in_row = models.PositiveIntegerField(default=0, editable=False)
    probe_at = models.DateTimeField(null=True, editable=False)
    #: When the next request may be sent: all before is taken.
    bucket_next_at = models.DateTimeField(null=True, editable=False)
    #: Of its rate a throttled account uses this share, as of `bucket_at`; it grows from there.
    bucket_factor = models.FloatField(default=1.0, editable=False)
    bucket_at = models.DateTimeField(null=True, editable=False)

    class Meta:
        ordering = ("name", "id")
        constraints = [
            one_of("health_state", Health, "account_health_word"),
            one_of("health_cause", Ailment, "account_health_cause_word", blank=True),
            models.CheckConstraint(
                condition=Q(give_up_after_seconds__gte=F("visible_after_seconds")),
                name="account_give_up_not_before_visible",
                violation_error_message="give_up_after_seconds must be at least visible_after_seconds",
            ),
            models.CheckConstraint(
                condition=Q(max_requests_per_second__isnull=True)
                | Q(max_requests_per_second__gt=0, max_requests_per_second__lte=FASTEST),
                name="account_rate_range",
                violation_error_message="max_requests_per_second must be above 0 and at most 10,000",
            ),
            models.CheckConstraint(
                condition=Q(max_concurrent_calls__isnull=True) | Q(max_concurrent_calls__gt=0),
                name="account_concurrency_positive",
            ),
            models.CheckConstraint(
                condition=Q(bucket_factor__gt=0, bucket_factor__lte=1), name="account_bucket_factor_range"
            ),
            models.CheckConstraint(
                condition=~Q(health_state=Health.OPEN.value) | Q(probe_at__isnull=False),
                name="account_open_has_probe",
            ),
        ]

    def __str__(self) -> str:
        return self.name
