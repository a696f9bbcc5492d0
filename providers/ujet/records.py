"""Own UJET's objects as typed values: what is sent, and what its answers hold.

Never sends anything. Unknown keys of answers are ignored: the vendor may add some at any time.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from providers.effects import Answer, Unreadable
from providers.secrets import mask_text
from providers.values import PRIVATE, Value

#: The fields of a contact that an answer echoes (vendor's document: "add a single contact").
_ECHOED = frozenset({"name", "email", "phone_number", "outbound_number", "external_unique_id"})
#: A reason longer than this helps nobody.
_REASON_CHARACTERS = 200
#: What is kept of a PATCH or DELETE answer: facts of the call, nothing of the person. `updated_at` moves with every
#: look, so it says nothing.
_KEPT = (
    "id",
    "campaign_id",
    "status",
    "assigned_call_id",
    "assigned_participant_id",
    "priority",
    "created_at",
)


def digits(phone: str | None) -> str:
    """Give the digits of a number: answers write numbers in their own way (sheet: Basics)."""
    return re.sub(r"\D", "", phone or "")


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class NewContact(Value):
    """A contact to be added; `phone` is E.164 with plus, `ref` becomes its external_unique_id."""

    ref: str
    phone: str = field(metadata=PRIVATE)
    name: str = field(metadata=PRIVATE)
    email: str | None = field(default=None, metadata=PRIVATE)
    outbound_number: str | None = field(default=None, metadata=PRIVATE)  # the caller id

    def __post_init__(self) -> None:
        Value.__post_init__(self)
        # Without a name the vendor counts a contact as invalid; without our reference nobody finds it again.
        if not (self.ref.strip() and self.name.strip() and digits(self.phone)):
            raise ValueError("A contact needs a ref, a name and a phone.")

    def body(self) -> dict[str, str]:
        """Write it as the vendor's document has it; what is not known is left out."""
        given = {
            "name": self.name,
            "email": self.email,
            "phone_number": self.phone,
            "outbound_number": self.outbound_number,
            "external_unique_id": self.ref,
        }
        return {key: value for key, value in given.items() if value}


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class AddVerdict(Value):
    """What became of one added contact; `reason` is empty where none was given."""

    is_valid: bool
    reason: str = ""
    contact_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class ListedContact(Value):
    """A row of the contact list; `contact_id` and `status` are not documented there, and used if given."""

    ref: str | None = None
    phone: str | None = field(default=None, metadata=PRIVATE)
    name: str | None = field(default=None, metadata=PRIVATE)
    email: str | None = field(default=None, metadata=PRIVATE)
    contact_id: str | None = None
    status: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class ContactState(Value):
    """A contact as PATCH and DELETE answer it: the only place where its status is documented."""

    status: str
    contact_id: str | None = None
    phone: str | None = field(default=None, metadata=PRIVATE)
    facts: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class CampaignRecord(Value):
    """A campaign as the manager API shows it; None = the answer does not say."""

    id: str
    name: str = ""
    status: str = ""
    max_redial_count: int | None = None


def verdict_of(answer: Answer, contact: NewContact) -> AddVerdict:
    """Read the answer to an add: success is to be among `valid_contacts`, whatever the HTTP status says."""
    data = answer.json()
    # An empty list may be left out, either of them; an answer that names us nowhere says nothing.
    valid = _own_entry(data.get("valid_contacts") or [], contact)
    invalid = _own_entry(data.get("invalid_contacts") or [], contact)
    if (valid is None) == (invalid is None):
        raise Unreadable("The answer does not say whether the contact was taken.")
    if valid is not None:
        return AddVerdict(is_valid=True, contact_id=id_of(valid.get("id")))
    return AddVerdict(is_valid=False, reason=reason_of(invalid, contact))


def _own_entry(entries: Any, contact: NewContact) -> Any:
    """Find the entry about this contact; its shape among the invalid ones is not documented (sheet: Add one)."""
    if not isinstance(entries, list):
        raise Unreadable("A list of contacts is no list.")
    for entry in entries:
        known = entry if isinstance(entry, dict) else {}
        named = known.get("external_unique_id")
        if named == contact.ref or (not named and digits(known.get("phone_number")) == digits(contact.phone)):
            return entry
        if named is None and not known.get("phone_number") and len(entries) == 1:
            return entry  # one contact was sent: an entry without any name can be about no other
    return None


def reason_of(said: Any, contact: NewContact) -> str:
    """Give the vendor's words on a refusal, without anything personal; the keys are not documented."""
    text = " ".join(" ".join(_texts(said)).split())
    for private in sorted({contact.name, contact.email or "", *contact.name.split()}, key=len, reverse=True):
        if len(private) > 1:
            text = re.sub(re.escape(private), "***", text, flags=re.IGNORECASE)
    return mask_text(text)[:_REASON_CHARACTERS]


def _texts(said: Any) -> Iterator[str]:
    if isinstance(said, str):
        yield said
    elif isinstance(said, list):
        for item in said:
            yield from _texts(item)
    elif isinstance(said, dict):
        for key, item in said.items():
            if key not in _ECHOED:
                yield from _texts(item)


def id_of(value: Any) -> str | None:
    """Read an id, which is a whole number by the vendor's document; anything else is none."""
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    return value if isinstance(value, str) and value.isdecimal() else None


def listed_of(answer: Answer) -> list[ListedContact]:
    """Read the contact list: a bare array; anything else is not the list and must not look like an empty one."""
    rows = answer.json()
    if not isinstance(rows, list):
        raise Unreadable("The list of contacts is no array.")
    return [
        ListedContact(
            ref=text_of(row.get("external_unique_id")),
            phone=text_of(row.get("phone_number")),
            name=text_of(row.get("name")),
            email=text_of(row.get("email")),
            contact_id=id_of(row.get("id")),
            status=text_of(row.get("status")),
        )
        for row in rows
    ]


def text_of(value: Any) -> str | None:
    """Read a text; an empty one is none."""
    return value if isinstance(value, str) and value.strip() else None


def state_of(answer: Answer) -> ContactState:
    """Read the contact of a PATCH or DELETE answer; its phone stands in the metadata only."""
    data = answer.json()
    status = text_of(data["status"])
    if status is None:
        raise Unreadable("The contact has no status.")
    return ContactState(
        status=status,
        contact_id=id_of(data.get("id")),
        phone=_phone_in(data),
        facts={key: data[key] for key in _KEPT if data.get(key) is not None},
    )


def _phone_in(data: Mapping[str, Any]) -> str | None:
    # The keys read "PHONE (REQUIRED)" and the like: the portal's column titles, so only their beginning is relied on.
    metadata = data.get("user_custom_metadata") or {}
    found = [value for key, value in metadata.items() if str(key).strip().upper().startswith("PHONE")]
    return text_of(found[0]) if found else text_of(data.get("phone_number"))


def campaign_of(data: Mapping[str, Any]) -> CampaignRecord:
    """Read a campaign object of the manager API."""
    campaign_id = id_of(data["id"])
    if campaign_id is None:
        raise Unreadable("A campaign has no id.")
    count = id_of(data.get("max_redial_count"))
    return CampaignRecord(
        id=campaign_id,
        name=text_of(data.get("name")) or "",
        status=text_of(data.get("status")) or "",
        max_redial_count=None if count is None else int(count),
    )
