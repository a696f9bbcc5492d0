"""Makes accounts and running campaigns in the database of the environment, through the product's own functions.

Run as `python -m tests.processes.prepare ACCOUNTS PEOPLE`: every account gets one campaign. Half of the people are
in all campaigns; the others are in one campaign each, but share their number with somebody in every other one.
"""

from __future__ import annotations

import os
import sys
from typing import Any

#: Every magic ending of the simulator but the throttled one, and plain ones that get a mix of results.
ENDINGS = [f"{number:02}" for number in (0, 1, 2, 3, 4, 5, 7, 8, 23, 31, 38, 42, 57, 64, 71, 76, 83, 95, 99)]
#: Few, because every "too many requests" halves the rate of the account.
THROTTLED = {11: "06", 111: "06"}
#: British areas with a thousand numbers each that are reserved for fiction and valid to the phone library.
AREAS = [
    "+44207946",
    "+44113496",
    "+44114496",
    "+44116496",
    "+44117496",
    "+44118496",
    "+44121496",
    "+44131496",
]
#: Fast enough for a test, slow enough that calls are under way at every instant.
CALLS = {"ring_after_seconds": 0.2, "ring_seconds": 0.4, "talk_seconds": 0.4}
STEPS = ("PT1S", "PT2S")
REQUESTS_PER_SECOND = 40
#: The ledger shows an entry at once; a little longer, so that absence has to be waited for.
VISIBLE_AFTER_SECONDS = 2
#: Calls that never report an end are given up within the test.
GIVE_UP_AFTER_SECONDS = 12


def number(place: int) -> str:
    """Give the number of a person: one reserved for fiction, with each ending in turn."""
    index, ending = divmod(place, len(ENDINGS))
    block, area = divmod(index, len(AREAS))
    return f"{AREAS[area]}0{block}{THROTTLED.get(place, ENDINGS[ending])}"


def people(campaign: int, count: int) -> list[dict[str, Any]]:
    """List the people of one campaign."""
    return [
        {
            "external_id": f"p{place}" if place % 2 else f"p{place} of {campaign}",
            "name": f"Person {place}",
            "phones": [{"number": number(place)}],
        }
        for place in range(count)
    ]


def prepare(accounts: int, count: int) -> None:
    """Make everything and start the campaigns."""
    from dialer import clock
    from dialer.engine import campaigns
    from dialer.intake.contacts import add_contacts
    from tests import factories

    for place in range(accounts):
        account = factories.account(
            provider="dawdler",
            settings=CALLS,
            max_requests_per_second=REQUESTS_PER_SECOND,
            visible_after_seconds=VISIBLE_AFTER_SECONDS,
            give_up_after_seconds=GIVE_UP_AFTER_SECONDS,
        )
        campaign = factories.campaign(provider_account=account, retry_timeline=factories.timeline(STEPS))
        now = clock.now()
        verdicts = add_contacts(campaign_id=campaign.pk, items=people(place, count), now=now)
        assert not verdicts.rejected, verdicts.rejected[:3]
        campaigns.start(campaign_id=campaign.pk, now=now)


if __name__ == "__main__":
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    django.setup()
    prepare(int(sys.argv[1]), int(sys.argv[2]))
