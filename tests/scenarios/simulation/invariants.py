"""Own what must hold at every instant; asked after every step, it names what does not.

Judges by the ledger of rings, by rows that are committed, and by what it saw before.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from django.db import connection

from dialer.models import Campaign
from dialer.reports.stats import campaign_stats
from providers.futures import future_of
from providers.ledger import Entry, MemoryLedger
from tests.scenarios.simulation.judge import RING_SECONDS, TALK_SECONDS, UNCOUNTED, is_over, is_settled
from tests.scenarios.simulation.mirror import Picture, Row

OVER = ("ended", "rejected", "cancelled")
#: Which attempt goes with which contact, while a call is under way.
STATE_OF_CONTACT = {
    "pushed": "in_progress",
    "ringing": "in_progress",
    "connected": "in_progress",
    "indeterminate": "indeterminate",
}


@dataclass(slots=True)
class Watch:
    """What was seen and done so far."""

    over: dict[UUID, tuple[datetime, str, str]] = field(default_factory=dict)  # attempt: when, state, result
    finished: dict[UUID, datetime] = field(default_factory=dict)
    paused_at: dict[UUID, datetime] = field(default_factory=dict)
    rushed: set[UUID] = field(default_factory=set)
    settled: dict[UUID, str] = field(default_factory=dict)  # attempt: result
    entries: set[UUID] = field(default_factory=set)
    enrolled: set[UUID] = field(default_factory=set)
    changed: set[UUID] = field(default_factory=set)  # campaigns whose windows are not what they were
    #: By campaign contact: the sequence after which the timeline began again.
    rearmed_at: dict[UUID, int] = field(default_factory=dict)
    acts: dict[UUID, set[str]] = field(default_factory=lambda: defaultdict(set))
    checks: int = 0

    def faults(self, seen: Picture, ledger: MemoryLedger, now: datetime) -> Iterator[str]:
        """Name everything that does not hold."""
        self.checks += 1
        entries = ledger.entries()
        yield from self._of_rings(seen, entries, now)
        yield from self._of_attempts(seen, now)
        yield from self._of_contacts(seen, now)
        yield from self._of_pauses(seen, entries, now)
        yield from self._of_input(seen)

    def _of_rings(self, seen: Picture, entries: list[Entry], now: datetime) -> Iterator[str]:
        for ref, count in Counter(entry.ref for entry in entries).items():
            if count > 1:
                yield f"the provider took attempt {ref[-4:]} {count} times"
        for entry in entries:
            attempt = seen.attempts.get(UUID(entry.ref))
            if attempt is None:
                yield f"a ring without an attempt, to ...{entry.phone[-4:]}"
                continue
            if entry.withdrawn_at is not None or entry.rings_at > now:
                continue
            if attempt.state in UNCOUNTED:
                yield f"attempt {entry.ref[-4:]} rang and is {attempt.state}"
            over = self.over.get(attempt.id)
            if over is not None and over[0] < entry.rings_at and not is_settled(attempt):
                yield f"attempt {entry.ref[-4:]} rang after its end"
            result = result_of(entry, now)
            if attempt.state == "ended" and not is_settled(attempt) and attempt.result != result:
                yield f"attempt {entry.ref[-4:]} ended {attempt.result}, the ledger says {result}"

    def _of_attempts(self, seen: Picture, now: datetime) -> Iterator[str]:
        for row in seen.attempts.values():
            before = self.over.get(row.id)
            if row.state in OVER and before is None:
                self.over[row.id] = (now, row.state, row.result)
            if before is not None and (row.state != before[1] or (row.result != before[2] != "unknown")):
                yield f"attempt {str(row.id)[-4:]} was {before[1:]} and is {row.state}, {row.result}"
            if row.state == "indeterminate" and row.alerted_at is None:
                yield f"attempt {str(row.id)[-4:]} is indeterminate without an alert"
            if row.state in OVER and row.state != "cancelled" and not row.result:
                yield f"attempt {str(row.id)[-4:]} is over without a result"

    def _of_contacts(self, seen: Picture, now: datetime) -> Iterator[str]:
        attempts: dict[UUID, list[Row]] = defaultdict(list)
        for row in seen.attempts.values():
            attempts[row.campaign_contact_id].append(row)
        for row in seen.enrolments.values():
            mine = sorted(attempts[row.id], key=lambda attempt: attempt.sequence)
            for fault in self._of_contact(row, mine, now):
                yield f"contact {str(row.id)[-4:]} ({row.state}): {fault}"

    def _of_contact(self, row: Row, mine: list[Row], now: datetime) -> Iterator[str]:
        live = [attempt for attempt in mine if attempt.is_live]
        if row.attempt_count != len(mine):
            yield f"attempt_count {row.attempt_count}, {len(mine)} attempts"
        if [attempt.sequence for attempt in mine] != list(range(1, len(mine) + 1)):
            yield f"sequence {[attempt.sequence for attempt in mine]}"
        if len(live) > 1:
            yield f"{len(live)} live attempts"
        if row.state == "waiting":
            if row.next_attempt_at is None:
                yield "no next instant"
            if live and (live[0].state != "claimed" or live[0].lease_until is not None):
                yield f"its attempt is {live[0].state}"
        elif row.state == "finished":
            if not row.finish_reason:
                yield "no reason"
            if live:
                yield f"its attempt is {live[0].state}"
        elif not live or STATE_OF_CONTACT.get(live[0].state, "dispatching") != row.state:
            yield f"its attempt is {live[0].state if live else 'missing'}"
        yield from self._of_steps(row, mine)
        if row.state != "finished":
            if row.id in self.finished and "rearm" not in self.acts[row.id]:
                yield "it was finished before, and nobody rearmed it"
            self.finished.pop(row.id, None)
        else:
            self.finished.setdefault(row.id, now)

    def _of_steps(self, row: Row, mine: list[Row]) -> Iterator[str]:
        since = self.rearmed_at.get(row.id, 0)
        steps = [a.step for a in mine if a.sequence > since and a.state != "cancelled" and a.step is not None]
        if len(set(steps)) != len(steps):
            yield f"steps used {steps}"
        firsts = [a for a in mine if a.sequence > since and a.state not in UNCOUNTED and a.step is None]
        if len(firsts) > 1:
            yield f"{len(firsts)} first attempts"

    def _of_pauses(self, seen: Picture, entries: list[Entry], now: datetime) -> Iterator[str]:
        for campaign in seen.campaigns.values():
            if campaign.status != "paused":
                self.paused_at.pop(campaign.id, None)
                continue
            since = self.paused_at.setdefault(campaign.id, now)
            for entry in entries:
                attempt = seen.attempts.get(UUID(entry.ref))
                if attempt is None or attempt.campaign_id != campaign.id or is_settled(attempt):
                    continue
                if not is_over(entry, now) or (entry.withdrawn_at is None and since < entry.rings_at <= now):
                    yield f"the campaign is paused and attempt {entry.ref[-4:]} rings"

    def _of_input(self, seen: Picture) -> Iterator[str]:
        if not self.entries <= seen.suppressions.keys():
            yield "a do-not-call entry is lost"
        if not self.enrolled <= seen.enrolments.keys():
            yield "a contact is lost"

    # --- what people did ------------------------------------------------------------------------------------

    def touched(self, enrolment: UUID, act: str) -> None:
        """Note an act on a contact."""
        self.acts[enrolment].add(act)

    def rearmed(self, enrolment: UUID, sequence: int) -> None:
        """Note that a contact's timeline began again after an attempt."""
        self.touched(enrolment, "rearm")
        self.rearmed_at[enrolment] = sequence


def result_of(entry: Entry, now: datetime) -> str | None:
    """Give the result with which an accepted call ended, by the ledger alone; None while it is not over."""
    future = future_of(
        entry.phone,
        entry.at,
        entry.rings_at,
        entry.send_no,
        ring_seconds=RING_SECONDS,
        talk_seconds=TALK_SECONDS,
    )
    return future.result.value if future.result is not None and future.ends_at <= now else None


def faults_of_stats(seen: Picture, now: datetime) -> Iterator[str]:
    """Compare the statistics with the rows."""
    for campaign in Campaign.objects.order_by("pk"):
        told = campaign_stats(campaign=campaign, now=now)
        states = Counter(r.state for r in seen.enrolments.values() if r.campaign_id == campaign.pk)
        reasons = Counter(r.finish_reason for r in seen.enrolments.values() if r.campaign_id == campaign.pk)
        made = sum(row.campaign_id == campaign.pk for row in seen.attempts.values())
        contacts = dict(told["contacts"])
        if contacts.pop("total") != sum(contacts.values()) or +Counter(contacts) != states:
            yield f"statistics of contacts {told['contacts']}, rows {dict(states)}"
        reasons.pop("", None)
        if +Counter(told["finished"]) != reasons:
            yield f"statistics of ends {told['finished']}, rows {dict(reasons)}"
        results = told["attempts"]["by_result"]
        if told["attempts"]["total"] != sum(results.values()) or told["attempts"]["total"] != made:
            yield f"statistics of attempts {told['attempts']}, rows {made}"


def faults_of_tallies(seen: Picture) -> Iterator[str]:
    """Compare the tallies with the rows, bucket by bucket."""
    stand: Counter[tuple[object, ...]] = Counter()
    for row in seen.enrolments.values():
        detail = {"finished": row.finish_reason, "waiting": row.hold_gate}.get(row.state, "")
        stand[
            row.campaign_id, "contact", row.state, detail, min(row.attempt_count, 10), "1970-01-01", ""
        ] += 1
    cost: Counter[tuple[object, ...]] = Counter()
    for row in seen.attempts.values():
        day = row.claimed_at.astimezone(UTC).date().isoformat()
        number = min(row.sequence, 10)
        key = (row.campaign_id, "attempt", row.state, row.result, number, day, row.currency)
        stand[key] += 1
        cost[key] += int((row.cost or 0) * 10_000)
    told: Counter[tuple[object, ...]] = Counter()
    told_cost: Counter[tuple[object, ...]] = Counter()
    for table in ("dialer_tally", "dialer_tallydelta"):
        for owner, kind, state, detail, number, day, currency, total, amount in _tallied(table):
            key = (UUID(str(owner)), kind, state, detail, number, str(day), currency)
            told[key] += total
            told_cost[key] += amount
    for key in sorted((key for key in stand.keys() | told.keys() if stand[key] != told[key]), key=str):
        yield f"the tally of {key[1:]} is {told[key]}, rows {stand[key]}"
    for key in sorted(
        (key for key in cost.keys() | told_cost.keys() if cost[key] != told_cost[key]), key=str
    ):
        yield f"the tallied cost of {key[1:]} is {told_cost[key]}, that of the rows {cost[key]}"


def _tallied(table: str) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT owner_id, kind, state, detail, number, day, currency, total, cost"
            f" FROM {table} WHERE kind <> 'event'"
        )
        return list(cursor.fetchall())
