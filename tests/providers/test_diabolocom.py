"""What the kit does not ask of Diabolocom's adapter: how it is configured, opens, steers and lists."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from providers.configuration import InvalidConfiguration, built
from providers.contract import CampaignSpec, NativePlan, NativeStep
from providers.diabolocom import Diabolocom
from providers.errors import AccountBlocked, CampaignBlocked, Unavailable, Unsupported
from providers.vocabulary import Catalogue, Steering, Unit
from tests.providers.diabolocom_desk import CREDENTIALS, Desk, answer, plan

# ---- the account


def _built(settings: dict[str, Any], base_url: str = "") -> Diabolocom:
    return Diabolocom(
        credentials=built(Diabolocom.Credentials, CREDENTIALS, "/credentials"),
        settings=built(Diabolocom.Settings, settings, "/settings"),
        base_url=base_url,
        now=lambda: datetime(2026, 6, 1, tzinfo=UTC),
    )


def test_the_address_is_that_of_the_platform_unless_one_is_given() -> None:
    assert _built({"platform": "fr9"}).base_url == "https://public-fr9.engage.diabolocom.com"
    assert _built({"platform": "fr9"}, "https://desk.invalid").base_url == "https://desk.invalid"


@pytest.mark.parametrize("platform", ["", "fr9.elsewhere.invalid/", "-"])
def test_an_account_without_a_good_address_is_blocked(platform: str) -> None:
    with pytest.raises(AccountBlocked, match="base_url, or its platform"):
        _built({"platform": platform})


def test_a_wrapup_can_only_stand_for_the_end_of_a_call() -> None:
    for word in ("cancelled", "unknown", "expired", "voice mail"):
        with pytest.raises(InvalidConfiguration, match="/settings/wrapup_results"):
            built(Diabolocom.Settings, {"wrapup_results": {"Somewhere": word}}, "/settings")


def test_check_asks_for_one_campaign_with_the_token() -> None:
    desk = Desk()
    assert desk.provider.check().ok is True
    assert desk.sent == ["GET v1"]
    assert desk.url().endswith("?pageSize=1")
    assert desk.wire.seen[0].headers["private-token"] == CREDENTIALS["private_token"]


# ---- the campaign


def test_opening_adds_our_two_fields_once() -> None:
    desk = Desk()
    desk.open()
    assert desk.sent == ["GET v1/4101", "POST v1/4101/field"]
    assert desk.body() == {
        "newCustomFields": [
            {"name": "external_id", "isPhoneNumber": False},
            {"name": "external_id_tries", "isPhoneNumber": False},
        ]
    }
    desk.forget()
    desk.open()
    assert desk.sent == ["GET v1/4101"]


def test_a_field_that_another_worker_added_meanwhile_is_as_good() -> None:
    desk = Desk()
    ours = ["external_id", "external_id_tries"]
    fields = {"newCustomFields": [{"name": name, "isPhoneNumber": False} for name in ours]}
    desk.hand.put("POST", "/field", lambda: desk.ask("POST", "/api/v1/voice/campaigns/4101/field", fields))
    desk.open()
    assert desk.sent == ["GET v1/4101", "POST v1/4101/field", "GET v1/4101"]
    assert desk.campaign()["customFields"] == ["phone1", "phone2", "full_name", *ours]


def test_a_field_that_is_refused_and_not_there_blocks_the_campaign() -> None:
    desk = Desk()
    desk.hand.put("POST", "/field", answer(400, text="error.whatever"))
    with pytest.raises(CampaignBlocked, match="external_id"):
        desk.open()


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"isPaused": True}, "paused at Diabolocom"),
        ({"isPaused": True, "isArchived": True}, "archived at Diabolocom"),
        ({"phoneFields": [], "customFields": ["full_name"]}, "has no phone field"),
        ({"phoneFields": ["external_id"], "customFields": ["external_id"]}, "set another ref_field"),
    ],
)
def test_a_campaign_that_can_not_carry_our_calls_is_blocked(changes: dict[str, Any], reason: str) -> None:
    desk = Desk()
    desk.hand.put("GET", "/4101", answer(200, {**desk.campaign(), **changes}))
    with pytest.raises(CampaignBlocked, match=reason):
        desk.open()
    assert desk.sent == ["GET v1/4101"]


@pytest.mark.parametrize("remote_id", [None, "", "summer", "41/01", "²"])
def test_an_id_that_is_no_number_is_never_sent(remote_id: str | None) -> None:
    desk = Desk()
    with pytest.raises(CampaignBlocked, match="whole number"):
        desk.provider.open_campaign(CampaignSpec(ref="ours", name="Ours", remote_id=remote_id))
    assert desk.sent == []


def test_without_a_plan_nothing_of_how_the_campaign_dials_is_changed() -> None:
    desk = Desk()
    desk.open()
    assert [line for line in desk.sent if line.startswith("PATCH")] == []


def test_a_native_plan_becomes_the_tries_and_the_wait_of_the_campaign_once() -> None:
    desk = Desk()
    desk.open(retry=plan(90, 4))
    assert desk.sent == ["GET v1/4101", "POST v1/4101/field", "PATCH v1/4101", "GET v1/4101"]
    assert desk.body(2) == {"maxTries": 5, "nextTryDelay": 90}
    desk.forget()
    desk.open(retry=plan(90, 4))
    assert desk.sent == ["GET v1/4101"]


@pytest.mark.parametrize(
    "steps",
    [
        (NativeStep(amount=5, unit=Unit.SECOND), NativeStep(amount=6, unit=Unit.SECOND)),
        (NativeStep(amount=1, unit=Unit.DAY),),
        (NativeStep(amount=5, unit=Unit.SECOND, business_day=True),),
    ],
)
def test_a_plan_that_the_vendor_can_not_do_is_unsupported_before_anything_is_sent(
    steps: tuple[NativeStep, ...],
) -> None:
    desk = Desk()
    with pytest.raises(Unsupported):
        desk.open(retry=NativePlan(steps=steps))
    assert desk.sent == []


def test_steering_pauses_resumes_and_archives_after_a_pause() -> None:
    desk = Desk({"archive_on_close": True})
    campaign = desk.open()
    desk.forget()
    told = []
    for to in (Steering.PAUSE, Steering.RESUME, Steering.CLOSE, Steering.CLOSE):
        desk.provider.steer(campaign, to)
        told.append((desk.campaign()["isPaused"], desk.campaign()["isArchived"]))
    assert told == [(True, False), (False, False), (True, True), (True, True)]
    patch, get = "PATCH v1/4101", "GET v1/4101"
    assert desk.sent == [get, patch, patch, get, patch, patch, get]


def test_closing_only_pauses_where_the_account_does_not_want_more() -> None:
    desk = Desk()
    desk.provider.steer(desk.open(), Steering.CLOSE)
    assert (desk.campaign()["isPaused"], desk.campaign()["isArchived"]) == (True, False)


def test_browsing_lists_campaigns_and_wrapups_over_all_pages() -> None:
    desk = Desk(page_limit=2, next_base="https://sandbox.invalid")
    for _ in range(4):
        desk.sandbox.add_campaign()
    campaigns = list(desk.provider.browse(Catalogue.CAMPAIGNS))
    assert [item.id for item in campaigns] == desk.sandbox.campaigns()
    assert (campaigns[0].state, campaigns[0].detail) == (
        "active",
        {"mode": "progressive", "phone_fields": "phone1, phone2"},
    )
    wrapups = list(desk.provider.browse(Catalogue.DISPOSITIONS))
    assert [item.id for item in wrapups] == [str(number) for number in range(8201, 8210)]
    assert (wrapups[0].name, wrapups[0].state) == ("Talked it through", "argued")
    assert desk.sent == ["GET v1"] * 3 + ["GET /api/v1/account/wrapups"] * 5


@pytest.mark.parametrize("kind", [Catalogue.TEMPLATES, Catalogue.QUEUES])
def test_what_is_not_declared_can_not_be_browsed(kind: Catalogue) -> None:
    with pytest.raises(Unsupported):
        list(Desk().provider.browse(kind))


def test_a_list_whose_link_leads_elsewhere_gets_no_token() -> None:
    desk = Desk()
    page = {"count": 0, "campaigns": [], "next": "https://elsewhere.invalid/api", "previous": None}
    desk.hand.put("GET", "/campaigns", answer(200, page))
    with pytest.raises(Unavailable):
        list(desk.provider.browse(Catalogue.CAMPAIGNS))
    assert desk.sent == ["GET v1"]
