"""Own what may be written into a campaign by hand: shape, limits, and what is frozen once it was started.

Never changes a status and never asks a provider.
"""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import MinValueValidator

from dialer.admin.form_fields import TagsField, existing_zone, read_by_rule
from dialer.models import Campaign
from dialer.models.campaigns import PRIORITY_MAX, PRIORITY_MIN
from dialer.rules.budgets import budgets_to_json, parse_budgets
from dialer.rules.defaults import PACKS
from dialer.rules.overrides import parse_overrides
from dialer.rules.windows import parse_windows

#: What the frozen plan and the remote campaign were made of.
FROZEN_AFTER_DRAFT = (
    "provider_account",
    "retry_timeline",
    "retry_mode",
    "purpose",
    "remote_campaign_id",
    "template_id",
    "provider_options",
)
#: Names for people: free in every status, and no contact is judged anew for them.
LABELS = ("name", "external_id", "tags")
#: Zero would never dial: an empty field is how a limit is taken away.
_AT_LEAST_ONE = ("max_attempts_per_contact", "max_attempts_per_day", "daily_call_limit")
CALLED_PARTYS_ZONE = "contact"
_BUDGETS_HELP = 'Such as [{"unit": "money", "per": "day", "limit": "50.00", "currency": "EUR"}].'
_WINDOWS_HELP = (
    'A list such as [{"days": ["mon", "tue"], "start": "09:00", "end": "18:00"}]. '
    "Empty: any hour that the law allows."
)


class CampaignForm(forms.ModelForm):
    """A campaign as people write it."""

    tags = TagsField()

    class Meta:
        model = Campaign
        fields = "__all__"
        help_texts = {
            "timezone": "Zone of the calling windows: “contact” for the called party's, or a name such as "
            "America/Sao_Paulo.",
            "calling_windows": _WINDOWS_HELP,
            "budgets": _BUDGETS_HELP,
            "rule_pack": f"One of {', '.join(sorted(PACKS))}; empty: the rules that are built in.",
            "rule_overrides": 'Such as [{"rule": "default", "by": "A. Person", "reason": "..."}].',
            "priority": f"{PRIORITY_MIN} is called first, {PRIORITY_MAX} last.",
            "remote_campaign_id": "The campaign's id at the provider, if it exists there already.",
            "template_id": "From which the provider makes the campaign, where it can.",
            "provider_options": "A JSON object of what only this provider knows.",
            "auto_complete": "Complete the campaign as soon as every contact is finished.",
            "max_attempts_per_day": "To one person a day, in the person's zone.",
            "daily_call_limit": "Calls of the whole campaign a day.",
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in _AT_LEAST_ONE:
            if name in self.fields:
                self._at_least(name, 1)
        if "daily_budget" in self.fields:
            self._at_least("daily_budget", 0)

    def _at_least(self, name: str, limit: int) -> None:
        self.fields[name].validators.append(MinValueValidator(limit))
        self.fields[name].widget.attrs["min"] = limit

    def clean_timezone(self) -> str:
        """Accept the called party's zone, or one that exists."""
        name = self.cleaned_data["timezone"]
        return name if name == CALLED_PARTYS_ZONE else existing_zone(name) or CALLED_PARTYS_ZONE

    def clean_calling_windows(self) -> Any:
        """Accept what the windows rule reads."""
        value = self.cleaned_data["calling_windows"]
        return read_by_rule(parse_windows, [] if value is None else value, strip="/calling_windows")

    def clean_provider_options(self) -> Any:
        """Accept an object."""
        value = self.cleaned_data["provider_options"] or {}
        if not isinstance(value, dict):
            raise ValidationError('This must be a JSON object, such as {"message": "Hello"}.')
        return value

    def clean_budgets(self) -> Any:
        """Accept limits of money, minutes or attempts."""
        value = self.cleaned_data["budgets"]
        data = read_by_rule(parse_budgets, [] if value is None else value, strip="/budgets")
        return budgets_to_json(parse_budgets(data))

    def clean_rule_pack(self) -> str | None:
        """Accept a set of rules that is there; none is the one that is built in."""
        name = self.cleaned_data["rule_pack"] or None
        if name is not None and name not in PACKS:
            raise ValidationError(f"There is no such set of rules; there are {', '.join(sorted(PACKS))}.")
        return name

    def clean_rule_overrides(self) -> Any:
        """Accept rules that are there, each with a name and a reason."""
        value = self.cleaned_data["rule_overrides"]
        return read_by_rule(parse_overrides, [] if value is None else value, strip="/rule_overrides")

    def clean_priority(self) -> int:
        """Accept the range that the dial queue knows."""
        value: int = self.cleaned_data["priority"]
        if not PRIORITY_MIN <= value <= PRIORITY_MAX:
            raise ValidationError(f"This must be from {PRIORITY_MIN} to {PRIORITY_MAX}.")
        return value
