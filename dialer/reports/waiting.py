"""Who waits in a campaign: the head of its dial queue, and how many wait behind which gate.

Owns those reads, bounded so that a campaign of a million contacts costs what one of some thousands does.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from django.db.models import Count, Q, QuerySet

from dialer.engine import queue
from dialer.gates.eligibility import CONTACT_GATES
from dialer.models import CampaignContact

#: Of every priority so many are read: those that are looked at first.
READ = 40
#: So many are counted in all; the counts are exact up to here. More would be told late rather than better.
COUNTED = 10_000
#: What a contact waits for that no gate holds.
DUE, AGAIN, RETRY, FIRST_CALL = "ready", "sent_again_soon", "waiting_for_retry", "waiting_for_first_call"


class Waiting(NamedTuple):
    """One contact in the dial queue, as its index and row have it."""

    id: UUID
    priority: int
    next_attempt_at: datetime
    due_at: datetime | None
    hold_gate: str
    hold_reason: str
    attempt_count: int

    def kind(self, now: datetime) -> str:
        """Say what the contact waits for: a gate by its name, or one of the words above."""
        if self.hold_gate:
            return self.hold_gate
        if self.next_attempt_at <= now:
            return DUE
        if self.due_at is not None and self.due_at <= now:
            return AGAIN
        return RETRY if self.attempt_count else FIRST_CALL


def _kinds(now: datetime) -> dict[str, Q]:
    """Select each kind of `Waiting.kind` in the database."""
    free, due = Q(hold_gate=""), Q(next_attempt_at__lte=now)
    again = free & ~due & Q(due_at__lte=now)
    later = free & ~due & (Q(due_at__gt=now) | Q(due_at__isnull=True))
    return {
        **{gate.name: Q(hold_gate=gate.name) for gate in CONTACT_GATES},
        DUE: free & due,
        AGAIN: again,
        RETRY: later & Q(attempt_count__gt=0),
        FIRST_CALL: later & Q(attempt_count=0),
    }


@dataclass(frozen=True, slots=True)
class Head:
    """The head of a dial queue: some contacts of every kind, in order, and how many there are of each.

    `is_whole` is false if more wait than were counted.
    """

    rows: Sequence[Waiting]
    counts: Counter[str]
    is_whole: bool

    @property
    def total(self) -> int:
        """How many wait, as far as they were counted."""
        return sum(self.counts.values())


def head_of(campaign_id: UUID, now: datetime) -> Head:
    """Read who waits in a campaign, those first who are looked at first."""
    # Without the model's own order, which would join.
    found = _read(CampaignContact.objects.order_by().filter(pk__in=queue.first_ids(campaign_id, READ)))
    sizes = Counter(row.priority for row in found)
    # Who was claimed between the two reads waits no more.
    rows = sorted(
        (row for row in found if row.next_attempt_at is not None),
        key=lambda row: (row.priority, row.next_attempt_at, row.id),
    )
    long = sorted(priority for priority, size in sizes.items() if size == READ)
    counts = Counter(row.kind(now) for row in rows if row.priority not in long)
    is_whole = True
    for priority in long:
        share = COUNTED // len(long)
        counted = _count(_queue(campaign_id, priority)[:share], now)
        is_whole = is_whole and sum(counted.values()) < share
        counts += counted
        unseen = set(counted) - {row.kind(now) for row in rows if row.priority == priority}
        for kind in sorted(unseen):
            rows += _read(_queue(campaign_id, priority).filter(_kinds(now)[kind])[:1])
    return Head(rows, counts, is_whole)


def _queue(campaign_id: UUID, priority: int) -> QuerySet[CampaignContact]:
    waiting = CampaignContact.objects.filter(campaign_id=campaign_id, next_attempt_at__isnull=False)
    return waiting.filter(priority=priority).order_by("next_attempt_at", "id")


def _read(rows: QuerySet[CampaignContact]) -> list[Waiting]:
    return [Waiting(*row) for row in rows.values_list(*Waiting._fields)]


def _count(rows: QuerySet[CampaignContact], now: datetime) -> Counter[str]:
    """Count a bounded stretch of the queue by kind, in the database."""
    kinds = _kinds(now)
    found = rows.aggregate(**{f"n_{kind}": Count("pk", filter=where) for kind, where in kinds.items()})
    return Counter({kind: found[f"n_{kind}"] for kind in kinds if found[f"n_{kind}"]})


def are_all_suppressed(campaign_id: UUID) -> bool:
    """Say whether everybody in a finished campaign ended on a do-not-call list; decided by the newest thousands."""
    newest = CampaignContact.objects.filter(campaign_id=campaign_id).order_by("-id")
    others = newest[: COUNTED // 4].aggregate(n=Count("pk", filter=~Q(finish_reason="suppressed")))
    return others["n"] == 0
