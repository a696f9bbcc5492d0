"""Own how an order is written as a contact: phones, our reference, dates, and the tries that make it ring as often
as ordered.

Never sends anything; an order that the campaign's settings can't carry out raises.
"""

from __future__ import annotations

from typing import Any

from providers.diabolocom.account import DiabolocomSettings
from providers.diabolocom.values import Campaign, written
from providers.errors import CampaignBlocked, Unsupported
from providers.values import CallOrder, NativePlan
from providers.vocabulary import Unit

#: Twice our middle priority is the vendor's default of 10, so that our calls are among equals (seed: priority).
_PRIORITY_STEP, _PRIORITY_TOP = 2, 20


def plan_of(plan: NativePlan | None) -> tuple[int, int] | None:
    """Give a plan's number of redials and their one wait in seconds; what the vendor can't do is `Unsupported`.

    There is one wait for all redials, in seconds, and no business days (sheet: 7).
    """
    if plan is None or not plan.steps:
        return None
    first = plan.steps[0]
    if any(step != first for step in plan.steps) or first.unit is not Unit.SECOND or first.business_day:
        raise Unsupported(
            "A campaign of Diabolocom has one wait in seconds for all redials.", provider="diabolocom"
        )
    return len(plan.steps), first.amount


def tries_at_push(campaign: Campaign, plan: NativePlan | None) -> int:
    """Give the `triesNumber` to begin with: a contact is dialed until it reaches the campaign's `maxTries`.

    Without a plan one try is left, so that nothing is redialed (DECISIONS 14).
    """
    wanted = plan_of(plan)
    redials = wanted[0] if wanted else 0
    if wanted and (campaign.max_tries < 1 + redials or campaign.next_try_delay != wanted[1]):
        raise CampaignBlocked(
            f"The campaign's maxTries ({campaign.max_tries}) and nextTryDelay ({campaign.next_try_delay} s) no "
            "longer fit the retry plan; they were changed at Diabolocom.",
            provider="diabolocom",
        )
    return max(campaign.max_tries - 1 - redials, 0)


def contact_of(order: CallOrder, campaign: Campaign, settings: DiabolocomSettings) -> dict[str, Any]:
    """Write an order as the fields of a create, `custom_fields` among them."""
    tries = tries_at_push(campaign, order.retry)
    fields: dict[str, Any] = {
        "triesNumber": tries,
        "custom_fields": _custom_fields(order, campaign, settings, tries),
    }
    if order.not_before is not None:
        fields["retryDate"] = written(order.not_before, later=True)  # never a second too early
    if order.not_after is not None:
        fields["maxCallingDateTime"] = written(order.not_after)
    if order.caller_id:
        fields["contactCardDisplayNumber"] = order.caller_id.removeprefix("+")
    if settings.priority_order == "low_first":
        fields["priority"] = order.priority * _PRIORITY_STEP
    elif settings.priority_order == "high_first":
        fields["priority"] = _PRIORITY_TOP - order.priority * _PRIORITY_STEP
    return fields


def _custom_fields(
    order: CallOrder, campaign: Campaign, settings: DiabolocomSettings, tries: int
) -> dict[str, str]:
    """Fill the campaign's fields; a name that it does not have is never sent (sheet: 12)."""
    if not campaign.phone_fields:
        raise CampaignBlocked("The campaign has no phone field.", provider="diabolocom")
    found: dict[str, str] = {
        name: "" if value is None else str(value)
        for name, value in order.fields.items()
        if name in campaign.custom_fields and name not in campaign.phone_fields
    }
    if order.name and settings.name_field in campaign.custom_fields:
        found[settings.name_field] = order.name
    # The vendor goes through the phone fields by itself: with one ring there must be one phone.
    phones = (order.phone, *order.other_phones) if plan_of(order.retry) else (order.phone,)
    found |= {
        name: phone.removeprefix("+") for name, phone in zip(campaign.phone_fields, phones, strict=False)
    }
    return found | {settings.ref_field: order.ref, settings.tries_field: str(tries)}
