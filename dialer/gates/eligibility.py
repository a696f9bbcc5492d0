"""The one answer to "may this ring at this instant?", for claim, push, explain and preview alike.

Owns the order of the gates and how their answers combine; never reads the database.
"""

from __future__ import annotations

from datetime import datetime
from typing import Protocol

from dialer.gates.campaign_gates import CAMPAIGN_GATES
from dialer.gates.contact_gates import (
    CapsGate,
    ConsentGate,
    ContactDatesGate,
    PersonBusyGate,
    PhoneGate,
    QuietPeriodGate,
    StopGate,
    SuppressionGate,
)
from dialer.gates.facts import CampaignFacts, Candidate
from dialer.gates.time_gates import HORIZON, HolidayGate, LawGate, WindowGate
from dialer.gates.verdict import Outcome, Verdict, allowed, held, refused
from dialer.rules.transitions import FinishReason


class ContactGate(Protocol):
    """A gate about one contact."""

    name: str
    #: Only the calendar opens it: a contact that it keeps closed for the whole horizon is uncallable.
    by_calendar: bool

    def check(self, candidate: Candidate, now: datetime) -> Verdict: ...


#: In this order the first refusal wins, so the gravest reason comes first; of several holds the longest is told.
#: A new gate is one class in this list. The simulation in tests/scenarios keeps its own, independent opinion.
CONTACT_GATES: tuple[ContactGate, ...] = (
    StopGate(),
    SuppressionGate(),
    ContactDatesGate(),
    PhoneGate(),
    ConsentGate(),
    CapsGate(),
    QuietPeriodGate(),
    LawGate(),
    WindowGate(),
    HolidayGate(),
    PersonBusyGate(),
)

_BY_CALENDAR = frozenset(gate.name for gate in CONTACT_GATES if gate.by_calendar)

#: Gates push each other forward (a window opens on a holiday); real calendars settle in a few rounds.
ROUNDS = 200


def campaign_eligibility(campaign: CampaignFacts, now: datetime) -> Verdict:
    """Judge the campaign as a whole: the first gate that is not open, or allowed."""
    for gate in CAMPAIGN_GATES:
        verdict = gate.check(campaign, now)
        if not verdict.ok:
            return verdict
    return allowed("campaign")


def verdicts(candidate: Candidate, now: datetime) -> list[Verdict]:
    """List every contact gate's answer at one instant."""
    return [gate.check(candidate, now) for gate in CONTACT_GATES]


def eligibility(candidate: Candidate, now: datetime, *, seen: list[Verdict] | None = None) -> Verdict:
    """Judge one contact at one instant: refused beats held, and a hold carries the next instant worth asking at.

    The instant is the first at which every gate that a clock opens is open, within the horizon; a contact that
    is not open within it is refused as uncallable. Every gate that holds on the way to it is added to `seen`.
    """
    first = _worst(candidate, now, seen)
    if first.outcome is not Outcome.HELD or first.until is None:
        return first
    at = first.until
    for _ in range(ROUNDS):
        if at - now > HORIZON and first.gate in _BY_CALENDAR:
            break
        answer = _worst(candidate, at, seen)
        if answer.outcome is Outcome.REFUSED:
            if answer.gate == ContactDatesGate.name and candidate.not_after is not None:
                # It will expire first; until then a wider window or a later not_after may still save it.
                return held(first.gate, first.code, first.reason, candidate.not_after, rule=first.rule)
            return answer
        if answer.ok or answer.until is None or answer.gate == PersonBusyGate.name:
            return held(first.gate, first.code, first.reason, at, rule=first.rule)
        at = answer.until
    return refused(
        first.gate,
        "no_common_window",
        "no open hour in the next 60 days",
        FinishReason.UNCALLABLE,
        rule=first.rule,
    )


def _worst(candidate: Candidate, at: datetime, seen: list[Verdict] | None = None) -> Verdict:
    hold: Verdict | None = None
    rules = []
    for gate in CONTACT_GATES:
        verdict = gate.check(candidate, at)
        if verdict.rule is not None:
            rules.append(verdict.rule)
        if verdict.outcome is Outcome.REFUSED:
            return verdict
        if seen is not None and verdict.outcome is Outcome.HELD:
            seen.append(verdict)
        if verdict.outcome is Outcome.HELD and (hold is None or _later(verdict, hold)):
            hold = verdict
    return hold or allowed("all", rule=" ".join(rules) or None)


def _later(one: Verdict, other: Verdict) -> bool:
    """Prefer the hold that lasts longest; one that no clock ends lasts longest of all."""
    if one.until is None or other.until is None:
        return one.until is None and other.until is not None
    return one.until > other.until
