"""Own the shape of a campaign: every field, what it may hold, and when it may still be changed.

Never starts or stops one.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.exceptions import ValidationError

from dialer import clock
from dialer.api.codes import Code
from dialer.api.fields import (
    Instant,
    JsonObject,
    Parsed,
    StrictModelSerializer,
    String,
    Tags,
    Text,
    Whole,
)
from dialer.api.money import Money
from dialer.api.problems import Problem
from dialer.engine.campaigns import created
from dialer.models import Campaign, ProviderAccount, RetryTimeline
from dialer.models.campaigns import PRIORITY_MAX, PRIORITY_MIN
from dialer.rules.budgets import PERIODS, UNITS, budgets_to_json, parse_budgets
from dialer.rules.defaults import PACKS, RULES
from dialer.rules.overrides import LONGEST_NAME, LONGEST_REASON, parse_overrides
from dialer.rules.transitions import CampaignStatus
from dialer.rules.windows import parse_windows
from dialer.rules.zones import valid_zone

#: What the start freezes: changing it afterwards would make two plans of one.
DRAFT_ONLY = frozenset(
    {
        "provider_account",
        "remote_campaign_id",
        "template_id",
        "retry_timeline",
        "retry_mode",
        "purpose",
        "provider_options",
    }
)
#: Names for people: free in every status, and no contact is looked at again for them.
LABELS = frozenset({"name", "external_id", "tags"})
CALLEE_ZONE = "contact"


class CallingWindow(serializers.Serializer[Any]):
    """When calls may be made, in local time, from `start` to before `end`."""

    days = serializers.ListField(
        child=serializers.ChoiceField(["mon", "tue", "wed", "thu", "fri", "sat", "sun"])
    )
    start = serializers.CharField(help_text="HH:MM")
    end = serializers.CharField(help_text="HH:MM, up to 24:00, after `start`.")


@extend_schema_field(CallingWindow(many=True))
class Windows(Parsed):
    """Calling windows, read by the rules that hold them."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(lambda data: parse_windows(data, pointer=""), **kwargs)


class BudgetOut(serializers.Serializer[Any]):
    """A limit of money, minutes or attempts, of the campaign's day or of all of it."""

    unit = serializers.ChoiceField(list(UNITS))
    per = serializers.ChoiceField(list(PERIODS))
    limit = serializers.RegexField(
        r"^(0|[1-9][0-9]{0,7})(\.[0-9]{1,4})?$",
        help_text="Above 0, with at most four decimals, of attempts none; a number is taken too.",
    )
    currency = serializers.RegexField("^[A-Z]{3}$", allow_null=True, help_text="With money, and only there.")


@extend_schema_field(BudgetOut(many=True))
class Budgets(Parsed):
    """Budgets, read by the rule that the gate reads them by."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(lambda data: parse_budgets(data, pointer=""), **kwargs)

    def to_internal_value(self, data: Any) -> Any:
        """Store every field, the limit as text."""
        super().to_internal_value(data)
        return budgets_to_json(parse_budgets(data))


class RuleOverrideOut(serializers.Serializer[Any]):
    """A rule that somebody set aside."""

    rule = serializers.CharField(help_text=f"One of: {', '.join(sorted(RULES))}.")
    by = serializers.RegexField(r"\S", max_length=LONGEST_NAME, help_text="Who answers for it.")
    reason = serializers.RegexField(r"\S", max_length=LONGEST_REASON)


@extend_schema_field(RuleOverrideOut(many=True, max_length=len(RULES)))
class RuleOverrides(Parsed):
    """Rules that somebody set aside by name."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(lambda data: parse_overrides(data, pointer=""), **kwargs)


class RetryPlanOut(serializers.Serializer[Any]):
    """Who retries, decided at the start."""

    mode = serializers.ChoiceField(["native", "orchestrated"])
    obstacles = serializers.ListField(child=serializers.CharField())
    waivers = serializers.ListField(child=serializers.CharField())


def _reference(model: Any) -> serializers.PrimaryKeyRelatedField[Any]:
    return serializers.PrimaryKeyRelatedField(
        queryset=model.objects.all(), pk_field=serializers.UUIDField(format="hex_verbose")
    )


class CampaignSerializer(StrictModelSerializer):
    """One calling effort over one provider account."""

    blamed = {"campaign_ends_after_start": "ends_at"}

    provider_account = _reference(ProviderAccount)
    retry_timeline = _reference(RetryTimeline)
    timezone = String(
        max_length=64, required=False, help_text="`contact`, or the zone that the windows are read in."
    )
    calling_windows = Windows(required=False)
    starts_at = Instant(required=False, allow_null=True)
    ends_at = Instant(required=False, allow_null=True)
    priority = Whole(min_value=PRIORITY_MIN, max_value=PRIORITY_MAX, help_text="Lower is called first.")
    max_attempts_per_contact = Whole(allow_null=True)
    max_attempts_per_day = Whole(allow_null=True)
    daily_call_limit = Whole(allow_null=True, help_text="Null: no limit.")
    budgets = Budgets(required=False)
    rule_pack = serializers.ChoiceField(
        sorted(PACKS), required=False, allow_null=True, help_text="Null: the rules that are built in."
    )
    rule_overrides = RuleOverrides(required=False)
    tags = Tags()
    provider_options = JsonObject(required=False)
    daily_budget = Money(min_value=0, required=False, allow_null=True)
    status_reason = Text(read_only=True)
    allowed_actions = serializers.ListField(child=serializers.CharField(), read_only=True)
    retry_plan = serializers.SerializerMethodField()

    class Meta:
        model = Campaign
        read_only_fields = (
            "id",
            "status",
            "status_reason",
            "allowed_actions",
            "retry_plan",
            "started_at",
            "completed_at",
            "remote_name",
            "remote_state",
            "created_at",
            "updated_at",
            "version",
        )
        fields = (
            *read_only_fields,
            "name",
            "external_id",
            "provider_account",
            "remote_campaign_id",
            "template_id",
            "retry_timeline",
            "retry_mode",
            "purpose",
            "timezone",
            "calling_windows",
            "holidays",
            "starts_at",
            "ends_at",
            "priority",
            "caller_id",
            "max_attempts_per_contact",
            "max_attempts_per_day",
            "daily_call_limit",
            "daily_budget",
            "auto_complete",
            "budgets",
            "rule_pack",
            "rule_overrides",
            "tags",
            "provider_options",
        )

    @extend_schema_field(RetryPlanOut(allow_null=True))
    def get_retry_plan(self, row: Campaign) -> Mapping[str, Any] | None:
        """Show the plan that the start made; its compiled form is between us and the provider."""
        plan = row.retry_plan
        return {name: plan[name] for name in ("mode", "obstacles", "waivers")} if plan else None

    def validate_timezone(self, name: str) -> str:
        """Take `contact` or a zone that exists."""
        if name != CALLEE_ZONE and not valid_zone(name):
            detail = "This is no time zone; use `contact` or a name such as America/Sao_Paulo."
            raise ValidationError(detail, code="invalid_timezone")
        return name

    def validate_external_id(self, text: str | None) -> str | None:
        """Store an empty id as none, so that two of them do not clash."""
        return text or None

    validate_remote_campaign_id = validate_template_id = validate_caller_id = validate_external_id

    def create(self, validated_data: dict[str, Any]) -> Campaign:
        """Insert the draft and tell of it."""
        campaign: Campaign = super().create(validated_data)
        created(campaign)
        return campaign

    def changes(self, instance: Campaign, given: Mapping[str, Any]) -> dict[str, Any]:
        """Refuse what the status no longer allows; make held contacts due again under a new policy."""
        changes = super().changes(instance, given)
        if instance.status != CampaignStatus.DRAFT and DRAFT_ONLY & set(changes):
            named = ", ".join(sorted(DRAFT_ONLY & set(changes)))
            raise _refused(
                instance, Code.CAMPAIGN_STARTED, f"These are fixed once a campaign has started: {named}."
            )
        policy = set(changes) - LABELS
        if policy and instance.status in (CampaignStatus.COMPLETED, CampaignStatus.ARCHIVED):
            detail = "The campaign is over; only its name, external_id and tags can be changed."
            raise _refused(instance, Code.INVALID_TRANSITION, detail)
        if policy and instance.status != CampaignStatus.DRAFT:
            changes["release_holds_at"] = clock.now()
        return changes


def _refused(campaign: Campaign, code: Code, detail: str) -> Problem:
    return Problem(code, detail, state=campaign.status, allowed_actions=campaign.allowed_actions)


def refused_deletion(campaign: Campaign) -> Problem:
    """Word why a campaign cannot be deleted."""
    detail = "Only a draft can be deleted; complete and archive the campaign instead."
    return _refused(campaign, Code.INVALID_TRANSITION, detail)
