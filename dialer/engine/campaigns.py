"""What people may ask of a campaign: start, pause, resume, complete, archive; and being blocked by its provider.

Owns the intent (`status`); bringing the provider to it is `remote`'s, working off its contacts `sweeps`'.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models.functions import Least

from dialer.engine import moves
from dialer.engine.errors import Conflict, InvalidTransition, NotFound
from dialer.engine.news import News
from dialer.engine.rows import lock_ids
from dialer.engine.starting import retry_plan_of
from dialer.engine.text import storable
from dialer.models import Attempt, Campaign, CampaignContact, Job, JobState
from dialer.models.attempts import Origin
from dialer.rules import transitions
from dialer.rules.transitions import AttemptState
from providers.vocabulary import Why

#: What has happened when an action is done; `paused` comes later, when nothing rings any more.
_SAID = {
    "start": "started",
    "pause": "pausing",
    "resume": "resumed",
    "complete": "completed",
    "archive": "archived",
}


def created(campaign: Campaign) -> None:
    """Tell of a new draft, in the transaction that makes it."""
    news = News()
    news.campaign("created", campaign.pk, status=campaign.status, reason=None)
    news.write()


def start(*, campaign_id: UUID, now: datetime) -> Campaign:
    """Start a draft: its timeline is checked and frozen; dialing waits until the provider is prepared."""

    def freeze(campaign: Campaign) -> dict[str, Any]:
        steps = campaign.retry_timeline.steps_data()
        plan = retry_plan_of(campaign, steps)
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
    return _move(
        campaign_id,
        "pause",
        now,
        lambda _: {"status_reason": "by request"},
        then=lambda: ask_back_all(campaign_id, Why.PAUSE, now),
    )


def resume(*, campaign_id: UUID, now: datetime) -> Campaign:
    """Dial again, on the same steps as before the pause; what is still held may ring."""
    return _move(
        campaign_id,
        "resume",
        now,
        lambda row: {"status_reason": "", "open_after": row.open_after or now},
        then=lambda: _forget_pause(campaign_id, now),
    )


def complete(
    *, campaign_id: UUID, now: datetime, reason: str = "by request", only_idle: bool = False
) -> Campaign:
    """End a campaign for good: waiting contacts end, held calls are asked back, the rest ring out and count.

    `only_idle` refuses with Conflict if somebody came to wait meanwhile.
    """

    def end(campaign: Campaign) -> dict[str, Any]:
        if only_idle and not is_idle(campaign):
            raise Conflict("not_idle", "contacts were added meanwhile")
        return {"status_reason": reason, "completed_at": now, "ending_at": now}

    return _move(
        campaign_id,
        "complete",
        now,
        end,
        then=lambda: ask_back_all(campaign_id, Why.COMPLETION, now),
    )


def archive(*, campaign_id: UUID, now: datetime) -> Campaign:
    """Put a campaign away; refused while one of its calls may still ring."""

    def refuse_if_live(campaign: Campaign) -> dict[str, Any]:
        live = Attempt.objects.filter(campaign=campaign, is_live=True).count()
        if live:
            raise Conflict(
                "live_attempts", f"{live} calls of the campaign are not over; archive it when they are"
            )
        return {}

    return _move(campaign_id, "archive", now, refuse_if_live)


def block(*, campaign_id: UUID, reason: str, now: datetime) -> bool:
    """Pause a running campaign because its provider will not go on with it; False if it was not running."""
    text = storable(f"blocked by the provider: {reason}")[:300]
    try:
        _move(
            campaign_id,
            "pause",
            now,
            lambda _: {"status_reason": text},
            then=lambda: ask_back_all(campaign_id, Why.PAUSE, now),
            also="blocked",
        )
    except InvalidTransition:
        return False
    return True


def is_idle(campaign: Campaign) -> bool:
    """Say whether nobody waits, no call is live, and no import is on its way."""
    waits = CampaignContact.objects.filter(campaign=campaign, next_attempt_at__isnull=False)
    live = Attempt.objects.filter(campaign=campaign, is_live=True)
    jobs = Job.objects.filter(campaign=campaign, state__in=[JobState.QUEUED, JobState.RUNNING])
    return not (waits.exists() or live.exists() or jobs.exists())


def allowed_actions(campaign: Campaign) -> list[str]:
    """List what may be asked of the campaign now."""
    return transitions.allowed_actions(campaign.status)


def _move(
    campaign_id: UUID,
    action: str,
    now: datetime,
    changes: Callable[[Campaign], dict[str, Any]],
    *,
    then: Callable[[], None] = lambda: None,
    also: str = "",
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
        then()
        news = News()
        for kind in (_SAID[action], also):
            if kind:
                news.campaign(kind, campaign_id, status=to.value, reason=campaign.status_reason or None)
        news.write()
    return campaign


def ask_back_all(campaign_id: UUID, why: Why, now: datetime) -> None:
    """Wish back every call of a campaign that a provider holds or a worker has in hand.

    Also those that are not sent yet: changing their row is what makes a worker that is just about to send them
    look again. The withdraw tick does the asking.
    """
    live = Attempt.objects.filter(campaign_id=campaign_id, is_live=True)
    may_ring = live.exclude(state=AttemptState.CONNECTED).exclude(
        state=AttemptState.CLAIMED, lease_until__isnull=True
    )
    weaker = [word for word in ("", *Why) if moves.weight(word) < moves.weight(why)]
    ids = lock_ids(may_ring.filter(withdraw_why__in=[str(word) for word in weaker]))
    rows = Attempt.objects.filter(pk__in=ids)
    # The waits begin anew; that it was asked back before stays known.
    rows.update(withdraw_why=why.value, withdraw_tries=Least("withdraw_tries", 1))
    rows.filter(state__in=[AttemptState.PUSHED, AttemptState.RINGING]).update(withdraw_after=now)


def _forget_pause(campaign_id: UUID, now: datetime) -> None:
    """Take back the wish of a pause that was resumed.

    What a provider would have rung by itself meanwhile may come only now: it is expected from now on.
    """
    live = Attempt.objects.filter(campaign_id=campaign_id, is_live=True)
    wished = live.filter(withdraw_why=Why.PAUSE.value)
    Attempt.objects.filter(pk__in=lock_ids(wished)).update(withdraw_why="", withdraw_after=None)
    late = live.filter(origin=Origin.NATIVE, state=AttemptState.PUSHED, due_at__lt=now)
    Attempt.objects.filter(pk__in=lock_ids(late)).update(due_at=now)
