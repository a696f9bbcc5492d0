"""The sandbox of 360NRS: contacts and groups, their refusals and their pages."""

from __future__ import annotations

from typing import Any

import pytest

from tests.providers.sandbox.nrs360_api import FIRST, SECOND, THIRD, Api

PERSON = {"phone": FIRST, "countryIso": "US", "groupsNames": ["June"]}


@pytest.fixture
def api() -> Api:
    return Api()


def created(api: Api, **changes: Any) -> dict[str, Any]:
    answer = api.ask("POST", "contacts", json={**PERSON, **changes})
    assert answer.status_code == 201, answer.text
    data: dict[str, Any] = answer.json()["data"]
    return data


def test_a_contact_is_created_shown_changed_and_deleted(api: Api) -> None:
    field = {"key": "since", "type": "date", "value": "2026-05-01T00:00:00+00:00"}
    made = created(api, name="Ada", customFields=[field])
    number, when = made["id"], "2026-06-01T17:00:00+00:00"
    assert made == {
        "id": number,
        "email": None,
        "phone": FIRST,
        "countryIso": "US",
        "landline": None,
        "name": "Ada",
        "surname": None,
        "createdAt": when,
        "updatedAt": when,
        "links": {"self": f"https://vendor.invalid/api/rest/contacts/{number}"},
    }
    shown = api.get(f"contacts/{number}", include="customFields,groups")["data"]
    assert shown["customFields"] == {"data": [field]}
    assert [group["name"] for group in shown["groups"]["data"]] == ["June"]
    api.clock.advance(1)
    changed = api.ask("PUT", f"contacts/{number}", json={**PERSON, "surname": "Fiction"})
    assert changed.status_code == 200
    assert changed.json()["data"]["name"] is None, "what is not sent again is gone"
    assert changed.json()["data"]["updatedAt"] == "2026-06-01T17:00:01+00:00"
    assert "customFields" not in api.get(f"contacts/{number}")["data"]
    assert api.get(f"contacts/{number}", include="customFields")["data"]["customFields"] == {"data": []}
    gone = api.ask("DELETE", f"contacts/{number}")
    assert (gone.status_code, gone.content) == (204, b"")
    assert api.refusal("GET", f"contacts/{number}") == (404, 404)
    assert api.refusal("DELETE", f"contacts/{number}") == (404, 404)


@pytest.mark.parametrize(
    "changes",
    [
        {"phone": None},
        {"phone": f"+{FIRST}"},
        {"phone": int(FIRST)},
        {"email": "ada"},
        {"landline": "x"},
        {"countryIso": "usa"},
        {"groupsNames": []},
        {"groupsNames": [""]},
        {"groupsIds": [77]},
        {"groupsIds": "1"},
        {"externalId": "crm-9"},
        {"customFields": ["tier"]},
        {"customFields": [{"value": "gold"}]},
        {"customFields": [{"key": "since", "type": "date", "value": "May"}]},
        {"customFields": [{"key": "debt", "type": "decimal", "value": "1,5"}]},
        {"customFields": [{"key": "debt", "type": "money", "value": "1"}]},
        {"customFields": [{"key": "debt", "label": "Debt"}]},
    ],
    ids=str,
)
def test_a_bad_contact_is_refused(api: Api, changes: dict[str, Any]) -> None:
    assert api.refusal("POST", "contacts", json={**PERSON, **changes}) == (422, 422)
    assert api.get("contacts")["data"] == []


def test_a_contact_needs_a_way_to_be_reached_and_a_country_with_a_number(api: Api) -> None:
    assert api.refusal("POST", "contacts", json={"countryIso": "US", "groupsNames": ["June"]}) == (422, 422)
    assert api.refusal("POST", "contacts", json={"landline": "5550199", "groupsNames": ["June"]}) == (
        422,
        422,
    )
    answer = api.ask("POST", "contacts", json={"email": "ada@example.org", "groupsNames": ["June"]})
    assert answer.status_code == 201


def test_contacts_are_filtered(api: Api) -> None:
    first = created(api, email="ada@example.org")["id"]
    second = created(api, phone=SECOND, landline="5550199", countryIso="BR")["id"]
    third = int(api.sandbox.add_contact(phone=THIRD, external_id="crm-9"))

    def found(**params: str) -> list[int]:
        return [each["id"] for each in api.get("contacts", **params)["data"]]

    assert found() == [first, second, third]
    assert found(email="ada@example.org") == [first]
    assert found(phone=SECOND) == [second]
    assert found(landline="5550199") == [second]
    assert found(countryIso="US") == [first]
    assert found(externalId="crm-9") == [third]
    assert found(phone=SECOND, countryIso="US") == []
    assert api.refusal("GET", "contacts?name=Ada") == (422, 422)
    assert api.refusal("GET", "contacts?include=calls") == (422, 422)


def test_contacts_come_in_pages_to_their_end() -> None:
    api = Api(page_limit=2)
    made = [created(api)["id"] for _ in range(5)]
    link, seen, pages = "https://vendor.invalid/api/rest/contacts?limit=1000&phone=" + FIRST, [], []
    while link:
        body = api.client.get(link).json()
        seen += [each["id"] for each in body["data"]]
        pages.append({name: value for name, value in body["meta"]["pagination"].items() if name != "links"})
        links = body["meta"]["pagination"]["links"]
        link = links["next"] if links else ""
    assert seen == made, "the same person three times is three contacts"
    same = {"total": 5, "per_page": 2, "total_pages": 3}
    assert pages == [
        {**same, "count": count, "current_page": page} for page, count in ((1, 2), (2, 2), (3, 1))
    ]
    assert links == []
    assert api.get("contacts", page=4)["data"] == []


def test_a_page_has_100_by_default_and_1000_at_most(api: Api) -> None:
    for _ in range(101):
        api.sandbox.add_contact(phone=FIRST, external_id="crm-9")
    assert len(api.get("contacts")["data"]) == 100
    assert len(api.get("contacts", limit=1000)["data"]) == 101
    for bad in ("limit=1001", "limit=0", "limit=x", "page=0"):
        assert api.refusal("GET", f"contacts?{bad}") == (422, 422)


def test_a_group_is_created_listed_renamed_and_deleted(api: Api) -> None:
    made = api.ask("POST", "groups", json={"name": "June"})
    number = made.json()["data"]["id"]
    assert (made.status_code, made.json()) == (201, {"data": {"id": number, "name": "June"}})
    contact = created(api, groupsNames=[], groupsIds=[number])["id"]
    assert api.ask("PUT", f"groups/{number}", json={"name": "July"}).json()["data"]["name"] == "July"
    assert api.get(f"groups/{number}") == {"data": {"id": number, "name": "July"}}
    assert [each["name"] for each in api.get("groups", limit=1)["data"]] == ["July"]
    assert api.ask("DELETE", f"groups/{number}").status_code == 204
    assert api.refusal("GET", f"groups/{number}") == (404, 404)
    assert api.get(f"contacts/{contact}", include="groups")["data"]["groups"] == {"data": []}
    for bad in ({}, {"name": " "}, {"name": 5}, {"name": "x", "color": "red"}):
        assert api.refusal("POST", "groups", json=bad) == (422, 422)
