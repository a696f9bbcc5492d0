"""Own what Targg takes: campaigns and contacts with every documented field, checked before anything is sent.

Never invents a value: what is not given is left out, or sent as the document's own default.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from providers.values import PRIVATE, Value

_DAYS = ("sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday")
_HOUR = re.compile(r"(?:[01]\d|2[0-3]):[0-5]\d")
#: Brazil 55 and 10 or 11 digits, United States 1 and 10 digits, no plus (document, "Create contact").
_NUMBER = re.compile(r"55\d{10,11}|1\d{10}")


def written(phone: str) -> str | None:
    """Write an E.164 number as Targg wants it, or None if it is of a country that it does not take."""
    number = phone.removeprefix("+")
    return number if _NUMBER.fullmatch(number) else None


@dataclass(frozen=True, slots=True, kw_only=True)
class DayHours:
    """When the automatic scheduler may call on one weekday."""

    day: str
    start: str  # HH:MM
    end: str

    def body(self) -> dict[str, Any]:
        """Write it as the API takes it."""
        _one_of("day", self.day, _DAYS)
        if not (_HOUR.fullmatch(self.start) and _HOUR.fullmatch(self.end)):
            raise ValueError("DayHours.start and end are written like 09:30.")
        return {"day": self.day, "start": self.start, "end": self.end}


@dataclass(frozen=True, slots=True, kw_only=True)
class CampaignDraft:
    """A campaign as POST and PUT take it; `timeline_retry=None` leaves it out, `()` switches it off."""

    title: str
    template_id: str
    status: str = "active"
    automatic_scheduler: bool = False
    credits_per_day: float | None = None  # in the account's currency
    tags: tuple[str, ...] = ()
    calls_per_day: int | None = None  # with automatic_scheduler only, as the next two
    has_holiday: bool | None = None
    all_days: tuple[DayHours, ...] = ()
    timeline_retry: tuple[Mapping[str, int], ...] | None = ()
    external_id: str | None = None

    def body(self) -> dict[str, Any]:
        """Write the whole object: what PUT leaves out may be reset (sheet: Gaps 6)."""
        _one_of("status", self.status, ("active", "paused", "inactive"))
        if not self.title.strip() or not self.template_id.strip():
            raise ValueError("A campaign needs a title and a template.")
        optional = {
            "credits_per_day": self.credits_per_day,
            "calls_per_day": self.calls_per_day,
            "has_holiday": self.has_holiday,
            "timeline_retry": None
            if self.timeline_retry is None
            else [dict(step) for step in self.timeline_retry],
            "externalId": self.external_id,
        }
        return {
            "title": self.title,
            "status": self.status,
            "templateId": self.template_id,
            "automatic_scheduler": self.automatic_scheduler,
            "tags": list(self.tags),
            "allDays": [day.body() for day in self.all_days],
            **{name: value for name, value in optional.items() if value is not None},
        }


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class ContactPhone(Value):
    """One number of a contact; digits with country code, no plus."""

    phone: str = field(metadata=PRIVATE)
    main: bool = True
    not_disturb: bool = False
    type: str = "other"

    def body(self) -> dict[str, Any]:
        """Write it as the API takes it."""
        _one_of("type", self.type, ("commercial", "residential", "other"))
        if not _NUMBER.fullmatch(self.phone):
            raise ValueError("A number is 55 and 10 or 11 digits, or 1 and 10 digits, without a plus.")
        if self.main and self.not_disturb:
            raise ValueError("The main number can't be one that is not to be disturbed.")
        return {
            "number": self.phone,
            "main": self.main,
            "not_disturb": self.not_disturb,
            "type": self.type,
        }


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class ContactDraft(Value):
    """A contact as POST and PUT take it; `fields` become additional fields, numbers as such, the rest as text."""

    phones: tuple[ContactPhone, ...] = field(metadata=PRIVATE)
    language: str
    name: str = field(default="", metadata=PRIVATE)
    email: str = field(default="", metadata=PRIVATE)
    company: str = field(default="", metadata=PRIVATE)
    gender: str | None = field(default=None, metadata=PRIVATE)
    birth_date: date | None = field(default=None, metadata=PRIVATE)
    status: str = "active"
    tags: tuple[str, ...] = ()
    external_id: str | None = None
    fields: Mapping[str, Any] = field(default_factory=dict, metadata=PRIVATE)

    def body(self) -> dict[str, Any]:
        """Write the whole object: phones and language go into every PUT, too (sheet: Gaps 6)."""
        _one_of("language", self.language, ("pt-br", "en-us"))
        _one_of("status", self.status, ("active", "paused", "not_disturb", "inactive", "deleted"))
        if self.gender is not None:
            _one_of("gender", self.gender, ("male", "female"))
        if sum(phone.main for phone in self.phones) != 1:
            raise ValueError("A contact has exactly one main number.")
        optional = {
            "name": self.name,
            "email": self.email,
            "contactCompany": self.company,
            "gender": self.gender,
            "birth_date": self.birth_date.isoformat() if self.birth_date else None,
            "externalId": self.external_id,
        }
        extra = [_extra(key, value) for key, value in self.fields.items() if value is not None]
        return {
            "phones": [phone.body() for phone in self.phones],
            "language": self.language,
            "status": self.status,
            "tags": list(self.tags),
            **{name: value for name, value in optional.items() if value},
            "has_aditional_fields": bool(extra),
            # The vendor's own spelling, here and above.
            **({"aditionalFields": extra} if extra else {}),
        }


def _extra(key: str, value: Any) -> dict[str, Any]:
    if isinstance(value, int | float) and not isinstance(value, bool):
        return {"key": key, "type": "number", "value": float(value)}
    text = str(value).lower() if isinstance(value, bool) else str(value)
    return {"key": key, "type": "text", "value": text}


def _one_of(name: str, value: str, allowed: Sequence[str]) -> None:
    if value not in allowed:
        raise ValueError(f"`{name}` must be one of: {', '.join(allowed)}.")
