"""The typed requests of QVoice: what they send, what they read, what they refuse."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from providers.errors import Ambiguous, CampaignBlocked, Refused, Unavailable
from providers.http import httpx
from providers.qvoice import QVoiceClient
from providers.qvoice.listing import read_activity
from providers.qvoice.records import NewLead
from tests.providers.qvoice_peer import (
    ACCOUNT_ID,
    ADD,
    CAMPAIGN_ID,
    COUNTS,
    HISTORY,
    LEADS,
    PASSWORD,
    PHONE,
    Bench,
    body_of,
    dial_of,
    json_of,
    lead_id,
)

SINCE = datetime(2026, 6, 1, 16, 0, 0, 750_000, tzinfo=UTC)
UNTIL = datetime(2026, 6, 1, 18, 0, tzinfo=UTC)
ONE = lead_id(1)
DELETE = f"DELETE /api/v2/config/campaigns/leads/{ONE}"


def lost(request: httpx.Request) -> httpx.Response:
    raise httpx.ReadError("gone", request=request)


# ---- typed requests


def test_the_login_sends_the_three_words_and_no_headers_of_a_session() -> None:
    bench = Bench()
    bench.qvoice.client.campaigns()
    login, listed = bench.sent
    assert body_of(login) == {"username": "operator", "password": PASSWORD, "domain": "tenant"}
    assert not {"authorization", "x-account-id"} & set(login.headers)
    assert (listed.headers["Authorization"], listed.headers["X-Account-ID"]) == ("Bearer token-1", ACCOUNT_ID)


def test_campaign_counts_take_any_word_and_a_word_told_twice() -> None:
    bench = Bench()
    text = f'{{"{CAMPAIGN_ID}": {{"name": "Autumn", "status": "stopped", "total_leads": 9,'
    text += ' "leads_by_status": {"success": 4, "odd": 2, "success": 3}}}'
    bench.instead[f"GET {COUNTS}"] = lambda request: httpx.Response(200, text=text)
    told = bench.qvoice.client.campaigns()[0]
    assert (told.id, told.name, told.status, told.total_leads) == (CAMPAIGN_ID, "Autumn", "stopped", 9)
    assert told.by_status == {"success": 3, "odd": 2}


def test_a_page_of_leads_has_its_key() -> None:
    bench = Bench()
    for number in (1, 2):
        bench.lead(number)
    page = bench.qvoice.client.lead_page(CAMPAIGN_ID, page_size=1)
    assert ([each.id for each in page.leads], page.next_key, page.is_end) == ([ONE], lead_id(2), False)
    assert PHONE not in repr(page)
    assert PHONE not in repr(page.leads[0])


@pytest.mark.parametrize("body", ["", "Lead added.", '{"ok": true}', "\n[]", "null"])
def test_a_lead_is_added_whatever_is_answered(body: str) -> None:
    bench = Bench()
    bench.instead[f"PUT {ADD}"] = lambda request: httpx.Response(200, text=body)
    bench.qvoice.client.add_lead(CAMPAIGN_ID, NewLead(number=PHONE, retries=2, cool_off=30))
    assert (body_of(bench.sent[-1])["retries"], body_of(bench.sent[-1])["cool_off"]) == (2, 30)


@pytest.mark.parametrize("body", ['{"ok": tr', " [", "{}}"])
def test_half_an_answer_to_a_new_lead_proves_nothing(body: str) -> None:
    bench = Bench()
    bench.instead[f"PUT {ADD}"] = lambda request: httpx.Response(200, text=body)
    with pytest.raises(Ambiguous):
        bench.qvoice.client.add_lead(CAMPAIGN_ID, NewLead(number=PHONE))


def test_a_status_is_set_in_the_path() -> None:
    bench = Bench()
    bench.qvoice.client.set_lead_status(ONE, "failed")
    assert (bench.sent[-1].method, bench.sent[-1].url.path) == (
        "POST",
        f"/api/v2/config/campaigns/leads/{ONE}/status/failed",
    )
    assert bench.sent[-1].content == b""


@pytest.mark.parametrize(("word", "error"), [("new", Ambiguous), ("failed", Unavailable)])
def test_only_queueing_again_is_never_harmless(word: str, error: type[Exception]) -> None:
    bench = Bench()
    bench.instead[f"POST /api/v2/config/campaigns/leads/{ONE}/status/{word}"] = lost
    with pytest.raises(error):
        bench.qvoice.client.set_lead_status(ONE, word)


def test_a_lead_is_deleted_by_its_id() -> None:
    bench = Bench()
    bench.qvoice.client.delete_lead(ONE)
    assert f"{bench.sent[-1].method} {bench.sent[-1].url.path}" == DELETE


def test_a_voicemail_is_set_by_the_calls_id() -> None:
    bench = Bench()
    bench.qvoice.client.set_voicemail("call/7")
    assert bench.sent[-1].method == "PUT"
    assert bench.sent[-1].url.raw_path == b"/api/v2/config/campaigns/call/call%2F7/disposition/voicemail"


def test_queues_have_their_agents() -> None:
    bench = Bench()
    agent = {"id": "a-1", "name": "Bo", "extension": "2001", "status": "idle", "logged_in": True}
    queue = {"id": "q-1", "name": "Sales", "extension": "4000", "strategy": "single", "total_agents": 1}
    bench.instead["GET /callcenter/queues/status"] = lambda request: json_of([{**queue, "agents": [agent]}])
    told = bench.qvoice.client.queues()[0]
    assert (told.id, told.name, told.extension, told.strategy) == ("q-1", "Sales", "4000", "single")
    assert told.counts == {"total_agents": 1}
    assert [(each.id, each.status, each.is_logged_in, each.is_registered) for each in told.agents] == [
        ("a-1", "idle", True, False)
    ]


def test_activity_is_asked_for_in_whole_seconds_by_the_names_of_the_table() -> None:
    bench = Bench()
    bench.qvoice.client.activity_page(SINCE, UNTIL, start_key="k", columns=("status", "hangup_cause"))
    assert dict(bench.sent[-1].url.params) == {
        "startDate": "1780329600",
        "endDate": "1780336800",
        "pageSize": "1000",
        "startKey": "k",
        "fields": "status,hangup_cause",
    }


def test_an_activity_record_tells_who_was_dialed_and_the_calls_id() -> None:
    bench = Bench()
    bench.dial("call-1")
    page = bench.qvoice.client.activity_page(SINCE, UNTIL)
    told = page.records[0]
    assert (told.at, told.campaign_name, told.lead_number) == (bench.clock.now(), "Autumn", PHONE)
    assert (told.agent_name, told.agent_extension, told.call_ids) == ("Bo Fiction", "2001", ("call-1",))
    assert (page.is_bare, PHONE in repr(told)) == (True, False)


@pytest.mark.parametrize("empty", ["", " ", ".."])
def test_nothing_is_sent_that_names_no_single_item(empty: str) -> None:
    bench = Bench()
    client: QVoiceClient = bench.qvoice.client
    acts: list[Callable[[], Any]] = [
        lambda: client.delete_lead(empty),
        lambda: client.set_lead_status(empty, "failed"),
        lambda: client.set_lead_status(ONE, empty),
        lambda: client.set_voicemail(empty),
        lambda: client.lead_page(empty),
        lambda: client.add_lead(empty, NewLead(number=PHONE)),
        lambda: client.add_lead(CAMPAIGN_ID, NewLead(number=empty)),
    ]
    for act in acts:
        with pytest.raises(ValueError, match=r"empty|number"):
            act()
    assert bench.sent == []


def test_a_campaign_that_is_not_found_is_blocked_and_a_lead_that_is_not_found_is_refused() -> None:
    bench = Bench()
    bench.instead[f"GET {LEADS}"] = bench.instead[DELETE] = lambda request: httpx.Response(404)
    with pytest.raises(CampaignBlocked):
        bench.qvoice.client.lead_page(CAMPAIGN_ID)
    with pytest.raises(Refused):
        bench.qvoice.client.delete_lead(ONE)


# ---- activity over several pages


def test_an_envelope_is_followed_by_its_key() -> None:
    bench = Bench()
    pages = {
        None: {"data": [dial_of("call-1", 1)], "next_start_key": "k"},
        "k": {"data": [dial_of("call-2", 2)], "next_start_key": ""},
    }
    bench.instead[f"GET {HISTORY}"] = lambda request: json_of(pages[request.url.params.get("startKey")])
    told = read_activity(bench.qvoice.client, SINCE, UNTIL)
    assert ([each.call_ids for each in told.records], told.is_whole) == ([("call-1",), ("call-2",)], True)


def test_an_envelope_that_goes_round_is_not_whole() -> None:
    bench = Bench()
    page = {"data": [dial_of("call-1", 1)], "next_start_key": "k"}
    bench.instead[f"GET {HISTORY}"] = lambda request: json_of(page)
    told = read_activity(bench.qvoice.client, SINCE, UNTIL)
    assert (len(told.records), told.is_whole) == (1, False)
    assert len(bench.paths()) == 2


@pytest.mark.parametrize("is_newest_first", [False, True])
def test_a_bare_array_cut_short_is_read_on_by_time(is_newest_first: bool) -> None:
    bench = Bench()
    every = [dial_of(f"call-{n}", int(SINCE.timestamp()) + n // 2) for n in range(9)]
    every.sort(key=lambda each: each["timestamp"], reverse=is_newest_first)

    def cut(request: httpx.Request) -> httpx.Response:
        since, until = (int(request.url.params[name]) for name in ("startDate", "endDate"))
        return json_of([each for each in every if since <= each["timestamp"] <= until][:4])

    bench.instead[f"GET {HISTORY}"] = cut
    told = read_activity(bench.qvoice.client, SINCE, UNTIL)
    assert sorted(each.call_ids[0] for each in told.records) == [f"call-{n}" for n in range(9)]
    assert told.is_whole is True


def test_more_pages_than_allowed_are_not_whole() -> None:
    bench = Bench()
    bench.instead[f"GET {HISTORY}"] = lambda request: json_of([dial_of(f"c-{len(bench.sent)}", 1780333200)])
    told = read_activity(bench.qvoice.client, SINCE, UNTIL, most_pages=3)
    assert (len(told.records), told.is_whole) == (3, False)
