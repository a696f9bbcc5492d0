"""A vendor's own list over the wire: a number is on it from a no until the no is lifted."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from dialer import clock
from dialer.engine import campaigns, ticks
from dialer.engine.suppression import NewSuppression, still_held, suppress
from dialer.models import Attempt, Campaign, ProviderBlock
from providers.sandbox import sandbox_class
from providers.sandbox.line import Pace
from providers.sandbox.serve import ServedSandbox
from tests import factories

pytestmark = pytest.mark.django_db(transaction=True)
NUMBER = "+12025550107"


@pytest.fixture
def served() -> Iterator[ServedSandbox]:
    made = ServedSandbox(sandbox_class("nrs360"), pace=Pace(wait=600, ring=600, talk=1))
    made.start()
    yield made
    made.stop()


@pytest.fixture
def held(served: ServedSandbox, settings: Any) -> Campaign:
    """Have a call that the vendor holds."""
    settings.DIALER_PUSH_THREADS = 1
    account = factories.account(
        provider="nrs360",
        base_url=served.base_url,
        credentials=dict(sandbox_class("nrs360").credentials),
        settings={"message": "Good day."},
    )
    campaign = factories.campaign(provider_account=account)
    factories.enrolled([NUMBER], campaign=campaign)
    campaigns.start(campaign_id=campaign.pk, now=clock.now())
    tick("remote", "dispatch")
    assert Attempt.objects.get().state == "pushed"
    return campaign


def tick(*names: str) -> None:
    for name in names:
        ticks.run_one(name, clock.now())


def listed(served: ServedSandbox) -> list[str]:
    return sorted(served.sandbox.blacklists["voice"])  # type: ignore[attr-defined]


def test_a_no_everywhere_is_on_the_vendors_list_until_it_is_lifted(
    served: ServedSandbox, held: Campaign
) -> None:
    (entry,) = suppress(entries=[NewSuppression(number=NUMBER)], now=clock.now())
    tick("suppress", "withdraw")
    assert listed(served) == [NUMBER[1:]]
    tick("lifted", "blocks")
    assert listed(served) == [NUMBER[1:]]
    entry.expires_at = clock.now() - timedelta(seconds=1)
    entry.save()
    tick("lifted", "blocks")
    assert (listed(served), ProviderBlock.objects.count()) == ([], 0)


def test_a_no_to_one_campaign_stays_off_the_vendors_list_and_the_call_is_told_as_held(
    served: ServedSandbox, held: Campaign
) -> None:
    entry = NewSuppression(number=NUMBER, scope="campaign", campaign_id=held.pk)
    (made,) = suppress(entries=[entry], now=clock.now())
    tick("suppress", "withdraw", "blocks")
    assert (listed(served), ProviderBlock.objects.count(), still_held(made)) == ([], 0, 1)
    assert Attempt.objects.get().state == "pushed"
