"""Own the way dataclasses become JSON and come back unchanged.

Never writes a secret: a `Secret` can't be encoded.
"""

from __future__ import annotations

import base64
import types
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from enum import Enum
from functools import lru_cache
from typing import Any, TypeVar, Union, get_args, get_origin, get_type_hints

from providers.secrets import Secret

T = TypeVar("T")


def to_json(value: Any) -> Any:
    """Encode a value object (or anything inside one) as plain JSON data."""
    if isinstance(value, Secret):
        raise TypeError("A Secret is never encoded.")
    if is_dataclass(value) and not isinstance(value, type):
        return {item.name: to_json(getattr(value, item.name)) for item in fields(value)}
    if isinstance(value, Enum):
        return value.name.lower() if isinstance(value.value, int) else value.value
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
    if isinstance(value, timedelta):
        return value.total_seconds()
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, bytes):
        return base64.b64encode(value).decode("ascii")
    if isinstance(value, Mapping):
        return {str(key): to_json(item) for key, item in value.items()}
    if isinstance(value, frozenset | set):
        return sorted((to_json(item) for item in value), key=str)
    if isinstance(value, list | tuple):
        return [to_json(item) for item in value]
    return value


def from_json(cls: type[T], data: Mapping[str, Any]) -> T:
    """Build a dataclass from what `to_json` made; unknown keys raise `ValueError`."""
    hints = _hints(cls)  # type: ignore[arg-type]  # mypy takes type[T] for unhashable
    strange = sorted(set(data) - set(hints))
    if strange:
        raise ValueError(f"{cls.__name__} has no field {', '.join(strange)}.")
    return cls(**{key: decode(hints[key], item) for key, item in data.items()})


@lru_cache(maxsize=256)  # resolving the annotations of a class costs 100 times what decoding does
def _hints(cls: type) -> dict[str, Any]:
    hints = get_type_hints(cls)
    return {item.name: hints[item.name] for item in fields(cls)}


def decode(kind: Any, data: Any) -> Any:
    """Turn plain JSON data into a value of the annotated type."""
    if data is None or kind is Any:
        return data
    origin = get_origin(kind)
    if origin in (Union, types.UnionType):
        inner = [item for item in get_args(kind) if item is not type(None)]
        return decode(inner[0], data)
    if origin in (tuple, list, frozenset):
        item_kind = get_args(kind)[0]
        return origin(decode(item_kind, item) for item in data)
    if origin is not None:  # Mapping[str, X] and dict[str, X]
        item_kind = get_args(kind)[1]
        return {key: decode(item_kind, item) for key, item in data.items()}
    return _decode_plain(kind, data)


def _decode_plain(kind: Any, data: Any) -> Any:
    if is_dataclass(kind) and isinstance(kind, type):
        return from_json(kind, data)
    if isinstance(kind, type) and issubclass(kind, Enum):
        return kind[data.upper()] if isinstance(next(iter(kind)).value, int) else kind(data)
    if kind is datetime:
        return datetime.fromisoformat(data)
    if kind is timedelta:
        return timedelta(seconds=data)
    if kind is Decimal:
        return Decimal(str(data))
    if kind is bytes:
        return base64.b64decode(data)
    if kind is Secret:
        return Secret(data)
    if kind is float:
        return float(data)
    return data
