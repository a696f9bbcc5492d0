"""Own the messages that wait for their time: list, move, delete ("Mensagens programadas").

Never asks twice: moving or deleting without a GUID moves or deletes everything that the account has scheduled.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from providers.sandbox.base import route
from providers.sandbox.line import Call, Stage
from providers.sandbox.messages import Request, Response, answered
from providers.sandbox.nrs360.errors import GUID, coded, invalid
from providers.sandbox.nrs360.events import Events
from providers.sandbox.nrs360.shapes import compact, is_a, json_of, known, query_of, spaced

#: The types that can be asked for. Voice is in no list of types: such messages are found, moved and deleted
#: where no type is given ("all"), and carry a type that cannot be asked for.
TYPES = ("SMS", "MAILING")
_UNASKABLE = "VOICE"
#: What PHP takes for "not given", so that an empty array or an empty text means all.
_NOTHING: tuple[object, ...] = (None, "", 0, "0", [], False)


@dataclass(slots=True, kw_only=True, eq=False)
class Scheduled:
    """One message for later; without a call it is of another channel and rings nobody."""

    guid: int
    kind: str
    sending_id: int
    content: dict[str, Any]
    created_at: datetime
    updated_at: datetime
    due_at: datetime
    call: Call | None = None


class ScheduledRoutes(Events):
    """GET, PUT and DELETE of scheduled."""

    def __init__(self, **given: Any) -> None:
        """Begin with nothing scheduled."""
        super().__init__(**given)
        self._scheduled: dict[int, Scheduled] = {}

    def schedule(self, call: Call, guid: int, message: str) -> None:
        """Keep a voice message for later."""
        sending, now = self.sending_of(call), self.now()
        campaign_id = sending.campaign.id if sending.campaign else 0
        content = {"to": call.phone, "message": message, "campaignId": campaign_id, "sendingId": sending.id}
        self._scheduled[guid] = Scheduled(
            guid=guid,
            kind=_UNASKABLE,
            sending_id=sending.id,
            content=content,
            created_at=now,
            updated_at=now,
            due_at=call.due_at,
            call=call,
        )

    def add_scheduled(self, *, kind: str = "SMS", phone: str, message: str, due_at: datetime) -> str:
        """Let people schedule a message of another channel; give its GUID."""
        guid, sending_id, now = self.number(), self.number(), self.now()
        content = {"to": phone, "message": message, "campaignId": 0, "sendingId": sending_id}
        self._scheduled[guid] = Scheduled(
            guid=guid,
            kind=kind,
            sending_id=sending_id,
            content=content,
            created_at=now,
            updated_at=now,
            due_at=due_at,
        )
        return str(guid)

    @route("GET", "/api/rest/scheduled")
    def list_scheduled(self, request: Request) -> Response:
        """List; with exactly one GUID the answer is an object, and it has the content."""
        query = query_of(request, "guid", "type", "sendingId")
        guids = [_guid(text) for text in query.get("guid", []) if text != ""]
        rows = self._chosen(guids, query.get("type", [None])[-1])
        if "sendingId" in query:
            rows = [row for row in rows if str(row.sending_id) == query["sendingId"][-1]]
        if len(guids) == 1:
            if not rows:
                raise coded(GUID)
            return answered({"result": _shown(rows[0]) | {"content": rows[0].content}, "total": 1})
        return answered({"result": [_shown(row) for row in rows], "total": len(rows)})

    @route("PUT", "/api/rest/scheduled")
    def move_scheduled(self, request: Request) -> Response:
        """Move one, several, or without a GUID all."""
        data = _body(request, "guid", "type", "scheduleDate")
        at = compact(data.get("scheduleDate"))
        if at is None:
            raise coded(121)
        if at <= self.now():
            raise coded(108)
        rows = self._meant(data)
        for row in rows:
            row.due_at, row.updated_at = at, self.now()
            if row.call is not None:
                row.call.due_at = at
        return answered({"result": True, "updated": len(rows)})

    @route("DELETE", "/api/rest/scheduled")
    def delete_scheduled(self, request: Request) -> Response:
        """Delete one, several, or without a GUID all."""
        rows = self._meant(_body(request, "guid", "type"))
        for row in rows:
            del self._scheduled[row.guid]
            if row.call is not None:
                self.give_up(row.call, None)  # whether an event tells of it is not documented: silence
        return answered({"result": True, "deleted": len(rows)})

    def _meant(self, data: Mapping[str, Any]) -> list[Scheduled]:
        given = data.get("guid")
        if given in _NOTHING:
            return self._chosen([], data.get("type"))
        guids = [_guid(each) for each in (given if isinstance(given, list) else [given])]
        rows = self._chosen(guids, data.get("type"))
        if not rows:
            raise coded(GUID)
        return rows  # of several, those that are known: the document does not say that one can spoil all

    def _chosen(self, guids: Iterable[int], kind: object) -> list[Scheduled]:
        if kind is not None and kind not in TYPES:
            raise invalid("type must be SMS or MAILING")
        named = list(dict.fromkeys(guids))
        if not named:
            self._scheduled = {guid: row for guid, row in self._scheduled.items() if self._waits(row)}
        rows = [self._scheduled.get(guid) for guid in named] if named else list(self._scheduled.values())
        return [row for row in rows if row and kind in (None, row.kind) and self._waits(row)]

    def _waits(self, row: Scheduled) -> bool:
        return row.due_at > self.now() and (row.call is None or row.call.stage is Stage.WAITING)


def _body(request: Request, *names: str) -> dict[str, Any]:
    query_of(request)
    data = json_of(request)
    known(data, names)
    return data


def _guid(given: object) -> int:
    """Read a GUID: an integer, or the same as text, as lists show it."""
    if is_a(given, int) or (isinstance(given, str) and re.fullmatch(r"[0-9]{1,18}", given)):
        return int(str(given))
    raise coded(GUID)


def _shown(row: Scheduled) -> dict[str, Any]:
    return {
        "guid": str(row.guid),
        "type": row.kind,
        "sending_id": row.sending_id,
        "created_at": spaced(row.created_at),
        "updated_at": spaced(row.updated_at),
        "scheduled_at": spaced(row.due_at),
    }
