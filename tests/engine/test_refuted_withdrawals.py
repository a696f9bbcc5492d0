"""Taking calls back: wishes that must not be lost, weakened, or stand in the way of others."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from dialer.engine import accounts, attempts, campaigns, contacts
from dialer.engine.suppression import NewSuppression, suppress
from dialer.models import Attempt, Campaign, CampaignContact, ProviderAccount
from providers import errors
from providers.simulator import Simulator
from providers.vocabulary import Why
from tests.engine.conftest import ANSWERED, NO_ANSWER, SILENT, Stage

HELD = {"settings": {"ring_after_seconds": 3600}}


class Killed(BaseException):
    """The process died here."""


def on_withdraw(stage: Stage, step: Callable[[str], None]) -> None:
    """Run a step with the attempt's reference before the provider takes a withdrawal."""

    def wrap(provider: Any, account: ProviderAccount) -> Any:
        provider = stage.wrap(provider, account)
        plain = provider.withdraw

        def withdraw(campaign: Any, call: Any, why: Any) -> Any:
            step(call.ref)
            return plain(campaign, call, why)

        provider.withdraw = withdraw
        return provider

    accounts.wrap_providers(wrap, ledger=stage.ledger)


def down(_: str) -> None:
    raise errors.Unavailable("The line is cut.")


def test_a_withdrawal_that_failed_while_its_campaign_was_resumed_stops_no_other_withdrawal(
    stage: Stage,
) -> None:
    stage.build(ANSWERED, NO_ANSWER, account=HELD)
    stage.tick("dispatch")
    campaigns.pause(campaign_id=stage.campaign.pk, now=stage.now)

    def resume_and_fail(ref: str) -> None:
        if Campaign.objects.get().status == "pausing":
            campaigns.resume(campaign_id=stage.campaign.pk, now=stage.now)
        down(ref)

    on_withdraw(stage, resume_and_fail)
    stage.tick("withdraw")
    accounts.wrap_providers(stage.wrap, ledger=stage.ledger)
    stage.wait(seconds=10)
    suppress(entries=[NewSuppression(number=NO_ANSWER)], now=stage.now)
    stage.tick("withdraw")
    assert Attempt.objects.get(number=NO_ANSWER).state == "cancelled"


def test_a_second_pause_asks_back_a_call_whose_first_withdrawal_had_failed(stage: Stage) -> None:
    stage.build(ANSWERED, account=HELD)
    stage.tick("dispatch")
    campaigns.pause(campaign_id=stage.campaign.pk, now=stage.now)
    on_withdraw(stage, down)
    stage.tick("withdraw")
    campaigns.resume(campaign_id=stage.campaign.pk, now=stage.now)
    accounts.wrap_providers(stage.wrap, ledger=stage.ledger)
    campaigns.pause(campaign_id=stage.campaign.pk, now=stage.now)
    stage.wait(seconds=10)
    stage.tick("withdraw")
    assert Attempt.objects.get().state == "cancelled"


def _complete(stage: Stage, row: CampaignContact) -> None:
    campaigns.complete(campaign_id=stage.campaign.pk, now=stage.now)


def _exclude(stage: Stage, row: CampaignContact) -> None:
    contacts.exclude(campaign_contact_id=row.pk, reason="", now=stage.now)


def _cancel(stage: Stage, row: CampaignContact) -> None:
    attempts.cancel(attempt_id=stage.attempt(row).pk, now=stage.now)


@pytest.mark.parametrize("weaker", [_complete, _exclude, _cancel])
def test_a_suppression_is_asked_of_a_provider_that_takes_nothing_back_for_weaker_reasons(
    stage: Stage, monkeypatch: pytest.MonkeyPatch, weaker: Callable[[Stage, CampaignContact], None]
) -> None:
    only = replace(Simulator.capabilities, withdraw_why=frozenset({Why.SUPPRESSION}))
    monkeypatch.setattr(Simulator, "capabilities", only)
    (row,) = stage.build(ANSWERED, account=HELD)
    stage.tick("dispatch")
    weaker(stage, row)
    suppress(entries=[NewSuppression(number=ANSWERED)], now=stage.now)
    stage.tick("withdraw")
    assert stage.attempt(row).state == "cancelled"


@pytest.mark.parametrize("later", [_exclude, _cancel])
def test_who_was_suppressed_during_a_call_ends_suppressed_whatever_is_asked_later(
    stage: Stage, later: Callable[[Stage, CampaignContact], None]
) -> None:
    (row,) = stage.build(ANSWERED, account=HELD)
    stage.tick("dispatch")
    suppress(entries=[NewSuppression(number=ANSWERED)], now=stage.now)
    later(stage, row)
    stage.tick("withdraw")
    row.refresh_from_db()
    assert row.finish_reason == "suppressed"


def test_a_suppression_that_comes_while_a_pause_cannot_be_asked_for_is_not_dropped(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    only = replace(Simulator.capabilities, withdraw_why=frozenset({Why.SUPPRESSION}))
    monkeypatch.setattr(Simulator, "capabilities", only)
    (row,) = stage.build(ANSWERED, account=HELD)
    stage.tick("dispatch")
    campaigns.pause(campaign_id=stage.campaign.pk, now=stage.now)
    come: list[bool] = []

    def meanwhile(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        # Another worker's suppression commits just before the pause's wish is struck out.
        if not come and sql.startswith('UPDATE "dialer_attempt" SET "withdraw_after" = NULL'):
            come.append(True)
            suppress(entries=[NewSuppression(number=ANSWERED)], now=stage.now)
        return execute(sql, params, many, context)

    with connection.execute_wrapper(meanwhile):
        stage.tick("withdraw")
    assert come
    stage.tick("withdraw")
    assert stage.attempt(row).state == "cancelled"


def test_a_refused_withdrawal_says_nothing_about_the_account(stage: Stage) -> None:
    stage.build(ANSWERED, account=HELD)
    stage.tick("dispatch")
    suppress(entries=[NewSuppression(number=ANSWERED)], now=stage.now)

    def refuse(_: str) -> None:
        raise errors.Refused("This call is not one that can be deleted.")

    on_withdraw(stage, refuse)
    for _ in range(10):
        stage.tick("withdraw")
        stage.wait(seconds=5)
    stage.account.refresh_from_db()
    assert stage.account.health_state == "healthy"


@pytest.mark.postgres
def test_a_provider_that_stays_away_for_a_day_does_not_end_the_asking(stage: Stage) -> None:
    stage.build(ANSWERED, SILENT, account=HELD)
    stage.tick("dispatch")
    suppress(entries=[NewSuppression(number=ANSWERED)], now=stage.now)
    on_withdraw(stage, down)
    stage.tick("withdraw")
    assert Attempt.objects.get(number=ANSWERED).withdraw_after == stage.now + timedelta(seconds=2)


@pytest.mark.parametrize("stop", [campaigns.pause, campaigns.complete])
def test_a_worker_killed_behind_the_stop_of_a_campaign_leaves_no_held_call_to_ring(
    stage: Stage, stop: Callable[..., Any]
) -> None:
    stage.build(ANSWERED, account={"settings": {"ring_after_seconds": 60}})
    stage.tick("dispatch")

    def kill(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        if sql.startswith('UPDATE "dialer_attempt"'):
            raise Killed
        return execute(sql, params, many, context)

    with pytest.raises(Killed), connection.execute_wrapper(kill):
        stop(campaign_id=stage.campaign.pk, now=stage.now)
    stage.play(minutes=3)
    if Campaign.objects.get().status != "running":
        assert stage.rings() == []


def test_a_suppression_of_many_numbers_asks_a_fixed_number_of_questions(stage: Stage) -> None:
    stage.build(ANSWERED)
    with CaptureQueriesContext(connection) as few:
        suppress(entries=[NewSuppression(number="+12125550190")], now=stage.now)
    with CaptureQueriesContext(connection) as many:
        suppress(entries=[NewSuppression(number=f"+1212555{n:04d}") for n in range(120, 180)], now=stage.now)
    assert len(many) <= len(few)


def test_a_suppression_goes_before_the_rest_of_a_pause_that_is_being_worked_off(stage: Stage) -> None:
    numbers = [f"+1212555010{n}" for n in (0, 1, 2, 3, 7)]
    stage.build(*numbers, account=HELD)
    stage.tick("dispatch")
    campaigns.pause(campaign_id=stage.campaign.pk, now=stage.now)
    asked: list[str] = []

    def say_no_meanwhile(ref: str) -> None:
        asked.append(Attempt.objects.get(pk=ref).number)
        if len(asked) == 1:
            last = next(number for number in reversed(numbers) if number not in asked)
            suppress(entries=[NewSuppression(number=last)], now=stage.now)
            asked.append(last)
        stage.wait(seconds=3)  # a slow provider

    on_withdraw(stage, say_no_meanwhile)
    stage.tick("withdraw")
    stage.tick("withdraw")
    assert asked[2] == asked[1]
