"""Looks beside a full queue: they get their share of the requests, and pushes the rest, or all where nobody looks."""

from __future__ import annotations

import threading
import time
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection

from dialer import clock
from dialer.engine import accounts, campaigns, limits, looking, observe, push, ticks
from dialer.models import Campaign, ProviderAccount
from providers.ledger import MemoryLedger
from tests import factories

SECONDS = 20
START = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)


def holding(rate: float, due: datetime, state: str = "pushed") -> ProviderAccount:
    """Make an account that holds one call, of a campaign whose poll is due."""
    account = factories.account(max_requests_per_second=rate)
    campaign = factories.campaign(provider_account=account, status="running", next_poll_at=due)
    factories.attempt(factories.enrolled(campaign=campaign, state="in_progress"), state=state)
    return account


def granted(account: ProviderAccount) -> list[datetime]:
    """Say at which instants of five minutes a push would be granted; nobody sends any."""
    instants = [START + timedelta(seconds=0.25) * n for n in range(1200)]
    return [at for at in instants if limits.push_allowance(account, at, 1)]


@pytest.mark.parametrize("rate", [0.5, 1, 3, 10])
def test_pushes_leave_a_share_to_looks_that_starve(db: None, settings: Any, rate: float) -> None:
    settings.DIALER_PUSH_THREADS = 4
    account = holding(rate, START - timedelta(minutes=1))
    assert len(granted(account)) / 1200 == pytest.approx(limits.PUSH_SHARE, abs=0.03)


@pytest.mark.parametrize(
    ("due", "state"),
    [
        (START + timedelta(hours=1), "pushed"),
        (START - timedelta(minutes=1), "claimed"),
        (START - timedelta(minutes=1), "indeterminate"),
    ],
)
def test_pushes_have_it_all_where_nobody_starves(db: None, settings: Any, due: datetime, state: str) -> None:
    settings.DIALER_PUSH_THREADS = 4
    assert len(granted(holding(1, due, state))) == 1200


def test_pushes_that_are_granted_before_a_turn_do_not_reach_into_it(db: None, settings: Any) -> None:
    settings.DIALER_PUSH_THREADS = 4
    account = holding(10, START - timedelta(minutes=1))
    most = [limits.push_allowance(account, START + timedelta(seconds=0.25) * n, 50) for n in range(40)]
    begins = most.index(0, next(n for n, free in enumerate(most) if free))
    # Ten a second, at instants 0.11 s apart: what is left until the turn begins.
    assert most[begins - 4 : begins] == sorted(most[begins - 4 : begins], reverse=True)
    assert most[begins - 1] <= 3


@pytest.mark.parametrize("before", [None, timedelta(seconds=-7)])
def test_a_poll_that_is_granted_nothing_stays_due_for_as_long_as_it_was(
    db: None, before: timedelta | None
) -> None:
    now = clock.now()
    account = holding(1, now)
    due = before and now + before
    Campaign.objects.update(next_poll_at=due)
    ProviderAccount.objects.update(bucket_next_at=now + timedelta(seconds=20))
    assert observe.observe_account(account.pk, now) == 0
    found = Campaign.objects.get().next_poll_at
    assert found is not None
    assert found == due if due else now <= found <= clock.now()


def _beat(name: str, until: float) -> None:
    try:
        while time.monotonic() < until:
            began = time.monotonic()
            ticks.run_one(name, clock.now())
            time.sleep(max(0.0, 1 - (time.monotonic() - began)))
    finally:
        connection.close()


@pytest.mark.slow
@pytest.mark.parametrize("rate", [0.5, 1, 3])
def test_calls_are_looked_at_beside_a_full_queue(
    transactional_db: None, settings: Any, monkeypatch: pytest.MonkeyPatch, rate: float
) -> None:
    settings.DIALER_PUSH_THREADS = 4
    accounts.wrap_providers(None, ledger=MemoryLedger())
    account = factories.account(max_requests_per_second=rate)
    campaign = factories.campaign(provider_account=account)
    for number in range(1000, 1000 + int(rate * SECONDS * 2) + 5):
        factories.enrolled([f"+1{200 + number % 700}5550{100 + number // 700}"], campaign=campaign)
    campaigns.start(campaign_id=campaign.pk, now=clock.now())
    ticks.run_one("remote", clock.now())
    done: dict[str, int] = {"look": 0, "_send": 0}

    def counted(module: Any, name: str) -> None:
        act = getattr(module, name)

        def one(*given: Any, **named: Any) -> Any:
            done[name] += 1
            return act(*given, **named)

        monkeypatch.setattr(observe if module is looking else module, name, one)

    counted(looking, "look")
    counted(push, "_send")
    until = time.monotonic() + SECONDS
    beats = [threading.Thread(target=_beat, args=(name, until)) for name in ("dispatch", "observe")]
    for beat in beats:
        beat.start()
    for beat in beats:
        beat.join()
    accounts.wrap_providers(None)
    print(rate, done)
    assert done["look"] >= 1
    assert done["_send"] >= rate / 1.1 * SECONDS * 0.6
