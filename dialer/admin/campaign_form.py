"""Own what may be written into a campaign by hand: shape, limits, and what is frozen once it was started.

Never changes a status and never asks a provider.
"""

from __future__ import annotations

import re
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import MinValueValidator

from dialer.admin.form_fields import TagsField, existing_zone, read_by_rule
from dialer.models import Campaign
from dialer.models.campaigns import PRIORITY_MAX, PRIORITY_MIN
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
MOST_BUDGETS = 20  # more is a mistake that every claim would pay for
_BUDGET_WORDS = {"unit": ("money", "minutes", "attempts"), "per": ("day", "campaign")}
_BUDGETS_HELP = 'Such as [{"unit": "money", "per": "day", "limit": "50.00", "currency": "EUR"}].'
_WINDOWS_HELP = (
    'A list such as [{"days": ["mon", "tue"], "start": "09:00", "end": "18:00"}]. '
    "Empty: any hour that the law allows."
)


def read_budgets(data: Any) -> list[dict[str, Any]]:
    """Read `[{"unit": "money", "per": "day", "limit": 50, "currency": "EUR"}]`; the limit is kept as text."""
    if not isinstance(data, list) or len(data) > MOST_BUDGETS:
        raise ValidationError(f"This must be a list of at most {MOST_BUDGETS} limits. {_BUDGETS_HELP}")
    return [_read_budget(item, place) for place, item in enumerate(data)]


def _read_budget(item: Any, place: int) -> dict[str, Any]:
    if not isinstance(item, dict) or set(item) - {"unit", "per", "limit", "currency"}:
        raise ValidationError(f"{place}: {_BUDGETS_HELP}")
    for name, words in _BUDGET_WORDS.items():
        if item.get(name) not in words:
            raise ValidationError(f"{place} → {name}: this must be one of {', '.join(words)}.")
    currency = item.get("currency")
    if (item["unit"] == "money" or currency is not None) and not re.fullmatch("[A-Z]{3}", str(currency)):
        raise ValidationError(f"{place} → currency: money needs its currency, such as EUR.")
    try:
        limit = forms.DecimalField(max_digits=12, decimal_places=4, min_value=0).clean(item.get("limit"))
    except ValidationError as error:
        raise ValidationError(f"{place} → limit: {' '.join(error.messages)}") from error
    return {"unit": item["unit"], "per": item["per"], "limit": str(limit), "currency": currency}


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
        return read_budgets([] if value is None else value)

    def clean_priority(self) -> int:
        """Accept the range that the dial queue knows."""
        value: int = self.cleaned_data["priority"]
        if not PRIORITY_MIN <= value <= PRIORITY_MAX:
            raise ValidationError(f"This must be from {PRIORITY_MIN} to {PRIORITY_MAX}.")
        return value
