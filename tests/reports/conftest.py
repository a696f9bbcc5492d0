"""The engine's stage for reports, with a worker whose heartbeat a test can stop, and reports read over the API."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest

from dialer.engine import ticks
from dialer.models import Attempt, CampaignContact, Heartbeat
from tests import factories
from tests.api.conftest import Api
from tests.engine.conftest import Stage, stage

__all__ = ["Reports", "dials_at", "first", "instant", "reports", "stage"]


class Reports:
    """What a person asks, at the stage's clock, over the API."""

    def __init__(self, on: Stage) -> None:
        self.on = on
        self.api = Api(factories.api_key(["admin"])[1])

    def get(self, path: str, *, status: int = 200) -> dict[str, Any]:
        answer = self.api.get(path)
        assert answer.status_code == status, answer.content
        body: dict[str, Any] = answer.json()
        return body

    def why(self) -> dict[str, Any]:
        """Ask why the stage's campaign does not dial, with a worker that beat just now."""
        self.beat(self.on.now)
        return self.get(f"campaigns/{self.on.campaign.pk}/why-not-dialing")

    def beat(self, at: datetime) -> None:
        Heartbeat.objects.update_or_create(name="dispatch", defaults={"beat_at": at})

    def explain(self, row: CampaignContact, at: str | None = None) -> dict[str, Any]:
        return self.get(f"campaign-contacts/{row.pk}/explain" + (f"?at={at}" if at else ""))

    def preview(self, timeline: Any, body: dict[str, Any]) -> dict[str, Any]:
        answer = self.api.post(f"retry-timelines/{timeline.pk}/preview", body)
        assert answer.status_code == 200, answer.content
        played: dict[str, Any] = answer.json()
        return played


@pytest.fixture
def reports(stage: Stage) -> Iterator[Reports]:
    ticks._beaten.clear()  # the database is empty again
    yield Reports(stage)
    ticks._beaten.clear()


def dials_at(on: Stage, until: datetime, *rows: CampaignContact) -> None:
    """Check that nobody is called a second before an instant, and somebody at it."""
    before = Attempt.objects.filter(sending_at__isnull=False).count()
    for moment in (until - timedelta(seconds=1), until):
        on.now = moment
        on.tick("probe", "campaigns", "remote", "dispatch")
        called = Attempt.objects.filter(sending_at__isnull=False).count()
        assert (called > before) == (moment == until), f"{called - before} calls at {moment}"


def instant(text: str) -> datetime:
    return datetime.fromisoformat(text)


def first(told: dict[str, Any], *, code: str, until: datetime | None) -> dict[str, Any]:
    """Check the true cause and its end, in both places, and give it."""
    assert told["causes"], "there is a cause"
    cause: dict[str, Any] = told["causes"][0]
    assert (cause["code"], cause["until"] and instant(cause["until"])) == (code, until), told["causes"]
    assert cause["text"]
    assert cause["rule"]
    assert cause["source"]
    assert set(cause) == {"code", "gate", "text", "count", "until", "rule", "source", "since"}
    return cause
