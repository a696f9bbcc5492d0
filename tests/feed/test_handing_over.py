"""Events become deliveries: for whom they are meant, once, from now on, and whatever dies in between."""

from __future__ import annotations

import threading
from typing import Any

import pytest
from django.db import connection

from dialer.feed import endpoints, fanout, numbering
from dialer.feed.fanout import fan_out
from dialer.models import DisabledReason, FeedEvent, WebhookDelivery, WebhookEndpoint
from tests import factories
from tests.feed.conftest import Stage


def kinds_for(endpoint: WebhookEndpoint) -> list[str]:
    return list(
        WebhookDelivery.objects.filter(endpoint=endpoint).order_by("pk").values_list("kind", flat=True)
    )


def test_an_endpoint_gets_the_types_it_asked_for(stage: Stage) -> None:
    everything = stage.endpoint()
    some = stage.endpoint(event_types=["job.*", "attempt.ended"])
    for kind in ("job.queued", "campaign.paused", "attempt.ended", "attempt.pushed"):
        stage.event(kind)
    stage.tick("feed")
    assert kinds_for(everything) == ["job.queued", "campaign.paused", "attempt.ended", "attempt.pushed"]
    assert kinds_for(some) == ["job.queued", "attempt.ended"]


def test_an_endpoint_of_one_campaign_hears_of_that_one_only(stage: Stage) -> None:
    campaign = factories.campaign()
    endpoint = stage.endpoint(campaign=campaign)
    stage.event("campaign.paused", campaign_id=campaign.pk)
    stage.event("campaign.idle", campaign_id=factories.campaign().pk)
    stage.event("suppression.created")
    stage.tick("feed")
    assert kinds_for(endpoint) == ["campaign.paused"]


def test_a_new_endpoint_begins_at_the_present(stage: Stage) -> None:
    stage.event("job.queued")
    stage.tick("feed")
    endpoint = stage.endpoint()
    stage.event("job.completed")
    stage.tick("feed")
    assert kinds_for(endpoint) == ["job.completed"]


def test_one_that_was_disabled_goes_on_where_it_was(stage: Stage) -> None:
    endpoint = stage.endpoint()
    endpoints.disable(endpoint_id=endpoint.pk, reason=DisabledReason.BY_REQUEST, now=stage.now)
    stage.event("job.completed")
    stage.tick("feed")
    assert kinds_for(endpoint) == []
    assert endpoints.enable(endpoint_id=endpoint.pk, now=stage.now)
    stage.tick("feed")
    assert kinds_for(endpoint) == ["webhook_endpoint.disabled", "job.completed"]


def test_one_that_was_disabled_for_longer_than_the_feed_is_kept_goes_on_at_its_beginning(
    stage: Stage,
) -> None:
    endpoint = stage.endpoint(is_enabled=False, disabled_reason="by_request", disabled_at=stage.now)
    old = stage.event("job.queued")
    FeedEvent.objects.filter(pk=old.pk).update(created_at=stage.now)
    numbering.number_due()
    stage.wait(days=31)
    numbering.trim(now=stage.now)
    stage.event("job.completed")
    endpoints.enable(endpoint_id=endpoint.pk, now=stage.now)
    stage.tick("feed")
    assert kinds_for(endpoint) == ["job.completed"]


def test_a_backlog_is_handed_over_in_batches_without_a_loss(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fanout, "BATCH", 3)
    monkeypatch.setattr(fanout, "SCAN", 4)
    endpoint = stage.endpoint(event_types=["job.*"])
    for place in range(20):
        stage.event("job.queued" if place % 2 else "campaign.idle")
    stage.tick("feed")
    assert kinds_for(endpoint) == ["job.queued"] * 10
    endpoint.refresh_from_db()
    assert endpoint.cursor == 20


def test_no_more_wait_than_there_is_room_for_and_the_rest_waits_in_the_feed(
    fakes: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fanout, "MOST_PENDING", 3)
    endpoint = fakes.endpoint()
    fakes.answers[endpoint.url] = 500
    rows = [fakes.event() for _ in range(5)]
    fakes.tick("feed")
    assert WebhookDelivery.objects.count() == 3
    fakes.tick("deliver", "feed")
    assert WebhookDelivery.objects.count() == 3
    fakes.answers[endpoint.url] = 204
    for _ in range(3):
        fakes.wait(minutes=10)
        fakes.tick("deliver", "feed")
    arrived = WebhookDelivery.objects.filter(state="delivered").values_list("event_id", flat=True)
    assert set(arrived) == {row.pk for row in rows}


def test_a_worker_that_dies_between_deliveries_and_place_leaves_neither(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    endpoint = stage.endpoint()
    stage.event()
    numbering.number_due()

    def dies(*_: Any, **__: Any) -> None:
        insert(*_, **__)
        raise ZeroDivisionError

    insert = fanout.insert_rows
    with monkeypatch.context() as patch:
        patch.setattr(fanout, "insert_rows", dies)
        assert fan_out(now=stage.now) == 0
    assert kinds_for(endpoint) == []
    assert fan_out(now=stage.now) == 1
    assert fan_out(now=stage.now) == 0


def test_trouble_with_one_endpoint_does_not_stop_the_others(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = stage.endpoint(), stage.endpoint()
    stage.event()
    real = fanout._one_batch

    def sometimes(endpoint_id: Any, now: Any) -> Any:
        if endpoint_id == first.pk:
            raise ZeroDivisionError
        return real(endpoint_id, now)

    monkeypatch.setattr(fanout, "_one_batch", sometimes)
    stage.tick("feed")
    assert (kinds_for(first), kinds_for(second)) == ([], ["job.queued"])


@pytest.mark.postgres
def test_many_workers_hand_every_event_over_once(stage: Stage) -> None:
    endpoint = stage.endpoint()
    rows = [stage.event() for _ in range(50)]
    numbering.number_due()
    start = threading.Barrier(4)

    def work() -> None:
        start.wait(10)
        for _ in range(5):
            fan_out(now=stage.now)
        connection.close()

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    fan_out(now=stage.now)
    given = list(WebhookDelivery.objects.filter(endpoint=endpoint).values_list("event_id", flat=True))
    assert sorted(given) == sorted(row.pk for row in rows)
