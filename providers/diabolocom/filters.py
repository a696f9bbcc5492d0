"""Own the closed list of filters by which contacts are searched, updated or deleted in number.

Never lets a name, shape or value through that the document does not list: the vendor discards what it does not
know in silence, and a batch whose filters are all gone hits every contact of the campaign (sheet: 5).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Any

from providers.diabolocom.values import written

Query = Mapping[str, Any]

#: The most entries of an array (seed: Search contacts, Query part; of `phones` nothing is said, so the same).
MOST_ENTRIES = 500

#: The words that these filters take (seed: Search contacts, Query part).
_STATUSES = ("new_contact", "argued", "arguedpositive", "nonargued", "tocall", "unreachable", "canceled")
_CAUSES = ("noValidPhone", "duplicate", "bloctel", "manualByAgent", "manual", "excludedByAdmin")
_CALLERS = ("contact", "agent", "system")
#: With these spellings: two of them have a small w (sheet: 4.5).
CONDITIONS = (
    "eq",
    "notEq",
    "lt",
    "lte",
    "gt",
    "gte",
    "startsWith",
    "endsWith",
    "notStartswith",
    "notEndswith",
    "contains",
    "like",
    "notContains",
)


def _number(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise ValueError("must be a whole number")
    return value


def _flag(value: Any) -> bool:
    if not isinstance(value, bool):
        raise ValueError("must be true or false")
    return value


def _time(value: Any) -> str:
    if not isinstance(value, datetime) or value.tzinfo is None:
        raise ValueError("must be a time with a zone")
    return written(value)


def _phone(value: Any) -> str:
    digits = str(value).removeprefix("+")
    if not (digits.isascii() and digits.isdigit()):
        raise ValueError("must be phones in E.164")
    return digits  # every example is without plus (sheet: 2)


def _word(words: tuple[str, ...], *, nullable: bool = False) -> Callable[[Any], Any]:
    def read(value: Any) -> Any:
        if value in words or (nullable and value is None):
            return value
        raise ValueError(f"must be one of: {', '.join(words)}")

    return read


def _list(read: Callable[[Any], Any], *, nullable: bool = False) -> Callable[[Any], Any]:
    """Read an array; null, where it is allowed, means "is null". An empty one would be no filter at all."""

    def read_all(value: Any) -> Any:
        if nullable and value is None:
            return None
        entries = [] if isinstance(value, str) else list(value)
        if not 1 <= len(entries) <= MOST_ENTRIES:
            raise ValueError(f"must have 1 to {MOST_ENTRIES} entries")
        return [read(each) for each in entries]

    return read_all


def _condition(value: Any) -> dict[str, Any]:
    if not isinstance(value, Mapping) or set(value) != {"customFieldName", "condition", "value"}:
        raise ValueError("must be conditions of customFieldName, condition and value")
    if value["condition"] not in CONDITIONS:
        raise ValueError(f"must have conditions out of: {', '.join(CONDITIONS)}")
    if value["value"] is None and value["condition"] not in ("eq", "notEq"):
        raise ValueError("may have the value null with eq and notEq only")
    if not value["customFieldName"] or not isinstance(value["value"], str | None):
        raise ValueError("must name a field and give a text")
    return dict(value)


_ids, _ids_or_null = _list(_number), _list(_number, nullable=True)

#: Every filter of the document but those marked as not available yet: what the vendor does not know is discarded.
FILTERS: dict[str, Callable[[Any], Any]] = {
    "assignedAgentIds": _ids_or_null,
    "assignedGroupIds": _ids_or_null,
    "contactIds": _ids,
    "agentIds": _ids_or_null,
    "lastWrapupIds": _ids_or_null,
    "regions": _ids_or_null,
    "customFieldConditions": _list(_condition),
    "phones": _list(_phone),
    "wrapupStatuses": _list(_word(_STATUSES), nullable=True),
    "lastCallerType": _word(_CALLERS, nullable=True),
    "excludedCause": _word(_CAUSES),
    "excluded": _flag,
    "retryIsNull": _flag,
    **dict.fromkeys(("minPriority", "maxPriority", "minTries", "maxTries"), _number),
    **dict.fromkeys(
        (
            *("createdAfter", "createdBefore", "lastCallAfter", "lastCallBefore"),
            *("updateAfter", "updateBefore", "retryAfter", "retryBefore"),
            *("minCallingDateTimeAfter", "minCallingDateTimeBefore"),
            *("maxCallingDateTimeAfter", "maxCallingDateTimeBefore"),
        ),
        _time,
    ),
}
#: Named for the batch update only (seed: Update a batch, Query part).
PURGE_FILTERS: dict[str, Callable[[Any], Any]] = {"purgeDateAfter": _time, "purgeDateBefore": _time}


def query_of(given: Query, *, custom_fields: Iterable[str] | None = None, purge: bool = False) -> Query:
    """Write a query for the vendor; empty, unknown or ill-shaped filters raise `ValueError`, nothing is sent.

    `custom_fields`: the campaign's names, of which conditions may speak.
    """
    known = FILTERS | PURGE_FILTERS if purge else FILTERS
    if not given:
        raise ValueError("A query needs a filter: without one it would mean every contact of the campaign.")
    found: dict[str, Any] = {}
    for name, value in given.items():
        if name not in known:
            raise ValueError(f"There is no filter {name!r}; filters: {', '.join(sorted(known))}.")
        try:
            found[name] = known[name](value)
        except (ValueError, TypeError) as error:
            # The value may be a phone: the message names the filter only.
            reason = str(error) if isinstance(error, ValueError) else "has the wrong shape"
            raise ValueError(f"The filter {name!r} {reason}.") from None
    if custom_fields is not None:
        _check_fields(found.get("customFieldConditions") or (), frozenset(custom_fields))
    return found


def _check_fields(conditions: Iterable[Mapping[str, Any]], custom_fields: frozenset[str]) -> None:
    strange = sorted({str(each["customFieldName"]) for each in conditions} - custom_fields)
    if strange:
        raise ValueError(f"The campaign has no custom field {', '.join(strange)}.")


def equals(field: str, value: str) -> dict[str, str]:
    """Write the condition that a custom field has exactly this text."""
    return {"customFieldName": field, "condition": "eq", "value": value}
