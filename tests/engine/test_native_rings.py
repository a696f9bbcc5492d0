"""Rings that a provider makes by itself: each is an attempt, counted, withdrawn and waited for like any other."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from dialer.engine import campaigns
from dialer.engine import suppression as engine_suppression
from dialer.engine.apply import apply
from dialer.engine.looking import handle
from dialer.models import Attempt, Campaign, CampaignContact, EventSource, EventState, Suppression
from providers.contract import NativePlan, NativeStep, Report, to_json
from providers.vocabulary import Progress, Result, Unit
from tests import factories
from tests.engine.conftest import SILENT, Stage

PLAN = NativePlan(steps=(NativeStep(amount=2, unit=Unit.HOUR), NativeStep(amount=4, unit=Unit.HOUR)))
STEPS = ("PT2H", "PT4H")


@pytest.fixture
def native(stage: Stage) -> CampaignContact:
    """Hand a call to a provider that carries out two further steps itself."""
    (row,) = stage.build(SILENT, steps=STEPS)
    plan = {"mode": "native", "obstacles": [], "waivers": [], "native": to_json(PLAN)}
    Campaign.objects.filter(pk=stage.campaign.pk).update(retry_plan=plan)
    stage.tick("dispatch")
    row.refresh_from_db()
    assert row.state == "in_progress"
    return row


def told(stage: Stage, row: CampaignContact, ring: int, **said: Any) -> EventState | None:
    """Let the provider tell something about one ring of the first order; None if it was known."""
    root = Attempt.objects.get(campaign_contact=row, sequence=1)
    report = Report(ref=str(root.pk), ring_no=ring, event_id=f"{ring}{said}", **said)
    tally = apply(account_id=stage.account.pk, reports=[report], source=EventSource.POLL, now=stage.now)
    return next(iter(tally), None)


def ended(stage: Stage, row: CampaignContact, ring: int, result: Result) -> EventState | None:
    return told(
        stage, row, ring, progress=Progress.ENDED, result=result, started_at=stage.now, ended_at=stage.now
    )


def story(row: CampaignContact) -> list[tuple[int, str, int, str, str, int | None]]:
    return [
        (a.sequence, a.origin, a.ring_no, a.state, a.result, a.step)
        for a in Attempt.objects.filter(campaign_contact=row).order_by("sequence")
    ]


def test_the_order_carries_the_plan(stage: Stage, native: CampaignContact) -> None:
    seen: list[NativePlan | None] = []
    stage.before_push.append(lambda order: seen.append(order.retry))
    campaign = Campaign.objects.get(pk=stage.campaign.pk)
    factories.enrolled(["+12125550207"], campaign=campaign)
    stage.tick("dispatch")
    assert seen == [PLAN]


def test_the_end_of_a_ring_opens_the_attempt_of_the_next_one(stage: Stage, native: CampaignContact) -> None:
    ended(stage, native, 1, Result.NO_ANSWER)
    native.refresh_from_db()
    assert (native.state, native.attempt_count, native.next_attempt_at) == ("in_progress", 2, None)
    assert story(native) == [
        (1, "ours", 1, "ended", "no_answer", None),
        (2, "native", 2, "pushed", "", 0),
    ]
    second = Attempt.objects.get(campaign_contact=native, sequence=2)
    first = Attempt.objects.get(campaign_contact=native, sequence=1)
    assert (second.is_live, second.due_at) == (True, first.ended_at + timedelta(hours=2))
    assert (handle(second).ref, handle(second).pushed_at) == (str(first.pk), first.sending_at)


def test_a_whole_plan_is_as_many_attempts_as_rings(stage: Stage, native: CampaignContact) -> None:
    for ring in (1, 2, 3):
        told(stage, native, ring, progress=Progress.RINGING, started_at=stage.now)
        ended(stage, native, ring, Result.NO_ANSWER)
        stage.wait(hours=4)
    native.refresh_from_db()
    assert (native.state, native.finish_reason, native.attempt_count) == ("finished", "exhausted", 3)
    assert [(s[1], s[2], s[3], s[4]) for s in story(native)] == [
        ("ours", 1, "ended", "no_answer"),
        ("native", 2, "ended", "no_answer"),
        ("native", 3, "ended", "no_answer"),
    ]


def test_who_is_reached_by_a_redial_is_reached(stage: Stage, native: CampaignContact) -> None:
    ended(stage, native, 1, Result.BUSY)
    ended(stage, native, 2, Result.ANSWERED)
    native.refresh_from_db()
    assert (native.state, native.finish_reason) == ("finished", "reached")
    assert not Attempt.objects.filter(is_live=True).exists()


def test_rings_that_were_never_told_are_counted(stage: Stage, native: CampaignContact) -> None:
    told(stage, native, 3, progress=Progress.RINGING, started_at=stage.now)
    native.refresh_from_db()
    assert native.attempt_count == 3
    assert story(native) == [
        (1, "ours", 1, "ended", "unknown", None),
        (2, "native", 2, "ended", "unknown", 0),
        (3, "native", 3, "ringing", "", 1),
    ]


def test_the_same_ring_told_twice_is_one_attempt(stage: Stage, native: CampaignContact) -> None:
    for _ in range(2):
        told(stage, native, 2, progress=Progress.RINGING, started_at=stage.now)
        ended(stage, native, 2, Result.NO_ANSWER)
    assert [s[2] for s in story(native)] == [1, 2, 3]


def test_the_end_of_an_earlier_ring_told_late_is_refined_and_nothing_else(
    stage: Stage, native: CampaignContact
) -> None:
    told(stage, native, 2, progress=Progress.RINGING, started_at=stage.now)
    ended(stage, native, 1, Result.BUSY)
    assert [(s[2], s[3], s[4]) for s in story(native)] == [(1, "ended", "busy"), (2, "ringing", "")]


def test_a_redial_that_is_only_announced_opens_nothing(stage: Stage, native: CampaignContact) -> None:
    told(stage, native, 2, progress=Progress.QUEUED)
    assert [s[2] for s in story(native)] == [1]


def test_a_suppression_between_two_rings_asks_the_next_one_back(
    stage: Stage, native: CampaignContact
) -> None:
    ended(stage, native, 1, Result.NO_ANSWER)
    entry = Suppression.objects.create(number=SILENT, reason="said no", source="api")
    engine_suppression.apply_pending(now=stage.now)
    native.refresh_from_db()
    second = Attempt.objects.get(campaign_contact=native, sequence=2)
    assert (native.stop_reason, second.withdraw_why, second.withdraw_after is not None) == (
        "suppressed",
        "suppression",
        True,
    )
    assert entry.pk


def test_a_no_in_a_ring_asks_back_the_rings_that_are_left(stage: Stage, native: CampaignContact) -> None:
    ended(stage, native, 1, Result.DO_NOT_CALL)
    native.refresh_from_db()
    second = Attempt.objects.get(campaign_contact=native, sequence=2)
    assert (native.state, native.stop_reason, second.withdraw_why) == (
        "in_progress",
        "suppressed",
        "suppression",
    )


def test_an_expected_ring_that_never_comes_ends_the_contact_and_counts_nothing(
    stage: Stage, native: CampaignContact
) -> None:
    ended(stage, native, 1, Result.NO_ANSWER)
    stage.wait(hours=3)
    stage.tick("give_up")
    native.refresh_from_db()
    assert native.state == "in_progress"
    stage.wait(days=1, hours=3)
    Attempt.objects.filter(sequence=2).update(withdraw_why="expiry", withdraw_after=None)
    stage.tick("give_up")
    native.refresh_from_db()
    assert (native.state, native.finish_reason) == ("finished", "exhausted")
    assert story(native)[1][3:5] == ("cancelled", "cancelled")


def test_after_a_pause_the_rest_of_the_plan_goes_with_the_new_order(
    stage: Stage, native: CampaignContact
) -> None:
    ended(stage, native, 1, Result.NO_ANSWER)
    second = Attempt.objects.get(campaign_contact=native, sequence=2)
    campaigns.pause(campaign_id=stage.campaign.pk, now=stage.now)
    second.refresh_from_db()
    assert second.withdraw_why == "pause"


def test_a_ring_of_a_finished_contact_is_counted_and_changes_nothing_else(stage: Stage) -> None:
    (row,) = stage.build(SILENT, steps=())
    stage.tick("dispatch")
    ended(stage, row, 1, Result.NO_ANSWER)
    row.refresh_from_db()
    assert (row.state, row.finish_reason) == ("finished", "exhausted")
    told(stage, row, 2, progress=Progress.RINGING, started_at=stage.now)
    ended(stage, row, 2, Result.BUSY)
    row.refresh_from_db()
    assert (row.state, row.finish_reason, row.attempt_count) == ("finished", "exhausted", 2)
    assert story(row)[1] == (2, "native", 2, "ended", "busy", None)


def test_a_redial_beside_our_own_next_call_is_counted_and_takes_no_step(stage: Stage) -> None:
    (row,) = stage.build(SILENT, steps=("PT10M",))
    stage.tick("dispatch")
    ended(stage, row, 1, Result.NO_ANSWER)
    row.refresh_from_db()
    assert row.state == "waiting"
    told(stage, row, 2, progress=Progress.RINGING, started_at=stage.now)
    row.refresh_from_db()
    assert (row.state, story(row)[1]) == ("in_progress", (2, "native", 2, "ringing", "", None))
    ended(stage, row, 2, Result.NO_ANSWER)
    row.refresh_from_db()
    assert (row.state, row.next_step) == ("waiting", 0)
