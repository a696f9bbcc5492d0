"""Own the vendor's scheduled messages: list them, and move or delete one.

Never moves or deletes without a guid: the vendor would take it for all that the account has scheduled.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from providers.http import Answer, Effect, Unreadable
from providers.nrs360.records import id_of, record, rows_of, text_of, when_of
from providers.nrs360.wire import Wire, send_date
from providers.values import PRIVATE, Value

#: Document: Scheduled messages; voice is not among them.
KINDS = ("SMS", "MAILING")


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class ScheduledRecord(Value):
    """One scheduled message; times without a zone are taken for UTC. `content` only where one was asked for."""

    guid: str
    type: str = ""
    sending_id: str = ""
    created_at: datetime | None = None
    updated_at: datetime | None = None
    scheduled_at: datetime | None = None
    content: Mapping[str, Any] = field(default_factory=dict, metadata=PRIVATE)


class Scheduled:
    """Read and change what waits for its time; documented for SMS and e-mail only."""

    def __init__(self, wire: Wire) -> None:
        self._wire = wire

    def find(
        self, *, guids: Sequence[int] = (), kind: str | None = None, sending_id: int | None = None
    ) -> list[ScheduledRecord]:
        """List scheduled messages, all of them without a filter; one guid alone also gives the content."""
        return self._wire.request(
            "GET",
            "/scheduled",
            operation="list_scheduled",
            effect=Effect.READ,
            # PHP's way of several values under one name (document: an array in the query).
            params={
                **_query(guids),
                "type": _kind(kind),
                "sendingId": sending_id,
            },
            decode=_listed,
        )

    def move(self, guid: int, to: datetime, *, kind: str | None = None) -> int:
        """Give one scheduled message another time; tells how many were moved, 0 or 1."""
        body = {**_one(guid, kind), "scheduleDate": send_date(to)}
        return self._changed("PUT", "move_scheduled", body, "updated")

    def delete(self, guid: int, *, kind: str | None = None) -> int:
        """Delete one scheduled message; tells how many were deleted, 0 or 1."""
        return self._changed("DELETE", "delete_scheduled", _one(guid, kind), "deleted")

    def _changed(self, method: str, operation: str, body: Mapping[str, Any], count: str) -> int:
        def read(answer: Answer) -> int:
            data = record(answer.json())
            if data["result"] is not True:
                raise Unreadable("It does not confirm the change.")
            return int(data[count])

        return self._wire.request(
            method, "/scheduled", operation=operation, effect=Effect.REPEATABLE, json=body, decode=read
        )


def _one(guid: int, kind: str | None) -> dict[str, Any]:
    body: dict[str, Any] = {"guid": _guid(guid)}
    return body if kind is None else {**body, "type": _kind(kind)}


def _guid(guid: int) -> int:
    # 0, False or nothing might read as "no guid", and that means all.
    if isinstance(guid, bool) or not isinstance(guid, int) or guid <= 0:
        raise ValueError("Name one scheduled message by its guid, a whole number above 0.")
    return guid


def _kind(kind: str | None) -> str | None:
    if kind is not None and kind not in KINDS:
        raise ValueError(f"A scheduled message is one of: {', '.join(KINDS)}.")
    return kind


def _query(guids: Sequence[int]) -> dict[str, Any]:
    known = [_guid(guid) for guid in guids]
    return {"guid": known[0]} if len(known) == 1 else {"guid[]": known} if known else {}


def _listed(answer: Answer) -> list[ScheduledRecord]:
    result = record(answer.json())["result"]
    # One guid is answered with an object, several with a list.
    return [_record(item) for item in ([result] if isinstance(result, Mapping) else rows_of(result))]


def _record(item: Mapping[str, Any]) -> ScheduledRecord:
    content = item.get("content")
    return ScheduledRecord(
        guid=id_of(item["guid"]),
        type=text_of(item.get("type")),
        sending_id=text_of(item.get("sending_id")),
        created_at=when_of(item.get("created_at")),
        updated_at=when_of(item.get("updated_at")),
        scheduled_at=when_of(item.get("scheduled_at")),
        content=dict(content) if isinstance(content, Mapping) else {},
    )
