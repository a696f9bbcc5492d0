"""A provider that forgets what is withdrawn: a lost answer to a withdrawal is found out by the absence of the call."""

from __future__ import annotations

from typing import Any

import pytest

from dialer.engine import campaigns
from dialer.models import Attempt, Campaign
from providers.contract import Observation
from providers.errors import Unavailable
from providers.simulator import Simulator
from providers.vocabulary import Withdrawal
from tests.engine.conftest import ANSWERED, Stage


@pytest.fixture
def forgetful(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """Let the provider forget a call that it took back; `answers` says what becomes of each asking."""
    state: dict[str, Any] = {"answers": [Unavailable("lost")], "gone": False}
    real_observe = Simulator.observe

    def withdraw(self: Simulator, campaign: Any, call: Any, why: Any) -> Withdrawal:
        if state["gone"]:
            return Withdrawal.GONE
        self._ledger.withdraw(call.ref, self.now)
        state["gone"] = True
        for answer in state["answers"]:
            raise answer
        return Withdrawal.GONE

    def observe(self: Simulator, *args: Any) -> Observation:
        return Observation(complete=True) if state["gone"] else real_observe(self, *args)

    monkeypatch.setattr(Simulator, "withdraw", withdraw)
    monkeypatch.setattr(Simulator, "observe", observe)
    return state


def paused(stage: Stage) -> Attempt:
    (row,) = stage.build(ANSWERED, account={"settings": {"ring_after_seconds": 600}})
    stage.tick("dispatch")
    stage.wait(seconds=10)
    campaigns.pause(campaign_id=stage.campaign.pk, now=stage.now)
    stage.tick("withdraw")
    return stage.attempt(row)


def test_it_is_withdrawn_once_its_absence_may_be_believed(stage: Stage, forgetful: dict[str, Any]) -> None:
    attempt = paused(stage)
    assert (attempt.state, attempt.withdraw_tries) == ("pushed", 1)
    stage.wait(seconds=5)
    stage.tick("withdraw", "campaigns")
    assert Campaign.objects.get().status == "pausing"  # 15 of the 60 seconds
    stage.wait(seconds=46)
    stage.tick("withdraw", "campaigns")
    attempt.refresh_from_db()
    assert (attempt.state, attempt.reason) == ("cancelled", "withdrawn: pause")
    assert Campaign.objects.get().status == "paused"


def test_gone_without_an_earlier_request_of_ours_settles_nothing(
    stage: Stage, forgetful: dict[str, Any]
) -> None:
    forgetful["answers"] = []
    attempt = paused(stage)
    stage.wait(minutes=10)
    stage.tick("withdraw", "campaigns")
    attempt.refresh_from_db()
    assert (attempt.state, attempt.withdraw_after) == ("pushed", None)
    assert Campaign.objects.get().status == "pausing"
