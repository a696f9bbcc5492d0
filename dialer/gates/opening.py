"""From when on all gates are open together: the campaign's and the contact's, as far as a clock can tell.

Owns that search, for explanations and forecasts; what a gate says is the gates', nothing here reads the database.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from dialer.gates.eligibility import ROUNDS, campaign_eligibility, eligibility
from dialer.gates.facts import Candidate
from dialer.gates.verdict import Outcome, Verdict

#: Gates whose facts change by the second: what they say now tells nothing about another instant.
LIVE_GATES = frozenset({"account_health", "remote", "rate", "capacity", "person_busy"})


@dataclass(frozen=True, slots=True)
class Opening:
    """The first instant at which nothing holds the call, or what holds it for good or for nobody knows how long.

    `seen` are the gates that held on the way there, each with the instant until which it did.
    """

    at: datetime | None
    stopped_by: Verdict | None
    seen: tuple[Verdict, ...] = ()


def opening(candidate: Candidate, at: datetime) -> Opening:
    """Find the first instant from `at` on at which campaign and contact may be called.

    A gate of `LIVE_GATES` is asked once, by the facts as they are; later ones nobody can foresee.
    """
    seen: list[Verdict] = []
    for _ in range(ROUNDS):
        verdict = campaign_eligibility(candidate.campaign, at)
        if verdict.outcome is Outcome.HELD:
            seen.append(verdict)
        if verdict.ok:
            verdict = eligibility(candidate, at, seen=seen)
        if verdict.ok:
            return Opening(at, None, once_a_gate(seen))
        if verdict.outcome is Outcome.REFUSED or verdict.until is None:
            return Opening(None, verdict, once_a_gate(seen))
        at, candidate = verdict.until, without_live_facts(candidate)
    return Opening(None, verdict, once_a_gate(seen))


def without_live_facts(candidate: Candidate) -> Candidate:
    """Look at a candidate as if calls that are on were over and the account were well; what is switched off stays."""
    account = replace(candidate.campaign.account, room=None, health_state="healthy")
    return replace(candidate, campaign=replace(candidate.campaign, account=account), is_busy=False)


def once_a_gate(verdicts: Iterable[Verdict]) -> tuple[Verdict, ...]:
    """Keep one verdict a gate, in the order of their first word: the one that lasts longest."""
    kept: dict[str, Verdict] = {}
    for verdict in verdicts:
        before = kept.get(verdict.gate)
        if before is None or (
            before.until is not None and (verdict.until is None or verdict.until > before.until)
        ):
            kept[verdict.gate] = verdict
    return tuple(kept.values())
