"""The engine dials through a provider that it has never heard of."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from dialer.models import Campaign
from providers import registry
from tests.engine.conftest import NO_ANSWER, Stage

PACKAGE = Path(__file__).resolve().parents[1] / "packages" / "megaphone"


@pytest.fixture(autouse=True)
def _installed(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.syspath_prepend(str(PACKAGE))
    registry.forget()
    yield
    registry.forget()


def test_a_campaign_runs_through_a_provider_from_outside(stage: Stage) -> None:
    (row,) = stage.build(NO_ANSWER, account={"provider": "megaphone"})
    assert Campaign.objects.get().remote_campaign_id == f"square-{stage.campaign.pk}"
    stage.play(seconds=30)
    row.refresh_from_db()
    assert (row.state, row.finish_reason) == ("finished", "reached")
    assert [ring.ref for ring in stage.rings()] == [str(stage.attempt(row).pk)]
