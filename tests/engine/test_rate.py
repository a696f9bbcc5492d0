"""The rate of an account with real threads and a real clock: kept in every second, used, and in the right order."""

from __future__ import annotations

import threading
import time
from typing import Any

import pytest
from django.db import connection

from dialer import clock
from dialer.engine import accounts, campaigns, ticks
from dialer.engine.suppression import NewSuppression, suppress
from dialer.models import Attempt
from providers import registry
from providers.ledger import MemoryLedger
from providers.sandbox.control import busiest
from tests import factories
from tests.engine.chatty import SPEC, Chatty
from tests.house.processes import eventually

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
    # Nine tenths on a machine that has the time; a busy one must not fail for that.
    assert busiest(sent, 2.0) / 2 >= RATE * 0.6


@pytest.mark.slow
def test_who_says_no_goes_before_a_full_queue(
    transactional_db: None, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.DIALER_PUSH_THREADS = 4
    monkeypatch.setitem(registry.BUILTIN, Chatty.slug, SPEC)
    registry.forget()
    for name, value in (("sent", []), ("each", 1), ("calls", MemoryLedger())):
        monkeypatch.setattr(Chatty, name, value)
    account = factories.account(
        provider=Chatty.slug, max_requests_per_second=10, settings={"ring_after_seconds": 600}
    )
    campaign = factories.campaign(provider_account=account)
    for area in range(212, 212 + 80):
        factories.enrolled([f"+1{area}5550100"], campaign=campaign)
    campaigns.start(campaign_id=campaign.pk, now=clock.now())
    ticks.run_one("remote", clock.now())
    stop = threading.Event()
    beats = [
        threading.Thread(target=_beat, args=(name, stop)) for name in ("dispatch", "withdraw", "observe")
    ]
    for beat in beats:
        beat.start()
    try:
        assert eventually(lambda: Attempt.objects.filter(state="pushed").count() >= 12, 30)
        numbers = Attempt.objects.filter(state="pushed").values_list("number", flat=True)[:6]
        said = clock.now()
        suppress(entries=[NewSuppression(number=number) for number in numbers], now=said)
        assert eventually(lambda: Attempt.objects.filter(state="cancelled").count() == 6, 20)
    finally:
        stop.set()
        for beat in beats:
            beat.join(20)
        registry.forget()
    asked = sorted(at for what, at in Chatty.sent if what == "withdraw")
    pushed_meanwhile = [at for what, at in Chatty.sent if what == "push" and said < at < asked[-1]]
    # A tick until its round begins, and half a second in line; the rest is a busy machine's.
    assert (asked[0] - said).total_seconds() < settings.DIALER_TICK_SECONDS * 2
    assert (asked[-1] - said).total_seconds() < 4
    # What was in line when it was said goes out; then nothing before the last of them.
    assert len(pushed_meanwhile) <= settings.DIALER_PUSH_THREADS + 1
    assert busiest(at.timestamp() for _, at in Chatty.sent) <= 10


def _beat(name: str, stop: threading.Event) -> None:
    while not stop.is_set():
        began = time.monotonic()
        ticks.run_one(name, clock.now())
        stop.wait(max(0.0, 1 - (time.monotonic() - began)))
    connection.close()
