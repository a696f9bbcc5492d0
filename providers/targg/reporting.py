"""Own the way from the call objects that a look saw to reports on the calls that were asked about.

Never reports on anybody else's calls, unless nobody in particular was asked about.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from providers.secrets import Secret
from providers.targg.retries import timeline_for
from providers.targg.ringing import oldest_first, rings_of
from providers.targg.words import ref_of, report_of, report_of_failed
from providers.values import Handle, RemoteCampaign, Report


def reports_of(
    seen: Iterable[dict[str, Any]],
    handles: Sequence[Handle],
    campaign: RemoteCampaign,
    *,
    key: Secret,
    base_url: str,
) -> Iterator[Report]:
    """Report on each call object of the handles, the rings of one order in their sequence.

    What is proven over is told as long as it is not known to be.
    """
    asked = {handle.ref: handle for handle in handles}
    by_ref: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for call in seen:
        ref = ref_of(call)
        if ref is not None and (not handles or ref in asked):
            by_ref[ref].append(call)
    for ref, calls in by_ref.items():
        in_turn, handle = oldest_first(calls), asked.get(ref)
        for ring in rings_of(in_turn, timeline_for(campaign, in_turn[0]), handle):
            if not ring.is_proven_over:
                yield report_of(ring.shown_by, key=key, base_url=base_url, ring_no=ring.number)
            elif handle is None or ring.number >= handle.ring_no:
                yield report_of_failed(ring.shown_by, ring.number)
