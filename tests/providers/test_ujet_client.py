"""UJET's endpoints as people may use them: lists, updates, removals, imports and their jobs."""

from __future__ import annotations

from typing import Any

import pytest

from providers.errors import Ambiguous, CampaignBlocked, Unavailable
from providers.http import httpx
from providers.ujet.imports import MOST_ROWS, ImportState, ImportTicket
from providers.ujet.records import NewContact
from tests.providers.ujet_peer import (
    CONTACT,
    CONTACTS,
    OLD,
    OTHER,
    PHONE,
    REF,
    Tenant,
    order,
    row,
    scripted,
    state,
)

NOT_THERE = (404, {"message": "Not found"})


def contact(ref: str = REF, phone: str = PHONE, name: str = "Ada Fiction") -> NewContact:
    return NewContact(ref=ref, phone=phone, name=name)


# ---- lists, updates, removals


def test_the_list_is_read_whatever_else_it_holds() -> None:
    bench = scripted((200, [row(shoe_size=43, status="Upcoming", id=7), {}]))
    first, second = bench.provider.client.contacts("21")
    assert (first.ref, first.phone, first.status, first.contact_id) == (
        REF,
        "+1 202-555-0110",
        "Upcoming",
        "7",
    )
    assert (second.ref, second.phone) == (None, None)
    assert bench.wire.sent[0].headers["Content-Type"] == "application/json"


@pytest.mark.parametrize("body", [{"contacts": []}, None, "", [5]])
def test_what_is_no_list_is_not_taken_for_an_empty_one(body: object) -> None:
    with pytest.raises(Unavailable):
        scripted((200, body)).provider.client.contacts("21")


def test_values_print_no_person() -> None:
    bench = scripted((200, [row(email="ada@fiction.invalid")]))
    printed = repr([contact(), *bench.provider.client.contacts("21")])
    assert [word for word in ("Ada", "ada@", PHONE, "555-0110") if word in printed] == []


def test_an_update_sends_what_is_given_and_no_more() -> None:
    bench = scripted((200, state("Upcoming")))
    found = bench.provider.client.update("21", contact_id="7001", name="Ada Renamed")
    assert found is not None
    assert (found.contact_id, found.status) == ("7001", "Upcoming")
    assert bench.sent == [("PATCH", CONTACT)]
    assert bench.bodies("PATCH") == [{"contact_id": 7001, "name": "Ada Renamed"}]


@pytest.mark.parametrize(
    "name", [{}, {"external_unique_id": " "}, {"contact_id": ""}, {"contact_id": "7; 8"}]
)
def test_an_update_of_nobody_in_particular_is_never_sent(name: dict[str, str]) -> None:
    bench = scripted()
    with pytest.raises(ValueError, match=r"\S"):
        bench.provider.client.update("21", phone_number=PHONE, **name)
    assert bench.sent == []


@pytest.mark.parametrize(
    ("name", "body"),
    [
        ({"external_unique_id": REF}, {"external_unique_id": REF}),
        ({"contact_id": "7001"}, {"contact_id": 7001}),
        ({"phone_number": PHONE}, {"phone_number": PHONE}),
    ],
)
def test_a_removal_carries_a_json_body(name: dict[str, str], body: object) -> None:
    bench = scripted((200, state("Upcoming")))
    removed = bench.provider.client.remove("21", **name)
    assert removed is not None
    assert removed.status == "Upcoming"
    assert bench.bodies("DELETE") == [body]
    assert bench.wire.sent[0].headers["Content-Type"] == "application/json"


@pytest.mark.parametrize(
    "name",
    [
        {},
        {"external_unique_id": ""},
        {"phone_number": "  "},
        {"contact_id": "0"},
        {"contact_id": "7001", "external_unique_id": REF},
    ],
)
def test_a_removal_of_nobody_in_particular_is_never_sent(name: dict[str, str]) -> None:
    bench = scripted()
    with pytest.raises(ValueError, match="exactly one"):
        bench.provider.client.remove("21", **name)
    assert bench.sent == []


def test_what_is_not_there_is_none() -> None:
    client = scripted(NOT_THERE, NOT_THERE, NOT_THERE).provider.client
    assert client.update("21", external_unique_id=REF) is None
    assert client.remove("21", external_unique_id=REF) is None
    assert client.import_job("21", "5") is None


@pytest.mark.parametrize("given", [{"ref": " "}, {"name": ""}, {"phone": "+"}])
def test_a_contact_that_the_vendor_would_count_as_invalid_can_not_be_made(given: dict[str, str]) -> None:
    with pytest.raises(ValueError, match="needs"):
        contact(**given)


# ---- imports


def test_an_import_is_one_file_in_a_form() -> None:
    bench = scripted((202, b""))
    bench.provider.client.import_contacts("21", [contact(), contact(OLD, OTHER)])
    request = bench.wire.sent[0]
    assert (request.method, request.url.path) == ("POST", f"{CONTACTS}/import")
    assert request.headers["Content-Type"].startswith("multipart/form-data; boundary=")
    text = request.content.decode()
    assert 'name="file"; filename="contacts.json"' in text
    assert "Content-Type: application/json" in text
    assert f'[{{"name": "Ada Fiction", "phone_number": "{PHONE}", "external_unique_id": "{REF}"}}, ' in text


@pytest.mark.parametrize(
    ("body", "headers", "job_id"),
    [
        (b"", {}, None),
        (b"None", {}, None),
        (b"null", {}, None),
        (b"{}", {}, None),
        (b'"accepted"', {}, None),
        (b'{"id": "soon"}', {}, None),
        (b'{"id": 811, "status": "created"}', {}, "811"),
        (b'{"job_id": "811"}', {}, "811"),
        (b"", {"Location": "https://fjord.dialer.invalid/apps/jobs/811"}, "811"),
        (b"null", {"Link": '<https://fjord.dialer.invalid/apps/jobs/811?page=1>; rel="self"'}, "811"),
        (b"null", {"Link": "/apps/jobs/811/"}, "811"),
        (b"null", {"Link": "/apps/jobs"}, None),
    ],
)
def test_a_job_id_is_taken_where_it_is_given_and_its_absence_is_no_failure(
    body: bytes, headers: dict[str, str], job_id: str | None
) -> None:
    ticket = scripted((202, body, headers)).provider.client.import_contacts("21", [contact()])
    assert ticket.job_id == job_id


@pytest.mark.parametrize(
    "contacts",
    [
        [],
        [contact(), contact(OLD, "+1 (202) 555-0110")],
        [contact(), contact(REF, OTHER)],
        [contact(f"r{number}", f"+1202555{number:04d}") for number in range(MOST_ROWS + 1)],
    ],
    ids=["nobody", "a phone twice", "a ref twice", "too many"],
)
def test_an_import_that_would_fail_is_never_sent(contacts: list[NewContact]) -> None:
    bench = scripted()
    with pytest.raises(ValueError, match="import"):
        bench.provider.client.import_contacts("21", contacts)
    assert bench.sent == []


def test_a_lost_answer_to_an_import_is_ambiguous() -> None:
    for answer in (httpx.ReadTimeout("late"), (503, {})):
        with pytest.raises(Ambiguous):
            scripted(answer).provider.client.import_contacts("21", [contact()])
    with pytest.raises(CampaignBlocked):
        scripted(NOT_THERE).provider.client.import_contacts("21", [contact()])


@pytest.mark.parametrize(
    ("status", "job_state"),
    [
        ("in_progress", ImportState.RUNNING),
        ("completed", ImportState.COMPLETED),
        (" Failed ", ImportState.FAILED),
        ("napping", ImportState.RUNNING),
    ],
)
def test_a_job_is_over_by_the_documented_words_only(status: str, job_state: ImportState) -> None:
    answer = {
        "id": 811,
        "status": status,
        "type": "Jobs::Made::Up",
        "error_message": "Oops",
        "error_details": "Why",
    }
    job = scripted((200, answer)).provider.client.import_job("21", "811")
    assert job is not None
    assert (job.job_id, job.state, job.raw_status, job.kind) == ("811", job_state, status, "Jobs::Made::Up")
    assert job.error == "Oops: Why"


@pytest.mark.parametrize("job_id", ["", "../contacts", "x"])
def test_a_job_that_is_no_number_is_never_asked_for(job_id: str) -> None:
    bench = scripted()
    with pytest.raises(ValueError, match="invalid literal"):
        bench.provider.client.import_job("21", job_id)
    assert bench.sent == []


@pytest.mark.parametrize("way", ["empty", "null", "body", "link"])
def test_an_import_is_followed_to_its_end_with_and_without_a_job(way: str) -> None:
    tenant = Tenant(import_answer=way, import_seconds=10)
    client, contacts = tenant.provider.client, [contact(), contact(OLD, OTHER)]
    ticket = client.import_contacts("21", contacts)
    assert (ticket.job_id is not None) is (way in ("body", "link"))
    before = client.import_progress("21", contacts, ticket)
    assert before.is_whole is False
    tenant.clock.advance(11)
    after = client.import_progress("21", contacts, ticket)
    assert (after.missing, after.is_whole) == ((), True)
    assert after.state is (ImportState.COMPLETED if ticket.job_id else ImportState.UNKNOWN)


def test_a_failed_import_tells_whose_contacts_are_missing() -> None:
    tenant = Tenant(import_answer="body", import_seconds=10)
    tenant.push(order(OLD))
    contacts = [contact(), contact("row-2", OTHER)]
    ticket = tenant.provider.client.import_contacts("21", contacts)
    tenant.clock.advance(11)
    progress = tenant.provider.client.import_progress("21", contacts, ticket)
    assert progress.state is ImportState.FAILED
    listed = {ref for ref, _ in tenant.listed()}
    assert progress.missing == tuple(each.ref for each in contacts if each.ref not in listed)
    assert REF in progress.missing


def test_a_running_job_needs_no_list() -> None:
    bench: Any = scripted((200, {"id": 811, "status": "in_progress", "type": "x"}))
    progress = bench.provider.client.import_progress("21", [contact()], ImportTicket(job_id="811"))
    assert (progress.state, progress.missing, progress.is_whole) == (ImportState.RUNNING, None, False)
