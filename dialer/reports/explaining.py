"""Explains whether one contact may be called at an instant: every gate's verdict, and when it may be called next.

Owns how gates and the contact's own state are put together; the judging is `dialer.gates`'.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from dialer.gates.campaign_gates import CAMPAIGN_GATES
from dialer.gates.eligibility import verdicts
from dialer.gates.opening import LIVE_GATES, Opening, opening, without_live_facts
from dialer.gates.sources import words_of
from dialer.gates.time_gates import zones_of
from dialer.gates.verdict import Outcome, Verdict, allowed, held, refused
from dialer.reports.standing import Standing, engine_gates, lines, standing
from dialer.rules.transitions import AttemptState, ContactState, FinishReason


def explain(*, campaign_contact_id: UUID, now: datetime, at: datetime | None = None) -> dict[str, Any]:
    """Say what every gate answers for a contact at `at` (default now), by facts as of now."""
    on = standing(campaign_contact_id=campaign_contact_id, now=now)
    at = at or now
    engine = engine_gates(on.campaign, on.account, now)
    state, turn = _state(on), _turn(on, at)
    campaign = [gate.check(on.candidate.campaign, at) for gate in CAMPAIGN_GATES] + engine
    contact = verdicts(on.candidate, at)
    found = _next(on, state, engine, at=at, now=now)
    is_now = at == now
    # The turn comes last: a hold that was written on the contact is better told by the gate that holds it.
    listed = [state, *campaign, *contact, turn]
    overall = worst([v for v in listed if is_now or v.gate not in LIVE_GATES or v.code == "disabled"])
    if overall.outcome is Outcome.HELD:
        overall = replace(overall, until=found.at)
    facts = on.candidate.campaign
    (told,) = lines([overall], facts)
    return {
        "campaign_contact": on.contact.pk,
        "campaign": on.campaign.pk,
        "state": on.contact.state,
        "at": at,
        "checked_at": now,
        "verdict": {name: value for name, value in told.items() if name != "is_foreseen"},
        "phone": on.candidate.phone.number if on.candidate.phone else None,
        "zones": list(zones_of(on.candidate)),
        "next_callable_at": found.at,
        "never_because": None if found.at else _why_never(found),
        "campaign_gates": lines(campaign, facts, is_now=is_now),
        "contact_gates": lines([state, turn, *contact], facts, is_now=is_now),
        "unforeseen": [] if is_now else sorted(LIVE_GATES),
    }


def worst(listed: Sequence[Verdict]) -> Verdict:
    """Give the verdict that decides: a refusal before a hold, of several holds the one that lasts longest."""
    no = next((verdict for verdict in listed if verdict.outcome is Outcome.REFUSED), None)
    if no is not None:
        return no
    holds = [verdict for verdict in listed if verdict.outcome is Outcome.HELD]
    longest = max(holds, key=lambda hold: hold.until.timestamp() if hold.until else math.inf, default=None)
    return longest or allowed("all")


def _state(on: Standing) -> Verdict:
    """Judge the contact's own state: only who waits is called."""
    contact, attempt = on.contact, on.attempt
    gate = "contact_state"
    if contact.state == ContactState.WAITING:
        return allowed(gate)
    if contact.state == ContactState.FINISHED:
        detail = f" ({contact.finish_detail})" if contact.finish_detail else ""
        reason = f"the contact is finished: {contact.finish_reason}{detail}"
        return refused(gate, contact.finish_reason, reason, FinishReason(contact.finish_reason))
    if attempt is not None and attempt.state == AttemptState.INDETERMINATE and attempt.sent_at:
        until = attempt.sent_at + timedelta(seconds=on.account.give_up_after_seconds)
        reason = (
            "the provider may or may not have the last call; it is being looked up, or a person settles it"
        )
        return held(gate, "indeterminate", reason, until)
    return held(gate, contact.state, "a call is under way; what comes next follows from its result", None)


def _turn(on: Standing, at: datetime) -> Verdict:
    """Judge whether it is the contact's turn: due by its timeline, and past the instant it was put off to."""
    contact = on.contact
    if contact.state != ContactState.WAITING or contact.next_attempt_at is None:
        return allowed("timeline")
    if contact.due_at is not None and contact.due_at > at:
        what = "retry" if contact.attempt_count else "first call"
        return held("timeline", "not_due", f"the {what} is not due yet", contact.due_at)
    if contact.next_attempt_at <= at:
        return allowed("timeline")
    if contact.hold_gate:
        reason = f"held by {contact.hold_gate} ({contact.hold_reason}); it is looked at again then"
        return held("timeline", "put_off", reason, contact.next_attempt_at)
    reason = "the provider did not take the call for now; the same call is sent again"
    return held("timeline", "send_again", reason, contact.next_attempt_at)


def _next(on: Standing, state: Verdict, engine: Sequence[Verdict], *, at: datetime, now: datetime) -> Opening:
    """Find the first instant from `at` on at which the contact can be called."""
    if not state.ok:
        return Opening(None, state)
    remote, rate = engine
    if not remote.ok:
        return Opening(None, remote)
    candidate = on.candidate if at <= now else without_live_facts(on.candidate)
    # Held contacts are looked at again when their hold ends, or at once after a change of policy.
    waits_until = on.contact.due_at if on.campaign.release_holds_at else on.contact.next_attempt_at
    return opening(candidate, max([at, *(i for i in (waits_until, rate.until) if i is not None)]))


def _why_never(found: Opening) -> str:
    verdict = found.stopped_by
    if verdict is None:
        return "no instant was found"
    if verdict.outcome is Outcome.HELD and verdict.until is None:
        return f"{words_of(verdict)}; no clock ends that"
    return words_of(verdict)
