"""What 360NRS' adapter does beside the kit: the campaign, the text, the send, the account."""

from __future__ import annotations

import base64

import pytest

from providers import registry
from providers.contract import NativePlan, NativeStep, RemoteCampaign
from providers.errors import AccountBlocked, CampaignBlocked, Unsupported
from providers.nrs360 import Nrs360
from providers.vocabulary import Catalogue, Result, Unit
from tests.providers.nrs360_peer import BASE, NOW, REF, Peer, campaign, error, order, spec, taken


def opened(peer: Peer, **settings: object) -> tuple[Nrs360, RemoteCampaign]:
    adapter = peer.adapter(**settings)
    return adapter, adapter.open_campaign(spec())


# ---- the campaign


def test_a_campaign_needs_no_remote_id_and_asks_nobody() -> None:
    peer = Peer()
    _, remote = opened(peer)
    assert remote.remote_id == "nrs360-campaign-7"
    assert remote.remote == {
        "message": "Your order {order} is ready, {name}.",
        "language": "en_US",
        "gender": "F",
    }
    assert peer.requests == []


@pytest.mark.parametrize("options", [{}, {"message": ""}, {"message": "  "}, {"message": 7}])
def test_a_campaign_without_a_text_is_blocked_with_the_way_out(options: dict[str, object]) -> None:
    with pytest.raises(CampaignBlocked, match=r"provider_options\.message"):
        Peer().adapter().open_campaign(spec(options=options))


def test_language_and_voice_fall_back_on_the_settings() -> None:
    adapter = Peer().adapter(language="pt_BR", gender="M")
    remote = adapter.open_campaign(spec(options={"message": "Good day"}))
    assert (remote.remote["language"], remote.remote["gender"]) == ("pt_BR", "M")


def test_a_language_may_be_written_in_another_fashion() -> None:
    remote = (
        Peer().adapter().open_campaign(spec(options={"message": "x", "language": "PT-br", "gender": "m"}))
    )
    assert (remote.remote["language"], remote.remote["gender"]) == ("pt_BR", "M")


@pytest.mark.parametrize("wrong", [{"language": "Klingon"}, {"language": 5}, {"gender": "X"}, {"gender": 1}])
def test_a_language_or_voice_that_can_not_be_is_blocked_before_anybody_is_called(
    wrong: dict[str, object],
) -> None:
    with pytest.raises(CampaignBlocked):
        Peer().adapter().open_campaign(spec(options={"message": "x", **wrong}))


def test_an_id_of_the_vendor_is_looked_up_and_named() -> None:
    peer = Peer().on("GET /campaigns/31", {"data": campaign("Spring", number=31)})
    remote = peer.adapter().open_campaign(spec(remote_id="31"))
    assert (remote.remote_id, remote.name) == ("31", "Spring")


def test_an_id_that_no_campaign_can_have_is_blocked_without_asking() -> None:
    peer = Peer()
    with pytest.raises(CampaignBlocked, match="leave remote_campaign_id out"):
        peer.adapter().open_campaign(spec(remote_id="spring"))
    assert peer.requests == []


def test_a_retry_plan_is_unsupported() -> None:
    plan = NativePlan(steps=(NativeStep(amount=1, unit=Unit.HOUR),))
    with pytest.raises(Unsupported):
        Peer().adapter().open_campaign(spec(retry=plan))


# ---- the send


def test_a_send_holds_what_is_documented_and_nothing_more() -> None:
    peer = Peer().on("POST /voice", taken())
    adapter, remote = opened(peer)
    receipt = adapter.push(remote, [order()])[0]
    assert peer.asked[0].body == {
        "to": ["12025550121"],
        "message": "Your order 17 is ready, Ada.",
        "language": "en_US",
        "gender": "F",
        "campaignName": REF,
    }
    assert (receipt.ref, receipt.accepted, receipt.remote_id) == (REF, True, "m1")
    assert receipt.remote == {"campaignName": REF, "campaignId": "11", "sendingId": "22"}


def test_the_credentials_are_basic() -> None:
    peer = Peer().on("POST /voice", taken())
    adapter, remote = opened(peer)
    adapter.push(remote, [order()])
    assert (
        peer.asked[0].headers["authorization"] == "Basic " + base64.b64encode(b"ada:made-up-word-1").decode()
    )


def test_settings_name_the_fields_that_no_document_confirms() -> None:
    peer = Peer().on("POST /voice", taken())
    adapter, remote = opened(
        peer,
        notification_url="https://ours.invalid/hooks/1",
        call_retries_field="callRetries",
        caller_field="caller",
    )
    adapter.push(remote, [order(caller_id="+12025550199")])
    body = peer.asked[0].body
    assert {name: body[name] for name in ("notificationUrl", "callRetries", "caller")} == {
        "notificationUrl": "https://ours.invalid/hooks/1",
        "callRetries": 0,
        "caller": "12025550199",
    }


@pytest.mark.parametrize(
    ("setting", "sent"),
    [("", "https://known.invalid/h"), ("https://ours.invalid/h", "https://ours.invalid/h")],
)
def test_the_installations_own_address_is_sent_unless_a_setting_names_another(
    setting: str, sent: str
) -> None:
    peer = Peer().on("POST /voice", taken())
    adapter, remote = opened(peer, notification_url=setting)
    adapter.hook_url = "https://known.invalid/h"
    adapter.push(remote, [order()])
    assert peer.asked[0].body["notificationUrl"] == sent


def test_an_answer_without_ids_is_still_a_yes() -> None:
    peer = Peer().on("POST /voice", (200, {"result": [{"accepted": True}]}))
    adapter, remote = opened(peer)
    receipt = adapter.push(remote, [order()])[0]
    assert (receipt.accepted, receipt.remote_id, receipt.remote) == (True, None, {"campaignName": REF})


# ---- the text


def test_a_name_may_come_from_the_attributes() -> None:
    peer = Peer().on("POST /voice", taken())
    adapter, remote = opened(peer)
    adapter.push(remote, [order(name=" ", fields={"order": "B 2", "name": "Grace"})])
    assert peer.asked[0].body["message"] == "Your order B 2 is ready, Grace."


@pytest.mark.parametrize(
    ("changes", "missing"),
    [
        ({"fields": {}}, "order"),
        ({"fields": {"order": None}}, "order"),
        ({"fields": {"order": "  "}}, "order"),
        ({"fields": {"order": ["a"]}}, "order"),
        ({"fields": {"order": True}}, "order"),
        ({"name": ""}, "name"),
    ],
)
def test_a_text_with_a_hole_is_refused_and_not_sent(changes: dict[str, object], missing: str) -> None:
    peer = Peer()
    adapter, remote = opened(peer)
    receipt = adapter.push(remote, [order(**changes)])[0]
    assert (receipt.accepted, receipt.result) == (False, Result.REJECTED)
    assert receipt.reason == f"The contact has no `{missing}` for the message."
    assert peer.requests == []


def test_lone_braces_and_filled_in_braces_are_spoken_as_they_stand() -> None:
    peer = Peer().on("POST /voice", taken())
    adapter = peer.adapter()
    remote = adapter.open_campaign(spec(options={"message": "a } b { {} { order }"}))
    adapter.push(remote, [order(fields={"order": "{name}"})])
    assert peer.asked[0].body["message"] == "a } b { {} {name}"


def test_a_campaign_that_was_opened_without_its_text_is_blocked() -> None:
    peer = Peer()
    with pytest.raises(CampaignBlocked) as caught:
        peer.adapter().push(RemoteCampaign(remote_id="nrs360-x"), [order()])
    assert (caught.value.provider, caught.value.operation) == ("nrs360", "push")
    assert peer.requests == []


# ---- account and lists


@pytest.mark.parametrize(
    "body", [{"data": {"balance": "12.50", "currency": "EUR"}}, {"balance": 12.5, "currency": "EUR"}]
)
def test_the_balance_is_read_with_or_without_an_envelope(body: object) -> None:
    account = Peer().on("GET /account", body).adapter().check()
    assert (account.ok, float(account.balance or 0), account.currency) == (True, 12.5, "EUR")


def test_an_account_that_tells_no_balance_is_good() -> None:
    account = Peer().on("GET /account", {"data": {"username": "ada"}}).adapter().check()
    assert (account.ok, account.balance, account.currency) == (True, None, None)


def test_an_address_that_is_not_allowed_says_what_to_do() -> None:
    with pytest.raises(AccountBlocked, match="allow it in the vendor's portal"):
        Peer().on("GET /account", error(401, 112)).adapter().check()


def test_browsing_lists_what_people_made_once_by_days() -> None:
    rows = [
        campaign("Spring", number=1),
        campaign(REF, number=2),
        campaign("News", number=3, channel="sms"),
        campaign("Menu", number=4, channel="voice-interactive", status="FINISHED"),
    ]
    peer = Peer().on("GET /campaigns", {"data": rows})
    items = list(peer.adapter().browse(Catalogue.CAMPAIGNS))
    assert [(item.id, item.name, item.state) for item in items] == [
        ("1", "Spring", "OPENED"),
        ("4", "Menu", "FINISHED"),
    ]
    assert items[1].detail == {"type": "basic", "channel": "voice-interactive"}
    assert len(peer.asked) == 14
    assert peer.asked[0].query == "afterDate=2026-05-31T17%3A00%3A00%2B00%3A00"
    assert peer.asked[13].params == {
        "beforeDate": "2026-05-19T17:00:00+00:00",
        "afterDate": "2026-05-18T17:00:00+00:00",
    }


def test_other_catalogues_are_unsupported() -> None:
    with pytest.raises(Unsupported):
        Peer().adapter().browse(Catalogue.QUEUES)


def test_it_is_registered_and_needs_no_settings() -> None:
    credentials = {"username": "ada", "api_password": "made-up-word-1"}
    built = registry.build("nrs360", credentials=credentials, settings={}, base_url=BASE, now=lambda: NOW)
    assert isinstance(built, Nrs360)
