"""Who waits in a campaign: the head of its dial queue, and how many wait behind which gate.

Owns those reads, bounded so that a campaign of a million contacts costs what one of ten thousand does.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from dialer.models import CampaignContact
from dialer.models.campaigns import PRIORITY_MAX, PRIORITY_MIN

#: Of every priority so many are read first: enough to tell one cause from another.
FIRST_READ = 500
#: And so many more of those priorities that have more, in all: the counts are exact up to here.
MOST_MORE = 10_000


class Waiting(NamedTuple):
    """One contact in the dial queue, as its index and row have it."""

    id: UUID
    priority: int
    next_attempt_at: datetime
    due_at: datetime | None
    hold_gate: str
    hold_reason: str
    attempt_count: int


@dataclass(frozen=True, slots=True)
class Head:
    """The contacts who wait, each priority by its instant; `is_whole` is false if there are more than were read."""

    rows: Sequence[Waiting]
    is_whole: bool


def head_of(campaign_id: UUID) -> Head:
    """Read who waits in a campaign, those first who are looked at first."""
    first = {
        priority: _read(campaign_id, priority, 0, FIRST_READ)
        for priority in range(PRIORITY_MIN, PRIORITY_MAX + 1)
    }
    long = [priority for priority, rows in first.items() if len(rows) == FIRST_READ]
    share = MOST_MORE // len(long) if long else 0
    more = {priority: _read(campaign_id, priority, FIRST_READ, share) for priority in long}
    rows = [row for priority, read in first.items() for row in (*read, *more.get(priority, ()))]
    return Head(rows, all(len(read) < share for read in more.values()))


def _read(campaign_id: UUID, priority: int, start: int, size: int) -> list[Waiting]:
    # One index range a priority, in the order of the index; the dial queue reads the same.
    queue = CampaignContact.objects.filter(
        campaign_id=campaign_id, priority=priority, next_attempt_at__isnull=False
    ).order_by("next_attempt_at", "id")
    return [Waiting(*row) for row in queue.values_list(*Waiting._fields)[start : start + size]]


def skips(head: Head) -> dict[str, int]:
    """Count the contacts who wait by the gate that holds them; of a longer queue, those at its head."""
    counts = Counter(row.hold_gate for row in head.rows if row.hold_gate)
    return dict(sorted(counts.items()))


def are_all_suppressed(campaign_id: UUID) -> bool:
    """Say whether everybody in a finished campaign ended on a do-not-call list; decided by the newest thousands."""
    newest = CampaignContact.objects.filter(campaign_id=campaign_id).order_by("-id")
    reasons = set(newest.values_list("finish_reason", flat=True)[:MOST_MORE])
    return reasons == {"suppressed"}
