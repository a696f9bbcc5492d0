"""Consents: the proof that a person agreed to be called, for what, since when and until when.

Owns the evidence; whether a call needs it is a rule's question.
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from django.db import models
from django.db.models import F, Q

from dialer.models.base import Editable, one_of, words
from dialer.models.campaigns import Purpose
from dialer.models.contacts import Contact


class Basis(StrEnum):
    """On what ground the person may be called."""

    EXPRESS = "express"  # said, ticked or signed for this purpose
    IMPLIED = "implied"  # follows from what the person did, where a law takes that
    CONTRACT = "contract"  # the call belongs to a running contract
    LEGITIMATE_INTEREST = "legitimate_interest"


class Consent(Editable):
    """One consent of a person, for all numbers or for one."""

    contact = models.ForeignKey(Contact, on_delete=models.CASCADE, related_name="consents", db_index=False)
    number = models.CharField(max_length=16, null=True, blank=True)
    purpose = models.CharField(max_length=16, choices=words(Purpose))
    basis = models.CharField(max_length=32, choices=words(Basis))
    captured_at = models.DateTimeField()
    expires_at = models.DateTimeField(null=True, blank=True)
    proof = models.TextField(blank=True, default="")

    class Meta:
        ordering = ("-id",)
        indexes = [models.Index(fields=("contact", "purpose"), name="consent_person")]
        constraints = [
            one_of("purpose", Purpose, "consent_purpose_word"),
            one_of("basis", Basis, "consent_basis_word"),
            models.CheckConstraint(
                condition=Q(expires_at__isnull=True) | Q(expires_at__gte=F("captured_at")),
                name="consent_ends_after_capture",
                violation_error_message="expires_at must not be before captured_at",
            ),
            models.CheckConstraint(
                condition=Q(number__isnull=True) | Q(number__regex=r"^\+[1-9][0-9]{6,14}$"),
                name="consent_is_e164",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.basis} consent for {self.purpose}"

    @staticmethod
    def in_force(at: datetime) -> Q:
        """Select the consents that hold at an instant: captured by then, and not over."""
        return Q(captured_at__lte=at) & (Q(expires_at__isnull=True) | Q(expires_at__gt=at))
