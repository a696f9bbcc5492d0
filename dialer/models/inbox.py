"""The inbox: every fact that a provider told us, kept once and scrubbed.

Owns what was said; what follows from it is decided in the engine.
"""

from __future__ import annotations

from enum import StrEnum

from django.db import models
from django.db.models import Q

from dialer.models.accounts import ProviderAccount
from dialer.models.attempts import Attempt
from dialer.models.base import Row, one_of, words


class EventState(StrEnum):
    """What became of a fact."""

    APPLIED = "applied"
    IGNORED = "ignored"  # late, or it says nothing new
    UNMATCHED = "unmatched"  # speaks of a call that we do not know (yet)
    UNKNOWN_WORD = "unknown_word"  # a status that no table names: kept, counted, never final


class EventSource(StrEnum):
    """How it came."""

    POLL = "poll"
    PUSH = "push"
    HOOK = "hook"
    OPERATOR = "operator"


class HookState(StrEnum):
    """What became of a notification."""

    RECEIVED = "received"  # stored, not read yet
    WAITING = "waiting"  # speaks of a call that we do not know yet: looked at again
    DONE = "done"
    REJECTED = "rejected"  # no notification of this provider: kept for people, never read again
    PARKED = "parked"  # its call never turned up: for people to see


class HookMessage(Row):
    """One notification as it came, without secrets; its body goes once its facts are stored."""

    provider_account = models.ForeignKey(
        ProviderAccount, on_delete=models.PROTECT, related_name="hook_messages", db_index=False
    )
    dedupe_key = models.CharField(max_length=64)
    state = models.CharField(max_length=8, choices=words(HookState), default=HookState.RECEIVED.value)
    body = models.TextField(blank=True, default="")
    query = models.JSONField(default=dict)
    content_type = models.CharField(max_length=100, blank=True, default="")
    tries = models.PositiveSmallIntegerField(default=0)
    #: When it is looked at next; null: never again.
    read_after = models.DateTimeField(null=True)
    reason = models.CharField(max_length=300, blank=True, default="")

    class Meta:
        ordering = ("-id",)
        indexes = [
            models.Index(fields=("read_after",), condition=Q(read_after__isnull=False), name="hook_due")
        ]
        constraints = [
            models.UniqueConstraint(fields=("provider_account", "dedupe_key"), name="hook_once"),
            one_of("state", HookState, "hook_state_word"),
            models.CheckConstraint(
                condition=Q(state__in=["received", "waiting"], read_after__isnull=False)
                | Q(state__in=["done", "rejected", "parked"], read_after__isnull=True),
                name="hook_due_says_state",
            ),
        ]

    def __str__(self) -> str:
        return f"notification ({self.state})"


class ProviderEvent(Row):
    """One fact from a provider, stored once per account."""

    provider_account = models.ForeignKey(
        ProviderAccount, on_delete=models.PROTECT, related_name="events", db_index=False
    )
    dedupe_key = models.CharField(max_length=80)
    source = models.CharField(max_length=8, choices=words(EventSource))
    state = models.CharField(max_length=16, choices=words(EventState))
    attempt = models.ForeignKey(Attempt, on_delete=models.SET_NULL, null=True, related_name="events")
    raw_status = models.CharField(max_length=200, blank=True, default="")
    report = models.JSONField(default=dict)

    class Meta:
        ordering = ("-id",)
        constraints = [
            models.UniqueConstraint(fields=("provider_account", "dedupe_key"), name="event_once"),
            models.CheckConstraint(condition=~Q(dedupe_key=""), name="event_has_key"),
            one_of("source", EventSource, "event_source_word"),
            one_of("state", EventState, "event_state_word"),
        ]

    def __str__(self) -> str:
        return f"{self.source} {self.raw_status or self.state}"
