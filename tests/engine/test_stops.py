"""Pause, resume, complete, suppression, exclusion: what stops, what rings out, and what a refusal leaves alone."""

from __future__ import annotations

from datetime import timedelta

import pytest

from dialer.engine import campaigns
from dialer.engine.errors import Conflict, Invalid, InvalidTransition
from dialer.engine.suppression import NewSuppression, still_held, suppress
from dialer.models import Attempt, Campaign, CampaignContact
from tests import factories
from tests.engine.conftest import ANSWERED, NO_ANSWER, SILENT, START, Stage, columns


def test_a_pause_takes_held_calls_back_and_is_reported_only_when_nothing_can_ring(stage: Stage) -> None:
    (row,) = stage.build(ANSWERED, account={"settings": {"ring_after_seconds": 60}})
    stage.tick("dispatch")
    assert campaigns.pause(campaign_id=stage.campaign.pk, now=stage.now).status == "pausing"
    stage.tick("campaigns")
    assert Campaign.objects.get().status == "pausing"
    stage.tick("withdraw", "campaigns")
    row.refresh_from_db()
    attempt = row.attempts.get()
    assert (Campaign.objects.get().status, row.state) == ("paused", "waiting")
    assert (attempt.state, attempt.result, row.used_steps) == ("cancelled", "cancelled", [])
    stage.play(minutes=5)
    assert stage.rings() == []


def test_after_resume_a_new_attempt_takes_the_same_step_at_once(stage: Stage) -> None:
    (row,) = stage.build(
        NO_ANSWER,
        steps=("PT10M",),
        account={"settings": {"ring_after_seconds": 60}},
        max_attempts_per_contact=2,
    )
    stage.play(minutes=12)
    campaigns.pause(campaign_id=stage.campaign.pk, now=stage.now)
    stage.tick("withdraw", "campaigns")
    stage.wait(hours=1)
    campaigns.resume(campaign_id=stage.campaign.pk, now=stage.now)
    stage.play(minutes=10)
    found = [(a.sequence, a.step, a.state) for a in row.attempts.order_by("sequence")]
    assert found[-1][1:] == (0, "ended")
    row.refresh_from_db()
    assert row.attempt_count == len(found)
    assert len(stage.rings()) == 2


def test_a_resume_during_pausing_lets_held_calls_ring(stage: Stage) -> None:
    stage.build(ANSWERED, account={"settings": {"ring_after_seconds": 60}})
    stage.tick("dispatch")
    campaigns.pause(campaign_id=stage.campaign.pk, now=stage.now)
    campaigns.resume(campaign_id=stage.campaign.pk, now=stage.now)
    stage.play(minutes=3)
    assert [a.result for a in Attempt.objects.all()] == ["answered"]


def test_complete_ends_who_waits_takes_back_what_is_held_and_counts_what_rings(stage: Stage) -> None:
    ringing, held = stage.build(NO_ANSWER, ANSWERED, account={"settings": {"ring_after_seconds": 10}})
    CampaignContact.objects.filter(pk=held.pk).update(next_attempt_at=START + timedelta(seconds=20))
    stage.tick("dispatch")
    stage.wait(seconds=20)
    stage.tick("dispatch")
    waiting = factories.enrolled(campaign=stage.campaign)
    assert campaigns.complete(campaign_id=stage.campaign.pk, now=stage.now).status == "completed"
    stage.play(minutes=2)
    for row in (ringing, held, waiting):
        row.refresh_from_db()
    assert [row.finish_reason for row in (ringing, held, waiting)] == ["cancelled"] * 3
    assert [row.last_result for row in (ringing, held, waiting)] == ["no_answer", "", ""]
    assert len(stage.rings()) == 1


def test_archive_is_refused_while_a_call_may_ring_and_changes_nothing(stage: Stage) -> None:
    stage.build(SILENT)
    stage.tick("dispatch")
    campaigns.complete(campaign_id=stage.campaign.pk, now=stage.now)
    before = columns(Campaign, stage.campaign.pk)
    with pytest.raises(Conflict) as refusal:
        campaigns.archive(campaign_id=stage.campaign.pk, now=stage.now)
    assert refusal.value.code == "live_attempts"
    assert columns(Campaign, stage.campaign.pk) == before


@pytest.mark.parametrize(
    ("status", "action", "allowed"),
    [
        ("draft", "pause", ["start", "archive"]),
        ("running", "start", ["pause", "complete"]),
        ("paused", "pause", ["resume", "complete"]),
        ("completed", "resume", ["archive"]),
        ("archived", "complete", []),
    ],
)
def test_an_action_out_of_turn_is_refused_with_what_may_be_asked(
    stage: Stage, status: str, action: str, allowed: list[str]
) -> None:
    campaign = factories.campaign(status=status)
    before = columns(Campaign, campaign.pk)
    with pytest.raises(InvalidTransition) as refusal:
        getattr(campaigns, action)(campaign_id=campaign.pk, now=stage.now)
    assert (refusal.value.state, refusal.value.allowed_actions) == (status, allowed)
    assert columns(Campaign, campaign.pk) == before


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"retry_mode": "native"}, "native_impossible"),
        ({"timezone": "Mars/Olympus"}, "unknown_timezone"),
        ({"provider_account": False}, "account_disabled"),
    ],
)
def test_a_draft_that_cannot_run_is_refused_at_start(
    stage: Stage, fields: dict[str, object], code: str
) -> None:
    if "provider_account" in fields:
        fields = {"provider_account": factories.account(is_enabled=False)}
    campaign = factories.campaign(**fields)
    before = columns(Campaign, campaign.pk)
    with pytest.raises(Invalid) as refusal:
        campaigns.start(campaign_id=campaign.pk, now=stage.now)
    assert [fault.code for fault in refusal.value.errors] == [code]
    assert columns(Campaign, campaign.pk) == before


def test_start_freezes_the_timeline(stage: Stage) -> None:
    (row,) = stage.build(NO_ANSWER, steps=("PT10M",))
    stage.campaign.retry_timeline.steps.all().delete()
    stage.play(minutes=15)
    assert row.attempts.count() == 2


def test_a_suppressed_number_that_waits_ends_at_once(stage: Stage) -> None:
    (row,) = stage.build(ANSWERED)
    suppress(entries=[NewSuppression(number=ANSWERED)], now=stage.now)
    row.refresh_from_db()
    assert (row.state, row.finish_reason) == ("finished", "suppressed")
    stage.play(seconds=30)
    assert stage.rings() == []


def test_a_suppression_between_claim_and_push_stops_the_call(stage: Stage) -> None:
    _first, second = stage.build(ANSWERED, NO_ANSWER)
    stage.after_push.append(
        lambda _: (
            suppress(entries=[NewSuppression(number=NO_ANSWER)], now=stage.now)
            if not second.attempts.filter(state="cancelled").exists()
            else None
        )
    )
    stage.tick("dispatch")
    second.refresh_from_db()
    assert second.finish_reason == "suppressed"
    stage.wait(minutes=1)
    assert [ring.phone for ring in stage.rings()] == [ANSWERED]


def test_a_suppression_takes_back_a_held_call_before_it_rings(stage: Stage) -> None:
    (row,) = stage.build(ANSWERED, account={"settings": {"ring_after_seconds": 60}})
    stage.tick("dispatch")
    (entry,) = suppress(entries=[NewSuppression(contact_id=row.contact_id)], now=stage.now)
    assert still_held(entry) == 1
    stage.tick("withdraw")
    row.refresh_from_db()
    assert (row.finish_reason, still_held(entry)) == ("suppressed", 0)
    stage.wait(minutes=5)
    assert stage.rings() == []


def test_a_call_that_was_on_already_ends_by_its_result(stage: Stage) -> None:
    (row,) = stage.build(ANSWERED)
    stage.tick("dispatch")
    stage.wait(seconds=5)
    stage.tick("observe")
    assert stage.attempt(row).state == "connected"
    suppress(entries=[NewSuppression(number=ANSWERED)], now=stage.now)
    stage.play(seconds=30)
    row.refresh_from_db()
    assert row.finish_reason == "reached"


@pytest.mark.parametrize("scope", ["campaign", "provider_account"])
def test_a_scoped_entry_stops_only_its_own_place(stage: Stage, scope: str) -> None:
    (row,) = stage.build(ANSWERED)
    other_account = factories.account()
    elsewhere = factories.campaign(provider_account=other_account)
    place = (
        {"campaign_id": elsewhere.pk} if scope == "campaign" else {"provider_account_id": other_account.pk}
    )
    suppress(entries=[NewSuppression(number=ANSWERED, scope=scope, **place)], now=stage.now)
    stage.play(seconds=30)
    row.refresh_from_db()
    assert row.finish_reason == "reached"


def test_an_expired_entry_stops_nobody(stage: Stage) -> None:
    (row,) = stage.build(ANSWERED)
    suppress(entries=[NewSuppression(number=ANSWERED, expires_at=stage.now)], now=stage.now)
    stage.play(seconds=30)
    row.refresh_from_db()
    assert row.finish_reason == "reached"
