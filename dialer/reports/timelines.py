"""A contact's attempts so far and those to come, and how an attempt to come is told.

Owns that telling; the attempts are played by `forecast`.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from dialer.engine.following import Over
from dialer.gates.facts import CampaignFacts
from dialer.gates.time_gates import zones_of
from dialer.models import Attempt, Campaign, Origin
from dialer.reports.forecast import NO_ZONE, Course, Planned, as_if_running, end_of
from dialer.reports.standing import Standing, lines, standing
from dialer.rules.timeline import parse_steps
from dialer.rules.transitions import AttemptState, CampaignStatus, ContactState, FinishReason
from providers.vocabulary import Result

_PAST = (
    "id",
    "sequence",
    "number",
    "step",
    "origin",
    "state",
    "result",
    "due_at",
    "started_at",
    "ended_at",
)


def contact_timeline(*, campaign_contact_id: UUID, now: datetime, call_seconds: int = 0) -> dict[str, Any]:
    """List a contact's attempts so far, and those to come if nobody answers any of them."""
    on = standing(campaign_contact_id=campaign_contact_id, now=now)
    past = Attempt.objects.filter(campaign_contact=on.contact).order_by("sequence").values(*_PAST)
    planned, end = _planned(on, now, timedelta(seconds=call_seconds))
    facts = on.candidate.campaign
    return {
        "campaign_contact": on.contact.pk,
        "campaign": on.campaign.pk,
        "campaign_status": on.campaign.status,
        "state": on.contact.state,
        "finish_reason": on.contact.finish_reason or None,
        "zone": zones_of(on.candidate)[0] if zones_of(on.candidate) else NO_ZONE,
        "checked_at": now,
        "call_seconds": call_seconds,
        "assumes": Result.NO_ANSWER.value,
        "attempts": [{**row, "result": row["result"] or None} for row in past],
        "planned": [
            {"sequence": number, "origin": _origin(on.campaign, one), **shown(one, facts)}
            for number, one in enumerate(planned, start=_next_sequence(on))
        ],
        "end": end,
    }


def _next_sequence(on: Standing) -> int:
    # One that waits to be sent again is a row already.
    return on.contact.attempt_count + (0 if _waits_unsent(on) else 1)


def _waits_unsent(on: Standing) -> bool:
    return on.attempt is not None and on.contact.state == ContactState.WAITING


def _origin(campaign: Campaign, planned: Planned) -> str:
    is_native = (campaign.retry_plan or {}).get("mode") == "native" and planned.step is not None
    return Origin.NATIVE.value if is_native else Origin.OURS.value


def _planned(on: Standing, now: datetime, call: timedelta) -> tuple[list[Planned], dict[str, Any] | None]:
    contact = on.contact
    is_over = on.campaign.status in (CampaignStatus.COMPLETED, CampaignStatus.ARCHIVED)
    if contact.state == ContactState.FINISHED or is_over:
        return [], None
    course = _course_of(on, now)
    if contact.state == ContactState.WAITING:
        due_at = contact.due_at or now
        # Looked at when its hold ends, or at once after a change of policy.
        look_at = None if on.campaign.release_holds_at else contact.next_attempt_at
        first = course.attempt(max(due_at, now), step=contact.next_step, not_before=look_at)
        return _unanswered(course, replace(first, due_at=due_at), call)
    course.last_step, course.rung = contact.next_step, contact.next_phone_id
    ends_at = now
    if on.attempt is not None:
        # A call is under way: it is taken to end now, or when a provider's own ring is due, unanswered.
        course.last_step, course.rung = on.attempt.step, on.attempt.phone_id
        if on.attempt.state == AttemptState.CLAIMED:
            course.made.append(now)  # caps count it from its request on
        ends_at = max(now, on.attempt.due_at)
    return _unanswered(course, course.follow(Result.NO_ANSWER, ends_at), call)


def _course_of(on: Standing, now: datetime) -> Course:
    candidate = replace(on.candidate, campaign=as_if_running(on.candidate.campaign))
    steps = parse_steps(on.campaign.frozen_steps or on.campaign.retry_timeline.steps_data())
    today = on.candidate.attempts_today
    return Course(
        steps,
        candidate,
        used=set(on.contact.used_steps),
        made=[now] * today,
        before=on.candidate.attempts - today,
    )


def _unanswered(
    course: Course, following: Planned | Over, call: timedelta
) -> tuple[list[Planned], dict[str, Any] | None]:
    planned: list[Planned] = []
    after: Result | None = None
    while not isinstance(following, Over):
        planned.append(following)
        if following.at is None:
            over = end_of(following)
            return planned, ended(over, after=after) if over else None
        after = Result.NO_ANSWER
        following = course.follow(after, following.at + call)
    return planned, ended(following, after=Result.NO_ANSWER)


def shown(planned: Planned, facts: CampaignFacts) -> dict[str, Any]:
    """Show one attempt to come."""
    stopped = lines([planned.stopped_by], facts)[0] if planned.stopped_by else None
    return {
        "step": planned.step,
        "after": planned.after.value if planned.after else None,
        "phone": planned.choice,
        "number": (planned.phone.number or None) if planned.phone else None,
        "zone": planned.zone,
        "due_at": planned.due_at,
        "at": planned.at,
        "moved_by": lines(planned.moved_by, facts),
        "stopped_by": stopped,
    }


_WORDS = {
    FinishReason.REACHED: "the person was reached; no attempt follows",
    FinishReason.SUPPRESSED: "the person asked not to be called; no attempt follows",
    FinishReason.EXHAUSTED: "no step that is left follows this result, or a cap is reached",
    FinishReason.UNCALLABLE: "there is no number or no hour to call",
    FinishReason.EXPIRED: "the last day for calls comes first",
}


def ended(over: Over, *, after: Result | None) -> dict[str, Any]:
    """Show how a contact ends."""
    return {
        "after": after.value if after else None,
        "finish_reason": over.reason.value,
        "detail": over.detail,
        "text": _WORDS.get(over.reason, f"the contact ends {over.reason}"),
    }
