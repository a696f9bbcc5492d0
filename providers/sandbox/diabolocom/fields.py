"""Own what a value may look like in a request: types, dates, digits, and names that are known.

Never knows a contact or a campaign; what is wrong is refused with 400.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from providers.sandbox.messages import Refusal, Request

Check = Callable[[Any], Any]

#: The document says ISO 8601 and shows whole seconds in UTC only. Fractions and times without a zone are
#: nowhere shown, so they are refused; an offset is plain ISO 8601 and is taken.
_INSTANT = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(Z|[+-]\d{2}:\d{2})")
#: Every phone in the document is digits only, and campaigns forbid the plus in words.
_DIGITS = re.compile(r"\d+")
#: The limit of arrays in filters, in their table.
MOST_ITEMS = 500


def invalid(what: str) -> Refusal:
    """Make the refusal of a bad request; the document names no error code for 400."""
    return Refusal(400, f"error.invalid.parameters: {what}")


def stamp(at: datetime) -> str:
    """Write an instant as the document does: UTC, whole seconds."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def second(at: datetime) -> datetime:
    """Cut an instant to the second, as it is stored."""
    return at.astimezone(UTC).replace(microsecond=0)


# ---- checks: give the value as it is kept, or refuse


def whole(least: int | None = None, most: int | None = None) -> Check:
    """Take an integer between two bounds, both included."""

    def check(value: Any) -> int:
        if type(value) is not int:
            raise invalid("an integer is expected")
        if (least is not None and value < least) or (most is not None and value > most):
            raise invalid("out of range")
        return value

    return check


def flag(value: Any) -> bool:
    """Take a boolean."""
    if type(value) is not bool:
        raise invalid("a boolean is expected")
    return value


def text(value: Any) -> str:
    """Take a string."""
    if not isinstance(value, str):
        raise invalid("a string is expected")
    return value


def instant(value: Any) -> datetime:
    """Take an ISO 8601 date-time with its zone."""
    if not _INSTANT.fullmatch(text(value)):
        raise invalid("an ISO 8601 date-time is expected")
    try:
        return datetime.fromisoformat(value).astimezone(UTC)
    except (ValueError, OverflowError):
        raise invalid("no such date-time") from None


def phone(value: Any) -> str:
    """Take a phone: digits only."""
    if not _DIGITS.fullmatch(text(value)):
        raise invalid("a phone is digits with the country code, without a plus")
    return str(value)


def one_of(*words: str) -> Check:
    """Take one of the listed words."""

    def check(value: Any) -> str:
        if value not in words:
            raise invalid("not a listed value")
        return str(value)

    return check


def each(check: Check) -> Check:
    """Take an array of such values, at most 500."""

    def check_all(value: Any) -> list[Any]:
        if not isinstance(value, list):
            raise invalid("an array is expected")
        if len(value) > MOST_ITEMS:
            raise invalid(f"at most {MOST_ITEMS} items")
        return [check(item) for item in value]

    return check_all


def or_null(check: Check) -> Check:
    """Take null as well."""
    return lambda value: None if value is None else check(value)


def mapping(value: Any) -> dict[str, Any]:
    """Take a JSON object."""
    if not isinstance(value, dict):
        raise invalid("an object is expected")
    return value


def checked(given: Any, table: Mapping[str, Check]) -> dict[str, Any]:
    """Check every field of an object; a name that the table lacks is refused."""
    result = {}
    for name, value in mapping(given).items():
        if name not in table:
            raise invalid(f"unknown field {name}")
        try:
            result[name] = table[name](value)
        except Refusal as refusal:
            raise Refusal(refusal.status, f"{refusal.message} ({name})") from None
    return result


# ---- requests


def body_of(request: Request) -> dict[str, Any]:
    """Decode the JSON object of a request."""
    if not request.headers.get("content-type", "").lower().startswith("application/json"):
        raise invalid("Content-Type: application/json is expected")
    return mapping(request.json())


def no_body(request: Request) -> None:
    """Refuse a body where the document allows none; its code for that is not documented."""
    if request.body:
        raise invalid("no request body allowed")


def parameters(request: Request, **table: Check) -> dict[str, Any]:
    """Read the query; a parameter that is not documented, or given twice, is refused."""
    names = [name for name, _ in request.query]
    if len(set(names)) != len(names):
        raise invalid("a parameter is given twice")
    return checked(dict(request.query), table)


def whole_text(least: int | None = None) -> Check:
    """Take an integer that is written in a query or path."""

    def check(value: Any) -> int:
        if not re.fullmatch(r"-?\d{1,18}", value):
            raise invalid("an integer is expected")
        number: int = whole(least)(int(value))
        return number

    return check


def flag_text(value: Any) -> bool:
    """Take a boolean that is written in a query."""
    return bool(one_of("true", "false")(value) == "true")
