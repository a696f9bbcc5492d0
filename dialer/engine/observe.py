"""Asks providers about the calls they hold: which campaigns, when, how many; feeds `apply`.

Owns the rhythm of polling. Notifications are hints, polling is the truth: it is never off.
"""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import F, Q, QuerySet

from dialer import clock
from dialer.engine import accounts, limits, queue, unrung
from dialer.engine.apply import apply
from dialer.engine.looking import HANDLE_COLUMNS, look
from dialer.engine.rows import lock_ids
from dialer.models import Attempt, Campaign, EventSource, Health, ProviderAccount
from providers.vocabulary import Seeing

#: Never ask for more in one round: a round must end within a worker's time limit.
MOST_HANDLES = 10_000
#: The share of a tick in which calls are asked about one by one; a stop waits for little.
BUDGET_SHARE = 0.8
_never = threading.Event()
#: However slow the account, its calls are looked at every half minute, as far as requests are left.
LONGEST_REST = 30.0


def accounts_with_due(now: datetime) -> list[UUID]:
    """List the accounts that hold calls of a campaign whose poll is due."""
    held = Attempt.objects.filter(is_live=True, state__in=limits.POLLED).filter(_is_due("campaign__", now))
    return list(held.order_by("provider_account_id").values_list("provider_account_id", flat=True).distinct())


def _is_due(path: str, now: datetime) -> Q:
    return Q(**{f"{path}next_poll_at__isnull": True}) | Q(**{f"{path}next_poll_at__lte": now})


def observe_account(account_id: UUID, now: datetime) -> int:
    """Poll the account's campaigns whose turn it is; returns the number of facts that were new."""
    # Also of an account that is switched off: what it holds goes on ringing.
    account = ProviderAccount.objects.filter(pk=account_id).exclude(health_state=Health.OPEN).first()
    if account is None:
        return 0
    held = Attempt.objects.filter(provider_account=account, is_live=True, state__in=limits.POLLED)
    told = 0
    for campaign in Campaign.objects.filter(pk__in=held.values("campaign_id").distinct()).order_by(
        F("next_poll_at").asc(nulls_first=True), "pk"
    ):
        if _take_turn(campaign, now, _rest(account, campaign, held)):
            told += _observe_campaign(account, campaign, now)
    return told


def _rest(account: ProviderAccount, campaign: Campaign, held: QuerySet[Attempt]) -> float:
    """Say how long to wait for the next poll: longer where polls would use up the requests of pushes."""
    share = limits.requests_a_poll(account)
    capabilities = accounts.capabilities_of(account)
    # Where each call is asked about, the asking itself keeps to the share.
    if share is None or capabilities.observe is Seeing.EACH:
        return settings.DIALER_POLL_SECONDS
    calls = min(held.filter(campaign=campaign).count(), MOST_HANDLES)
    requests = math.ceil(calls / capabilities.observe_page)
    return max(settings.DIALER_POLL_SECONDS, min(requests / share, LONGEST_REST))


def _take_turn(campaign: Campaign, now: datetime, rest: float) -> bool:
    """Claim this poll: moving the next one ahead is what keeps a second worker off."""
    ahead = now + timedelta(seconds=rest)
    return bool(Campaign.objects.filter(_is_due("", now), pk=campaign.pk).update(next_poll_at=ahead))


def _give_turn_back(campaign: Campaign) -> None:
    """Let a poll that was granted no request be due as long as it was: pushes make way for those who starve."""
    now = clock.now()
    # Unless somebody made it due meanwhile.
    Campaign.objects.filter(pk=campaign.pk, next_poll_at__gt=now).update(
        next_poll_at=campaign.next_poll_at or now
    )


def _observe_campaign(account: ProviderAccount, campaign: Campaign, now: datetime) -> int:
    capabilities = accounts.capabilities_of(account)
    rows = list(
        Attempt.objects.filter(
            provider_account=account, campaign=campaign, is_live=True, state__in=limits.POLLED
        )
        .order_by(F("look_after").asc(nulls_first=True), "pk")
        .only(*HANDLE_COLUMNS)[:MOST_HANDLES]
    )
    if capabilities.observe is Seeing.EACH:
        return _observe_each(account, campaign, rows)
    page = capabilities.observe_page
    told = 0
    for start in range(0, len(rows), page):
        if limits.take(account_id=account.pk, wanted=1, now=clock.now()) <= 0:
            if not start:
                _give_turn_back(campaign)
            break
        new = _asked(account, campaign, rows[start : start + page])
        if new is None:
            break
        told += new
    return told


def _observe_each(account: ProviderAccount, campaign: Campaign, rows: Sequence[Attempt]) -> int:
    """Ask about one call after another as fast as the account's rate allows, for a tick at most.

    While calls wait to be pushed only the share that they leave is used; who is left is asked at the next tick.
    """
    until = time.monotonic() + settings.DIALER_TICK_SECONDS * BUDGET_SHARE
    page = accounts.capabilities_of(account).observe_page
    share = limits.requests_a_poll(account)
    enough = len(rows) if share is None else max(1, int(share * settings.DIALER_TICK_SECONDS))
    told, left = 0, list(rows)
    while left:
        if len(rows) - len(left) >= enough and queue.has_due(account.pk, clock.now()):
            break
        granted = limits.take(account_id=account.pk, wanted=min(page, len(left)), now=clock.now())
        if granted <= 0:
            if _may_wait(account, until):
                continue
            break
        group, left = left[:granted], left[granted:]
        # Who was asked now comes last next time: silent calls must not keep the others from their turn.
        with transaction.atomic():
            asked = Attempt.objects.filter(pk__in=[row.pk for row in group], is_live=True)
            Attempt.objects.filter(pk__in=lock_ids(asked)).update(look_after=clock.now())
        new = _asked(account, campaign, group)
        if new is None:
            return told
        told += new
    if left:
        (_make_due if len(left) < len(rows) else _give_turn_back)(campaign)
    return told


def _make_due(campaign: Campaign) -> None:
    """Have the campaign polled as soon as can be; one that is due already stays so for as long."""
    now = clock.now()
    Campaign.objects.filter(pk=campaign.pk, next_poll_at__gt=now).update(next_poll_at=now)


def _may_wait(account: ProviderAccount, until: float) -> bool:
    """Wait until looks are granted again; False where nobody may wait, or not within this round."""
    pause = limits.seconds_to_next(account.pk, clock.now())
    if pause is None or time.monotonic() + pause > until:
        return False
    _never.wait(pause)
    return True


def look_again(account: ProviderAccount, attempt_ids: Collection[UUID]) -> int:
    """Look at the calls of some orders, whatever the polls' rhythm: a notification hinted at them.

    Where no request is granted, their campaigns are polled as soon as one is.
    """
    held = Attempt.objects.filter(provider_account=account, is_live=True, state__in=limits.POLLED)
    told = 0
    for campaign in Campaign.objects.filter(pk__in=held.filter(_of(attempt_ids)).values("campaign_id")):
        rows = list(held.filter(_of(attempt_ids), campaign=campaign).only(*HANDLE_COLUMNS))
        page = accounts.capabilities_of(account).observe_page
        for start in range(0, len(rows), page):
            granted = account.health_state != Health.OPEN and limits.take(
                account_id=account.pk, wanted=1, now=clock.now()
            )
            # The place in a poll that is not at its end yet is that poll's own.
            new = _asked(account, campaign, rows[start : start + page], is_poll=False) if granted else None
            if new is None:
                _make_due(campaign)
                break
            told += new
    return told


def _of(attempt_ids: Collection[UUID]) -> Q:
    return Q(pk__in=attempt_ids) | Q(native_of_id__in=attempt_ids)


def _asked(
    account: ProviderAccount, campaign: Campaign, group: Sequence[Attempt], *, is_poll: bool = True
) -> int | None:
    """Look at a group and apply what is told; returns how many facts were new, None if nobody answered."""
    asked_at = clock.now()
    seen = look(account, campaign, group, cursor=campaign.poll_cursor if is_poll else None)
    if seen is None:
        return None
    told = apply(
        account_id=account.pk,
        reports=seen.reports,
        source=EventSource.POLL,
        now=clock.now(),
        campaign_id=campaign.pk,
    )
    unrung.end_absent(account, campaign, group, seen, asked_at=asked_at, now=clock.now())
    if is_poll:
        _keep_cursor(campaign, seen.cursor)
    return sum(told.values())


def _keep_cursor(campaign: Campaign, cursor: str | None) -> None:
    """Store the feed's cursor once its facts are stored: a crash between asks again, and loses nothing."""
    if cursor is not None and cursor != campaign.poll_cursor:
        Campaign.objects.filter(pk=campaign.pk).update(poll_cursor=cursor)
        campaign.poll_cursor = cursor
