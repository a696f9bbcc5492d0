"""A withdrawal whose answer was lost is found out: by the absence of the call, or by what the provider says of it."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

import pytest

from dialer.engine import campaigns
from dialer.models import Attempt, Campaign
from providers.contract import Observation
from providers.errors import Ambiguous, Refused, Unavailable
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


class Killed(BaseException):
    """The process died here."""


def paused_and_resumed(stage: Stage, monkeypatch: pytest.MonkeyPatch, *answers: BaseException) -> Attempt:
    """Pause and resume once an answer; the first request took the call back, and none of their answers came."""
    (row,) = stage.build(ANSWERED, account={"settings": {"ring_after_seconds": 600}})
    stage.tick("dispatch")
    left = list(answers)

    def withdraw(self: Simulator, campaign: Any, call: Any, why: Any) -> Withdrawal:
        if not isinstance(left[0], Refused):
            self._ledger.withdraw(call.ref, self.now)
        raise left.pop(0)

    monkeypatch.setattr(Simulator, "withdraw", withdraw)
    for _ in answers:
        campaigns.pause(campaign_id=stage.campaign.pk, now=stage.now)
        with suppress(Killed):
            stage.tick("withdraw")
        campaigns.resume(campaign_id=stage.campaign.pk, now=stage.now)
        stage.wait(seconds=5)
    return stage.attempt(row)


@pytest.mark.parametrize(
    "answers",
    [
        [Ambiguous("lost")],
        [Killed()],
        [Ambiguous("lost"), Ambiguous("lost again")],
        [Ambiguous("lost"), Refused("there is no such call")],
    ],
    ids=["lost", "killed", "lost twice", "lost and refused"],
)
def test_a_call_that_a_pause_took_back_is_made_after_the_resume_though_nobody_heard_the_answer(
    stage: Stage, monkeypatch: pytest.MonkeyPatch, answers: list[BaseException]
) -> None:
    first = paused_and_resumed(stage, monkeypatch, *answers)
    stage.play(seconds=20)
    first.refresh_from_db()
    assert (first.state, first.reason) == ("cancelled", "withdrawn: pause")
    second = Attempt.objects.get(sequence=2)
    assert (second.state, second.step) == ("pushed", first.step)


def test_a_call_that_somebody_cancels_at_the_provider_s_ends_its_contact_after_a_refused_withdrawal(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    attempt = paused_and_resumed(stage, monkeypatch, Refused("not now"))
    stage.ledger.withdraw(str(attempt.pk), stage.now)
    stage.play(seconds=20)
    attempt.refresh_from_db()
    assert (attempt.state, attempt.reason) == ("cancelled", "cancelled at the provider")
    assert attempt.campaign_contact.finish_reason == "exhausted"
