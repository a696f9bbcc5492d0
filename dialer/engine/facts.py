"""Stores the facts that providers told: each once, as it was said, without the number.

Owns their rows; what a fact changes is `apply`'s.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from dialer.engine.match import Match
from dialer.engine.text import storable
from dialer.models import Attempt, EventSource, EventState, ProviderEvent
from dialer.models.bulk import insert_rows
from providers.contract import to_json


def store(events: Sequence[ProviderEvent]) -> None:
    """Store facts once; one that was stored without its call is completed."""
    known = [event for event in events if event.attempt_id]
    keys = [event.dedupe_key for event in known]
    orphans = ProviderEvent.objects.filter(state=EventState.UNMATCHED, dedupe_key__in=keys)
    if keys:
        orphans.filter(provider_account_id=known[0].provider_account_id).delete()
    insert_rows(events, ignore_conflicts=True)


def fact(
    account_id: UUID,
    match: Match,
    attempt: Attempt | None,
    state: EventState,
    source: EventSource,
    now: datetime,
) -> ProviderEvent:
    """Make the row of one fact, as the provider told it."""
    said = storable(to_json(match.report))
    # The number stands in the attempt; a copy here would have to be found again for every erasure.
    said.pop("phone", None)
    if attempt is not None and not attempt.number:
        said = {}  # told of somebody who was erased
    return ProviderEvent(
        provider_account_id=account_id,
        dedupe_key=match.key,
        source=source,
        state=state,
        attempt_id=attempt.pk if attempt is not None else None,
        raw_status=storable(match.report.raw_status)[:200],
        report=said,
        created_at=now,
    )
