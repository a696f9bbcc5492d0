"""The wait for an account's next request, with real threads, connections and clocks."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from itertools import pairwise

import pytest
from django.db import connection

from dialer import clock
from dialer.engine import pacing
from dialer.models import ProviderAccount
from providers.sandbox.control import busiest
from tests import factories

WORKERS = 4
EACH = 12


def together(work: Callable[[], None]) -> None:
    """Run the work in threads, each with a connection of its own, all from the same instant on."""
    barrier = threading.Barrier(WORKERS)
    raised: list[BaseException] = []

    def run() -> None:
        try:
            barrier.wait(10)
            work()
        except BaseException as error:
            raised.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=run) for _ in range(WORKERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert raised == []


def test_connections_that_race_for_an_account_never_book_one_instant(transactional_db: None) -> None:
    account = factories.account(max_requests_per_second=10)
    booked: list[datetime] = []

    def work() -> None:  # as separate processes do: nothing but the row stands between them
        for _ in range(EACH):
            booked.append(pacing._book(account.pk, timedelta(seconds=30))[0])

    together(work)
    booked.sort()
    gaps = {later - earlier for earlier, later in pairwise(booked)}
    assert len(booked) == WORKERS * EACH
    assert min(gaps) >= timedelta(seconds=0.11)
    account.refresh_from_db()
    assert account.bucket_next_at == booked[-1] + timedelta(seconds=0.11)


@pytest.mark.parametrize("rate", [20, 120])
def test_threads_that_race_send_no_more_than_the_rate_and_use_it(transactional_db: None, rate: int) -> None:
    account = factories.account(max_requests_per_second=rate)
    sent: list[float] = []

    def work() -> None:
        until = time.monotonic() + 2.5
        while time.monotonic() < until:
            with pacing.turn(account):
                sent.append(time.monotonic())

    together(work)
    assert busiest(sent) <= rate
    assert busiest(sent) >= rate * 0.75


def test_a_rate_that_leaves_nothing_in_time_takes_nothing(db: None) -> None:
    ahead = clock.now() + timedelta(seconds=30)
    account = factories.account(max_requests_per_second=10, bucket_next_at=ahead)
    with pytest.raises(pacing.RateUsedUp) as refusal, pacing.turn(account, patience=2):
        pass
    assert refusal.value.retry_after == pytest.approx(30, abs=1)
    account.refresh_from_db()
    assert (account.bucket_next_at, account.bucket_at) == (ahead, None)


def test_a_request_that_comes_too_late_to_its_instant_waits_for_another(db: None) -> None:
    account = factories.account(max_requests_per_second=10)
    with pacing.turn(account):
        first = pacing._mine.at
        pacing._before_request(account.pk, 5)
        assert pacing._mine.at == first  # in time
        time.sleep(pacing.FRESH.total_seconds() + 0.02)  # the connection took so long
        pacing._before_sending(account.pk, 5)
        second = pacing._mine.at
        assert second - first >= timedelta(seconds=0.11)
        pacing._before_sending(account.pk, 5)
        assert pacing._mine.at == second
        pacing._before_request(account.pk, 5)  # the next request of the same work
        assert pacing._mine.at - second >= timedelta(seconds=0.11)


def test_one_at_a_time_asks_for_people_and_lets_withdrawals_go_first(
    transactional_db: None,
) -> None:
    account = factories.account(max_requests_per_second=10)
    campaign = factories.campaign(provider_account=account, status="running")
    row = factories.enrolled(campaign=campaign, state="in_progress")
    factories.attempt(row, state="pushed", withdraw_why="pause", withdraw_after=clock.now())
    asked: list[float] = []
    began = time.monotonic()

    def work() -> None:
        with pacing.asking(ProviderAccount.objects.get(pk=account.pk)):
            asked.append(time.monotonic() - began)
            time.sleep(0.1)

    together(work)
    instants = sorted(asked)
    assert len(instants) == WORKERS
    assert instants[0] >= pacing.LETS_OTHERS_FIRST_SECONDS
    assert min(later - earlier for earlier, later in pairwise(instants)) >= 0.1
