"""UJET beyond the kit: refusals that are no failures, second attempts, looks that change nothing, removals."""

from __future__ import annotations

import csv
from datetime import timedelta
from pathlib import Path

import pytest

from providers.contract import CampaignSpec, NativePlan, NativeStep, RemoteCampaign
from providers.errors import AccountBlocked, Ambiguous, CampaignBlocked, Throttled, Unavailable, Unsupported
from providers.http import basic_auth, httpx
from providers.secrets import Secret
from providers.testing import VirtualClock
from providers.ujet.words import WORDS, meaning_of
from providers.vocabulary import Catalogue, Result, Unit, Why, Withdrawal
from tests.providers.ujet_peer import (
    CONTACT,
    CONTACTS,
    MANAGER,
    OLD,
    OTHER,
    PHONE,
    REF,
    STILL,
    Bench,
    Tenant,
    handle,
    order,
    row,
    scripted,
    state,
)

NOT_THERE = (404, {"message": "Not found"})
REFUSED = (200, {"valid_contacts": [], "invalid_contacts": [row()]})
TAKEN = (200, {"valid_contacts": [row()], "invalid_contacts": []})
PLAN = NativePlan(steps=(NativeStep(amount=1, unit=Unit.HOUR),))


# ---- words


def test_the_sample_lists_exactly_the_words_of_the_table() -> None:
    with (Path(__file__).parent / "samples/ujet/statuses.csv").open(newline="", encoding="utf-8") as file:
        listed = [line["raw"] for line in csv.DictReader(file)]
    assert listed == list(WORDS)
    assert len(listed) == 21


@pytest.mark.parametrize("word", WORDS)
def test_a_word_is_known_in_any_case_and_with_blanks_around(word: str) -> None:
    assert meaning_of(f"  {word.upper()}\n") == meaning_of(word.lower()) == WORDS[word]


# ---- account and campaign


@pytest.mark.parametrize(("given", "user"), [({}, "fjord"), ({"username": "glacier"}, "glacier")])
def test_the_user_is_the_subdomain_unless_another_is_given(given: dict[str, str], user: str) -> None:
    bench = Bench(httpx.MockTransport(lambda request: httpx.Response(200, json=[])), VirtualClock(), **given)
    bench.provider.check()
    sent = bench.wire.sent[0].headers["Authorization"]
    assert sent == basic_auth(user, Secret("invented-token")).reveal()


@pytest.mark.parametrize("status", [401, 403, 404, 405, 422])
def test_without_the_manager_api_the_contacts_decide_whether_the_credential_is_good(status: int) -> None:
    bench = scripted((status, {}), NOT_THERE)
    assert bench.provider.check().ok is True
    assert bench.sent == [("GET", MANAGER), ("GET", CONTACTS.replace("21", "0"))]
    with pytest.raises(AccountBlocked):
        scripted((status, {}), (401, {})).provider.check()


def test_a_campaign_that_redials_says_so() -> None:
    tenant = Tenant(campaign={"name": "Tides", "max_redial_count": 2})
    assert (tenant.campaign.name, tenant.campaign.redials) == ("Tides", True)
    assert tenant.campaign.remote == {"max_redial_count": "2"}
    assert Tenant().campaign.redials is False


def test_without_the_manager_api_a_campaign_is_verified_by_its_contacts() -> None:
    tenant = Tenant(manager_api=False)
    assert (tenant.campaign.remote_id, tenant.campaign.redials, tenant.campaign.remote) == ("21", None, {})
    with pytest.raises(CampaignBlocked):
        tenant.provider.open_campaign(CampaignSpec(ref="c", name="c", remote_id="999"))


def test_an_answer_about_another_campaign_is_not_believed() -> None:
    with pytest.raises(Unavailable):
        scripted((200, {"id": 22})).provider.open_campaign(CampaignSpec(ref="c", name="c", remote_id="21"))


@pytest.mark.parametrize("remote_id", ["21/contacts", "../21", "spring", "２１"])
def test_a_campaign_that_is_no_number_is_never_asked_for(remote_id: str) -> None:
    bench = scripted()
    with pytest.raises(CampaignBlocked):
        bench.provider.open_campaign(CampaignSpec(ref="c", name="c", remote_id=remote_id))
    assert bench.sent == []


def test_a_retry_plan_is_unsupported_before_anything_is_sent() -> None:
    bench = scripted()
    with pytest.raises(Unsupported):
        bench.provider.open_campaign(CampaignSpec(ref="c", name="c", remote_id="21", retry=PLAN))
    with pytest.raises(Unsupported):
        bench.provider.push(STILL, [order(retry=PLAN)])
    with pytest.raises(Unsupported):
        bench.provider.push(STILL, [order(not_before=bench.clock.now() + timedelta(seconds=1))])
    assert bench.sent == []


def test_browsing_gives_the_campaigns_or_is_unsupported() -> None:
    found = list(Tenant().provider.browse(Catalogue.CAMPAIGNS))
    assert [(each.id, each.state) for each in found] == [("21", "started")]
    for tenant, kind in ((Tenant(manager_api=False), Catalogue.CAMPAIGNS), (Tenant(), Catalogue.QUEUES)):
        with pytest.raises(Unsupported):
            list(tenant.provider.browse(kind))


# ---- push


def test_an_order_is_written_as_documented() -> None:
    bench = scripted(TAKEN)
    given = order(caller_id="+12025550199", fields={"email": "ada@fiction.invalid", "debt": "12"})
    assert bench.provider.push(STILL, [given])[0].accepted is True
    assert bench.sent == [("POST", CONTACTS)]
    assert bench.bodies("POST") == [
        {
            "name": "Ada Fiction",
            "email": "ada@fiction.invalid",
            "phone_number": PHONE,
            "outbound_number": "+12025550199",
            "external_unique_id": REF,
        }
    ]
    assert bench.wire.sent[0].headers["Content-Type"] == "application/json"


def test_a_contact_without_a_name_is_sent_with_its_number_as_name() -> None:
    bench = scripted(TAKEN)
    bench.provider.push(STILL, [order(name=" ")])
    assert bench.bodies("POST") == [{"name": PHONE, "phone_number": PHONE, "external_unique_id": REF}]


@pytest.mark.parametrize(
    "answer",
    [
        (
            200,
            {"valid_contacts": [], "invalid_contacts": [{**row(), "error": f"Ada's number {PHONE} is odd"}]},
        ),
        (200, {"invalid_contacts": [{**row(), "error": f"Ada's number {PHONE} is odd"}]}),
        (422, {"error": f"Ada's number {PHONE} is odd"}),
        (400, {"error": f"Ada's number {PHONE} is odd"}),
    ],
    ids=["200", "200 without the empty list", "422", "400"],
)
def test_a_refusal_is_a_receipt_whose_reason_is_about_nobody(answer: tuple[int, object]) -> None:
    receipt = scripted(answer, (200, [])).provider.push(STILL, [order()])[0]
    assert (receipt.accepted, receipt.result) == (False, Result.REJECTED)
    assert "is odd" in receipt.reason
    assert [word for word in ("Ada", "Fiction", PHONE, "2025550110") if word in receipt.reason] == []


@pytest.mark.parametrize(
    "body",
    [
        {"valid_contacts": [], "invalid_contacts": []},
        {"valid_contacts": [row(OLD)], "invalid_contacts": []},
        {"valid_contacts": [row()], "invalid_contacts": [row()]},
        {"invalid_contacts": []},
    ],
    ids=["nobody", "somebody else", "both", "half"],
)
def test_a_200_that_does_not_say_what_became_of_the_order_is_ambiguous(body: object) -> None:
    bench = scripted((200, body))
    with pytest.raises(Ambiguous):
        bench.provider.push(STILL, [order()])
    assert bench.sent == [("POST", CONTACTS)]


def test_an_order_that_is_there_already_is_accepted() -> None:
    tenant = Tenant()
    assert tenant.push(order(), order(send_no=2)) == [True, True]
    assert tenant.listed() == [(REF, "+1 202-555-0110")]


def test_a_campaign_that_is_gone_blocks() -> None:
    with pytest.raises(CampaignBlocked):
        scripted(NOT_THERE).provider.push(STILL, [order()])


def test_a_second_attempt_removes_the_first_by_its_reference_and_adds_again() -> None:
    tenant = Tenant()
    assert tenant.push(order(OLD)) == [True]
    tenant.sandbox.dial(PHONE, Result.NO_ANSWER)
    tenant.forget()
    assert tenant.push(order()) == [True]
    assert tenant.sent == [("POST", CONTACTS), ("GET", CONTACTS), ("DELETE", CONTACT), ("POST", CONTACTS)]
    assert tenant.bodies("DELETE") == [{"external_unique_id": OLD}]
    assert tenant.listed() == [(REF, "+1 202-555-0110")]


@pytest.mark.parametrize("foreign", ["crm-77", None])
def test_a_contact_that_is_not_ours_is_never_removed(foreign: str | None) -> None:
    bench = scripted(REFUSED, (200, [row(OLD), row(foreign, "1 (202) 555 0110"), row(OLD, OTHER)]))
    receipt = bench.provider.push(STILL, [order()])[0]
    assert (receipt.accepted, receipt.result) == (False, Result.REJECTED)
    assert bench.sent == [("POST", CONTACTS), ("GET", CONTACTS)]


def test_another_phone_of_ours_is_never_removed() -> None:
    bench = scripted(REFUSED, (200, [row(OLD, OTHER)]))
    assert bench.provider.push(STILL, [order()])[0].accepted is False
    assert bench.sent == [("POST", CONTACTS), ("GET", CONTACTS)]


def test_an_older_call_that_is_still_on_is_waited_for() -> None:
    tenant = Tenant()
    tenant.push(order(OLD))
    tenant.sandbox.dial(PHONE, "Connected")
    with pytest.raises(Unavailable) as raised:
        tenant.push(order())
    assert raised.value.retry_after == 60
    assert tenant.listed() == []
    assert tenant.push(order()) == [True]


def test_a_phone_that_stays_refused_is_tried_again_later() -> None:
    bench = scripted(REFUSED, (200, [row(OLD)]), (200, state("Finished")), REFUSED)
    with pytest.raises(Unavailable):
        bench.provider.push(STILL, [order()])


def test_a_refusal_whose_cause_can_not_be_read_is_open_only_if_something_was_sent_before() -> None:
    for send_no, wanted in ((1, Unavailable), (2, Ambiguous)):
        bench = scripted(REFUSED, (500, {}))
        with pytest.raises(wanted):
            bench.provider.push(STILL, [order(send_no=send_no)])


# ---- withdraw


@pytest.mark.parametrize(
    ("word", "outcome", "is_removed"),
    [
        ("Upcoming", Withdrawal.WITHDRAWN, True),
        ("Skipped", Withdrawal.WITHDRAWN, True),
        ("Queued", Withdrawal.TOO_LATE, False),
        ("Finished", Withdrawal.TOO_LATE, False),
        ("Not Picked Up", Withdrawal.TOO_LATE, False),
        # It has rung, and must not ring again.
        ("Redial Scheduled", Withdrawal.TOO_LATE, True),
        ("zz-never-documented", Withdrawal.TOO_LATE, True),
    ],
)
def test_only_what_can_still_ring_is_removed(word: str, outcome: Withdrawal, is_removed: bool) -> None:
    tenant = Tenant()
    tenant.push(order())
    tenant.sandbox.dial(PHONE, word)
    assert tenant.provider.withdraw(tenant.campaign, handle(), Why.SUPPRESSION) is outcome
    assert (tenant.listed() == []) is is_removed


@pytest.mark.parametrize("remote", [{"max_redial_count": "1"}, {}])
def test_nobody_picked_up_is_removed_where_a_redial_may_follow(remote: dict[str, str]) -> None:
    bench = scripted((200, state("Not Picked Up")), (200, state("Not Picked Up")))
    campaign = RemoteCampaign(remote_id="21", remote=remote)
    assert bench.provider.withdraw(campaign, handle(), Why.SUPPRESSION) is Withdrawal.TOO_LATE
    assert bench.sent == [("PATCH", CONTACT), ("DELETE", CONTACT)]


def test_a_call_that_began_to_ring_meanwhile_was_not_withdrawn() -> None:
    bench = scripted((200, state("Upcoming")), (200, state("Dialing")))
    assert bench.provider.withdraw(STILL, handle(), Why.PAUSE) is Withdrawal.TOO_LATE


@pytest.mark.parametrize("look", [(422, {}), NOT_THERE], ids=["refused", "404"])
def test_what_no_look_finds_is_removed_if_it_is_listed_and_gone_if_not(look: tuple[int, object]) -> None:
    bench = scripted(look, (200, [row()]), (200, state("Upcoming")))
    assert bench.provider.withdraw(STILL, handle(), Why.PAUSE) is Withdrawal.WITHDRAWN
    assert bench.bodies("DELETE") == [{"external_unique_id": REF}]
    bench = scripted(look, (200, [row(OLD)]))
    assert bench.provider.withdraw(STILL, handle(), Why.PAUSE) is Withdrawal.GONE


def test_too_fast_is_too_fast() -> None:
    with pytest.raises(Throttled) as raised:
        scripted((429, {}, {"Retry-After": "3"})).provider.push(STILL, [order()])
    assert raised.value.retry_after == 3
