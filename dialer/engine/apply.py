"""One report -> event, attempt, contact, next step: how every fact from a provider becomes ours.

Owns matching, deduplication and order-independence; polls, receipts and notifications all end here.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from django.db import transaction

from dialer.engine import decide, interrupted, late, moves, rows
from dialer.engine.facts import copy, fact, store
from dialer.engine.mappings import words_of
from dialer.engine.match import Match, matched, unseen
from dialer.engine.news import News
from dialer.engine.rings import is_unrung, ring_of, root_of
from dialer.engine.text import storable
from dialer.models import Attempt, CampaignContact, EventSource, EventState
from dialer.rules.transitions import AttemptState, ContactState
from providers.contract import Report
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
        group = matched(account_id, reports[start : start + APPLY_LIMIT], campaign_id)
        group = unseen(account_id, group)
        if group:
            tally += _apply_group(account_id, group, source, now)
    return tally


def _apply_group(
    account_id: UUID, group: Sequence[Match], source: EventSource, now: datetime
) -> Counter[EventState]:
    news = News()
    tally: Counter[EventState] = Counter()
    words = words_of(account_id, [match.report for match in group])
    # Matched, and named as facts, by what the provider said; judged by what its words stand for.
    said = {match.key: words.read(match.report) for match in group}
    with transaction.atomic():
        told = {m.contact_id for m in group if m.contact_id and late.may_stop_more(m, said[m.key], words)}
        contacts, attempts = rows.lock_both(_pairs(group), live_of=told)
        # Somebody may have stored the same facts while we waited for the locks.
        group = unseen(account_id, group)
        ending = {m.contact_id for m in group if said[m.key].progress is Progress.ENDED or m.chain}
        on = decide.ground([row for key, row in contacts.items() if key in ending], now)
        on.words = words
        later = {row.campaign_contact_id: row for row in attempts.values() if row.is_live and told}
        events = []
        touched: set[UUID] = set()
        for match in group:
            attempt = attempts.get(match.attempt_id) if match.attempt_id else None
            contact = contacts.get(match.contact_id) if match.contact_id else None
            state = EventState.UNMATCHED
            if attempt is not None and contact is not None:
                if match.chain:
                    attempt = ring_of(said[match.key], contact, attempt, attempts, on=on, now=now, news=news)
                    touched.update(match.chain)
                state = _told(said[match.key], contact, attempt, later.get(contact.pk), on, now, news)
                if state is not EventState.IGNORED:
                    touched.add(attempt.pk)
            tally[state] += 1
            events.append(fact(account_id, match, attempt, state, source, now))
        # Rings that were opened here are inserted by `keep`, whole.
        moved = {key: attempts[key] for key in touched if key in attempts}
        _save(moved, contacts, later, now)
        decide.keep(on, now)
        store(events)
        news.write()
    return tally


def _pairs(group: Sequence[Match]) -> list[tuple[UUID, UUID]]:
    """List the attempts that facts speak of, whole chains of rings, each with its campaign contact."""
    pairs = [(m.attempt_id, m.contact_id) for m in group if m.attempt_id and m.contact_id]
    return pairs + [(key, m.contact_id) for m in group for key in m.chain if m.contact_id]


def _save(
    moved: dict[UUID, Attempt],
    contacts: dict[UUID, CampaignContact],
    later: dict[UUID, Attempt],
    now: datetime,
) -> None:
    """Write the attempts that moved, with their contacts and the calls that follow."""
    changed = {row.campaign_contact_id for row in moved.values()}
    also = {row.pk: row for key, row in later.items() if key in changed}
    rows.save_contacts([contacts[key] for key in changed], now=now)
    rows.save_attempts(list((moved | also).values()))


def _told(
    report: Report,
    contact: CampaignContact,
    attempt: Attempt,
    later: Attempt | None,
    on: decide.Ground,
    now: datetime,
    news: News,
) -> EventState:
    if not attempt.number:
        return EventState.IGNORED  # the person was erased: nothing more is learned of the call
    if attempt.is_live:
        return _take_in(report, contact, attempt, on, now, news)
    if later is not None and not later.is_live:
        later = None  # it ended by a fact of this same group
    state = late.refine(report, contact, attempt, later, on, now, news)
    if report.is_last and later is not None and root_of(later) == root_of(attempt):
        campaign = on.campaigns[contact.campaign_id]
        interrupted.no_further(contact, later, report.ring_no, campaign, now=now, news=news)
    return state


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
        attempt.raw_status, attempt.heard_at = storable(report.raw_status)[:200], now
        news.attempt("unknown_status", attempt, raw_status=attempt.raw_status)
        return EventState.UNKNOWN_WORD
    to = _STATE_OF[report.progress]
    if to is AttemptState.ENDED:
        _end(report, contact, attempt, on, now, news)
        return EventState.APPLIED
    if _RANK[to] <= _RANK[AttemptState(attempt.state)]:
        if attempt.withdraw_why and is_unrung(attempt):
            attempt.withdraw_after = now  # it has come into being: now it can be taken back
        return _learned(report, attempt)
    copy(report, attempt, now)
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
    news.attempt(to.value, attempt)
    return EventState.APPLIED


def _learned(report: Report, attempt: Attempt) -> EventState:
    """Keep the provider's id, where the receipt had none; a report that moves nothing tells no more."""
    if attempt.provider_ref or not report.remote_id:
        return EventState.IGNORED
    attempt.provider_ref = storable(report.remote_id)[:200]
    return EventState.APPLIED


def _end(
    report: Report, contact: CampaignContact, attempt: Attempt, on: decide.Ground, now: datetime, news: News
) -> None:
    """End an attempt by a report and let the timeline decide."""
    copy(report, attempt, now)
    outcome = on.words.outcome(report)
    if outcome is not None:
        attempt.outcome, attempt.disposition = outcome, outcome.code
    at = min(report.ended_at or now, now)
    result = report.result or Result.UNKNOWN
    if result is Result.CANCELLED and _never_rang(report, attempt):
        # Taken back, and the answer was lost; or somebody took it back at the provider.
        why = moves.asked_back_for(attempt)
        reason = f"withdrawn: {why}" if why else "cancelled at the provider"
        moves.end_attempt(attempt, AttemptState.CANCELLED, result, at=at, reason=reason, news=news)
        if why:
            interrupted.taken_back(contact, attempt, on.campaigns[contact.campaign_id], now=now, news=news)
        else:
            decide.decide(contact, attempt, result, ended_at=at, on=on, news=news)
        return
    attempt.pushed_at = attempt.pushed_at or attempt.sending_at or at
    moves.end_attempt(attempt, AttemptState.ENDED, result, at=at, reason="", news=news)
    if contact.state == ContactState.WAITING:
        moves.in_progress(contact)  # a call taken for unsent had been made
    decide.decide(contact, attempt, result, ended_at=at, on=on, news=news, is_last=report.is_last)


def _never_rang(report: Report, attempt: Attempt) -> bool:
    began = report.started_at or report.answered_at or attempt.started_at
    return began is None and attempt.state not in (AttemptState.RINGING, AttemptState.CONNECTED)
