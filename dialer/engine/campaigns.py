"""What people may ask of a campaign: start, pause, resume, complete, archive; and being blocked by its provider.

Owns the intent (`status`); bringing the provider to it is `remote`'s, working off its contacts `sweeps`'.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import F

from dialer.engine.errors import Conflict, Invalid, InvalidTransition, NotFound
from dialer.engine.news import News
from dialer.models import Attempt, Campaign
from dialer.rules import transitions
from dialer.rules.faults import Fault, Faults
from dialer.rules.timeline import parse_steps
from dialer.rules.transitions import AttemptState, CampaignStatus
from dialer.rules.windows import parse_windows
from dialer.rules.zones import valid_zone
from providers import contract, registry
from providers.vocabulary import CampaignSource, Result, Why


def start(*, campaign_id: UUID, now: datetime) -> Campaign:
    """Start a draft: its timeline is checked and frozen; dialing waits until the provider is prepared."""

    def freeze(campaign: Campaign) -> dict[str, Any]:
        steps = campaign.retry_timeline.steps_data()
        plan = _validated(campaign, steps)
        return {
            "frozen_steps": steps,
            "retry_plan": plan,
            "started_at": now,
            "status_reason": "preparing",
            "open_after": now,
        }

    return _move(campaign_id, "start", now, freeze)


def pause(*, campaign_id: UUID, now: datetime) -> Campaign:
    """Stop dialing: nothing new is pushed, what is held is asked back; `paused` once nothing can ring any more."""
    campaign = _move(campaign_id, "pause", now, lambda _: {"status_reason": "by request"})
    _ask_back_held(campaign_id=campaign_id, why=Why.PAUSE, now=now)
    return campaign


def resume(*, campaign_id: UUID, now: datetime) -> Campaign:
    """Dial again, on the same steps as before the pause."""
    campaign = _move(
        campaign_id, "resume", now, lambda row: {"status_reason": "", "open_after": row.open_after or now}
    )
    _forget_pause(campaign_id=campaign_id)
    return campaign


def complete(*, campaign_id: UUID, now: datetime, reason: str = "by request") -> Campaign:
    """End a campaign for good: waiting contacts end, held calls are asked back, the rest ring out and count."""
    campaign = _move(campaign_id, "complete", now, lambda _: {"status_reason": reason, "completed_at": now})
    _ask_back_held(campaign_id=campaign_id, why=Why.COMPLETION, now=now)
    return campaign


def archive(*, campaign_id: UUID, now: datetime) -> Campaign:
    """Put a campaign away; refused while one of its calls may still ring."""

    def refuse_if_live(campaign: Campaign) -> dict[str, Any]:
        live = Attempt.objects.filter(campaign=campaign, is_live=True).count()
        if live:
            raise Conflict(
                "live_attempts", f"{live} calls of the campaign are not over; archive it when they are"
            )
        return {"status_reason": ""}

    return _move(campaign_id, "archive", now, refuse_if_live)


def block(*, campaign_id: UUID, reason: str, now: datetime) -> bool:
    """Pause a running campaign because its provider will not go on with it; False if it was not running."""
    moved = Campaign.objects.filter(pk=campaign_id, status=CampaignStatus.RUNNING).update(
        status=CampaignStatus.PAUSING,
        status_reason=f"blocked by the provider: {reason}"[:300],
        updated_at=now,
        version=F("version") + 1,
    )
    if moved:
        news = News()
        news.campaign("blocked", campaign_id, reason=reason[:300])
        news.write()
        _ask_back_held(campaign_id=campaign_id, why=Why.PAUSE, now=now)
    return bool(moved)


def allowed_actions(campaign: Campaign) -> list[str]:
    """List what may be asked of the campaign now."""
    return transitions.allowed_actions(campaign.status)


def _move(
    campaign_id: UUID, action: str, now: datetime, changes: Callable[[Campaign], dict[str, Any]]
) -> Campaign:
    """Carry out an action under the campaign's lock, or refuse it with what may be asked instead."""
    froms, to = transitions.CAMPAIGN_ACTIONS[action]
    with transaction.atomic():
        campaign = (
            Campaign.objects.select_for_update(no_key=True, of=("self",))
            .select_related("provider_account", "retry_timeline")
            .filter(pk=campaign_id)
            .first()
        )
        if campaign is None:
            raise NotFound("campaign")
        if campaign.status not in froms:
            raise InvalidTransition(
                f"a campaign that is {campaign.status} cannot be asked to {action}",
                state=campaign.status,
                allowed_actions=allowed_actions(campaign),
            )
        values = changes(campaign) | {"status": to.value, "updated_at": now, "version": campaign.version + 1}
        for name, value in values.items():
            setattr(campaign, name, value)
        campaign.save(update_fields=list(values))
        news = News()
        news.campaign(action, campaign_id, status=to.value)
        news.write()
    return campaign


def _ask_back_held(*, campaign_id: UUID, why: Why, now: datetime) -> int:
    """Wish back every call of a campaign that a provider may hold; the withdraw tick does the asking.

    One statement; calls that are being sent just now are caught when their receipt is settled.
    """
    live = Attempt.objects.filter(campaign_id=campaign_id, is_live=True)
    sent = live.exclude(state=AttemptState.CONNECTED).exclude(
        state=AttemptState.CLAIMED, sending_at__isnull=True
    )
    weaker = ["", Why.PAUSE.value]
    marked = (
        sent.filter(withdraw_why__in=weaker).exclude(withdraw_why=why.value).update(withdraw_why=why.value)
    )
    live.filter(
        state__in=[AttemptState.PUSHED, AttemptState.RINGING], withdraw_why=why.value, withdraw_tries=0
    ).update(withdraw_after=now)
    return marked


def _forget_pause(*, campaign_id: UUID) -> None:
    """Take back the wish of a pause that was resumed: what is still held may ring."""
    Attempt.objects.filter(campaign_id=campaign_id, is_live=True, withdraw_why=Why.PAUSE.value).update(
        withdraw_why="", withdraw_after=None
    )


# --- what a campaign must be to start ------------------------------------------------------------------------


def _validated(campaign: Campaign, steps: list[dict[str, object]]) -> dict[str, Any]:
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
    if capabilities.campaigns is CampaignSource.BIND and not campaign.remote_campaign_id:
        faults.append(
            Fault(
                "/remote_campaign_id",
                "required",
                "this provider cannot create campaigns: name one of its own",
            )
        )
    faults += _untold_results(parsed, capabilities)
    plan = _retry_plan(campaign, capabilities)
    if plan["obstacles"] and campaign.retry_mode == "native":
        faults += [Fault("/retry_mode", "native_impossible", obstacle) for obstacle in plan["obstacles"]]
    if faults:
        raise Invalid("invalid_campaign", "the campaign cannot be started as it is", faults)
    return plan


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


def _retry_plan(campaign: Campaign, capabilities: contract.Capabilities) -> dict[str, Any]:
    """Say who owns the retries. Orchestrated is always possible; native needs a provider that can."""
    obstacles = []
    if capabilities.native_retry is None:
        obstacles.append("the provider cannot redial by itself")
    elif campaign.purpose != "service" or campaign.calling_windows or campaign.holidays == "observe":
        obstacles.append(
            "between native redials no gate would be applied: windows, holidays and law forbid them"
        )
    else:
        obstacles.append("this provider's own retry plan cannot be compiled from a timeline")
    return {"mode": "orchestrated", "obstacles": obstacles, "waivers": []}
