"""How calls are taken back from QVoice, which never says that it is too late."""

from __future__ import annotations

from datetime import timedelta
from email.utils import format_datetime
from typing import Any

import pytest

from providers.errors import Throttled, Unavailable
from providers.http import httpx
from providers.vocabulary import Why, Withdrawal
from tests.providers.qvoice_peer import (
    CAMPAIGN,
    HISTORY,
    LEADS,
    OTHER,
    Bench,
    counts,
    json_of,
    lead_id,
)

ONE = lead_id(1)
DELETE = f"DELETE /api/v2/config/campaigns/leads/{ONE}"


def lost(request: httpx.Request) -> httpx.Response:
    raise httpx.ReadError("gone", request=request)


def withdraw(bench: Bench, why: Why = Why.PAUSE, **more: Any) -> Withdrawal:
    return bench.qvoice.withdraw(CAMPAIGN, bench.handle(**more), why)


def test_a_known_lead_is_looked_at_alone_and_deleted() -> None:
    bench = Bench()
    bench.lead(1)
    bench.lead(2)
    assert withdraw(bench, remote_id=ONE) is Withdrawal.WITHDRAWN
    assert [each["id"] for each in bench.leads] == [lead_id(2)]
    assert dict(bench.sent[1].url.params) == {"page_size": "1", "next_start_key": ONE}
    assert len(bench.paths()) == 2


@pytest.mark.parametrize("code", [200, 400, 404, 500])
def test_where_keys_are_no_ids_the_whole_list_is_read(code: int) -> None:
    bench = Bench()
    bench.lead(2, phone="+12025550111")
    bench.lead(1)

    def keyed(request: httpx.Request) -> httpx.Response:
        if "next_start_key" in request.url.params:
            return httpx.Response(code, json={"data": [bench.leads[0]], "next_start_key": ""})
        return bench._page(request)

    bench.instead[f"GET {LEADS}"] = keyed
    assert withdraw(bench, remote_id=ONE) is Withdrawal.WITHDRAWN
    assert bench.paths("DELETE") == [f"/api/v2/config/campaigns/leads/{ONE}"]


@pytest.mark.parametrize("word", ["success", "failed", "dialing-now"])
def test_what_is_not_waiting_is_never_deleted(word: str) -> None:
    bench = Bench()
    bench.lead(1, status=word)
    assert withdraw(bench) is Withdrawal.TOO_LATE
    assert bench.paths("DELETE") == []


def test_an_older_lead_of_the_number_is_never_deleted() -> None:
    bench = Bench()
    bench.lead(1, age=7200)
    assert withdraw(bench, Why.SUPPRESSION) is Withdrawal.GONE
    assert bench.paths("DELETE") == []


@pytest.mark.parametrize(
    ("why", "expected", "left"),
    [(Why.PAUSE, Withdrawal.GONE, 2), (Why.SUPPRESSION, Withdrawal.WITHDRAWN, 0)],
)
def test_doubtful_leads_are_deleted_only_of_somebody_who_must_not_be_called(
    why: Why, expected: Withdrawal, left: int
) -> None:
    bench = Bench()
    bench.lead(1)
    bench.lead(2, age=1)
    assert withdraw(bench, why) is expected
    assert len(bench.leads) == left


def test_a_lost_deletion_is_looked_after_at_once() -> None:
    bench = Bench()
    bench.lead(1)

    def lose(request: httpx.Request) -> httpx.Response:
        bench.leads.clear()
        return lost(request)

    bench.instead[DELETE] = lose
    assert withdraw(bench) is Withdrawal.WITHDRAWN


def test_a_deletion_that_did_nothing_is_an_error() -> None:
    bench = Bench()
    bench.lead(1)
    bench.instead[DELETE] = lost
    with pytest.raises(Unavailable):
        withdraw(bench)


def test_a_refused_deletion_of_a_lead_that_rings_meanwhile_is_too_late() -> None:
    bench = Bench()
    lead = bench.lead(1)

    def refuse(request: httpx.Request) -> httpx.Response:
        lead["status"] = "dialing-now"
        return httpx.Response(400)

    bench.instead[DELETE] = refuse
    assert withdraw(bench) is Withdrawal.TOO_LATE


def test_a_lead_that_was_there_and_is_gone_was_withdrawn_unless_it_rang() -> None:
    bench = Bench()
    assert withdraw(bench, remote_id=ONE) is Withdrawal.WITHDRAWN
    bench.dial("call-1")
    assert withdraw(bench, remote_id=ONE) is Withdrawal.TOO_LATE
    bench.campaigns["another"] = counts("Autumn")
    assert withdraw(bench, remote_id=ONE) is Withdrawal.GONE
    assert bench.paths("DELETE") == []


def test_an_accepted_lead_that_is_not_listed_yet_is_asked_back_again_for_a_suppression() -> None:
    bench = Bench()
    sent = {"sent_at": str(bench.now)}
    with pytest.raises(Unavailable):
        withdraw(bench, Why.SUPPRESSION, remote=sent)
    assert withdraw(bench, Why.PAUSE, remote=sent) is Withdrawal.GONE
    bench.clock.advance(timedelta(minutes=15).total_seconds())
    assert withdraw(bench, Why.SUPPRESSION, remote=sent) is Withdrawal.WITHDRAWN


def test_half_a_list_says_nothing_about_what_it_does_not_show() -> None:
    bench = Bench()
    bench.instead[f"GET {LEADS}"] = lambda request: json_of([])
    with pytest.raises(Unavailable):
        withdraw(bench)


def test_being_too_fast_is_said_at_each_step() -> None:
    bench = Bench()
    bench.lead(1)
    for place in (f"GET {LEADS}", DELETE):
        bench.instead = {place: lambda request: httpx.Response(429)}
        with pytest.raises(Throttled):
            withdraw(bench, remote_id=ONE)


@pytest.mark.parametrize(
    ("why", "redials", "deleted"),
    [
        (Why.SUPPRESSION, "2", 1),
        (Why.EXCLUSION, "2", 1),
        (Why.PAUSE, "2", 0),
        (Why.SUPPRESSION, "0", 0),
    ],
)
def test_further_rings_are_stopped_where_somebody_said_no(why: Why, redials: str, deleted: int) -> None:
    bench = Bench()
    bench.lead(1, status="dialing-now")
    sent = {"sent_at": str(bench.now), "redials": redials}
    assert withdraw(bench, why, remote=sent) is Withdrawal.TOO_LATE
    assert bench.paths("DELETE") == [f"/api/v2/config/campaigns/leads/{ONE}"] * deleted


def test_a_lead_that_is_over_is_not_deleted_even_if_it_could_ring_again() -> None:
    bench = Bench()
    bench.lead(1, status="failed")
    sent = {"sent_at": str(bench.now), "redials": "2"}
    assert withdraw(bench, Why.SUPPRESSION, remote=sent) is Withdrawal.TOO_LATE
    assert bench.paths("DELETE") == []


def test_doubtful_leads_of_which_one_is_over_are_left_alone() -> None:
    bench = Bench()
    bench.lead(1, age=1)
    bench.lead(2, status="failed")
    assert withdraw(bench, Why.SUPPRESSION) is Withdrawal.GONE
    assert bench.paths("DELETE") == []


def test_after_a_lost_deletion_half_a_list_proves_nothing() -> None:
    bench = Bench()
    bench.lead(1)

    def lose(request: httpx.Request) -> httpx.Response:
        bench.instead[f"GET {LEADS}"] = lambda request: json_of([])
        return lost(request)

    bench.instead[DELETE] = lose
    with pytest.raises(Unavailable):
        withdraw(bench)


def test_without_the_whole_activity_nobody_knows_whether_a_vanished_lead_rang() -> None:
    bench = Bench()
    page = {"data": [], "next_start_key": "k"}
    bench.instead[f"GET {HISTORY}"] = lambda request: json_of(page)
    assert withdraw(bench, remote_id=ONE) is Withdrawal.GONE


def test_a_vanished_leads_dial_is_sought_by_the_vendors_clock() -> None:
    bench = Bench()
    bench.date = format_datetime(bench.clock.now() - timedelta(seconds=100), usegmt=True)
    bench.dial("call-1", age=100)
    assert withdraw(bench, remote_id=ONE) is Withdrawal.TOO_LATE


def test_an_end_that_may_be_an_earlier_calls_leaves_the_withdrawal_open() -> None:
    bench = Bench()
    bench.lead(1, age=10, status="failed")  # the handle may name the end of the request
    bench.lead(2, age=10, status="success", phone=OTHER)
    handle = bench.handle()
    assert bench.qvoice.withdraw(CAMPAIGN, handle, Why.SUPPRESSION) is Withdrawal.GONE
    bench.clock.advance(timedelta(minutes=15).total_seconds())
    assert bench.qvoice.withdraw(CAMPAIGN, handle, Why.SUPPRESSION) is Withdrawal.WITHDRAWN


def test_two_ends_of_one_second_are_no_withdrawal() -> None:
    bench = Bench()
    bench.lead(1, status="failed")
    bench.lead(2, status="success")
    handle = bench.handle(remote={"sent_at": str(bench.now)})
    bench.clock.advance(timedelta(minutes=15).total_seconds())
    assert bench.qvoice.withdraw(CAMPAIGN, handle, Why.SUPPRESSION) is Withdrawal.GONE
