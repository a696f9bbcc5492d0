"""Attempts: the outbox, and the ledger of everything that rang or should have.

Owns one row per intended ring; its id is the reference we give the provider. Written by the engine only.
"""

from __future__ import annotations

from enum import StrEnum

from django.db import models
from django.db.models import Q

from dialer.models.accounts import ProviderAccount
from dialer.models.base import Row, one_of, words
from dialer.models.campaigns import Campaign
from dialer.models.contacts import CampaignContact, Contact, ContactPhone
from dialer.models.dispositions import Disposition
from dialer.rules.transitions import LIVE_ATTEMPTS, AttemptState
from providers.vocabulary import Result


class Origin(StrEnum):
    """Who made it ring."""

    OURS = "ours"
    NATIVE = "native"  # the provider redialed by itself


_LIVE = sorted(state.value for state in LIVE_ATTEMPTS)


class Attempt(Row):
    """One try to ring one number."""

    provider_account = models.ForeignKey(
        ProviderAccount, on_delete=models.PROTECT, related_name="attempts", db_index=False
    )
    campaign = models.ForeignKey(Campaign, on_delete=models.PROTECT, related_name="attempts", db_index=False)
    campaign_contact = models.ForeignKey(
        CampaignContact, on_delete=models.PROTECT, related_name="attempts", db_index=False
    )
    contact = models.ForeignKey(Contact, on_delete=models.PROTECT, related_name="attempts", db_index=False)
    phone = models.ForeignKey(
        ContactPhone, on_delete=models.SET_NULL, null=True, related_name="+", db_index=False
    )
    number = models.CharField(max_length=16)
    sequence = models.PositiveIntegerField()
    step = models.PositiveSmallIntegerField(null=True)
    origin = models.CharField(max_length=8, choices=words(Origin), default=Origin.OURS.value)
    state = models.CharField(max_length=16, choices=words(AttemptState), default=AttemptState.CLAIMED.value)
    #: True until the end, then false for ever: the uniqueness of live calls hangs on it, so that
    #: changes of `state` between touch no index.
    is_live = models.BooleanField(default=True)
    result = models.CharField(max_length=16, choices=words(Result), blank=True, default="")
    #: The code of `outcome`, or what the provider calls the end where no outcome is known.
    disposition = models.CharField(max_length=100, blank=True, default="")
    outcome = models.ForeignKey(
        Disposition, on_delete=models.PROTECT, null=True, related_name="attempts", db_index=False
    )
    raw_status = models.CharField(max_length=200, blank=True, default="")
    reason = models.CharField(max_length=300, blank=True, default="")

    due_at = models.DateTimeField()
    claimed_at = models.DateTimeField()
    lease_until = models.DateTimeField(null=True)
    fence = models.PositiveIntegerField(default=0)
    sends = models.PositiveIntegerField(default=0)
    #: Set in its own transaction just before the request: without it an expired lease proves "never sent".
    sending_at = models.DateTimeField(null=True)
    #: End of the request (or of the lease): `visible_after` counts from here.
    sent_at = models.DateTimeField(null=True)
    pushed_at = models.DateTimeField(null=True)
    started_at = models.DateTimeField(null=True)
    answered_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    duration_seconds = models.PositiveIntegerField(null=True)
    cost = models.DecimalField(max_digits=12, decimal_places=4, null=True)
    currency = models.CharField(max_length=3, blank=True, default="")
    recording_url = models.TextField(blank=True, default="")
    provider_ref = models.CharField(max_length=200, blank=True, default="")
    remote = models.JSONField(default=dict)
    gates = models.JSONField(default=dict)
    ring_no = models.PositiveSmallIntegerField(default=1)
    #: The attempt whose order made the provider ring again: its id is the reference that the provider has.
    native_of = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )

    #: Last word from the provider about this call.
    heard_at = models.DateTimeField(null=True)
    looks = models.PositiveIntegerField(default=0)
    look_after = models.DateTimeField(null=True)
    alerted_at = models.DateTimeField(null=True)
    withdraw_why = models.CharField(max_length=24, blank=True, default="")
    withdraw_after = models.DateTimeField(null=True)
    withdraw_tries = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ("-id",)
        indexes = [
            models.Index(fields=("campaign", "id"), name="attempt_list"),
            models.Index(fields=("campaign", "claimed_at"), name="attempt_by_day"),
            models.Index(fields=("contact", "claimed_at"), name="attempt_by_person"),
            models.Index(
                fields=("provider_account",), condition=Q(is_live=True), name="attempt_live_account"
            ),
            models.Index(fields=("number",), condition=Q(is_live=True), name="attempt_live_number"),
            # A late report names a call that is over by the provider's id alone. Whole: SQLite uses a partial one
            # only where the query repeats its condition as a literal.
            models.Index(fields=("provider_ref", "provider_account"), name="attempt_by_provider_ref"),
            models.Index(fields=("outcome",), condition=Q(outcome__isnull=False), name="attempt_outcome"),
        ]
        constraints = [
            models.UniqueConstraint(fields=("campaign_contact", "sequence"), name="attempt_sequence_once"),
            models.UniqueConstraint(
                fields=("campaign_contact",), condition=Q(is_live=True), name="attempt_one_live_a_contact"
            ),
            models.UniqueConstraint(
                fields=("campaign", "number"), condition=Q(is_live=True), name="attempt_one_live_a_number"
            ),
            models.UniqueConstraint(
                fields=("native_of", "ring_no"),
                condition=Q(native_of__isnull=False),
                name="attempt_native_ring_once",
            ),
            models.CheckConstraint(
                condition=Q(origin="ours", native_of__isnull=True, ring_no=1)
                | Q(origin="native", native_of__isnull=False, ring_no__gt=1),
                name="attempt_native_has_its_order",
            ),
            models.CheckConstraint(condition=Q(sequence__gte=1), name="attempt_sequence_from_one"),
            one_of("state", AttemptState, "attempt_state_word"),
            one_of("result", Result, "attempt_result_word", blank=True),
            one_of("origin", Origin, "attempt_origin_word"),
            models.CheckConstraint(
                condition=Q(is_live=True, state__in=_LIVE) | (Q(is_live=False) & ~Q(state__in=_LIVE)),
                name="attempt_live_says_state",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["ended", "rejected"]) | ~Q(result=""), name="attempt_end_has_result"
            ),
            models.CheckConstraint(
                condition=~Q(state="ended") | Q(ended_at__isnull=False), name="attempt_ended_has_instant"
            ),
            models.CheckConstraint(
                condition=Q(lease_until__isnull=True) | Q(state="claimed"), name="attempt_lease_only_claimed"
            ),
            models.CheckConstraint(
                condition=~Q(state="indeterminate") | Q(sent_at__isnull=False),
                name="attempt_indeterminate_was_sent",
            ),
            # Empty once the person was erased: the call still counts.
            models.CheckConstraint(
                condition=Q(number__regex=r"^\+[1-9][0-9]{6,14}$") | Q(number="", is_live=False),
                name="attempt_is_e164",
            ),
        ]

    def __str__(self) -> str:
        return f"attempt {self.sequence} ({self.state})"
