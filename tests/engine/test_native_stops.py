"""Rings that a provider's own plan would make where nobody may be rung any more are asked back before they come."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from dialer.engine import edits
from dialer.engine import suppression as engine_suppression
from dialer.engine.apply import apply
from dialer.models import Attempt, Campaign, CampaignContact, ContactPhone, EventSource, Suppression
from providers.contract import NativePlan, NativeStep, Report, to_json
from providers.vocabulary import Progress, Remainder, Result, Unit, Withdrawal
from tests import factories
from tests.engine.conftest import SILENT, Stage
from tests.engine.native import Vendor, again, ended, only_first, second, started, vendor

__all__ = ["vendor"]

OTHER, THIRD = "+12125550211", "+12125550212"


def to_the_next_number(stage: Stage, **others: bool) -> CampaignContact:
    """Begin a native plan of one redial, on the person's next number; `others` are marked do-not-disturb or not."""
    (row,) = stage.build(SILENT, steps=({"after": "PT2H", "phone": "next"},))
    for place, (number, is_quiet) in enumerate(others.items(), 1):
        ContactPhone.objects.create(
            contact=row.contact,
            number={"other": OTHER, "third": THIRD}[number],
            position=place,
            country="US",
            do_not_disturb=is_quiet,
        )
    plan = NativePlan(steps=(NativeStep(amount=2, unit=Unit.HOUR, other_phone=True),))
    stored: dict[str, Any] = {"mode": "native", "obstacles": [], "waivers": [], "native": to_json(plan)}
    stored["remainder"] = Remainder.SINGLE.value
    Campaign.objects.filter(pk=stage.campaign.pk).update(retry_plan=stored)
    stage.tick("dispatch")
    return again(row)


def asked_back(row: CampaignContact) -> tuple[str, str, str]:
    """Give the number of the ring that is to come, why it is asked back, and how the contact is to end."""
    return second(row).number, second(row).withdraw_why, again(row).stop_reason


def say_no(stage: Stage, **scope: Any) -> None:
    entries = [engine_suppression.NewSuppression(number=OTHER, **scope)]
    engine_suppression.suppress(entries=entries, now=stage.now)
    stage.tick("suppress")


# ---- the next number


def test_the_next_number_that_somebody_said_no_for_is_not_rung(stage: Stage, vendor: Vendor) -> None:
    row = to_the_next_number(stage, other=False)
    assert vendor.orders[0].other_phones == (OTHER,)
    say_no(stage)
    ended(stage, row, 1)
    assert asked_back(row) == (OTHER, "suppression", "suppressed")
    vendor.seen, vendor.answers = only_first, [Withdrawal.WITHDRAWN]
    stage.tick("withdraw")
    assert [call.phone for call in vendor.asked] == [OTHER]
    assert (again(row).state, row.finish_reason) == ("finished", "suppressed")


def test_a_no_for_one_campaign_is_told_the_provider_as_that(stage: Stage, vendor: Vendor) -> None:
    row = to_the_next_number(stage, other=False)
    say_no(stage, scope="campaign", campaign_id=stage.campaign.pk)
    ended(stage, row, 1)
    assert asked_back(row) == (OTHER, "campaign_suppression", "suppressed")


def test_a_number_marked_before_the_order_was_made_is_not_waited_for(stage: Stage, vendor: Vendor) -> None:
    row = to_the_next_number(stage, other=True, third=False)
    assert vendor.orders[0].other_phones == (THIRD,)
    ended(stage, row, 1)
    assert asked_back(row) == (THIRD, "", "")


def test_a_number_marked_since_the_order_was_made_is_not_rung(stage: Stage, vendor: Vendor) -> None:
    row = to_the_next_number(stage, other=False, third=False)
    ContactPhone.objects.filter(number=OTHER).update(do_not_disturb=True)
    ended(stage, row, 1)
    assert asked_back(row) == (OTHER, "completion", "uncallable")
    assert again(row).finish_detail == "do_not_disturb"


def test_a_no_told_by_the_next_ring_suppresses_the_number_that_was_rung(stage: Stage, vendor: Vendor) -> None:
    row = to_the_next_number(stage, other=False)
    ended(stage, row, 1)
    root = Attempt.objects.get(campaign_contact=row, sequence=1)
    said = Report(
        ref=str(root.pk), ring_no=2, progress=Progress.ENDED, result=Result.DO_NOT_CALL, event_id="2"
    )
    apply(account_id=stage.account.pk, reports=[said], source=EventSource.POLL, now=stage.now)
    assert [entry.number for entry in Suppression.objects.all()] == [OTHER]


def test_a_next_number_that_another_live_call_of_the_campaign_has_does_not_stop_the_facts(
    stage: Stage, vendor: Vendor
) -> None:
    row = to_the_next_number(stage, other=False)
    factories.enrolled([OTHER], campaign=stage.campaign)
    stage.tick("dispatch")
    assert Attempt.objects.filter(number=OTHER, is_live=True).count() == 1
    ended(stage, row, 1)
    assert again(row).state == "in_progress"
    assert second(row).is_live


# ---- the end of the timeline before the plan's


def test_a_plan_of_whom_the_timeline_calls_no_more_is_stopped(stage: Stage, vendor: Vendor) -> None:
    row = started(stage)
    steps = [{"after": "PT2H", "on": ["busy"]}, {"after": "PT4H", "on": ["busy"]}]
    Campaign.objects.filter(pk=stage.campaign.pk).update(frozen_steps=steps)
    ended(stage, row, 1)  # failed, not busy
    assert asked_back(row) == (SILENT, "completion", "exhausted")
    vendor.seen, vendor.answers = only_first, [Withdrawal.WITHDRAWN]
    stage.tick("withdraw")
    assert len(vendor.asked) == 1
    assert (again(row).state, row.finish_reason, row.finish_detail) == ("finished", "exhausted", "failed")


def test_an_invalid_number_in_a_plan_leaves_no_ring_behind(stage: Stage, vendor: Vendor) -> None:
    row = started(stage)
    root = Attempt.objects.get(campaign_contact=row, sequence=1)
    said = Report(ref=str(root.pk), progress=Progress.ENDED, result=Result.INVALID_NUMBER, event_id="x")
    apply(account_id=stage.account.pk, reports=[said], source=EventSource.POLL, now=stage.now)
    assert asked_back(row) == (SILENT, "completion", "uncallable")
    vendor.answers = [Withdrawal.WITHDRAWN]
    stage.tick("withdraw")
    assert len(vendor.asked) == 1
    assert (again(row).state, row.finish_reason) == ("finished", "uncallable")


# ---- the person's own wishes


def test_a_ring_after_not_after_is_asked_back(stage: Stage, vendor: Vendor) -> None:
    row = started(stage)
    CampaignContact.objects.filter(pk=row.pk).update(not_after=stage.now + timedelta(hours=1))
    ended(stage, row, 1)
    assert asked_back(row) == (SILENT, "expiry", "expired")
    vendor.seen, vendor.answers = only_first, [Withdrawal.WITHDRAWN]
    stage.tick("withdraw")
    assert (again(row).state, row.finish_reason) == ("finished", "expired")


def test_a_ring_before_not_after_is_waited_for(stage: Stage, vendor: Vendor) -> None:
    row = started(stage)
    CampaignContact.objects.filter(pk=row.pk).update(not_after=stage.now + timedelta(hours=3))
    ended(stage, row, 1)
    assert asked_back(row) == (SILENT, "", "")


@pytest.mark.parametrize("is_foreseen", [False, True])
def test_a_number_marked_do_not_disturb_gets_no_further_ring(
    stage: Stage, vendor: Vendor, is_foreseen: bool
) -> None:
    row = started(stage)
    if is_foreseen:
        ended(stage, row, 1)
    ContactPhone.objects.filter(number=SILENT).update(do_not_disturb=True)
    edits.phones_changed(contact_id=row.contact_id, now=stage.now)
    if not is_foreseen:
        ended(stage, row, 1)
    assert asked_back(row) == (SILENT, "completion", "uncallable")
    vendor.seen, vendor.answers = only_first, [Withdrawal.WITHDRAWN]
    stage.tick("withdraw")
    assert (again(row).state, row.finish_reason) == ("finished", "uncallable")
