"""Campaigns: intent in `status`, reality at the provider in the `remote_*` columns.

Owns what a campaign is; every change of status goes through the engine.
"""

from __future__ import annotations

from enum import StrEnum

from django.db import models
from django.db.models import F, Q

from dialer.models.accounts import ProviderAccount
from dialer.models.base import Editable, one_of, words
from dialer.models.timelines import RetryTimeline
from dialer.rules.transitions import CampaignStatus, allowed_actions

#: Lower is called first; 5 is the middle, so that there is room on both sides.
PRIORITY_MIN, PRIORITY_DEFAULT, PRIORITY_MAX = 0, 5, 10


class Purpose(StrEnum):
    """Why people are called; it decides which law holds."""

    MARKETING = "marketing"
    SERVICE = "service"
    COLLECTIONS = "collections"


class RetryMode(StrEnum):
    """Who owns the retries."""

    AUTO = "auto"
    NATIVE = "native"
    ORCHESTRATED = "orchestrated"


class Holidays(StrEnum):
    """Whether the campaign rests on the called person's public holidays."""

    OBSERVE = "observe"
    IGNORE = "ignore"


#: Our words, in `remote_state`, for a remote campaign that stands still: we have paused it; we have tried to, and
#: heard no answer; somebody else had paused it before us. All other words are the provider's.
PAUSED, PAUSING, HELD = "paused", "pausing", "held"
STANDING = (PAUSED, PAUSING, HELD)


class Campaign(Editable):
    """One calling effort over one provider account."""

    name = models.CharField(max_length=200)
    external_id = models.CharField(max_length=200, null=True, blank=True)
    provider_account = models.ForeignKey(ProviderAccount, on_delete=models.PROTECT, related_name="campaigns")
    template_id = models.CharField(max_length=200, null=True, blank=True)
    retry_timeline = models.ForeignKey(RetryTimeline, on_delete=models.PROTECT, related_name="campaigns")
    retry_mode = models.CharField(max_length=16, choices=words(RetryMode), default=RetryMode.AUTO.value)
    purpose = models.CharField(max_length=16, choices=words(Purpose), default=Purpose.MARKETING.value)
    timezone = models.CharField(max_length=64, default="contact")
    calling_windows = models.JSONField(default=list, blank=True)
    holidays = models.CharField(max_length=8, choices=words(Holidays), default=Holidays.OBSERVE.value)
    starts_at = models.DateTimeField(null=True, blank=True)
    ends_at = models.DateTimeField(null=True, blank=True)
    priority = models.PositiveSmallIntegerField(default=PRIORITY_DEFAULT)
    caller_id = models.CharField(max_length=32, null=True, blank=True)
    max_attempts_per_contact = models.PositiveIntegerField(null=True, blank=True)
    max_attempts_per_day = models.PositiveIntegerField(null=True, blank=True)
    daily_call_limit = models.PositiveIntegerField(null=True, blank=True)
    daily_budget = models.DecimalField(max_digits=12, decimal_places=4, null=True, blank=True)
    auto_complete = models.BooleanField(default=False)
    budgets = models.JSONField(default=list, blank=True)
    #: Which set of law rules holds; null: the one that is built in.
    rule_pack = models.CharField(max_length=64, null=True, blank=True)
    #: Rules that somebody set aside by name: `[{rule, by, reason}]`.
    rule_overrides = models.JSONField(default=list, blank=True)
    tags = models.JSONField(default=list, blank=True)
    provider_options = models.JSONField(default=dict, blank=True)

    # Written by the engine only.
    status = models.CharField(
        max_length=16, choices=words(CampaignStatus), default=CampaignStatus.DRAFT.value, editable=False
    )
    status_reason = models.CharField(max_length=300, blank=True, default="", editable=False)
    frozen_steps = models.JSONField(null=True, editable=False)
    retry_plan = models.JSONField(null=True, editable=False)
    started_at = models.DateTimeField(null=True, editable=False)
    completed_at = models.DateTimeField(null=True, editable=False)
    remote_campaign_id = models.CharField(max_length=200, null=True, blank=True)
    remote_state = models.CharField(max_length=64, blank=True, default="", editable=False)
    remote = models.JSONField(default=dict, editable=False)
    remote_name = models.CharField(max_length=300, blank=True, default="", editable=False)
    opened_at = models.DateTimeField(null=True, editable=False)
    open_after = models.DateTimeField(null=True, editable=False)
    next_poll_at = models.DateTimeField(null=True, editable=False)
    poll_cursor = models.TextField(null=True, editable=False)
    release_holds_at = models.DateTimeField(null=True, editable=False)
    #: Set when the campaign ends, cleared once nobody waits in it and none of its calls is live.
    ending_at = models.DateTimeField(null=True, editable=False)

    class Meta:
        ordering = ("-id",)
        indexes = [models.Index(fields=("next_poll_at",), name="campaign_poll")]
        constraints = [
            one_of("status", CampaignStatus, "campaign_status_word"),
            one_of("purpose", Purpose, "campaign_purpose_word"),
            one_of("retry_mode", RetryMode, "campaign_retry_mode_word"),
            one_of("holidays", Holidays, "campaign_holidays_word"),
            models.UniqueConstraint(
                fields=("provider_account", "remote_campaign_id"),
                condition=~Q(status=CampaignStatus.ARCHIVED.value) & Q(remote_campaign_id__isnull=False),
                name="campaign_remote_once",
                violation_error_message="another campaign that is not archived uses this remote_campaign_id",
            ),
            models.UniqueConstraint(
                fields=("external_id",),
                condition=Q(external_id__isnull=False),
                name="campaign_external_id_once",
            ),
            models.CheckConstraint(condition=~Q(external_id=""), name="campaign_external_id_not_empty"),
            models.CheckConstraint(
                condition=Q(daily_budget__isnull=True) | Q(daily_budget__gte=0),
                name="campaign_budget_not_negative",
            ),
            models.CheckConstraint(
                condition=~Q(status=CampaignStatus.COMPLETED.value) | Q(completed_at__isnull=False),
                name="campaign_completed_has_instant",
            ),
            models.CheckConstraint(
                condition=Q(status__in=[CampaignStatus.DRAFT.value, CampaignStatus.ARCHIVED.value])
                | Q(frozen_steps__isnull=False, retry_plan__isnull=False, started_at__isnull=False),
                name="campaign_started_is_frozen",
            ),
            models.CheckConstraint(
                condition=Q(starts_at__isnull=True) | Q(ends_at__isnull=True) | Q(ends_at__gt=F("starts_at")),
                name="campaign_ends_after_start",
                violation_error_message="ends_at must be after starts_at",
            ),
            models.CheckConstraint(
                condition=Q(priority__gte=PRIORITY_MIN, priority__lte=PRIORITY_MAX),
                name="campaign_priority_range",
            ),
            models.CheckConstraint(
                condition=Q(max_attempts_per_contact__isnull=True) | Q(max_attempts_per_contact__gt=0),
                name="campaign_cap_contact_positive",
            ),
            models.CheckConstraint(
                condition=Q(max_attempts_per_day__isnull=True) | Q(max_attempts_per_day__gt=0),
                name="campaign_cap_day_positive",
            ),
            models.CheckConstraint(
                condition=Q(daily_call_limit__isnull=True) | Q(daily_call_limit__gt=0),
                name="campaign_daily_limit_positive",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def allowed_actions(self) -> list[str]:
        """Actions that may be asked of the campaign now."""
        return allowed_actions(self.status)
