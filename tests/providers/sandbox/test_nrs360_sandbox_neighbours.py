"""The sandbox of 360NRS: campaign lists, black lists, short URLs, images, codes, and its speed."""

from __future__ import annotations

import base64
import time
from typing import Any

import pytest

from providers.sandbox.line import Stage
from tests.providers.sandbox.nrs360_api import FIRST, SECOND, Api, menu, spoken

#: The quickest of five, on a busy machine; going through all messages takes longer.
SLOWEST_SECONDS = 0.01


@pytest.fixture
def api() -> Api:
    return Api()


def names(api: Api, **params: Any) -> list[str]:
    return [each["name"] for each in api.get("campaigns", **params)["data"]]


# ---- campaigns


def test_campaigns_are_filtered_by_name_channel_and_date(api: Api) -> None:
    api.clock.advance(60)
    api.send(FIRST, campaignName="June 1")
    api.clock.advance(60)
    api.send(FIRST, campaignName="June 2", path="voice-interactive", **menu({"key": 1, "type": "message"}))
    assert names(api) == ["Kept by people", "June 1", "June 2"]
    assert names(api, name="June*") == ["June 1", "June 2"]
    assert names(api, name="*e*2") == ["June 2"]
    assert names(api, name="June") == []
    assert names(api, name="june 1") == ["June 1"]
    assert names(api, name="June?1") == []
    assert names(api, channel="voice-interactive") == ["June 2"]
    assert names(api, afterDate="2026-06-01T17:01:00+00:00") == ["June 2"]
    assert names(api, beforeDate="2026-06-01T17:01:00+00:00") == ["Kept by people"]
    assert api.refusal("GET", "campaigns?channel=voice") == (422, 422)
    assert api.refusal("GET", "campaigns?page=1") == (422, 422)


def test_links_of_a_campaign_lead_to_it_and_its_sending(api: Api) -> None:
    api.send(FIRST, campaignName="June")
    (listed,) = api.get("campaigns", name="June")["data"]
    (sending,) = listed["sendings"]["data"]

    def followed(link: str) -> Any:
        return api.client.get(link).json()["data"]

    assert followed(listed["links"]["self"]) == listed
    assert followed(listed["links"]["sendings"]) == [sending]
    assert followed(sending["links"]["self"]) == sending
    assert api.client.get(sending["links"]["eventsReport"]).text.startswith("campaignName,")


def test_people_make_campaigns_that_the_api_only_reads(api: Api) -> None:
    number = api.sandbox.add_campaign(name="Paused", status="PAUSED", channel="sms")
    assert api.sandbox.campaigns()[-1] == number
    shown = api.get(f"campaigns/{number}")["data"]["sendings"]["data"][0]
    assert (shown["status"], shown["channel"], shown["total"]) == ("PAUSED", "sms", 0)


def test_lists_may_lag_behind_what_was_created() -> None:
    api = Api(lag_seconds=30)
    sending = api.send(FIRST, campaignName="June")["sendingId"]
    api.ask("POST", "contacts", json={"phone": FIRST, "countryIso": "US", "groupsNames": ["June"]})
    api.ask("PUT", "v2/blacklist/voice", json={"recipient": SECOND})
    lists = ("contacts", "groups", "v2/blacklist/voice", "campaigns")
    api.clock.advance(29)
    assert [len(api.get(path)["data"]) for path in lists] == [0, 0, 0, 0]
    assert api.get(f"sendings/{sending}")["data"]["total"] == 1
    api.clock.advance(1)
    assert [len(api.get(path)["data"]) for path in lists] == [1, 1, 1, 2]


# ---- black lists


def test_a_number_is_put_on_a_list_shown_and_taken_off(api: Api) -> None:
    put = api.ask("PUT", "v2/blacklist/voice", json={"recipient": FIRST})
    when = "2026-06-01T17:00:00+00:00"
    entry = {
        "type": "voice",
        "recipient": FIRST,
        "isDefinitive": False,
        "campaignName": None,
        "createdAt": when,
    }
    assert (put.status_code, put.json()) == (200, {"data": entry})
    assert api.ask("PUT", "v2/blacklist/voice", json={"recipient": FIRST}).status_code == 200
    assert api.get("v2/blacklist/voice")["data"] == [{**entry, "sendingId": None}]
    assert api.get("v2/blacklist/voice", recipient=SECOND)["data"] == []
    assert len(api.get("v2/blacklist/voice", recipient=FIRST)["data"]) == 1
    assert api.get("v2/blacklist/voice", sendingId=5)["data"] == []
    assert api.get("v2/blacklist/sms")["data"] == []
    assert api.ask("DELETE", "v2/blacklist/voice", json={"recipient": FIRST}).status_code == 204
    assert api.refusal("DELETE", "v2/blacklist/voice", json={"recipient": FIRST}) == (404, 404)
    assert api.get("v2/blacklist/voice")["data"] == []


def test_a_list_takes_its_own_channels_recipients_only(api: Api) -> None:
    assert api.ask("PUT", "v2/blacklist/mailing", json={"recipient": "ada@example.org"}).status_code == 200
    assert api.refusal("PUT", "v2/blacklist/mailing", json={"recipient": FIRST}) == (422, 422)
    for bad in ({}, {"recipient": f"+{FIRST}"}, {"recipient": int(FIRST)}, {"phone": FIRST}):
        assert api.refusal("PUT", "v2/blacklist/voice", json=bad) == (422, 422)
        assert api.refusal("DELETE", "v2/blacklist/voice", json=bad) == (422, 422)
    assert api.refusal("PUT", "v2/blacklist/fax", json={"recipient": FIRST}) == (404, 404)
    assert api.get("v2/blacklist/voice")["data"] == []


def test_a_blacklisted_number_is_taken_and_then_rejected(api: Api) -> None:
    api.ask("PUT", "v2/blacklist/voice", json={"recipient": FIRST})
    sending = api.send(FIRST, SECOND)["sendingId"]
    assert [(row["event"], row["phone"]) for row in api.report(sending)] == [("rejected", FIRST)]
    assert [call.stage for call in api.sandbox.calls()] == [Stage.WITHDRAWN, Stage.WAITING]


def test_a_blacklisted_number_can_be_refused_at_once() -> None:
    api = Api(blacklist_refuses=True)
    api.ask("PUT", "v2/blacklist/voice", json={"recipient": FIRST})
    assert api.refusal("POST", "voice", json=spoken(FIRST)) == (400, 102)
    answer = api.ask("POST", "voice", json=spoken(FIRST, SECOND))
    assert (answer.status_code, [each["accepted"] for each in answer.json()["result"]]) == (
        207,
        [False, True],
    )


def test_blacklisting_stops_what_waits_and_not_what_rings(api: Api) -> None:
    sending = api.send(FIRST, SECOND)["sendingId"]
    api.sandbox.dial(SECOND, None)
    for phone in (FIRST, SECOND):
        api.ask("PUT", "v2/blacklist/voice", json={"recipient": phone})
    assert [call.stage for call in api.sandbox.calls()] == [Stage.WITHDRAWN, Stage.RINGING]
    assert api.words(sending) == ["sent", "rejected"]
    api.ask("DELETE", "v2/blacklist/voice", json={"recipient": FIRST})
    assert [call.stage for call in api.sandbox.calls()] == [Stage.WITHDRAWN, Stage.RINGING]


def test_blacklisting_may_come_too_late_for_what_was_taken() -> None:
    api = Api(blacklist_stops=False)
    api.send(FIRST)
    api.ask("PUT", "v2/blacklist/voice", json={"recipient": FIRST})
    assert [call.stage for call in api.sandbox.calls()] == [Stage.WAITING]


# ---- short URLs, images, codes


def test_urls_are_shortened_one_by_one(api: Api) -> None:
    given = ["https://example.org/parcel", "parcel"]
    body = {"urls": [{"longUrl": url} for url in given]}
    good, bad = api.ask("POST", "shortener/shorten", json=body).json()["data"]
    assert (good["longUrl"], good["shortUrl"].startswith("https://short.invalid/"), good["error"]) == (
        given[0],
        True,
        False,
    )
    assert bad == {"longUrl": "parcel", "shortUrl": None, "error": True}
    for wrong in ({}, {"urls": given}, {"urls": [{"url": given[0]}]}, {"urls": [{}]}, {"urls": given[0]}):
        assert api.refusal("POST", "shortener/shorten", json=wrong) == (422, 422)


def test_images_are_stored_one_by_one(api: Api) -> None:
    image = {"externalId": "logo", "extension": "png", "base64": base64.b64encode(b"dots").decode()}
    images = [image, {**image, "extension": "gif"}, {**image, "base64": "%%"}]
    rows = api.ask("POST", "images/generate", json={"images": images}).json()["data"]
    assert [(row["externalId"], row["error"]) for row in rows] == [
        ("logo", False),
        ("logo", True),
        ("logo", True),
    ]
    assert rows[0]["imageUrl"].startswith("https://vendor.invalid/uploads/")
    assert rows[0]["imageUrl"].endswith(".png")
    assert rows[1]["imageUrl"] is None
    assert api.refusal("POST", "images/generate", json={"images": [{"externalId": "logo"}]}) == (422, 422)


def test_a_code_is_made_and_checked_as_often_as_it_may_be(api: Api) -> None:
    made = api.ask("POST", "otp/generate", json={"recipient": FIRST, "maxAttempts": 2}).json()["data"]
    assert (len(made["code"]), made["code"].isdigit(), made["attempts"], made["appId"]) == (4, True, 0, "")
    assert (made["maxAttempts"], made["maxSecondsValidity"]) == (2, 60)
    assert made["expiresAt"] == "2026-06-01T17:01:00+00:00"

    def tried(code: str) -> tuple[bool, str, int]:
        data = api.ask("POST", "otp/check", json={"recipient": FIRST, "code": code}).json()["data"]
        return data["valid"], data["reason"], data["otp"]["data"]["attempts"]

    assert tried("x") == (False, "Invalid code", 1)
    assert tried(made["code"]) == (True, "Valid", 2)
    assert tried(made["code"]) == (False, "Maximum attempts reached", 3)
    api.clock.advance(61)
    assert tried(made["code"]) == (False, "Expired", 4)


def test_letters_of_a_code_count_where_it_is_asked(api: Api) -> None:
    order = {"recipient": "ada@example.org", "alpha": True, "length": 10, "appId": "web"}
    code = api.ask("POST", "otp/generate", json=order).json()["data"]["code"]
    assert code.lower() != code
    check = {"recipient": "ada@example.org", "appId": "web", "code": code.lower()}
    assert api.ask("POST", "otp/check", json=check).json()["data"]["valid"] is True
    strict = api.ask("POST", "otp/check", json={**check, "caseSensitive": True})
    assert strict.json()["data"]["reason"] == "Invalid code"
    assert api.refusal("POST", "otp/check", json={**check, "appId": ""}) == (422, 422)


@pytest.mark.parametrize(
    "changes",
    [
        {"recipient": "Ada"},
        {"length": 2},
        {"length": 11},
        {"length": "4"},
        {"maxAttempts": 11},
        {"maxSecondsValidity": 29},
        {"alpha": 1},
        {"channel": "sms"},
    ],
    ids=str,
)
def test_a_bad_order_for_a_code_is_refused(api: Api, changes: dict[str, Any]) -> None:
    assert api.refusal("POST", "otp/generate", json={"recipient": FIRST, **changes}) == (422, 422)


def test_a_pending_code_can_be_kept(api: Api) -> None:
    order = {"recipient": FIRST, "rejectIfPendingCode": True}
    assert api.ask("POST", "otp/generate", json=order).status_code == 200
    assert api.refusal("POST", "otp/generate", json=order) == (422, 422)
    api.clock.advance(60)
    assert api.ask("POST", "otp/generate", json=order).status_code == 200


# ---- speed


def test_ten_thousand_messages_do_not_slow_a_request(api: Api) -> None:
    for number in range(100):
        phones = [f"1{202 + number}5550{100 + ending}" for ending in range(100) if ending != 4]
        api.send(*phones, campaignName=f"Batch {number}")
    assert len(api.sandbox.calls()) == 9_900
    sending = api.send(FIRST, campaignName="Last")["sendingId"]
    report = f"sendings/{sending}/reports/events"
    for path in ("campaigns?name=Last", "campaigns?name=Last*", report, "contacts"):
        assert min(seconds(api, path) for _ in range(5)) < SLOWEST_SECONDS


def seconds(api: Api, path: str) -> float:
    started = time.perf_counter()
    assert api.ask("GET", path).status_code == 200
    return time.perf_counter() - started
