"""Reads anew what providers said before somebody mapped their word: a fact is kept once, and nobody tells it again.

Owns which stored facts are read again; what they change is `apply`'s.
"""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime
from uuid import UUID

from django.db.models import QuerySet

from dialer.engine.apply import APPLY_LIMIT, apply
from dialer.models import Attempt, DispositionMapping, EventSource, EventState, ProviderEvent
from providers.contract import Report, from_json


def reread(*, mapping: DispositionMapping, now: datetime) -> int:
    """Apply what was said of live calls in the word that is mapped now; returns how many facts were read."""
    if not (mapping.raw_status and mapping.result):
        return 0  # only such a mapping makes an unknown word known
    stored = ProviderEvent.objects.filter(
        state=EventState.UNKNOWN_WORD, raw_status=mapping.raw_status, attempt__is_live=True
    )
    if mapping.provider_account_id is not None:
        stored = stored.filter(provider_account_id=mapping.provider_account_id)
    else:
        stored = stored.filter(provider_account__provider=mapping.provider)
    done, last = 0, UUID(int=0)
    while events := _next(stored, last):
        last, done = events[-1].pk, done + len(events)
        groups: dict[tuple[UUID, str], list[Report]] = defaultdict(list)
        for event in events:
            groups[event.provider_account_id, event.source].append(_report(event))
        ProviderEvent.objects.filter(pk__in=[event.pk for event in events]).delete()
        for (account_id, source), reports in groups.items():
            apply(account_id=account_id, reports=reports, source=EventSource(source), now=now)
    return done


def _next(stored: QuerySet[ProviderEvent], last: UUID) -> list[ProviderEvent]:
    return list(stored.filter(pk__gt=last).select_related("attempt").order_by("pk")[:APPLY_LIMIT])


def _report(event: ProviderEvent) -> Report:
    """Rebuild a stored fact; its number was not kept, so it names its call by our reference."""
    attempt = event.attempt
    assert isinstance(attempt, Attempt)  # asked for those with a live one
    return from_json(Report, {**event.report, "ref": str(attempt.native_of_id or attempt.pk)})
