"""Stores the facts that providers told: each once, as it was said, without the number; and copies them to their call.

Owns their rows and that copy; what a fact changes besides is `apply`'s.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from dialer.engine.match import Match
from dialer.engine.text import storable
from dialer.models import Attempt, EventSource, EventState, ProviderEvent
from dialer.models.bulk import insert_rows
from providers.contract import Report, to_json


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


def copy(report: Report, attempt: Attempt, now: datetime) -> None:
    """Take over what the report tells about the call; nothing told erases nothing known."""
    attempt.heard_at = now
    attempt.raw_status = storable(report.raw_status)[:200] or attempt.raw_status
    if attempt.outcome_id is None:
        attempt.disposition = storable(report.disposition or attempt.disposition)[:100]
    attempt.provider_ref = storable(report.remote_id or attempt.provider_ref)[:200]
    attempt.started_at = report.started_at or attempt.started_at
    attempt.answered_at = report.answered_at or attempt.answered_at
    if report.seconds is not None:
        attempt.duration_seconds = max(0, round(report.seconds))
    if report.cost is not None:
        attempt.cost, attempt.currency = report.cost, (report.currency or attempt.currency)[:3]
    attempt.recording_url = storable(report.recording_url) or attempt.recording_url
