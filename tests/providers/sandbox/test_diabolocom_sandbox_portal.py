"""The Diabolocom sandbox answers about campaigns, wrapups and licences as the document says."""

from __future__ import annotations

from typing import Any

import pytest

from tests.providers.sandbox.diabolocom_bench import V1, Bench


@pytest.fixture
def bench() -> Bench:
    return Bench()


# ---- campaigns


def test_the_campaigns_are_paged_by_next_and_previous(bench: Bench) -> None:
    for number in range(4):
        bench.sandbox.add_campaign(name=f"Spring {number}", mode="predictive")
    first = bench.ask("GET", V1, pageSize="2", name="SPRING").json()
    assert [each["name"] for each in first["campaigns"]] == ["Spring 0", "Spring 1"]
    assert (first["count"], first["previous"]) == (2, None)
    assert first["next"] == f"{V1}?pageSize=2&name=SPRING&page=2"
    second = bench.ask("GET", first["next"]).json()
    assert [each["name"] for each in second["campaigns"]] == ["Spring 2", "Spring 3"]
    assert second["next"] is None
    assert bench.ask("GET", second["previous"]).json() == first
    assert bench.ask("GET", V1, mode="progressive").json()["count"] == 1
    assert bench.ask("GET", V1, isPaused="true").json()["count"] == 0


def test_at_most_200_campaigns_are_on_a_page(bench: Bench) -> None:
    for _ in range(210):
        bench.sandbox.add_campaign()
    assert bench.ask("GET", V1, pageSize="500").json()["count"] == 200
    assert bench.ask("GET", V1).json()["count"] == 50


def test_a_link_can_be_absolute() -> None:
    bench = Bench(next_base="https://sandbox.invalid", page_limit=1)
    bench.sandbox.add_campaign()
    assert bench.ask("GET", V1).json()["next"] == "https://sandbox.invalid/api/v1/voice/campaigns?page=2"


def test_a_patch_changes_the_given_properties_only(bench: Bench) -> None:
    before = bench.ask("GET", f"{V1}/4101").json()
    bench.wait(5)
    after = bench.patch(maxTries=5, globalPriority=None, displayedPhoneNumbers=["12025550190"]).json()
    changed = {name for name in after if after[name] != before[name]}
    assert changed == {"maxTries", "displayedPhoneNumbers", "lastUpdatedAt", "lastUpdatedBy"}
    assert after == bench.ask("GET", f"{V1}/4101").json()


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"mode": "preview"},
        {"customFields": ["x"]},
        {"maxTries": None},
        {"nextTryDelay": "60"},
        {"globalPriority": 51},
        {"minCallingDateOffset": 3},
        {"recordingPercentage": 101},
        {"isRecorded": False, "recordingPercentage": 5},
        {"displayedPhoneNumbers": ["12025550199"]},
        {"isArchived": True},
        {"isArchived": True, "isPaused": True},
        {"autoPurge": {"always": True}},
    ],
)
def test_a_bad_patch_changes_nothing(bench: Bench, body: dict[str, Any]) -> None:
    before = bench.ask("GET", f"{V1}/4101").json()
    assert bench.patch(**body).status_code == 400
    assert bench.ask("GET", f"{V1}/4101").json() == before


def test_a_campaign_is_paused_archived_and_deleted_in_this_order(bench: Bench) -> None:
    bench.create()
    assert bench.ask("DELETE", f"{V1}/4101").status_code == 400
    assert bench.patch(isPaused=True).json()["isPaused"] is True
    assert bench.patch(isArchived=True).json()["isArchived"] is True
    assert bench.patch(isArchived=False).status_code == 400
    assert bench.ask("DELETE", f"{bench.contacts}/1").status_code == 400
    deleted = bench.ask("DELETE", f"{V1}/4101")
    assert (deleted.status_code, deleted.json()["id"]) == (200, 4101)
    assert bench.ask("GET", f"{V1}/4101").status_code == 404
    assert bench.ask("GET", f"{bench.contacts}/1").text == "error.campaign.not.exists"
    assert bench.sandbox.campaigns() == []


@pytest.mark.parametrize(
    "fields",
    [
        [],
        [{"name": "phone1", "isPhoneNumber": True}],
        [{"name": "new"}],
        [{"name": "new", "isPhoneNumber": "no"}],
        [{"name": "new", "isPhoneNumber": False}, {"name": "full_name", "isPhoneNumber": False}],
    ],
)
def test_fields_are_added_all_or_none(bench: Bench, fields: list[dict[str, Any]]) -> None:
    answer = bench.ask("POST", f"{V1}/4101/field", {"newCustomFields": fields})
    assert answer.status_code == 400
    assert bench.ask("GET", f"{V1}/4101").json()["customFields"] == ["phone1", "phone2", "full_name"]


def test_a_new_phone_field_is_a_phone_field(bench: Bench) -> None:
    fields = [{"name": "phone3", "isPhoneNumber": True}]
    answer = bench.ask("POST", f"{V1}/4101/field", {"newCustomFields": fields})
    assert answer.json()["phoneFields"] == ["phone1", "phone2", "phone3"]


# ---- wrapups, licences, recordings


def test_wrapups_are_listed_50_at_a_time_and_filtered(bench: Bench) -> None:
    for number in range(60):
        bench.sandbox.add_wrapup(f"Extra {number}", "tocall", is_hidden=True)
    path = "/api/v1/account/wrapups"
    first = bench.ask("GET", path).json()
    assert (first["count"], len(first["wrapups"]), first["next"]) == (50, 50, f"{path}?page=2")
    assert len(bench.followed(first, "wrapups")) == 69
    statuses = {each["status"] for each in first["wrapups"][:9]}
    assert statuses == {"arguedpositive", "argued", "nonargued", "unreachable", "tocall"}
    assert bench.ask("GET", path, status="argued").json()["count"] == 1
    assert bench.ask("GET", path, isHidden="false", isSystem="true").json()["count"] == 6
    assert bench.ask("GET", path, pageSize="10").status_code == 400


def test_a_wrapup_tells_its_folder(bench: Bench) -> None:
    folders = bench.ask("GET", "/api/v1/account/wrapups/folders").json()["folders"]
    assert [each["folderPath"] for each in folders] == ["Outbound", "Outbound/Sandbox desk"]
    child = bench.ask("GET", "/api/v1/account/wrapups/folders", parentFolderId=folders[0]["id"]).json()[
        "folders"
    ]
    assert child == folders[1:]
    wrapup = bench.ask("GET", "/api/v1/account/wrapups/8201").json()
    assert (wrapup["id"], wrapup["wrapupPath"]) == (8201, "Outbound/Sandbox desk")
    inside = bench.ask("GET", "/api/v1/account/wrapups", wrapupFolderId=folders[0]["id"]).json()
    assert inside["wrapups"] == []


def test_licences_need_a_month(bench: Bench) -> None:
    path = "/api/v1/statistic-cold/billing/licenses"
    assert bench.ask("GET", path).status_code == 400
    assert bench.ask("GET", path, month="2026-13").status_code == 400
    told = bench.ask("GET", path, month="2026-04").json()
    assert set(told) == {"month", "licenseModelBilled", "currentAccountLicenseModel", "details"}
    assert (told["month"], told["details"][0]["count"]) == ("2026-04", 1)
