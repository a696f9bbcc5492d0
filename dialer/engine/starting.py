"""What a draft must be to start: checked against its provider and the rules, with every fault named.

Owns that judgement and the retry plan; changes nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

from dialer.engine.errors import Invalid
from dialer.models import Campaign
from dialer.rules.faults import Fault, Faults
from dialer.rules.native import Mode, compile_retry
from dialer.rules.timeline import Step, parse_steps
from dialer.rules.windows import parse_windows
from dialer.rules.zones import valid_zone
from providers import contract, registry
from providers.vocabulary import CampaignSource, Result

#: The name by which an adapter's Settings offer it, so that a campaign moves to another account without a change.
DEFAULT_CAMPAIGN = "default_remote_campaign_id"


def retry_plan_of(campaign: Campaign, steps: list[dict[str, object]]) -> dict[str, Any]:
    """Check a draft against its provider and the rules; returns its retry plan or raises Invalid."""
    faults: list[Fault] = []
    account = campaign.provider_account
    if not account.is_enabled:
        faults.append(
            Fault("/provider_account", "account_disabled", f"the account {account.name!r} is switched off")
        )
    try:
        capabilities = registry.provider_class(account.provider).capabilities
    except registry.UnknownProvider as error:
        raise Invalid("unknown_provider", str(error)) from error
    try:
        parsed = parse_steps(steps)
        parse_windows(campaign.calling_windows)
    except Faults as found:
        raise Invalid("invalid_campaign", "the campaign cannot be started as it is", found.faults) from found
    if campaign.timezone != "contact" and not valid_zone(campaign.timezone):
        faults.append(Fault("/timezone", "unknown_timezone", f"{campaign.timezone!r} is no time zone"))
    if capabilities.campaigns is CampaignSource.BIND and not remote_id_of(campaign):
        faults.append(
            Fault(
                "/remote_campaign_id",
                "required",
                "this provider cannot create campaigns: name one of its own here, or a default one in the"
                f" account's settings ({DEFAULT_CAMPAIGN})",
            )
        )
    faults += _untold_results(parsed, capabilities)
    plan = _retry_plan(campaign, parsed, capabilities)
    if plan["obstacles"] and campaign.retry_mode == "native":
        faults += [Fault("/retry_mode", "native_impossible", obstacle) for obstacle in plan["obstacles"]]
    if faults:
        raise Invalid("invalid_campaign", "the campaign cannot be started as it is", faults)
    return plan


def remote_id_of(campaign: Campaign) -> str | None:
    """Give the remote campaign that was named: by the campaign, else by its account for all that name none."""
    return campaign.remote_campaign_id or campaign.provider_account.settings.get(DEFAULT_CAMPAIGN) or None


#: Ends that we find out ourselves, whatever a provider can tell apart.
_OURS = frozenset({Result.UNKNOWN, Result.CANCELLED, Result.EXPIRED, Result.REJECTED, Result.FAILED})


def _untold_results(steps: Any, capabilities: contract.Capabilities) -> list[Fault]:
    """Refuse a step that waits for a result which the provider never tells: it would never be taken."""
    told = capabilities.results | _OURS
    return [
        Fault(
            f"/retry_timeline/steps/{index}/on",
            "result_not_told",
            f"this provider never tells {', '.join(sorted(step.on - told))}",
        )
        for index, step in enumerate(steps)
        if capabilities.results and step.on and not step.on & told
    ]


def _retry_plan(
    campaign: Campaign, steps: Sequence[Step], capabilities: contract.Capabilities
) -> dict[str, Any]:
    """Say who owns the retries. Orchestrated is always possible; native needs a provider that can."""
    plan = compile_retry(
        steps,
        capabilities.native_retry,
        cast("Mode", campaign.retry_mode),
        gates=_gates_between(campaign),
        is_bound=remote_id_of(campaign) is not None,
    )
    said: dict[str, Any] = {
        "mode": plan.mode,
        "obstacles": list(plan.obstacles),
        "waivers": list(plan.waivers),
    }
    if plan.native and capabilities.native_retry:
        # Frozen with the plan: who makes the calls that are left must not change while they are made.
        said |= {
            "native": contract.to_json(plan.native),
            "remainder": capabilities.native_retry.remainder.value,
        }
    return said


def _gates_between(campaign: Campaign) -> list[str]:
    """Name what would have to be asked between two rings."""
    asked = {
        f"the law for {campaign.purpose}": campaign.purpose != "service",
        "calling windows": bool(campaign.calling_windows),
        "holidays": campaign.holidays == "observe",
        "attempt caps": any((campaign.max_attempts_per_contact, campaign.max_attempts_per_day)),
        "a daily call limit": bool(campaign.daily_call_limit),
        "budgets": bool(campaign.budgets) or campaign.daily_budget is not None,
    }
    return [name for name, is_asked in asked.items() if is_asked]
