"""Own the address book: contacts with their own fields, and groups ("Bancos de dados").

Never calls anybody; a contact only lends its data to reports and its external id to sendings.
"""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any

from providers.sandbox.base import route
from providers.sandbox.messages import Request, Response, answered
from providers.sandbox.nrs360.errors import invalid
from providers.sandbox.nrs360.groups import GroupRoutes
from providers.sandbox.nrs360.shapes import (
    body_of,
    is_a,
    is_email,
    is_phone,
    iso,
    known,
    missing,
    natural_id,
    origin,
    paged,
    query_of,
)
from providers.sandbox.nrs360.state import Contact

_KEPT = ("email", "phone", "countryIso", "landline", "name", "surname")
_FIELDS: dict[str, type] = {
    **dict.fromkeys(_KEPT, str),
    "groupsIds": list,
    "groupsNames": list,
    "customFields": list,
}
_FILTERS = ("email", "phone", "landline", "countryIso", "externalId")
_INCLUDES = ("customFields", "groups")
#: A landline is shown without its country's prefix, so only digits can be asked for.
_LANDLINE = re.compile(r"[0-9]{5,15}")


class ContactRoutes(GroupRoutes):
    """Everything under contacts."""

    def add_contact(self, *, phone: str, external_id: str) -> str:
        """Let people import a contact with an id of theirs, which no request can set; give the vendor's id."""
        data = dict.fromkeys(_KEPT) | {"phone": phone}
        return str(self._keep(data, fields=[], groups=[], external_id=external_id).id)

    @route("GET", "/api/rest/contacts")
    def list_contacts(self, request: Request) -> Response:
        """List in pages."""
        query = query_of(request, "limit", "page", "include", *_FILTERS)
        included = _included(query)
        wanted = {name: query[name][-1] for name in _FILTERS if name in query}
        external_id = wanted.pop("externalId", None)
        rows = [
            row
            for row in self.contacts.values()
            if self.is_listed(row.created_at)
            and external_id in (None, row.external_id)
            and all(row.data[name] == value for name, value in wanted.items())
        ]
        return paged(request, query, rows, lambda row: self._shown(row, included), self.page_limit)

    @route("GET", "/api/rest/contacts/{number}")
    def show_contact(self, request: Request, number: str) -> Response:
        """Show one."""
        included = _included(query_of(request, "include"))
        return answered({"data": self._shown(self._contact(number), included)})

    @route("POST", "/api/rest/contacts")
    def create_contact(self, request: Request) -> Response:
        """Create one; the same person twice is two contacts, as no uniqueness is documented."""
        data, fields, groups = self._read(request)
        row = self._keep(data, fields=fields, groups=groups, external_id=None)
        return answered({"data": self._linked(request, row)}, 201)

    @route("PUT", "/api/rest/contacts/{number}")
    def update_contact(self, request: Request, number: str) -> Response:
        """Replace one whole: what is not sent again is gone (silent; creating and updating require the same)."""
        row = self._contact(number)
        data, fields, groups = self._read(request)
        self._forget_phone(row)
        row.data, row.fields, row.groups, row.updated_at = data, fields, groups, self.now()
        self._learn_phone(row)
        return answered({"data": self._linked(request, row)})

    @route("DELETE", "/api/rest/contacts/{number}")
    def delete_contact(self, request: Request, number: str) -> Response:
        """Delete one; what was sent to it goes on."""
        query_of(request)
        row = self._contact(number)
        self._forget_phone(row)
        del self.contacts[row.id]
        return answered(None, 204)

    def _contact(self, number: str) -> Contact:
        found = self.contacts.get(natural_id(number))
        if found is None:
            raise missing()
        return found

    def _read(self, request: Request) -> tuple[dict[str, Any], list[dict[str, Any]], list[int]]:
        given = body_of(request, _FIELDS)
        data = {name: given.get(name) for name in _KEPT}
        if not any(data[name] for name in ("email", "phone", "landline")):
            raise invalid("one of email, phone and landline is required")
        if data["email"] is not None and not is_email(data["email"]):
            raise invalid("email is no address")
        if data["phone"] is not None and not is_phone(data["phone"]):
            raise invalid("phone is no number")
        if data["landline"] is not None and not _LANDLINE.fullmatch(data["landline"]):
            raise invalid("landline is no number")
        # The rule contradicts its own words; a country with every number is what fits both readings.
        if (data["phone"] or data["landline"]) and not data["countryIso"]:
            raise invalid("countryIso is required with a number")
        if data["countryIso"] is not None and not re.fullmatch(r"[A-Z]{2}", data["countryIso"]):
            raise invalid("countryIso must be two capital letters")
        fields = [_own_field(each) for each in given.get("customFields", [])]
        return data, fields, self.groups_of(given)

    def _keep(
        self,
        data: dict[str, Any],
        *,
        fields: list[dict[str, Any]],
        groups: list[int],
        external_id: str | None,
    ) -> Contact:
        now = self.now()
        row = Contact(
            id=self.number(),
            data=data,
            external_id=external_id,
            fields=fields,
            groups=groups,
            created_at=now,
            updated_at=now,
        )
        self.contacts[row.id] = row
        self._learn_phone(row)
        return row

    def _learn_phone(self, row: Contact) -> None:
        if row.data["phone"]:
            self.contacts_by_phone.setdefault(row.data["phone"], row)

    def _forget_phone(self, row: Contact) -> None:
        """Leave the number to the next contact that has it."""
        if self.contacts_by_phone.get(row.data["phone"]) is not row:
            return
        del self.contacts_by_phone[row.data["phone"]]
        for other in self.contacts.values():
            if other is not row and other.data["phone"] == row.data["phone"]:
                self._learn_phone(other)

    def _linked(self, request: Request, row: Contact) -> dict[str, Any]:
        return {**self._shown(row, ()), "links": {"self": f"{origin(request)}/api/rest/contacts/{row.id}"}}

    def _shown(self, row: Contact, included: tuple[str, ...]) -> dict[str, Any]:
        shown = {
            "id": row.id,
            **row.data,
            "createdAt": iso(row.created_at),
            "updatedAt": iso(row.updated_at),
        }
        if "customFields" in included:
            shown["customFields"] = {"data": row.fields}
        if "groups" in included:
            named = [{"id": number, "name": self.groups[number][0]} for number in row.groups]
            shown["groups"] = {"data": named}
        return shown


def _included(query: dict[str, list[str]]) -> tuple[str, ...]:
    names = tuple(name for name in ",".join(query.get("include", [])).split(",") if name)
    if not set(names) <= set(_INCLUDES):
        raise invalid("include names nothing that there is")
    return names


def _own_field(given: object) -> dict[str, Any]:
    """Read one custom field: key, type (string by default), value."""
    if not isinstance(given, dict):
        raise invalid("customFields must be an array of objects")
    known(given, ("key", "type", "value"))
    kind, value = given.get("type", "string"), given.get("value", "")
    if not is_a(given.get("key"), str) or not given["key"]:
        raise invalid("a custom field needs a key")
    if not isinstance(value, str) or not _is_of(kind, value):
        raise invalid("a custom field's value does not fit its type")
    return {"key": given["key"], "type": kind, "value": value}


def _is_of(kind: object, value: str) -> bool:
    if kind == "date":
        try:
            return bool(datetime.fromisoformat(value))
        except ValueError:
            return False
    if kind == "decimal":
        return re.fullmatch(r"-?[0-9]+(\.[0-9]+)?", value) is not None
    return kind == "string"
