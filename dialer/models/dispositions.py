"""Dispositions: what calls meant for the business, and which words of providers stand for them.

Owns the vocabulary and its mappings; what follows from an outcome is `dialer.rules.dispositions`' and the engine's.
"""

from __future__ import annotations

from enum import StrEnum

from django.db import models
from django.db.models import Q

from dialer.models.accounts import ProviderAccount
from dialer.models.base import Editable, one_of, words
from dialer.rules.dispositions import Meaning
from providers.vocabulary import Result


class CallEvent(StrEnum):
    """What of a call may start a quiet period."""

    CONVERSATION = "conversation"
    REFUSAL = "refusal"
    ABANDON = "abandon"


#: Results that a provider's word can stand for: `cancelled` is our own doing, `unknown` is no knowledge.
MAPPABLE = [item.value for item in Result if item not in (Result.CANCELLED, Result.UNKNOWN)]


class Disposition(Editable):
    """One business outcome and what it says of the contact."""

    code = models.CharField(max_length=64)
    name = models.CharField(max_length=200)
    is_success = models.BooleanField(default=False)
    is_final = models.BooleanField(default=False)
    suppresses = models.BooleanField(default=False)
    retry = models.BooleanField(default=False)
    event = models.CharField(max_length=16, choices=words(CallEvent), blank=True, default="")

    class Meta:
        ordering = ("code",)
        constraints = [
            models.UniqueConstraint(fields=("code",), name="disposition_code_once"),
            one_of("event", CallEvent, "disposition_event_word", blank=True),
            models.CheckConstraint(
                condition=Q(code__regex=r"^[a-z0-9][a-z0-9_.-]*$"),
                name="disposition_code_word",
                violation_error_message="a code is small letters, digits, and _ . - between them",
            ),
            models.CheckConstraint(condition=~Q(name=""), name="disposition_has_name"),
            models.CheckConstraint(
                condition=Q(retry=False) | Q(is_success=False, is_final=False, suppresses=False),
                name="disposition_retry_ends_nothing",
                violation_error_message="an outcome that ends the contact cannot ask for a retry",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def meaning(self) -> Meaning:
        """Give what it says of the contact, as the rules read it."""
        return Meaning(self.code, self.is_success, self.is_final, self.suppresses, self.retry)


class DispositionMapping(Editable):
    """A provider's own words, of one account or of all accounts of a provider, and what they stand for."""

    provider_account = models.ForeignKey(
        ProviderAccount, on_delete=models.CASCADE, null=True, blank=True, related_name="disposition_mappings"
    )
    provider = models.CharField(max_length=64, blank=True, default="")
    raw_status = models.CharField(max_length=200, blank=True, default="")
    raw_disposition = models.CharField(max_length=200, blank=True, default="")
    result = models.CharField(
        max_length=16, choices=[(word, word.replace("_", " ")) for word in MAPPABLE], blank=True, default=""
    )
    disposition = models.ForeignKey(
        Disposition, on_delete=models.PROTECT, null=True, blank=True, related_name="mappings"
    )

    class Meta:
        ordering = ("-id",)
        constraints = [
            models.CheckConstraint(
                condition=Q(provider_account__isnull=False, provider="")
                | (Q(provider_account__isnull=True) & ~Q(provider="")),
                name="mapping_of_one",
                violation_error_message="name either a provider_account or a provider",
            ),
            models.CheckConstraint(
                condition=~Q(raw_status="") | ~Q(raw_disposition=""),
                name="mapping_reads_a_word",
                violation_error_message="name the provider's raw_status, its raw_disposition, or both",
            ),
            models.CheckConstraint(
                condition=~Q(result="") | Q(disposition__isnull=False),
                name="mapping_says_something",
                violation_error_message="name the result, the disposition, or both",
            ),
            models.CheckConstraint(condition=Q(result__in=[*MAPPABLE, ""]), name="mapping_result_word"),
            models.UniqueConstraint(
                fields=("provider_account", "raw_status", "raw_disposition"),
                condition=Q(provider_account__isnull=False),
                name="mapping_once_an_account",
                violation_error_message="these words of the account are mapped already",
            ),
            models.UniqueConstraint(
                fields=("provider", "raw_status", "raw_disposition"),
                condition=Q(provider_account__isnull=True),
                name="mapping_once_a_provider",
                violation_error_message="these words of the provider are mapped already",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.raw_status or self.raw_disposition} → {self.disposition_id or self.result}"
