"""Turns one row of a do-not-call file into an entry, or into the list of everything that is wrong with it.

Owns the columns of such a file; never knows whether what a row names exists.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from dialer.engine.errors import Invalid
from dialer.intake import fields
from dialer.intake.fields import BadField
from dialer.intake.headers import plain, recognise
from dialer.intake.mapping import Item
from dialer.intake.opening import UnreadableFile
from dialer.intake.records import Fault, fault
from dialer.models import Scope
from dialer.rules import faults
from dialer.rules.phones import InvalidPhone, parse_phone

_PLACES = ("campaign", "provider_account")
FIELDS = ("phone", "contact", "external_id", "country", "scope", *_PLACES, "reason", "source", "expires_at")
_WHO = ("phone", "contact", "external_id")
_LENGTHS = {"reason": 300, "source": 100, "external_id": 200}
#: What the database takes as E.164: plus, then 7 to 15 digits.
_SHORTEST, _LONGEST = 8, 16


@dataclass(slots=True)
class Entry:
    """One valid row; `external_id` is looked up before it is recorded."""

    number: str | None = None
    contact: UUID | None = None
    external_id: str | None = None
    scope: str = Scope.GLOBAL.value
    campaign: UUID | None = None
    provider_account: UUID | None = None
    reason: str = ""
    source: str = ""
    expires_at: datetime | None = None


def check_mapping(mapping: Mapping[str, Any]) -> dict[str, Any]:
    """Refuse a mapping that names no field; null leaves a column out."""
    wrong = [column for column, field in mapping.items() if field is not None and field not in FIELDS]
    if wrong:
        detail = f"there is no such field; use {', '.join(FIELDS)}, or null to leave the column out"
        errors = [faults.Fault(f"/mapping/{faults.token(name)}", "unknown_field", detail) for name in wrong]
        raise Invalid("invalid_mapping", "the mapping names fields that do not exist", errors)
    return dict(mapping)


def _target(column: str, mapping: Mapping[str, Any]) -> str | None:
    """Return the field of a column; what nobody names is left out."""
    if column in mapping:
        field: str | None = mapping[column]
        return field
    name = plain(column)
    if name in FIELDS:
        return name
    known = recognise(column) or ""
    return "phone" if known.startswith("phone") else known if known in FIELDS else None


def check_columns(columns: Sequence[str], mapping: Mapping[str, Any]) -> None:
    """Refuse a file whose columns name nobody, or name somebody twice."""
    shown = ", ".join(column or "(no name)" for column in columns)
    missing = [column for column in mapping if column not in columns]
    if missing:
        raise UnreadableFile(
            f"the mapping names columns that the file has not: {', '.join(missing)}; it has {shown}"
        )
    targets = [target for column in columns if (target := _target(column, mapping))]
    doubled = sorted({target for target in targets if targets.count(target) > 1})
    if doubled:
        raise UnreadableFile(
            f"several columns stand for {', '.join(doubled)}; name one with a mapping, the others null"
        )
    if not set(_WHO) & set(targets):
        raise UnreadableFile(
            f'no column is known to hold a phone; name it with a mapping such as {{"...": "phone"}}. It has {shown}'
        )


class EntryMapper:
    """Reads rows of a do-not-call file by one mapping."""

    def __init__(self, mapping: Mapping[str, Any]) -> None:
        self._mapping = mapping

    def cells_reader(self, columns: Sequence[str]) -> Callable[[Sequence[str]], Item]:
        """Make the function that turns the cells of a row into an item."""
        places = [(place, name) for place, column in enumerate(columns) if (name := self._field(column))]

        def read(cells: Sequence[str]) -> Item:
            return {name: cell for place, name in places if (cell := cells[place].strip())}, None, None

        return read

    def read_object(self, value: Mapping[str, Any]) -> Item:
        """Turn an object of a JSON file into an item."""
        named = ((self._field(column), given) for column, given in value.items())
        return {name: given for name, given in named if name and given not in (None, "")}, None, None

    def _field(self, column: str) -> str | None:
        return _target(column, self._mapping)


def read_entry(item: Mapping[str, Any], country: str | None, source: str) -> Entry | list[Fault]:
    """Check one row; every fault of it is told."""
    entry, found = Entry(source=source), []
    for name, value in item.items():
        try:
            _put(entry, name, value, item.get("country") or country)
        except (BadField, InvalidPhone) as bad:
            found.append(fault(f"/{name}", bad.code, bad.detail))
    named = [name for name in _WHO if name in item]
    if len(named) != 1:
        found.append(fault("/phone", "required", "name one: a phone, a contact, or an external_id"))
    for place in _PLACES:
        if (getattr(entry, place) is not None) != (entry.scope == place) and not found:
            word = "needed" if entry.scope == place else "not taken"
            found.append(fault(f"/{place}", "scope", f"this is {word} with scope {entry.scope}"))
    return found or entry


def _put(entry: Entry, name: str, value: Any, country: str | None) -> None:
    if name == "phone":
        text = str(value) if type(value) is int else fields.text(value, fields.PHONE_TEXT_LENGTH)
        entry.number = parse_phone(text, country).number
        if not _SHORTEST <= len(entry.number) <= _LONGEST:
            raise BadField("phone_invalid", "an international number has 7 to 15 digits")
    elif name in ("contact", *_PLACES):
        setattr(entry, name, _id(value))
    elif name == "scope":
        if value not in [scope.value for scope in Scope]:
            raise BadField("invalid_choice", "use one of " + ", ".join(scope.value for scope in Scope))
        entry.scope = value
    elif name == "expires_at":
        entry.expires_at = fields.instant(value)
    elif name in _LENGTHS:
        text = str(value) if type(value) is int else value
        setattr(entry, name, fields.text(text, _LENGTHS[name]))


def _id(value: Any) -> UUID:
    try:
        return UUID(value)
    except (ValueError, AttributeError, TypeError):
        raise BadField("invalid", "this is no id") from None
