"""Outcomes and erasures beside claims and pushes: on two connections, whoever commits first wins."""

from __future__ import annotations

import pytest

from dialer.engine import erasure, outcomes
from dialer.engine.push import push
from dialer.models import Attempt, CampaignContact, Contact, Suppression
from dialer.models.hashing import hashes_of
from tests import factories
from tests.engine.conftest import NO_ANSWER, SILENT, Stage
from tests.engine.test_dispositions import held, outcome, said
from tests.engine.test_races import INSERT_ATTEMPTS, UPDATE_ATTEMPTS, Aside, claimed


def no_again(stage: Stage) -> CampaignContact:
    """Let a contact wait, due now for its second call."""
    outcome("no", suppresses=True)
    row = held(stage, steps=("PT10M",))
    said(stage, row)
    stage.wait(minutes=10)
    return row


def say_no(row: CampaignContact, stage: Stage) -> Attempt:
    first = Attempt.objects.get(campaign_contact=row, sequence=1)
    return outcomes.set_disposition(attempt_id=first.pk, code="no", now=stage.now)


@pytest.mark.postgres
def test_the_same_outcome_said_twice_at_once_is_recorded_once(stage: Stage) -> None:
    row = no_again(stage)
    first = Aside(lambda: say_no(row, stage), before=UPDATE_ATTEMPTS)
    first.arrived()
    second = Aside(lambda: say_no(row, stage))
    assert second.is_waiting()
    first.answer(), second.answer()
    assert Suppression.objects.count() == 1


@pytest.mark.postgres
def test_a_no_that_is_said_during_a_claim_takes_the_claimed_call_back(stage: Stage) -> None:
    row = no_again(stage)
    claiming = Aside(lambda: claimed(stage), before=INSERT_ATTEMPTS)
    claiming.arrived()
    saying = Aside(lambda: say_no(row, stage))
    assert saying.is_waiting()
    (order,) = claiming.answer()
    saying.answer()
    assert push([order]) == 0
    row.refresh_from_db()
    assert (Attempt.objects.get(pk=order.attempt_id).state, row.finish_reason) == ("cancelled", "suppressed")


@pytest.mark.postgres
def test_a_claim_passes_by_a_person_whose_no_is_being_written(stage: Stage) -> None:
    row = no_again(stage)
    saying = Aside(lambda: say_no(row, stage), before=UPDATE_ATTEMPTS)
    saying.arrived()
    assert claimed(stage) == []
    saying.answer()
    assert claimed(stage) == []
    assert Attempt.objects.count() == 1


@pytest.mark.postgres
def test_an_erasure_during_a_claim_takes_the_claimed_call_back_and_is_done(stage: Stage) -> None:
    (row,) = stage.build(NO_ANSWER)
    claiming = Aside(lambda: claimed(stage), before=INSERT_ATTEMPTS)
    claiming.arrived()
    erasing = Aside(lambda: erasure.erase(contact_id=row.contact_id, now=stage.now))
    assert erasing.is_waiting()
    (order,) = claiming.answer()
    assert erasing.answer().erased_at is not None
    assert push([order]) == 0
    assert (Attempt.objects.get().state, Attempt.objects.get().number, stage.rings()) == ("cancelled", "", [])


def test_an_erased_number_stops_an_order_that_was_claimed_for_somebody_else(stage: Stage) -> None:
    stage.build(NO_ANSWER)
    (order,) = claimed(stage)
    other = factories.contact([NO_ANSWER])
    erasure.erase(contact_id=other.pk, now=stage.now)
    assert push([order]) == 0
    assert CampaignContact.objects.get().finish_reason == "suppressed"


def test_a_hash_alone_stops_the_push_of_an_order_that_was_claimed_before(stage: Stage) -> None:
    stage.build(NO_ANSWER, SILENT)
    orders = claimed(stage)
    Suppression.objects.create(number_hash=hashes_of(NO_ANSWER)[0])
    assert push(orders) == 1
    assert Attempt.objects.get(number=NO_ANSWER).sending_at is None
    assert Contact.objects.count() == 2
