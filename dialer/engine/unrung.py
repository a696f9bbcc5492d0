"""Ends the wait for rings that a provider's own plan will not make any more: it is over, or was stopped over there.

Owns when their absence is believed; what follows is `interrupted`'s. Never asks: it judges a look that was made.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction

from dialer.engine import accounts, decide, interrupted, moves, rows
from dialer.engine.news import News
from dialer.engine.reconcile import LOOKS_TO_BELIEVE
from dialer.engine.rings import is_native, is_unrung, root_of
from dialer.models import Attempt, Campaign, CampaignContact, ProviderAccount
from dialer.rules.transitions import AttemptState, CampaignStatus
from providers.contract import Observation
from providers.vocabulary import Progress, Result, Steering

#: A provider's own clock and calendar are not ours: a ring that is so much of its wait late is not missed yet.
SLACK = 1 / 4
_RINGS = (AttemptState.RINGING, AttemptState.CONNECTED)
_STOPPED = (CampaignStatus.PAUSING, CampaignStatus.PAUSED)


def end_absent(
    account: ProviderAccount,
    campaign: Campaign,
    asked: Sequence[Attempt],
    seen: Observation,
    *,
    asked_at: datetime,
    now: datetime,
) -> int:
    """End what was expected and, by complete looks, will not come; returns how many waits ended."""
    proves = seen.complete and accounts.capabilities_of(account).proves_absence
    if not (proves and is_native(campaign)):
        return 0
    told = _told(seen)
    missing = [
        row for row in asked if _is_missing(account, campaign, row, told.get(str(root_of(row)), 0), asked_at)
    ]
    return _missed(campaign, missing, now) if missing else 0


def _told(seen: Observation) -> dict[str, int | None]:
    """Give the latest ring that is told of each order; None where a word is told that nobody knows."""
    told: dict[str, int | None] = {}
    for report in seen.reports:
        if report.ref is None:
            continue
        known = told.get(report.ref, 0)
        is_known = known is not None and report.progress is not Progress.UNKNOWN
        told[report.ref] = max(known or 0, report.ring_no) if is_known else None
    return told


def _is_missing(
    account: ProviderAccount, campaign: Campaign, row: Attempt, told: int | None, asked_at: datetime
) -> bool:
    """Say whether this look counts against a ring; `told` as of `_told`, 0 = nothing at all."""
    if told is None or told >= row.ring_no:
        return False
    cautious = timedelta(seconds=account.visible_after_seconds)
    if told == 0:  # its order is no longer there, and once it was: a ring is known of it
        is_known = row.native_of_id is not None or row.state in _RINGS
        return is_known and asked_at >= max(row.claimed_at, row.heard_at or row.claimed_at) + cautious
    if row.native_of_id is None or row.state != AttemptState.PUSHED:
        return False
    # What the provider holds paused with its campaign comes when that goes on.
    if campaign.status in _STOPPED and Steering.PAUSE in accounts.capabilities_of(account).steer:
        return False
    return asked_at >= row.due_at + max(cautious, (row.due_at - row.claimed_at) * SLACK)


def _missed(campaign: Campaign, missing: Sequence[Attempt], now: datetime) -> int:
    news = News()
    with transaction.atomic():
        contacts, attempts = rows.lock_both((row.pk, row.campaign_contact_id) for row in missing)
        on = decide.ground(contacts.values(), now)
        changed: list[UUID] = []
        for attempt in attempts.values():
            is_ringing = attempt.state in _RINGS
            if not (is_unrung(attempt) or is_ringing):
                continue
            attempt.looks += 1
            if attempt.looks < LOOKS_TO_BELIEVE:
                continue
            contact = contacts[attempt.campaign_contact_id]
            if is_ringing:
                _lost(contact, attempt, on, news)
            else:
                interrupted.plan_over(contact, attempt, campaign, now=now, news=news)
            changed.append(contact.pk)
        rows.save_contacts([contacts[key] for key in changed], now=now)
        rows.save_attempts(list(attempts.values()))
        decide.keep(on, now)
        news.write()
    return len(changed)


def _lost(contact: CampaignContact, attempt: Attempt, on: decide.Ground, news: News) -> None:
    """End a ring whose order was taken away while it rang: it is counted, and nobody will tell how it ended."""
    reason = "its order is no longer at the provider"
    moves.end_attempt(attempt, AttemptState.ENDED, Result.UNKNOWN, at=on.now, reason=reason, news=news)
    decide.decide(contact, attempt, Result.UNKNOWN, ended_at=on.now, on=on, news=news, is_last=True)
