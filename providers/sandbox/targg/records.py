"""Own what the account holds: templates, campaigns and contacts, and how each is shown.

Never receives a request; fields come checked.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any

from providers.sandbox.line import Call
from providers.values import NativeStep
from providers.vocabulary import Unit

#: The account itself; invented.
COMPANY = "66f0a1b2c3d4e5f601020304"
_BORN = "2026-01-05T12:00:00.000Z"
#: Status of what was deleted. Documented for contacts; for campaigns only that deleted ones are still listed.
DELETED = "deleted"
#: "Create campaign", `timeline_retry`: units by their numbers.
_UNITS = {1: Unit.HOUR, 2: Unit.DAY, 3: Unit.WEEK, 4: Unit.MONTH, 5: Unit.YEAR}
#: As numbers too: a day counted in business days, the contact's other phone.
_BUSINESS_DAY, _OTHER_PHONE = 2, 2
#: What is shown of a contact only if it was given: the samples leave out what is not set.
_OPTIONAL = ("name", "email", "contactCompany", "gender", "birth_date", "externalId")


def template(id_: str, name: str, kind: str, language: str) -> dict[str, Any]:
    """Make a template as it is shown ("Template object")."""
    return {
        "phone_test_inbound": [],
        "_id": id_,
        "name": name,
        "objective": "objective1",
        "category": "category1",
        "is_public": False,
        "template_base": None,
        "language": language,
        "type": kind,
        "forks_number": 0,
        "company": COMPANY,
        "description": f"Invented {kind} template.",
        "priority": 0,
        "createdAt": _BORN,
        "updatedAt": _BORN,
        "__v": 0,
    }


@dataclass(slots=True, kw_only=True, eq=False)
class Record:
    """Something that was made, and may be changed and deleted; `calls` are the ones that belong to it."""

    id: str
    created_at: datetime
    updated_at: datetime
    fields: dict[str, Any]
    calls: dict[str, Call] = field(default_factory=dict)

    @property
    def status(self) -> str:
        """Give the vendor's word."""
        return str(self.fields["status"])

    def change(self, fields: dict[str, Any], at: datetime) -> None:
        """Take these values instead, all of them."""
        self.fields, self.updated_at = fields, at

    def _times(self) -> dict[str, Any]:
        return {"createdAt": written(self.created_at), "updatedAt": written(self.updated_at), "__v": 0}


@dataclass(slots=True, kw_only=True, eq=False)
class Campaign(Record):
    """One campaign; `spent` is what its calls of a day cost."""

    spent: dict[date, float] = field(default_factory=dict)

    @property
    def waits(self) -> tuple[NativeStep, ...]:
        """Give `timeline_retry` as waits."""
        return tuple(
            NativeStep(
                amount=step["duration"],
                unit=_UNITS[step["unit"]],
                business_day=step["option_hour"] == _BUSINESS_DAY,
                other_phone=step["phone_choose"] == _OTHER_PHONE,
            )
            for step in self.fields["timeline_retry"]
        )

    def shown(self) -> dict[str, Any]:
        """Show it. The samples have no timeline_retry, automatic_scheduler and credits_per_day, so they stay unseen.

        Three settings count for automatic campaigns only: for others the samples show 0, false and an empty list.
        """
        fields, is_on = self.fields, self.fields["automatic_scheduler"]
        return {
            "tags": list(fields["tags"]),
            "_id": self.id,
            "allDays": list(fields["allDays"]) if is_on else [],
            "title": fields["title"],
            "status": self.status,
            "templateId": fields["templateId"],
            "company": COMPANY,
            "internalAudios": None,
            "externalId": fields["externalId"],
            "calls_per_day": fields["calls_per_day"] if is_on else 0,
            "has_holiday": fields["has_holiday"] if is_on else False,
            **self._times(),
        }


@dataclass(slots=True, kw_only=True, eq=False)
class Contact(Record):
    """One person; on the blacklist by the vendor's doing only."""

    is_blacklisted: bool = False
    sorting: str = ""  # its place in the order of names, kept because sorting thousands anew would take time

    def change(self, fields: dict[str, Any], at: datetime) -> None:
        """Take these values instead, all of them."""
        Record.change(self, fields, at)
        self.sorting = f"{(fields['name'] or '').lower()}\0{self.id}"

    @property
    def main_phone(self) -> str:
        """Give the digits that a call without further notice goes to; the document implies it by the name."""
        return next(phone["number"] for phone in self.fields["phones"] if phone["main"])

    def other_phone(self, phone: str) -> str:
        """Give the next phone that may be disturbed, round and round; the same if there is no other."""
        numbers = [each["number"] for each in self.fields["phones"] if not each["not_disturb"]]
        at = numbers.index(phone) + 1 if phone in numbers else 0
        return str((numbers[at:] + numbers[:at])[0]) if numbers else phone

    def shown(self, *, is_new: bool = False) -> dict[str, Any]:
        """Show it; the samples show the `type` of phones in the answer to its creation only."""
        fields = self.fields
        hidden = () if is_new else ("type",)
        return {
            "blockedCampaigns": [],
            "tags": list(fields["tags"]),
            "_id": self.id,
            "phones": [
                {name: value for name, value in phone.items() if name not in hidden}
                for phone in fields["phones"]
            ],
            "rescheduleCampaigns": [],
            "aditionalFields": list(fields["aditionalFields"]),
            **{name: fields[name] for name in _OPTIONAL if fields[name] is not None},
            "company": COMPANY,
            "language": fields["language"],
            "has_aditional_fields": fields["has_aditional_fields"],
            "status": self.status,
            "blacklist": self.is_blacklisted,
            **self._times(),
        }


def written(at: datetime) -> str:
    """Write a time as objects have it: UTC with milliseconds and Z."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.") + f"{at.microsecond // 1000:03d}Z"
