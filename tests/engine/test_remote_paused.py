"""A remote campaign that is paused is told to go on before anybody is handed to it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from dialer.models import Campaign
from providers.simulator import Simulator
from providers.vocabulary import Steering
from tests.engine.conftest import ANSWERED, Stage


@pytest.mark.parametrize(
    ("steer", "states"), [(frozenset(Steering), ["waiting"]), (frozenset(), ["in_progress"])]
)
def test_nobody_is_pushed_into_a_remote_campaign_that_can_be_resumed_first(
    stage: Stage, monkeypatch: pytest.MonkeyPatch, steer: frozenset[Steering], states: list[str]
) -> None:
    (row,) = stage.build(ANSWERED)
    monkeypatch.setattr(Simulator, "capabilities", replace(Simulator.capabilities, steer=steer))
    Campaign.objects.update(remote_state="paused")
    stage.tick("dispatch")
    row.refresh_from_db()
    assert [row.state] == states
    Campaign.objects.update(remote_state="active")
    stage.tick("dispatch")
    row.refresh_from_db()
    assert row.state == "in_progress"


def test_an_order_carries_the_persons_email(stage: Stage) -> None:
    (row,) = stage.build(ANSWERED)
    row.contact.email = "ada@example.com"
    row.contact.save(update_fields=["email"])
    seen: list[str | None] = []
    stage.before_push.append(lambda order: seen.append(order.email))
    stage.tick("dispatch")
    assert seen == ["ada@example.com"]
