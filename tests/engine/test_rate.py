"""The rate of an account with real threads and a real clock: kept in every second, and used."""

from __future__ import annotations

import time
from typing import Any

import pytest

from dialer import clock
from dialer.engine import accounts, campaigns, ticks
from dialer.models import Attempt
from providers.ledger import MemoryLedger
from providers.sandbox.control import busiest
from tests import factories

RATE = 16


@pytest.mark.slow
def test_pushes_keep_to_the_rate_and_use_it(transactional_db: None, settings: Any) -> None:
    settings.DIALER_PUSH_THREADS = 4
    accounts.wrap_providers(None, ledger=MemoryLedger())
    account = factories.account(max_requests_per_second=RATE)
    campaign = factories.campaign(provider_account=account)
    for area in range(212, 212 + 3 * RATE):
        factories.enrolled([f"+1{area}5550100"], campaign=campaign)
    campaigns.start(campaign_id=campaign.pk, now=clock.now())
    ticks.run_one("remote", clock.now())
    for _ in range(20):
        began = time.monotonic()
        ticks.run_one("dispatch", clock.now())
        time.sleep(max(0.0, 1 - (time.monotonic() - began)))
        if not Attempt.objects.filter(state="claimed").exists() and Attempt.objects.count() == 3 * RATE:
            break
    accounts.wrap_providers(None)
    sent = [at.timestamp() for at in Attempt.objects.values_list("sending_at", flat=True)]
    assert len(sent) == 3 * RATE
    assert busiest(sent) <= RATE
    assert busiest(sent, 2.0) / 2 >= RATE * 0.85
