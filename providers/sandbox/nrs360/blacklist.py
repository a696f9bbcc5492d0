"""Own the black lists of three channels, version 2 of their API.

Never forgets a message that it has stopped: taking a number off the list brings nothing back.
"""

from __future__ import annotations

from typing import Any

from providers.sandbox.base import route
from providers.sandbox.messages import Request, Response, answered
from providers.sandbox.nrs360.errors import invalid
from providers.sandbox.nrs360.events import Events
from providers.sandbox.nrs360.shapes import body_of, is_email, is_phone, iso, missing, paged, query_of

_RECIPIENT: dict[str, type] = {"recipient": str}


class BlacklistRoutes(Events):
    """GET, PUT and DELETE of v2/blacklist."""

    @route("GET", "/api/rest/v2/blacklist/{kind}")
    def list_blacklist(self, request: Request, kind: str) -> Response:
        """List in pages."""
        entries = self._list(kind)
        query = query_of(request, "limit", "page", "recipient", "sendingId")
        rows = list(entries.values())
        if "recipient" in query:
            rows = [entries[each] for each in query["recipient"][-1:] if each in entries]
        if "sendingId" in query:
            rows = [row for row in rows if str(row["sendingId"]) == query["sendingId"][-1]]
        rows = [row for row in rows if self.is_listed(row["createdAt"])]
        return paged(request, query, rows, _shown, self.page_limit)

    @route("PUT", "/api/rest/v2/blacklist/{kind}")
    def add_to_blacklist(self, request: Request, kind: str) -> Response:
        """Add one; a second time changes nothing (silent).

        A voice message that waits for the number ends `rejected`, unless the account was opened with
        `blacklist_stops` off; one that rings goes on. The document does not say either.
        """
        self._list(kind)
        recipient = _recipient(request, kind)
        entry = self.blacklist(kind, recipient)
        if kind == "voice" and self.blacklist_stops:
            for call in self.line.of_phone(recipient):
                if not call.is_over:
                    self.give_up(call, "rejected")
        shown = _shown(entry)
        del shown["sendingId"]  # shown in lists only
        return answered({"data": shown})

    @route("DELETE", "/api/rest/v2/blacklist/{kind}")
    def remove_from_blacklist(self, request: Request, kind: str) -> Response:
        """Take one off; one that is not there is 404 (silent)."""
        entries = self._list(kind)
        recipient = _recipient(request, kind)
        if recipient not in entries:
            raise missing()
        del entries[recipient]
        return answered(None, 204)

    def _list(self, kind: str) -> dict[str, dict[str, Any]]:
        if kind not in self.blacklists:
            raise missing()
        return self.blacklists[kind]


def _recipient(request: Request, kind: str) -> str:
    """Read the recipient of a channel: an address for mailing, digits for the others."""
    recipient = str(body_of(request, _RECIPIENT, required=_RECIPIENT)["recipient"])
    if not (is_email(recipient) if kind == "mailing" else is_phone(recipient)):
        raise invalid("recipient is not of this channel")
    return recipient


def _shown(entry: dict[str, Any]) -> dict[str, Any]:
    return entry | {"createdAt": iso(entry["createdAt"])}
