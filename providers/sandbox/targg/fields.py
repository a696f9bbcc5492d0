"""Own how the fields of a body are checked: a table of what is allowed, and everything else is refused with 400.

Never knows what a field means.
"""

from __future__ import annotations

import copy
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from providers.sandbox.messages import Refusal, Request

Check = Callable[[Any], Any]
_FORM = "application/x-www-form-urlencoded"
_JSON = "application/json"


class Unfit(ValueError):
    """A value is not what its field takes; says which part, if it has parts."""


@dataclass(frozen=True, slots=True)
class Field:
    """What one field takes; left out, it is its default."""

    check: Check
    is_required: bool = False
    default: Any = None


Table = Mapping[str, Field]


def body_of(request: Request) -> Any:
    """Decode a body: JSON as in the samples, or form fields as in the prose of "API Reference"; none is empty."""
    if request.query:
        raise Refusal(400, "No query parameter is accepted here.")
    if not request.body:
        return {}
    kind = request.headers.get("content-type", "").split(";")[0].strip().lower()
    if kind == _FORM:
        return request.form()
    if kind != _JSON:
        raise Refusal(400, "The content type is not accepted.")
    return request.json()


def without_arguments(request: Request) -> None:
    """Refuse any argument of a request that takes none."""
    if body_of(request) != {}:
        raise Refusal(400, "No argument is accepted here.")


def checked(data: Any, table: Table) -> dict[str, Any]:
    """Give all fields of a table, or refuse the body."""
    try:
        found: dict[str, Any] = object_of(table)(data)
        return found
    except Unfit as error:
        raise Refusal(400, str(error)) from None


def object_of(table: Table) -> Check:
    """Take an object of these fields and no others; those without default that are left out are None."""

    def check(value: Any) -> dict[str, Any]:
        if not isinstance(value, dict):
            raise Unfit("An object is expected.")
        for name in value:
            if name not in table:
                raise Unfit(f"{name} is not an accepted parameter.")
        found: dict[str, Any] = {}
        for name, field in table.items():
            if name in value:
                found[name] = _named(name, field.check, value[name])
            elif field.is_required:
                raise Unfit(f"{name} is required.")
            else:
                found[name] = copy.copy(field.default)
        return found

    return check


def list_of(item: Check) -> Check:
    """Take a list."""

    def check(value: Any) -> list[Any]:
        if not isinstance(value, list):
            raise Unfit("is not a list.")
        return [item(each) for each in value]

    return check


def one_of(*allowed: str | int) -> Check:
    """Take one of these words or numbers; true is no 1."""

    def check(value: Any) -> Any:
        if not any(type(value) is type(each) and value == each for each in allowed):
            raise Unfit(f"takes only: {', '.join(map(str, allowed))}.")
        return value

    return check


def shaped(pattern: str) -> Check:
    """Take a text of one shape."""
    shape = re.compile(pattern, re.ASCII)

    def check(value: Any) -> str:
        if not isinstance(value, str) or not shape.fullmatch(value):
            raise Unfit("has not the documented format.")
        return value

    return check


def text(value: Any) -> str:
    """Take any text."""
    if not isinstance(value, str):
        raise Unfit("is not a string.")
    return value


def filled(value: Any) -> str:
    """Take a text that says something."""
    if not text(value).strip():
        raise Unfit("is required.")
    return str(value)


def day(value: Any) -> str:
    """Take a date."""
    try:
        return date.fromisoformat(shaped(r"\d{4}-\d{2}-\d{2}")(value)).isoformat()
    except ValueError:
        raise Unfit("has not the documented format.") from None


def flag(value: Any) -> bool:
    """Take true or false, not their names."""
    if not isinstance(value, bool):
        raise Unfit("is not a boolean.")
    return value


def whole(value: Any) -> int:
    """Take a whole number from 0 on."""
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise Unfit("is not an integer.")
    return value


def number(value: Any) -> float:
    """Take a number."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise Unfit("is not a number.")
    return float(value)


def _named(name: str, check: Check, value: Any) -> Any:
    try:
        return check(value)
    except Unfit as error:
        raise Unfit(f"{name} {error}") from None
