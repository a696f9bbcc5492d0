"""The sandbox of 360NRS: who is let in, what may be sent, and the campaigns that sendings make."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from providers.http import httpx
from providers.sandbox.nrs360.errors import TABLE
from tests.providers.sandbox.nrs360_api import FIRST, REFUSED, SECOND, THIRD, Api, menu, spoken

SAY = {"key": 2, "type": "message", "message": "Thank you."}
TRANSFER = {"key": 1, "type": "transfer", "prefix": "1", "phone": "2025550120"}


@pytest.fixture
def api() -> Api:
    return Api()


def at(hours: str, **changes: Any) -> dict[str, Any]:
    begin, _, end = hours.partition("-")
    return {"availableTimes": [{"day": 1, "from": begin, "to": end, **changes}]}


# ---- the door


def test_wrong_credentials_are_refused_by_number(api: Api) -> None:
    for auth in (("sandbox-user", "another-password"), ("another-user", "sandbox-api-password")):
        assert api.refusal("GET", "account", auth=auth) == (401, 103)
    assert api.refusal(
        "GET", "account", headers={"Authorization": "Bearer sandbox-api-password"}, auth=None
    ) == (
        401,
        103,
    )


def test_an_address_that_is_not_allowed_is_refused_by_number(api: Api) -> None:
    api.sandbox.is_address_allowed = False
    assert api.refusal("GET", "account") == (401, 112)


def test_what_is_not_there_is_not_found(api: Api) -> None:
    assert api.refusal("GET", "calls") == (404, 404)
    assert api.refusal("GET", "voice") == (405, 405)
    assert api.refusal("DELETE", "campaigns/2") == (405, 405)
    assert api.refusal("GET", "sendings/99") == (404, 404)
    assert api.refusal("GET", "sendings/99/reports/events") == (404, 404)


def test_the_account_shows_its_balance(api: Api) -> None:
    api.send(FIRST, SECOND)
    shown = api.get("account")["data"]
    assert (shown["balance"], shown["currency"]) == (4999.96, "EUR")


# ---- sending


def test_a_sending_answers_ids_in_the_order_of_its_recipients(api: Api) -> None:
    answer = api.send(FIRST, SECOND, campaignName="June")
    assert sorted(answer) == ["campaignId", "result", "sendingId"]
    assert [(each["accepted"], each["to"]) for each in answer["result"]] == [(True, FIRST), (True, SECOND)]
    ids = [each["id"] for each in answer["result"]]
    assert [call.key for call in api.sandbox.calls()] == ids
    assert all(len(each) == 20 and each.isalnum() for each in ids)


def test_a_terse_answer_has_neither_campaign_nor_numbers() -> None:
    answer = Api(is_terse=True).send(FIRST, campaignName="June")
    assert sorted(answer) == ["result", "sendingId"]
    assert sorted(answer["result"][0]) == ["accepted", "id"]


def test_a_number_that_is_named_twice_is_called_twice(api: Api) -> None:
    api.send(FIRST, FIRST)
    api.send(FIRST)
    assert [call.phone for call in api.sandbox.calls()] == [FIRST] * 3


def test_some_bad_recipients_are_refused_one_by_one(api: Api) -> None:
    answer = api.ask("POST", "voice", json=spoken(FIRST, REFUSED, f"+{SECOND}", "12-34", THIRD))
    assert answer.status_code == 207
    assert [each["accepted"] for each in answer.json()["result"]] == [True, False, False, False, True]
    assert [each.get("error", {}).get("code") for each in answer.json()["result"]] == [
        None,
        102,
        102,
        102,
        None,
    ]
    assert [call.phone for call in api.sandbox.calls()] == [FIRST, THIRD]


@pytest.mark.parametrize(
    ("changes", "status", "code"),
    [
        ({"to": [REFUSED]}, 400, 102),
        ({"to": [f"+{FIRST}"]}, 400, 102),
        ({"to": []}, 400, 102),
        ({"to": None}, 400, 102),
        ({"to": FIRST}, 422, 422),
        ({"to": [int(FIRST)]}, 422, 422),
        ({"to": None, "contactsExternalIds": []}, 400, 195),
        ({"to": None, "contactsExternalIds": ["nobody"]}, 400, 195),
        ({"contactsExternalIds": ["nobody"]}, 422, 422),
        ({"message": None}, 400, 104),
        ({"message": " "}, 400, 104),
        ({"message": 7}, 422, 422),
        ({"message": "x" * 1001}, 400, 105),
        ({"language": None}, 400, 130),
        ({"language": "en-US"}, 400, 130),
        ({"language": ["en_US"]}, 400, 130),
        ({"gender": None}, 400, 131),
        ({"gender": "f"}, 400, 131),
        ({"caller": "front desk"}, 400, 132),
        ({"audioUrl": "parcel.mp3"}, 400, 133),
        ({"audioUrl": "https://files.example/parcel.txt"}, 400, 134),
        ({"campaignName": ""}, 400, 126),
        ({"campaignName": 5}, 400, 126),
        ({"notificationUrl": "dialer.example/hooks"}, 400, 109),
        ({"callRetries": ""}, 400, 190),
        ({"callRetries": "2"}, 400, 176),
        ({"callRetries": True}, 400, 176),
        ({"callRetries": 1}, 400, 177),
        ({"costLimit": ""}, 400, 191),
        ({"costLimit": 1.5}, 400, 178),
        ({"scheduleDate": "2026-06-02 12:00:00"}, 400, 121),
        ({"scheduleDate": "20260631120000"}, 400, 121),
        ({"scheduleDate": "20260601120000"}, 400, 108),
        ({"expirationDate": "tomorrow"}, 400, 119),
        ({"expirationDate": "20260601120000"}, 400, 119),
        ({"availableTimes": []}, 400, 194),
        ({"availableTimes": "always"}, 400, 183),
        ({"availableTimes": [{"day": 1, "from": "10:00"}]}, 400, 189),
        (at("10:00-12:00", day="1"), 400, 184),
        (at("10:00-12:00", day=8), 400, 185),
        (at("10-12:00"), 400, 186),
        (at("10:00-24:00"), 400, 187),
        (at("12:00-10:00"), 400, 188),
        (at("10:00-10:59"), 400, 196),
        ({"retries": 1}, 422, 422),
        ({"speechRetries": 1}, 422, 422),
    ],
    ids=str,
)
def test_a_bad_sending_is_refused_whole(api: Api, changes: dict[str, Any], status: int, code: int) -> None:
    assert api.refusal("POST", "voice", json=spoken(FIRST, **changes)) == (status, code)
    assert api.sandbox.calls() == []
    assert api.get("account")["data"]["balance"] == 5000.0


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        (menu(SAY, language="xx"), 160),
        (menu(SAY, gender="x"), 161),
        (menu(SAY, caller="x"), 162),
        (menu(SAY, speechType="audio"), 163),
        (menu(SAY, speechType="audio", audioUrl="x"), 163),
        (menu(SAY, speechType="audio", audioUrl="https://files.example/a.txt"), 164),
        (menu(SAY, speechType="song"), 165),
        (menu({"key": 1, "type": "dance"}), 166),
        (menu(SAY, speechType=""), 168),
        (menu(), 169),
        (menu({"type": "message"}), 170),
        (menu({"key": "one", "type": "message"}), 171),
        (menu({"key": 10, "type": "message"}), 172),
        (menu({"key": "-1", "type": "message"}), 172),
        (menu({"key": 1, "type": "menu", "options": []}), 173),
        (menu({"key": 1, "type": "menu", "options": [{"key": 1, "type": "menu"}]}), 173),
        (menu({**TRANSFER, "prefix": ""}), 174),
        (menu({**TRANSFER, "phone": "desk"}), 175),
        (menu(SAY, speechRetries="1"), 179),
        (menu(SAY, speechRetries=6), 180),
        (menu(SAY, speechTimeoutSeconds="1"), 181),
        (menu(SAY, speechTimeoutSeconds=61), 182),
        (menu(SAY, speechRetries=None) | {"speechRetries": ""}, 192),
        (menu(SAY, speechTimeoutSeconds=""), 193),
    ],
    ids=str,
)
def test_a_bad_interactive_sending_is_refused_whole(api: Api, changes: dict[str, Any], code: int) -> None:
    assert api.refusal("POST", "voice-interactive", json=spoken(FIRST, **changes)) == (TABLE[code][0], code)
    assert api.sandbox.calls() == []


def test_a_body_that_is_no_json_has_its_number(api: Api) -> None:
    typed = {"Content-Type": "application/json"}
    assert api.refusal("POST", "voice", content=b"to=1", headers=typed) == (400, 125)
    assert api.refusal("POST", "voice", content=b"{}", headers={"Content-Type": "text/plain"}) == (400, 125)
    assert api.refusal("POST", "voice", json=[1]) == (422, 422)
    assert api.refusal("POST", "voice?dryRun=1", json=spoken(FIRST)) == (422, 422)


def test_audio_needs_no_voice_and_zero_retries_are_none(api: Api) -> None:
    plain = {"message": None, "language": None, "gender": None}
    api.send(FIRST, **plain, audioUrl="https://files.example/parcel.mp3?v=2", callRetries=0, costLimit=10)
    assert [call.waits for call in api.sandbox.calls()] == [()]


def test_without_credit_nobody_is_called(api: Api) -> None:
    api.sandbox.balance = Decimal("0.03")
    assert api.refusal("POST", "voice", json=spoken(FIRST, SECOND)) == (402, 111)
    assert api.sandbox.calls() == []
    api.send(FIRST)
    assert api.refusal("POST", "voice", json=spoken(FIRST)) == (402, 111)


def test_contacts_can_be_called_by_an_id_of_theirs(api: Api) -> None:
    api.sandbox.add_contact(phone=SECOND, external_id="crm-9")
    assert [each["to"] for each in api.send(to=None, contactsExternalIds=["crm-9", "crm-10"])["result"]] == [
        SECOND
    ]


def test_numbers_with_a_fault_meet_it_once() -> None:
    api = Api(is_automatic=True)
    assert api.refusal("POST", "voice", json=spoken("12025550106")) == (429, 429)
    for lost in (("12025550108",), ("12025550105", FIRST)):
        with pytest.raises(httpx.RemoteProtocolError):
            api.ask("POST", "voice", json=spoken(*lost))
    assert [call.phone for call in api.sandbox.calls()] == ["12025550105", FIRST]
    api.send("12025550106", "12025550108")
    assert len(api.sandbox.calls()) == 4


# ---- campaigns of sendings


def test_a_name_makes_a_campaign_and_joins_it_later(api: Api) -> None:
    first, second = api.send(FIRST, campaignName="June"), api.send(SECOND, campaignName="June")
    other = api.send(THIRD, campaignName="July")
    assert (second["campaignId"], second["sendingId"]) == (first["campaignId"], first["sendingId"])
    assert other["sendingId"] != first["sendingId"]
    found = api.get("campaigns", name="June")["data"]
    assert [(each["id"], each["name"], each["type"]) for each in found] == [
        (first["campaignId"], "June", "basic")
    ]
    sending = found[0]["sendings"]["data"][0]
    assert (sending["id"], sending["status"], sending["channel"]) == (
        first["sendingId"],
        "OPENED",
        "text2speech",
    )
    assert (sending["total"], sending["processed"], sending["cost"]) == (2, 0, 0.04)


def test_a_name_that_is_taken_by_another_kind_is_refused(api: Api) -> None:
    api.sandbox.add_campaign(name="Spring")
    api.send(FIRST, campaignName="June")
    for path, changes in (
        ("voice", {"campaignName": "Spring"}),
        ("voice-interactive", {"campaignName": "June"}),
    ):
        extra = menu(SAY) if path != "voice" else {}
        assert api.refusal("POST", path, json=spoken(SECOND, **changes, **extra)) == (400, 167)


def test_a_sending_without_a_name_is_found_by_its_id_only(api: Api) -> None:
    answer = api.send(FIRST)
    assert answer["campaignId"] == 0
    assert [each["name"] for each in api.get("campaigns")["data"]] == ["Kept by people"]
    assert api.get(f"sendings/{answer['sendingId']}")["data"]["campaignName"] is None
