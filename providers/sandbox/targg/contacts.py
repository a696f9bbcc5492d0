"""Own the routes of contacts.

Never joins two contacts: nothing of a contact is unique, so a repeated create makes a second one.
"""

from __future__ import annotations

from collections.abc import Iterable
from operator import attrgetter
from typing import Any

from providers.sandbox.base import route
from providers.sandbox.messages import Refusal, Request, Response, answered
from providers.sandbox.targg.fields import (
    Field,
    body_of,
    checked,
    day,
    flag,
    list_of,
    number,
    object_of,
    one_of,
    shaped,
    text,
    without_arguments,
)
from providers.sandbox.targg.query import choice, documents, page_of, params_of, words
from providers.sandbox.targg.records import DELETED, Contact
from providers.sandbox.targg.state import TarggState, found
from providers.sandbox.targg.zones import PHONE

_PHONE = {
    "number": Field(shaped(PHONE), True),
    "main": Field(flag, True),
    "not_disturb": Field(flag, True),
    "type": Field(one_of("commercial", "residential", "other"), True),
}
_ADDITIONAL = {
    "key": Field(text, True),
    "type": Field(one_of("text", "number"), True),
    "value": Field(lambda value: value, True),
}
#: "Create contact". "Update contact" has the same table, and a sample without what is required: the table holds.
CONTACT = {
    "name": Field(text),
    "email": Field(text),
    "phones": Field(list_of(object_of(_PHONE)), True),
    "contactCompany": Field(text),
    "language": Field(one_of("pt-br", "en-us"), True),
    "gender": Field(one_of("male", "female")),
    "birth_date": Field(day),
    "status": Field(one_of("active", "paused", "not_disturb", "inactive", "deleted"), default="active"),
    "tags": Field(list_of(text), default=[]),
    "has_aditional_fields": Field(flag, default=False),
    "externalId": Field(text),
    "aditionalFields": Field(list_of(object_of(_ADDITIONAL)), default=[]),
}


class ContactRoutes(TarggState):
    """Contacts: create, list, get, put, delete."""

    def __init__(self, **given: Any) -> None:
        """Prepare."""
        super().__init__(**given)
        self._tagged: dict[str, dict[str, Contact]] = {}

    @route("POST", "/v1/contact")
    def create_contact(self, request: Request) -> Response:
        """Answer "Create contact"."""
        contact = self.new_contact(self.checked_contact(body_of(request)))
        return answered({"response": True, "contact": contact.shown(is_new=True)})

    @route("GET", "/v1/contacts")
    def list_contacts(self, request: Request) -> Response:
        """Answer "Get all contacts"; `tags`: one of them suffices; deleted ones too (document silent)."""
        params = params_of(request, "limit", "page", "name", "campaign", "tags", "orderBy")
        page, name = page_of(params, self.page_limit), params.get("name", "").lower()
        order = choice(params, "orderBy", ("name", "updated_at"), "name")
        tags, newest = words(params, "tags"), self.now() - self.lag
        listed = list(self.contact_of.values() if tags is None else self._with(tags))
        if self.lag:
            listed = [contact for contact in listed if contact.created_at <= newest]
        if name:
            listed = [contact for contact in listed if name in contact.sorting.split("\0")[0]]
        if "campaign" in params:
            members = self._members(params["campaign"])
            listed = [contact for contact in listed if contact.id in members]
        listed.sort(key=attrgetter("updated_at" if order == "updated_at" else "sorting"))
        answer = documents("contacts", listed, page)
        answer["contacts"]["docs"] = [contact.shown() for contact in answer["contacts"]["docs"]]
        return answered(answer)

    @route("GET", "/v1/contact/{contact}")
    def get_contact(self, request: Request, contact: str) -> Response:
        """Answer "Get contact details"; a deleted one is still shown (document silent)."""
        without_arguments(request)
        return answered({"response": True, "contact": found(self.contact_of, contact, "Contact").shown()})

    @route("PUT", "/v1/contact/{contact}")
    def put_contact(self, request: Request, contact: str) -> Response:
        """Answer "Update contact": left-out fields go back to their defaults, `status` too (document silent)."""
        changing = self._undeleted_contact(contact)
        self._change(changing, self.checked_contact(body_of(request)))
        return answered({"response": True})

    @route("DELETE", "/v1/contact/{contact}")
    def delete_contact(self, request: Request, contact: str) -> Response:
        """Answer "Delete contact": it is kept as deleted and not dialed; a second time is 404 (document silent)."""
        without_arguments(request)
        deleting = self._undeleted_contact(contact)
        self._change(deleting, {**deleting.fields, "status": DELETED})
        return answered({"response": True})

    def new_contact(self, fields: dict[str, Any]) -> Contact:
        """Make a contact of checked fields."""
        now = self.now()
        contact = Contact(id=self.new_id(), created_at=now, updated_at=now, fields={"tags": []})
        self.contact_of[contact.id] = contact
        self._change(contact, fields)
        return contact

    def checked_contact(self, data: Any) -> dict[str, Any]:
        """Check a contact's fields, those that depend on each other too."""
        fields = checked(data, CONTACT)
        main = [phone for phone in fields["phones"] if phone["main"]]
        if len(main) != 1 or main[0]["not_disturb"]:
            raise Refusal(400, "phones needs one main phone, which can't be not_disturb.")
        if any(self.is_refused(phone["number"]) for phone in fields["phones"]):
            raise Refusal(400, "phones number is an invalid phone number.")
        if not fields["has_aditional_fields"]:
            fields["aditionalFields"] = []  # unannounced ones are not kept (document silent)
        elif not fields["aditionalFields"]:
            raise Refusal(400, "aditionalFields is required.")
        for each in fields["aditionalFields"]:
            self._fits(each)
        return fields

    def _fits(self, additional: dict[str, Any]) -> None:
        check = number if additional["type"] == "number" else text
        checked({"value": additional["value"]}, {"value": Field(check, True)})

    def _change(self, contact: Contact, fields: dict[str, Any]) -> None:
        phones = [{"_id": self.new_id(), **phone} for phone in fields["phones"]]
        for tag in contact.fields["tags"]:
            self._tagged[tag].pop(contact.id, None)
        contact.change({**fields, "phones": phones}, self.now())
        for tag in fields["tags"]:
            self._tagged.setdefault(tag, {})[contact.id] = contact

    def _with(self, tags: Iterable[str]) -> Iterable[Contact]:
        tagged: dict[str, Contact] = {}
        for tag in sorted(tags):
            tagged |= self._tagged.get(tag, {})
        return tagged.values()

    def _members(self, id_: str) -> set[str]:
        """List who belongs to a campaign: by its tags, or by a call; an unknown campaign has nobody."""
        campaign = self.campaign_of.get(id_)
        if campaign is None:
            return set()
        called = {call.facts["contact"] for call in campaign.calls.values()}
        return called | {contact.id for contact in self._with(campaign.fields["tags"])}

    def _undeleted_contact(self, id_: str) -> Contact:
        contact: Contact = found(self.contact_of, id_, "Contact")
        if contact.status == DELETED:
            raise Refusal(404, "Contact not found.")
        return contact
