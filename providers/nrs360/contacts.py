"""Own the vendor's contact data base: contacts with their custom fields, and the groups they are in.

Never used to place a call: a voice send takes numbers. For people who keep their lists there.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from providers.http import Answer, Effect, segment
from providers.nrs360.records import data_of, id_of, rows_of, text_of, when_of
from providers.nrs360.wire import Wire, digits_of, named
from providers.values import PRIVATE, Value

_INCLUDE = "customFields,groups"


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class CustomField(Value):
    """One value of a field that the account has made up; a date is written as ISO 8601."""

    key: str
    value: str = field(metadata=PRIVATE)
    type: Literal["string", "date", "decimal"] = "string"


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class GroupRecord(Value):
    """A group of contacts."""

    id: str
    name: str = ""


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class ContactRecord(Value):
    """A contact as the vendor has it; phones are digits."""

    id: str
    email: str = field(default="", metadata=PRIVATE)
    phone: str = field(default="", metadata=PRIVATE)
    landline: str = field(default="", metadata=PRIVATE)
    country: str = ""
    name: str = field(default="", metadata=PRIVATE)
    surname: str = field(default="", metadata=PRIVATE)
    created_at: datetime | None = None
    updated_at: datetime | None = None
    custom_fields: tuple[CustomField, ...] = ()
    groups: tuple[GroupRecord, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class NewContact(Value):
    """What a contact shall be: an e-mail, phone or landline at least, and a group by id or by name."""

    email: str | None = field(default=None, metadata=PRIVATE)
    phone: str | None = field(default=None, metadata=PRIVATE)  # E.164 with plus
    landline: str | None = field(default=None, metadata=PRIVATE)  # E.164 with plus
    country: str | None = None  # ISO 3166, two letters
    name: str | None = field(default=None, metadata=PRIVATE)
    surname: str | None = field(default=None, metadata=PRIVATE)
    group_ids: Sequence[int] = ()
    group_names: Sequence[str] = ()
    custom_fields: Sequence[CustomField] = ()

    def body(self) -> dict[str, Any]:
        """Write the contact, or refuse what the document says will be refused."""
        if not (self.email or self.phone or self.landline):
            raise ValueError("Give an e-mail, a phone or a landline.")
        # The rule contradicts itself in the document (sheet: Contacts): with it no reading is violated.
        if (self.phone or self.landline) and not self.country:
            raise ValueError("Give the country of the phone or landline.")
        if not (self.group_ids or self.group_names):
            raise ValueError("Give a group, by id or by name.")
        values = {
            "email": self.email,
            "phone": digits_of(self.phone) if self.phone else None,
            "landline": digits_of(self.landline) if self.landline else None,
            "countryIso": self.country,
            "name": self.name,
            "surname": self.surname,
            "groupsIds": list(self.group_ids) or None,
            "groupsNames": list(self.group_names) or None,
            "customFields": [
                {"key": each.key, "type": each.type, "value": each.value} for each in self.custom_fields
            ]
            or None,
        }
        return {name: value for name, value in values.items() if value is not None}


class Contacts:
    """Read and change contacts; every change names one contact by its id."""

    def __init__(self, wire: Wire) -> None:
        self._wire = wire

    def each(
        self,
        *,
        email: str | None = None,
        phone: str | None = None,
        landline: str | None = None,
        country: str | None = None,
        external_id: str | None = None,
    ) -> Iterator[ContactRecord]:
        """Give every contact that fits, page by page; phones are E.164 with plus."""
        return self._wire.pages(
            "/contacts",
            operation="list_contacts",
            row=_contact,
            params={
                "include": _INCLUDE,
                "email": email,
                "phone": digits_of(phone) if phone else None,
                "landline": digits_of(landline) if landline else None,
                "countryIso": country,
                "externalId": external_id,
            },
        )

    def get(self, contact_id: str) -> ContactRecord:
        """Read one contact with its custom fields and groups."""
        return self._one("GET", contact_id, "get_contact", Effect.READ, params={"include": _INCLUDE})

    def create(self, contact: NewContact) -> ContactRecord:
        """Create a contact; repeating it may make a second one."""
        return self._wire.request(
            "POST",
            "/contacts",
            operation="create_contact",
            effect=Effect.ONCE,
            json=contact.body(),
            decode=lambda answer: _contact(data_of(answer)),
        )

    def update(self, contact_id: str, contact: NewContact) -> ContactRecord:
        """Replace one contact's data."""
        return self._one("PUT", contact_id, "update_contact", Effect.REPEATABLE, json=contact.body())

    def delete(self, contact_id: str) -> None:
        """Delete one contact."""
        self._wire.request(
            "DELETE",
            _path("contacts", contact_id),
            operation="delete_contact",
            effect=Effect.REPEATABLE,
            decode=_nothing,
        )

    def _one(
        self, method: str, contact_id: str, operation: str, effect: Effect, **more: Any
    ) -> ContactRecord:
        return self._wire.request(
            method,
            _path("contacts", contact_id),
            operation=operation,
            effect=effect,
            decode=lambda answer: _contact(data_of(answer)),
            **more,
        )


class Groups:
    """Read and change groups of contacts; every change names one group by its id."""

    def __init__(self, wire: Wire) -> None:
        self._wire = wire

    def each(self) -> Iterator[GroupRecord]:
        """Give every group, page by page."""
        return self._wire.pages("/groups", operation="list_groups", row=_group)

    def get(self, group_id: str) -> GroupRecord:
        """Read one group."""
        return self._one("GET", _path("groups", group_id), "get_group", Effect.READ)

    def create(self, name: str) -> GroupRecord:
        """Create a group; repeating it may make a second one."""
        return self._one("POST", "/groups", "create_group", Effect.ONCE, json={"name": named(name, "group")})

    def rename(self, group_id: str, name: str) -> GroupRecord:
        """Give one group another name."""
        body = {"name": named(name, "group")}
        return self._one("PUT", _path("groups", group_id), "rename_group", Effect.REPEATABLE, json=body)

    def delete(self, group_id: str) -> None:
        """Delete one group."""
        self._wire.request(
            "DELETE",
            _path("groups", group_id),
            operation="delete_group",
            effect=Effect.REPEATABLE,
            decode=_nothing,
        )

    def _one(self, method: str, path: str, operation: str, effect: Effect, **more: Any) -> GroupRecord:
        return self._wire.request(
            method,
            path,
            operation=operation,
            effect=effect,
            decode=lambda answer: _group(data_of(answer)),
            **more,
        )


def _path(kind: str, item_id: str) -> str:
    return f"/{kind}/{segment(named(item_id, 'item'))}"


def _nothing(answer: Answer) -> None:
    """Take a 2xx for done: the body of a 204 says nothing."""


def _group(item: Mapping[str, Any]) -> GroupRecord:
    return GroupRecord(id=id_of(item["id"]), name=text_of(item.get("name")))


def _contact(item: Mapping[str, Any]) -> ContactRecord:
    return ContactRecord(
        id=id_of(item["id"]),
        email=text_of(item.get("email")),
        phone=text_of(item.get("phone")),
        landline=text_of(item.get("landline")),
        country=text_of(item.get("countryIso")),
        name=text_of(item.get("name")),
        surname=text_of(item.get("surname")),
        created_at=when_of(item.get("createdAt")),
        updated_at=when_of(item.get("updatedAt")),
        custom_fields=tuple(
            CustomField(key=text_of(row.get("key")), value=_value(row), type=row.get("type") or "string")
            for row in _included(item, "customFields")
        ),
        groups=tuple(_group(row) for row in _included(item, "groups")),
    )


def _included(item: Mapping[str, Any], name: str) -> list[Mapping[str, Any]]:
    inner = item.get(name)
    return rows_of(inner.get("data", [])) if isinstance(inner, Mapping) else []


def _value(row: Mapping[str, Any]) -> str:
    value = row.get("value")
    return "" if value is None else str(value)
