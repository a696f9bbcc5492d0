"""Own what a tenant keeps: campaigns, their contacts with all ways to find one, and import jobs.

Never decides whether something may be added or dialed.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from providers.sandbox.line import Call, digits
from providers.sandbox.ujet import words
from providers.sandbox.ujet.reading import CONTACT_FIELDS, stamp, written, written_outbound
from providers.values import NativeStep
from providers.vocabulary import Unit

#: Campaign states in which contacts are dialed: the word that is documented, and that of the sample object.
DIALING_STATES = frozenset({"started", "dialing"})


@dataclass(slots=True, kw_only=True, eq=False)
class Contact:
    """One contact of one campaign."""

    id: int
    campaign_id: int
    data: dict[str, str]  # the five fields, as sent
    created_at: datetime
    updated_at: datetime
    call: Call | None = None  # None: it was never dialable
    fate: str | None = None  # the word of one that will never ring
    counted_as: str = ""  # the status under which the campaign counts it now
    call_id: int | None = None
    participant_id: int | None = None
    is_removed: bool = False
    #: As lists write it: no id, no status, no dates. Kept, because a list is the whole campaign each time.
    listed: dict[str, str | None] = field(init=False)

    def __post_init__(self) -> None:
        """Write it for lists."""
        self.listed = echoed(self.data)

    def change(self, data: dict[str, str], at: datetime) -> None:
        """Put new values in the place of old ones."""
        self.data, self.updated_at = {**self.data, **data}, at
        self.listed = echoed(self.data)

    def shown(self, status: str) -> dict[str, Any]:
        """Write it as PATCH and DELETE do: the phone is in the metadata only, our reference nowhere."""
        return {
            "id": self.id,
            "name": self.data["name"],
            "campaign_id": self.campaign_id,
            "assigned_call_id": self.call_id,
            "assigned_participant_id": self.participant_id,
            "outbound_number": written_outbound(self.data.get("outbound_number")),
            "priority": None,
            "created_at": stamp(self.created_at),
            "updated_at": stamp(max(self.updated_at, self.call.changed_at) if self.call else self.updated_at),
            "status": status,
            "user_custom_metadata": {
                "NAME (REQUIRED)": self.data["name"],
                "PHONE (REQUIRED)": written(self.data["phone_number"]),
                "EMAIL (REQUIRED)": self.data.get("email"),
            },
        }


@dataclass(slots=True, kw_only=True, eq=False)
class Campaign:
    """One campaign, made in the portal; `settings` are the fields of the manager API's object."""

    id: int
    settings: dict[str, Any]
    contacts: dict[int, Contact] = field(default_factory=dict)
    by_phone: dict[str, Contact] = field(default_factory=dict)
    by_ref: dict[str, dict[int, Contact]] = field(default_factory=dict)
    counts: Counter[str] = field(default_factory=Counter)  # contacts by status
    redials: int = 0

    @property
    def dials(self) -> bool:
        """Say whether it runs."""
        return self.settings["status"] in DIALING_STATES

    @property
    def mode(self) -> str:
        """Give preview, progressive or predictive."""
        return str(self.settings["mode"])

    @property
    def waits(self) -> tuple[NativeStep, ...]:
        """Give the waits before the redials of each contact."""
        step = NativeStep(amount=self.settings["redial_interval_minutes"], unit=Unit.MINUTE)
        return (step,) * int(self.settings["max_redial_count"])

    def holds(self, phone: str) -> bool:
        """Say whether a number is in it, in whichever state."""
        return digits(phone) in self.by_phone

    def add(self, contact: Contact) -> None:
        """Keep a contact."""
        self.contacts[contact.id] = contact
        if phone := digits(contact.data["phone_number"]):  # imported nonsense may have none
            self.by_phone.setdefault(phone, contact)
        if "external_unique_id" in contact.data:
            self.by_ref.setdefault(contact.data["external_unique_id"], {})[contact.id] = contact

    def drop(self, contact: Contact) -> None:
        """Keep a contact no longer."""
        del self.contacts[contact.id]
        phone, ref = digits(contact.data["phone_number"]), contact.data.get("external_unique_id")
        if self.by_phone.get(phone) is contact:
            del self.by_phone[phone]
        if ref is not None:
            del self.by_ref[ref][contact.id]

    def find(self, selector: str, value: Any) -> Contact | None:
        """Find a contact; of several with one reference (nothing forbids them) the oldest."""
        if selector == "contact_id":
            return self.contacts.get(value)
        if selector == "phone_number":
            return self.by_phone.get(digits(value))
        return next(iter(self.by_ref.get(value, {}).values()), None)

    def shown(self) -> dict[str, Any]:
        """Write it as the manager API does."""
        dates = {name: _stamp(self.settings[name]) for name in ("created_at", "starts_at", "updated_at")}
        queue = {"id": 31, "name": "Sandbox queue", "menu_type": "ivr_menu", "deleted": False}
        return {"id": self.id, **self.settings, **dates, "queue": queue, "contact_stats": self._stats()}

    def _stats(self) -> dict[str, int | float]:
        counts, total = self.counts, len(self.contacts)
        by_word: dict[str, int | float] = {words.COUNTED_AS.get(w, w): counts[w] for w in words.STATUSES}
        remaining = sum(counts[word] for word in words.OPEN)
        reached = sum(counts[word] for word in words.REACHED)
        return {
            **by_word,
            "Contacts": total,
            "Remaining": remaining,
            "Completed": total - remaining,
            "Reached": reached,
            "Not reached": total - remaining - reached,
            "Redials": self.redials,
        }


@dataclass(slots=True, kw_only=True, eq=False)
class Job:
    """One import."""

    id: int
    campaign_id: int
    rows: list[dict[str, str]]
    ends_at: datetime
    status: str = "in_progress"

    def shown(self) -> dict[str, Any]:
        """Write it as the document does; the row that failed is not named."""
        job = {"id": self.id, "status": self.status, "type": "Jobs::Bulk::Campaign::ParentJob"}
        if self.status != "failed":
            return job
        return job | {
            "type": "Jobs::Bulk::Campaign::StartImport",
            "error_message": "Internal Error",
            "error_details": "NativePowerDial::ContactService::DuplicateContactPhoneOnCampaign",
        }


def echoed(row: dict[str, str]) -> dict[str, str | None]:
    """Write the five fields of a contact; the number is not written as it was sent."""
    return {name: written(row[name]) if name == "phone_number" else row.get(name) for name in CONTACT_FIELDS}


def _stamp(at: datetime | None) -> str | None:
    return None if at is None else stamp(at)
