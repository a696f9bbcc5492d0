"""Which attempt a report speaks of, and whether we know the fact already.

Owns matching and deduplication, by reads alone; what a fact changes is `apply`'s.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from django.db.models import Q, QuerySet

from dialer.models import Attempt, EventState, ProviderEvent
from providers.contract import Report
from providers.vocabulary import Result


class _Row(NamedTuple):
    attempt_id: UUID
    contact_id: UUID
    sent_at: datetime | None  # when it was handed over
    result: str  # so far
    native_of: UUID | None
    ring_no: int
    is_live: bool

    @property
    def root(self) -> UUID:
        return self.native_of or self.attempt_id


@dataclass(frozen=True, slots=True)
class Match:
    """A report and the attempt that it speaks of, if any; `key` names the fact."""

    report: Report
    key: str
    attempt_id: UUID | None
    contact_id: UUID | None
    tells_unknown: bool = False  # the call ended without a known result: this may tell it
    chain: tuple[UUID, ...] = ()  # all attempts of the order, where the provider rang by itself


def dedupe_key(report: Report, order_id: UUID | None) -> str:
    """Name a fact: the provider's own event id, else what it says, about which order's ring."""
    words = (report.progress, report.result, report.raw_status, report.ended_at, report.answered_at)
    said = [
        report.event_id or "|".join(str(part) for part in words),
        order_id or report.ref or report.remote_id or report.phone,
        report.ring_no,
    ]
    # Told again with the news that it was the last ring, it is another fact.
    said += ["last"] if report.is_last else []
    return hashlib.sha256("\x1f".join(str(part) for part in said).encode()).hexdigest()


def matched(account_id: UUID, reports: Sequence[Report], campaign_id: UUID | None) -> list[Match]:
    """Match each report by our reference, else by the provider's id, else by number within the campaign."""
    by_ref, by_remote, by_phone = _candidates(account_id, reports, campaign_id)
    pairs: list[tuple[Report, _Row | None]] = []
    for report in reports:
        if report.ref:
            ref = as_id(report.ref)
            row = by_ref.get(ref) if ref else None
        else:
            named = by_remote.get(report.remote_id, []) if report.remote_id else []
            listed = named if report.remote_id else by_phone.get(report.phone or "", [])
            row = next((row for row in listed if not _is_older(report, row.sent_at)), None)
        pairs.append((report, row))
    chains = _chains(
        [row.root for report, row in pairs if row and (row.native_of or report.ring_no > 1 or report.is_last)]
    )
    return [_match(report, row, chains.get(row.root, {}) if row else {}) for report, row in pairs]


def _match(report: Report, row: _Row | None, chain: dict[int, _Row]) -> Match:
    """Settle on the ring that a report speaks of; of one that is not there yet, on the order."""
    if row is None:
        return Match(report, dedupe_key(report, None), None, None)
    ring = chain.get(report.ring_no) or chain.get(1) or row
    return Match(
        report,
        dedupe_key(report, row.root),
        ring.attempt_id,
        ring.contact_id,
        tells_unknown=ring.result == Result.UNKNOWN,
        chain=tuple(each.attempt_id for each in chain.values()),
    )


def _chains(roots: Sequence[UUID]) -> dict[UUID, dict[int, _Row]]:
    """Read all attempts of these orders, by ring."""
    chains: dict[UUID, dict[int, _Row]] = {}
    if roots:
        rows = Attempt.objects.filter(Q(pk__in=roots) | Q(native_of_id__in=roots))
        for _, row in _rows(rows, "pk"):
            chains.setdefault(row.root, {})[row.ring_no] = row
    return chains


def _candidates(
    account_id: UUID, reports: Sequence[Report], campaign_id: UUID | None
) -> tuple[dict[UUID, _Row], dict[str, list[_Row]], dict[str, list[_Row]]]:
    """Read the attempts that may be meant, of one id or number the live one first, then the latest.

    An id also names a call that is over: its result may be told late. A number names a live one only.
    """
    attempts = Attempt.objects.filter(provider_account_id=account_id)
    live = attempts.filter(is_live=True)
    refs = [uuid for report in reports if report.ref and (uuid := as_id(report.ref))]
    remote = [report.remote_id for report in reports if report.remote_id and not report.ref]
    phones = [report.phone for report in reports if report.phone and not (report.ref or report.remote_id)]
    by_ref = {row.attempt_id: row for _, row in _rows(attempts.filter(pk__in=refs), "pk")} if refs else {}
    by_remote = _listed(attempts.filter(provider_ref__in=remote), "provider_ref") if remote else {}
    by_phone: dict[str, list[_Row]] = {}
    if phones and campaign_id is not None:
        by_phone = _listed(live.filter(campaign_id=campaign_id, number__in=phones), "number")
    return by_ref, by_remote, by_phone


def _rows(rows: QuerySet[Attempt], key: str) -> list[tuple[object, _Row]]:
    names = ("pk", "campaign_contact_id", "sending_at", "result", "native_of_id", "ring_no", "is_live")
    return [(values[0], _Row(*values[1:])) for values in rows.order_by().values_list(key, *names)]


def _listed(rows: QuerySet[Attempt], key: str) -> dict[str, list[_Row]]:
    found: dict[str, list[_Row]] = {}
    for value, row in _rows(rows, key):
        found.setdefault(str(value), []).append(row)
    for listed in found.values():
        listed.sort(key=lambda row: (row.is_live, row.attempt_id), reverse=True)
    return found


def _is_older(report: Report, sent_at: datetime | None) -> bool:
    """Whether the report speaks of a time before this call was handed over: then of an earlier call."""
    spoken = [at for at in (report.ended_at, report.answered_at, report.started_at, report.at) if at]
    return bool(spoken) and sent_at is not None and max(spoken) < sent_at


def as_id(text: str | None) -> UUID | None:
    """Read our reference as a provider gives it back, in whatever spelling; None if it is none of ours."""
    try:
        return UUID(text) if text else None
    except ValueError:
        return None


def unseen(account_id: UUID, group: Sequence[Match]) -> list[Match]:
    """Leave out the facts that are stored, and those told twice in this group.

    A fact that was stored without its call is new once the call is known.
    """
    stored = ProviderEvent.objects.filter(
        ~Q(state=EventState.UNMATCHED), provider_account_id=account_id, dedupe_key__in=[m.key for m in group]
    )
    seen = set(stored.values_list("dedupe_key", flat=True))
    fresh = []
    for match in group:
        if match.key not in seen:
            seen.add(match.key)
            fresh.append(match)
    return fresh
