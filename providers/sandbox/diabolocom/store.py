"""Own the contacts and campaigns of the account, and the indexes that keep every search quick.

Never knows a request or a call's fate.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from providers.sandbox.diabolocom.fields import second, stamp
from providers.sandbox.line import Call, Stage


@dataclass(slots=True, kw_only=True, eq=False)
class Campaign:
    """One campaign; `values` are its properties as they are shown."""

    values: dict[str, Any]
    #: What new contacts get with priorityMode; set in the portal only.
    new_contact_priority: int = 1
    is_deleted: bool = False
    contacts: dict[int, Contact] = field(default_factory=dict)
    last_contact_id: int = 0
    #: (lastUpdatedAt, id) of every contact, sorted: the change feed.
    feed: list[tuple[datetime, int]] = field(default_factory=list)
    #: (custom field, value) to contact ids.
    by_value: dict[tuple[str, str], dict[int, None]] = field(default_factory=dict)

    @property
    def id(self) -> int:
        """Give the campaign's id."""
        return int(self.values["id"])

    def shown(self) -> dict[str, Any]:
        """Show it as the API does."""
        return {name: _shown(value) for name, value in self.values.items()}


@dataclass(slots=True, kw_only=True, eq=False)
class Contact:
    """One contact; `values` are its properties but for its state, custom fields and phones."""

    id: int  # over the whole account
    contact_id: int  # inside its campaign
    campaign: Campaign
    custom: dict[str, str]
    values: dict[str, Any]
    created_at: datetime
    call: Call | None = None
    tries_before: int = 0  # as its latest ring began
    state: str | None = None  # overrides the true one

    @property
    def is_on_call(self) -> bool:
        """Say whether a call of it is going on."""
        return self.call is not None and self.call.stage in (Stage.RINGING, Stage.CONNECTED)

    def phones(self) -> dict[str, str]:
        """Give the phone fields that hold a number, in the campaign's order."""
        names = self.campaign.values["phoneFields"]
        return {name: self.custom[name] for name in names if self.custom.get(name)}

    def shown(self) -> dict[str, Any]:
        """Show it as the API does."""
        busy = "processing_in_progress" if self.is_on_call else "processing_not_in_progress"
        shown = {name: _shown(value) for name, value in self.values.items()}
        return {
            "id": self.id,
            "campaignId": self.campaign.id,
            "contactId": self.contact_id,
            "state": self.state or busy,
            **shown,
            "purgeDate": shown["purgeDate"][:10],  # the one date without a time
            "customFields": dict(self.custom),
            "phones": self.phones(),
        }


class Book:
    """All contacts of the account."""

    def __init__(self) -> None:
        self.contacts: dict[int, Contact] = {}  # by system id, ascending
        self.by_phone: dict[str, dict[int, None]] = {}

    def add(self, contact: Contact) -> None:
        """Keep a new contact."""
        campaign = contact.campaign
        self.contacts[contact.id] = contact
        campaign.contacts[contact.contact_id] = contact
        insort(campaign.feed, _place(contact))
        self._index(contact)

    def remove(self, contact: Contact) -> None:
        """Forget a contact for good."""
        self._unindex(contact)
        feed = contact.campaign.feed
        del feed[bisect_left(feed, _place(contact))]
        del contact.campaign.contacts[contact.contact_id]
        del self.contacts[contact.id]

    def fill(self, contact: Contact, custom: dict[str, str]) -> None:
        """Change custom fields; those left out stay as they are."""
        self._unindex(contact)
        contact.custom |= custom
        self._index(contact)

    def touch(self, contact: Contact, at: datetime, login: str) -> None:
        """Note that a contact has changed, for the feed."""
        feed = contact.campaign.feed
        del feed[bisect_left(feed, _place(contact))]
        contact.values |= {"lastUpdatedAt": second(at), "lastUpdatedBy": login}
        insort(feed, _place(contact))

    def _index(self, contact: Contact) -> None:
        for name, value in contact.custom.items():
            contact.campaign.by_value.setdefault((name, value), {})[contact.contact_id] = None
        for number in contact.phones().values():
            self.by_phone.setdefault(number, {})[contact.id] = None

    def _unindex(self, contact: Contact) -> None:
        for name, value in contact.custom.items():
            contact.campaign.by_value.get((name, value), {}).pop(contact.contact_id, None)
        for number in contact.phones().values():
            self.by_phone.get(number, {}).pop(contact.id, None)


def _place(contact: Contact) -> tuple[datetime, int]:
    return contact.values["lastUpdatedAt"], contact.id


def _shown(value: Any) -> Any:
    return stamp(value) if isinstance(value, datetime) else value
