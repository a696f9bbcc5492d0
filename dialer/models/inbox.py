"""The inbox: every fact that a provider told us, kept once and scrubbed.

Owns what was said; what follows from it is decided in the engine.
"""

from __future__ import annotations

from enum import StrEnum

from django.db import models

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
            one_of("source", EventSource, "event_source_word"),
            one_of("state", EventState, "event_state_word"),
        ]

    def __str__(self) -> str:
        return f"{self.source} {self.raw_status or self.state}"
