"""Own Targg's native retries: how a plan is written for a campaign, and which ring of it a call object shows.

Never keeps anything between two looks: ring numbers follow from the plan and from what is listed.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from providers.errors import CampaignBlocked
from providers.values import NativePlan
from providers.vocabulary import Unit

#: `unit` of timeline_retry (document, "Create campaign").
_UNITS = {Unit.HOUR: 1, Unit.DAY: 2, Unit.WEEK: 3, Unit.MONTH: 4, Unit.YEAR: 5}
#: The least that each unit can come to, where clocks go forward and months are short.
_LEAST = {
    1: timedelta(hours=1),
    2: timedelta(hours=23),
    3: timedelta(hours=7 * 24 - 1),
    4: timedelta(hours=28 * 24 - 1),
    5: timedelta(hours=365 * 24 - 1),
}
#: How far the vendor's clock and ours may be apart, and an order's ring before its receipt; the shortest wait is
#: an hour, so nothing is mistaken for the ring before.
_TOLERANCE = timedelta(minutes=10)

Timeline = tuple[dict[str, int], ...]


def timeline_of(plan: NativePlan | None) -> Timeline:
    """Write a plan as `timeline_retry`; none is the empty one, which switches retries off (sheet: Gaps 3)."""
    steps = plan.steps if plan is not None else ()
    for step in steps:
        if step.unit not in _UNITS or step.amount < 1:
            raise CampaignBlocked("Targg waits whole hours or longer units between its retries.")
    return tuple(
        {
            "unit": _UNITS[step.unit],
            "duration": step.amount,
            "option_hour": 2 if step.business_day else 1,
            "phone_choose": 2 if step.other_phone else 1,
        }
        for step in steps
    )


def stored(timeline: Sequence[Mapping[str, int]]) -> str:
    """Write a timeline for the campaign's `remote`: Targg does not show it (sheet: Gaps 6)."""
    return json.dumps([dict(step) for step in timeline], separators=(",", ":"))


def read_back(remote: Mapping[str, str]) -> Timeline | None:
    """Give the timeline that the remote campaign was opened with; None if that is not known."""
    text = remote.get("timeline_retry")
    return tuple(json.loads(text)) if text else None


def ring_numbers(
    calls: Sequence[Mapping[str, Any]], timeline: Timeline | None, ordered_at: datetime | None
) -> list[int]:
    """Number the rings that an order's call objects, oldest first, show.

    Whether a retry reuses the call or makes a new one with the same externalId is not said (sheet: Gaps 3). A
    later object is a later ring. One object that rings again is told by when it last changed: the ring after the
    n-th wait can't have come before the first n waits were over. Without a plan, or a usable `timestamp`, all is
    the first ring: then a redial is not seen, which counts too little, but ends nothing that still rings.
    """
    return [
        max(place, _by_time(call.get("timestamp"), timeline or (), ordered_at))
        for place, call in enumerate(calls, start=1)
    ]


def _by_time(timestamp: Any, timeline: Timeline, ordered_at: datetime | None) -> int:
    is_number = isinstance(timestamp, int | float) and not isinstance(timestamp, bool)
    if not timeline or ordered_at is None or not is_number:
        return 1
    try:
        passed = datetime.fromtimestamp(timestamp, UTC) - ordered_at + _TOLERANCE
    except (ValueError, OverflowError, OSError):
        return 1
    number = 1
    for step in timeline:
        passed -= _LEAST[step["unit"]] * step["duration"]
        if passed < timedelta(0):
            break
        number += 1
    return number


def oldest_first(calls: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Sort an order's call objects by when they were made, as their `id_custom` (number_seconds) tells."""
    return sorted(calls, key=lambda call: (_made_at(call.get("id_custom")), call["_id"]))


def _made_at(id_custom: Any) -> int:
    text = id_custom.rpartition("_")[2] if isinstance(id_custom, str) else ""
    return int(text) if text.isascii() and text.isdigit() else 0
