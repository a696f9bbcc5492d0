"""Asks providers about the calls they hold: which campaigns, when, how many; feeds `apply`.

Owns the rhythm of polling. Notifications are hints, polling is the truth: it is never off.
"""

from __future__ import annotations

import logging
import math
from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import F, Q, QuerySet

from dialer import clock
from dialer.engine import accounts, campaigns, limits
from dialer.engine.apply import apply
from dialer.engine.push import remote_campaign
from dialer.engine.rings import root_of
from dialer.engine.rows import lock_ids
from dialer.models import Attempt, Campaign, EventSource, Health, ProviderAccount
from dialer.rules.transitions import AttemptState
from providers import contract, errors
from providers.vocabulary import Seeing

log = logging.getLogger(__name__)

#: Calls that the provider has for certain: what polling asks about. Doubtful ones are reconciliation's.
_HELD = [AttemptState.PUSHED.value, AttemptState.RINGING.value, AttemptState.CONNECTED.value]
#: Never ask for more in one round: a round must end within a worker's time limit.
MOST_HANDLES = 10_000
#: However slow the account, its calls are looked at every half minute, as far as requests are left.
LONGEST_REST = 30.0


def accounts_with_due(now: datetime) -> list[UUID]:
    """List the accounts that hold calls of a campaign whose poll is due."""
    held = Attempt.objects.filter(is_live=True, state__in=_HELD).filter(_is_due("campaign__", now))
    return list(held.order_by("provider_account_id").values_list("provider_account_id", flat=True).distinct())


def _is_due(path: str, now: datetime) -> Q:
    return Q(**{f"{path}next_poll_at__isnull": True}) | Q(**{f"{path}next_poll_at__lte": now})


def observe_account(account_id: UUID, now: datetime) -> int:
    """Poll the account's campaigns whose turn it is; returns the number of facts that were new."""
    # Also of an account that is switched off: what it holds goes on ringing.
    account = ProviderAccount.objects.filter(pk=account_id).exclude(health_state=Health.OPEN).first()
    if account is None:
        return 0
    held = Attempt.objects.filter(provider_account=account, is_live=True, state__in=_HELD)
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
    if share is None:
        return settings.DIALER_POLL_SECONDS
    capabilities = accounts.capabilities_of(account)
    calls = min(held.filter(campaign=campaign).count(), MOST_HANDLES)
    requests = calls if capabilities.observe is Seeing.EACH else math.ceil(calls / capabilities.observe_page)
    return max(settings.DIALER_POLL_SECONDS, min(requests / share, LONGEST_REST))


def _take_turn(campaign: Campaign, now: datetime, rest: float) -> bool:
    """Claim this poll: moving the next one ahead is what keeps a second worker off."""
    ahead = now + timedelta(seconds=rest)
    return bool(Campaign.objects.filter(_is_due("", now), pk=campaign.pk).update(next_poll_at=ahead))


def _observe_campaign(account: ProviderAccount, campaign: Campaign, now: datetime) -> int:
    capabilities = accounts.capabilities_of(account)
    page = capabilities.observe_page
    rows = list(
        Attempt.objects.filter(provider_account=account, campaign=campaign, is_live=True, state__in=_HELD)
        .order_by(F("look_after").asc(nulls_first=True), "pk")
        .only(*HANDLE_COLUMNS)[:MOST_HANDLES]
    )
    told = 0
    for start in range(0, len(rows), page):
        group = rows[start : start + page]
        cost = len(group) if capabilities.observe is Seeing.EACH else 1
        granted = limits.take(account_id=account.pk, wanted=cost, now=now)
        if granted <= 0:
            break
        if capabilities.observe is Seeing.EACH:
            # Who was asked now comes last next time: silent calls must not keep the others from their turn.
            group = group[:granted]
            with transaction.atomic():
                asked = Attempt.objects.filter(pk__in=[row.pk for row in group], is_live=True)
                Attempt.objects.filter(pk__in=lock_ids(asked)).update(look_after=now)
        seen = look(account, campaign, group, cursor=campaign.poll_cursor)
        if seen is None:
            break
        told += sum(
            apply(
                account_id=account.pk,
                reports=seen.reports,
                source=EventSource.POLL,
                now=clock.now(),
                campaign_id=campaign.pk,
            ).values()
        )
        _keep_cursor(campaign, seen.cursor)
    return told


def _keep_cursor(campaign: Campaign, cursor: str | None) -> None:
    """Store the feed's cursor once its facts are stored: a crash between asks again, and loses nothing."""
    if cursor is not None and cursor != campaign.poll_cursor:
        Campaign.objects.filter(pk=campaign.pk).update(poll_cursor=cursor)
        campaign.poll_cursor = cursor


HANDLE_COLUMNS = (
    "id",
    "number",
    "provider_ref",
    "remote",
    "pushed_at",
    "sending_at",
    "sends",
    "campaign_contact_id",
    "native_of_id",
)


def look(
    account: ProviderAccount, campaign: Campaign, attempts: Sequence[Attempt], *, cursor: str | None
) -> contract.Observation | None:
    """Ask the provider about these attempts; None when it could not be asked."""
    try:
        provider = accounts.provider_for(account)
        seen = provider.observe(remote_campaign(campaign), [handle(row) for row in attempts], cursor)
    except errors.CampaignBlocked as error:
        campaigns.block(campaign_id=campaign.pk, reason=error.reason, now=clock.now())
        return None
    except errors.ProviderError as error:
        accounts.failed(account_id=account.pk, error=error, now=clock.now())
        return None
    accounts.succeeded(account_id=account.pk, now=clock.now())
    return seen


def handle(attempt: Attempt) -> contract.Handle:
    """Say to the provider which call we mean, with all that is known of it."""
    return contract.Handle(
        ref=str(root_of(attempt)),
        phone=attempt.number,
        remote_id=attempt.provider_ref or None,
        remote=attempt.remote,
        # A redial's own instant may lie ahead: the order that the provider knows went out with the first ring.
        pushed_at=attempt.sending_at if attempt.native_of_id else attempt.pushed_at or attempt.sending_at,
        send_no=max(1, attempt.sends),
    )
