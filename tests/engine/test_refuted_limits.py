"""Rates, days and turns: a limit must bound, and never starve or stop somebody for good."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from dialer.engine import campaigns, remote
from dialer.models import Attempt, Campaign, ProviderAccount
from providers import errors
from providers.simulator import Simulator
from providers.vocabulary import Seeing, Steering
from tests import factories
from tests.engine.conftest import ANSWERED, NO_ANSWER, SILENT, START, THROTTLED, Stage


@pytest.fixture
def one_by_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """A provider that is asked about each call by a request of its own."""
    monkeypatch.setattr(
        Simulator, "capabilities", replace(Simulator.capabilities, observe=Seeing.EACH, observe_page=20)
    )


@pytest.mark.usefixtures("one_by_one")
def test_more_doubtful_calls_than_a_second_s_requests_are_looked_up_all_the_same(stage: Stage) -> None:
    numbers = [f"+1{area}5550105" for area in (212, 202, 303, 404)]
    rows = stage.build(*numbers)
    stage.tick("dispatch")  # they fall into doubt together, as behind a killed worker
    ProviderAccount.objects.update(max_requests_per_second=3)
    stage.play(minutes=5)
    assert {stage.attempt(row).result for row in rows} == {"answered"}


@pytest.mark.usefixtures("one_by_one")
def test_silent_calls_leave_polls_to_the_others(stage: Stage) -> None:
    silent = [f"+1{area}5550107" for area in (212, 202, 303, 404)]
    stage.build(*silent, account={"max_requests_per_second": 2})
    stage.play(minutes=1)
    late = factories.enrolled([ANSWERED], campaign=stage.campaign)
    stage.play(minutes=5)
    late.refresh_from_db()
    assert late.finish_reason == "reached"


@pytest.mark.parametrize("rate", [1.0, 1.1, 1.2, 1.25])
def test_a_rate_just_above_one_a_second_dials_while_another_call_is_on(stage: Stage, rate: float) -> None:
    stage.build(SILENT, account={"max_requests_per_second": rate})
    stage.play(seconds=10)
    factories.enrolled([ANSWERED], campaign=stage.campaign)
    for _ in range(30):
        stage.tick("dispatch")
        stage.wait(seconds=1)
    assert Attempt.objects.filter(number=ANSWERED).exists()


def test_a_call_that_was_not_sent_uses_up_no_call_of_the_day(stage: Stage) -> None:
    (row,) = stage.build(THROTTLED, daily_call_limit=1)
    stage.play(minutes=5)
    row.refresh_from_db()
    assert row.finish_reason == "reached"


def test_a_withdrawal_that_waits_goes_before_a_poll(stage: Stage) -> None:
    stage.build(ANSWERED, account={"settings": {"ring_after_seconds": 60}, "max_requests_per_second": 1})
    stage.wait(seconds=5)
    stage.tick("dispatch")
    stage.wait(seconds=1)
    campaigns.pause(campaign_id=stage.campaign.pk, now=stage.now)
    stage.tick("observe", "withdraw")  # workers run ticks in any order
    assert Attempt.objects.get().state == "cancelled"


def test_a_campaign_that_ended_between_claim_and_push_rings_nobody(stage: Stage) -> None:
    first, second = stage.build(ANSWERED, NO_ANSWER, ends_at=START + timedelta(seconds=10))
    stage.before_push.append(lambda _: stage.wait(seconds=15))
    stage.tick("dispatch")
    assert len(stage.ledger.entries()) == 1
    assert {first.attempts.count(), second.attempts.count()} == {1}


def test_an_account_whose_provider_is_gone_stops_no_other_campaign(stage: Stage) -> None:
    stage.build(ANSWERED)
    gone = factories.account(provider="uninstalled")
    factories.campaign(provider_account=gone, status="running", opened_at=None, open_after=None)
    campaigns.pause(campaign_id=stage.campaign.pk, now=stage.now)
    stage.tick("campaigns")
    assert Campaign.objects.get(pk=stage.campaign.pk).status == "paused"


def test_a_steer_that_is_refused_says_nothing_about_the_account_and_is_not_repeated_every_two_seconds(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        Simulator, "capabilities", replace(Simulator.capabilities, steer=frozenset({Steering.CLOSE}))
    )
    asked: list[Any] = []

    def steer(self: Any, campaign: Any, to: Any) -> None:
        asked.append(to)
        raise errors.Refused("There is no such campaign any more.")

    monkeypatch.setattr(Simulator, "steer", steer, raising=False)
    remote._steerable.cache_clear()
    stage.build(ANSWERED)
    campaigns.complete(campaign_id=stage.campaign.pk, now=stage.now)
    for _ in range(30):
        stage.tick("remote")
        stage.wait(seconds=2)
    remote._steerable.cache_clear()
    stage.account.refresh_from_db()
    assert stage.account.health_state == "healthy"
    assert 0 < len(asked) < 10
