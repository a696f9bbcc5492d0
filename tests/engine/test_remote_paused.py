"""A remote campaign that stands still: what we paused we resume, what people paused is theirs to start."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from dialer.engine import campaigns, remote
from dialer.models import Campaign, CampaignContact
from providers import errors
from providers.contract import RemoteCampaign
from providers.simulator import Simulator
from providers.vocabulary import Steering
from tests.engine.conftest import ANSWERED, Stage


@pytest.mark.parametrize("state", ["paused", "pausing", "held"])
@pytest.mark.parametrize(
    ("steer", "states"), [(frozenset(Steering), ["waiting"]), (frozenset(), ["in_progress"])]
)
def test_nobody_is_pushed_into_a_remote_campaign_that_can_be_resumed_first(
    stage: Stage, monkeypatch: pytest.MonkeyPatch, steer: frozenset[Steering], states: list[str], state: str
) -> None:
    (row,) = stage.build(ANSWERED)
    monkeypatch.setattr(Simulator, "capabilities", replace(Simulator.capabilities, steer=steer))
    Campaign.objects.update(remote_state=state)
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


class Portal:
    """The provider's side: one remote campaign, paused or not, by whomever."""

    def __init__(self) -> None:
        self.is_paused = False
        self.told: list[Steering] = []
        self.loses_answers = False

    def open_campaign(self, provider: Any, spec: Any) -> RemoteCampaign:
        return RemoteCampaign(
            remote_id="sim-r", name="Spring", state="paused" if self.is_paused else "active"
        )

    def steer(self, provider: Any, campaign: RemoteCampaign, to: Steering) -> bool:
        before, self.is_paused = self.is_paused, to is Steering.PAUSE
        self.told.append(to)
        if self.loses_answers:
            raise errors.Unavailable("no answer")
        return before is not self.is_paused


@pytest.fixture
def portal(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> Iterator[Portal]:
    made = Portal()
    monkeypatch.setattr(Simulator, "capabilities", replace(Simulator.capabilities, steer=frozenset(Steering)))
    for name in ("open_campaign", "steer"):
        act = getattr(made, name)
        monkeypatch.setattr(Simulator, name, lambda self, *given, act=act: act(self, *given), raising=False)
    remote._steerable.cache_clear()
    yield made
    remote._steerable.cache_clear()


def ours(stage: Stage) -> Campaign:
    return Campaign.objects.get(pk=stage.campaign.pk)


def pause(stage: Stage) -> None:
    campaigns.pause(campaign_id=stage.campaign.pk, now=stage.now)
    stage.play(seconds=20)
    assert ours(stage).status == "paused"


def resume(stage: Stage) -> None:
    campaigns.resume(campaign_id=stage.campaign.pk, now=stage.now)
    stage.play(seconds=20)


def is_called(row: CampaignContact) -> bool:
    return row.attempts.exists()


def test_what_we_paused_we_resume(stage: Stage, portal: Portal) -> None:
    (row,) = stage.build(ANSWERED)
    pause(stage)
    assert (portal.told, ours(stage).remote_state) == ([Steering.PAUSE], "paused")
    resume(stage)
    assert (portal.told, ours(stage).remote_state) == ([Steering.PAUSE, Steering.RESUME], "active")
    assert is_called(row)


def test_what_was_found_paused_is_never_resumed_and_our_campaign_says_why(
    stage: Stage, portal: Portal
) -> None:
    portal.is_paused = True
    (row,) = stage.build(ANSWERED)
    stage.play(seconds=20)
    mine = ours(stage)
    assert (mine.status, mine.opened_at, portal.told) == ("paused", None, [])
    assert "'Spring' is paused; start it at the provider" in mine.status_reason
    resume(stage)  # too early: nobody has started it
    assert (ours(stage).status, portal.is_paused, portal.told) == ("paused", True, [])
    assert not is_called(row)
    portal.is_paused = False
    resume(stage)
    assert (ours(stage).status, portal.told) == ("running", [])
    assert is_called(row)


def test_what_people_paused_while_it_ran_outlives_a_pause_of_ours(stage: Stage, portal: Portal) -> None:
    (row,) = stage.build(ANSWERED)
    portal.is_paused = True  # in the portal
    pause(stage)
    assert ours(stage).remote_state == "held"
    told = list(portal.told)
    resume(stage)
    assert (ours(stage).status, portal.is_paused, portal.told) == ("paused", True, told)
    assert "start it at the provider" in ours(stage).status_reason
    assert not is_called(row)
    portal.is_paused = False
    resume(stage)
    assert (ours(stage).status, ours(stage).remote_state, portal.told) == ("running", "active", told)
    assert is_called(row)


def test_a_pause_whose_answer_was_lost_is_ours(stage: Stage, portal: Portal) -> None:
    (row,) = stage.build(ANSWERED)
    portal.loses_answers = True
    campaigns.pause(campaign_id=stage.campaign.pk, now=stage.now)
    stage.tick("campaigns", "remote")
    assert ours(stage).remote_state == "pausing"
    portal.loses_answers = False
    stage.tick("campaigns", "remote")
    assert ours(stage).remote_state == "paused"
    resume(stage)
    assert (portal.is_paused, portal.told[-1]) == (False, Steering.RESUME)
    assert is_called(row)
