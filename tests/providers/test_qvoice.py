"""What the kit does not ask of QVoice: how leads are written, what refusals mean, how sessions are kept."""

from __future__ import annotations

from dataclasses import replace

import pytest

from providers import registry
from providers.contract import CampaignSpec, NativePlan, NativeStep
from providers.errors import (
    AccountBlocked,
    Ambiguous,
    CampaignBlocked,
    Refused,
    Unavailable,
    Unsupported,
)
from providers.http import httpx
from providers.qvoice import QVoice
from providers.vocabulary import Catalogue, Result, Steering, Unit
from tests.providers.qvoice_peer import (
    ADD,
    CAMPAIGN,
    CAMPAIGN_ID,
    LEADS,
    PHONE,
    REF,
    Bench,
    body_of,
    counts,
    json_of,
    order,
)


def plan(count: int, amount: int = 90, unit: Unit = Unit.SECOND) -> NativePlan:
    return NativePlan(steps=tuple(NativeStep(amount=amount, unit=unit) for _ in range(count)))


def status(code: int) -> httpx.Response:
    return httpx.Response(code, text="Ada Fiction +12025550110 is invalid")


# ---- registry, check, open_campaign, browse


def test_the_registry_knows_it() -> None:
    assert registry.provider_class("qvoice") is QVoice


def test_a_check_counts_the_campaigns() -> None:
    bench = Bench()
    bench.campaigns["second"] = counts("Spring")
    assert bench.qvoice.check().detail == "2 campaigns"


def test_a_campaign_is_opened_with_its_name_and_does_not_redial() -> None:
    opened = Bench().qvoice.open_campaign(CampaignSpec(ref="c", name="Ours", remote_id=CAMPAIGN_ID))
    assert (opened.remote_id, opened.name, opened.state, opened.redials) == (
        CAMPAIGN_ID,
        "Autumn",
        "running",
        False,
    )


def test_campaigns_and_queues_can_be_browsed() -> None:
    bench = Bench()
    bench.instead["GET /callcenter/queues/status"] = lambda request: json_of(
        [{"id": "q-1", "name": "Sales", "extension": "4000", "idle_agents": 2, "agents": [], "calls": {}}]
    )
    campaigns = list(bench.qvoice.browse(Catalogue.CAMPAIGNS))
    queues = list(bench.qvoice.browse(Catalogue.QUEUES))
    assert [(each.id, each.name, each.state, dict(each.detail)) for each in campaigns] == [
        (CAMPAIGN_ID, "Autumn", "running", {"new": "2", "failed": "1", "total_leads": "3"})
    ]
    assert [(each.id, each.name, dict(each.detail)) for each in queues] == [
        ("q-1", "Sales", {"idle_agents": "2", "extension": "4000"})
    ]


def test_what_is_not_declared_is_unsupported() -> None:
    bench = Bench()
    with pytest.raises(Unsupported):
        list(bench.qvoice.browse(Catalogue.TEMPLATES))
    with pytest.raises(Unsupported):
        bench.qvoice.steer(CAMPAIGN, Steering.PAUSE)
    assert bench.sent == []


# ---- push


def test_a_lead_is_written_with_every_field_and_its_type() -> None:
    bench = Bench()
    receipt = bench.qvoice.push(CAMPAIGN, [order(priority=9, fields={"debt": 12})])[0]
    assert body_of(bench.sent[-1]) == {
        "number": PHONE,
        "retries": 0,
        "first_name": "Ada",
        "last_name": "Maria Fiction",
        "type": "",
        "priority": 5,
        "ticket_id": REF,
        "note": "",
        "cool_off": 0,
    }
    assert (receipt.accepted, receipt.remote_id) == (True, None)
    assert dict(receipt.remote) == {
        "sent_at": "1780333200.000000",
        "answered_at": "1780333200.000000",
        "redials": "0",
    }
    assert bench.paths() == [ADD]


@pytest.mark.parametrize(
    ("date", "told"), [("Mon, 01 Jun 2026 16:59:59 GMT", "1780333199"), ("today", None), ("", None)]
)
def test_a_receipt_keeps_the_vendors_time(date: str, told: str | None) -> None:
    bench = Bench()
    bench.instead[f"PUT {ADD}"] = lambda request: httpx.Response(200, headers={"Date": date})
    assert bench.qvoice.push(CAMPAIGN, [order()])[0].remote.get("vendor_at") == told


def test_settings_say_what_the_document_leaves_open() -> None:
    bench = Bench(retries_offset=1, send_priority=True, lead_type="warm", note_attribute="debt")
    bench.qvoice.push(CAMPAIGN, [order(priority=9, fields={"debt": 12})])
    sent = body_of(bench.sent[-1])
    assert (sent["retries"], sent["priority"], sent["type"], sent["note"]) == (1, 9, "warm", "12")


def test_a_plan_becomes_retries_and_one_wait_in_seconds() -> None:
    bench = Bench()
    receipt = bench.qvoice.push(CAMPAIGN, [order(retry=plan(3))])[0]
    sent = body_of(bench.sent[-1])
    assert (sent["retries"], sent["cool_off"], receipt.remote["redials"]) == (3, 90, "3")


@pytest.mark.parametrize(
    "steps",
    [
        (NativeStep(amount=60, unit=Unit.SECOND), NativeStep(amount=90, unit=Unit.SECOND)),
        (NativeStep(amount=2, unit=Unit.HOUR),),
        (NativeStep(amount=60, unit=Unit.SECOND, other_phone=True),),
        (NativeStep(amount=60, unit=Unit.SECOND, business_day=True),),
    ],
    ids=["two waits", "hours", "another phone", "business days"],
)
def test_a_plan_that_it_cannot_express_is_never_sent(steps: tuple[NativeStep, ...]) -> None:
    bench = Bench()
    with pytest.raises(Unsupported):
        bench.qvoice.push(CAMPAIGN, [order(retry=NativePlan(steps=steps))])
    assert bench.paths() == []


def test_a_refused_lead_is_a_receipt_without_a_name_or_number() -> None:
    bench = Bench()
    bench.instead[f"PUT {ADD}"] = lambda request: status(400)
    receipt = bench.qvoice.push(CAMPAIGN, [order()])[0]
    assert (receipt.accepted, receipt.result) == (False, Result.REJECTED)
    assert receipt.reason == "The information sent is taken for invalid."
    assert bench.paths("PUT") == [ADD]


@pytest.mark.parametrize("code", [400, 404])
def test_a_campaign_that_is_gone_costs_no_contact(code: int) -> None:
    bench = Bench()
    bench.campaigns = {"another": counts("Spring")}
    bench.instead[f"PUT {ADD}"] = lambda request: status(code)
    with pytest.raises(CampaignBlocked):
        bench.qvoice.push(CAMPAIGN, [order()])
    assert bench.paths("PUT") == [ADD]


@pytest.mark.parametrize("code", [500, 503])
def test_a_lost_answer_is_ambiguous_keeps_when_it_was_sent_and_sends_nothing_again(code: int) -> None:
    bench = Bench()
    bench.instead[f"PUT {ADD}"] = lambda request: status(code)
    with pytest.raises(Ambiguous) as caught:
        bench.qvoice.push(CAMPAIGN, [order()])
    assert caught.value.remote == {"sent_at": "1780333200.000000", "redials": "0"}
    assert bench.paths() == [ADD]


def test_a_campaign_without_an_id_is_blocked_before_anything_is_sent() -> None:
    bench = Bench()
    nameless = replace(CAMPAIGN, remote_id="..")
    with pytest.raises(CampaignBlocked):
        bench.qvoice.push(nameless, [order()])
    with pytest.raises(CampaignBlocked):
        bench.qvoice.observe(nameless, [bench.handle()], None)
    assert bench.sent == []


# ---- the session


def test_a_session_is_renewed_before_an_hour_is_over() -> None:
    bench = Bench()
    bench.qvoice.check()
    bench.clock.advance(3239)
    bench.qvoice.check()
    assert [each.url.path for each in bench.sent].count("/api/v2/login") == 1
    bench.clock.advance(1)
    bench.qvoice.check()
    assert [each.url.path for each in bench.sent].count("/api/v2/login") == 2
    assert bench.sent[-1].headers["Authorization"] == f"Bearer token-{len(bench.sent) - 1}"


def test_a_lifetime_that_is_told_is_kept() -> None:
    bench = Bench()
    bench.instead["POST /api/v2/login"] = lambda request: json_of({"access_token": "t", "expires_in": 100})
    bench.qvoice.check()
    bench.clock.advance(90)
    bench.qvoice.check()
    assert [each.url.path for each in bench.sent].count("/api/v2/login") == 2


@pytest.mark.parametrize("code", [401, 403])
def test_a_refused_push_is_sent_again_once_after_a_new_login(code: int) -> None:
    bench = Bench()
    answers = [status(code), httpx.Response(200, text="Done.")]
    bench.instead[f"PUT {ADD}"] = lambda request: answers.pop(0)
    assert bench.qvoice.push(CAMPAIGN, [order()])[0].accepted is True
    assert [each.url.path for each in bench.sent] == ["/api/v2/login", ADD, "/api/v2/login", ADD]


@pytest.mark.parametrize("code", [400, 401, 403])
def test_a_refused_login_blocks_the_account(code: int) -> None:
    bench = Bench()
    bench.instead["POST /api/v2/login"] = lambda request: status(code)
    with pytest.raises(AccountBlocked):
        bench.qvoice.check()
    assert bench.paths() == []


@pytest.mark.parametrize("answer", [{}, {"access_token": ""}, {"access_token": None}, []], ids=str)
def test_a_login_without_a_token_is_no_login(answer: object) -> None:
    bench = Bench()
    bench.instead["POST /api/v2/login"] = lambda request: json_of(answer)
    with pytest.raises(Unavailable):
        bench.qvoice.check()


def test_a_refused_list_of_a_campaign_that_is_there_says_so() -> None:
    bench = Bench()
    bench.instead[f"GET {LEADS}"] = lambda request: status(400)
    with pytest.raises(Refused) as caught:
        bench.look()
    assert "Ada" not in str(caught.value)
    bench.campaigns = {}
    with pytest.raises(CampaignBlocked):
        bench.look()
