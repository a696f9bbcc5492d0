"""The sandbox of 360NRS: what becomes of messages, what is notified, and what the reports say."""

from __future__ import annotations

import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any
from urllib.parse import parse_qsl

import pytest

from providers.http import httpx
from providers.sandbox.line import Pace
from providers.sandbox.nrs360 import Nrs360Sandbox
from providers.sandbox.serve import ServedSandbox
from providers.vocabulary import Result
from tests.providers.sandbox.nrs360_api import FIRST, HOOK, SECOND, Api, menu, spoken

SAY = {"key": 2, "type": "message", "message": "Thank you."}
TRANSFER = {"key": 1, "type": "transfer", "prefix": "1", "phone": "2025550120"}
LATER, LATEST = "20260602120000", "20260603120000"


@pytest.fixture
def api() -> Api:
    return Api()


# ---- the life of a message


def test_a_message_goes_its_way_by_itself() -> None:
    api = Api(is_automatic=True, pace=Pace(wait=1, ring=2, talk=3))
    sending = api.send("12025550100", "12025550101", "12025550107")["sendingId"]
    assert api.report(sending) == []
    api.pass_seconds(1)
    assert api.words(sending) == ["sent"] * 3
    api.pass_seconds(2)
    assert api.words(sending) == ["sent"] * 3 + ["undelivered"]
    api.pass_seconds(3)
    last = api.report(sending)[-1]
    assert (last["event"], last["phone"], last["callDurationSeconds"]) == ("delivered", "12025550100", "3")
    assert last["createdAt"] == "2026-06-01T17:00:06+00:00"
    api.pass_seconds(86_400)
    assert len(api.report(sending)) == 5
    assert [ring.phone for ring in api.sandbox.line.rings] == ["12025550100", "12025550101", "12025550107"]


@pytest.mark.parametrize(
    ("result", "words"),
    [
        (Result.ANSWERED, ["delivered"]),
        (Result.TRANSFERRED, ["delivered"]),
        (Result.VOICEMAIL, ["delivered"]),
        (Result.ABANDONED, ["delivered"]),
        (Result.NO_ANSWER, ["undelivered"]),
        (Result.BUSY, ["undelivered"]),
        (Result.FAILED, ["undelivered"]),
        (Result.CARRIER_ERROR, ["rejected"]),
        (Result.REJECTED, ["rejected"]),
        (Result.INVALID_NUMBER, ["rejected"]),
        (Result.DO_NOT_CALL, ["delivered", "unsubscribed"]),
        (Result.EXPIRED, ["expired"]),
        (Result.CANCELLED, []),
        (Result.UNKNOWN, []),
    ],
)
def test_every_result_has_the_vendors_words(api: Api, result: Result, words: list[str]) -> None:
    sending = api.send(FIRST, campaignName="June")["sendingId"]
    api.sandbox.dial(FIRST, result)
    assert api.words(sending) == ["sent", *words]
    shown = api.get("campaigns", name="June")["data"][0]["sendings"]["data"][0]
    assert {word: count for word, count in shown["events"].items() if count} == dict.fromkeys(
        ["sent", *words], 1
    )
    assert (shown["processed"], shown["status"], len(shown["events"])) == (1, "OPENED", 14)


def test_a_word_can_be_shown_whatever_happened(api: Api) -> None:
    sending = api.send(FIRST, campaignName="June")["sendingId"]
    api.sandbox.dial(FIRST, "opened")
    api.sandbox.dial(FIRST, "zz-new")
    assert api.words(sending) == ["opened", "zz-new"]
    events = api.get(f"sendings/{sending}")["data"]["events"]
    assert (events["opened"], events["zz-new"], events["sent"]) == (1, 1, 0)


def test_a_callee_who_asks_for_it_is_blacklisted(api: Api) -> None:
    sending = api.send(FIRST, campaignName="June")["sendingId"]
    api.sandbox.dial(FIRST, Result.DO_NOT_CALL)
    entry = api.get("v2/blacklist/voice")["data"][0]
    assert (entry["recipient"], entry["isDefinitive"], entry["sendingId"]) == (FIRST, True, sending)
    assert entry["campaignName"] == "June"


def test_a_message_that_expired_before_it_was_due_never_rings() -> None:
    api = Api(is_automatic=True)
    sending = api.send(FIRST, scheduleDate=LATEST, expirationDate=LATER)["sendingId"]
    api.pass_seconds(3 * 86_400)
    assert api.words(sending) == ["expired"]
    assert api.sandbox.line.rings == []


def test_a_message_waits_for_its_available_times() -> None:
    api = Api(is_automatic=True)  # it is Monday, 17:00 UTC
    api.send(FIRST, availableTimes=[{"day": 1, "from": "18:00", "to": "20:00"}])
    api.pass_seconds(3599)
    assert api.sandbox.line.rings == []
    api.pass_seconds(1)
    assert [ring.phone for ring in api.sandbox.line.rings] == [FIRST]


# ---- notifications


def test_each_event_is_told_to_the_address_of_the_sending(api: Api) -> None:
    answer = api.send(FIRST, campaignName="June", notificationUrl=HOOK)
    api.sandbox.dial(FIRST, None)
    api.clock.advance(5)
    api.sandbox.dial(FIRST, Result.ANSWERED)
    (url, sent), (_, delivered) = api.told()
    assert url == HOOK
    assert sent["event"] == "sent"
    assert delivered == {
        "id": answer["result"][0]["id"],
        "channel": "text2speech",
        "contactId": "0",
        "campaignId": str(answer["campaignId"]),
        "formId": "",
        "campaignName": "June",
        "event": "delivered",
        "extra": "",
        "eventDate": "2026-06-01 17:00:05",
    }
    hook = api.sandbox.hook(FIRST)
    assert dict(parse_qsl(hook.body.decode(), keep_blank_values=True)) == delivered
    assert hook.headers == {"content-type": "application/x-www-form-urlencoded"}


def test_without_an_address_the_accounts_own_is_told(api: Api) -> None:
    api.send(FIRST)
    api.sandbox.dial(FIRST, None)
    assert api.told() == []
    api.sandbox.hook_url = "https://portal.example/hooks"
    api.sandbox.dial(FIRST, Result.BUSY)
    ((url, form),) = api.told()
    assert (url, form["event"], form["campaignId"], form["campaignName"]) == (
        "https://portal.example/hooks",
        "undelivered",
        "0",
        "",
    )


def test_notifications_can_come_twice_the_same() -> None:
    api = Api(duplicates=True)
    sending = api.send(FIRST, notificationUrl=HOOK)["sendingId"]
    api.sandbox.dial(FIRST, None)
    first, second = api.told()
    assert first == second
    assert api.words(sending) == ["sent"]


def test_a_message_to_which_nothing_happened_has_no_notification(api: Api) -> None:
    api.send(FIRST)
    with pytest.raises(LookupError):
        api.sandbox.hook(FIRST)


# ---- reports


def test_the_event_report_has_the_documented_columns(api: Api) -> None:
    body = {"phone": FIRST, "email": "ada@example.org", "countryIso": "US", "groupsNames": ["June"]}
    contact = api.ask("POST", "contacts", json={**body, "customFields": [{"key": "tier", "value": "a,b"}]})
    answer = api.send(FIRST, campaignName="June, first")
    api.sandbox.dial(FIRST, Result.NO_ANSWER)
    text = api.ask(
        "GET", f"sendings/{answer['sendingId']}/reports/events", params={"showCustomFields": 1}
    ).text
    assert text.splitlines()[0] == (
        "campaignName,campaignId,sendingId,contactId,event,phone,email,landline,countryIso,"
        "callDurationSeconds,createdAt,tier"
    )
    start = f'"June, first",{answer["campaignId"]},{answer["sendingId"]},{contact.json()["data"]["id"]}'
    when = "2026-06-01T17:00:00+00:00"
    assert text.splitlines()[2] == f'{start},undelivered,{FIRST},ada@example.org,,US,,{when},"a,b"'


def test_reports_lie_between_their_dates_and_exclude_both(api: Api) -> None:
    sending = api.send(FIRST)["sendingId"]
    api.sandbox.dial(FIRST, None)
    api.clock.advance(60.5)
    api.sandbox.dial(FIRST, Result.ANSWERED)
    began, ended = "2026-06-01T17:00:00+00:00", "2026-06-01T17:01:00+00:00"
    assert [row["event"] for row in api.report(sending, afterDate=began)] == ["delivered"]
    assert [row["event"] for row in api.report(sending, beforeDate=ended)] == ["sent"]
    assert [row["event"] for row in api.report(sending, afterDate=ended)] == []


def test_a_date_whose_plus_was_not_encoded_is_refused(api: Api) -> None:
    sending = api.send(FIRST)["sendingId"]
    for path in (f"sendings/{sending}/reports/events", f"sendings/{sending}/reports/keys", "campaigns"):
        assert api.refusal("GET", f"{path}?afterDate=2026-06-01T17:00:00+00:00") == (422, 422)
    assert api.refusal("GET", f"sendings/{sending}/reports/events?page=2") == (422, 422)
    assert api.refusal("GET", f"sendings/{sending}/reports/events?showCustomFields=yes") == (422, 422)


def test_pressed_keys_are_reported(api: Api) -> None:
    sending = api.send(FIRST, SECOND, path="voice-interactive", **menu(TRANSFER, SAY))["sendingId"]
    api.sandbox.dial(FIRST, None)
    api.sandbox.press(FIRST, "2")
    api.sandbox.dial(FIRST, Result.ANSWERED)
    api.sandbox.dial(SECOND, Result.ANSWERED)
    assert api.report(sending, "keys") == [
        {"phonenumber": FIRST, "key": "2", "message": "Thank you."},
        {"phonenumber": SECOND, "key": "1", "message": ""},
    ]
    assert api.report(sending, "keys", afterDate="2026-06-01T17:00:00+00:00") == []


def test_a_sending_that_asks_for_no_keys_has_none(api: Api) -> None:
    sending = api.send(FIRST)["sendingId"]
    api.sandbox.dial(FIRST, Result.ANSWERED)
    assert api.ask("GET", f"sendings/{sending}/reports/keys").text == "phonenumber,key,message\r\n"
    with pytest.raises(LookupError):
        api.sandbox.press(FIRST, "1")


# ---- over a real socket


class _Listener(BaseHTTPRequestHandler):
    """A receiver that hears each notification at the second telling only: 204 is not 200."""

    heard: list[dict[str, str]]
    done: threading.Event

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        self.heard.append(dict(parse_qsl(body, keep_blank_values=True)))
        tries = sum(each == self.heard[-1] for each in self.heard)
        self.send_response(204 if tries == 1 else 200)
        self.send_header("Content-Length", "0")
        self.end_headers()
        if tries == 2 and self.heard[-1]["event"] == "delivered":
            self.done.set()

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing."""


def test_it_is_served_and_notifies_until_it_is_heard_with_200() -> None:
    heard, done = [], threading.Event()
    listener = HTTPServer(("127.0.0.1", 0), type("Listener", (_Listener,), {"heard": heard, "done": done}))
    listening = threading.Thread(target=listener.serve_forever, args=(0.05,), daemon=True)
    served = ServedSandbox(Nrs360Sandbox, pace=Pace(wait=0, ring=0, talk=0))
    listening.start()
    served.start()
    try:
        address = f"http://127.0.0.1:{listener.server_address[1]}/hooks"
        auth = (Nrs360Sandbox.credentials["username"], Nrs360Sandbox.credentials["api_password"])
        with httpx.Client(base_url=served.base_url, auth=auth, trust_env=False) as client:
            body = spoken("12025550100", campaignName="Served", notificationUrl=address)
            answer = client.post("/api/rest/voice", json=body)
            assert answer.status_code == 202
            assert done.wait(20)
            found = client.get("/api/rest/campaigns", params={"name": "Served"}).json()["data"][0]
    finally:
        served.stop()
        listener.shutdown()
        listener.server_close()
    assert found["links"]["self"] == f"{served.base_url}/api/rest/campaigns/{answer.json()['campaignId']}"
    assert sorted(each["event"] for each in heard) == ["delivered"] * 2 + ["sent"] * 2
