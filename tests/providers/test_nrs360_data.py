"""360NRS' scheduled messages, contacts, groups and block list: every change names one item, or is not sent."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest

from providers.errors import Ambiguous, Unavailable
from providers.nrs360.client import Nrs360Client
from providers.nrs360.contacts import CustomField, NewContact
from tests.providers.nrs360_peer import PHONE, Peer, error

OTHER = "+12025550122"
AT = datetime(2026, 6, 1, 12, 0, tzinfo=timezone(timedelta(hours=2)))


def paged(rows: list[dict[str, Any]], *, size: int = 2) -> Callable[[Any], Any]:
    """Answer a paged list, however large the pages that were asked for."""

    def answer(asked: Any) -> Any:
        page, pages = int(asked.params["page"]), max(1, -(-len(rows) // size))
        part = rows[(page - 1) * size : page * size]
        return {"data": part, "meta": {"pagination": {"current_page": page, "total_pages": pages}}}

    return answer


# ---- scheduled


def test_scheduled_messages_are_listed_alone_and_together() -> None:
    row = {"guid": "7", "type": "SMS", "sending_id": 3, "scheduled_at": "2026-07-01 10:00:00"}

    def answer(asked: Any) -> Any:
        if asked.query == "guid=7":
            return {"result": {**row, "content": {"message": "Hi"}}, "total": 1}
        return {"result": [row], "total": 1}

    peer = Peer().on("GET /scheduled", answer)
    client = peer.client()
    (alone,) = client.scheduled.find(guids=[7])
    assert (alone.guid, alone.content) == ("7", {"message": "Hi"})
    assert alone.scheduled_at == datetime(2026, 7, 1, 10, 0, tzinfo=UTC)
    assert [each.sending_id for each in client.scheduled.find(guids=[7, 8], kind="SMS", sending_id=3)] == [
        "3"
    ]
    assert peer.asked[1].query == "guid%5B%5D=7&guid%5B%5D=8&type=SMS&sendingId=3"
    assert len(client.scheduled.find()) == 1


def test_one_scheduled_message_is_moved_or_deleted_by_its_guid() -> None:
    peer = Peer().on("PUT /scheduled", {"result": True, "updated": 1})
    peer.on("DELETE /scheduled", {"result": True, "deleted": 1})
    client = peer.client()
    assert client.scheduled.move(7, AT, kind="SMS") == 1
    assert client.scheduled.delete(7) == 1
    assert [asked.body for asked in peer.asked] == [
        {"guid": 7, "type": "SMS", "scheduleDate": "20260601100000"},
        {"guid": 7},
    ]


@pytest.mark.parametrize("guid", [0, -1, None, True, "", "7", [], [7]])
def test_without_one_guid_nothing_is_moved_or_deleted(guid: Any) -> None:
    peer = Peer()
    client = peer.client()
    with pytest.raises(ValueError):
        client.scheduled.delete(guid)
    with pytest.raises(ValueError):
        client.scheduled.move(guid, AT)
    assert peer.requests == []


def test_a_change_that_is_not_confirmed_is_no_change() -> None:
    with pytest.raises(Unavailable):
        Peer().on("DELETE /scheduled", {"result": False, "deleted": 0}).client().scheduled.delete(7)


# ---- contacts and groups

CONTACT = {
    "id": 4,
    "email": "ada@example.org",
    "phone": PHONE[1:],
    "countryIso": "US",
    "landline": None,
    "name": "Ada",
    "createdAt": "2026-06-01T10:00:00+00:00",
    "customFields": {"data": [{"key": "size", "type": "decimal", "value": 4.5}]},
    "groups": {"data": [{"id": 9, "name": "Shoes"}]},
}
NEW = NewContact(
    phone=PHONE, country="US", group_names=["Shoes"], custom_fields=[CustomField(key="size", value="4")]
)


def test_contacts_are_read_page_by_page_with_fields_and_groups() -> None:
    peer = Peer().on("GET /contacts", paged([{**CONTACT, "id": number} for number in (1, 2, 3)]))
    found = list(peer.client().contacts.each(phone=PHONE, external_id="e1"))
    assert [each.id for each in found] == ["1", "2", "3"]
    assert [asked.params["page"] for asked in peer.asked] == ["1", "2"]
    assert peer.asked[0].params == {
        "include": "customFields,groups",
        "phone": PHONE[1:],
        "externalId": "e1",
        "limit": "1000",
        "page": "1",
    }
    assert found[0].custom_fields == (CustomField(key="size", type="decimal", value="4.5"),)
    assert [(group.id, group.name) for group in found[0].groups] == [("9", "Shoes")]
    assert PHONE[1:] not in repr(found[0])
    assert "Ada" not in repr(found[0])


def test_a_list_that_goes_round_in_circles_ends_as_unavailable() -> None:
    same = {"data": [CONTACT], "meta": {"pagination": {"current_page": 1, "total_pages": 5}}}
    peer = Peer().on("GET /contacts", same)
    with pytest.raises(Unavailable):
        list(peer.client().contacts.each())
    assert len(peer.asked) == 2


def test_a_contact_is_created_changed_read_and_deleted_by_its_id() -> None:
    peer = Peer().on("POST /contacts", (201, {"data": CONTACT})).on("PUT /contacts/4", {"data": CONTACT})
    peer.on("GET /contacts/4", {"data": CONTACT}).on("DELETE /contacts/4", lambda _: (204, None))
    client = peer.client()
    assert client.contacts.create(NEW).id == "4"
    assert client.contacts.update("4", NEW).id == "4"
    assert client.contacts.get("4").name == "Ada"
    client.contacts.delete("4")
    assert peer.asked[0].body == {
        "phone": PHONE[1:],
        "countryIso": "US",
        "groupsNames": ["Shoes"],
        "customFields": [{"key": "size", "type": "string", "value": "4"}],
    }
    assert peer.requests == ["POST /contacts", "PUT /contacts/4", "GET /contacts/4", "DELETE /contacts/4"]


@pytest.mark.parametrize("changes", [{"phone": None}, {"country": None}, {"group_names": []}])
def test_a_contact_that_the_vendor_would_refuse_is_not_sent(changes: dict[str, Any]) -> None:
    peer = Peer()
    with pytest.raises(ValueError):
        peer.client().contacts.create(replace(NEW, **changes))
    assert peer.requests == []


def test_a_contact_whose_creation_failed_half_way_is_in_doubt() -> None:
    with pytest.raises(Ambiguous):
        Peer().on("POST /contacts", error(500, 101)).client().contacts.create(NEW)


def test_groups_are_listed_created_renamed_and_deleted_by_their_id() -> None:
    group = {"data": {"id": 9, "name": "Shoes"}}
    peer = Peer().on("GET /groups", paged([{"id": 8, "name": "Hats"}, group["data"]]))
    peer.on("GET /groups/9", group).on("POST /groups", (201, group)).on("PUT /groups/9", group)
    peer.on("DELETE /groups/9", lambda _: (204, None))
    client = peer.client()
    assert [each.name for each in client.groups.each()] == ["Hats", "Shoes"]
    assert client.groups.get("9").name == "Shoes"
    assert client.groups.create("Shoes").id == "9"
    assert client.groups.rename("9", "Boots").id == "9"
    client.groups.delete("9")
    assert [asked.body for asked in peer.asked[2:]] == [{"name": "Shoes"}, {"name": "Boots"}, None]


@pytest.mark.parametrize(
    "act",
    [
        lambda client: client.contacts.delete(" "),
        lambda client: client.contacts.update("", NEW),
        lambda client: client.groups.delete(""),
        lambda client: client.groups.rename("", "Boots"),
        lambda client: client.groups.create(" "),
        lambda client: client.blacklist.remove("+"),
        lambda client: client.blacklist.add(""),
        lambda client: client.campaigns.events(""),
    ],
)
def test_a_request_that_would_name_nothing_is_not_sent(act: Callable[[Nrs360Client], None]) -> None:
    peer = Peer()
    with pytest.raises(ValueError):
        act(peer.client())
    assert peer.requests == []


# ---- block list


def test_the_block_list_of_calls_is_read_filled_and_emptied_by_number() -> None:
    entry = {
        "type": "voice",
        "recipient": PHONE[1:],
        "isDefinitive": True,
        "sendingId": 3,
        "campaignName": "June",
    }
    peer = Peer().on("GET /v2/blacklist/voice", paged([entry]))
    peer.on("PUT /v2/blacklist/voice", {"data": entry}).on(
        "DELETE /v2/blacklist/voice", lambda _: (204, None)
    )
    client = peer.client()
    (found,) = client.blacklist.each(phone=PHONE, sending_id="3")
    assert (found.phone, found.is_definitive, found.sending_id, found.campaign_name) == (
        PHONE[1:],
        True,
        "3",
        "June",
    )
    assert peer.asked[0].params == {"recipient": PHONE[1:], "sendingId": "3", "limit": "1000", "page": "1"}
    assert client.blacklist.add(PHONE).phone == PHONE[1:]
    client.blacklist.remove(PHONE)
    assert [asked.body for asked in peer.asked[1:]] == [{"recipient": PHONE[1:]}] * 2


def test_a_confirmation_of_another_number_is_none() -> None:
    peer = Peer().on("PUT /v2/blacklist/voice", {"data": {"recipient": OTHER[1:]}})
    with pytest.raises(Unavailable):
        peer.client().blacklist.add(PHONE)
