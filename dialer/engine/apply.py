"""One report -> event, attempt, contact, next step: how every fact from a provider becomes ours.

Owns matching, deduplication and order-independence; polls, receipts and notifications all end here.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction

from dialer.engine import decide, moves, rows
from dialer.engine.news import News
from dialer.models import Attempt, CampaignContact, EventSource, EventState, ProviderEvent
from dialer.models.bulk import insert_rows
from dialer.rules.transitions import AttemptState, ContactState, FinishReason
from providers.contract import Report, to_json
from providers.vocabulary import Progress, Result

#: The largest number of facts in one transaction.
APPLY_LIMIT = 500

_STATE_OF = {
    Progress.QUEUED: AttemptState.PUSHED,
    Progress.RINGING: AttemptState.RINGING,
    Progress.CONNECTED: AttemptState.CONNECTED,
    Progress.ENDED: AttemptState.ENDED,
}
#: How far an attempt has come, so that a late word never moves it back.
_RANK = {
    AttemptState.CLAIMED: -1,
    AttemptState.INDETERMINATE: -1,
    AttemptState.PUSHED: 0,
    AttemptState.RINGING: 1,
    AttemptState.CONNECTED: 2,
}


@dataclass(frozen=True, slots=True)
class Match:
    """A report and the attempt that it speaks of, if any."""

    report: Report
    key: str
    attempt_id: UUID | None
    contact_id: UUID | None


def apply(
    *,
    account_id: UUID,
    reports: Sequence[Report],
    source: EventSource,
    now: datetime,
    campaign_id: UUID | None = None,
) -> Counter[EventState]:
    """Apply reports of one account; the same fact twice, late or shuffled changes nothing more.

    Each group of facts is one transaction: after a crash it is there whole or not at all.
    """
    tally: Counter[EventState] = Counter()
    for start in range(0, len(reports), APPLY_LIMIT):
        group = _matched(account_id, reports[start : start + APPLY_LIMIT], campaign_id)
        group = _unseen(account_id, group)
        if group:
            tally += _apply_group(account_id, group, source, now)
    return tally


def dedupe_key(report: Report) -> str:
    """Name a fact: the provider's own event id, else what it says."""
    said = [
        report.event_id
        or "|".join(
            str(part)
            for part in (
                report.progress,
                report.result,
                report.raw_status,
                report.ended_at,
                report.answered_at,
            )
        ),
        report.ref or report.remote_id or report.phone,
        report.ring_no,
    ]
    return hashlib.sha256("\x1f".join(str(part) for part in said).encode()).hexdigest()


def _matched(account_id: UUID, reports: Sequence[Report], campaign_id: UUID | None) -> list[Match]:
    """Match by reference, else by the provider's id, else by number within the campaign."""
    attempts = Attempt.objects.filter(provider_account_id=account_id)
    refs = {report.ref: _uuid(report.ref) for report in reports if report.ref}
    by_ref = dict(
        attempts.filter(pk__in=[key for key in refs.values() if key]).values_list("pk", "campaign_contact_id")
    )
    ids = [report.remote_id for report in reports if report.remote_id and not report.ref]
    by_remote = {
        ref: (pk, contact)
        for ref, pk, contact in attempts.filter(provider_ref__in=ids, is_live=True).values_list(
            "provider_ref", "pk", "campaign_contact_id"
        )
    }
    phones = [report.phone for report in reports if report.phone and not (report.ref or report.remote_id)]
    by_phone = {}
    if phones and campaign_id is not None:
        by_phone = {
            number: (pk, contact)
            for number, pk, contact in attempts.filter(
                campaign_id=campaign_id, number__in=phones, is_live=True
            ).values_list("number", "pk", "campaign_contact_id")
        }
    matches = []
    for report in reports:
        pk = refs.get(report.ref) if report.ref else None
        pair = (pk, by_ref[pk]) if pk in by_ref else None
        if pair is None and not report.ref:
            pair = by_remote.get(report.remote_id or "") or by_phone.get(report.phone or "")
        matches.append(Match(report, dedupe_key(report), *(pair or (None, None))))
    return matches


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


def _unseen(account_id: UUID, group: Sequence[Match]) -> list[Match]:
    """Leave out the facts that are stored already, and those told twice in this group."""
    keys = [match.key for match in group]
    stored = ProviderEvent.objects.filter(provider_account_id=account_id, dedupe_key__in=keys)
    seen = set(stored.values_list("dedupe_key", flat=True))
    fresh = []
    for match in group:
        if match.key not in seen:
            seen.add(match.key)
            fresh.append(match)
    return fresh


def _apply_group(
    account_id: UUID, group: Sequence[Match], source: EventSource, now: datetime
) -> Counter[EventState]:
    news = News()
    tally: Counter[EventState] = Counter()
    with transaction.atomic():
        pairs = [(m.attempt_id, m.contact_id) for m in group if m.attempt_id and m.contact_id]
        contacts, attempts = rows.lock_both(pairs)
        # Somebody may have stored the same facts while we waited for the locks.
        group = _unseen(account_id, group)
        ending = {m.contact_id for m in group if m.report.progress is Progress.ENDED}
        on = decide.ground([row for key, row in contacts.items() if key in ending], now)
        events = []
        touched: set[UUID] = set()
        for match in group:
            attempt = attempts.get(match.attempt_id) if match.attempt_id else None
            contact = contacts.get(match.contact_id) if match.contact_id else None
            state = EventState.UNMATCHED
            if attempt is not None and contact is not None:
                state = _take_in(match.report, contact, attempt, on, now, news)
                if state is not EventState.IGNORED:
                    touched.add(attempt.pk)
            tally[state] += 1
            events.append(_event(account_id, match, state, source, now))
        decide.keep(on, now)
        moved = [attempts[key] for key in touched]
        rows.save_contacts([contacts[key] for key in {row.campaign_contact_id for row in moved}], now=now)
        rows.save_attempts(moved)
        insert_rows(events, ignore_conflicts=True)
        news.write()
    return tally


def _event(
    account_id: UUID, match: Match, state: EventState, source: EventSource, now: datetime
) -> ProviderEvent:
    said = to_json(match.report)
    # The number stands in the attempt; a copy here would have to be found again for every erasure.
    said.pop("phone", None)
    return ProviderEvent(
        provider_account_id=account_id,
        dedupe_key=match.key,
        source=source,
        state=state,
        attempt_id=match.attempt_id,
        raw_status=match.report.raw_status[:200],
        report=said,
        created_at=now,
    )


def _take_in(
    report: Report,
    contact: CampaignContact,
    attempt: Attempt,
    on: decide.Ground,
    now: datetime,
    news: News,
) -> EventState:
    """Move one attempt and its contact by one report."""
    if report.progress is Progress.UNKNOWN:
        if attempt.is_live:
            attempt.raw_status, attempt.heard_at = report.raw_status[:200], now
            news.attempt("unknown_status", attempt, raw_status=report.raw_status[:200])
        return EventState.UNKNOWN_WORD
    if not attempt.is_live:
        return _refine(report, contact, attempt, now, news)
    to = _STATE_OF[report.progress]
    if to is not AttemptState.ENDED and _RANK[to] <= _RANK[AttemptState(attempt.state)]:
        return EventState.IGNORED
    _copy(report, attempt, now)
    if to is AttemptState.ENDED:
        at = min(report.ended_at or now, now)
        result = report.result or Result.UNKNOWN
        if attempt.pushed_at is None:
            attempt.pushed_at = attempt.sending_at or at
        moves.end_attempt(attempt, to, result, at=at, reason="", news=news)
        if contact.state == ContactState.WAITING:
            moves.in_progress(contact)  # a call taken for unsent had been made
        decide.decide(contact, attempt, result, ended_at=at, on=on, news=news)
        return EventState.APPLIED
    was_unseen = attempt.state in (AttemptState.CLAIMED, AttemptState.INDETERMINATE)
    moves.attempt_to(attempt, to)
    if was_unseen:
        attempt.pushed_at = attempt.pushed_at or attempt.sending_at or now
        attempt.look_after = None
        moves.in_progress(contact)
        if attempt.withdraw_why:
            attempt.withdraw_after = now
    if to is AttemptState.CONNECTED:
        attempt.withdraw_after = None
    return EventState.APPLIED


def _copy(report: Report, attempt: Attempt, now: datetime) -> None:
    """Take over what the report tells about the call; nothing told erases nothing known."""
    attempt.heard_at = now
    attempt.raw_status = report.raw_status[:200] or attempt.raw_status
    attempt.disposition = (report.disposition or attempt.disposition)[:100]
    attempt.provider_ref = (report.remote_id or attempt.provider_ref)[:200]
    attempt.started_at = report.started_at or attempt.started_at
    attempt.answered_at = report.answered_at or attempt.answered_at
    if report.seconds is not None:
        attempt.duration_seconds = max(0, round(report.seconds))
    if report.cost is not None:
        attempt.cost, attempt.currency = report.cost, (report.currency or attempt.currency)[:3]
    attempt.recording_url = report.recording_url or attempt.recording_url


def _refine(
    report: Report, contact: CampaignContact, attempt: Attempt, now: datetime, news: News
) -> EventState:
    """Take in a late report: only an end whose result nobody knew may still be told better."""
    unknown = attempt.state == AttemptState.ENDED and attempt.result == Result.UNKNOWN
    if not unknown or report.result is None or report.result is Result.UNKNOWN:
        return EventState.IGNORED
    _copy(report, attempt, now)
    attempt.result = report.result.value
    news.attempt("refined", attempt)
    is_last = contact.attempt_count == attempt.sequence
    if is_last:
        contact.last_result = report.result.value
    if report.result in decide.REACHED and contact.state == ContactState.WAITING:
        moves.finish(contact, FinishReason.REACHED, report.result.value, now=now, news=news)
    return EventState.APPLIED
