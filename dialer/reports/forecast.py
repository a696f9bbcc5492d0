"""The attempts that would follow one another: a contact's retry timeline played forward through the gates.

Owns the playing; which step follows is `engine.following`'s, when the gates open `gates.opening`'s. Never reads rows.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from uuid import UUID

from dialer.engine import following
from dialer.engine.following import Over
from dialer.gates.facts import CampaignFacts, Candidate, PhoneFacts
from dialer.gates.opening import once_a_gate, opening
from dialer.gates.time_gates import day_bounds, zone_of
from dialer.gates.verdict import Outcome, Verdict
from dialer.rules.timeline import Step
from dialer.rules.transitions import CampaignStatus
from providers.vocabulary import Result

#: The wall clock of a wait where no zone is known, as `rules.timeline.due_after` has it.
NO_ZONE = "UTC"


@dataclass(frozen=True, slots=True)
class Planned:
    """One attempt to come; `at` is None where the gates never open (`stopped_by` says which and why)."""

    step: int | None
    choice: str | None  # of the number: same or next
    phone: PhoneFacts | None
    zone: str
    after: Result | None
    due_at: datetime
    at: datetime | None
    stopped_by: Verdict | None
    moved_by: tuple[Verdict, ...]


def as_if_running(facts: CampaignFacts) -> CampaignFacts:
    """Look at a campaign as if it ran on a well account: what is left are its dates, hours, days and caps.

    Whether it is paused, and how many calls a day it will have made, nobody can foresee.
    """
    account = replace(facts.account, is_enabled=True, health_state="healthy", room=None)
    status = CampaignStatus.RUNNING.value
    return replace(
        facts, account=account, status=status, is_open=True, daily_call_limit=None, daily_budget=None
    )


@dataclass(slots=True)
class Course:
    """How far a contact has come on its steps; every attempt that is played counts in the caps of the next."""

    steps: Sequence[Step]
    candidate: Candidate
    used: set[int] = field(default_factory=set)
    rung: UUID | None = None  # the number of the last attempt
    last_step: int | None = None
    made: list[datetime] = field(
        default_factory=list
    )  # instants of the attempts of the day, and of those played
    before: int = 0  # attempts that count in the cap of the contact, not in `made`
    dead: set[UUID] = field(default_factory=set)

    def attempt(
        self, due_at: datetime, *, step: int | None = None, not_before: datetime | None = None
    ) -> Planned:
        """Play the attempt that is due at an instant on the candidate's number; it is not looked at `not_before`."""
        played = self._play(due_at, due_at, step, self.candidate.phone, after=None)
        if not_before is None or played.at is None or played.at >= not_before:
            return played
        self.made.pop()
        later = self._play(not_before, due_at, step, self.candidate.phone, after=None)
        return replace(later, moved_by=once_a_gate([*played.moved_by, *later.moved_by]))

    def follow(self, result: Result, ended_at: datetime) -> Planned | Over:
        """Play what follows from the end of the last attempt."""
        if self.last_step is not None:
            self.used.add(self.last_step)
        if result is Result.INVALID_NUMBER and self.rung is not None:
            self.dead.add(self.rung)
        over = following.final(result)
        chosen = over or following.choose(
            self.steps, self.used, result, phones=self.candidate.phones, rung=self.rung, dead=self.dead
        )
        if isinstance(chosen, Over):
            return chosen
        candidate = self._as_of(ended_at, chosen.phone)
        due_at = following.due_at(self.steps[chosen.step], ended_at, candidate)
        return self._play(due_at, ended_at, chosen.step, chosen.phone, after=result)

    def _play(
        self,
        due_at: datetime,
        decided_at: datetime,
        step: int | None,
        phone: PhoneFacts | None,
        *,
        after: Result | None,
    ) -> Planned:
        candidate = self._as_of(decided_at, phone)
        found = opening(candidate, due_at)
        self.last_step, self.rung = step, phone.id if phone else None
        if found.at is not None:
            self.made.append(found.at)
        return Planned(
            step=step,
            choice=None if step is None else self.steps[step].phone,
            phone=phone,
            zone=zone_of(candidate) or NO_ZONE,
            after=after,
            due_at=due_at,
            at=found.at,
            stopped_by=found.stopped_by,
            moved_by=found.seen,
        )

    def _as_of(self, at: datetime, phone: PhoneFacts | None) -> Candidate:
        """Look at the candidate as a decision at this instant will: on this number, with the day's attempts so far."""
        begins, ends = day_bounds(self.candidate.campaign.timezone, at)
        return replace(
            self.candidate,
            campaign=replace(self.candidate.campaign, day_begins_at=begins, day_ends_at=ends),
            phone=phone,
            is_busy=False,
            attempts=self.before + len(self.made),
            attempts_today=sum(instant >= begins for instant in self.made),
        )


def end_of(planned: Planned) -> Over | None:
    """Say how a contact ends whose next attempt a gate refuses; None while only nobody knows when."""
    verdict = planned.stopped_by
    if planned.at is not None or verdict is None or verdict.outcome is not Outcome.REFUSED:
        return None
    assert verdict.finish is not None  # a refusal always says how the contact ends
    return Over(verdict.finish, verdict.code)
