"""Plays a retry timeline before anybody is called: the instants at which the engine would dial, to the second.

Owns what a preview is asked and how it is told; the attempts are played by `forecast`. Never writes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from dialer.engine.following import Over
from dialer.gates import load
from dialer.gates.facts import AccountFacts, CampaignFacts, Candidate, PhoneFacts
from dialer.gates.time_gates import day_bounds, zones_of
from dialer.models import Campaign
from dialer.reports.forecast import NO_ZONE, Course, Planned, as_if_running, end_of
from dialer.reports.timelines import ended, shown
from dialer.rules.timeline import Step
from dialer.rules.transitions import CampaignStatus
from providers.vocabulary import Result

_NOBODY = UUID(int=0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What a preview is asked for; without a campaign only the timeline itself is played."""

    first_attempt_at: datetime
    results: Sequence[Result]
    number: str | None = None
    country: str = ""  # where there is no number
    timezone: str | None = None
    campaign: Campaign | None = None
    call_seconds: int = 0


def preview(*, steps: Sequence[Step], asked: Asked, now: datetime) -> dict[str, Any]:
    """Play a timeline with the given results; the instants are those at which the engine would call."""
    candidate = _person(asked, now)
    course = Course(steps, candidate)
    call = timedelta(seconds=asked.call_seconds)
    first = course.attempt(asked.first_attempt_at)
    attempts: list[Planned] = []
    last, over, after = first, end_of(first), None
    for result in asked.results:
        if last.at is None:
            break
        after = result
        following = course.follow(result, last.at + call)
        if isinstance(following, Over):
            over = following
            break
        attempts.append(following)
        last, over = following, end_of(following)
    facts = candidate.campaign
    zones = zones_of(candidate)
    return {
        "campaign": asked.campaign.pk if asked.campaign else None,
        "zone": zones[0] if zones else NO_ZONE,
        "zones": list(zones),
        "call_seconds": asked.call_seconds,
        "first": shown(first, facts),
        "attempts": [
            {"sequence": number, **shown(one, facts)} for number, one in enumerate(attempts, start=2)
        ],
        "end": ended(over, after=after) if over else None,
    }


def _person(asked: Asked, now: datetime) -> Candidate:
    """Make the person that a preview is about: one number, nothing rung yet."""
    campaign = _campaign_of(asked, now)
    number = asked.number or ""
    listed = load.entries((), [number], now) if number and asked.campaign else None
    phone = PhoneFacts(
        id=_NOBODY,
        number=number,
        country=asked.country,
        suppressed_by=listed.hits(campaign, number=number) if listed else None,
    )
    return Candidate(
        campaign=campaign,
        id=_NOBODY,
        contact_id=_NOBODY,
        timezone=asked.timezone,
        phone=phone,
        phones=(phone,),
    )


def _campaign_of(asked: Asked, now: datetime) -> CampaignFacts:
    if asked.campaign is not None:
        account = load.account_facts(asked.campaign.provider_account, room=None)
        return as_if_running(load.campaign_facts(asked.campaign, account, now, counted=False))
    return _no_campaign(asked.first_attempt_at)


def _no_campaign(at: datetime) -> CampaignFacts:
    """Give the facts of a campaign that asks for nothing: any hour, any day, no caps, no law."""
    begins, ends = day_bounds(NO_ZONE, at)
    account = AccountFacts(
        id=_NOBODY,
        name="",
        is_enabled=True,
        health_state="healthy",
        health_last_error="",
        probe_at=None,
        room=None,
    )
    return CampaignFacts(
        id=_NOBODY,
        version=1,
        account=account,
        status=CampaignStatus.RUNNING.value,
        is_open=True,
        purpose="service",
        timezone="contact",
        windows=(),
        observes_holidays=False,
        starts_at=None,
        ends_at=None,
        max_attempts_per_contact=None,
        max_attempts_per_day=None,
        daily_call_limit=None,
        calls_today=0,
        daily_budget=None,
        spent_today=Decimal(0),
        day_begins_at=begins,
        day_ends_at=ends,
    )
