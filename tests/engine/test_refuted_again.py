"""What the repairs of other refutations must not break."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection, transaction

from dialer.engine import campaigns, contacts, withdraw
from dialer.engine.apply import apply
from dialer.models import Attempt, CampaignContact, EventSource
from providers import errors
from providers.contract import Report
from providers.vocabulary import Progress, Result
from tests import factories
from tests.engine.conftest import ANSWERED, NO_ANSWER, SILENT, Stage
from tests.engine.test_refuted_races import beside
from tests.engine.test_refuted_withdrawals import on_withdraw

HELD = {"settings": {"ring_after_seconds": 60}}


def test_a_withdrawal_that_ends_while_a_sweep_looks_leaves_nobody_waiting_in_a_completed_campaign(
    stage: Stage,
) -> None:
    (row,) = stage.build(ANSWERED, account=HELD)
    stage.tick("dispatch")
    campaigns.complete(campaign_id=stage.campaign.pk, now=stage.now)
    done: list[bool] = []

    def meanwhile(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        # Another worker's withdrawal commits between the sweep's look at who waits and its look at what is live.
        if not done and 'AS "a" FROM "dialer_attempt"' in sql:
            done.append(True)
            withdraw.withdrawn(stage.attempt(row), stage.campaign, now=stage.now)
        return execute(sql, params, many, context)

    with connection.execute_wrapper(meanwhile):
        stage.tick("campaigns")
    assert done
    assert stage.attempt(row).state == "cancelled"
    for _ in range(3):
        stage.wait(seconds=2)
        stage.tick("campaigns")
    row.refresh_from_db()
    assert (row.state, row.finish_reason) == ("finished", "cancelled")


@pytest.mark.postgres
def test_a_contact_rearmed_while_its_campaign_completes_does_not_wait_for_ever(stage: Stage) -> None:
    stage.build()
    row = factories.enrolled([NO_ANSWER], campaign=stage.campaign, state="finished")

    def complete() -> None:
        campaigns.complete(campaign_id=stage.campaign.pk, now=stage.now)
        stage.tick("campaigns")

    with transaction.atomic():  # as every write of the API runs
        contacts.rearm(campaign_contact_id=row.pk, now=stage.now)
        beside(complete).join(timeout=2)
    for _ in range(3):
        stage.wait(seconds=2)
        stage.tick("campaigns")
    row.refresh_from_db()
    assert row.state == "finished"


def test_withdrawals_that_fail_and_fail_again_do_not_keep_the_calls_from_being_observed(stage: Stage) -> None:
    numbers = [f"+1{area}5550101" for area in (212, 202, 303, 404, 617, 702)]
    stage.build(*numbers, account=HELD | {"max_requests_per_second": 2})
    stage.play(seconds=30)
    assert Attempt.objects.filter(state="pushed").count() == 6

    def broken(_: str) -> None:
        raise errors.Unavailable("This one request always fails.")

    on_withdraw(stage, broken)
    campaigns.pause(campaign_id=stage.campaign.pk, now=stage.now)
    stage.play(minutes=5)
    assert set(Attempt.objects.values_list("state", flat=True)) == {"ended"}


@pytest.mark.parametrize("shape", [str.upper, lambda text: text.replace("-", "")])
def test_a_reference_that_a_provider_wrote_in_another_shape_is_still_ours(stage: Stage, shape: Any) -> None:
    (row,) = stage.build(SILENT)
    stage.tick("dispatch")
    told = Report(ref=shape(str(stage.attempt(row).pk)), progress=Progress.ENDED, result=Result.BUSY)
    apply(account_id=stage.account.pk, reports=[told], source=EventSource.POLL, now=stage.now)
    assert stage.attempt(row).result == "busy"
    assert CampaignContact.objects.get().state == "waiting"
