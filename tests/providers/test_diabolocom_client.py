"""Diabolocom's typed client: contacts one by one, searches, and the filters that it lets through."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from providers.diabolocom.api import NoSuchContact
from providers.diabolocom.filters import query_of
from providers.errors import Unavailable
from providers.vocabulary import Result
from tests.providers.diabolocom_desk import Desk, answer, crowded, phone

AT = datetime(2026, 6, 1, 8, 0, tzinfo=UTC)


# ---- contacts


def test_a_contact_is_made_read_changed_and_deleted() -> None:
    desk = Desk()
    contacts = desk.provider.client.contacts
    made = contacts.create(4101, custom_fields={"phone1": 12025550110}, priority=3, minCallingDateTime=AT)
    assert made is not None
    assert desk.body() == {
        "priority": 3,
        "minCallingDateTime": "2026-06-01T08:00:00Z",
        "customFields": {"phone1": "12025550110"},
    }
    contacts.update(4101, made.contact_id, comment="later", custom_fields={"phone1": "12025550111"})
    assert desk.body() == {"comment": "later", "customFields": {"phone1": "12025550111"}}
    read = contacts.get(4101, made.contact_id)
    assert (read.field("phone1"), read.tries, read.excluded) == ("12025550111", 0, False)
    assert "12025550111" not in repr(read)
    assert contacts.delete(4101, made.contact_id) is True
    for ask in (contacts.get, contacts.delete):
        with pytest.raises(NoSuchContact):
            ask(4101, made.contact_id)


def test_the_campaign_s_mode_of_priorities_is_asked_for_in_the_address() -> None:
    desk = Desk()
    desk.provider.client.contacts.create(4101, custom_fields={"phone1": "12025550110"}, priority_mode=True)
    assert desk.url().endswith("/contacts?priorityMode=true")


def test_a_contact_on_a_call_is_not_deleted() -> None:
    desk = crowded()
    desk.dial(0, None)
    assert desk.provider.client.contacts.delete(4101, 1) is False
    assert desk.contact()["contactId"] == 1


@pytest.mark.parametrize(
    "act",
    [
        lambda contacts: contacts.create(4101, custom_fields={}),
        lambda contacts: contacts.create(4101, custom_fields={"phone1": "1"}, state="x"),
        lambda contacts: contacts.create(4101, custom_fields={"phone1": "1"}, assignedAgentExpirationTime=AT),
        lambda contacts: contacts.update(4101, 1),
        lambda contacts: contacts.update(4101, 1, triesnumber=1),
        lambda contacts: contacts.search(4101, {}),
        lambda contacts: contacts.search(4101, {"contactIDs": [1]}),
        lambda contacts: list(contacts.search_by_phone([])),
    ],
)
def test_a_request_that_can_not_be_meant_is_never_sent(act: Any) -> None:
    desk = Desk()
    with pytest.raises(ValueError):
        act(desk.provider.client.contacts)
    assert desk.sent == []


def test_a_search_over_campaigns_follows_its_links_with_the_same_body() -> None:
    desk = crowded(page_limit=1)
    other = desk.sandbox.add_campaign()
    body = {"customFields": {"phone1": "12025550110"}}
    desk.ask("POST", f"/api/v2/voice/campaigns/{other}/contacts", body)
    contacts = desk.provider.client.contacts
    assert [each.contact_id for each in contacts.search_by_phone([phone(0), phone(2)])] == [1, 3, 1]
    assert desk.sent == ["POST v2/contacts/search/by-phone"] * 3
    assert {seen.body for seen in desk.wire.seen} == {b'{"phones":["12025550110","12025550112"]}'}
    assert [each.contact_id for each in contacts.search_by_phone([phone(0)], campaign_ids=[4101])] == [1]
    assert desk.body() == {"phones": ["12025550110"], "campaignIds": [4101]}


def test_the_changes_between_two_instants_are_listed_over_all_pages() -> None:
    desk = crowded(page_limit=1)
    began = desk.clock.now()
    desk.clock.advance(60)
    desk.dial(1, Result.ANSWERED)
    desk.clock.advance(60)
    desk.dial(0, Result.ANSWERED)
    changed = desk.provider.client.contacts.changed
    assert [each.contact_id for each in changed(4101, began)] == [2, 1]
    until = began.replace(minute=1, second=30)
    assert [each.contact_id for each in changed(4101, began, until=until)] == [2]
    assert "toDate=2026-06-01T17%3A01%3A30Z" in desk.url()


def test_a_feed_that_goes_in_a_circle_is_unavailable() -> None:
    desk = Desk()
    link = "/api/v2/voice/campaigns/4101/contacts/search/by-date?fromId=1"
    for _ in range(2):
        desk.hand.put("GET", "/by-date", answer(200, {"contacts": [], "count": 0, "next": link}))
    with pytest.raises(Unavailable):
        list(desk.provider.client.contacts.changed(4101, AT))


# ---- filters


def test_filters_are_written_as_documented() -> None:
    condition = {"customFieldName": "tier", "condition": "notStartswith", "value": "g"}
    given = {
        "contactIds": [7, 88],
        "agentIds": None,
        "phones": ["+12025550110", "12025550111"],
        "wrapupStatuses": ["tocall", "canceled"],
        "lastCallerType": None,
        "excluded": False,
        "minTries": 1,
        "updateAfter": AT,
        "customFieldConditions": [condition],
    }
    wanted = {**given, "phones": ["12025550110", "12025550111"], "updateAfter": "2026-06-01T08:00:00Z"}
    assert query_of(given, custom_fields=["tier"]) == wanted


@pytest.mark.parametrize(
    "given",
    [
        {},
        {"contactId": [1]},
        {"contactIds": [1], "minTry": 1},
        {"lastAgentIds": [1]},  # marked as not available yet: it would be discarded
        {"purgeDateAfter": AT},  # of batches only
        {"contactIds": []},
        {"contactIds": None},
        {"contactIds": list(range(501))},
        {"contactIds": ["1"]},
        {"contactIds": [True]},
        {"contactIds": 7},
        {"phones": "12025550110"},
        {"phones": ["12025550110x"]},
        {"wrapupStatuses": ["to_call"]},
        {"excludedCause": None},
        {"excluded": "false"},
        {"minTries": None},
        {"updateAfter": "2026-06-01T08:00:00Z"},
        {"updateAfter": AT.replace(tzinfo=None)},
        {"customFieldConditions": []},
        {"customFieldConditions": [{"customFieldName": "tier", "condition": "is", "value": "g"}]},
        {"customFieldConditions": [{"customFieldName": "tier", "condition": "gt", "value": None}]},
        {"customFieldConditions": [{"customFieldName": "tier", "condition": "eq", "value": 7}]},
        {"customFieldConditions": [{"customFieldName": "tier", "condition": "eq"}]},
        {"customFieldConditions": [{"customFieldName": "teir", "condition": "eq", "value": "g"}]},
    ],
)
def test_a_filter_that_the_vendor_might_discard_is_refused_without_its_value(given: dict[str, Any]) -> None:
    with pytest.raises(ValueError) as refusal:
        query_of(given, custom_fields=["tier"])
    assert "12025550110" not in str(refusal.value)
