"""UJET in miniature does what the vendor's document and the fact sheet say, endpoint by endpoint.

Long because it follows the vendor's document from its first endpoint to its last.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from providers.http import httpx
from providers.sandbox import sandbox_class
from providers.sandbox.line import Stage
from providers.sandbox.serve import ServedSandbox
from providers.sandbox.transport import SandboxTransport
from providers.sandbox.ujet import UjetSandbox
from providers.sandbox.ujet.words import STATUSES
from providers.testing import VirtualClock
from providers.vocabulary import Result

DIALER = "/apps/api/v1/outbound_dialer"
MANAGER = "/manager/api/v1/outbound_dialer/campaigns"
PHONE, OTHER = "+12025550110", "+12025550111"


class Tenant:
    """One sandbox, its clock and a client that is let in."""

    def __init__(self, **options: Any) -> None:
        self.clock = VirtualClock()
        options = {"requests_per_second": None, **options}
        self.sandbox = UjetSandbox(now=self.clock.now, **options)
        self.campaign = self.sandbox.campaigns()[0]
        self.client = httpx.Client(
            transport=SandboxTransport(self.sandbox),
            base_url="https://sandbox.invalid",
            auth=(UjetSandbox.credentials["username"], UjetSandbox.credentials["token"]),
        )

    @property
    def base(self) -> str:
        return f"{DIALER}/campaigns/{self.campaign}"

    def add(self, phone: str = PHONE, ref: str = "ref-1", **fields: Any) -> httpx.Response:
        body = {"name": "Ada Fiction", "phone_number": phone, "external_unique_id": ref, **fields}
        return self.client.post(f"{self.base}/contacts", json=body)

    def listed(self) -> Any:
        return self.client.get(f"{self.base}/contacts").json()

    def phones(self) -> list[str]:
        return [contact["phone_number"] for contact in self.listed()]

    def patch(self, **body: Any) -> httpx.Response:
        return self.client.patch(f"{self.base}/contact", json=body)

    def delete(self, **body: Any) -> httpx.Response:
        return self.client.request("DELETE", f"{self.base}/contact", json=body)

    def status(self, ref: str = "ref-1") -> Any:
        return self.patch(external_unique_id=ref).json()["status"]

    def upload(self, rows: Any, field: str = "file") -> httpx.Response:
        files = {field: ("contacts.json", json.dumps(rows).encode(), "application/json")}
        return self.client.post(f"{self.base}/contacts/import", files=files)

    def job(self, job_id: int = 811) -> httpx.Response:
        return self.client.get(f"{self.base}/contacts/jobs/{job_id}")

    def forbid(self, *entries: dict[str, Any]) -> httpx.Response:
        return self.client.post(f"{DIALER}/dnc", json={"contacts": list(entries)})

    def stats(self) -> Any:
        return self.client.get(f"{MANAGER}/{self.campaign}").json()["contact_stats"]

    def pass_time(self, seconds: float) -> None:
        self.clock.advance(seconds)
        self.sandbox.pass_time()


@pytest.fixture
def tenant() -> Tenant:
    return Tenant()


def row(phone: str = PHONE, ref: str = "ref-1", **fields: Any) -> dict[str, Any]:
    return {"name": "Ada Fiction", "phone_number": phone, "external_unique_id": ref, **fields}


ECHO = {
    "name": "Ada Fiction",
    "email": None,
    "phone_number": "+1 202-555-0110",
    "outbound_number": None,
    "external_unique_id": "ref-1",
}


# ---- the door


@pytest.mark.parametrize("auth", [None, ("harborline", "another-token-0001"), ("somebody", "x")])
def test_wrong_credentials_are_401(tenant: Tenant, auth: tuple[str, str] | None) -> None:
    bare = httpx.Client(transport=SandboxTransport(tenant.sandbox), base_url="https://sandbox.invalid")
    answer = bare.get(f"{tenant.base}/contacts", auth=auth)
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"] == 'Basic realm="Application"'
    assert bare.post(f"{tenant.base}/contacts", auth=auth, json=row()).status_code == 401
    assert tenant.sandbox.calls() == []


def test_the_eleventh_request_of_a_second_is_429_and_does_nothing() -> None:
    tenant = Tenant(requests_per_second=10)
    statuses = [tenant.client.get(f"{tenant.base}/contacts").status_code for _ in range(10)]
    late = tenant.add()
    assert (statuses, late.status_code, "retry-after" in late.headers) == ([200] * 10, 429, False)
    tenant.clock.advance(0.999)
    assert tenant.add().status_code == 429
    tenant.clock.advance(0.001)
    assert tenant.listed() == []


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/apps/api/v1/outbound_dialer", 404),
        ("GET", "/apps/api/v1/outbound_dialer/campaigns", 404),
        ("GET", "/apps/api/v1/outbound_dialer/campaigns/999999999/contacts", 404),
        ("GET", "/apps/api/v1/outbound_dialer/campaigns/spring/contacts", 404),
        ("GET", "/apps/api/v1/outbound_dialer/campaigns/21/contacts/jobs/1", 404),
        ("GET", "/apps/api/v1/outbound_dialer/campaigns/21/contact", 405),
        ("DELETE", "/apps/api/v1/outbound_dialer/campaigns/21/contacts", 405),
        ("PUT", "/apps/api/v1/outbound_dialer/campaigns/21/contacts", 405),
        ("POST", "/manager/api/v1/outbound_dialer/campaigns", 405),
    ],
)
def test_unknown_paths_are_404_and_wrong_methods_405(
    tenant: Tenant, method: str, path: str, status: int
) -> None:
    assert tenant.client.request(method, path).status_code == status


def test_a_query_may_only_repeat_the_path(tenant: Tenant) -> None:
    contacts = f"{tenant.base}/contacts"
    assert tenant.client.get(contacts, params={"campaign_id": tenant.campaign}).status_code == 200
    assert tenant.client.get(contacts, params={"campaign_id": "22"}).status_code == 400
    assert tenant.client.get(contacts, params={"page": "1"}).status_code == 400
    assert tenant.client.get(MANAGER, params={"page": "1"}).status_code == 400


# ---- adding and listing


def test_an_added_contact_is_echoed_without_an_id_and_listed(tenant: Tenant) -> None:
    answer = tenant.add()
    assert (answer.status_code, answer.json()) == (200, {"valid_contacts": [ECHO], "invalid_contacts": []})
    assert tenant.listed() == [ECHO]
    assert [(call.phone, call.ref, call.campaign) for call in tenant.sandbox.calls()] == [
        ("12025550110", "ref-1", "21")
    ]


@pytest.mark.parametrize(
    "phone", ["2025550110", "+1202555011", "+1 202-555-0110x", "+0123456789", "+12025550104"]
)
def test_an_impossible_number_is_invalid_with_200(tenant: Tenant, phone: str) -> None:
    answer = tenant.add(phone)
    assert answer.status_code == 200
    assert answer.json()["valid_contacts"] == []
    assert len(answer.json()["invalid_contacts"]) == 1
    assert (tenant.listed(), tenant.sandbox.calls()) == ([], [])


def test_a_contact_without_a_name_is_invalid_with_200(tenant: Tenant) -> None:
    answer = tenant.client.post(f"{tenant.base}/contacts", json={"phone_number": PHONE})
    assert answer.status_code == 200
    assert answer.json()["invalid_contacts"] == [{**ECHO, "name": None, "external_unique_id": None}]
    assert tenant.listed() == []


def test_a_phone_that_is_in_the_campaign_is_invalid_however_it_is_written(tenant: Tenant) -> None:
    tenant.add()
    answer = tenant.add("+1 (202) 555-0110", "ref-2")
    assert answer.status_code == 200
    assert answer.json() == {
        "valid_contacts": [],
        "invalid_contacts": [{**ECHO, "external_unique_id": "ref-2"}],
    }
    assert tenant.listed() == [ECHO]
    tenant.campaign = tenant.sandbox.add_campaign(name="Another")
    assert tenant.add(PHONE, "ref-2").json()["invalid_contacts"] == []


@pytest.mark.parametrize(
    "body",
    [
        {},
        [],
        {"name": "Ada Fiction"},
        row(priority=1),
        row(name=7),
        row(email=None),
        {"contact": row()},
    ],
)
def test_a_body_of_another_shape_is_400(tenant: Tenant, body: Any) -> None:
    answer = tenant.client.post(f"{tenant.base}/contacts", json=body)
    assert (answer.status_code, tenant.listed()) == (400, [])


def test_a_body_that_is_no_json_is_400(tenant: Tenant) -> None:
    contacts = f"{tenant.base}/contacts"
    assert tenant.client.post(contacts, data=row()).status_code == 400
    broken = tenant.client.post(contacts, content=b"{", headers={"Content-Type": "application/json"})
    assert broken.status_code == 400


def test_a_list_may_lag_but_a_second_contact_is_refused_at_once() -> None:
    tenant = Tenant(lag_seconds=5, is_automatic=False)
    tenant.add()
    assert tenant.listed() == []
    assert tenant.add().json()["valid_contacts"] == []
    tenant.clock.advance(5)
    assert tenant.listed() == [ECHO]


def test_a_list_has_no_pages() -> None:
    tenant = Tenant(is_automatic=False)
    for number in range(250):
        tenant.add(f"+1{202 + number // 90}5550{110 + number % 90}", f"ref-{number}")
    assert [each["external_unique_id"] for each in tenant.listed()] == [f"ref-{n}" for n in range(250)]


def test_a_list_shows_id_and_status_only_if_told_to() -> None:
    tenant = Tenant(lists_status=True, is_automatic=False)
    tenant.add()
    assert tenant.listed() == [
        {"id": 4107, "status": "Upcoming", "created_at": "2026-06-01T17:00:00.000Z", **ECHO}
    ]


# ---- changing and removing


def test_a_patch_shows_the_contact_with_its_status(tenant: Tenant) -> None:
    tenant.add(email="ada@example.com", outbound_number="+12025550100")
    tenant.clock.advance(0.25)
    shown = tenant.patch(external_unique_id="ref-1")
    assert (shown.status_code, shown.json()) == (
        200,
        {
            "id": 4107,
            "name": "Ada Fiction",
            "campaign_id": 21,
            "assigned_call_id": None,
            "assigned_participant_id": None,
            "outbound_number": "+1-(202)-555-0100",
            "priority": None,
            "created_at": "2026-06-01T17:00:00.000Z",
            "updated_at": "2026-06-01T17:00:00.250Z",
            "status": "Upcoming",
            "user_custom_metadata": {
                "NAME (REQUIRED)": "Ada Fiction",
                "PHONE (REQUIRED)": "+1 202-555-0110",
                "EMAIL (REQUIRED)": "ada@example.com",
            },
        },
    )


def test_each_selector_finds_the_contact_and_the_id_wins(tenant: Tenant) -> None:
    tenant.add()
    tenant.add(OTHER, "ref-2")
    by = [{"contact_id": 4109}, {"external_unique_id": "ref-2"}, {"phone_number": "+1-202-555-0111"}]
    assert [tenant.patch(**selector).json()["id"] for selector in by] == [4109, 4109, 4109]
    assert tenant.delete(contact_id=4107, external_unique_id="ref-2").json()["id"] == 4107
    assert tenant.phones() == ["+1 202-555-0111"]


def test_a_patch_changes_the_number_that_will_ring() -> None:
    tenant = Tenant(is_automatic=False)
    tenant.add()
    answer = tenant.patch(contact_id=4107, phone_number=OTHER, name="Bo Fiction", external_unique_id="ref-9")
    assert answer.json()["user_custom_metadata"]["PHONE (REQUIRED)"] == "+1 202-555-0111"
    waiting = [call for call in tenant.sandbox.calls() if call.stage is Stage.WAITING]
    assert [(call.phone, call.ref) for call in waiting] == [("12025550111", "ref-9")]
    assert tenant.listed() == [
        {**ECHO, "name": "Bo Fiction", "phone_number": "+1 202-555-0111", "external_unique_id": "ref-9"}
    ]
    assert tenant.add().json()["invalid_contacts"] == []


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({}, 400),
        ({"name": "Bo Fiction"}, 400),
        ({"contact_id": "4107"}, 400),
        ({"contact_id": True}, 400),
        ({"contact_id": 4107, "outbound_number": PHONE}, 400),
        ({"contact_id": 4107, "external_unique_id": None}, 400),
        ({"contact_id": 4107, "phone_number": "12"}, 422),
        ({"contact_id": 4107, "phone_number": OTHER}, 422),
        ({"contact_id": 4107, "name": " "}, 422),
        ({"contact_id": 1}, 404),
        ({"external_unique_id": "ref-3"}, 404),
    ],
)
def test_a_patch_that_is_refused_changes_nothing(tenant: Tenant, body: dict[str, Any], status: int) -> None:
    tenant.add()
    tenant.add(OTHER, "ref-2")
    before = tenant.listed()
    assert tenant.patch(**body).status_code == status
    assert tenant.listed() == before


def test_a_removed_contact_never_rings_and_its_number_is_free(tenant: Tenant) -> None:
    tenant.add()
    tenant.add(OTHER, "ref-2")
    answer = tenant.delete(external_unique_id="ref-1")
    assert (answer.status_code, answer.json()["status"]) == (200, "Upcoming")
    assert tenant.phones() == ["+1 202-555-0111"]
    assert tenant.delete(external_unique_id="ref-1").status_code == 404
    tenant.pass_time(60)
    assert [ring.phone for ring in tenant.sandbox.line.rings] == ["12025550111"]
    assert tenant.add(PHONE, "ref-3").json()["invalid_contacts"] == []


def test_a_removal_without_its_body_removes_nobody(tenant: Tenant) -> None:
    tenant.add()
    assert tenant.client.request("DELETE", f"{tenant.base}/contact").status_code == 400
    assert tenant.delete().status_code == 400
    assert tenant.delete(external_unique_id="ref-1", name="Ada Fiction").status_code == 400
    assert tenant.listed() == [ECHO]


def test_of_two_contacts_with_one_reference_the_older_is_meant(tenant: Tenant) -> None:
    tenant.add()
    tenant.add(OTHER, "ref-1")
    assert tenant.delete(external_unique_id="ref-1").json()["id"] == 4107
    assert tenant.delete(external_unique_id="ref-1").json()["id"] == 4109
    assert tenant.listed() == []


def test_a_contact_that_is_being_dialed_rings_on_when_it_is_removed() -> None:
    tenant = Tenant(is_automatic=False)
    tenant.campaign = tenant.sandbox.add_campaign(max_redial_count=2)
    tenant.add()
    tenant.sandbox.dial(PHONE, None)
    assert tenant.delete(external_unique_id="ref-1").json()["status"] == "Dialing"
    assert tenant.sandbox.calls()[0].stage is Stage.RINGING
    tenant.sandbox.dial(PHONE, Result.NO_ANSWER)
    assert (tenant.sandbox.calls()[0].stage, tenant.listed()) == (Stage.ENDED, [])


# ---- importing


def test_an_import_is_accepted_with_no_body_and_adds_its_contacts_later(tenant: Tenant) -> None:
    answer = tenant.upload([row(name="Zoë Fiction"), row(OTHER, "ref-2")])
    assert (answer.status_code, answer.content, "link" in answer.headers) == (202, b"", False)
    in_progress = {"id": 811, "status": "in_progress", "type": "Jobs::Bulk::Campaign::ParentJob"}
    assert (tenant.job().json(), tenant.listed()) == (in_progress, [])
    tenant.clock.advance(1)
    assert tenant.job().json() == {**in_progress, "status": "completed"}
    assert tenant.listed()[0] == {**ECHO, "name": "Zoë Fiction"}
    assert tenant.phones() == ["+1 202-555-0110", "+1 202-555-0111"]


def test_a_duplicate_fails_the_import_where_it_stands(tenant: Tenant) -> None:
    tenant.add()
    tenant.upload([row(OTHER, "ref-2"), row(PHONE, "ref-3"), row("+12025550112", "ref-4")])
    tenant.clock.advance(1)
    assert tenant.job().json() == {
        "id": 811,
        "status": "failed",
        "type": "Jobs::Bulk::Campaign::StartImport",
        "error_message": "Internal Error",
        "error_details": "NativePowerDial::ContactService::DuplicateContactPhoneOnCampaign",
    }
    assert tenant.phones() == ["+1 202-555-0110", "+1 202-555-0111"]


def test_a_number_twice_in_a_file_fails_the_import(tenant: Tenant) -> None:
    tenant.upload([row(), row("+1 202 555 0110", "ref-2")])
    tenant.clock.advance(1)
    assert (tenant.job().json()["status"], tenant.listed()) == ("failed", [ECHO])


def test_an_imported_contact_that_is_not_valid_is_kept_and_never_rings(tenant: Tenant) -> None:
    tenant.upload([row("nobody"), row(OTHER, "ref-2", name="")])
    tenant.pass_time(1)
    tenant.pass_time(60)
    assert (tenant.status("ref-1"), tenant.status("ref-2")) == ("Invalid Number", "Invalid Number")
    assert tenant.stats()["Invalid Number or Name"] == 2
    assert tenant.sandbox.line.rings == []


@pytest.mark.parametrize(
    ("option", "content", "link"),
    [
        ("null", b"null", None),
        ("link", b"", f"{DIALER}/campaigns/21/contacts/jobs/811"),
    ],
)
def test_an_import_may_answer_otherwise(option: str, content: bytes, link: str | None) -> None:
    answer = Tenant(import_answer=option).upload([row()])
    assert (answer.status_code, answer.content, answer.headers.get("link")) == (202, content, link)


def test_an_import_may_answer_its_job() -> None:
    answer = Tenant(import_answer="body").upload([row()])
    link = f"{DIALER}/campaigns/21/contacts/jobs/811"
    assert (answer.status_code, answer.json()) == (202, {"id": 811, "status": "created", "link": link})


def test_a_job_belongs_to_its_campaign(tenant: Tenant) -> None:
    tenant.upload([row()])
    tenant.campaign = tenant.sandbox.add_campaign()
    assert tenant.job().status_code == 404


@pytest.mark.parametrize("rows", [row(), ["text"], [{"name": "Ada Fiction"}], [row(colour="red")]])
def test_a_file_of_another_shape_is_400(tenant: Tenant, rows: Any) -> None:
    assert tenant.upload(rows).status_code == 400
    tenant.pass_time(10)
    assert tenant.listed() == []


def test_a_file_has_to_be_one_json_file_in_its_field(tenant: Tenant) -> None:
    path = f"{tenant.base}/contacts/import"
    assert tenant.upload([row()], field="arquivo").status_code == 400
    assert tenant.client.post(path, json=[row()]).status_code == 400
    assert (
        tenant.client.post(path, files={"file": ("contacts.json", b"[", "application/json")}).status_code
        == 400
    )
    text = {"file": (None, json.dumps([row()]))}
    assert tenant.client.post(path, files=text).status_code == 400


# ---- do not call


def test_each_number_says_what_became_of_it_on_the_list(tenant: Tenant) -> None:
    soon = {"phone_number": PHONE, "expires_at": "2026-06-02 00:00:00 UTC"}
    past = {"phone_number": OTHER, "expires_at": "2026-06-01 17:00:00 UTC"}
    answer = tenant.forbid(soon, {"phone_number": PHONE}, past, {"phone_number": "nobody"})
    assert answer.status_code == 200
    assert [entry["status"] for entry in answer.json()] == ["created", "updated", "failed", "failed"]
    assert answer.json()[0] == {**soon, "status": "created"}
    assert tenant.client.post(f"{DIALER}/dnc", json={}).status_code == 400
    assert tenant.forbid({"phone": PHONE}).status_code == 400


def test_a_number_on_the_list_is_taken_but_not_dialed(tenant: Tenant) -> None:
    tenant.forbid({"phone_number": PHONE}, {"phone_number": OTHER, "expires_at": "2026-06-01 17:00:02 UTC"})
    assert tenant.add().json()["invalid_contacts"] == []
    tenant.clock.advance(3)
    tenant.add(OTHER, "ref-2")
    tenant.pass_time(60)
    assert tenant.status() == "Do Not Call"
    assert [ring.phone for ring in tenant.sandbox.line.rings] == ["12025550111"]


def test_an_impossible_caller_id_is_taken_but_not_dialed() -> None:
    tenant = Tenant(is_automatic=False)
    assert tenant.add(outbound_number="100").json()["invalid_contacts"] == []
    tenant.sandbox.dial(PHONE, Result.ANSWERED)
    assert (tenant.status(), tenant.sandbox.line.rings) == ("Invalid Outbound Number", [])


# ---- campaigns


def test_the_manager_api_shows_campaigns_with_their_settings_and_counts() -> None:
    tenant = Tenant(is_automatic=False)
    second = tenant.sandbox.add_campaign(name="Spring", status="created", max_redial_count=3)
    tenant.add()
    tenant.add(OTHER, "ref-2")
    tenant.sandbox.dial(PHONE, Result.ANSWERED)
    assert [each["id"] for each in tenant.client.get(MANAGER).json()] == [21, int(second)]
    shown = tenant.client.get(f"{MANAGER}/{second}").json()
    facts = ("name", "status", "mode", "max_redial_count", "redial_interval_minutes", "created_at")
    assert [shown[name] for name in facts] == [
        "Spring",
        "created",
        "predictive",
        3,
        120,
        "2026-06-01T17:00:00.000Z",
    ]
    counted = ("Upcoming", "Finished", "Contacts", "Remaining", "Completed", "Reached", "Not reached")
    assert [tenant.stats()[name] for name in counted] == [1, 1, 2, 1, 1, 1, 0]
    assert tenant.client.get(f"{MANAGER}/999999999").status_code == 404


def test_the_manager_api_may_be_missing() -> None:
    tenant = Tenant(manager_api=False)
    assert tenant.client.get(MANAGER).status_code == 404
    assert tenant.client.get(f"{MANAGER}/{tenant.campaign}").status_code == 404


def test_a_paused_campaign_takes_contacts_and_dials_none(tenant: Tenant) -> None:
    tenant.sandbox.set_status(tenant.campaign, "paused")
    assert tenant.add().json()["invalid_contacts"] == []
    tenant.pass_time(600)
    assert (tenant.status(), tenant.sandbox.line.rings) == ("Upcoming", [])
    tenant.sandbox.set_status(tenant.campaign, "started")
    tenant.pass_time(0)
    assert tenant.status() == "Dialing"


# ---- the life of a call


def test_a_call_rings_is_answered_and_ends_by_itself(tenant: Tenant) -> None:
    tenant.add("+12025550100")
    seen = []
    for seconds in (0, 1, 2, 3):
        tenant.clock.advance(seconds)
        shown = tenant.patch(external_unique_id="ref-1").json()
        seen.append((shown["status"], shown["assigned_call_id"], shown["assigned_participant_id"]))
    assert seen == [
        ("Upcoming", None, None),
        ("Dialing", 60013, None),
        ("Connected", 60013, 60014),
        ("Finished", 60013, 60014),
    ]
    assert tenant.add("+12025550100", "ref-2").json()["valid_contacts"] == []


@pytest.mark.parametrize(
    ("result", "mode", "word"),
    [
        (Result.ANSWERED, "predictive", "Finished"),
        (Result.TRANSFERRED, "predictive", "Transferred and Finished"),
        (Result.NO_ANSWER, "predictive", "Not Picked Up"),
        (Result.BUSY, "predictive", "Not Reached to Contact"),
        (Result.VOICEMAIL, "predictive", "Voicemail Hung Up"),
        (Result.VOICEMAIL, "progressive", "Finished"),
        (Result.ABANDONED, "predictive", "Abandoned by Dialer"),
        (Result.INVALID_NUMBER, "predictive", "Invalid Number"),
        (Result.CARRIER_ERROR, "predictive", "Carrier Error"),
        (Result.FAILED, "predictive", "Dialer General Error"),
        (Result.DO_NOT_CALL, "predictive", "Do Not Call"),
    ],
)
def test_a_result_has_the_vendors_word(result: Result, mode: str, word: str) -> None:
    tenant = Tenant(is_automatic=False)
    tenant.campaign = tenant.sandbox.add_campaign(mode=mode)
    tenant.add()
    tenant.sandbox.dial(PHONE, result)
    assert (tenant.status(), len(tenant.sandbox.line.rings)) == (word, 1)


def test_there_are_21_words_and_each_can_be_shown() -> None:
    tenant = Tenant(is_automatic=False)
    tenant.add()
    shown = []
    for word in (*STATUSES, "Never Documented"):
        tenant.sandbox.dial(PHONE, word)
        shown.append(tenant.status())
    assert len(set(STATUSES)) == 21
    assert shown == [*STATUSES, "Never Documented"]


def test_a_campaign_redials_by_its_settings() -> None:
    tenant = Tenant()
    tenant.campaign = tenant.sandbox.add_campaign(max_redial_count=2, redial_interval_minutes=30)
    tenant.add("+12025550101")
    seen = []
    for seconds in (3, 1800, 1, 2, 1801, 2):
        tenant.clock.advance(seconds)
        seen.append(tenant.status())
    assert seen == [
        "Redial Scheduled",
        "Redial Scheduled",
        "Dialing",
        "Redial Scheduled",
        "Dialing",
        "Not Picked Up",
    ]
    started = tenant.sandbox.line.rings[0].at
    waits = [ring.at - started for ring in tenant.sandbox.line.rings]
    assert waits == [timedelta(0), timedelta(seconds=1803), timedelta(seconds=3606)]
    assert (tenant.stats()["Redials"], tenant.stats()["Not Picked Up"]) == (2, 1)


def test_a_redial_that_waits_can_be_removed() -> None:
    tenant = Tenant()
    tenant.campaign = tenant.sandbox.add_campaign(max_redial_count=2, redial_interval_minutes=30)
    tenant.add("+12025550101")
    tenant.clock.advance(10)
    assert tenant.delete(external_unique_id="ref-1").json()["status"] == "Redial Scheduled"
    tenant.pass_time(86_400)
    assert len(tenant.sandbox.line.rings) == 1


def test_a_redial_may_look_like_an_end_at_first() -> None:
    tenant = Tenant(redial_note_seconds=60)
    tenant.campaign = tenant.sandbox.add_campaign(max_redial_count=1, redial_interval_minutes=30)
    tenant.add("+12025550101")
    tenant.pass_time(3)
    first = tenant.status()
    tenant.clock.advance(60)
    assert (first, tenant.status()) == ("Not Picked Up", "Redial Scheduled")


# ---- faults by number


@pytest.mark.parametrize("way", ["one", "file"])
def test_a_lost_answer_leaves_the_contact_and_its_repeat_is_a_duplicate(tenant: Tenant, way: str) -> None:
    phone = "+12025550105"
    with pytest.raises(httpx.RemoteProtocolError):
        tenant.add(phone) if way == "one" else tenant.upload([row(phone), row(OTHER, "ref-2")])
    tenant.clock.advance(1)
    assert len(tenant.listed()) == (1 if way == "one" else 2)
    assert tenant.add(phone).json()["valid_contacts"] == []


def test_a_number_may_be_throttled_or_lost_before_it_is_read(tenant: Tenant) -> None:
    assert tenant.add("+12025550106").status_code == 429
    with pytest.raises(httpx.RemoteProtocolError):
        tenant.add("+12025550108")
    assert tenant.listed() == []
    assert tenant.add("+12025550106").json()["invalid_contacts"] == []
    assert tenant.add("+12025550108", "ref-2").json()["invalid_contacts"] == []


# ---- over a socket


@pytest.fixture
def served() -> Iterator[ServedSandbox]:
    served = ServedSandbox(sandbox_class("ujet"))
    served.start()
    yield served
    served.stop()


def test_it_is_served_over_a_socket(served: ServedSandbox) -> None:
    campaign = served.sandbox.campaigns()[0]
    base = f"{served.base_url}{DIALER}/campaigns/{campaign}"
    auth = (UjetSandbox.credentials["username"], UjetSandbox.credentials["token"])
    with httpx.Client(trust_env=False, auth=auth) as client:
        files = {"file": ("contacts.json", json.dumps([row()]).encode(), "application/json")}
        assert client.post(f"{base}/contacts/import", files=files).status_code == 202
        client.put(f"{served.base_url}/_sandbox/clock", json={"advance_seconds": 1, "speed": 0})
        assert client.get(f"{base}/contacts").json() == [ECHO]
        removal = client.request("DELETE", f"{base}/contact", json={"phone_number": PHONE})
        assert (removal.status_code, removal.json()["status"]) == (200, "Upcoming")
        assert client.get(f"{base}/contacts").json() == []
        assert client.get(f"{base}/contacts", auth=("harborline", "no")).status_code == 401
