"""One look at a provider: the question about some attempts, and what a failed question says of the account.

Never decides when to look, nor what follows from the answer.
"""

from __future__ import annotations

from collections.abc import Sequence

from dialer import clock
from dialer.engine import accounts, campaigns, pacing
from dialer.engine.push import remote_campaign
from dialer.engine.rings import root_of
from dialer.models import Attempt, Campaign, ProviderAccount
from providers import contract, errors

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
        with pacing.turn(account):
            seen = provider.observe(remote_campaign(campaign), [handle(row) for row in attempts], cursor)
    except errors.CampaignBlocked as error:
        campaigns.block(campaign_id=campaign.pk, reason=error.reason, now=clock.now())
        return None
    except errors.ProviderError as error:  # also where the account's own rate left no request
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
