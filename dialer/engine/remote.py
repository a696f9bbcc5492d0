"""Brings a campaign's reality at its provider to our intent: opened, paused, resumed, closed.

Owns open_campaign and steer; holds no lock over a request, repeats both without harm.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import lru_cache, partial
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import Q

from dialer import clock
from dialer.engine import accounts, campaigns, limits, pacing
from dialer.engine.lanes import guarded
from dialer.engine.push import remote_campaign
from dialer.engine.rings import plan_of
from dialer.engine.starting import remote_id_of
from dialer.models import Attempt, Campaign, ProviderAccount
from dialer.models.campaigns import HELD, PAUSED, PAUSING
from dialer.rules.transitions import CampaignStatus
from providers import contract, errors, registry
from providers.vocabulary import Steering

#: One worker opens a campaign at a time: longer than its requests can take.
TURN = timedelta(seconds=30)
#: A failed opening is tried again this soon; a provider that is away is spared by the breaker.
AGAIN = timedelta(seconds=5)

#: What each status asks of the remote campaign, where the provider can be steered.
_WISH = {
    CampaignStatus.RUNNING: (Steering.RESUME, "active"),
    CampaignStatus.PAUSING: (Steering.PAUSE, PAUSED),
    CampaignStatus.PAUSED: (Steering.PAUSE, PAUSED),
    CampaignStatus.COMPLETED: (Steering.CLOSE, "closed"),
}
#: Where nothing needs to be told any more.
_SATISFIED = {"active": ("active",), PAUSED: (PAUSED, HELD), "closed": ("closed",)}


def open_due(*, now: datetime) -> int:
    """Open the running campaigns that are not open yet; returns how many were tried."""
    waiting = Campaign.objects.filter(status=CampaignStatus.RUNNING, opened_at__isnull=True)
    tried = 0
    for campaign in waiting.filter(Q(open_after__lte=now) | Q(open_after__isnull=True)).select_related(
        "provider_account"
    ):
        account = campaign.provider_account
        if not account.is_enabled or account.health_state == "open":
            continue
        if not limits.take(account_id=account.pk, wanted=1, now=clock.now()):
            continue
        if waiting.filter(pk=campaign.pk, open_after=campaign.open_after).update(open_after=now + TURN):
            tried += guarded("open", campaign.pk, partial(_open, account, campaign))
    return tried


def _open(account: ProviderAccount, campaign: Campaign) -> int:
    spec = contract.CampaignSpec(
        ref=str(campaign.pk),
        name=campaign.name,
        remote_id=remote_id_of(campaign),
        template_id=campaign.template_id,
        caller_id=campaign.caller_id,
        retry=plan_of(campaign),
        options=campaign.provider_options,
    )
    try:
        with pacing.turn(account):
            remote = accounts.provider_for(account).open_campaign(spec)
    except (errors.CampaignBlocked, errors.Refused, errors.Unsupported) as error:
        _block(campaign, error.reason)
        return 1
    except errors.ProviderError as error:
        # Also when nobody knows whether it was created: the next try looks before it creates.
        accounts.failed(account_id=account.pk, error=error, now=clock.now())
        Campaign.objects.filter(pk=campaign.pk, opened_at__isnull=True).update(open_after=clock.now() + AGAIN)
        return 1
    accounts.succeeded(account_id=account.pk, now=clock.now())
    obstacle = _obstacle(account, campaign, remote)
    if obstacle:
        _block(campaign, obstacle)
    else:
        _opened(campaign.pk, remote)
    return 1


def _obstacle(account: ProviderAccount, campaign: Campaign, remote: contract.RemoteCampaign) -> str:
    """Say why a remote campaign that is there may not be used as it is; nothing if it may."""
    if remote.redials and not campaign.provider_options.get("accept_remote_redials"):
        return "the remote campaign redials by itself; set provider_options.accept_remote_redials to count its rings"
    if remote.state == PAUSED and Steering.RESUME in accounts.capabilities_of(account).steer:
        # It has never been ours to pause, or we know that somebody else did.
        name = remote.name or remote.remote_id
        return f"the remote campaign {name!r} is paused; start it at the provider, then resume this one"
    return ""


def _block(campaign: Campaign, reason: str) -> None:
    """Pause our campaign with the reason; whoever resumes it finds out at once whether it is mended."""
    campaigns.block(campaign_id=campaign.pk, reason=reason, now=clock.now())
    Campaign.objects.filter(pk=campaign.pk, opened_at__isnull=True).update(open_after=None)


def _opened(campaign_id: UUID, remote: contract.RemoteCampaign) -> None:
    now = clock.now()
    try:
        with transaction.atomic():
            Campaign.objects.filter(pk=campaign_id).update(
                remote_campaign_id=remote.remote_id,
                remote_name=remote.name,
                remote_state=remote.state,
                remote=dict(remote.remote),
                opened_at=now,
            )
            Campaign.objects.filter(pk=campaign_id, status_reason="preparing").update(status_reason="")
    except IntegrityError:
        reason = f"another campaign that is not archived uses the remote campaign {remote.remote_id}"
        campaigns.block(campaign_id=campaign_id, reason=reason, now=now)


@lru_cache(maxsize=1)  # what is installed cannot change while the process runs
def _steerable() -> tuple[str, ...]:
    return tuple(slug for slug in registry.slugs() if registry.provider_class(slug).capabilities.steer)


def steer_due(*, now: datetime) -> int:
    """Tell remote campaigns what their status asks for; returns how many were told."""
    if not _steerable():
        return 0
    rows = Campaign.objects.filter(
        provider_account__provider__in=_steerable(), status__in=list(_WISH), opened_at__isnull=False
    ).exclude(remote_state="closed")
    told = 0
    for campaign in rows.select_related("provider_account"):
        wish, state = _WISH[CampaignStatus(campaign.status)]
        can = wish in accounts.capabilities_of(campaign.provider_account).steer
        if wish is Steering.RESUME and campaign.remote_state == HELD:
            # Opening it anew looks whether it still stands, and says so: resuming it is not ours to do.
            Campaign.objects.filter(pk=campaign.pk, status=campaign.status, remote_state=HELD).update(
                opened_at=None, open_after=None
            )
            continue
        if can and campaign.remote_state not in _SATISFIED[state] and _may(campaign, wish):
            told += guarded("steer", campaign.pk, partial(_steer, campaign, wish, state, now))
    return told


def _may(campaign: Campaign, wish: Steering) -> bool:
    """Never resume what somebody stopped in the provider's own portal; never close on a call that still rings."""
    if wish is Steering.RESUME:
        return campaign.remote_state in (PAUSED, PAUSING)
    return wish is not Steering.CLOSE or not Attempt.objects.filter(campaign=campaign, is_live=True).exists()


def _steer(campaign: Campaign, wish: Steering, state: str, now: datetime) -> int:
    account = campaign.provider_account
    if account.health_state == "open" or not limits.take(account_id=account.pk, wanted=1, now=clock.now()):
        return 0
    alike = [status for status, (other, _) in _WISH.items() if other is wish]
    rows = Campaign.objects.filter(pk=campaign.pk, status__in=alike)
    # Before it is told, and satisfying nobody: a worker that dies now must not take its own pause for somebody
    # else's, and a pause that is wished while the answer to a resume is out must be told.
    mark = campaign.remote_state if wish is Steering.CLOSE else PAUSING
    try:
        with pacing.turn(account):
            if not rows.filter(remote_state=campaign.remote_state).update(remote_state=mark):
                return 0  # while this waited for its turn something else was wished, or told
            told = accounts.provider_for(account).steer(remote_campaign(campaign), wish)
        if wish is Steering.PAUSE and told is False and campaign.remote_state != PAUSING:
            state = HELD
    except (errors.Refused, errors.CampaignBlocked, errors.Unsupported):
        pass  # it is gone or will not be told: asking again every few seconds would change nothing
    except pacing.RateUsedUp:
        # Without a turn nothing is marked. Later the mark stays: an earlier request of this steering may have worked.
        return 0
    except errors.ProviderError as error:
        accounts.failed(account_id=account.pk, error=error, now=clock.now())
        return 0
    # Only what this told: another wish may have been told meanwhile, and this one have come back.
    rows.filter(remote_state=mark).update(remote_state=state)
    return 1
