"""Own how an account's credentials and settings are described, checked and built.

Never echoes a value back: a fault names the field and what is wanted, so no secret can leak through it.
"""

from __future__ import annotations

import math
import types
from collections.abc import Mapping, Sequence
from dataclasses import MISSING, Field, dataclass, fields
from decimal import Decimal, InvalidOperation
from enum import Enum
from typing import Any, TypeVar, Union, get_args, get_origin, get_type_hints

from providers.codec import decode, to_json
from providers.secrets import Secret

T = TypeVar("T")

#: Longer texts are a mistake in every field of every vendor; it also bounds what is encrypted and logged.
LONGEST_TEXT = 4096


def option(
    *,
    label: str = "",
    help: str = "",  # the word that forms and schemas use
    choices: Sequence[str] = (),
    minimum: float | None = None,
    maximum: float | None = None,
) -> dict[str, Any]:
    """Describe one field of a Credentials or Settings class: `field(default=…, metadata=option(…))`.

    The type `Secret` marks a secret.
    """
    return {
        "label": label,
        "help": help,
        "choices": tuple(choices),
        "minimum": minimum,
        "maximum": maximum,
    }


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldFault:
    """One thing that is wrong: a JSON pointer, a stable code and a sentence without the value."""

    pointer: str
    code: str
    detail: str


class InvalidConfiguration(ValueError):
    """The credentials or settings can't be used; `faults` says why."""

    def __init__(self, faults: Sequence[FieldFault]) -> None:
        self.faults = list(faults)
        super().__init__("; ".join(f"{fault.pointer}: {fault.detail}" for fault in self.faults))


def faults_of(cls: type, data: Any, root: str) -> list[FieldFault]:
    """List everything wrong with `data` as an instance of `cls`; an empty list means it can be built."""
    if not isinstance(data, Mapping):
        return [FieldFault(pointer=root, code="invalid_type", detail="Give an object.")]
    known = {item.name: item for item in fields(cls)}
    hints = get_type_hints(cls)
    faults = [_unknown(root, str(key), known) for key in data if key not in known]
    for name, item in known.items():
        pointer = f"{root}/{name}"
        if name in data:
            fault = _fault_of_value(item, hints[name], data[name], pointer)
            faults += [fault] if fault else []
        elif _is_required(item):
            faults.append(FieldFault(pointer=pointer, code="required", detail=f"Give `{name}`."))
    return faults or _refused(cls, data, root)


def _refused(cls: type, data: Mapping[str, Any], root: str) -> list[FieldFault]:
    """List what the class itself refuses of values that are each well formed."""
    try:
        _made(cls, data)
    except InvalidConfiguration as refusal:
        return refusal.faults
    except ValueError as error:
        # Words of a class that holds secrets may quote one.
        has_secret = any(_core(kind) is Secret for kind in get_type_hints(cls).values())
        words = "" if has_secret else str(error)
        return [
            FieldFault(pointer=root, code="invalid", detail=words or "These values are refused together.")
        ]
    return []


def built(cls: type[T], data: Mapping[str, Any], root: str) -> T:
    """Build `cls` from plain data, or raise `InvalidConfiguration`."""
    faults = faults_of(cls, data, root)
    if faults:
        raise InvalidConfiguration(faults)
    return _made(cls, data)


def _made(cls: type[T], data: Mapping[str, Any]) -> T:
    hints = get_type_hints(cls)
    return cls(**{name: decode(hints[name], _tidied(hints[name], value)) for name, value in data.items()})


def _tidied(kind: Any, value: Any) -> Any:
    # Pasted keys carry spaces and line ends, which no vendor's key has and no header may hold.
    return value.strip() if isinstance(value, str) and _core(kind) in (Secret, str) else value


def _unknown(root: str, key: str, known: Mapping[str, Any]) -> FieldFault:
    allowed = ", ".join(f"`{name}`" for name in known) or "none"
    escaped = key.replace("~", "~0").replace("/", "~1")[:100]
    return FieldFault(
        pointer=f"{root}/{escaped}",
        code="unknown_field",
        detail=f"There is no such field; known fields: {allowed}.",
    )


def _is_required(item: Field[Any]) -> bool:
    return item.default is MISSING and item.default_factory is MISSING


def _optional(kind: Any) -> bool:
    return get_origin(kind) in (Union, types.UnionType) and type(None) in get_args(kind)


def _core(kind: Any) -> Any:
    if _optional(kind):
        return next(item for item in get_args(kind) if item is not type(None))
    return kind


_WANTED: dict[Any, tuple[Any, str]] = {
    Secret: (str, "text"),
    str: (str, "text"),
    bool: (bool, "true or false"),
    int: (int, "a whole number"),
    float: ((int, float), "a number"),
    Decimal: ((int, float, str), "a decimal number"),
}


def _fault_of_value(item: Field[Any], kind: Any, value: Any, pointer: str) -> FieldFault | None:
    name, core = item.name, _core(kind)
    if value is None:
        if _optional(kind):
            return None
        return FieldFault(pointer=pointer, code="required", detail=f"`{name}` can't be null.")
    wrong = _wrong_type(core, value)
    if wrong:
        return FieldFault(pointer=pointer, code="invalid_type", detail=f"`{name}` must be {wrong}.")
    if core in (Secret, str):
        fault = _fault_of_text(item, core, value, pointer)
        if fault:
            return fault
    choices = _choices(item, core)
    if choices and value not in choices:
        return FieldFault(
            pointer=pointer, code="invalid_choice", detail=f"`{name}` must be one of: {', '.join(choices)}."
        )
    number = Decimal(str(value)) if core is Decimal else value
    return _fault_of_range(item, number, pointer)


def _wrong_type(core: Any, value: Any) -> str:
    """Say in words what was wanted, or nothing if the value fits."""
    if isinstance(core, type) and issubclass(core, Enum):
        return "" if isinstance(value, str) else "text"
    if get_origin(core) in (tuple, list, frozenset):
        fits = isinstance(value, list | tuple) and all(isinstance(item, str) for item in value)
        return "" if fits else "a list of texts"
    if get_origin(core) is not None:
        fits = isinstance(value, Mapping) and all(isinstance(item, str) for item in value.values())
        return "" if fits else "an object of texts"
    wanted, words = _WANTED[core]
    if not isinstance(value, wanted) or (isinstance(value, bool) and core is not bool):
        return words
    if core is Decimal:
        try:
            return "" if Decimal(str(value)).is_finite() else words
        except InvalidOperation:
            return words
    # NaN and infinity are numbers to Python and to nobody else.
    if core is float and isinstance(value, float) and not math.isfinite(value):
        return words
    return ""


def _fault_of_text(item: Field[Any], core: Any, value: str, pointer: str) -> FieldFault | None:
    name, text = item.name, value.strip()
    if not text and (core is Secret or _is_required(item)):
        return FieldFault(pointer=pointer, code="required", detail=f"`{name}` can't be empty.")
    if len(text) > LONGEST_TEXT:
        return FieldFault(
            pointer=pointer, code="too_long", detail=f"`{name}` is longer than {LONGEST_TEXT} characters."
        )
    if any(ord(character) < 32 or ord(character) == 127 for character in text):
        return FieldFault(
            pointer=pointer, code="invalid_characters", detail=f"`{name}` holds a control character."
        )
    return None


def _fault_of_range(item: Field[Any], value: Any, pointer: str) -> FieldFault | None:
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal):
        return None
    low, high = item.metadata.get("minimum"), item.metadata.get("maximum")
    if (low is not None and value < low) or (high is not None and value > high):
        bounds = " and ".join(
            part
            for part in (
                f"at least {low}" if low is not None else "",
                f"at most {high}" if high is not None else "",
            )
            if part
        )
        return FieldFault(pointer=pointer, code="out_of_range", detail=f"`{item.name}` must be {bounds}.")
    return None


def _choices(item: Field[Any], core: Any) -> tuple[str, ...]:
    if isinstance(core, type) and issubclass(core, Enum):
        return tuple(str(to_json(member)) for member in core)
    return tuple(item.metadata.get("choices", ()))


def schema(cls: type) -> dict[str, Any]:
    """Describe a Credentials or Settings class as JSON Schema 2020-12; secrets are `writeOnly`."""
    hints = get_type_hints(cls)
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "type": "object",
        "properties": {item.name: _property(item, hints[item.name]) for item in fields(cls)},
        "required": [item.name for item in fields(cls) if _is_required(item)],
        "additionalProperties": False,
    }


_JSON_TYPES: dict[Any, str] = {
    Secret: "string",
    str: "string",
    bool: "boolean",
    int: "integer",
    float: "number",
    Decimal: "number",
}


def _property(item: Field[Any], kind: Any) -> dict[str, Any]:
    core = _core(kind)
    shape = _shape(core)
    if _optional(kind):
        shape["type"] = [shape["type"], "null"]
    if core is Secret:
        shape |= {"writeOnly": True, "format": "password"}
    for key, name in (("label", "title"), ("help", "description")):
        if item.metadata.get(key):
            shape[name] = item.metadata[key]
    for key in ("minimum", "maximum"):
        if item.metadata.get(key) is not None:
            shape[key] = item.metadata[key]
    choices: list[str | None] = list(_choices(item, core))
    if choices:
        shape["enum"] = [*choices, None] if _optional(kind) else choices
    if item.default is not MISSING and core is not Secret:
        shape["default"] = float(item.default) if core is Decimal else to_json(item.default)
    return shape


def _shape(core: Any) -> dict[str, Any]:
    if isinstance(core, type) and issubclass(core, Enum):
        return {"type": "string"}
    if get_origin(core) in (tuple, list, frozenset):
        return {"type": "array", "items": {"type": "string"}}
    if get_origin(core) is not None:
        return {"type": "object", "additionalProperties": {"type": "string"}}
    return {"type": _JSON_TYPES[core]}
