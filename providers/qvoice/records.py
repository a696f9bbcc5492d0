"""Own the shapes of QVoice's answers: leads, campaign counts, activity records, queues.

Never sends anything and never decides what a status means.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

from providers.effects import Answer, Unreadable
from providers.values import PRIVATE, Value


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Lead(Value):
    """One lead of a campaign's list; `created` is unix seconds, rounded down, by the vendor's clock."""

    id: str
    campaign_id: str
    number: str = field(metadata=PRIVATE)
    status: str
    created: float | None
    retries: int  # configured or left: not documented (sheet: Leads of a campaign)
    raw: Mapping[str, Any] = field(default_factory=dict, metadata=PRIVATE)


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class NewLead(Value):
    """What "Add Lead to campaign" takes; `cool_off` in seconds, as we read it."""

    number: str = field(metadata=PRIVATE)  # plus and digits
    retries: int = 0
    first_name: str = field(default="", metadata=PRIVATE)
    last_name: str = field(default="", metadata=PRIVATE)
    type: str = ""
    priority: int = 5
    ticket_id: str = ""
    note: str = field(default="", metadata=PRIVATE)
    cool_off: int = 0


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class LeadPage(Value):
    """One page of a campaign's leads; `is_end`: the answer says that no page follows."""

    leads: tuple[Lead, ...] = field(metadata=PRIVATE)
    next_key: str
    is_end: bool
    date: float | None = (
        None  # the vendor's time when it answered, in unix seconds rounded down, if it told it
    )


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class CampaignCounts(Value):
    """One campaign with its counts; the words of `by_status` are the vendor's."""

    id: str
    name: str
    status: str
    total_leads: int
    by_status: Mapping[str, int]


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class ActivityRecord(Value):
    """One dial of a lead's number, as "Get Campaigns activity" tells it: no lead id, no outcome."""

    at: datetime | None
    campaign_name: str
    lead_number: str = field(metadata=PRIVATE)
    agent_name: str = field(default="", metadata=PRIVATE)
    agent_extension: str = ""
    call_ids: tuple[str, ...] = ()  # what the voicemail disposition takes as cdrID, as far as is known
    raw: Mapping[str, Any] = field(default_factory=dict, metadata=PRIVATE)

    @property
    def key(self) -> tuple[object, ...]:
        """Give what makes it one record: the same one may come with two pages."""
        return self.at, digits(self.lead_number), self.campaign_name, self.call_ids


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class ActivityPage(Value):
    """One page of activity; a bare array carries no key for the next one."""

    records: tuple[ActivityRecord, ...] = field(metadata=PRIVATE)
    next_key: str
    is_bare: bool


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class QueueAgent(Value):
    """One agent of a queue."""

    id: str
    name: str = field(metadata=PRIVATE)
    extension: str
    status: str
    is_logged_in: bool
    is_registered: bool


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Queue(Value):
    """One queue with its agents; `counts` has the vendor's own names (`idle_agents`, …)."""

    id: str
    name: str
    extension: str
    strategy: str
    counts: Mapping[str, int]
    agents: tuple[QueueAgent, ...] = field(metadata=PRIVATE)


def digits(number: str) -> str:
    """Give the digits of a number, as numbers are compared."""
    return re.sub(r"\D", "", number)


def lead_page(answer: Answer) -> LeadPage:
    """Read a page of leads: with `data` and a key, or the bare array of an older copy of the document."""
    data = answer.json()
    # `null` instead of a list, and a bare array, say nothing of further pages: they prove no end.
    rows, is_whole = (data["data"], data["data"] is not None) if isinstance(data, dict) else (data, False)
    key = text(data.get("next_start_key")) if isinstance(data, dict) else ""
    return LeadPage(
        leads=tuple(_lead(row) for row in rows_of(rows)),
        next_key=key,
        is_end=is_whole and not key,
        date=date_of(answer),
    )


def _lead(row: Mapping[str, Any]) -> Lead:
    if not text(row["id"]):
        raise Unreadable("A lead has no id.")
    return Lead(
        id=text(row["id"]),
        campaign_id=text(row.get("campaign_id")),
        number=text(row.get("number")),
        status=text(row.get("status")),
        created=_seconds(row.get("created")),
        retries=int(_seconds(row.get("retries")) or 0),
        raw=row,
    )


def campaign_counts(answer: Answer) -> list[CampaignCounts]:
    """Read the counts of all campaigns; the document's sample tells one status twice, the last one holds."""
    data = answer.json()
    if not isinstance(data, dict):
        raise Unreadable("The campaigns are no object.")
    return [
        CampaignCounts(
            id=str(key),
            name=text(row.get("name")),
            status=text(row.get("status")),
            total_leads=int(_seconds(row.get("total_leads")) or 0),
            by_status={
                str(word): int(_seconds(count) or 0)
                for word, count in (row.get("leads_by_status") or {}).items()
            },
        )
        for key, row in data.items()
    ]


def activity_page(answer: Answer) -> ActivityPage:
    """Read a page of activity: the document's bare array, or the envelope that others have seen."""
    data = answer.json()
    is_bare = not isinstance(data, dict)
    return ActivityPage(
        records=tuple(_activity(row) for row in rows_of(data if is_bare else data["data"])),
        next_key="" if is_bare else text(data.get("next_start_key")),
        is_bare=is_bare,
    )


#: What the vendor puts behind a call's id in `lead_history[].uuid` ("Get Campaigns activity").
_CALL_SUFFIX = "-clicktocall"


def _activity(row: Mapping[str, Any]) -> ActivityRecord:
    steps = [step for step in row.get("lead_history") or [] if isinstance(step, dict)]
    ids = [text(step.get("uuid")).removesuffix(_CALL_SUFFIX) for step in steps]
    return ActivityRecord(
        at=_moment(row),
        campaign_name=text(row.get("campaign_name")),
        lead_number=text(row.get("lead_number")),
        agent_name=text(row.get("agent_name")),
        agent_extension=text(row.get("agent_extension")),
        call_ids=tuple(sorted({each for each in ids if each})),
        raw=row,
    )


def _moment(row: Mapping[str, Any]) -> datetime | None:
    seconds = _seconds(row.get("timestamp"))
    return None if seconds is None else datetime.fromtimestamp(seconds, UTC)


def queues(answer: Answer) -> list[Queue]:
    """Read all queues with their agents."""
    data = answer.json()
    if not isinstance(data, list):
        raise Unreadable("The queues are no list.")
    return [_queue(row) for row in rows_of(data)]


def _queue(row: Mapping[str, Any]) -> Queue:
    return Queue(
        id=text(row["id"]),
        name=text(row.get("name")),
        extension=text(row.get("extension")),
        strategy=text(row.get("strategy")),
        counts={name: value for name, value in row.items() if "agents" in name and isinstance(value, int)},
        agents=tuple(
            QueueAgent(
                id=text(agent.get("id")),
                name=text(agent.get("name")),
                extension=text(agent.get("extension")),
                status=text(agent.get("status")),
                is_logged_in=agent.get("logged_in") is True,
                is_registered=agent.get("registered") is True,
            )
            for agent in rows_of(row.get("agents"))
        ),
    )


def rows_of(rows: Any) -> list[dict[str, Any]]:
    """Give the rows of a list; null is an empty one, anything else is unreadable."""
    if rows is None:
        return []
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise Unreadable("A list holds something else than objects.")
    return rows


def text(value: Any) -> str:
    """Give a value as text; null is empty."""
    return "" if value is None else str(value)


def _seconds(value: Any) -> float | None:
    try:
        seconds = None if value is None or isinstance(value, bool) else float(value)
    except (TypeError, ValueError):
        return None
    return seconds if seconds is not None and math.isfinite(seconds) else None


def date_of(answer: Answer) -> float | None:
    """Give the `Date` that every HTTP server with a clock must send (RFC 9110, 6.6.1), as unix seconds."""
    try:
        told = parsedate_to_datetime(answer.headers["date"])
    except (LookupError, TypeError, ValueError):
        return None
    return (told if told.tzinfo else told.replace(tzinfo=UTC)).timestamp()
