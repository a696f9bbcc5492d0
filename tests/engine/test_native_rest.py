"""What is left of a provider's own plan after a pause or a refusal happens once each, or ends with its reason."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from dialer.engine import campaigns
from dialer.models import Campaign, CampaignContact
from providers.contract import NativePlan
from providers.vocabulary import Remainder, Withdrawal
from tests.engine.conftest import Stage
from tests.engine.native import (
    HOUR,
    PLAN,
    Vendor,
    again,
    ended,
    queued,
    started,
    story,
    vendor,
)

__all__ = ["vendor"]


def paused_between_rings(stage: Stage, vendor: Vendor, remainder: Remainder) -> CampaignContact:
    row = started(stage, remainder)
    ended(stage, row, 1)
    vendor.seen, vendor.answers = queued(2), [Withdrawal.WITHDRAWN]
    stage.wait(minutes=5)
    campaigns.pause(campaign_id=stage.campaign.pk, now=stage.now)
    stage.tick("withdraw", "campaigns")
    assert Campaign.objects.get(pk=stage.campaign.pk).status == "paused"
    assert [call.ring_no for call in vendor.asked] == [2]
    return again(row)


def test_a_ring_that_a_pause_took_back_is_due_when_it_would_have_been(stage: Stage, vendor: Vendor) -> None:
    row = paused_between_rings(stage, vendor, Remainder.SINGLE)
    assert (row.state, row.next_step, row.due_at) == (
        "waiting",
        0,
        stage.now - timedelta(minutes=5) + 2 * HOUR,
    )
    campaigns.resume(campaign_id=stage.campaign.pk, now=stage.now)
    stage.tick("dispatch")
    assert len(vendor.orders) == 1


def test_the_rest_of_an_interrupted_plan_is_called_one_by_one_each_step_once(
    stage: Stage, vendor: Vendor
) -> None:
    row = paused_between_rings(stage, vendor, Remainder.SINGLE)
    campaigns.resume(campaign_id=stage.campaign.pk, now=stage.now)
    stage.wait(hours=2)
    stage.tick("dispatch")
    ended(stage, row, 1, sequence=3)
    assert (again(row).state, row.next_step, row.due_at) == ("waiting", 1, stage.now + 4 * HOUR)
    stage.wait(hours=4)
    stage.tick("dispatch")
    ended(stage, row, 1, sequence=4)
    assert (again(row).state, row.finish_reason) == ("finished", "exhausted")
    assert [order.retry for order in vendor.orders] == [PLAN, None, None]
    assert story(row) == [
        (1, "ours", 1, "ended", None),
        (2, "native", 2, "cancelled", 0),
        (3, "ours", 1, "ended", 0),
        (4, "ours", 1, "ended", 1),
    ]


def test_where_a_shorter_plan_can_go_with_an_order_the_provider_goes_on(stage: Stage, vendor: Vendor) -> None:
    row = paused_between_rings(stage, vendor, Remainder.SHORTER)
    campaigns.resume(campaign_id=stage.campaign.pk, now=stage.now)
    stage.wait(hours=2)
    stage.tick("dispatch")
    ended(stage, row, 1, sequence=3)
    assert again(row).state == "in_progress"
    assert [order.retry for order in vendor.orders] == [PLAN, NativePlan(steps=PLAN.steps[1:])]
    assert story(row)[2:] == [(3, "ours", 1, "ended", 0), (4, "native", 2, "pushed", 1)]


def test_where_neither_can_be_the_contact_ends_with_its_reason(stage: Stage, vendor: Vendor) -> None:
    row = paused_between_rings(stage, vendor, Remainder.NONE)
    assert (row.state, row.finish_reason, row.finish_detail) == ("finished", "exhausted", "plan_interrupted")


def test_a_first_call_that_a_pause_took_back_gets_its_whole_plan_again(stage: Stage, vendor: Vendor) -> None:
    row = started(stage)
    vendor.answers, vendor.seen = [Withdrawal.WITHDRAWN], queued(1)
    campaigns.pause(campaign_id=stage.campaign.pk, now=stage.now)
    stage.tick("withdraw", "campaigns")
    campaigns.resume(campaign_id=stage.campaign.pk, now=stage.now)
    stage.tick("dispatch")
    assert [order.retry for order in vendor.orders] == [PLAN, PLAN]
    assert story(row) == [(1, "ours", 1, "cancelled", None), (2, "ours", 1, "pushed", None)]


@pytest.mark.parametrize(
    ("remainder", "orders", "state"),
    [(Remainder.SINGLE, [PLAN, None, None], "exhausted"), (Remainder.NONE, [PLAN], "exhausted")],
)
def test_refused_orders_end_too(
    stage: Stage, vendor: Vendor, remainder: Remainder, orders: list[Any], state: str
) -> None:
    vendor.refuses = True
    row = started(stage, remainder)
    for hours in (2, 4):
        stage.wait(hours=hours)
        stage.tick("dispatch")
    assert [order.retry for order in vendor.orders] == orders
    assert (again(row).state, row.finish_reason) == ("finished", state)
