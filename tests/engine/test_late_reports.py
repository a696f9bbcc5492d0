"""A report that comes late and names its call by the provider's id alone still finds it, and costs one probe."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from dialer.engine import attempts
from dialer.engine.apply import apply
from dialer.engine.match import matched
from dialer.models import Attempt, EventSource, EventState, ProviderEvent
from providers.contract import Report
from providers.vocabulary import Progress, Result
from tests import factories
from tests.engine.conftest import SILENT, Stage, columns


def tell(stage: Stage, **said: Any) -> dict[EventState, int]:
    report = Report(**({"progress": Progress.ENDED} | said))
    return dict(apply(account_id=stage.account.pk, reports=[report], source=EventSource.HOOK, now=stage.now))


def given_up(stage: Stage, **build: Any) -> Attempt:
    """Make a call that ended without a known result; gives it."""
    (row,) = stage.build(SILENT, **build)
    stage.tick("dispatch")
    stage.wait(minutes=5)
    attempts.settle(attempt_id=stage.attempt(row).pk, result=Result.UNKNOWN, now=stage.now)
    stage.wait(minutes=5)
    found = stage.attempt(row)
    assert (found.state, found.result, found.is_live) == ("ended", "unknown", False)
    return found


@pytest.mark.parametrize("named_by", ["ref", "remote_id"])
def test_a_result_told_late_is_taken_in_however_the_call_is_named(stage: Stage, named_by: str) -> None:
    over = given_up(stage, steps=())
    name = {"ref": str(over.pk), "remote_id": over.provider_ref}[named_by]
    assert tell(stage, **{named_by: name}, result=Result.BUSY) == {EventState.APPLIED: 1}
    over.refresh_from_db()
    assert (over.state, over.result) == ("ended", "busy")
    assert ProviderEvent.objects.get().attempt_id == over.pk


def test_a_result_that_is_known_is_never_told_anew(stage: Stage) -> None:
    over = given_up(stage, steps=())
    tell(stage, remote_id=over.provider_ref, result=Result.BUSY)
    before = columns(Attempt, over.pk)
    said = tell(stage, remote_id=over.provider_ref, result=Result.ANSWERED)
    assert said == {EventState.IGNORED: 1}
    assert columns(Attempt, over.pk) == before


def test_a_no_told_late_by_the_providers_id_stops_the_next_call(stage: Stage) -> None:
    over = given_up(stage, steps=())
    assert tell(stage, remote_id=over.provider_ref, result=Result.DO_NOT_CALL) == {EventState.APPLIED: 1}
    over.campaign_contact.refresh_from_db()
    assert over.campaign_contact.state == "finished"
    stage.tick("suppress")
    assert stage.campaign.contacts.get().state == "finished"


def test_the_call_that_is_on_comes_before_one_that_is_over(stage: Stage) -> None:
    over = given_up(stage, steps=[{"after": "PT10M", "on": ["unknown"]}])
    stage.wait(minutes=10)
    stage.tick("dispatch")
    live = stage.attempt(over.campaign_contact)
    assert live.pk != over.pk
    Attempt.objects.filter(pk=live.pk).update(provider_ref=over.provider_ref)  # a vendor that uses ids again
    stage.wait(minutes=1)
    tell(stage, remote_id=over.provider_ref, result=Result.BUSY, ended_at=stage.now)
    live.refresh_from_db()
    over.refresh_from_db()
    assert (live.state, live.result, over.result) == ("ended", "busy", "unknown")


def test_what_was_over_before_the_later_call_went_out_is_the_earlier_ones(stage: Stage) -> None:
    over = given_up(stage, steps=[{"after": "PT10M", "on": ["unknown"]}])
    then = stage.now - timedelta(minutes=6)
    stage.wait(minutes=10)
    stage.tick("dispatch")
    live = stage.attempt(over.campaign_contact)
    Attempt.objects.filter(pk=live.pk).update(provider_ref=over.provider_ref)
    tell(stage, remote_id=over.provider_ref, result=Result.BUSY, ended_at=then)
    live.refresh_from_db()
    over.refresh_from_db()
    assert (live.state, over.result) == ("pushed", "busy")


def test_another_accounts_id_names_nobody(stage: Stage) -> None:
    over = given_up(stage, steps=())
    other = factories.account()
    (found,) = matched(
        other.pk, [Report(remote_id=over.provider_ref, progress=Progress.ENDED, result=Result.BUSY)], None
    )
    assert found.attempt_id is None


def test_an_unknown_id_is_not_matched_by_a_number_that_another_report_names(stage: Stage) -> None:
    (row,) = stage.build(SILENT, steps=())
    stage.tick("dispatch")
    reports = [
        Report(remote_id="nobody's", phone=SILENT, progress=Progress.ENDED, result=Result.BUSY),
        Report(phone=SILENT, progress=Progress.RINGING),
    ]
    first, second = matched(stage.account.pk, reports, stage.campaign.pk)
    assert (first.attempt_id, second.attempt_id) == (None, stage.attempt(row).pk)


def test_finding_a_call_by_the_providers_id_reads_an_index(stage: Stage) -> None:
    stage.build()
    for _ in range(3):
        factories.attempt()
    reports = [Report(remote_id=f"call-{n}", progress=Progress.QUEUED) for n in range(500)]
    with CaptureQueriesContext(connection) as asked:
        matched(stage.account.pk, reports, None)
    (query,) = [each["sql"] for each in asked]
    is_postgres = connection.vendor == "postgresql"
    with transaction.atomic(), connection.cursor() as cursor:
        if is_postgres:
            # Few rows are read whole whatever there is; what is asked is whether the index could serve.
            cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute(f"EXPLAIN {'' if is_postgres else 'QUERY PLAN'} {query}")
        plan = str(cursor.fetchall())
    assert "attempt_by_provider_ref" in plan
