"""What a look at a provider is given: which calls, what tells them from others, and never a poll's place."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from dialer.engine import accounts
from dialer.engine.looking import find, handles
from dialer.engine.withdraw import withdraw_account
from dialer.models import Attempt, Campaign
from providers.contract import Handle, Observation, RemoteCampaign, Report
from providers.simulator import Simulator
from providers.vocabulary import Correlate, Progress, Seeing, Why, Withdrawal
from tests import factories
from tests.engine.conftest import ANSWERED, LOST_AFTER, LOST_BEFORE, NO_ANSWER, SILENT, Stage

PLACE = "a poll's place"


@pytest.fixture
def by_phone(monkeypatch: pytest.MonkeyPatch) -> None:
    declared = replace(Simulator.capabilities, correlate=Correlate.PHONE)
    monkeypatch.setattr(Simulator, "capabilities", declared)


def over(number: str, ref: str, enrolment: Any, sequence: int) -> Attempt:
    """Make an attempt that is over, with an id of the provider's."""
    return factories.attempt(
        enrolment,
        number=number,
        provider_ref=ref,
        sequence=sequence,
        state="ended",
        result="no_answer",
        is_live=False,
        ended_at=enrolment.created_at,
    )


def test_a_handle_names_the_ids_of_our_other_calls_to_its_number(
    stage: Stage, by_phone: None, django_assert_num_queries: Any
) -> None:
    rows = stage.build(NO_ANSWER, ANSWERED)
    same_number = factories.enrolled([NO_ANSWER], campaign=factories.campaign(provider_account=stage.account))
    elsewhere = factories.enrolled([NO_ANSWER])  # at another account
    over(NO_ANSWER, "earlier", rows[0], 1)
    over(NO_ANSWER, "", rows[0], 2)
    over(NO_ANSWER, "another person's", same_number, 1)
    over(NO_ANSWER, "another account's", elsewhere, 1)
    over(SILENT, "another number's", rows[0], 3)
    live = [
        factories.attempt(row, number=number, provider_ref=ref, sequence=4, state="pushed")
        for row, number, ref in ((rows[0], NO_ANSWER, "its own"), (rows[1], ANSWERED, ""))
    ]
    with django_assert_num_queries(2):
        named = handles(stage.account, live)
    assert [each.others for each in named] == [("another person's", "earlier"), ()]


def test_where_reports_carry_our_reference_nothing_is_asked_for(
    stage: Stage, django_assert_num_queries: Any
) -> None:
    (row,) = stage.build(NO_ANSWER)
    over(NO_ANSWER, "earlier", row, 1)
    live = factories.attempt(row, number=NO_ANSWER, sequence=2, state="pushed")
    with django_assert_num_queries(0):
        assert handles(stage.account, [live])[0].others == ()


class Asked:
    """A provider's `observe`, scripted: keeps the cursors it was given."""

    def __init__(self, *answers: Observation) -> None:
        self.answers = list(answers)
        self.cursors: list[str | None] = []
        self.asked: list[int] = []

    def __call__(
        self, provider: Any, campaign: RemoteCampaign, calls: Sequence[Handle], cursor: str | None
    ) -> Observation:
        self.cursors.append(cursor)
        self.asked.append(len(calls))
        return self.answers.pop(0) if self.answers else Observation(cursor="moved", complete=True)


def scripted(stage: Stage, monkeypatch: pytest.MonkeyPatch, *answers: Observation) -> Asked:
    asked = Asked(*answers)
    monkeypatch.setattr(Simulator, "observe", lambda provider, *given: asked(provider, *given))
    accounts.wrap_providers(stage.wrap, ledger=stage.ledger)  # forgets the instances that are known
    return asked


def test_reconciling_neither_uses_nor_moves_the_place_of_the_polls(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    (row,) = stage.build(LOST_BEFORE)
    stage.tick("dispatch")
    assert stage.attempt(row).state == "indeterminate"
    Campaign.objects.update(poll_cursor=PLACE)
    asked = scripted(stage, monkeypatch)
    for _ in range(2):
        stage.wait(minutes=2)
        stage.tick("reconcile")
    assert asked.cursors == [None, None]
    assert Campaign.objects.get().poll_cursor == PLACE
    assert stage.attempt(row).state == "claimed"  # absent, and to be sent again


def test_a_withdrawal_neither_uses_nor_moves_the_place_of_the_polls(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    (row,) = stage.build(SILENT)
    stage.tick("dispatch")
    Campaign.objects.update(poll_cursor=PLACE)
    monkeypatch.setattr(Simulator, "withdraw", lambda *given: Withdrawal.GONE)
    asked = scripted(stage, monkeypatch)
    Attempt.objects.update(withdraw_why=Why.EXCLUSION.value, withdraw_after=stage.now, withdraw_tries=1)
    stage.wait(minutes=2)
    withdraw_account(stage.account.pk, stage.now)
    assert asked.cursors == [None]
    assert Campaign.objects.get().poll_cursor == PLACE
    assert stage.attempt(row).state == "cancelled"


def test_a_poll_uses_and_moves_its_place(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    stage.build(SILENT)
    stage.tick("dispatch")
    Campaign.objects.update(poll_cursor=PLACE)
    asked = scripted(stage, monkeypatch, Observation(cursor="moved", complete=True))
    stage.wait(minutes=1)
    stage.tick("observe")
    assert (asked.cursors, Campaign.objects.get().poll_cursor) == ([PLACE], "moved")


def test_a_list_too_long_for_one_look_is_read_on_for_those_who_are_left(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = stage.build(LOST_BEFORE, LOST_AFTER)
    stage.tick("dispatch")
    doubtful = [stage.attempt(row) for row in rows]
    told = Report(ref=str(doubtful[0].pk), progress=Progress.QUEUED)
    asked = scripted(
        stage,
        monkeypatch,
        Observation(reports=(told,), cursor="second page"),
        Observation(cursor="third page"),
        Observation(cursor="", complete=False),
    )
    seen = find(stage.account, Campaign.objects.get(), doubtful)
    assert seen is not None
    assert (asked.cursors, asked.asked) == ([None, "second page", "third page"], [2, 1, 1])
    assert (seen.reports, seen.complete, seen.cursor) == ((told,), False, None)


@pytest.mark.parametrize(
    "answers",
    [
        [Observation(cursor="same"), Observation(cursor="same")],
        [Observation(cursor="one"), Observation(cursor="two"), Observation(cursor="one")],
    ],
)
def test_a_list_that_leads_nowhere_is_not_asked_for_ever(
    stage: Stage, monkeypatch: pytest.MonkeyPatch, answers: list[Observation]
) -> None:
    (row,) = stage.build(LOST_BEFORE)
    stage.tick("dispatch")
    asked = scripted(stage, monkeypatch, *answers)
    seen = find(stage.account, Campaign.objects.get(), [stage.attempt(row)])
    assert (len(asked.cursors), seen and seen.complete) == (len(answers), False)


@pytest.mark.parametrize(
    "declared", [{"proves_absence": False}, {"observe": Seeing.EACH}], ids=["proves nothing", "each"]
)
def test_only_a_list_that_can_prove_something_is_read_on(
    stage: Stage, monkeypatch: pytest.MonkeyPatch, declared: dict[str, Any]
) -> None:
    (row,) = stage.build(LOST_BEFORE)
    stage.tick("dispatch")
    monkeypatch.setattr(Simulator, "capabilities", replace(Simulator.capabilities, **declared))
    asked = scripted(stage, monkeypatch, Observation(cursor="more"))
    assert find(stage.account, Campaign.objects.get(), [stage.attempt(row)]) is not None
    assert asked.cursors == [None]
