"""QVoice in miniature does what the vendor's document says, and nothing that it does not say.

Long because it follows the vendor's document from its first endpoint to its last.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from typing import Any

import pytest

from providers.http import httpx
from providers.sandbox import sandbox_class
from providers.sandbox.line import Stage
from providers.sandbox.messages import Request
from providers.sandbox.qvoice import QVoiceSandbox
from providers.sandbox.serve import ServedSandbox
from providers.sandbox.transport import SandboxTransport
from providers.testing import VirtualClock
from providers.values import NativeStep
from providers.vocabulary import Result, Unit

PHONE, OTHER_PHONE = "+12025550111", "+12025550112"
GIVEN = QVoiceSandbox.credentials
LOGIN = {name: GIVEN[name] for name in ("username", "password", "domain")}
LEAD: dict[str, Any] = {
    "number": PHONE,
    "retries": 0,
    "first_name": "Ada",
    "last_name": "Fiction",
    "type": "",
    "priority": 5,
    "ticket_id": "our-reference-1",
    "note": "",
    "cool_off": 0,
}
REPORT, HISTORY = "/api/v2/reports/campaigns/leads/status", "/api/v2/reports/campaigns/leads/history"
QUEUES, LEADS = "/callcenter/queues/status", "/api/v2/config/campaigns/leads"
#: The clock's start, 2026-06-01 17:00 UTC, and the defaults of the line: 1 s to the ring, 2 s, 3 s of talk.
START = 1780333200


class Desk:
    """A sandbox, its clock, and a client that is logged in."""

    def __init__(self, **options: Any) -> None:
        self.clock = VirtualClock()
        # A session of a day, so that letting an hour pass does not end it.
        self.sandbox = QVoiceSandbox(now=self.clock.now, **{"session_seconds": 86_400, **options})
        self.http = httpx.Client(
            transport=SandboxTransport(self.sandbox), base_url="https://stand-in.invalid"
        )
        self.campaign = self.sandbox.campaigns()[0]
        self.log_in()

    def log_in(self) -> None:
        token = self.http.post("/api/v2/login", json=LOGIN).json()["access_token"]
        self.http.headers.update({"Authorization": f"Bearer {token}", "X-Account-ID": GIVEN["account_id"]})

    def add(self, number: str = PHONE, campaign: str = "", **changes: Any) -> httpx.Response:
        path = f"/api/v2/config/campaigns/{campaign or self.campaign}/lead"
        return self.http.put(path, json={**LEAD, "number": number, **changes})

    def page(self, **query: Any) -> dict[str, Any]:
        answer = self.http.get(f"/api/v2/config/campaigns/{self.campaign}/leads", params=query)
        assert answer.status_code == 200
        return dict(answer.json())

    def leads(self) -> list[dict[str, Any]]:
        return list(self.page(page_size=1000)["data"])

    def words(self) -> list[str]:
        return [lead["status"] for lead in self.leads()]

    def counts(self) -> dict[str, int]:
        return dict(self.http.get(REPORT).json()[self.campaign]["leads_by_status"])

    def history(self, **query: Any) -> Any:
        asked = {"startDate": START, "endDate": START + 86_400, "pageSize": 1000, **query}
        answer = self.http.get(HISTORY, params=asked)
        assert answer.status_code == 200
        return answer.json()

    def set_status(self, word: str, key: str = "") -> httpx.Response:
        return self.http.post(f"{LEADS}/{key or self.leads()[-1]['id']}/status/{word}")

    def rings(self) -> list[float]:
        """Give when phones rang, in seconds from the clock's start."""
        return [ring.at.timestamp() - START for ring in self.sandbox.line.rings]


@pytest.fixture
def desk() -> Desk:
    return Desk()


@pytest.fixture
def by_hand() -> Desk:
    return Desk(is_automatic=False)


# ---- who is let in


def test_it_is_found_by_its_name() -> None:
    assert sandbox_class("qvoice") is QVoiceSandbox


def test_the_login_tells_neither_the_account_nor_the_life_time(desk: Desk) -> None:
    answer = desk.http.post("/api/v2/login", json=LOGIN)
    assert answer.status_code == 200
    assert sorted(answer.json()) == ["access_token", "refresh_token", "user"]
    assert GIVEN["account_id"] not in answer.text


@pytest.mark.parametrize(
    "body",
    [
        {**LOGIN, "password": "another-password"},
        {**LOGIN, "domain": "another-tenant"},
        {**LOGIN, "username": 7},
        {**LOGIN, "account_id": GIVEN["account_id"]},
        {"username": LOGIN["username"], "password": LOGIN["password"]},
        [],
    ],
    ids=["password", "domain", "type", "field too many", "field too few", "no object"],
)
def test_a_wrong_login_is_400(desk: Desk, body: Any) -> None:
    assert desk.http.post("/api/v2/login", json=body).status_code == 400


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({"Authorization": ""}, 401),
        ({"Authorization": "Bearer never-given-out"}, 401),
        ({"Authorization": "Basic never-given-out"}, 401),
        ({"X-Account-ID": "00000000000000000000000000000000"}, 403),
    ],
)
def test_a_request_without_a_good_header_is_refused(desk: Desk, changes: dict[str, str], status: int) -> None:
    assert desk.http.get(REPORT, headers=changes).status_code == status


def test_a_good_token_of_another_scheme_is_refused(desk: Desk) -> None:
    token = desk.http.headers["Authorization"].removeprefix("Bearer ")
    assert desk.http.get(REPORT, headers={"Authorization": f"Basic {token}"}).status_code == 401


@pytest.mark.parametrize("path", [REPORT, QUEUES])
def test_a_request_without_the_account_is_400(desk: Desk, path: str) -> None:
    del desk.http.headers["X-Account-ID"]
    assert desk.http.get(path).status_code == 400


def test_a_session_ends_and_another_login_begins_a_new_one() -> None:
    desk = Desk(session_seconds=60)
    desk.clock.advance(59)
    assert desk.http.get(REPORT).status_code == 200
    desk.clock.advance(1)
    assert desk.http.get(REPORT).status_code == 401
    desk.log_in()
    assert desk.http.get(REPORT).status_code == 200


def test_a_session_lives_an_hour_unless_told_otherwise() -> None:
    clock = VirtualClock()
    http = httpx.Client(
        transport=SandboxTransport(QVoiceSandbox(now=clock.now)), base_url="https://stand-in.invalid"
    )
    token = http.post("/api/v2/login", json=LOGIN).json()["access_token"]
    http.headers.update({"Authorization": f"Bearer {token}", "X-Account-ID": GIVEN["account_id"]})
    clock.advance(3599)
    assert http.get(REPORT).status_code == 200
    clock.advance(1)
    assert http.get(REPORT).status_code == 401


def test_a_second_login_leaves_the_first_session_alone(desk: Desk) -> None:
    desk.http.post("/api/v2/login", json=LOGIN)
    assert desk.http.get(REPORT).status_code == 200


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/api/v2/login", 405),
        ("POST", "/api/v2/login/refresh", 404),
        ("POST", REPORT, 405),
        ("GET", f"{LEADS}/5a4dc0ffee5a4dc0ffee5a4dc0ffee02", 405),
        ("PATCH", f"{LEADS}/5a4dc0ffee5a4dc0ffee5a4dc0ffee02", 405),
        ("GET", "/api/v2/callcenter/queues/status", 404),
        ("GET", "/api/v2/config/campaigns", 404),
    ],
)
def test_what_is_not_documented_is_not_there(desk: Desk, method: str, path: str, status: int) -> None:
    assert desk.http.request(method, path).status_code == status


# ---- campaigns and counts


def test_the_report_counts_the_leads_of_every_campaign(by_hand: Desk) -> None:
    other = by_hand.sandbox.add_campaign(name="Evening", status="stopped")
    for number in range(4):
        by_hand.add(f"+1202555011{number}")
    by_hand.sandbox.dial("+12025550111", Result.ANSWERED)
    by_hand.sandbox.dial("+12025550112", Result.BUSY)
    by_hand.sandbox.dial("+12025550113", None)
    assert by_hand.http.get(REPORT).json() == {
        by_hand.campaign: {
            "name": "Sandbox campaign",
            "status": "running",
            "total_leads": 4,
            "leads_by_status": {"new": 1, "success": 1, "failed": 1, "in_progress": 1},
        },
        other: {"name": "Evening", "status": "stopped", "total_leads": 0, "leads_by_status": {}},
    }


def test_the_report_takes_no_parameter(desk: Desk) -> None:
    assert desk.http.get(REPORT, params={"page_size": 10}).status_code == 400


# ---- adding leads


def test_a_lead_is_taken_without_an_id_and_listed_without_our_reference(desk: Desk) -> None:
    answer = desk.add(retries=2, cool_off=600, priority=7, type="reminder", note="Ring twice")
    assert (answer.status_code, answer.headers["content-type"]) == (200, "text/plain; charset=utf-8")
    listed = desk.leads()[0]
    assert listed["id"] not in answer.text
    assert len(listed.pop("id")) == 32
    assert listed == {
        "created": START,
        "campaign_id": desk.campaign,
        "number": PHONE,
        "status": "new",
        "retries": 2,
        "first_name": "Ada",
        "last_name": "Fiction",
        "priority": 7,
    }
    assert [call.ref for call in desk.sandbox.calls()] == [None]


@pytest.mark.parametrize("missing", sorted(LEAD))
def test_a_lead_without_a_documented_field_is_400(desk: Desk, missing: str) -> None:
    body = {name: value for name, value in LEAD.items() if name != missing}
    path = f"/api/v2/config/campaigns/{desk.campaign}/lead"
    assert desk.http.put(path, json=body).status_code == 400
    assert desk.leads() == []


@pytest.mark.parametrize(
    "changes",
    [
        {"number": "12025550111"},
        {"number": "+1 202-555-0111"},
        {"number": "+"},
        {"number": 12025550111},
        {"retries": "1"},
        {"retries": True},
        {"retries": 1.0},
        {"retries": -1},
        {"retries": 101},
        {"cool_off": -1},
        {"cool_off": 10**12},
        {"priority": "high"},
        {"note": None},
        {"external_id": "our-reference-1"},
        {"number": "+12025550104"},
    ],
    ids=str,
)
def test_a_lead_that_is_not_as_documented_is_400(desk: Desk, changes: dict[str, Any]) -> None:
    assert desk.add(**{"number": PHONE, **changes}).status_code == 400
    assert (desk.leads(), desk.sandbox.calls()) == ([], [])


def test_a_body_that_is_no_json_and_a_query_are_400(desk: Desk) -> None:
    path = f"/api/v2/config/campaigns/{desk.campaign}/lead"
    assert desk.http.put(path, content=b"number=1").status_code == 400
    assert desk.http.put(path, json=LEAD, params={"upsert": "1"}).status_code == 400
    assert desk.leads() == []


def test_a_campaign_that_is_not_there_is_400(desk: Desk) -> None:
    unknown = "5a4dc0ffee5a4dc0ffee5a4dc0ffee02"
    assert desk.add(campaign=unknown).status_code == 400
    assert desk.http.get(f"/api/v2/config/campaigns/{unknown}/leads").status_code == 400


def test_a_number_added_twice_is_two_leads_and_rings_twice(desk: Desk) -> None:
    desk.add()
    desk.add()
    desk.clock.advance(10)
    assert len({lead["id"] for lead in desk.leads()}) == 2
    assert desk.rings() == [1, 1]


def test_some_numbers_meet_a_fault_at_the_door_once(desk: Desk) -> None:
    with pytest.raises(httpx.RemoteProtocolError):
        desk.add("+12025550105")
    assert [lead["number"] for lead in desk.leads()] == ["+12025550105"]
    assert [desk.add("+12025550106").status_code for _ in range(2)] == [429, 200]
    with pytest.raises(httpx.RemoteProtocolError):
        desk.add("+12025550108")
    assert [lead["number"] for lead in desk.leads()] == ["+12025550105", "+12025550106"]


# ---- listing leads


def test_pages_follow_the_key_until_it_is_empty() -> None:
    desk = Desk(page_limit=2, is_automatic=False)
    for number in range(5):
        desk.add(f"+1202555011{number}")
    ids = [call.key for call in desk.sandbox.calls()]
    first = desk.page(page_size=1000)
    assert ([lead["id"] for lead in first["data"]], first["next_start_key"]) == (ids[:2], ids[2])
    second = desk.page(page_size=2, next_start_key=ids[2])
    assert ([lead["id"] for lead in second["data"]], second["next_start_key"]) == (ids[2:4], ids[4])
    last = desk.page(page_size=2, next_start_key=ids[4])
    assert ([lead["id"] for lead in last["data"]], last["next_start_key"]) == (ids[4:], "")
    assert desk.page(next_start_key="") == first


def test_a_full_last_page_has_no_key(by_hand: Desk) -> None:
    by_hand.add()
    by_hand.add()
    assert by_hand.page(page_size=2)["next_start_key"] == ""


def test_a_page_whose_first_lead_was_deleted_starts_with_the_next(by_hand: Desk) -> None:
    for number in range(3):
        by_hand.add(f"+1202555011{number}")
    ids = [lead["id"] for lead in by_hand.leads()]
    by_hand.http.delete(f"{LEADS}/{ids[1]}")
    page = by_hand.page(page_size=2, next_start_key=ids[1])
    assert [lead["id"] for lead in page["data"]] == [ids[2]]


def test_without_a_size_a_page_has_50_leads(by_hand: Desk) -> None:
    for number in range(51):
        by_hand.add(f"+120255501{number:02d}")
    by_hand.add()
    # The number that ends in 04 was refused.
    assert (len(by_hand.page()["data"]), len(by_hand.leads())) == (50, 51)


@pytest.mark.parametrize(
    "query",
    [
        {"page_size": "0"},
        {"page_size": "-1"},
        {"page_size": "many"},
        {"pageSize": "10"},
        {"next_start_key": "next"},
        {"status": "new"},
        {"page_size": ["1", "2"]},
    ],
    ids=str,
)
def test_a_list_asked_for_otherwise_than_documented_is_400(desk: Desk, query: dict[str, Any]) -> None:
    path = f"/api/v2/config/campaigns/{desk.campaign}/leads"
    assert desk.http.get(path, params=query).status_code == 400


def test_a_list_may_lag_behind() -> None:
    desk = Desk(lag_seconds=30, is_automatic=False)
    desk.add()
    desk.clock.advance(20)
    desk.add(OTHER_PHONE)
    assert desk.page() == {"data": [], "next_start_key": ""}
    desk.clock.advance(10)
    page = desk.page(page_size=1)
    assert ([lead["number"] for lead in page["data"]], page["next_start_key"]) == ([PHONE], "")
    desk.clock.advance(20)
    assert [lead["number"] for lead in desk.leads()] == [PHONE, OTHER_PHONE]


# ---- the life of a lead


def test_a_lead_rings_by_itself_and_ends(desk: Desk) -> None:
    desk.add("+12025550100")
    seen = []
    for seconds in (0, 1, 2, 3):
        desk.clock.advance(seconds)
        seen.append(desk.words())
    assert seen == [["new"], ["in_progress"], ["in_progress"], ["success"]]
    assert (desk.rings(), desk.counts()) == ([1], {"success": 1})


@pytest.mark.parametrize(
    ("result", "word"),
    [
        (Result.ANSWERED, "success"),
        (Result.TRANSFERRED, "success"),
        (Result.VOICEMAIL, "success"),
        (Result.NO_ANSWER, "failed"),
        (Result.BUSY, "failed"),
        (Result.ABANDONED, "failed"),
        (Result.INVALID_NUMBER, "failed"),
    ],
)
def test_a_status_tells_only_whether_somebody_was_connected(by_hand: Desk, result: Result, word: str) -> None:
    by_hand.add()
    by_hand.sandbox.dial(PHONE, result)
    assert by_hand.words() == [word]


def test_any_word_can_be_shown(by_hand: Desk) -> None:
    by_hand.add()
    by_hand.sandbox.dial(PHONE, "zz-never-documented")
    assert (by_hand.words(), by_hand.counts()) == (["zz-never-documented"], {"zz-never-documented": 1})
    assert by_hand.history() == []


def test_the_word_of_a_call_under_way_can_be_chosen() -> None:
    desk = Desk(is_automatic=False, busy_word="new")
    desk.add()
    desk.sandbox.dial(PHONE, None)
    assert desk.words() == ["new"]


def test_retries_ring_again_after_the_cool_off_and_count_down(desk: Desk) -> None:
    desk.add("+12025550101", retries=2, cool_off=60)
    assert [call.waits for call in desk.sandbox.calls()] == [(NativeStep(amount=60, unit=Unit.SECOND),) * 2]
    seen = []
    for seconds in (3, 63, 63):  # each ring begins 1 s after its time and rings for 2 s
        desk.clock.advance(seconds)
        seen += [(lead["status"], lead["retries"]) for lead in desk.leads()]
    assert seen == [("in_progress", 2), ("in_progress", 1), ("failed", 0)]
    desk.clock.advance(3600)
    desk.leads()
    assert desk.rings() == [1, 64, 127]


def test_once_somebody_was_connected_no_retry_rings(desk: Desk) -> None:
    desk.add("+12025550103", retries=2, cool_off=60)
    desk.clock.advance(3600)
    assert (desk.words(), desk.rings()) == (["success"], [1])


def test_a_stopped_campaign_takes_leads_and_dials_none_until_it_runs(desk: Desk) -> None:
    desk.sandbox.set_campaign_status(desk.campaign, "stopped")
    assert desk.add("+12025550100").status_code == 200
    desk.clock.advance(600)
    assert (desk.words(), desk.rings()) == (["new"], [])
    desk.sandbox.set_campaign_status(desk.campaign, "running")
    assert desk.words() == ["in_progress"]
    assert desk.rings() == [600]


def test_without_agents_nothing_is_dialed(desk: Desk) -> None:
    desk.sandbox.has_agents = False
    desk.add("+12025550100")
    desk.clock.advance(600)
    assert (desk.words(), desk.rings()) == (["new"], [])
    queue = desk.http.get(QUEUES).json()[0]
    assert (queue["logged_in_agents"], queue["logged_out_agents"], queue["idle_agents"]) == (0, 1, 0)


# ---- setting a status, deleting


@pytest.mark.parametrize("word", ["failed", "success"])
def test_a_final_status_keeps_a_lead_from_ringing(desk: Desk, word: str) -> None:
    desk.add(retries=3, cool_off=5)
    assert desk.set_status(word).status_code == 200
    desk.clock.advance(3600)
    assert (desk.words(), desk.counts(), desk.rings()) == ([word], {word: 1}, [])


def test_a_final_status_while_it_rings_stops_the_retries_only(desk: Desk) -> None:
    desk.add("+12025550101", retries=3, cool_off=5)
    desk.clock.advance(1)
    desk.leads()
    desk.set_status("success")
    assert desk.words() == ["success"]
    desk.clock.advance(3600)
    assert (desk.words(), desk.rings()) == (["failed"], [1])


def test_a_status_set_twice_stays(by_hand: Desk) -> None:
    by_hand.add()
    by_hand.sandbox.dial(PHONE, Result.BUSY)
    by_hand.set_status("success")
    by_hand.set_status("success")
    assert (by_hand.words(), by_hand.counts()) == (["success"], {"success": 1})


def test_new_queues_a_lead_again_that_was_over(desk: Desk) -> None:
    desk.add("+12025550101")
    desk.clock.advance(10)
    assert desk.words() == ["failed"]
    desk.set_status("new")
    assert (desk.words(), desk.counts()) == (["new"], {"new": 1})
    desk.clock.advance(10)
    assert (desk.words(), desk.counts()) == (["failed"], {"failed": 1})
    assert desk.rings() == [1, 11]


def test_new_ends_the_cool_off(desk: Desk) -> None:
    desk.add("+12025550101", retries=1, cool_off=3600)
    desk.clock.advance(10)
    desk.leads()
    desk.set_status("new")
    assert desk.words() == ["new"]
    desk.clock.advance(10)
    assert (desk.words(), desk.rings()) == (["failed"], [1, 11])


def test_a_status_that_no_document_shows_is_400(desk: Desk) -> None:
    desk.add()
    key = desk.leads()[0]["id"]
    assert [desk.set_status(word, key).status_code for word in ("in_progress", "stopped", "NEW")] == [400] * 3
    assert desk.http.post(f"{LEADS}/{key}/status/failed", json={}).status_code == 400
    assert desk.words() == ["new"]


def test_a_deleted_lead_never_rings_and_is_deleted_once(desk: Desk) -> None:
    desk.add()
    desk.add(OTHER_PHONE)
    key = desk.leads()[0]["id"]
    assert [desk.http.delete(f"{LEADS}/{key}").status_code for _ in range(2)] == [200, 400]
    assert desk.set_status("new", key).status_code == 400
    desk.clock.advance(3600)
    assert [lead["number"] for lead in desk.leads()] == [OTHER_PHONE]
    assert [ring.phone for ring in desk.sandbox.line.rings] == ["12025550112"]
    assert desk.http.get(REPORT).json()[desk.campaign]["total_leads"] == 1
    assert sum(desk.counts().values()) == 1


def test_deleting_is_accepted_while_it_rings_but_the_call_goes_on(desk: Desk) -> None:
    desk.add("+12025550101", retries=3, cool_off=5)
    desk.clock.advance(1)
    key = desk.leads()[0]["id"]
    assert desk.http.delete(f"{LEADS}/{key}").status_code == 200
    desk.clock.advance(3600)
    assert (desk.leads(), desk.counts(), desk.rings()) == ([], {}, [1])
    assert [call.stage for call in desk.sandbox.calls()] == [Stage.ENDED]


def test_a_delete_without_an_id_deletes_nothing(desk: Desk) -> None:
    desk.add()
    assert desk.http.delete(f"{LEADS}/").status_code == 404
    assert len(desk.leads()) == 1


# ---- the history


def test_a_ring_is_one_record_without_ids_and_outcome(desk: Desk) -> None:
    desk.add("+12025550101")
    desk.clock.advance(1.5)
    record = desk.history()[0]
    entry = record["lead_history"][0]
    assert {name: value for name, value in record.items() if name != "lead_history"} == {
        "datetime": "2026-06-01 17:00:01 +0000 UTC",
        "timestamp": START + 1,
        "campaign_name": "Sandbox campaign",
        "lead_name": "Ada Fiction",
        "lead_number": "+12025550101",
        "agent_name": "Odo Sandbox",
        "agent_extension": "4107",
    }
    assert sorted(entry) == ["agent", "event", "ext", "last_attempt", "type", "uuid"]
    assert (entry["event"], entry["type"], entry["last_attempt"]) == (
        "campaign dial",
        "dial agent",
        START + 1,
    )
    assert sorted(entry["agent"]) == [
        "delay",
        "device_endpoints",
        "email",
        "endpoint",
        "ext",
        "first_name",
        "last_answered",
        "last_attempt",
        "last_hangup",
        "last_name",
        "status",
        "timeout",
        "total_talk_time",
        "type",
    ]
    desk.clock.advance(60)
    assert desk.history() == [record]


def test_native_retries_are_records_of_their_own(desk: Desk) -> None:
    desk.add("+12025550101", retries=1, cool_off=60)
    desk.clock.advance(600)
    assert [record["timestamp"] - START for record in desk.history()] == [1, 64]


def test_a_word_shown_while_it_rings_is_no_further_ring(by_hand: Desk) -> None:
    by_hand.add()
    by_hand.sandbox.dial(PHONE, None)
    by_hand.sandbox.dial(PHONE, "zz-never-documented")
    assert len(by_hand.history()) == 1


def test_rings_that_nobody_watched_are_in_the_order_of_time(desk: Desk) -> None:
    desk.add("+12025550101", retries=1, cool_off=60)
    desk.add("+12025550102")
    desk.clock.advance(600)
    assert [record["timestamp"] - START for record in desk.history()] == [1, 1, 64]
    assert [record["timestamp"] - START for record in desk.history(endDate=START + 10)] == [1, 1]


def five_rings(desk: Desk) -> list[str]:
    """Ring five phones, ten seconds apart, and give their numbers."""
    phones = [f"+1202555011{number}" for number in range(5)]
    for phone in phones:
        desk.add(phone)
        desk.sandbox.dial(phone, Result.BUSY)
        desk.clock.advance(10)
    return phones


def numbers(records: list[dict[str, Any]]) -> list[str]:
    return [record["lead_number"] for record in records]


def test_a_window_of_time_includes_both_its_limits(by_hand: Desk) -> None:
    phones = five_rings(by_hand)
    assert numbers(by_hand.history(startDate=START + 10, endDate=START + 30)) == phones[1:4]
    assert numbers(by_hand.history(startDate=START + 11, endDate=START + 29)) == phones[2:3]


def test_a_bare_history_is_cut_at_its_page_and_gives_no_key() -> None:
    desk = Desk(is_automatic=False, page_limit=2)
    phones = five_rings(desk)
    assert numbers(desk.history(pageSize=1000)) == phones[:2]
    assert numbers(desk.history(startDate=START + 10)) == phones[1:3]


def test_milliseconds_as_a_start_are_a_far_future_and_find_nothing(by_hand: Desk) -> None:
    phones = five_rings(by_hand)
    assert by_hand.history(startDate=START * 1000, endDate=START * 1000 + 86_400_000) == []
    assert numbers(by_hand.history(endDate=START * 1000)) == phones


@pytest.mark.parametrize("is_newest_first", [False, True])
def test_an_enveloped_history_is_followed_by_its_key(is_newest_first: bool) -> None:
    desk = Desk(is_automatic=False, page_limit=2, is_enveloped=True, is_newest_first=is_newest_first)
    phones = five_rings(desk)
    pages, query = [], {}
    for _ in range(3):
        answer = desk.history(**query)
        pages.append(numbers(answer["data"]))
        query = {"startKey": answer["next_start_key"]}
    told = phones[::-1] if is_newest_first else phones
    assert pages == [told[:2], told[2:4], told[4:]]
    assert query == {"startKey": ""}


def test_the_history_lags_too() -> None:
    desk = Desk(is_automatic=False, lag_seconds=15)
    phones = five_rings(desk)
    assert numbers(desk.history()) == phones[:4]
    desk.clock.advance(10)
    assert numbers(desk.history()) == phones


@pytest.mark.parametrize(
    "query",
    [
        {"starDate": START, "endDate": START + 60},
        {"startDate": START, "starDate": START, "endDate": START + 60},
        {"startDate": START},
        {"endDate": START},
        {"startDate": "2026-06-01", "endDate": START},
        {"startDate": float(START), "endDate": START + 60},
        {"startDate": START, "endDate": START + 60, "page_size": 10},
        {"startDate": START, "endDate": START + 60, "fields": "disposition"},
        {"startDate": START, "endDate": START + 60, "startKey": "2"},
        {"startDate": START, "endDate": START + 60, "startKey": "0" * 32},
    ],
    ids=str,
)
def test_a_history_asked_for_otherwise_than_documented_is_400(desk: Desk, query: dict[str, Any]) -> None:
    assert desk.http.get(HISTORY, params=query).status_code == 400


def test_a_call_is_said_to_be_voicemail_by_its_id_alone(by_hand: Desk) -> None:
    by_hand.add()
    by_hand.sandbox.dial(PHONE, Result.ANSWERED)
    shown = by_hand.history()[0]["lead_history"][0]["uuid"]
    cdr = shown.removesuffix("-clicktocall")

    def said(name: str) -> int:
        path = f"/api/v2/config/campaigns/call/{name}/disposition/voicemail"
        return by_hand.http.put(path).status_code

    assert [said(shown), said("unknown")] == [400, 400]
    assert by_hand.sandbox.history.dispositions == {cdr: None}
    assert said(cdr) == 200
    assert by_hand.sandbox.history.dispositions == {cdr: "voicemail"}
    assert by_hand.words() == ["success"]
    other = f"/api/v2/config/campaigns/call/{cdr}/disposition/sale"
    assert by_hand.http.put(other).status_code == 404


# ---- queues


def test_the_queue_shows_its_agents(desk: Desk) -> None:
    answer = desk.http.get(QUEUES)
    assert answer.status_code == 200
    queue = answer.json()[0]
    agent = queue.pop("agents")[0]
    assert len(queue.pop("id")) == 36
    assert queue == {
        "name": "Sandbox queue",
        "extension": "4100",
        "max_time_caller_in_queue": 90,
        "strategy": "single",
        "calls": {},
        "total_agents": 1,
        "logged_in_agents": 1,
        "logged_out_agents": 0,
        "idle_agents": 1,
        "misconfigured_agents": 0,
        "agents_registered": 1,
        "agents_on_call": 0,
    }
    assert (agent["name"], agent["extension"], agent["logged_in"]) == ("Odo Sandbox", "4107", True)
    assert desk.http.get(QUEUES, params={"id": "1"}).status_code == 400


# ---- size, and a real socket


def test_a_page_costs_the_same_among_10_000_leads(by_hand: Desk) -> None:
    sandbox = by_hand.sandbox
    path, headers = f"/api/v2/config/campaigns/{by_hand.campaign}/lead", dict(by_hand.http.headers)
    for number in range(10_000):  # +999 is nobody's country
        body = json.dumps({**LEAD, "number": f"+999000{number:05d}99"}).encode()
        sandbox.respond(Request(method="PUT", path=path, headers=headers, body=body))
    for call in sandbox.calls():
        sandbox.dial(call.phone, Result.BUSY)
    ids = [call.key for call in sandbox.calls()]

    def quickest(path: str, query: dict[str, Any]) -> float:
        spent = []
        for _ in range(5):
            started = time.perf_counter()
            assert by_hand.http.get(path, params=query).status_code == 200
            spent.append(time.perf_counter() - started)
        return min(spent)

    leads = f"/api/v2/config/campaigns/{by_hand.campaign}/leads"
    window = {"startDate": START, "endDate": START + 60, "pageSize": 10}
    assert quickest(leads, {"page_size": 10, "next_start_key": ids[9_000]}) < 0.02
    assert quickest(REPORT, {}) < 0.02
    assert quickest(HISTORY, window) < 0.02
    assert by_hand.counts() == {"failed": 10_000}


@pytest.fixture
def served() -> Iterator[ServedSandbox]:
    one = ServedSandbox(QVoiceSandbox)
    one.start()
    yield one
    one.stop()


def test_it_answers_over_a_socket(served: ServedSandbox) -> None:
    with httpx.Client(base_url=served.base_url, trust_env=False) as http:
        token = http.post("/api/v2/login", json=LOGIN).json()["access_token"]
        http.headers.update({"Authorization": f"Bearer {token}", "X-Account-ID": GIVEN["account_id"]})
        campaign = served.sandbox.campaigns()[0]
        added = http.put(f"/api/v2/config/campaigns/{campaign}/lead", json={**LEAD, "number": "+12025550100"})
        assert (added.status_code, added.headers["content-type"]) == (200, "text/plain; charset=utf-8")
        served.clock.adjust(advance_seconds=60)
        listed = http.get(f"/api/v2/config/campaigns/{campaign}/leads").json()["data"]
        assert [(lead["number"], lead["status"]) for lead in listed] == [("+12025550100", "success")]
        assert http.get("/_sandbox/rings").json()[0]["phone"] == "+12025550100"
        assert http.delete(f"{LEADS}/{listed[0]['id']}").status_code == 200
        assert http.get(REPORT).json()[campaign]["total_leads"] == 0
