"""Reads the feed behind a cursor: numbered events, in order, again and again if asked again.

Owns pages, cursors and the shape of an event; never numbers, and never waits for events.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from dialer.feed.numbering import position
from dialer.models import FeedEvent
from dialer.rules.events import KINDS

#: Events looked at for one page of a filter that few of them pass: keeps an answer within some ten milliseconds.
SCAN = 50_000
#: The word with which a reader begins at the present.
LATEST = "latest"


class UnknownCursor(Exception):
    """This is no cursor of ours."""


class CursorAhead(Exception):
    """The feed has not come so far: the cursor is from another database, or from before a restore."""


class CursorExpired(Exception):
    """Events behind this cursor were removed; the reader has missed some."""

    def __init__(self, oldest: int) -> None:
        super().__init__(oldest)
        self.oldest = oldest


@dataclass(frozen=True, slots=True)
class Page:
    """Some events, where to go on, and whether there is more at once."""

    events: list[dict[str, Any]]
    next: int
    has_more: bool


def read(*, after: str | None, size: int, kinds: Collection[str], campaign_id: UUID | None) -> Page:
    """Give the events behind a cursor; without one, from the oldest that is kept."""
    state = position()
    start = _start(after, state.last_number, state.trimmed_to)
    until = min(state.last_number, start + SCAN)
    rows = list(matching(start, until, kinds, campaign_id)[: size + 1])
    if (trimmed := position().trimmed_to) > start:
        # Removed while we read: what is missing in this page must not be taken for absent.
        raise CursorExpired(trimmed)
    page = rows[:size]
    end = page[-1].number if len(rows) > size else until
    return Page([shape(row) for row in page], end, has_more=end < state.last_number)


def _start(after: str | None, last: int, trimmed: int) -> int:
    if after is None:
        return trimmed
    if after == LATEST:
        return last
    if not (after.isascii() and after.isdigit() and len(after) < 19):
        raise UnknownCursor
    if int(after) > last:
        raise CursorAhead
    if int(after) < trimmed:
        raise CursorExpired(trimmed)
    return int(after)


def matching(start: int, until: int, kinds: Collection[str], campaign_id: UUID | None) -> Any:
    """Select the events of some kinds (all, if all are named) behind `start` up to `until`, in order."""
    rows = FeedEvent.objects.filter(number__gt=start, number__lte=until).order_by("number")
    if campaign_id is not None:
        rows = rows.filter(campaign_id=campaign_id)
    return rows if len(kinds) == len(KINDS) else rows.filter(kind__in=sorted(kinds))


def shape(event: FeedEvent) -> dict[str, Any]:
    """Show an event, the same in the feed and in a webhook: ids and words, never a phone or a name."""
    return {
        "id": str(event.pk),
        "cursor": str(event.number),
        "type": event.kind,
        "occurred_at": event.created_at.isoformat().replace("+00:00", "Z"),
        "campaign": _text(event.campaign_id),
        "campaign_contact": _text(event.campaign_contact_id),
        "contact": _text(event.contact_id),
        "attempt": _text(event.attempt_id),
        "data": event.data,
    }


def _text(key: UUID | None) -> str | None:
    return None if key is None else str(key)
