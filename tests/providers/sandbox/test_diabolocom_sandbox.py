"""The Diabolocom sandbox answers about contacts, campaigns, wrapups and archives as the document says."""

from __future__ import annotations

from typing import Any

import pytest

from providers.http import httpx
from providers.sandbox import sandbox_class
from providers.sandbox.diabolocom import DiabolocomSandbox
from providers.sandbox.serve import ServedSandbox
from tests.providers.sandbox.diabolocom_bench import TOKEN, V1, V2, Bench, phone

CONTACT_FIELDS = {
    *(
        "id",
        "campaignId",
        "contactId",
        "state",
        "comment",
        "excluded",
        "excludedDetail",
        "priority",
        "retryDate",
    ),
    *("triesNumber", "wrapupId", "agentId", "agentName", "assignedAgentId", "assignedGroupId"),
    *("assignedAgentExpirationTime", "assignedGroupExpirationTime", "duplicateContactIds"),
    *("minCallingDateTime", "maxCallingDateTime", "lastCallTime", "lastAttemptTime", "lastAgentId"),
    *(
        "lastCallerType",
        "createdBy",
        "createdAt",
        "lastUpdatedBy",
        "lastUpdatedAt",
        "contactCardDisplayNumber",
    ),
    *(
        "region",
        "displayedNumberIds",
        "currentPhoneName",
        "calendarId",
        "customFields",
        "phones",
        "purgeDate",
    ),
}


@pytest.fixture
def bench() -> Bench:
    return Bench()


# ---- the door


@pytest.mark.parametrize("headers", [{}, {"Private-Token": "wrong"}, {"Authorization": f"Bearer {TOKEN}"}])
def test_without_the_token_nobody_is_let_in(bench: Bench, headers: dict[str, str]) -> None:
    del bench.client.headers["Private-Token"]
    answer = bench.client.get(V1, headers=headers)
    assert (answer.status_code, answer.text) == (401, "error.unauthorized")


def test_an_expired_token_is_a_wrong_one(bench: Bench) -> None:
    bench.sandbox.is_expired = True
    assert bench.ask("GET", V1).status_code == 401


@pytest.mark.parametrize(
    ("method", "path", "status", "name"),
    [
        ("GET", "/api/v1/nowhere", 404, None),
        ("DELETE", V1, 405, "error.method.not.allowed"),
        ("PATCH", f"{V2}/4101/contacts/1", 405, "error.method.not.allowed"),
        ("GET", f"{V2}/4101/contacts/search", 405, "error.method.not.allowed"),
        ("POST", f"{V1}/4101", 405, "error.method.not.allowed"),
        ("GET", f"{V1}/999999999", 404, "error.campaign.not.exists"),
        ("GET", f"{V2}/999999999/contacts/1", 404, "error.campaign.not.exists"),
        ("GET", f"{V2}/4101/contacts/77", 404, "error.contact.not.exists"),
        ("DELETE", f"{V2}/4101/contacts/77", 404, "error.contact.not.exists"),
        ("GET", f"{V2}/4101/contacts/seven", 400, None),
        ("GET", "/api/v1/account/wrapups/1", 404, None),
        ("GET", f"{V2}/contact-batch/status/none", 404, None),
        ("GET", "/api/v1/recordings/interactions/1/content", 404, None),
        ("GET", f"{V1}?color=red", 400, None),
        ("GET", f"{V1}?page=0", 400, None),
    ],
)
def test_what_is_not_there_is_refused_by_name(
    bench: Bench, method: str, path: str, status: int, name: str | None
) -> None:
    answer = bench.ask(method, path)
    assert answer.status_code == status
    assert name in (None, answer.text)


def test_errors_can_be_json_too() -> None:
    bench = Bench(error_body="json")
    assert bench.ask("GET", f"{V1}/999999999").json() == {"error": "error.campaign.not.exists"}


def test_a_get_takes_no_body(bench: Bench) -> None:
    bench.create()
    assert bench.ask("GET", f"{bench.contacts}/1", {}).status_code == 400


def test_it_is_found_by_its_slug_and_answers_over_a_socket() -> None:
    assert sandbox_class("diabolocom") is DiabolocomSandbox
    served = ServedSandbox(DiabolocomSandbox)
    served.start()
    try:
        with httpx.Client(
            base_url=served.base_url, trust_env=False, headers={"Private-Token": TOKEN}
        ) as client:
            made = client.post(f"{V2}/4101/contacts", json={"customFields": {"phone1": phone(0)}})
            assert (made.status_code, made.json()["contactId"]) == (201, 1)
            gone = client.delete(f"{V2}/4101/contacts/1")
            assert (gone.status_code, gone.content) == (204, b"")
    finally:
        served.stop()


# ---- one contact


def test_a_new_contact_has_every_documented_field(bench: Bench) -> None:
    made = bench.create(custom={"full_name": "Ada Fiction"})
    assert set(made) == CONTACT_FIELDS
    assert made == bench.show(1)
    assert (made["id"], made["campaignId"], made["contactId"]) == (700_001, 4101, 1)
    assert (made["state"], made["priority"], made["triesNumber"]) == ("processing_not_in_progress", 10, 0)
    assert made["customFields"] == {"phone1": "12025550110", "full_name": "Ada Fiction"}
    assert made["phones"] == {"phone1": "12025550110"}
    assert (made["createdAt"], made["purgeDate"]) == ("2026-05-04T09:00:00Z", "2027-05-04")


def test_the_answer_of_a_create_may_be_empty() -> None:
    bench = Bench(create_body="none")
    answer = bench.ask("POST", bench.contacts, {"customFields": {"phone1": phone(0)}})
    assert (answer.status_code, answer.content) == (201, b"")
    assert bench.ids() == [1]


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"customFields": []},
        {"customFields": {"phone1": 12025550110}},
        {"customFields": {"phone1": "+12025550110"}},
        {"customFields": {"phone1": "202-555-0110"}},
        {"customFields": {}, "priority": "high"},
        {"customFields": {}, "excluded": "no"},
        {"customFields": {}, "triesNumber": None},
        {"customFields": {}, "triesNumber": True},
        {"customFields": {}, "retryDate": "2026-05-04 10:00:00"},
        {"customFields": {}, "retryDate": "2026-05-04T10:00:00"},
        {"customFields": {}, "retryDate": "2026-05-04T10:00:00.000Z"},
        {"customFields": {}, "retryDate": "2026-02-30T10:00:00Z"},
        {"customFields": {}, "wrapupId": 1},
        {"customFields": {}, "assignedAgentId": 612},
        {"customFields": {}, "assignedGroupId": 5},
        {"customFields": {}, "contactCardDisplayNumber": "12025550199"},
        {"customFields": {}, "phones": {"phone1": "12025550110"}},
        {"customFields": {}, "externalId": "a-1"},
        {"customFields": {}, "id": 5},
    ],
)
def test_a_bad_create_makes_nothing(bench: Bench, body: dict[str, Any]) -> None:
    assert bench.ask("POST", bench.contacts, body).status_code == 400
    assert bench.sandbox.book.contacts == {}


def test_a_create_that_is_no_json_is_refused(bench: Bench) -> None:
    kind = {"Content-Type": "application/json"}
    assert bench.client.post(bench.contacts, content=b"{", headers=kind).status_code == 400
    plain = bench.client.post(bench.contacts, content=b"{}", headers={"Content-Type": "text/plain"})
    assert plain.status_code == 400


def test_optional_fields_of_a_create_are_kept(bench: Bench) -> None:
    made = bench.create(
        priority=3,
        retryDate="2026-05-05T12:00:00+02:00",
        assignedAgentId=611,
        contactCardDisplayNumber="12025550190",
        region=4,
    )
    kept = ("priority", "retryDate", "assignedAgentId", "contactCardDisplayNumber", "region")
    assert [made[name] for name in kept] == [3, "2026-05-05T10:00:00Z", 611, "12025550190", 4]


def test_priority_mode_takes_the_priority_of_the_portal(bench: Bench) -> None:
    bench.campaign = bench.sandbox.add_campaign(newContactPriority=2, contactPriority=7)
    custom = {"customFields": {"phone1": phone(0)}}
    for query, body, priority in (
        ({"priorityMode": "true"}, custom, 2),
        ({"priorityMode": "false"}, custom, 7),
        ({"priorityMode": "true"}, {**custom, "priority": 5}, 5),
    ):
        assert bench.ask("POST", bench.contacts, body, **query).json()["priority"] == priority
    assert bench.ask("POST", bench.contacts, custom, priorityMode="maybe").status_code == 400


def test_a_custom_field_that_the_campaign_lacks_is_dropped_in_silence(bench: Bench) -> None:
    assert bench.create(custom={"external_id": "a-1"})["customFields"] == {"phone1": phone(0)}
    added = bench.ask(
        "POST", f"{V1}/4101/field", {"newCustomFields": [{"name": "external_id", "isPhoneNumber": False}]}
    )
    assert added.json()["customFields"] == ["phone1", "phone2", "full_name", "external_id"]
    assert bench.create(1, custom={"external_id": "a-1"})["customFields"]["external_id"] == "a-1"


@pytest.mark.parametrize(
    ("custom", "detail"),
    [
        ({"phone1": "12025550104"}, "noValidPhone"),
        ({"phone1": "1202555"}, "tooShort"),
        ({"phone1": "1202555011011011"}, "tooLong"),
        ({"full_name": "Ada Fiction"}, "noValidPhone"),
        ({"phone1": "1202555", "phone2": "12025550104"}, "noValidPhone"),
        ({"phone1": "1202555", "phone2": "12025550111"}, None),
    ],
)
def test_a_bad_number_is_created_and_excluded(
    bench: Bench, custom: dict[str, str], detail: str | None
) -> None:
    answer = bench.ask("POST", bench.contacts, {"customFields": custom})
    assert answer.status_code == 201
    assert (answer.json()["excluded"], answer.json()["excludedDetail"]) == (detail is not None, detail)
    assert len(bench.sandbox.calls()) == (detail is None)


def test_the_same_number_twice_is_two_contacts_and_two_calls(bench: Bench) -> None:
    assert [bench.create()["contactId"], bench.create()["contactId"]] == [1, 2]
    assert [call.key for call in bench.sandbox.calls()] == ["700002", "700003"] or len(
        bench.sandbox.calls()
    ) == 2


def test_a_change_leaves_other_fields_as_they_are(bench: Bench) -> None:
    bench.create(custom={"full_name": "Ada Fiction"}, comment="first")
    bench.wait(61)
    answer = bench.change(1, priority=1, customFields={"full_name": "Ada Invented"})
    assert (answer.status_code, answer.content) == (200, b"")
    shown = bench.show(1)
    assert shown["customFields"] == {"phone1": phone(0), "full_name": "Ada Invented"}
    assert shown["priority"] == 1
    assert shown["createdAt"] == "2026-05-04T09:00:00Z"


@pytest.mark.parametrize(
    "body",
    [{}, {"state": "x"}, {"phones": {}}, {"currentPhoneName": "phone2"}, {"retryDate": ""}, {"nothing": 1}],
)
def test_a_bad_change_changes_nothing(bench: Bench, body: dict[str, Any]) -> None:
    before = bench.create()
    assert bench.change(1, **body).status_code == 400
    assert bench.show(1) == before


def test_a_deleted_contact_is_gone_for_good(bench: Bench) -> None:
    bench.create()
    answer = bench.ask("DELETE", f"{bench.contacts}/1")
    assert (answer.status_code, answer.content) == (204, b"")
    assert bench.ask("DELETE", f"{bench.contacts}/1").status_code == 404
    assert bench.ids() == []
    bench.wait(3600)
    assert bench.rings() == []
