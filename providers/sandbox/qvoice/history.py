"""Own the campaign activity: one record a ring, without any id of lead or campaign and without an outcome.

Never knows what a call came to; that is the lead's status alone.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from providers.sandbox.qvoice.asked import invalid
from providers.sandbox.qvoice.desk import AGENT_EXTENSION, AGENT_NAME, dialed_agent
from providers.sandbox.qvoice.leads import Lead, hex_id

#: What the document's sample has behind a call's id. Whether the id means with or without it is not said;
#: here it is without, so that whoever hands the text back as it is gets refused.
_UUID_TAIL = "-clicktocall"
_CDR_LENGTH = 36  # as the sample's


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """What is asked for: unix seconds, both inclusive, from a key on ("" = the first)."""

    first: int
    last: int
    start: str
    size: int
    seen_until: datetime


class History:
    """All attempts of the account, in the order of their seconds."""

    def __init__(self, *, is_newest_first: bool) -> None:
        self._is_newest_first = is_newest_first
        self._places: list[tuple[int, str]] = []  # second and key, ascending
        self._records: dict[str, tuple[datetime, dict[str, Any]]] = {}
        self._place_of: dict[str, tuple[int, str]] = {}
        #: Dispositions by the call's id; None = nobody has said any.
        self.dispositions: dict[str, str | None] = {}

    def add(self, lead: Lead, at: datetime) -> None:
        """Note that a lead's phone rings."""
        number = len(self._places) + 1
        # The number leads, so that records of one second keep their order.
        key = f"{number:012x}{hex_id('record', number, 20)}"
        cdr = hex_id("call", number, _CDR_LENGTH)
        place = (int(at.timestamp()), key)
        insort(self._places, place)  # rings that were due while nobody asked come in any order
        self._place_of[key] = place
        self._records[key] = (at, _record(lead, at, cdr))
        self.dispositions[cdr] = None

    def page(self, window: Window) -> tuple[list[dict[str, Any]], str]:
        """Give the records of a window, and the key of the next page's first; "" = there is no next page."""
        keys: list[str] = []
        for index in self._indexes(window):
            key = self._places[index][1]
            if self._records[key][0] <= window.seen_until:
                keys.append(key)
            if len(keys) > window.size:
                break
        shown = [self._records[key][1] for key in keys[: window.size]]
        return shown, keys[window.size] if len(keys) > window.size else ""

    def _indexes(self, window: Window) -> Iterable[int]:
        first = bisect_left(self._places, (window.first, ""))
        end = bisect_left(self._places, (window.last + 1, ""))
        if window.start:
            place = self._place_of.get(window.start)
            if place is None:
                raise invalid("the start key is none of ours")
            at = bisect_left(self._places, place)
            first, end = (first, min(end, at + 1)) if self._is_newest_first else (max(first, at), end)
        return reversed(range(first, end)) if self._is_newest_first else range(first, end)


def _record(lead: Lead, at: datetime, cdr: str) -> dict[str, Any]:
    return {
        "datetime": at.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S +0000 UTC"),
        "timestamp": int(at.timestamp()),
        "campaign_name": lead.campaign.name,
        "lead_name": f"{lead.given['first_name']} {lead.given['last_name']}".strip(),
        "lead_number": lead.given["number"],
        "agent_name": AGENT_NAME,
        "agent_extension": AGENT_EXTENSION,
        "lead_history": [
            {
                "agent": dialed_agent(at.timestamp()),
                "event": "campaign dial",
                "ext": AGENT_EXTENSION,
                "last_attempt": at.timestamp(),
                "type": "dial agent",
                "uuid": f"{cdr}{_UUID_TAIL}",
            }
        ],
    }
