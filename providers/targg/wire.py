"""Own the envelopes of Targg's answers: what counts as yes, single objects, and its two shapes of lists.

Never sends anything; what does not look as documented is `Unreadable`.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from providers.effects import Answer, Unreadable
from providers.errors import AccountBlocked, CampaignBlocked, ProviderError, Refused

#: The documented maximum of `limit`; a larger one is cut.
PAGE = 50


#: 400 is the documented one; the others mean the same wherever they are used at all.
_REFUSALS = frozenset({400, 405, 409, 410, 413, 422})


class Missing(Refused):
    """Targg knows nothing of this id."""


@dataclass(frozen=True, slots=True)
class Page:
    """One page of a list; `total` is what the vendor says of all pages, if it says anything."""

    items: list[dict[str, Any]]
    total: int | None


def acknowledged(answer: Answer) -> dict[str, Any]:
    """Decode an answer that says `response: true`."""
    data = answer.json()
    if not isinstance(data, dict) or data.get("response") is not True:
        raise Unreadable("It does not say `response: true`.")
    return data


def single(name: str) -> Callable[[Answer], dict[str, Any]]:
    """Give a decoder of one object that has an id."""

    def decode(answer: Answer) -> dict[str, Any]:
        return identified(acknowledged(answer)[name])

    return decode


def identified(item: Any) -> dict[str, Any]:
    """Give an object that has an `_id`, or raise `Unreadable`."""
    if not isinstance(item, dict) or not isinstance(item.get("_id"), str) or not item["_id"]:
        raise Unreadable("An object has no _id.")
    return item


def page_of(name: str) -> Callable[[Answer], Page]:
    """Give a decoder of a list in either of the two shapes: accounts are said to differ (document, its beginning).

    Templates, campaigns and contacts are shown as `docs` and `totalDocs`; calls and the blacklist as one element with
    `data` and `count`.
    """

    def decode(answer: Answer) -> Page:
        found = acknowledged(answer)[name]
        if isinstance(found, dict):
            return Page([identified(item) for item in found["docs"]], _whole(found.get("totalDocs")))
        if not found:
            return Page([], None)
        # Without a match, or behind the last page, `count` may be empty or missing: nothing was grouped.
        count = found[0].get("count")
        total = _whole(count[0]["total"]) if count else None
        return Page([identified(item) for item in found[0]["data"]], total)

    return decode


def _whole(number: Any) -> int | None:
    return number if isinstance(number, int) and not isinstance(number, bool) else None


def ids_text(ids: Sequence[str]) -> str:
    """Write an array argument of a query as the document shows it: JSON text.

    An empty one filters nothing, so it is refused: it would mean everything.
    """
    if not ids or not all(isinstance(each, str) and each.strip() for each in ids):
        raise ValueError("An array argument needs texts that are not empty; an empty one would mean all.")
    return json.dumps(list(ids), separators=(",", ":"), ensure_ascii=False)


def said(answer: Answer) -> str:
    """Give the vendor's own words from an error, as far as there are any."""
    try:
        data = answer.json()
    except Unreadable:
        data = None
    message = data.get("message") if isinstance(data, dict) else None
    return message.strip() if isinstance(message, str) and message.strip() else "It gave no reason."


def missing(answer: Answer) -> ProviderError | None:
    """Judge a request for one object: 404 = there is none (document, "HTTP status codes")."""
    return Missing(said(answer)) if answer.status == 404 else None


def unusable_campaign(answer: Answer) -> ProviderError | None:
    """Judge a request that makes or changes a campaign: a refusal is about the campaign, not about a person."""
    if answer.status in _REFUSALS:
        return CampaignBlocked(f"Targg refuses the campaign: {said(answer)}")
    return missing(answer)


def refused_contact(answer: Answer) -> ProviderError | None:
    """Judge the making of a contact: it names no other object, so 404 is a wrong address, not a wrong person."""
    if answer.status == 404:
        return AccountBlocked("Targg has no such path; check the account's base_url.")
    return refusal(answer)


def refusal(answer: Answer) -> ProviderError | None:
    """Judge a create or a change of one object: what is refused was not done; the reason is the vendor's."""
    return Refused(said(answer)) if answer.status in _REFUSALS else missing(answer)
