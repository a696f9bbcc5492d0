"""A stage for feed and webhooks: a virtual clock, endpoints, events, and receivers that answer what a test says."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from dialer import clock, rhythm
from dialer.feed import endpoints, sending
from dialer.feed.posting import Answer, NoAnswer
from dialer.models import FeedEvent, WebhookDelivery, WebhookEndpoint
from dialer.models.ids import new_id
from tests.feed.receiver import Receiver, receiving

START = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)


class FakePoster:
    """A receiver without a network: the next answer is what the stage says for its address."""

    def __init__(self, url: str, stage: Stage) -> None:
        self.url, self.stage = url, stage

    def post(self, body: bytes, headers: dict[str, str]) -> Answer:
        self.stage.sent.append((self.url, headers["webhook-id"], self.stage.now))
        said = self.stage.answers.get(self.url, 204)
        said = said(headers["webhook-id"]) if callable(said) else said
        if isinstance(said, str):
            raise NoAnswer(said)
        return said if isinstance(said, Answer) else Answer(said, {}, b"")

    def close(self) -> None:
        pass


class Stage:
    """What a test acts on."""

    def __init__(self) -> None:
        self.now = START
        self.sent: list[tuple[str, str, datetime]] = []
        self.answers: dict[str, Any] = {}

    def read(self) -> datetime:
        return self.now

    def wait(self, **length: float) -> None:
        self.now += timedelta(**length)

    def tick(self, *names: str) -> None:
        for name in names or ("feed", "deliver"):
            rhythm.run_one(name, self.now)

    def endpoint(self, url: str = "https://one.example.com/hook", **fields: Any) -> WebhookEndpoint:
        columns = endpoints.first_columns(None) | {"url": url} | fields
        return WebhookEndpoint.objects.create(**columns)

    def event(self, kind: str = "job.queued", **about: Any) -> FeedEvent:
        return FeedEvent.objects.create(kind=kind, data={"job": str(new_id())}, **about)

    def post_to_fakes(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(sending, "poster_for", lambda url: FakePoster(url, self))


@pytest.fixture
def stage(transactional_db: None) -> Iterator[Stage]:
    made = Stage()
    with clock.using(made.read):
        yield made


@pytest.fixture
def fakes(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> Stage:
    """A stage on which nothing reaches a network."""
    stage.post_to_fakes(monkeypatch)
    return stage


@pytest.fixture
def receiver(settings: Any) -> Iterator[Receiver]:
    """A receiver on this machine, and a setting that lets it be reached."""
    settings.DIALER_WEBHOOK_ALLOW_PRIVATE = True
    with receiving() as made:
        yield made


def delivery_of(endpoint: WebhookEndpoint) -> WebhookDelivery:
    return WebhookDelivery.objects.get(endpoint=endpoint)


def ready(stage: Stage, count: int = 1, **fields: Any) -> WebhookEndpoint:
    """Make an endpoint for which so many events are due."""
    endpoint = stage.endpoint(**fields)
    for _ in range(count):
        stage.event()
    stage.tick("feed")
    return endpoint


def again(row: Any) -> Any:
    row.refresh_from_db()
    return row
