"""Own the vendor's block list of voice calls: who is on it, put one number on it, take one off.

Never names more than one number a request, and never decides who is on it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from providers.contract import Blocklist
from providers.errors import Refused
from providers.http import Answer, Effect, Unreadable
from providers.nrs360.records import data_of, text_of, when_of
from providers.nrs360.wire import Wire, digits_of, named
from providers.values import PRIVATE, Value

#: Document: the type is part of the path; the others (sms, mailing) are no calls.
_PATH = "/v2/blacklist/voice"


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Blocked(Value):
    """One number on the list; digits, as the vendor writes it."""

    phone: str = field(metadata=PRIVATE)
    is_definitive: bool = False
    sending_id: str = ""
    campaign_name: str = ""
    created_at: datetime | None = None


class VoiceBlacklist:
    """Whom the vendor calls no more, account-wide; phones are E.164 with plus."""

    def __init__(self, wire: Wire) -> None:
        self._wire = wire

    def each(self, *, phone: str | None = None, sending_id: str | None = None) -> Iterator[Blocked]:
        """Give every entry that fits, page by page."""
        return self._wire.pages(
            _PATH,
            operation="list_blacklist",
            row=_blocked,
            params={"recipient": digits_of(phone) if phone else None, "sendingId": sending_id},
        )

    def add(self, phone: str, *, ref: str = "") -> Blocked:
        """Put one number on the list; again changes nothing."""
        number = named(digits_of(phone), "number")

        def read(answer: Answer) -> Blocked:
            entry = _blocked(data_of(answer))
            if entry.phone != number:
                raise Unreadable("It confirms another number.")
            return entry

        return self._wire.request(
            "PUT",
            _PATH,
            operation="add_to_blacklist",
            effect=Effect.REPEATABLE,
            json={"recipient": number},
            decode=read,
            ref=ref,
        )

    def holds(self, phone: str) -> bool:
        """Say whether one number is on the list; the vendor's filter is not relied on."""
        number = named(digits_of(phone), "number")
        return any(entry.phone == number for entry in self.each(phone=phone))

    def remove(self, phone: str) -> None:
        """Take one number off the list."""
        self._wire.request(
            "DELETE",
            _PATH,
            operation="remove_from_blacklist",
            effect=Effect.REPEATABLE,
            json={"recipient": named(digits_of(phone), "number")},
            decode=lambda answer: None,
        )


class OwnList(Blocklist):
    """The block list as the engine keeps it."""

    def __init__(self, blacklist: VoiceBlacklist) -> None:
        self._blacklist = blacklist

    def holds(self, phone: str) -> bool:
        """Say whether a number is on the list, whoever put it there."""
        return self._blacklist.holds(phone)

    def add(self, phone: str) -> None:
        """Put a number on the list."""
        self._blacklist.add(phone)

    def remove(self, phone: str) -> None:
        """Take a number off the list; what a refusal of one that is not there looks like is not documented."""
        try:
            self._blacklist.remove(phone)
        except Refused:
            if self._blacklist.holds(phone):
                raise


def _blocked(item: Mapping[str, Any]) -> Blocked:
    return Blocked(
        phone=text_of(item["recipient"]),
        is_definitive=item.get("isDefinitive") is True,
        sending_id=text_of(item.get("sendingId")),
        campaign_name=text_of(item.get("campaignName")),
        created_at=when_of(item.get("createdAt")),
    )
