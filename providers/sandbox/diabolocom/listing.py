"""Own the envelope of the lists that count pages: campaigns, wrapups, folders.

Never filters.
"""

from __future__ import annotations

from typing import Any

from providers.sandbox.diabolocom.account import Account
from providers.sandbox.diabolocom.fields import stamp
from providers.sandbox.messages import Request, Response, answered


def page_of(
    account: Account, request: Request, name: str, found: list[dict[str, Any]], page: int, size: int
) -> Response:
    """Show one page; pages count from 1, as clients of this API do.

    What `count` counts is not quite clear: here this page, so that nobody stops by it.
    """
    shown = found[(page - 1) * size : page * size]
    query = {key: value for key, value in request.query if key != "page"}
    return answered(
        {
            "count": len(shown),
            name: shown,
            "next": account.link(request.path, **query, page=page + 1) if page * size < len(found) else None,
            "previous": account.link(request.path, **query, page=page - 1) if page > 1 else None,
        }
    )


def dated(item: dict[str, Any]) -> dict[str, Any]:
    """Show an object with its dates written out."""
    dates = {name: stamp(item[name]) for name in ("createdAt", "lastUpdatedAt")}
    return {**item, **dates}
