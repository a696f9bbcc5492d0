"""Pause, resume, complete, suppression, exclusion: what stops, what rings out, and what a refusal leaves alone."""

from __future__ import annotations

from datetime import timedelta

import pytest

from dialer.engine import attempts, campaigns, contacts
from dialer.engine.errors import Conflict, Invalid, InvalidTransition, RefusedByGate
from dialer.engine.suppression import NewSuppression, still_held, suppress
from dialer.models import Attempt, Campaign, CampaignContact
from providers.vocabulary import Result
from tests import factories
from tests.engine.conftest import ANSWERED, NO_ANSWER, SILENT, START, Stage


def columns(model: type, pk: object) -> dict[str, object]:
    return model.objects.filter(pk=pk).values().get()


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
    first, second = stage.build(ANSWERED, NO_ANSWER)
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


def test_exclude_ends_who_waits_and_lets_a_ringing_call_ring_out(stage: Stage) -> None:
    waiting, ringing = stage.build(ANSWERED, NO_ANSWER)
    CampaignContact.objects.filter(pk=waiting.pk).update(next_attempt_at=START + timedelta(days=1))
    stage.tick("dispatch")
    stage.wait(seconds=2)
    for row in (waiting, ringing):
        contacts.exclude(campaign_contact_id=row.pk, reason="moved away", now=stage.now)
    waiting.refresh_from_db()
    assert (waiting.finish_reason, waiting.finish_detail) == ("excluded", "moved away")
    stage.play(seconds=60)
    ringing.refresh_from_db()
    assert (ringing.finish_reason, ringing.last_result) == ("excluded", "no_answer")


def test_call_now_keeps_the_step_and_all_gates(stage: Stage) -> None:
    (row,) = stage.build(NO_ANSWER, steps=("P1D", "P2D"))
    stage.play(seconds=30)
    verdict = contacts.call_now(campaign_contact_id=row.pk, now=stage.now)
    assert verdict.ok
    stage.play(seconds=30)
    assert [a.step for a in row.attempts.order_by("sequence")] == [None, 0]


def test_call_now_outside_the_window_is_held_until_it_opens(stage: Stage) -> None:
    (row,) = stage.build(
        NO_ANSWER,
        timezone="UTC",
        calling_windows=[{"days": ["mon", "tue"], "start": "14:00", "end": "15:00"}],
    )
    verdict = contacts.call_now(campaign_contact_id=row.pk, now=stage.now)
    row.refresh_from_db()
    assert (verdict.outcome, verdict.gate, verdict.until) == ("held", "window", START + timedelta(hours=2))
    assert (row.due_at, row.next_attempt_at, row.hold_gate) == (START, START + timedelta(hours=2), "window")


def test_call_now_is_refused_while_a_call_is_under_way_and_changes_nothing(stage: Stage) -> None:
    (row,) = stage.build(SILENT)
    stage.tick("dispatch")
    before = columns(CampaignContact, row.pk)
    with pytest.raises(InvalidTransition) as refusal:
        contacts.call_now(campaign_contact_id=row.pk, now=stage.now)
    assert (refusal.value.state, refusal.value.attempt) == ("in_progress", str(stage.attempt(row).pk))
    assert columns(CampaignContact, row.pk) == before


def test_call_now_that_a_gate_refuses_changes_nothing(stage: Stage) -> None:
    (row,) = stage.build(NO_ANSWER)
    CampaignContact.objects.filter(pk=row.pk).update(not_after=START - timedelta(hours=1))
    before = columns(CampaignContact, row.pk)
    with pytest.raises(RefusedByGate) as refusal:
        contacts.call_now(campaign_contact_id=row.pk, now=stage.now)
    assert refusal.value.verdict.gate == "contact_dates"
    assert columns(CampaignContact, row.pk) == before


def test_reschedule_moves_the_same_step(stage: Stage) -> None:
    (row,) = stage.build(NO_ANSWER)
    at = START + timedelta(hours=3)
    contacts.reschedule(campaign_contact_id=row.pk, at=at, now=stage.now)
    row.refresh_from_db()
    assert (row.due_at, row.next_attempt_at, row.next_step) == (at, at, None)


def test_rearm_starts_the_timeline_again_and_goes_on_counting(stage: Stage) -> None:
    (row,) = stage.build(ANSWERED)
    stage.play(seconds=30)
    contacts.rearm(campaign_contact_id=row.pk, now=stage.now)
    stage.play(seconds=30)
    assert [(a.sequence, a.step) for a in row.attempts.order_by("sequence")] == [(1, None), (2, None)]


@pytest.mark.parametrize(
    "fields", [{"state": "waiting"}, {"state": "finished", "finish_reason": "suppressed"}]
)
def test_rearm_of_anything_but_a_finished_unsuppressed_contact_changes_nothing(
    stage: Stage, fields: dict[str, str]
) -> None:
    row = factories.enrolled(**fields)
    before = columns(CampaignContact, row.pk)
    with pytest.raises(InvalidTransition):
        contacts.rearm(campaign_contact_id=row.pk, now=stage.now)
    assert columns(CampaignContact, row.pk) == before


def test_a_cancelled_attempt_is_withdrawn_and_its_contact_ends(stage: Stage) -> None:
    (row,) = stage.build(ANSWERED, account={"settings": {"ring_after_seconds": 60}})
    stage.tick("dispatch")
    attempts.cancel(attempt_id=stage.attempt(row).pk, now=stage.now)
    stage.tick("withdraw")
    row.refresh_from_db()
    assert (row.finish_reason, stage.attempt(row).state) == ("cancelled", "cancelled")


def test_a_doubtful_attempt_settled_by_hand_follows_the_timeline(stage: Stage) -> None:
    (row,) = stage.build(SILENT, steps=("PT10M",))
    stage.tick("dispatch")
    stage.wait(minutes=1)
    attempts.settle(attempt_id=stage.attempt(row).pk, result=Result.BUSY, now=stage.now)
    row.refresh_from_db()
    assert (row.state, row.due_at, row.last_result) == ("waiting", stage.now + timedelta(minutes=10), "busy")


def test_an_ended_attempt_cannot_be_settled(stage: Stage) -> None:
    attempt = factories.attempt()
    before = columns(Attempt, attempt.pk)
    with pytest.raises(InvalidTransition):
        attempts.settle(attempt_id=attempt.pk, result=Result.BUSY, now=stage.now)
    assert columns(Attempt, attempt.pk) == before
