"""What people ask of one contact or attempt: exclude, call now, reschedule, rearm, cancel, settle."""

from __future__ import annotations

from datetime import timedelta

import pytest

from dialer.engine import attempts, contacts
from dialer.engine.errors import InvalidTransition, RefusedByGate
from dialer.models import Attempt, CampaignContact
from providers.vocabulary import Result
from tests import factories
from tests.engine.conftest import ANSWERED, NO_ANSWER, SILENT, START, Stage, columns


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
