"""What the contacts of a campaign wait for, grouped into causes: gates, retries, calls in doubt, nobody at all.

Owns that grouping over the head of the queue; each group is judged by its first contact, by the gates that dial.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db.models import Count, Min, Q

from dialer.gates import load
from dialer.gates.eligibility import eligibility
from dialer.gates.facts import CampaignFacts, Candidate
from dialer.gates.verdict import Outcome, Verdict, held
from dialer.models import Attempt, Campaign, CampaignContact, Job, JobState, ProviderAccount
from dialer.models.attempts import Origin
from dialer.reports.causes import Cause, cause_of
from dialer.reports.waiting import (
    AGAIN,
    DUE,
    FIRST_CALL,
    RETRY,
    Head,
    Waiting,
    are_all_suppressed,
)
from dialer.rules.transitions import AttemptState

#: The code of a hold that was not judged anew.
_AS_WRITTEN = "held"
_RETRY = ("timeline", "the retry timeline")
RELEASED = "released"
#: What a contact without a hold waits for: (gate, source, text).
_KINDS = {
    DUE: ("all", "the dial queue", "nothing holds them: they are called at the next turn of a worker"),
    RETRY: (*_RETRY, "they wait for the next attempt of their retry timeline"),
    FIRST_CALL: (*_RETRY, "their first call is not due yet"),
    AGAIN: (
        "timeline",
        "the provider's answer",
        "the provider did not take the call; it is sent again",
    ),
    RELEASED: ("all", "the dial queue", "a changed policy frees them: they are judged anew within seconds"),
}


@dataclass(frozen=True, slots=True)
class Live:
    """The calls of a campaign that are not over."""

    ringing: int  # in a worker's hands or with the provider
    expected: int  # rings of a provider's own plan that have not come yet
    expected_at: datetime | None
    doubtful: int
    doubtful_since: datetime | None


def live_calls(campaign_id: UUID) -> Live:
    """Count the live calls of a campaign; costs as much as there are."""
    unrung = Q(origin=Origin.NATIVE, state=AttemptState.PUSHED, heard_at=None, started_at=None)
    doubtful = Q(state=AttemptState.INDETERMINATE)
    unsent = Q(state=AttemptState.CLAIMED, lease_until=None)
    found = Attempt.objects.filter(campaign_id=campaign_id, is_live=True).aggregate(
        ringing=Count("pk", filter=~unrung & ~doubtful & ~unsent),
        expected=Count("pk", filter=unrung),
        expected_at=Min("due_at", filter=unrung),
        doubtful=Count("pk", filter=doubtful),
        doubtful_since=Min("sent_at", filter=doubtful),
    )
    return Live(**found)


def judged(rows: Iterable[Waiting], facts: CampaignFacts, now: datetime) -> dict[UUID, Candidate]:
    """Read what the gates judge some waiting contacts by, as a claim does."""
    ids = [row.id for row in rows]
    contacts = list(CampaignContact.objects.filter(pk__in=ids))
    unsent = Attempt.objects.filter(campaign_contact_id__in=ids, is_live=True)
    kept = dict(unsent.order_by().values_list("campaign_contact_id", "number"))
    return {one.id: one for one in load.candidates(contacts, {facts.id: facts}, now, kept_numbers=kept)}


@dataclass(slots=True)
class Groups:
    """Contacts who wait for the same thing, and when the first of them is looked at again."""

    facts: CampaignFacts
    now: datetime
    is_freeing: bool  # a changed policy makes held contacts due again
    candidates: dict[UUID, Candidate]

    def causes(self, head: Head, rows: Sequence[Waiting]) -> list[Cause]:
        """Group the judged `rows` of the queue's head; the cause that ends first comes first, refusals last."""
        found: dict[Any, list[Waiting]] = defaultdict(list)
        verdicts: dict[Any, Verdict | None] = {}
        for row in rows:
            verdict = self._verdict(row)
            key = (verdict.gate, verdict.outcome) if verdict else self._kind(row)
            found[key].append(row)
            if key not in verdicts or _tells_more(verdict, verdicts[key]):
                verdicts[key] = verdict
        listed = [(key, verdicts[key], same) for key, same in found.items()]
        listed.sort(key=lambda each: (self._place(each[1]), self._look_at(each[1], each[2])))
        judged = Counter(row.kind(self.now) for row in rows)
        return [
            self._cause(key, verdict, same, self._count(head, judged, same)) for key, verdict, same in listed
        ]

    def _count(self, head: Head, judged: Counter[str], same: Sequence[Waiting]) -> int:
        """Count a group: all of a kind whose judged ones are all in it, else those that were judged."""
        kinds = Counter(row.kind(self.now) for row in same)
        return sum(head.counts[kind] if seen == judged[kind] else seen for kind, seen in kinds.items())

    def _verdict(self, row: Waiting) -> Verdict | None:
        """Say which gate holds a contact; None if it only waits for its turn."""
        candidate = self.candidates.get(row.id)
        if candidate is None or (row.next_attempt_at > self.now and (self.is_freeing or not row.hold_gate)):
            return None
        again = eligibility(candidate, max(self.now, row.due_at or self.now))
        if row.next_attempt_at <= self.now:
            return None if again.ok else again
        # What its next claim waits for is written on it; why in full, the gate says again.
        is_same = again.gate == row.hold_gate and again.outcome is Outcome.HELD
        return again if is_same else held(row.hold_gate, _AS_WRITTEN, row.hold_reason, row.next_attempt_at)

    def _kind(self, row: Waiting) -> str:
        if row.next_attempt_at <= self.now:
            return DUE
        return RELEASED if row.hold_gate else row.kind(self.now)

    def _place(self, verdict: Verdict | None) -> int:
        """Put who is called at some instant before who is refused: those end without a call."""
        return int(verdict is not None and verdict.outcome is Outcome.REFUSED)

    def _look_at(self, verdict: Verdict | None, rows: Sequence[Waiting]) -> float:
        first = min(map(self._turn, rows)).timestamp()
        return first if verdict is None else max(first, min(_ends(verdict), first + 1e12))

    def _turn(self, row: Waiting) -> datetime:
        """Say when a contact is looked at next."""
        return row.due_at if self.is_freeing and row.hold_gate and row.due_at else row.next_attempt_at

    def _cause(self, key: Any, verdict: Verdict | None, rows: Sequence[Waiting], count: int) -> Cause:
        if verdict is not None:
            return cause_of(verdict, self.facts, count=count)
        gate, source, text = _KINDS[key]
        until = max(self.now, min(map(self._turn, rows)))
        rule = "timeline.due_at" if gate == "timeline" else "queue"
        return Cause(code=key, gate=gate, text=text, count=count, until=until, rule=rule, source=source)


def _tells_more(one: Verdict | None, other: Verdict | None) -> bool:
    """Prefer what a gate said anew to what was written, then what ends first."""
    was_written = other is not None and other.code == _AS_WRITTEN
    is_written = one is not None and one.code == _AS_WRITTEN
    return (was_written and not is_written) or (was_written == is_written and _ends(one) < _ends(other))


def _ends(verdict: Verdict | None) -> float:
    return verdict.until.timestamp() if verdict is not None and verdict.until else float("inf")


def of_live(live: Live, account: ProviderAccount) -> list[Cause]:
    """Tell of calls that are not over and do not ring: a provider's own next ring, and calls in doubt."""
    causes = []
    if live.expected:
        text = "the provider makes the next ring by itself, by its own plan"
        causes.append(
            Cause(
                code="provider_rings_next",
                gate="native",
                text=text,
                count=live.expected,
                until=live.expected_at,
                rule="campaign.retry_plan",
                source="the campaign's retry plan, which its provider carries out",
            )
        )
    if live.doubtful and live.doubtful_since:
        visible = live.doubtful_since + timedelta(seconds=account.visible_after_seconds)
        text = (
            "the provider may or may not have these calls: they are looked up (an absence is believed from"
            f" {visible:%Y-%m-%dT%H:%M:%SZ} on), a person may settle them, and at `until` they are given up"
        )
        causes.append(
            Cause(
                code="indeterminate",
                gate="contact_state",
                text=text,
                count=live.doubtful,
                until=live.doubtful_since + timedelta(seconds=account.give_up_after_seconds),
                rule="account.give_up_after_seconds",
                source=f"the provider account {account.name!r}: its give_up_after_seconds",
                since=live.doubtful_since,
            )
        )
    return causes


def of_nobody(campaign: Campaign) -> Cause:
    """Say why nobody waits and nothing is on: an import on its way, nobody enrolled, or everybody finished."""
    code, text = "all_finished", "every contact is finished; add contacts or rearm some"
    if Job.objects.filter(campaign=campaign, state__in=[JobState.QUEUED, JobState.RUNNING]).exists():
        code, text = "importing", "nobody waits yet; an import is on its way"
    elif not CampaignContact.objects.filter(campaign=campaign).exists():
        code, text = "no_contacts", "nobody is in the campaign; add contacts"
    elif are_all_suppressed(campaign.pk):
        code, text = "all_suppressed", "every contact is on a do-not-call list"
    return Cause(code=code, gate="queue", text=text, count=0, rule="queue", source="the campaign's contacts")
