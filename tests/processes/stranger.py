"""Own one campaign as a stranger would run it with the generated client; a program for `test_strangers`.

Knows nothing of the product: it imports the client alone and prints what it saw as JSON.
"""

from __future__ import annotations

import json
import sys
import time

from dialer_client import AuthenticatedClient
from dialer_client.api.attempts import attempts_list
from dialer_client.api.campaigns import (
    campaigns_contacts_create,
    campaigns_create,
    campaigns_retrieve,
    campaigns_start,
    campaigns_stats,
)
from dialer_client.api.provider_accounts import provider_accounts_check, provider_accounts_create
from dialer_client.api.retry_timelines import retry_timelines_create
from dialer_client.models import (
    AccountRequest,
    CampaignRequest,
    ContactInRequest,
    ContactsInRequest,
    HolidaysEnum,
    PurposeEnum,
    StepRequest,
    TimelineRequest,
)


def main(address: str, key: str) -> None:
    """Make an account, a timeline and a campaign with two people; start it; wait for its end."""
    client = AuthenticatedClient(base_url=address, token=key)
    account = provider_accounts_create.sync(
        client=client, body=AccountRequest(name="Trial", provider="simulator"), idempotency_key="account"
    )
    assert provider_accounts_check.sync(str(account.id), client=client).ok
    steps = [StepRequest(after="PT1S", on=["busy"])]
    timeline = retry_timelines_create.sync(client=client, body=TimelineRequest(name="Soon", steps=steps))
    campaign = campaigns_create.sync(
        client=client,
        body=CampaignRequest(
            name="First",
            provider_account=account.id,
            retry_timeline=timeline.id,
            purpose=PurposeEnum.SERVICE,
            holidays=HolidaysEnum.IGNORE,
            auto_complete=True,
        ),
    )
    people = [ContactInRequest(phone="+442079460100"), ContactInRequest(phone="+442079460102")]
    verdicts = campaigns_contacts_create.sync(
        str(campaign.id), client=client, body=ContactsInRequest(contacts=people)
    )
    assert [row.outcome.value for row in verdicts.accepted] == ["created", "created"]
    assert campaigns_start.sync(str(campaign.id), client=client).status.value == "running"
    while campaigns_retrieve.sync(str(campaign.id), client=client).status.value != "completed":
        time.sleep(0.2)
    again = campaigns_start.sync(str(campaign.id), client=client)
    stats = campaigns_stats.sync(str(campaign.id), client=client)
    calls = attempts_list.sync(client=client, campaign=campaign.id).results
    seen = {
        "finished": {word: count for word, count in stats.finished.to_dict().items() if count},
        "attempts": stats.attempts.total,
        "results": sorted(call.result.value for call in calls),
        "refused": again.code,
    }
    print(json.dumps(seen))


if __name__ == "__main__":
    main(*sys.argv[1:])
