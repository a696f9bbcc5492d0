"""Own the vendor's CSV reports: the events of a sending, and the keys that were pressed.

Never asks for them and never decides what an event means.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from io import StringIO

from providers.http import Unreadable
from providers.nrs360.records import when_of, zoned_of
from providers.values import PRIVATE, Value

#: Columns of the events report, lower case (document: Events report of a sending); others are custom fields.
_EVENT_COLUMNS = frozenset(
    {
        "campaignname",
        "campaignid",
        "sendingid",
        "contactid",
        "event",
        "phone",
        "email",
        "landline",
        "countryiso",
    }
    | {"calldurationseconds", "createdat"}
)


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class EventRow(Value):
    """One event of one recipient; `phone` is digits, as the vendor writes it; `seconds` are of the call."""

    event: str
    phone: str = field(default="", metadata=PRIVATE)
    email: str = field(default="", metadata=PRIVATE)
    campaign_name: str = ""
    campaign_id: str = ""
    sending_id: str = ""
    contact_id: str = ""
    country: str = ""
    seconds: float | None = None
    at: datetime | None = None  # UTC, also where no zone is written
    happened_at: datetime | None = None  # only where the zone is written
    custom: Mapping[str, str] = field(default_factory=dict, metadata=PRIVATE)


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class KeyRow(Value):
    """One key that one recipient pressed, at one message of the menu."""

    phone: str = field(metadata=PRIVATE)
    key: str = field(metadata=PRIVATE)
    message: str = ""


def event_rows(text: str) -> list[EventRow]:
    """Read an events report; an empty body is a sending without an event."""
    return [_event_row(row) for row in _rows(text, wanted="event")]


def key_rows(text: str) -> list[KeyRow]:
    """Read a report of pressed keys, in its order."""
    return [
        KeyRow(
            phone=row.get("phonenumber", "") or row.get("phone", ""),
            key=row["key"],
            message=row.get("message", ""),
        )
        for row in _rows(text, wanted="key")
    ]


def _event_row(row: Mapping[str, str]) -> EventRow:
    return EventRow(
        event=row["event"],
        # A landline has a column of its own.
        phone=row.get("phone", "") or row.get("landline", ""),
        email=row.get("email", ""),
        campaign_name=row.get("campaignname", ""),
        campaign_id=row.get("campaignid", ""),
        sending_id=row.get("sendingid", ""),
        contact_id=row.get("contactid", ""),
        country=row.get("countryiso", ""),
        seconds=_seconds_of(row.get("calldurationseconds", "")),
        at=when_of(row.get("createdat", "")),
        happened_at=zoned_of(row.get("createdat", "")),
        custom={name: value for name, value in row.items() if name not in _EVENT_COLUMNS},
    )


def _rows(text: str, *, wanted: str) -> list[dict[str, str]]:
    """Read comma separated rows with a header (sheet: CSV for voice); names of columns without case."""
    lines = csv.reader(StringIO(text.removeprefix("\ufeff")), strict=True)
    try:
        header = [name.strip().lower() for name in next(lines, [])]
        if not header:
            return []
        if wanted not in header:
            raise Unreadable(f"The report has no column `{wanted}`.")
        rows = [line for line in lines if line]
    except csv.Error:
        raise Unreadable("The report is no CSV.") from None
    if any(len(line) != len(header) for line in rows):
        raise Unreadable("A row of the report is shorter or longer than its header.")
    return [dict(zip(header, map(str.strip, line), strict=True)) for line in rows]


def _seconds_of(text: str) -> float | None:
    try:
        seconds = float(text)
    except ValueError:
        return None
    return seconds if 0 <= seconds < float("inf") else None
