"""Deliveries on a virtual clock: the schedule, what a receiver may ask for, rests and ends."""

from __future__ import annotations

from datetime import timedelta
from itertools import pairwise
from typing import Any

import pytest

from dialer.feed import deliver
from dialer.feed.posting import Answer
from dialer.models import FeedEvent, WebhookDelivery
from dialer.rules.redelivery import DISABLE_AFTER, JITTER, LONGEST_REST, WAITS, asked, next_wait, rest
from tests.feed.conftest import Stage, again, delivery_of, ready


def test_a_2xx_ends_it_and_it_is_never_sent_again(fakes: Stage) -> None:
    endpoint = ready(fakes)
    fakes.tick("deliver")
    delivery = delivery_of(endpoint)
    assert (delivery.state, delivery.due_at, delivery.last_status) == ("delivered", None, 204)
    assert (delivery.delivered_at, delivery.tries) == (fakes.now, 1)
    assert again(endpoint).last_success_at == fakes.now
    fakes.wait(days=3)
    fakes.tick()
    assert fakes.sent == [(endpoint.url, str(delivery.event_id), delivery.delivered_at)]


def test_a_failure_is_tried_by_the_schedule_under_the_same_id_until_it_ends(
    fakes: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(deliver.redelivery, "DISABLE_AFTER", timedelta(days=99))
    endpoint = ready(fakes)
    fakes.answers[endpoint.url] = 500
    while (delivery := delivery_of(endpoint)).state == "pending":
        fakes.now = max(delivery.due_at, again(endpoint).resume_at or delivery.due_at)
        fakes.tick("deliver")
    instants = [at for _, _, at in fakes.sent]
    waits = [later - earlier for earlier, later in pairwise(instants)]
    assert len(waits) == len(WAITS)
    for wait, planned in zip(waits, WAITS, strict=True):
        assert planned * (1 - JITTER) <= wait <= planned * (1 + JITTER)
    assert len({message for _, message, _ in fakes.sent}) == 1
    delivery = delivery_of(endpoint)
    assert (delivery.state, delivery.due_at, delivery.tries) == ("failed", None, 10)
    assert (delivery.last_status, delivery.last_error) == (500, "it answered 500")


@pytest.mark.parametrize("answer", [200, 201, 204, 299])
def test_every_2xx_is_enough(fakes: Stage, answer: int) -> None:
    endpoint = ready(fakes)
    fakes.answers[endpoint.url] = answer
    fakes.tick("deliver")
    assert delivery_of(endpoint).state == "delivered"


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (301, "it redirected (301); redirects are not followed, change the address instead"),
        (404, "it answered 404"),
        (503, "it answered 503"),
        ("it did not answer within 15 s", "it did not answer within 15 s"),
    ],
)
def test_everything_else_is_tried_again_and_says_why(fakes: Stage, answer: Any, said: str) -> None:
    endpoint = ready(fakes)
    fakes.answers[endpoint.url] = answer
    fakes.tick("deliver")
    delivery = delivery_of(endpoint)
    assert (delivery.state, delivery.last_error, delivery.tries) == ("pending", said, 1)
    assert timedelta(seconds=4) < delivery.due_at - fakes.now < timedelta(seconds=6)


def test_of_an_answer_only_a_short_masked_beginning_is_kept(fakes: Stage) -> None:
    endpoint = ready(fakes)
    body = b'{"error": "no +12125550100 here, token=abc123secret99"}' + b"x " * 4000
    fakes.answers[endpoint.url] = Answer(400, {}, body)
    fakes.tick("deliver")
    kept = delivery_of(endpoint).last_excerpt
    assert kept.startswith('{"error": "no +121****0100 here, token=***')
    assert len(kept) <= 200


def test_a_page_for_people_is_not_kept(fakes: Stage) -> None:
    endpoint = ready(fakes)
    fakes.answers[endpoint.url] = Answer(502, {"content-type": "text/html"}, b"<html>")
    fakes.tick("deliver")
    assert delivery_of(endpoint).last_excerpt == ""


# --- what a receiver asks for ---------------------------------------------------------------------------------


@pytest.mark.parametrize("status", [429, 503])
def test_retry_after_is_honoured_by_the_delivery_and_by_the_endpoint(fakes: Stage, status: int) -> None:
    endpoint = ready(fakes)
    fakes.answers[endpoint.url] = Answer(status, {"retry-after": "120"}, b"")
    fakes.tick("deliver")
    assert delivery_of(endpoint).due_at == fakes.now + timedelta(seconds=120)
    assert again(endpoint).resume_at == fakes.now + timedelta(seconds=120)
    fakes.event()
    fakes.wait(seconds=119)
    fakes.tick()
    assert len(fakes.sent) == 1
    fakes.wait(seconds=2)
    fakes.tick()
    assert len(fakes.sent) >= 2


def test_retry_after_is_honoured_within_reason() -> None:
    assert asked(7.5) == timedelta(seconds=7.5)
    assert (asked(1e300), asked(float(10**9))) == (timedelta(hours=1), timedelta(hours=1))
    assert (asked(None), asked(-5.0)) == (timedelta(0), timedelta(0))


def test_410_ends_the_endpoint_and_tells_of_it(fakes: Stage) -> None:
    endpoint, other = ready(fakes), fakes.endpoint("https://other.example.com/")
    fakes.answers[endpoint.url] = 410
    fakes.tick("deliver", "feed", "deliver")
    endpoint.refresh_from_db()
    assert (endpoint.is_enabled, endpoint.disabled_reason, endpoint.version) == (False, "gone", 2)
    told = FeedEvent.objects.get(kind="webhook_endpoint.disabled")
    assert told.data == {"webhook_endpoint": str(endpoint.pk), "reason": "gone"}
    assert delivery_of(other).state == "delivered"
    fakes.wait(days=1)
    fakes.tick()
    assert len([url for url, _, _ in fakes.sent if url == endpoint.url]) == 1


def test_after_days_of_failures_alone_it_is_disabled(fakes: Stage) -> None:
    endpoint = ready(fakes)
    fakes.answers[endpoint.url] = 500
    begun = fakes.now
    while again(endpoint).is_enabled:
        fakes.event()
        fakes.tick()
        fakes.wait(hours=3)
        assert fakes.now - begun < timedelta(days=7)
    assert fakes.now - begun >= DISABLE_AFTER
    assert (endpoint.disabled_reason, endpoint.failing_since) == ("failing", begun)
    assert FeedEvent.objects.get(kind="webhook_endpoint.disabled").data["reason"] == "failing"
    count = len(fakes.sent)
    fakes.wait(days=1)
    fakes.tick()
    assert len(fakes.sent) == count


def test_one_success_forgets_the_failures_before(fakes: Stage) -> None:
    endpoint = ready(fakes)
    fakes.answers[endpoint.url] = 500
    for _ in range(4):
        fakes.tick("deliver")
        fakes.wait(days=1)
    assert again(endpoint).failing_since is not None
    fakes.answers[endpoint.url] = 204
    fakes.tick("deliver")
    endpoint.refresh_from_db()
    assert (endpoint.failing_since, endpoint.failures_in_row, endpoint.resume_at) == (None, 0, None)
    fakes.answers[endpoint.url] = 500
    fakes.event()
    fakes.wait(days=2)
    fakes.tick()
    assert again(endpoint).is_enabled


def test_one_event_that_a_receiver_never_takes_does_not_end_the_endpoint(fakes: Stage) -> None:
    endpoint = ready(fakes, count=1)
    poison = str(delivery_of(endpoint).event_id)
    fakes.answers[endpoint.url] = lambda message: 400 if message == poison else 204
    for _ in range(60):
        fakes.event()
        fakes.tick()
        fakes.wait(hours=4)
    states = WebhookDelivery.objects.filter(endpoint=endpoint).values_list("state", flat=True)
    assert sorted(states) == ["delivered"] * 60 + ["failed"]
    assert again(endpoint).is_enabled


def test_an_endpoint_that_is_down_costs_one_request_a_minute_and_its_events_few_tries(fakes: Stage) -> None:
    endpoint = ready(fakes, count=30)
    fakes.answers[endpoint.url] = 500
    for _ in range(3600):
        fakes.tick("deliver")
        fakes.wait(seconds=1)
        if fakes.now - fakes.sent[0][2] > timedelta(minutes=20):
            break
    assert len(fakes.sent) < 5 + 6 + 22
    fakes.answers[endpoint.url] = 204
    fakes.wait(hours=3)
    fakes.tick("deliver")
    assert set(WebhookDelivery.objects.values_list("state", flat=True)) == {"delivered"}


def test_the_rules_of_waiting() -> None:
    assert [next_wait(tries, 0.5) for tries in range(1, 10)] == list(WAITS)
    assert next_wait(10, 0.5) is None
    assert (next_wait(2, 0.0), next_wait(2, 1.0)) == (timedelta(seconds=270), timedelta(seconds=330))
    assert sum(WAITS, timedelta(0)) < DISABLE_AFTER
    assert [rest(n) for n in (0, 4, 5, 6)] == [
        timedelta(0),
        timedelta(0),
        timedelta(seconds=2),
        timedelta(seconds=4),
    ]
    assert rest(10_000) == LONGEST_REST
