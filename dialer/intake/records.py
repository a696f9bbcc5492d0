"""Turns one incoming item into a record, or into the list of everything that is wrong with it.

Owns the shape of an item; never knows other rows: people and duplicates are `people.py`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, NamedTuple

from dialer.intake import fields
from dialer.intake.fields import BadField
from dialer.models.contacts import PHONE_TYPES
from dialer.rules.phones import InvalidPhone, parse_phone

Fault = dict[str, str]

#: More numbers than a person has; it bounds the work that one row can ask for.
PHONES_LIMIT = 20
#: What the database takes as E.164: plus, then 7 to 15 digits.
_SHORTEST, _LONGEST = 8, 16
_PHONE_FIELDS = frozenset({"number", "type", "is_main", "do_not_disturb"})


class PhoneLine(NamedTuple):
    """One number of an incoming item; None where the item does not say."""

    number: str
    country: str
    type: str | None = None
    do_not_disturb: bool | None = None
    zones: tuple[str, ...] = ()


class Record:
    """One valid item; None means "not given", so a merge leaves what is there."""

    __slots__ = (
        "attributes",
        "email",
        "external_id",
        "index",
        "language",
        "main",
        "name",
        "not_after",
        "not_before",
        "phones",
        "priority",
        "tags",
        "timezone",
    )
    main: str
    phones: list[PhoneLine]

    def __init__(self, index: int) -> None:
        self.index = index
        self.external_id: str | None = None
        self.name: str | None = None
        self.email: str | None = None
        self.language: str | None = None
        self.timezone: str | None = None
        self.priority: int | None = None
        self.not_before: datetime | None = None
        self.not_after: datetime | None = None
        self.attributes: dict[str, Any] | None = None
        self.tags: list[str] | None = None


class Refusal(NamedTuple):
    """Everything that is wrong with one item."""

    row: int
    errors: list[Fault]


_READERS: Mapping[str, Callable[[Any], Any]] = {
    "external_id": fields.external_id,
    "name": fields.name,
    "email": fields.email,
    "language": fields.language,
    "timezone": fields.timezone,
    "priority": fields.priority,
    "not_before": fields.instant,
    "not_after": fields.instant,
    "attributes": fields.attributes,
    "tags": fields.tags,
}
ITEM_FIELDS = frozenset({*_READERS, "phone", "phones"})
_KNOWN = ", ".join(sorted(ITEM_FIELDS))


def fault(pointer: str, code: str, detail: str) -> Fault:
    """Make one error in the shape of the API."""
    return {"pointer": pointer, "code": code, "detail": detail}


def read_item(index: int, item: Any, default_country: str | None = None) -> Record | Refusal:
    """Check one item; every fault of it is reported, not only the first."""
    if type(item) is not dict:
        return Refusal(index, [fault("", "invalid_type", "a contact is an object with the fields " + _KNOWN)])
    record = Record(index)
    faults: list[Fault] = []
    for key, value in item.items():
        reader = _READERS.get(key)
        if reader is not None:
            if value is not None:
                try:
                    setattr(record, key, reader(value))
                except BadField as bad:
                    faults.append(fault(f"/{key}{bad.at}", bad.code, bad.detail))
        elif key not in ITEM_FIELDS:
            faults.append(
                fault(
                    f"/{fields.token(str(key))}",
                    "unknown_field",
                    f"there is no such field; there are {_KNOWN}",
                )
            )
    _read_phones(record, item, default_country, faults)
    if record.not_before and record.not_after and record.not_after <= record.not_before:
        faults.append(fault("/not_after", "not_after_not_before", "not_after must be after not_before"))
    return Refusal(index, faults) if faults else record


def _read_phones(record: Record, item: Mapping[str, Any], country: str | None, faults: list[Fault]) -> None:
    short, listed = item.get("phone"), item.get("phones")
    if listed is None:
        if short is None:
            faults.append(fault("/phone", "required", "a contact needs at least one phone"))
            return
        line = _read_number(short, country, "/phone", faults)
        if line is not None:
            record.phones, record.main = [line], line.number
        return
    if type(listed) is not list:
        faults.append(fault("/phones", "invalid_type", "this must be a list of phones"))
        return
    if len(listed) > PHONES_LIMIT:
        faults.append(fault("/phones", "too_many", f"at most {PHONES_LIMIT} phones are kept of one person"))
        return
    if not listed and short is None:
        faults.append(fault("/phones", "required", "a contact needs at least one phone"))
        return
    _read_listed(record, short, listed, country, faults)


def _read_listed(
    record: Record, short: Any, listed: list[Any], country: str | None, faults: list[Fault]
) -> None:
    """Read the long form; `phone` beside it names the main one."""
    before = len(faults)
    lines: dict[str, PhoneLine] = {}
    main: str | None = None
    if short is not None:
        line = _read_number(short, country, "/phone", faults)
        if line is not None:
            lines[line.number], main = line, line.number
    for position, entry in enumerate(listed):
        pointer = f"/phones/{position}"
        read = _read_entry(entry, country, pointer, faults)
        if read is None:
            continue
        line, is_main = read
        if is_main and main not in (None, line.number):
            faults.append(
                fault(f"{pointer}/is_main", "several_main", "only one phone of a person is the main one")
            )
        elif is_main:
            main = line.number
        known = lines.get(line.number)
        lines[line.number] = line if known is None else _same_number(known, line)
    if len(faults) == before:
        record.phones = list(lines.values())
        record.main = main or record.phones[0].number


def _same_number(one: PhoneLine, two: PhoneLine) -> PhoneLine:
    """Join two entries of one number; "do not disturb" wins."""
    quiet = (
        (one.do_not_disturb or two.do_not_disturb) if two.do_not_disturb is not None else one.do_not_disturb
    )
    return one._replace(type=one.type or two.type, do_not_disturb=quiet)


def _read_entry(
    entry: Any, country: str | None, pointer: str, faults: list[Fault]
) -> tuple[PhoneLine, bool] | None:
    if type(entry) is not dict:
        faults.append(fault(pointer, "invalid_type", "a phone is an object with a number"))
        return None
    before = len(faults)
    for key in entry:
        if key not in _PHONE_FIELDS:
            detail = "there is no such field; there are " + ", ".join(sorted(_PHONE_FIELDS))
            faults.append(fault(f"{pointer}/{fields.token(str(key))}", "unknown_field", detail))
    kind = entry.get("type")
    if kind is not None and kind not in PHONE_TYPES:
        faults.append(fault(f"{pointer}/type", "invalid_choice", "use one of " + ", ".join(PHONE_TYPES)))
    flags: dict[str, bool | None] = {}
    for key in ("is_main", "do_not_disturb"):
        try:
            flags[key] = None if entry.get(key) is None else fields.flag(entry[key])
        except BadField as bad:
            faults.append(fault(f"{pointer}/{key}", bad.code, bad.detail))
    number = entry.get("number")
    if number is None:
        faults.append(fault(f"{pointer}/number", "required", "a phone needs its number"))
        return None
    line = _read_number(number, country, f"{pointer}/number", faults)
    if line is None or len(faults) > before:
        return None
    return line._replace(type=kind, do_not_disturb=flags["do_not_disturb"]), bool(flags["is_main"])


def _read_number(value: Any, country: str | None, pointer: str, faults: list[Fault]) -> PhoneLine | None:
    try:
        number, where, zones = parse_phone(fields.text(value, fields.PHONE_TEXT_LENGTH), country)
    except (BadField, InvalidPhone) as bad:
        faults.append(fault(pointer, bad.code, bad.detail))
        return None
    if not _SHORTEST <= len(number) <= _LONGEST:
        faults.append(fault(pointer, "phone_invalid", "an international number has 7 to 15 digits"))
        return None
    # Numbers of no country (+800 and the like) come as 001.
    return PhoneLine(number, where if len(where) == 2 else "", None, None, zones)
