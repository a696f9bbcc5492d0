"""Suppressions: numbers and persons never to call, with scope, source and expiry.

Owns the do-not-call truth; stopping what waits and rings is the engine's.
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from django.db import models
from django.db.models import Q

from dialer.models.accounts import ProviderAccount
from dialer.models.base import Editable, one_of, words
from dialer.models.campaigns import Campaign
from dialer.models.contacts import Contact


class Scope(StrEnum):
    """How far a suppression reaches."""

    GLOBAL = "global"
    CAMPAIGN = "campaign"
    PROVIDER_ACCOUNT = "provider_account"


class Suppression(Editable):
    """One entry: a number or a person."""

    number = models.CharField(max_length=16, null=True, blank=True)
    #: Instead of the number of somebody who was erased: it is known again when it comes, and cannot be read.
    number_hash = models.CharField(max_length=80, null=True, blank=True, editable=False)
    contact = models.ForeignKey(
        Contact, on_delete=models.PROTECT, null=True, blank=True, related_name="suppressions", db_index=False
    )
    scope = models.CharField(max_length=16, choices=words(Scope), default=Scope.GLOBAL.value)
    campaign = models.ForeignKey(Campaign, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    provider_account = models.ForeignKey(
        ProviderAccount, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    reason = models.CharField(max_length=300, blank=True, default="")
    source = models.CharField(max_length=100, blank=True, default="")
    expires_at = models.DateTimeField(null=True, blank=True)
    #: When all that waited was stopped and all that is held was asked back; until then a tick goes on with it.
    applied_at = models.DateTimeField(null=True, editable=False)

    class Meta:
        ordering = ("-id",)
        indexes = [
            models.Index(fields=("number",), condition=Q(number__isnull=False), name="suppression_number"),
            models.Index(
                fields=("number_hash",), condition=Q(number_hash__isnull=False), name="suppression_hash"
            ),
            models.Index(fields=("contact",), condition=Q(contact__isnull=False), name="suppression_contact"),
            models.Index(fields=("id",), condition=Q(applied_at__isnull=True), name="suppression_pending"),
        ]
        constraints = [
            one_of("scope", Scope, "suppression_scope_word"),
            models.CheckConstraint(
                condition=Q(number__isnull=False, contact__isnull=True, number_hash__isnull=True)
                | Q(number__isnull=True, contact__isnull=False, number_hash__isnull=True)
                | Q(number__isnull=True, contact__isnull=True, number_hash__isnull=False),
                name="suppression_names_one",
                violation_error_message="a suppression names either a phone or a contact",
            ),
            models.CheckConstraint(
                condition=Q(scope=Scope.GLOBAL.value, campaign__isnull=True, provider_account__isnull=True)
                | Q(scope=Scope.CAMPAIGN.value, campaign__isnull=False, provider_account__isnull=True)
                | Q(
                    scope=Scope.PROVIDER_ACCOUNT.value, campaign__isnull=True, provider_account__isnull=False
                ),
                name="suppression_scope_names_its_place",
                violation_error_message="the scope must name its campaign or provider account, and only that",
            ),
            models.CheckConstraint(
                condition=Q(number__isnull=True) | Q(number__regex=r"^\+[1-9][0-9]{6,14}$"),
                name="suppression_is_e164",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.scope} suppression"

    @staticmethod
    def in_force(at: datetime) -> Q:
        """Select the entries that have not expired."""
        return Q(expires_at__isnull=True) | Q(expires_at__gt=at)
