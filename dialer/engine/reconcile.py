"""Finds out what became of attempts that the provider may or may not have, and of calls gone silent.

Owns when an absence is believed and when we give up: counted, not repeated. Nothing here sends anything.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.db.models.functions import Coalesce

from dialer import clock
from dialer.engine import accounts, decide, limits, moves, rings, rows, settle
from dialer.engine.apply import apply
from dialer.engine.looking import find, untold
from dialer.engine.news import News
from dialer.models import Attempt, Campaign, EventSource, Health, ProviderAccount
from dialer.rules.looks import next_look
from dialer.rules.transitions import AttemptState
from providers.vocabulary import Result, Seeing, Why

#: One look could fall into a moment in which the provider's list lags; so an absence needs a second one.
LOOKS_TO_BELIEVE = 2
LIMIT = 500
#: The reason of an attempt of which nothing was heard for too long.
GIVEN_UP = "given_up"


def reconcile_account(account_id: UUID, now: datetime) -> int:
    """Look up the account's doubtful attempts whose turn it is; returns how many were settled."""
    account = ProviderAccount.objects.filter(pk=account_id).first()
    if account is None:
        return 0
    settled = 0
    due = Attempt.objects.filter(
        provider_account=account, is_live=True, state=AttemptState.INDETERMINATE, look_after__lte=now
    ).order_by("look_after", "pk")[:LIMIT]
    groups: dict[UUID, list[Attempt]] = defaultdict(list)
    for attempt in due:
        groups[attempt.campaign_id].append(attempt)
    if account.health_state != Health.OPEN:
        for campaign in Campaign.objects.filter(pk__in=groups):
            settled += _reconcile_campaign(account, campaign, groups[campaign.pk], now)
    return settled


def _reconcile_campaign(
    account: ProviderAccount, campaign: Campaign, doubtful: Sequence[Attempt], now: datetime
) -> int:
    capabilities = accounts.capabilities_of(account)
    settled = 0
    for start in range(0, len(doubtful), capabilities.observe_page):
        page = doubtful[start : start + capabilities.observe_page]
        is_each = capabilities.observe is Seeing.EACH
        granted = limits.take(account_id=account.pk, wanted=len(page) if is_each else 1, now=clock.now())
        group = _take_turns(page[:granted] if is_each else page, now) if granted else []
        if not group:
            break
        asked_at = clock.now()
        seen = find(account, campaign, group)
        if seen is None:
            break
        apply(
            account_id=account.pk,
            reports=seen.reports,
            source=EventSource.POLL,
            now=clock.now(),
            campaign_id=campaign.pk,
        )
        missing = untold(group, seen.reports)
        settled += len(group) - len(missing) + _missed(account, missing, seen.complete, asked_at, now)
    return settled


def _take_turns(attempts: Sequence[Attempt], now: datetime) -> list[Attempt]:
    """Move the next look ahead; what another worker took meanwhile is left out."""
    ahead = now + timedelta(seconds=settings.DIALER_RECONCILE_SECONDS)
    return [
        row
        for row in attempts
        if Attempt.objects.filter(
            pk=row.pk, look_after=row.look_after, state=AttemptState.INDETERMINATE
        ).update(look_after=ahead)
    ]


def _missed(
    account: ProviderAccount, missing: Sequence[Attempt], is_whole: bool, asked_at: datetime, now: datetime
) -> int:
    """Note that a look did not show these; believe the absence once it is certain and send again what may be."""
    can_prove = accounts.capabilities_of(account).proves_absence
    shortest = timedelta(seconds=settings.DIALER_RECONCILE_SECONDS)
    believed = 0
    news = News()
    with transaction.atomic():
        contacts, attempts = rows.lock_both((row.pk, row.campaign_contact_id) for row in missing)
        changed_contacts = []
        for attempt in attempts.values():
            if attempt.state != AttemptState.INDETERMINATE or attempt.sent_at is None:
                continue
            attempt.looks += 1
            settled_at = attempt.sent_at + timedelta(seconds=account.visible_after_seconds)
            # The question, not the answer, must be late enough: what it did not see may have come since.
            if can_prove and is_whole and asked_at >= settled_at and attempt.looks >= LOOKS_TO_BELIEVE:
                contact = contacts[attempt.campaign_contact_id]
                moves.attempt_to(attempt, AttemptState.CLAIMED)
                attempt.look_after = attempt.sent_at = None
                news.attempt("absent", attempt)
                settle.back_to_queue(contact, attempt, at=now, now=now, news=news)
                changed_contacts.append(contact)
                believed += 1
            elif is_whole or not can_prove:  # a look that was cut short is made up for soon
                attempt.look_after = next_look(
                    sent_at=attempt.sent_at,
                    settled_at=settled_at,
                    now=asked_at,
                    shortest=shortest,
                    can_prove=can_prove,
                )
        rows.save_contacts(changed_contacts, now=now)
        rows.save_attempts(list(attempts.values()))
        news.write()
    return believed


def give_up_account(account_id: UUID, now: datetime) -> int:
    """End attempts of which nothing was heard for the account's `give_up_after_seconds`, as unknown."""
    account = ProviderAccount.objects.filter(pk=account_id).first()
    if account is None:
        return 0
    since = now - timedelta(seconds=account.give_up_after_seconds)
    live = Attempt.objects.filter(provider_account=account, is_live=True).exclude(state=AttemptState.CLAIMED)
    last_word = Coalesce("heard_at", "pushed_at", "sent_at", "claimed_at")
    silent = live.annotate(last_word=last_word).filter(
        Q(state=AttemptState.INDETERMINATE, sent_at__lte=since)
        | (~Q(state=AttemptState.INDETERMINATE) & Q(last_word__lte=since))
    )
    if accounts.capabilities_of(account).can_withdraw(Why.EXPIRY):
        # What can be taken back is asked for first: an end by decision does not stop a call that is still held.
        with transaction.atomic():
            unasked = silent.filter(state=AttemptState.PUSHED, withdraw_why="")
            Attempt.objects.filter(pk__in=rows.lock_ids(unasked)).update(
                withdraw_why=Why.EXPIRY.value, withdraw_after=now
            )
        silent = silent.exclude(withdraw_after__isnull=False)
    pairs = list(silent.order_by("pk").values_list("pk", "campaign_contact_id")[:LIMIT])
    return end_unknown(pairs, result=Result.UNKNOWN, reason=GIVEN_UP, now=now) if pairs else 0


def end_unknown(pairs: Sequence[tuple[UUID, UUID]], *, result: Result, reason: str, now: datetime) -> int:
    """End live attempts by decision instead of by report: counted, not repeated; the timeline goes on."""
    news = News()
    with transaction.atomic():
        contacts, attempts = rows.lock_both(pairs)
        ended = [row for row in attempts.values() if row.is_live and row.state != AttemptState.CLAIMED]
        on = decide.ground([contacts[row.campaign_contact_id] for row in ended], now)
        for attempt in ended:
            contact = contacts[attempt.campaign_contact_id]
            if rings.is_unrung(attempt) and result is Result.UNKNOWN:
                rings.end_unrung(contact, attempt, now=now, news=news)
                continue
            moves.end_attempt(attempt, AttemptState.ENDED, result, at=now, reason=reason, news=news)
            if reason == GIVEN_UP:
                news.attempt(reason, attempt, reason=reason)
            decide.decide(contact, attempt, result, ended_at=now, on=on, news=news)
        rows.save_contacts([contacts[row.campaign_contact_id] for row in ended], now=now)
        rows.save_attempts(ended)
        decide.keep(on, now)
        news.write()
    return len(ended)
