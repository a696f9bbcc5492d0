"""Holds on deliveries: a worker that dies loses nothing, a late one ends nothing, and people may send once more."""

from __future__ import annotations

import threading
from typing import Any

import pytest
from django.db import connection

from dialer.feed import deliver, endpoints
from dialer.feed.deliver import HOLD, claim, settle
from dialer.feed.sending import Outcome
from dialer.models import FeedEvent, WebhookDelivery, WebhookEndpoint
from tests.feed.conftest import Stage, again, delivery_of, ready


def outcome(stage: Stage, *, is_ok: bool) -> Outcome:
    return Outcome(is_ok, stage.now, 5, status=204 if is_ok else 500)


def test_what_a_dead_worker_had_in_hand_is_sent_by_another_one_when_its_hold_ends(fakes: Stage) -> None:
    endpoint = ready(fakes)
    assert len(claim(endpoint.pk, fakes.now)) == 1  # and dies here, before or behind the request
    fakes.tick("deliver")
    assert fakes.sent == []
    fakes.wait(seconds=HOLD.total_seconds() + 1)
    fakes.tick("deliver")
    assert delivery_of(endpoint).state == "delivered"


def test_a_worker_that_dies_behind_the_request_costs_one_more_sending_of_the_same_id(
    fakes: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    endpoint = ready(fakes)

    def dies(*_: Any) -> None:
        raise ZeroDivisionError

    with monkeypatch.context() as patch:
        patch.setattr(deliver, "settle", dies)
        fakes.tick("deliver")
    fakes.wait(seconds=HOLD.total_seconds() + 1)
    fakes.tick("deliver")
    (first, second) = fakes.sent
    assert first[1] == second[1]
    assert delivery_of(endpoint).state == "delivered"


def test_a_late_failure_changes_nothing_a_late_success_counts(fakes: Stage) -> None:
    endpoint = ready(fakes)
    (late,) = claim(endpoint.pk, fakes.now)
    fakes.wait(seconds=HOLD.total_seconds() + 1)
    (current,) = claim(endpoint.pk, fakes.now)
    settle(endpoint.pk, late, outcome(fakes, is_ok=False))
    assert (delivery_of(endpoint).due_at, delivery_of(endpoint).tries) == (fakes.now + HOLD, 0)
    settle(endpoint.pk, late, outcome(fakes, is_ok=True))
    assert delivery_of(endpoint).state == "delivered"
    settle(endpoint.pk, current, outcome(fakes, is_ok=False))
    assert delivery_of(endpoint).state == "delivered"


def test_what_there_is_no_time_for_is_handed_back(fakes: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    endpoint = ready(fakes, count=5)
    clock = iter([0.0, 0.0, 9.0, *[99.0] * 50])
    monkeypatch.setattr(deliver.time, "monotonic", lambda: next(clock))
    fakes.tick("deliver")
    monkeypatch.undo()
    fakes.post_to_fakes(monkeypatch)
    states = list(WebhookDelivery.objects.values_list("state", "due_at"))
    assert sorted(states, key=str)[0] == ("delivered", None)
    assert states.count(("pending", fakes.now)) == 4
    fakes.tick("deliver")
    assert WebhookDelivery.objects.filter(endpoint=endpoint, state="delivered").count() == 5


@pytest.mark.postgres
def test_two_workers_never_have_the_same_delivery(fakes: Stage) -> None:
    endpoint = ready(fakes, count=60)
    start, taken = threading.Barrier(4), []

    def work() -> None:
        start.wait(10)
        for _ in range(6):
            taken.extend(one.delivery_id for one in claim(endpoint.pk, fakes.now, limit=7))
        connection.close()

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert len(taken) == len(set(taken)) == 60


# --- by hand --------------------------------------------------------------------------------------------------


def test_an_event_is_sent_once_more_under_its_id_and_by_the_whole_schedule(fakes: Stage) -> None:
    endpoint = ready(fakes)
    fakes.tick("deliver")
    delivery = delivery_of(endpoint)
    endpoints.redeliver(endpoint_id=endpoint.pk, delivery_id=delivery.pk, now=fakes.now)
    assert (again(delivery).state, delivery.tries, delivery.delivered_at) == ("pending", 0, None)
    fakes.answers[endpoint.url] = 500
    fakes.tick("deliver")
    assert (again(delivery).state, delivery.tries) == ("pending", 1)
    assert len({message for _, message, _ in fakes.sent}) == 1


def test_a_worker_that_has_it_in_hand_cannot_end_what_was_asked_for_again(fakes: Stage) -> None:
    endpoint = ready(fakes)
    (held,) = claim(endpoint.pk, fakes.now)
    endpoints.redeliver(endpoint_id=endpoint.pk, delivery_id=held.delivery_id, now=fakes.now)
    settle(endpoint.pk, held, outcome(fakes, is_ok=False))
    assert (delivery_of(endpoint).tries, delivery_of(endpoint).due_at) == (0, fakes.now)


def test_an_endpoint_that_is_deleted_meanwhile_is_no_trouble(fakes: Stage) -> None:
    endpoint = ready(fakes)
    (held,) = claim(endpoint.pk, fakes.now)
    WebhookEndpoint.objects.all().delete()
    for is_ok in (True, False):
        settle(held.delivery_id, held, outcome(fakes, is_ok=is_ok))
    assert not WebhookDelivery.objects.exists()


def test_what_is_due_at_once_goes_in_the_order_of_the_feed(fakes: Stage) -> None:
    endpoint = ready(fakes, count=3)
    fakes.tick("deliver")
    numbered = FeedEvent.objects.order_by("number").values_list("pk", flat=True)
    assert [message for _, message, _ in fakes.sent] == [str(pk) for pk in numbered]
    assert again(endpoint).failures_in_row == 0
