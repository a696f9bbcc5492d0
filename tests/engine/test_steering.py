"""What a remote campaign is told last is what is wished last, however late or never the answers come."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from dialer.engine import campaigns, pacing
from dialer.models import ProviderAccount
from providers.simulator import Simulator
from providers.vocabulary import Steering
from tests.engine.conftest import ANSWERED, Stage
from tests.engine.test_remote_paused import Portal, ours, pause, portal, resume

__all__ = ["portal"]

Then = Callable[[Steering], None]


def followed_by(monkeypatch: pytest.MonkeyPatch, then: Then) -> Callable[[], None]:
    """Have something happen between what the provider does and its answer; returns what ends that."""
    steer = Simulator.steer

    def slow(self: Any, *given: Any) -> Any:
        told = steer(self, *given)
        then(given[1])
        return told

    monkeypatch.setattr(Simulator, "steer", slow)
    return lambda: monkeypatch.setattr(Simulator, "steer", steer)


def no_rate_left(wish: Steering) -> None:
    raise pacing.RateUsedUp("The account's rate leaves no request for the next 6.0 s.", retry_after=6.0)


def paused_and_resumed(stage: Stage) -> None:
    """A campaign that is paused everywhere, and that we are about to resume."""
    stage.build(ANSWERED)
    pause(stage)
    assert ours(stage).remote_state == "paused"
    campaigns.resume(campaign_id=stage.campaign.pk, now=stage.now)


def test_a_pause_while_the_remote_campaign_is_being_resumed_reaches_it(
    stage: Stage, portal: Portal, monkeypatch: pytest.MonkeyPatch
) -> None:
    paused_and_resumed(stage)

    def change_of_mind(wish: Steering) -> None:
        if wish is Steering.RESUME:
            campaigns.pause(campaign_id=stage.campaign.pk, now=stage.now)

    end = followed_by(monkeypatch, change_of_mind)
    stage.tick("remote")
    end()
    stage.play(seconds=20)
    mine = ours(stage)
    assert (mine.status, portal.is_paused, mine.remote_state) == ("paused", True, "paused")


def test_a_pause_after_a_resume_whose_answer_was_lost_reaches_the_remote_campaign(
    stage: Stage, portal: Portal
) -> None:
    paused_and_resumed(stage)
    portal.loses_answers = True
    stage.tick("remote")
    assert (portal.is_paused, ours(stage).remote_state) == (False, "pausing")  # it worked; nobody told us
    portal.loses_answers = False
    pause(stage)
    assert (portal.is_paused, ours(stage).remote_state) == (True, "paused")
    resume(stage)
    assert (portal.is_paused, ours(stage).remote_state) == (False, "active")


def test_a_pause_while_a_resume_waits_for_its_turn_is_what_counts(
    stage: Stage, portal: Portal, monkeypatch: pytest.MonkeyPatch
) -> None:
    paused_and_resumed(stage)
    ProviderAccount.objects.update(max_requests_per_second=10)
    book = pacing._book

    def meanwhile(*given: Any) -> Any:
        monkeypatch.setattr(pacing, "_book", book)
        campaigns.pause(campaign_id=stage.campaign.pk, now=stage.now)
        return book(*given)

    monkeypatch.setattr(pacing, "_book", meanwhile)
    stage.tick("remote")
    stage.play(seconds=20)
    assert portal.told == [Steering.PAUSE]
    assert (ours(stage).status, portal.is_paused, ours(stage).remote_state) == ("paused", True, "paused")


def test_an_answer_that_comes_after_two_more_wishes_changes_nothing(
    stage: Stage, portal: Portal, monkeypatch: pytest.MonkeyPatch
) -> None:
    paused_and_resumed(stage)

    def two_more(wish: Steering) -> None:
        end()
        pause(stage)
        campaigns.resume(campaign_id=stage.campaign.pk, now=stage.now)

    end = followed_by(monkeypatch, two_more)
    stage.tick("remote")
    assert ours(stage).remote_state == "paused"  # and so it is told to go on
    stage.play(seconds=20)
    assert (portal.is_paused, ours(stage).remote_state) == (False, "active")


def test_a_pause_whose_second_request_found_no_rate_left_is_ours(
    stage: Stage, portal: Portal, monkeypatch: pytest.MonkeyPatch
) -> None:
    stage.build(ANSWERED)
    campaigns.pause(campaign_id=stage.campaign.pk, now=stage.now)
    end = followed_by(monkeypatch, no_rate_left)
    stage.tick("campaigns", "remote")
    assert portal.is_paused
    end()
    stage.play(seconds=20)
    assert ours(stage).remote_state == "paused"  # "held" would say that somebody else paused it
    resume(stage)
    assert (ours(stage).status, portal.is_paused) == ("running", False)


def test_a_pause_that_got_no_turn_leaves_no_mark_so_that_others_pauses_are_told_from_ours(
    stage: Stage, portal: Portal, monkeypatch: pytest.MonkeyPatch
) -> None:
    stage.build(ANSWERED)
    ProviderAccount.objects.update(max_requests_per_second=10)
    campaigns.pause(campaign_id=stage.campaign.pk, now=stage.now)
    with monkeypatch.context() as patch:
        patch.setattr(pacing, "_book", lambda *given: no_rate_left(Steering.PAUSE))
        stage.tick("campaigns", "remote")
    assert (ours(stage).remote_state, portal.told) == ("active", [])
    portal.is_paused = True  # in the portal
    stage.play(seconds=20)
    assert ours(stage).remote_state == "held"
