"""People, their phones, and their enrolment in campaigns.

Owns who is called and what comes next for them; state changes only through the engine.
"""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from dialer.models.base import Editable, Row, one_of, words
from dialer.models.campaigns import PRIORITY_DEFAULT, PRIORITY_MAX, PRIORITY_MIN, Campaign
from dialer.rules.transitions import ContactState, FinishReason
from providers.vocabulary import Result

PHONE_TYPES = ("mobile", "home", "work", "other")


class Contact(Editable):
    """A person; one external id is one person in the whole system."""

    external_id = models.CharField(max_length=200, null=True, blank=True)
    name = models.CharField(max_length=300, blank=True, default="")
    email = models.CharField(max_length=320, null=True, blank=True)
    language = models.CharField(max_length=35, null=True, blank=True)
    timezone = models.CharField(max_length=64, null=True, blank=True)
    attributes = models.JSONField(default=dict, blank=True)
    tags = models.JSONField(default=list, blank=True)
    #: When somebody asked for the person's erasure, and when nothing of the person was left.
    erase_asked_at = models.DateTimeField(null=True, editable=False)
    erased_at = models.DateTimeField(null=True, editable=False)
    #: Words under which others may have written about the person: kept from the first to the second instant.
    erase_marks = models.JSONField(null=True, editable=False)

    class Meta:
        ordering = ("-id",)
        indexes = [
            models.Index(
                fields=("id",),
                condition=Q(erase_asked_at__isnull=False, erased_at__isnull=True),
                name="contact_erasing",
            )
        ]
        constraints = [
            models.UniqueConstraint(
                fields=("external_id",),
                condition=Q(external_id__isnull=False),
                name="contact_external_id_once",
                violation_error_message="another person has this external_id",
            ),
            models.CheckConstraint(condition=~Q(external_id=""), name="contact_external_id_not_empty"),
        ]

    def __str__(self) -> str:
        return self.name or self.external_id or str(self.id)


class ContactPhone(Row):
    """One number of a person, E.164 with plus."""

    contact = models.ForeignKey(Contact, on_delete=models.CASCADE, related_name="phones", db_index=False)
    number = models.CharField(max_length=16)
    type = models.CharField(max_length=8, choices=[(word, word) for word in PHONE_TYPES], default="other")
    position = models.PositiveSmallIntegerField(default=0)
    is_main = models.BooleanField(default=False)
    do_not_disturb = models.BooleanField(default=False)
    country = models.CharField(max_length=2, blank=True, default="")
    #: The provider or the network said that this number does not exist; kept for all campaigns.
    uncallable_at = models.DateTimeField(null=True, blank=True, editable=False)

    class Meta:
        ordering = ("contact", "position")
        indexes = [models.Index(fields=("number",), name="phone_number")]
        constraints = [
            models.UniqueConstraint(fields=("contact", "number"), name="phone_once_a_person"),
            models.UniqueConstraint(fields=("contact",), condition=Q(is_main=True), name="phone_one_main"),
            models.CheckConstraint(condition=Q(number__regex=r"^\+[1-9][0-9]{6,14}$"), name="phone_is_e164"),
            models.CheckConstraint(condition=Q(type__in=PHONE_TYPES), name="phone_type_word"),
        ]

    def __str__(self) -> str:
        return self.number


class CampaignContact(Editable):
    """A person enrolled in a campaign, with its own state and next attempt."""

    campaign = models.ForeignKey(Campaign, on_delete=models.PROTECT, related_name="contacts", db_index=False)
    contact = models.ForeignKey(Contact, on_delete=models.PROTECT, related_name="enrolments", db_index=False)
    priority = models.PositiveSmallIntegerField(default=PRIORITY_DEFAULT)
    not_before = models.DateTimeField(null=True, blank=True)
    not_after = models.DateTimeField(null=True, blank=True)
    attributes = models.JSONField(default=dict, blank=True)
    tags = models.JSONField(default=list, blank=True)

    # Written by the engine only.
    state = models.CharField(
        max_length=16, choices=words(ContactState), default=ContactState.WAITING.value, editable=False
    )
    finish_reason = models.CharField(
        max_length=16, choices=words(FinishReason), blank=True, default="", editable=False
    )
    finish_detail = models.CharField(max_length=100, blank=True, default="", editable=False)
    #: What the timeline asked for; holds never overwrite it.
    due_at = models.DateTimeField(null=True, editable=False)
    #: When the claim looks at this contact again; null unless waiting.
    next_attempt_at = models.DateTimeField(null=True, editable=False)
    next_phone = models.ForeignKey(
        ContactPhone, on_delete=models.SET_NULL, null=True, editable=False, related_name="+", db_index=False
    )
    #: The timeline step that the next (or the live) attempt uses; null for the first attempt.
    next_step = models.PositiveSmallIntegerField(null=True, editable=False)
    used_steps = models.JSONField(default=list, editable=False)
    hold_gate = models.CharField(max_length=32, blank=True, default="", editable=False)
    hold_reason = models.CharField(max_length=300, blank=True, default="", editable=False)
    hold_until = models.DateTimeField(null=True, editable=False)
    #: The contact ends for this reason as soon as its live call is withdrawn or over.
    stop_reason = models.CharField(
        max_length=16, choices=words(FinishReason), blank=True, default="", editable=False
    )
    attempt_count = models.PositiveIntegerField(default=0, editable=False)
    last_result = models.CharField(max_length=16, blank=True, default="", editable=False)
    last_attempt_at = models.DateTimeField(null=True, editable=False)
    provider_ref = models.CharField(max_length=200, blank=True, default="", editable=False)
    finished_at = models.DateTimeField(null=True, editable=False)

    class Meta:
        ordering = ("-id",)
        indexes = [
            # The dial queue. No predicate names `state`: it would end heap-only updates.
            models.Index(
                fields=("campaign", "priority", "next_attempt_at", "id"),
                condition=Q(next_attempt_at__isnull=False),
                name="queue_due",
            ),
            models.Index(fields=("campaign", "id"), name="enrolment_list"),
        ]
        constraints = [
            models.UniqueConstraint(fields=("contact", "campaign"), name="enrolment_once"),
            one_of("state", ContactState, "enrolment_state_word"),
            one_of("finish_reason", FinishReason, "enrolment_finish_word", blank=True),
            one_of("stop_reason", FinishReason, "enrolment_stop_word", blank=True),
            one_of("last_result", Result, "enrolment_result_word", blank=True),
            models.CheckConstraint(
                condition=Q(state=ContactState.WAITING.value, next_attempt_at__isnull=False)
                | (~Q(state=ContactState.WAITING.value) & Q(next_attempt_at__isnull=True)),
                name="enrolment_waiting_has_instant",
            ),
            models.CheckConstraint(
                condition=(
                    Q(state=ContactState.FINISHED.value) & ~Q(finish_reason="") & Q(finished_at__isnull=False)
                )
                | (~Q(state=ContactState.FINISHED.value) & Q(finish_reason="") & Q(finished_at__isnull=True)),
                name="enrolment_finished_has_reason",
            ),
            models.CheckConstraint(
                condition=Q(priority__gte=PRIORITY_MIN, priority__lte=PRIORITY_MAX),
                name="enrolment_priority_range",
            ),
        ]

    def __str__(self) -> str:
        # Names where they are loaded; a text must not cost a query.
        loaded = self._state.fields_cache
        return f"{loaded.get('contact', self.contact_id)} in {loaded.get('campaign', self.campaign_id)}"
