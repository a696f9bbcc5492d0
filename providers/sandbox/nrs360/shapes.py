"""Own how 360NRS reads queries and bodies, writes times, and cuts lists into pages.

Never keeps anything.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, TypeVar
from urllib.parse import urlencode, urlsplit

from providers.sandbox.messages import Refusal, Request, Response, answered
from providers.sandbox.nrs360.errors import JSON, coded, invalid

Item = TypeVar("Item")

#: "Filtros" of contacts, groups and blacklist.
DEFAULT_LIMIT, MOST_LIMIT = 100, 1000
#: Digits with the country's prefix, as in every example; the length is E.164's, the document has none.
_PHONE = re.compile(r"[1-9][0-9]{7,14}")
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
_KINDS = {str: "a string", int: "an integer", bool: "a boolean", list: "an array", dict: "an object"}


def is_phone(text: object) -> bool:
    """Say whether this is a number as the vendor writes it: digits, no plus."""
    return isinstance(text, str) and _PHONE.fullmatch(text) is not None


def is_email(text: object) -> bool:
    """Say whether this looks like an e-mail address."""
    return isinstance(text, str) and _EMAIL.fullmatch(text) is not None


def is_url(text: object) -> bool:
    """Say whether this is an absolute http(s) URL."""
    if not isinstance(text, str) or re.search(r"\s", text):
        return False
    parts = urlsplit(text)
    return parts.scheme in ("http", "https") and bool(parts.hostname)


def is_a(value: object, kind: type) -> bool:
    """Say whether JSON gave this type; true and false are no integers."""
    return isinstance(value, kind) and (kind is bool or not isinstance(value, bool))


# ---- queries


def query_of(request: Request, *names: str) -> dict[str, list[str]]:
    """Read a query of documented parameters; another one is refused (the document is silent, so strict)."""
    found: dict[str, list[str]] = {}
    for key, value in request.query:
        name = re.sub(r"\[\d*\]$", "", key)  # arrays as PHP writes them, numbered or not
        if name not in names:
            raise invalid(f"{name} is no parameter here")
        found.setdefault(name, []).append(value)
    return found


def instant(query: Mapping[str, list[str]], name: str) -> datetime | None:
    """Read a filter in ISO 8601; a plus that was not URL-encoded arrives as a space and is refused."""
    if name not in query:
        return None
    try:
        given = datetime.fromisoformat(query[name][-1])
    except ValueError:
        raise invalid(f"{name} is not ISO 8601") from None
    return given if given.tzinfo else given.replace(tzinfo=UTC)


def within(at: datetime, after: datetime | None, before: datetime | None) -> bool:
    """Say whether an instant lies between, ends excluded: the document says "after" and "before" only.

    Written times have whole seconds, so what happened in the second of `afterDate` is not shown again.
    """
    at = at.replace(microsecond=0)
    return (after is None or at > after) and (before is None or at < before)


# ---- bodies


def body_of(request: Request, fields: Mapping[str, type], required: Collection[str] = ()) -> dict[str, Any]:
    """Read a JSON object of documented fields and types, or refuse it."""
    query_of(request)
    data = json_of(request)
    known(data, fields)
    for name in required:
        if name not in data:
            raise invalid(f"{name} is required")
    return typed(data, fields)


def json_of(request: Request) -> dict[str, Any]:
    """Decode the body; nothing at all is an empty object, as it is for PHP."""
    if not request.body.strip():
        return {}
    if not request.headers.get("content-type", "").startswith("application/json"):
        raise coded(JSON)  # the document's requests all name the type
    try:
        data = json.loads(request.body)
    except ValueError:
        raise coded(JSON) from None
    if not isinstance(data, dict):
        raise invalid("the body is no object")
    return data


def known(data: Mapping[str, Any], names: Iterable[str]) -> None:
    """Refuse a field that the document does not have."""
    strange = sorted(set(data) - set(names))
    if strange:
        raise invalid(f"{strange[0]} is no field here")


def typed(data: dict[str, Any], fields: Mapping[str, type]) -> dict[str, Any]:
    """Refuse a field of another type than documented; null is no value of any."""
    for name, value in data.items():
        if not is_a(value, fields[name]):
            raise invalid(f"{name} must be {_KINDS[fields[name]]}")
    return data


# ---- times


def iso(at: datetime | None) -> str | None:
    """Write a time as most answers do."""
    return None if at is None else at.astimezone(UTC).isoformat(timespec="seconds")


def spaced(at: datetime) -> str:
    """Write a time as the scheduled list does; it names no zone, UTC is assumed."""
    return at.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S")


def compact(text: object) -> datetime | None:
    """Read YYYYmmddHHiiss in UTC ("scheduleDate"); None = it is not that."""
    if not isinstance(text, str) or not re.fullmatch(r"[0-9]{14}", text):
        return None
    try:
        return datetime.strptime(text, "%Y%m%d%H%M%S").replace(tzinfo=UTC)
    except ValueError:
        return None


# ---- answers


def missing() -> Refusal:
    """Make the answer to an id that nothing has; the document shows none, 404 is assumed."""
    return Refusal(404, "there is no such thing")


def origin(request: Request) -> str:
    """Give the address that links begin with."""
    host = request.headers.get("host", "dashboard.360nrs.com")
    scheme = "http" if host.partition(":")[0] in ("127.0.0.1", "localhost") else "https"
    return f"{scheme}://{host}"


def paged(
    request: Request,
    query: Mapping[str, list[str]],
    rows: Sequence[Item],
    show: Callable[[Item], dict[str, Any]],
    page_limit: int,
) -> Response:
    """Answer one page; a `limit` above the maximum is refused, as the document does not say that it is cut."""
    limit = min(_natural(query, "limit", DEFAULT_LIMIT, MOST_LIMIT), page_limit)
    page = _natural(query, "page", 1, None)
    shown = rows[(page - 1) * limit : page * limit]
    pages = max(1, -(-len(rows) // limit))
    pagination = {
        "total": len(rows),
        "count": len(shown),
        "per_page": limit,
        "current_page": page,
        "total_pages": pages,
        # The document shows a page with a next one only. Without: an empty PHP array, which JSON writes as a list.
        "links": {"next": _next(request, page + 1)} if page < pages else [],
    }
    return answered({"data": [show(row) for row in shown], "meta": {"pagination": pagination}})


def _next(request: Request, page: int) -> str:
    kept = [(name, value) for name, value in request.query if name != "page"]
    return f"{origin(request)}{request.path}?{urlencode([*kept, ('page', page)])}"


def _natural(query: Mapping[str, list[str]], name: str, default: int, most: int | None) -> int:
    text = query.get(name, [str(default)])[-1]
    number = int(text) if re.fullmatch(r"[0-9]{1,9}", text) else 0
    if number < 1 or (most is not None and number > most):
        raise invalid(f"{name} is out of range")
    return number


def natural_id(text: str) -> int:
    """Read an id in a path: integers, else there is nothing of that name."""
    if not re.fullmatch(r"[0-9]{1,12}", text):
        raise missing()
    return int(text)
