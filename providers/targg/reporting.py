"""Own the way from the call objects that a look saw to reports on the calls that were asked about.

Never reports on anybody else's calls, unless nobody in particular was asked about.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any

from providers.secrets import Secret
from providers.targg.retries import oldest_first, read_back, ring_numbers
from providers.targg.words import ref_of, report_of
from providers.values import Handle, RemoteCampaign, Report


def reports_of(
    seen: Iterable[dict[str, Any]],
    handles: Sequence[Handle],
    campaign: RemoteCampaign,
    *,
    key: Secret,
    base_url: str,
) -> Iterator[Report]:
    """Report on each call object of the handles, the rings of one order in their sequence."""
    ordered_at = {handle.ref: _ordered_at(handle) for handle in handles}
    by_ref: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for call in seen:
        ref = ref_of(call)
        if ref is not None and (not handles or ref in ordered_at):
            by_ref[ref].append(call)
    timeline = read_back(campaign.remote)
    for ref, calls in by_ref.items():
        in_turn = oldest_first(calls)
        numbers = ring_numbers(in_turn, timeline, ordered_at.get(ref))
        for call, number in zip(in_turn, numbers, strict=True):
            yield report_of(call, key=key, base_url=base_url, ring_no=number)


def _ordered_at(handle: Handle) -> datetime | None:
    """Give the instant from which an order's waits count: when it was timed for, else when it was pushed."""
    timed_for = handle.remote.get("not_before")
    try:
        return datetime.fromisoformat(timed_for) if timed_for else handle.pushed_at
    except ValueError:
        return handle.pushed_at
