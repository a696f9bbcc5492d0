"""Own how lists are paged: opaque cursors over rising ids, so that page 1,000 costs what page 1 costs.

Never counts rows: a total would cost more than the page.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import islice
from typing import Any
from uuid import UUID

from rest_framework.exceptions import NotFound
from rest_framework.pagination import CursorPagination
from rest_framework.request import Request

from dialer.api.codes import Code
from dialer.api.problems import Problem, validation
from dialer.rules.faults import Fault

PAGE_SIZE, LARGEST_PAGE = 100, 1000


class NewestFirst(CursorPagination):
    """Pages of `page_size` rows, newest first: ids sort by age."""

    ordering = "-id"
    page_size = PAGE_SIZE
    max_page_size = LARGEST_PAGE
    page_size_query_param = "page_size"
    page_size_query_description = f"Results a page, 1 to {LARGEST_PAGE}."
    cursor_query_description = "Where the page begins: take it from `next` or `previous`."
    template = None

    def get_page_size(self, request: Request) -> int:
        """Read `page_size`; out of range is refused rather than bent."""
        text = request.query_params.get("page_size", str(PAGE_SIZE))
        if not (text.isascii() and text.isdigit() and len(text) <= 4 and 1 <= int(text) <= LARGEST_PAGE):
            raise validation([Fault("?page_size", "invalid", f"This must be 1 to {LARGEST_PAGE}.")])
        return int(text)

    def decode_cursor(self, request: Request) -> Any:
        """Read the cursor; one that we did not make is refused."""
        try:
            cursor = super().decode_cursor(request)
            if cursor is not None and cursor.position is not None:
                UUID(cursor.position)
        except (NotFound, ValueError):
            raise Problem(Code.INVALID_CURSOR, "Take the cursor from `next` or `previous`.") from None
        return cursor

    def get_schema_operation_parameters(self, view: Any) -> list[dict[str, Any]]:
        """Describe the parameters with their bounds."""
        cursor, size = super().get_schema_operation_parameters(view)
        size["schema"] |= {"minimum": 1, "maximum": LARGEST_PAGE}
        return [cursor, size]

    def get_paginated_response_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        """Describe a page."""
        link = {"type": ["string", "null"], "format": "uri", "example": None}
        return {
            "type": "object",
            "required": ["next", "previous", "results"],
            "properties": {"next": link, "previous": link, "results": schema},
        }


def page_of(request: Request, items: Iterable[Any]) -> dict[str, Any]:
    """Cut one page out of a list that is no table of ours; its cursor is how many items to leave out."""
    size, first = NewestFirst().get_page_size(request), _left_out(request)
    found = list(islice(items, first, first + size + 1))
    return {
        "next": _link(request, first + size) if len(found) > size else None,
        "previous": _link(request, max(first - size, 0)) if first else None,
        "results": found[:size],
    }


def _left_out(request: Request) -> int:
    text = request.query_params.get("cursor", "0")
    if not (text.isascii() and text.isdigit() and len(text) <= 6):
        raise Problem(Code.INVALID_CURSOR, "Take the cursor from `next` or `previous`.")
    return int(text)


def _link(request: Request, first: int) -> str:
    query = request.query_params.copy()
    query["cursor"] = str(first)
    return str(request.build_absolute_uri(f"{request.path}?{query.urlencode()}"))
