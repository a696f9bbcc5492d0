"""Turns the columns of a file into items in the shape of the API.

Owns the mapping `{"column": "field"}`, the recognised names where it is silent, and the reading of cells as values.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from dialer.engine.errors import Invalid
from dialer.intake.headers import recognise
from dialer.intake.opening import UnreadableFile
from dialer.intake.records import ITEM_FIELDS, Fault, fault
from dialer.models.contacts import PHONE_TYPES
from dialer.rules import faults
from dialer.rules.numbering import region_of

#: Beside the columns: `"strict": true` refuses a file with a column that the mapping does not name.
STRICT = "strict"
IGNORE = ""
_SIMPLE = frozenset(
    {"external_id", "name", "email", "language", "timezone", "not_before", "not_after", "country"}
)
_FIELDS = _SIMPLE | {"priority", "tags", "do_not_disturb"}
#: phone, phone:work, phone_2, phone_2:home, phones.0.number
_PHONE = re.compile(rf"(?:phone(?:_\d+)?|phones\.\d+(?:\.number)?)(?::({'|'.join(PHONE_TYPES)}))?")
_ATTRIBUTE = re.compile(r"attributes\.(.+)", re.DOTALL)
_TAG_BREAK = re.compile(r"[,;|]")
_TRUE, _FALSE = frozenset({"true", "yes", "y", "1"}), frozenset({"false", "no", "n", "0"})
_WHOLE = re.compile(r"[+-]?\d{1,9}")

Item = tuple[dict[str, Any] | None, str | None, list[Fault] | None]
Put = Callable[[dict[str, Any], Any], None]
CheckColumns = Callable[[Sequence[str], Mapping[str, Any]], None]


def check_mapping(mapping: Any) -> dict[str, Any]:
    """Refuse a mapping that names no field; raises `Invalid` with a pointer an entry."""
    if not isinstance(mapping, Mapping):
        raise Invalid("invalid_mapping", 'a mapping is an object such as {"Telefone": "phone"}')
    errors = []
    for column, field in mapping.items():
        if column == STRICT and isinstance(field, bool):
            continue
        if field is not None and not (isinstance(field, str) and _is_field(field)):
            detail = (
                "there is no such field; use "
                + ", ".join(sorted(_FIELDS))
                + (
                    ", phone, phone:mobile, phone_2 (and so on), attributes.<name>, or null to leave the column out"
                )
            )
            errors.append(faults.Fault(f"/mapping/{faults.token(column)}", "unknown_field", detail))
    if errors:
        raise Invalid("invalid_mapping", "the mapping names fields that do not exist", errors)
    return {column: IGNORE if field is None else field for column, field in mapping.items()}


def _is_field(field: str) -> bool:
    return field in _FIELDS or field == IGNORE or bool(_PHONE.fullmatch(field) or _ATTRIBUTE.fullmatch(field))


def _target(column: str, mapping: Mapping[str, Any]) -> str:
    """Return the field of a column; what nobody names is an attribute."""
    if column in mapping and column != STRICT:
        return mapping[column] or IGNORE
    return recognise(column) or (f"attributes.{column}" if column else IGNORE)


def check_columns(columns: Sequence[str], mapping: Mapping[str, Any]) -> None:
    """Refuse a file whose columns cannot give a contact."""
    shown = ", ".join(column or "(no name)" for column in columns)
    missing = [column for column in mapping if column not in columns and column != STRICT]
    if missing:
        raise UnreadableFile(
            f"the mapping names columns that the file has not: {', '.join(missing)}; it has {shown}"
        )
    doubled = sorted({column for column in columns if column and columns.count(column) > 1})
    if doubled:
        raise UnreadableFile(f"two columns have the same name: {', '.join(doubled)}; rename one")
    if mapping.get(STRICT) is True:
        unknown = [column for column in columns if column not in mapping]
        if unknown:
            raise UnreadableFile(
                f"the mapping is strict and does not name these columns: {', '.join(unknown)}"
            )
    if not any(_PHONE.fullmatch(_target(column, mapping)) for column in columns):
        raise UnreadableFile(
            f'no column is known to hold a phone; name it with a mapping such as {{"...": "phone"}}. It has {shown}'
        )


class Mapper:
    """Reads rows by one mapping."""

    def __init__(self, mapping: Mapping[str, Any]) -> None:
        self._mapping = mapping
        self._puts: dict[str, Put | None] = {}

    def cells_reader(self, columns: Sequence[str]) -> Callable[[Sequence[str]], Item]:
        """Make the function that turns the cells of a row into an item."""
        fields = [_target(name, self._mapping) for name in columns]
        phones = [field for field in fields if _PHONE.fullmatch(field)]
        # One phone column goes through the short form, which is read twice as fast.
        short = (
            phones[0]
            if len(phones) == 1 and ":" not in phones[0] and "do_not_disturb" not in fields
            else None
        )
        puts = [
            (position, put)
            for position, (name, field) in enumerate(zip(columns, fields, strict=True))
            if (put := _put_short if field == short else self._put(name)) is not None
        ]

        def read(cells: Sequence[str]) -> Item:
            item: dict[str, Any] = {}
            for position, put in puts:
                cell = cells[position].strip()
                if cell:
                    put(item, cell)
            return _finished(item)

        return read

    def read_object(self, value: Mapping[str, Any]) -> Item:
        """Turn an object of a JSON file into an item; fields of the API keep their shape."""
        item: dict[str, Any] = {}
        errors: list[Fault] = []
        strict = self._mapping.get(STRICT) is True
        for key, given in value.items():
            if given is None or given == "":
                continue
            if key not in self._mapping and key in ITEM_FIELDS:
                _put_as_is(item, key, given)
                continue
            if strict and key not in self._mapping:
                errors.append(
                    fault(f"/{faults.token(key)}", "unknown_field", "the mapping does not name this field")
                )
                continue
            put = self._put(key)
            if put is not None:
                put(item, _as_text(given))
        return (None, None, errors) if errors else _finished(item)

    def _put(self, column: str) -> Put | None:
        if column not in self._puts:
            self._puts[column] = _put_for(_target(column, self._mapping))
        return self._puts[column]


def _put_as_is(item: dict[str, Any], key: str, given: Any) -> None:
    if key in ("external_id", "phone") and type(given) is int:
        given = str(given)  # many exports write digits without quotes
    if key in ("attributes", "phones") and key in item and type(given) is type(item[key]):
        given = item[key] | given if key == "attributes" else item[key] + given
    item[key] = given


def _as_text(given: Any) -> Any:
    if type(given) is int:
        return str(given)
    return given.strip() if type(given) is str else given


def _put_for(field: str) -> Put | None:
    if field == IGNORE:
        return None
    phone = _PHONE.fullmatch(field)
    if phone is not None:
        return _phone_put(phone[1])
    attribute = _ATTRIBUTE.fullmatch(field)
    if attribute is not None:
        name = attribute[1]
        return lambda item, cell: item.setdefault("attributes", {}).__setitem__(name, cell)
    if field == "name":
        return _put_name
    if field == "priority":
        return lambda item, cell: item.__setitem__("priority", _whole(cell))
    if field == "tags":
        return lambda item, cell: item.__setitem__("tags", _words(cell))
    return lambda item, cell: item.__setitem__(field, cell)


def _phone_put(kind: str | None) -> Put:
    def put(item: dict[str, Any], cell: Any) -> None:
        item.setdefault("phones", []).append({"number": cell, "type": kind} if kind else {"number": cell})

    return put


def _put_short(item: dict[str, Any], cell: Any) -> None:
    item["phone"] = cell


def _put_name(item: dict[str, Any], cell: Any) -> None:
    before = item.get("name")
    item["name"] = f"{before} {cell}" if before and type(cell) is str else cell


def _whole(cell: Any) -> Any:
    return int(cell) if type(cell) is str and _WHOLE.fullmatch(cell) else cell


def _words(cell: Any) -> Any:
    if type(cell) is not str:
        return cell
    return [word.strip() for word in _TAG_BREAK.split(cell) if word.strip()]


def _finished(item: dict[str, Any]) -> Item:
    """Take out what is said of the row as a whole: its country, and "do not disturb"."""
    country = item.pop("country", None)
    errors: list[Fault] = []
    if country is not None:
        code = country.upper() if type(country) is str else ""
        if len(code) != 2 or region_of(code) is None:
            errors.append(
                fault("/country", "invalid_country", "a country is an ISO 3166 code of two letters, as in US")
            )
        country = code
    quiet = item.pop("do_not_disturb", None)
    if quiet is not None:
        word = str(quiet).lower()
        if word not in _TRUE | _FALSE:
            errors.append(fault("/do_not_disturb", "invalid_choice", "use true or false"))
        for phone in item.get("phones", ()):
            phone["do_not_disturb"] = word in _TRUE
    return (None, None, errors) if errors else (item, country, None)
