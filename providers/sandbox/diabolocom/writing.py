"""Own how contacts are made, changed and removed, by single requests and by batches alike.

Never reads a request; what it is given is checked here against the campaign.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from providers.sandbox.diabolocom.account import API_LOGIN
from providers.sandbox.diabolocom.dialing import Dialing
from providers.sandbox.diabolocom.fields import (
    Check,
    flag,
    instant,
    invalid,
    mapping,
    or_null,
    phone,
    second,
    text,
    whole,
)
from providers.sandbox.diabolocom.fields import checked as fields_checked
from providers.sandbox.diabolocom.store import Campaign, Contact

_ID = or_null(whole(1))

#: Bodies, by the tables of the document. What its answers may show as null can be set to null.
CREATED: dict[str, Check] = {
    "priority": whole(0),
    "excluded": flag,
    "retryDate": or_null(instant),
    "triesNumber": whole(0),
    "comment": or_null(text),
    "wrapupId": _ID,
    "agentId": _ID,
    "assignedAgentId": _ID,
    "assignedGroupId": _ID,
    "assignedAgentExpirationTime": or_null(instant),
    "assignedGroupExpirationTime": or_null(instant),
    "minCallingDateTime": or_null(instant),
    "maxCallingDateTime": or_null(instant),
    "contactCardDisplayNumber": or_null(phone),
    "calendarId": _ID,
    "region": _ID,
}
CHANGED: dict[str, Check] = {**CREATED, "regionalizationCode": _ID}
#: Listed, but announced for later: taken, without any effect.
_SOON = ("assignedAgentExpirationTime", "assignedGroupExpirationTime", "regionalizationCode")
#: Exclusions that came from the numbers, and end when a good one is given.
_BY_PHONE = ("noValidPhone", "tooShort", "tooLong")
#: System ids follow it; contacts count from 1 inside their campaign, so that the two can't be confused unseen.
_FIRST_ID = 700_000
#: When a contact would be purged; the document shows the field and no rule for it.
_PURGED_AFTER = timedelta(days=365)


class Writing(Dialing):
    """What requests do to contacts."""

    def checked(
        self, campaign: Campaign, given: Mapping[str, Any], table: Mapping[str, Check]
    ) -> dict[str, Any]:
        """Check the fields of a contact but for `customFields`."""
        values = fields_checked(dict(given), table)
        shown = values.get("contactCardDisplayNumber")
        if shown is not None and shown not in self.displayed_numbers:
            raise invalid("the displayed number is not validated")
        for name, owners in (("assignedAgentId", "userIds"), ("assignedGroupId", "groupIds")):
            if values.get(name) is not None and values[name] not in (campaign.values[owners] or ()):
                raise invalid(f"{name} is not assigned to the campaign")
        if values.get("wrapupId") is not None and values["wrapupId"] not in self.wrapups:
            raise invalid("there is no such wrapup")
        return {name: value for name, value in values.items() if name not in _SOON}

    def custom(self, campaign: Campaign, given: Any) -> dict[str, str]:
        """Check custom fields: strings only, phones in digits; "" empties a phone.

        What a name does that the campaign lacks is not documented: it is dropped in silence, with its value.
        """
        known = {}
        for name, value in mapping(given).items():
            text(value)
            if name in campaign.values["phoneFields"] and value:
                phone(value)
            if name in campaign.values["customFields"]:
                known[name] = value
        return known

    def create_contact(
        self, campaign: Campaign, values: dict[str, Any], custom: dict[str, str], *, is_prioritized: bool
    ) -> Contact:
        """Make a contact; the same phone or reference again makes another one, which is called as well."""
        now = second(self.now())
        campaign.last_contact_id += 1
        priority = campaign.new_contact_priority if is_prioritized else campaign.values["contactPriority"]
        contact = Contact(
            id=_FIRST_ID + self.number(),
            contact_id=campaign.last_contact_id,
            campaign=campaign,
            custom=custom,
            values={**_blank(now), "priority": priority, **self._window(campaign)},
            created_at=self.now(),
        )
        contact.values |= values
        self._judge_phones(contact)
        if contact.values["excluded"] and contact.values["excludedDetail"] is None:
            contact.values["excludedDetail"] = "manual"
        self.book.add(contact)
        self.plan(contact)
        return contact

    def change_contact(self, contact: Contact, values: dict[str, Any], custom: dict[str, str]) -> None:
        """Change fields; custom fields left out stay."""
        contact.values |= values
        if "excluded" in values:
            contact.values["excludedDetail"] = "manual" if values["excluded"] else None
        self.book.fill(contact, custom)
        self._judge_phones(contact)
        self.book.touch(contact, self.now(), API_LOGIN)
        self.plan(contact)

    def remove_contact(self, contact: Contact) -> None:
        """Remove a contact for good; its waiting call never rings."""
        self.book.remove(contact)
        self.stop(contact)

    def doors(self, phones: list[str]) -> None:
        """Meet every number that is being created; the answer is lost if one of them loses it."""
        is_lost = False
        for number in phones:
            self.door(number)
            is_lost = is_lost or self._lose_answer
        self._lose_answer = is_lost

    def main_phone(self, campaign: Campaign, custom: Mapping[str, str]) -> list[str]:
        """Give the first number of a contact-to-be, if it has one."""
        return [custom[name] for name in campaign.values["phoneFields"] if custom.get(name)][:1]

    def _judge_phones(self, contact: Contact) -> None:
        """Exclude whoever can't be called, with the documented reason: a bad number is no error."""
        values = contact.values
        fault = self.phone_fault(list(contact.phones().values())) if contact.phones() else "noValidPhone"
        if fault is not None:
            values |= {"excluded": True, "excludedDetail": fault}
        elif values["excludedDetail"] in _BY_PHONE:
            values |= {"excluded": False, "excludedDetail": None}
        current = values["currentPhoneName"]
        if current is None or not contact.phones().get(current):
            values["currentPhoneName"] = self.first_phone(contact)

    def _window(self, campaign: Campaign) -> dict[str, Any]:
        """Give the production window that the campaign's offsets in days make for a new contact."""
        names = {"minCallingDateTime": "minCallingDateOffset", "maxCallingDateTime": "maxCallingDateOffset"}
        days = {name: campaign.values[offset] for name, offset in names.items()}
        now = second(self.now())
        return {name: now + timedelta(days=count) for name, count in days.items() if count is not None}


def _blank(now: Any) -> dict[str, Any]:
    unset = (
        "comment excludedDetail retryDate wrapupId agentId agentName assignedAgentId assignedGroupId "
        "assignedAgentExpirationTime assignedGroupExpirationTime minCallingDateTime maxCallingDateTime "
        "lastCallTime lastAttemptTime lastAgentId lastCallerType contactCardDisplayNumber region "
        "currentPhoneName calendarId"
    )
    return {
        **dict.fromkeys(unset.split()),
        "excluded": False,
        "priority": 10,
        "triesNumber": 0,
        "duplicateContactIds": [],
        "displayedNumberIds": [],
        "createdBy": API_LOGIN,
        "createdAt": now,
        "lastUpdatedBy": API_LOGIN,
        "lastUpdatedAt": now,
        "purgeDate": now + _PURGED_AFTER,
    }
