"""What a call that was taken back, or refused, turns out to have brought still holds for all that follows."""

from __future__ import annotations

import pytest

from dialer.engine import campaigns
from dialer.engine.apply import apply
from dialer.models import Attempt, CampaignContact, EventSource, EventState, Suppression
from providers.contract import Report
from providers.vocabulary import Progress, Result, Withdrawal
from tests.engine.conftest import SILENT, Stage, columns
from tests.engine.native import Vendor, again, ended, only_first, started, vendor

__all__ = ["vendor"]


def root_of(row: CampaignContact) -> Attempt:
    return Attempt.objects.get(campaign_contact=row, sequence=1)


def tell(stage: Stage, row: CampaignContact, result: Result, ring: int = 1) -> dict[EventState, int]:
    said = Report(
        ref=str(root_of(row).pk), ring_no=ring, progress=Progress.ENDED, result=result, started_at=stage.now
    )
    return dict(apply(account_id=stage.account.pk, reports=[said], source=EventSource.POLL, now=stage.now))


def taken_back(stage: Stage, vendor: Vendor, ring: int = 1) -> CampaignContact:
    """Pause a native campaign of one person whose provider says that it has taken its ring back."""
    row = started(stage)
    if ring > 1:
        ended(stage, row, 1)
        vendor.seen = only_first
    vendor.answers = [Withdrawal.WITHDRAWN]
    campaigns.pause(campaign_id=stage.campaign.pk, now=stage.now)
    stage.play(seconds=30)
    assert Attempt.objects.get(campaign_contact=row, ring_no=ring).state == "cancelled"
    assert again(row).state == "waiting"
    return row


def resume(stage: Stage, row: CampaignContact) -> None:
    campaigns.resume(campaign_id=stage.campaign.pk, now=stage.now)
    stage.play(minutes=1)
    again(row)


@pytest.mark.parametrize("ring", [1, 2])
def test_a_no_told_of_a_call_that_was_taken_back_counts(stage: Stage, vendor: Vendor, ring: int) -> None:
    row = taken_back(stage, vendor, ring)
    assert tell(stage, row, Result.DO_NOT_CALL, ring) == {EventState.APPLIED: 1}
    assert [entry.number for entry in Suppression.objects.all()] == [SILENT]
    assert (again(row).state, row.finish_reason, row.last_result) == (
        "finished",
        "suppressed",
        "do_not_call",
    )


@pytest.mark.parametrize("result", [Result.ANSWERED, Result.TRANSFERRED])
@pytest.mark.parametrize("ring", [1, 2])
def test_whom_a_call_that_was_taken_back_reached_is_not_rung_again(
    stage: Stage, vendor: Vendor, ring: int, result: Result
) -> None:
    row = taken_back(stage, vendor, ring)
    assert tell(stage, row, result, ring) == {EventState.APPLIED: 1}
    resume(stage, row)
    stage.play(minutes=180)
    assert len(vendor.orders) == 1
    assert (again(row).state, row.finish_reason) == ("finished", "reached")
    rung = Attempt.objects.get(campaign_contact=row, ring_no=ring)
    assert (rung.state, rung.started_at is not None) == ("cancelled", True)


@pytest.mark.parametrize(
    ("result", "why"), [(Result.DO_NOT_CALL, "suppression"), (Result.ANSWERED, "completion")]
)
def test_the_call_that_took_its_place_is_asked_back(
    stage: Stage, vendor: Vendor, result: Result, why: str
) -> None:
    row = taken_back(stage, vendor)
    resume(stage, row)
    assert len(vendor.orders) == 2
    assert tell(stage, row, result) == {EventState.APPLIED: 1}
    later = Attempt.objects.get(campaign_contact=row, is_live=True)
    assert (later.sequence, later.withdraw_why) == (2, why)


def test_a_no_told_of_a_call_that_the_provider_refused_counts(stage: Stage, vendor: Vendor) -> None:
    vendor.refuses = True
    row = started(stage)
    assert root_of(row).state == "rejected"
    assert tell(stage, row, Result.DO_NOT_CALL) == {EventState.APPLIED: 1}
    assert Suppression.objects.count() == 1
    assert again(row).finish_reason == "suppressed"


@pytest.mark.parametrize("result", [Result.NO_ANSWER, Result.CANCELLED, Result.UNKNOWN])
def test_nothing_else_that_is_told_of_a_call_taken_back_changes_anything(
    stage: Stage, vendor: Vendor, result: Result
) -> None:
    row = taken_back(stage, vendor)
    before = columns(Attempt, root_of(row).pk), columns(CampaignContact, row.pk)
    assert tell(stage, row, result) == {EventState.IGNORED: 1}
    assert (columns(Attempt, root_of(row).pk), columns(CampaignContact, row.pk)) == before
    assert not Suppression.objects.exists()
