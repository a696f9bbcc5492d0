"""Ends: what follows from late words, shared numbers, and people's wishes, after the call itself."""

from __future__ import annotations

from datetime import timedelta

import pytest

from dialer.engine import attempts, campaigns, contacts
from dialer.engine.apply import apply
from dialer.engine.errors import InvalidTransition, RefusedByGate
from dialer.engine.suppression import NewSuppression, suppress
from dialer.models import Attempt, Campaign, CampaignContact, ContactPhone, EventSource, Suppression
from providers.contract import Report
from providers.vocabulary import Progress, Result
from tests import factories
from tests.engine.conftest import ANSWERED, NO_ANSWER, SILENT, THROTTLED, Stage

AGAIN = ({"after": "PT1H", "on": ["unknown"]}, {"after": "PT1H", "on": ["no_answer"]})


def tell(stage: Stage, report: Report) -> None:
    apply(
        account_id=stage.account.pk,
        reports=[report],
        source=EventSource.POLL,
        now=stage.now,
        campaign_id=stage.campaign.pk,
    )


def ended(attempt: Attempt, result: Result) -> Report:
    return Report(ref=str(attempt.pk), progress=Progress.ENDED, result=result)


def test_a_no_that_is_told_late_stops_the_person_for_good(stage: Stage) -> None:
    (row,) = stage.build(SILENT, steps=AGAIN)
    stage.tick("dispatch")
    stage.wait(minutes=2)  # it has been silent for a while
    stage.wait(minutes=1)
    attempts.settle(attempt_id=stage.attempt(row).pk, result=Result.UNKNOWN, now=stage.now)
    tell(stage, ended(stage.attempt(row), Result.DO_NOT_CALL))
    stage.tick("suppress")
    row.refresh_from_db()
    assert Suppression.objects.filter(number=SILENT).exists()
    assert (row.state, row.finish_reason) == ("finished", "suppressed")


def test_a_no_that_is_told_late_is_kept_when_the_contact_is_finished(stage: Stage) -> None:
    (row,) = stage.build(SILENT, steps=())
    stage.tick("dispatch")
    stage.wait(minutes=2)  # it has been silent for a while
    stage.wait(minutes=1)
    attempts.settle(attempt_id=stage.attempt(row).pk, result=Result.UNKNOWN, now=stage.now)
    tell(stage, ended(stage.attempt(row), Result.DO_NOT_CALL))
    assert Suppression.objects.filter(number=SILENT).exists()


def test_an_answer_that_is_told_late_leaves_no_call_behind_that_waits_to_be_sent(stage: Stage) -> None:
    (row,) = stage.build(SILENT, steps=AGAIN)
    stage.tick("dispatch")
    first = stage.attempt(row)
    stage.wait(minutes=2)  # it has been silent for a while
    stage.wait(minutes=1)
    attempts.settle(attempt_id=first.pk, result=Result.UNKNOWN, now=stage.now)
    stage.wait(hours=1)
    ContactPhone.objects.update(number=THROTTLED)
    stage.tick("dispatch")  # the second one is throttled, and waits unsent
    assert stage.attempt(row).state == "claimed"
    tell(stage, ended(first, Result.ANSWERED))
    row.refresh_from_db()
    assert row.finish_reason == "reached"
    assert not Attempt.objects.filter(is_live=True).exists()


def test_an_answer_that_is_told_late_takes_back_the_call_that_is_held(stage: Stage) -> None:
    (row,) = stage.build(SILENT, steps=AGAIN, account={"settings": {"ring_after_seconds": 600}})
    stage.tick("dispatch")
    first = stage.attempt(row)
    stage.wait(minutes=2)
    stage.wait(minutes=1)
    attempts.settle(attempt_id=first.pk, result=Result.UNKNOWN, now=stage.now)
    stage.wait(hours=1)
    stage.tick("dispatch")
    assert stage.attempt(row).state == "pushed"
    tell(stage, ended(first, Result.ANSWERED))
    stage.tick("withdraw")
    row.refresh_from_db()
    assert (row.finish_reason, stage.attempt(row).state) == ("reached", "cancelled")


def test_a_call_known_by_its_number_ends_though_an_earlier_one_ended_in_the_same_words(stage: Stage) -> None:
    (row,) = stage.build(SILENT, steps=("PT10M",))
    stage.tick("dispatch")
    words = Report(phone=SILENT, progress=Progress.ENDED, result=Result.NO_ANSWER, raw_status="no reply")
    tell(stage, words)
    assert stage.attempt(row).state == "ended"
    stage.wait(minutes=10)
    stage.tick("dispatch")
    stage.wait(minutes=1)
    tell(stage, words)
    assert (stage.attempt(row).sequence, stage.attempt(row).state) == (2, "ended")


def test_the_end_of_an_earlier_call_to_a_number_does_not_end_the_call_that_is_on(stage: Stage) -> None:
    (row,) = stage.build(SILENT, steps=AGAIN)
    stage.tick("dispatch")
    stage.wait(minutes=2)  # it has been silent for a while
    stage.wait(minutes=1)
    attempts.settle(attempt_id=stage.attempt(row).pk, result=Result.UNKNOWN, now=stage.now)
    over_at = stage.now + timedelta(minutes=5)  # the first call was still on
    stage.wait(hours=1)
    stage.tick("dispatch")
    tell(stage, Report(phone=SILENT, progress=Progress.ENDED, result=Result.NO_ANSWER, ended_at=over_at))
    assert (stage.attempt(row).sequence, stage.attempt(row).state) == (2, "pushed")


def test_a_fact_that_outran_its_receipt_is_taken_in_when_it_is_told_again(stage: Stage) -> None:
    (row,) = stage.build(SILENT, steps=())
    stage.tick("dispatch")
    ref = stage.attempt(row).provider_ref
    Attempt.objects.update(provider_ref="")
    fact = Report(remote_id=ref, progress=Progress.ENDED, result=Result.BUSY, raw_status="busy")
    tell(stage, fact)
    Attempt.objects.update(provider_ref=ref)  # our receipt is settled now
    tell(stage, fact)
    assert (stage.attempt(row).state, stage.attempt(row).result) == ("ended", "busy")


def test_call_now_in_a_campaign_that_is_over_is_refused_and_changes_nothing(stage: Stage) -> None:
    (row,) = stage.build(NO_ANSWER)
    CampaignContact.objects.update(next_attempt_at=stage.now + timedelta(hours=5))
    campaigns.complete(campaign_id=stage.campaign.pk, now=stage.now)
    before = CampaignContact.objects.filter(pk=row.pk).values().get()
    with pytest.raises((RefusedByGate, InvalidTransition)):
        contacts.call_now(campaign_contact_id=row.pk, now=stage.now)
    assert CampaignContact.objects.filter(pk=row.pk).values().get() == before


@pytest.mark.parametrize("mark", ["do_not_disturb", "uncallable_at"])
def test_a_number_marked_while_its_call_waits_to_be_sent_again_gives_way_to_the_next(
    stage: Stage, mark: str
) -> None:
    stage.build()
    row = factories.enrolled([THROTTLED, ANSWERED], campaign=stage.campaign)
    stage.tick("dispatch")
    value = True if mark == "do_not_disturb" else stage.now
    ContactPhone.objects.filter(number=THROTTLED).update(**{mark: value})
    stage.play(minutes=2)
    row.refresh_from_db()
    assert (row.finish_reason, stage.attempt(row).number) == ("reached", ANSWERED)


def test_contacts_whose_call_rings_out_after_ends_at_end_as_expired_like_those_who_waited(
    stage: Stage,
) -> None:
    (row,) = stage.build(NO_ANSWER, account={"settings": {"ring_seconds": 60}})
    stage.tick("dispatch")
    stage.wait(seconds=5)
    Campaign.objects.update(ends_at=stage.now)
    stage.play(minutes=3)
    row.refresh_from_db()
    assert row.finish_reason == "expired"


def test_the_reason_of_an_exclusion_is_kept_when_its_call_has_first_to_ring_out(stage: Stage) -> None:
    (row,) = stage.build(NO_ANSWER)
    stage.tick("dispatch")
    stage.wait(seconds=2)
    contacts.exclude(campaign_contact_id=row.pk, reason="moved away", now=stage.now)
    stage.play(seconds=60)
    row.refresh_from_db()
    assert (row.finish_reason, row.finish_detail) == ("excluded", "moved away")


def test_a_person_who_waits_on_a_number_chosen_for_want_of_another_is_stopped_at_once(stage: Stage) -> None:
    (row,) = stage.build(ANSWERED)
    CampaignContact.objects.update(next_phone=None, next_attempt_at=stage.now + timedelta(days=3))
    suppress(entries=[NewSuppression(number=ANSWERED)], now=stage.now)
    row.refresh_from_db()
    assert (row.state, row.finish_reason) == ("finished", "suppressed")
