"""Own how lists are asked for: parameters, pages, arrays written as JSON, and the two envelopes of answers.

Never knows what is listed.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from providers.sandbox.messages import Refusal, Request

#: "Get all templates" and every other list: default and maximum of `limit`.
DEFAULT_LIMIT, MAXIMUM_LIMIT = 10, 50
#: The document names no zone for its days; the vendor's home is one that a caller who thinks in UTC gets wrong.
HOME = ZoneInfo("America/Sao_Paulo")
_WHOLE = re.compile(r"[0-9]{1,9}")
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)

Params = dict[str, str]


@dataclass(frozen=True, slots=True)
class Page:
    """One page of a list, counted from 1."""

    number: int
    limit: int

    @property
    def offset(self) -> int:
        """Give how many items come before it."""
        return (self.number - 1) * self.limit

    def of(self, items: Sequence[Any]) -> Sequence[Any]:
        """Cut it out; beyond the end it is empty."""
        return items[self.offset : self.offset + self.limit]


def params_of(request: Request, *allowed: str) -> Params:
    """Give the query, or refuse it for a name that is not documented."""
    for name, _ in request.query:
        if name not in allowed:
            raise Refusal(400, f"{name} is not an accepted parameter.")
    return dict(request.query)


def page_of(params: Params, maximum: int) -> Page:
    """Read `page` (required, from 1) and `limit`.

    The document is silent on a limit above the maximum: it is cut without a word, so that whoever takes
    a page shorter than he asked for to be the last one loses calls.
    """
    if "page" not in params:
        raise Refusal(400, "page is required.")
    number, limit = (
        _positive(params, name, default) for name, default in (("page", 1), ("limit", DEFAULT_LIMIT))
    )
    return Page(number, min(limit, maximum))


def words(params: Params, name: str, allowed: Sequence[str] | None = None) -> frozenset[str] | None:
    """Read an array, written as JSON text; None = not asked for.

    The document is silent on an empty one: it filters nothing, so all is listed.
    """
    if name not in params:
        return None
    try:
        found = json.loads(params[name])
    except ValueError:
        found = None
    if not isinstance(found, list) or not all(isinstance(each, str) for each in found):
        raise Refusal(400, f"{name} is not an array of strings.")
    if allowed is not None and not set(found) <= set(allowed):
        raise Refusal(400, f"{name} takes only: {', '.join(allowed)}.")
    return frozenset(found) or None


def choice(params: Params, name: str, allowed: Sequence[str], default: str) -> str:
    """Read one of several words."""
    found = params.get(name, default)
    if found not in allowed:
        raise Refusal(400, f"{name} takes only: {', '.join(allowed)}.")
    return found


def span(params: Params) -> tuple[datetime | None, datetime | None]:
    """Read `ini_date` and `end_date` as instants.

    The document doesn't say whether the last day belongs to it: here both are midnights, so it doesn't.
    """
    return _day(params, "ini_date"), _day(params, "end_date")


def documents(name: str, items: Sequence[Any], page: Page) -> dict[str, Any]:
    """Answer as templates, campaigns and contacts do; `items` are all, not the page's."""
    return {
        "response": True,
        name: {
            "docs": list(page.of(items)),
            "totalDocs": len(items),
            "limit": page.limit,
            "offset": page.offset,
        },
    }


def _positive(params: Params, name: str, default: int) -> int:
    found = params.get(name, str(default))
    if not _WHOLE.fullmatch(found) or int(found) < 1:
        raise Refusal(400, f"{name} is not a positive integer.")
    return int(found)


def _day(params: Params, name: str) -> datetime | None:
    if name not in params:
        return None
    try:
        if not _DAY.fullmatch(params[name]):
            raise ValueError
        return datetime.fromisoformat(params[name]).replace(tzinfo=HOME)
    except ValueError:
        raise Refusal(400, f"{name} has not the documented format.") from None
