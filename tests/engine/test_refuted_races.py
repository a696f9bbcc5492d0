"""Two workers at once on PostgreSQL: what one commits while the other has read already."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection, transaction

from dialer import clock
from dialer.engine import campaigns, push, rows
from dialer.engine.claim import claim
from dialer.engine.suppression import NewSuppression, suppress
from dialer.models import Attempt
from tests import factories
from tests.engine.conftest import ANSWERED, NO_ANSWER, Stage

pytestmark = pytest.mark.postgres

HELD = {"settings": {"ring_after_seconds": 60}}


def beside(work: Callable[[], Any]) -> threading.Thread:
    """Run work on a connection of its own; its error is kept on the thread."""

    def run() -> None:
        try:
            work()
        except Exception as error:
            thread.error = error  # type: ignore[attr-defined]
        finally:
            connection.close()

    thread = threading.Thread(target=run)
    thread.error = None  # type: ignore[attr-defined]
    thread.start()
    return thread


def wait_for_lock(count: int = 1) -> None:
    """Wait until so many sessions of this database wait for a lock."""
    for _ in range(200):
        with connection.cursor() as cursor:
            cursor.execute("SELECT count(DISTINCT pid) FROM pg_locks WHERE NOT granted")
            if cursor.fetchone()[0] >= count:
                return
        time.sleep(0.02)
    raise AssertionError("nobody waits for a lock")


@pytest.mark.parametrize("stop", [campaigns.pause, campaigns.complete])
@pytest.mark.parametrize("is_claimed_before", [True, False])
def test_a_call_pushed_while_the_stop_of_its_campaign_commits_is_asked_back(
    stage: Stage, stop: Callable[..., Any], is_claimed_before: bool
) -> None:
    stage.build(ANSWERED, account=HELD)
    orders = claim(account_id=stage.account.pk, now=clock.now()) if is_claimed_before else None
    with transaction.atomic():  # as every write of the API runs
        stop(campaign_id=stage.campaign.pk, now=stage.now)
        worker = beside(lambda: push.push(orders or claim(account_id=stage.account.pk, now=clock.now())))
        worker.join(timeout=2)
    worker.join()
    stage.play(minutes=3)
    assert stage.rings() == []


def test_a_mark_that_waited_for_the_attempt_sees_the_pause_that_came_meanwhile(stage: Stage) -> None:
    stage.build(ANSWERED, account=HELD)
    orders = claim(account_id=stage.account.pk, now=clock.now())
    with transaction.atomic():
        Attempt.objects.select_for_update().get()  # any short lock: a settle, a stop of somebody else
        worker = beside(lambda: push.push(orders))
        wait_for_lock()
        pausing = beside(lambda: campaigns.pause(campaign_id=stage.campaign.pk, now=stage.now))
        pausing.join(timeout=2)
    worker.join()
    pausing.join()
    stage.play(minutes=3)
    assert stage.rings() == []


@pytest.mark.parametrize("numbers", [(ANSWERED, NO_ANSWER), (NO_ANSWER, ANSWERED)])
def test_a_pause_and_a_settlement_never_wait_for_each_other(stage: Stage, numbers: tuple[str, str]) -> None:
    stage.build(*numbers, account=HELD)
    stage.tick("dispatch")
    pairs = sorted(Attempt.objects.values_list("pk", "campaign_contact_id"))
    # A later version of the first row stands behind the second: the plain UPDATE meets them in that order.
    Attempt.objects.filter(pk=pairs[0][0]).update(reason="x")

    def settle() -> None:
        with transaction.atomic():
            rows.lock_both(pairs)

    with transaction.atomic():
        Attempt.objects.select_for_update().get(pk=pairs[0][0])
        settling = beside(settle)
        wait_for_lock()
        pausing = beside(lambda: campaigns.pause(campaign_id=stage.campaign.pk, now=stage.now))
        wait_for_lock(2)
    settling.join()
    pausing.join()
    assert (settling.error, pausing.error) == (None, None)  # type: ignore[attr-defined]


def test_a_suppression_in_a_longer_transaction_reaches_who_was_enrolled_and_pushed_before_its_commit(
    stage: Stage,
) -> None:
    stage.build(NO_ANSWER, account=HELD)
    stage.tick("dispatch")

    def enrol_and_push() -> None:
        factories.enrolled([ANSWERED], campaign=stage.campaign)
        push.push(claim(account_id=stage.account.pk, now=clock.now()))

    with transaction.atomic():  # as every write of the API runs
        suppress(entries=[NewSuppression(number=ANSWERED)], now=stage.now)
        beside(enrol_and_push).join()
    assert Attempt.objects.get(number=ANSWERED).state == "pushed"
    stage.play(minutes=3)
    assert [ring.phone for ring in stage.rings() if ring.phone == ANSWERED] == []
