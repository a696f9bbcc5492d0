"""Targg's adapter: its campaigns, the wall clock of the person called, and the account."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

import pytest

from providers.contract import CampaignSpec, NativePlan, NativeStep, RemoteCampaign
from providers.errors import CampaignBlocked
from providers.targg.wall import NoWallTime, wall_time
from providers.vocabulary import Steering, Unit
from tests.providers.targg_peer import (
    CAMPAIGN,
    CAMPAIGN_REF,
    NUMBER,
    OFF,
    OK,
    Peer,
    campaign,
    docs,
)

SPEC = CampaignSpec(ref=CAMPAIGN_REF, name="Autumn", template_id="template-1")
BOUND = CampaignSpec(ref="other", name="Ours", remote_id=CAMPAIGN)
PLAN = NativePlan(steps=(NativeStep(amount=2, unit=Unit.HOUR),))
TIMELINE = [{"unit": 1, "duration": 2, "option_hour": 1, "phone_choose": 1}]
NATIVE = RemoteCampaign(remote_id=CAMPAIGN, remote={"timeline_retry": json.dumps(TIMELINE)})
LIST, ONE = "GET /v1/campaigns", f"GET /v1/campaign/{CAMPAIGN}"
PUT, POST = f"PUT /v1/campaign/{CAMPAIGN}", "POST /v1/campaign"
CALLS = "GET /v1/calls"

# ---- campaigns


def test_a_campaign_is_made_with_retries_and_scheduler_off() -> None:
    peer = Peer({LIST: docs("campaigns"), POST: {**OK, "campaign": campaign()}})
    opened = peer.targg.open_campaign(SPEC)
    assert peer.sent == [LIST, POST]
    assert peer.query(0)["showDeleted"] == "false"
    assert peer.body() == {
        "title": "Autumn",
        "status": "active",
        "templateId": "template-1",
        "automatic_scheduler": False,
        "tags": [],
        "allDays": [],
        "timeline_retry": [],
        "externalId": CAMPAIGN_REF,
    }
    assert (opened.remote_id, opened.state, opened.redials) == (CAMPAIGN, "active", False)
    assert opened.remote == {"timeline_retry": "[]"}


def test_a_campaign_without_a_template_says_the_way_out_and_asks_nothing() -> None:
    peer = Peer()
    with pytest.raises(CampaignBlocked, match="template_id"):
        peer.targg.open_campaign(CampaignSpec(ref="r", name="Autumn"))
    assert peer.sent == []


def test_the_account_may_hold_a_template_for_all() -> None:
    peer = Peer({LIST: docs("campaigns"), POST: {**OK, "campaign": campaign()}}, template="template-9")
    peer.targg.open_campaign(CampaignSpec(ref=CAMPAIGN_REF, name="Autumn"))
    assert peer.body()["templateId"] == "template-9"


def test_a_campaign_that_was_made_before_is_found_by_our_reference_on_a_later_page() -> None:
    def pages(request: Any) -> Any:
        first = docs("campaigns", campaign(_id="d" * 24, externalId="else"), total=2)
        return first if request.url.params["page"] == "1" else docs("campaigns", campaign(), total=2)

    peer = Peer({LIST: pages, PUT: OK})
    assert peer.targg.open_campaign(SPEC).remote_id == CAMPAIGN
    assert peer.sent == [LIST, LIST, PUT]


def test_native_steps_are_written_in_every_documented_unit() -> None:
    units = [Unit.HOUR, Unit.DAY, Unit.WEEK, Unit.MONTH, Unit.YEAR]
    steps = [
        NativeStep(amount=3, unit=unit, business_day=n == 1, other_phone=n == 2)
        for n, unit in enumerate(units)
    ]
    peer = Peer({LIST: docs("campaigns"), POST: {**OK, "campaign": campaign()}})
    peer.targg.open_campaign(
        CampaignSpec(ref="r", name="A", template_id="t", retry=NativePlan(steps=tuple(steps)))
    )
    written = [tuple(step.values()) for step in peer.body(1)["timeline_retry"]]
    assert written == [(1, 3, 1, 1), (2, 3, 2, 1), (3, 3, 1, 2), (4, 3, 1, 1), (5, 3, 1, 1)]


def test_minutes_are_no_unit_of_targg() -> None:
    peer = Peer()
    plan = NativePlan(steps=(NativeStep(amount=30, unit=Unit.MINUTE),))
    with pytest.raises(CampaignBlocked, match="whole hours"):
        peer.targg.open_campaign(CampaignSpec(ref="r", name="A", template_id="t", retry=plan))
    assert peer.sent == []


def test_options_are_passed_on_and_the_engines_own_is_tolerated() -> None:
    peer = Peer({LIST: docs("campaigns"), POST: {**OK, "campaign": campaign()}})
    options = {"credits_per_day": 12, "tags": ["autumn"], "accept_remote_redials": True}
    opened = peer.targg.open_campaign(CampaignSpec(ref="r", name="A", template_id="t", options=options))
    assert (peer.body()["credits_per_day"], peer.body()["tags"]) == (12.0, ["autumn"])
    assert opened.remote["credits_per_day"] == "12.0"


@pytest.mark.parametrize(
    ("options", "named"),
    [
        ({"credit_per_day": 1}, "credit_per_day"),
        ({"calls_per_day": 1}, "calls_per_day"),
        ({"credits_per_day": "1"}, "credits_per_day"),
        ({"credits_per_day": True}, "credits_per_day"),
        ({"credits_per_day": -1}, "credits_per_day"),
        ({"tags": "one"}, "tags"),
        ({"tags": [""]}, "tags"),
    ],
)
def test_options_that_targg_does_not_take_are_named_and_nothing_is_sent(options: Any, named: str) -> None:
    peer = Peer()
    with pytest.raises(CampaignBlocked, match=named):
        peer.targg.open_campaign(CampaignSpec(ref="r", name="A", template_id="t", options=options))
    assert peer.sent == []


def test_a_bound_campaign_keeps_what_it_shows_and_stops_dialing_by_itself() -> None:
    hours = {"day": "monday", "start": "09:00", "end": "18:00"}
    shown = campaign(status="paused", externalId="theirs", tags=["x"], allDays=[hours], has_holiday=True)
    peer = Peer({ONE: {**OK, "campaign": shown}, PUT: OK})
    opened = peer.targg.open_campaign(BOUND)
    assert peer.body() == {
        "title": "Autumn",
        "status": "paused",
        "templateId": "template-1",
        "automatic_scheduler": False,
        "tags": ["x"],
        "allDays": [hours],
        "calls_per_day": 0,
        "has_holiday": True,
        "timeline_retry": [],
        "externalId": "theirs",
    }
    assert (opened.state, opened.redials) == ("paused", False)


def test_a_bound_campaign_whose_redials_are_accepted_is_left_alone() -> None:
    peer = Peer({ONE: {**OK, "campaign": campaign(externalId="theirs")}})
    spec = CampaignSpec(ref="o", name="O", remote_id=CAMPAIGN, options={"accept_remote_redials": True})
    opened = peer.targg.open_campaign(spec)
    assert peer.sent == [ONE]
    assert (opened.redials, opened.remote) == (None, {})


@pytest.mark.parametrize("status", ["inactive", "deleted"])
def test_a_campaign_that_can_not_dial_is_blocked_and_not_changed(status: str) -> None:
    peer = Peer({ONE: {**OK, "campaign": campaign(status=status)}})
    with pytest.raises(CampaignBlocked, match=status):
        peer.targg.open_campaign(BOUND)
    assert peer.sent == [ONE]


def test_a_bound_campaign_with_another_template_is_blocked() -> None:
    peer = Peer({ONE: {**OK, "campaign": campaign(externalId="theirs")}})
    with pytest.raises(CampaignBlocked, match="another template"):
        peer.targg.open_campaign(
            CampaignSpec(ref="o", name="O", remote_id=CAMPAIGN, template_id="template-2")
        )
    assert peer.sent == [ONE]


def test_a_refused_template_blocks_the_campaign_with_the_vendors_reason() -> None:
    refused = (400, {"response": False, "message": "templateId must be a callbot."})
    peer = Peer({LIST: docs("campaigns"), POST: refused})
    with pytest.raises(CampaignBlocked, match="templateId must be a callbot"):
        peer.targg.open_campaign(SPEC)


@pytest.mark.parametrize(
    ("to", "status"),
    [(Steering.PAUSE, "paused"), (Steering.RESUME, "active"), (Steering.CLOSE, "inactive")],
)
def test_steering_says_again_what_targg_does_not_show(to: Steering, status: str) -> None:
    peer = Peer({ONE: {**OK, "campaign": campaign()}, PUT: OK})
    remote = {"timeline_retry": json.dumps(TIMELINE), "credits_per_day": "12.0"}
    peer.targg.steer(RemoteCampaign(remote_id=CAMPAIGN, remote=remote), to)
    body = peer.body()
    assert (body["status"], body["timeline_retry"], body["credits_per_day"]) == (status, TIMELINE, 12.0)
    assert (body["title"], body["externalId"], body["automatic_scheduler"]) == ("Autumn", CAMPAIGN_REF, False)


def test_a_campaign_that_is_gone_is_closed_and_can_not_be_paused() -> None:
    for answers in ({}, {ONE: {**OK, "campaign": campaign(status="deleted")}}):
        peer = Peer(answers)
        peer.targg.steer(OFF, Steering.CLOSE)
        with pytest.raises(CampaignBlocked, match="gone"):
            peer.targg.steer(OFF, Steering.PAUSE)
        assert peer.sent == [ONE, ONE]


# ---- wall clocks


@pytest.mark.parametrize(
    ("instant", "number", "wall"),
    [
        ("2026-07-01T14:00:00+00:00", NUMBER, "2026-07-01 10:00:00"),
        ("2026-12-01T15:00:00+00:00", NUMBER, "2026-12-01 10:00:00"),
        ("2026-07-01T14:00:00.000001+00:00", NUMBER, "2026-07-01 10:00:01"),
        ("2026-07-01T13:00:00+00:00", "5511900000001", "2026-07-01 10:00:00"),
        ("2026-07-01T14:00:00+00:00", "5592900000001", "2026-07-01 10:00:00"),
        ("2026-03-08T07:00:00+00:00", NUMBER, "2026-03-08 03:00:00"),
    ],
)
def test_an_instant_is_written_as_the_persons_wall_clock(instant: str, number: str, wall: str) -> None:
    assert wall_time(datetime.fromisoformat(instant), number) == wall


@pytest.mark.parametrize(
    ("instant", "number", "why"),
    [
        ("2026-07-01T14:00:00+00:00", "12085550111", "several time zones"),
        ("2026-07-01T14:00:00+00:00", "18005550111", "several time zones"),
        ("2026-07-01T14:00:00+00:00", "15555550111", "no time zone"),
        ("2026-11-01T05:30:00+00:00", NUMBER, "twice"),
        ("2026-11-01T06:30:00+00:00", NUMBER, "twice"),
    ],
)
def test_a_wall_clock_that_is_not_certain_is_refused(instant: str, number: str, why: str) -> None:
    with pytest.raises(NoWallTime, match=why):
        wall_time(datetime.fromisoformat(instant), number)


# ---- the account


def test_the_balance_is_read_in_its_currency() -> None:
    balance = {"_id": "x", "value": 10.25, "currency": "R$", "automatic_recharge": False}
    account = Peer({"GET /v1/remaining_credits/": {**OK, "balance": balance}}).targg.check()
    assert (account.ok, str(account.balance), account.currency, account.detail) == (True, "10.25", "BRL", "")


def test_an_empty_balance_is_told() -> None:
    balance = {"_id": "x", "value": 0, "currency": "US$", "automatic_recharge": False}
    account = Peer({"GET /v1/remaining_credits/": {**OK, "balance": balance}}).targg.check()
    assert (account.ok, account.currency) == (True, "USD")
    assert account.detail.startswith("No credit")
