"""Every error is a problem with a stable code, and nothing that can be sent is a crash."""

from __future__ import annotations

import json

import pytest

from dialer.models import Campaign, Contact, RetryTimeline
from tests import factories
from tests.api.conftest import Api, refused

pytestmark = pytest.mark.django_db
FIELDS = (
    *("name", "priority", "daily_budget", "max_attempts_per_day", "starts_at", "tags", "budgets", "timezone"),
    *("provider_account", "calling_windows", "auto_complete", "provider_options", "retry_mode"),
)


def test_an_unknown_address_is_404(api):
    refused(api.get("nothing-here"), 404, "not_found")
    refused(api.get("nothing-here/"), 404, "not_found")


def test_an_id_that_is_none_is_404(api):
    refused(api.get("campaigns/not-an-id"), 404, "not_found")
    refused(api.get("campaigns/00000000-0000-7000-8000-000000000000"), 404, "not_found")


def test_a_method_that_is_not_there_is_405(api):
    answer = api.put("campaigns", {})
    refused(answer, 405, "method_not_allowed")


def test_a_format_that_cannot_be_given_is_406(api):
    refused(api.get("campaigns", HTTP_ACCEPT="text/csv"), 406, "not_acceptable")


def test_a_body_of_another_type_is_415(api):
    refused(api.post("retry-timelines", "name=x", content_type="text/plain"), 415, "unsupported_media_type")
    refused(api.post("retry-timelines", {"name": "x"}, format="multipart"), 415, "unsupported_media_type")


@pytest.mark.parametrize(
    "body",
    [
        b"{",
        b"",
        b"\xff\xfe",
        b'{"name": NaN}',
        b'{"name": Infinity}',
        b'{"name": 1e999}',
        b"[" * 100_000,
        b'{"a":' * 40 + b"1" + b"}" * 40,
        b'{"n": ' + b"9" * 5000 + b"}",
    ],
    ids=[
        "cut",
        "empty",
        "utf16",
        "nan",
        "infinity",
        "1e999",
        "brackets",
        "deep",
        "digits",
    ],
)
def test_a_body_that_cannot_be_read_is_400(api, body):
    answer = api.post("retry-timelines", body, content_type="application/json")
    assert answer.status_code == 400
    assert answer.json()["code"] in ("malformed_json", "invalid")
    assert RetryTimeline.objects.count() == 0


@pytest.mark.parametrize("letter", ["\\u0000", "\\ud800"], ids=["nul", "surrogate"])
def test_a_letter_that_cannot_be_stored_is_refused_at_its_place(api, letter):
    body = '{"name": "a~b", "steps": [{"after": "PT1H"}, {"after": "P~1D"}], "~": "x"}'.replace("~", letter)
    answer = api.post("retry-timelines", body, content_type="application/json")
    problem = refused(answer, 422, "invalid")
    assert [(error["pointer"], error["code"]) for error in problem["errors"]] == [
        ("/name", "invalid_text"),
        ("/steps/1/after", "invalid_text"),
        ("", "invalid_text"),
    ]
    assert RetryTimeline.objects.count() == 0


@pytest.mark.parametrize("letter", ["\0", "\ud800"], ids=["nul", "surrogate"])
def test_a_bulk_row_with_such_a_letter_loses_no_other(api, letter):
    campaign = factories.campaign()
    rows = [
        {"phone": "+442079460133", "name": "good"},
        {"phone": "+442079460134", "name": f"bad{letter}"},
        {"phone": "+442079460135", "attributes": {"a": [letter]}},
    ]
    answer = api.post(
        f"campaigns/{campaign.pk}/contacts", json.dumps({"contacts": rows}), content_type="application/json"
    )
    assert answer.status_code == 201, answer.content
    assert [row["index"] for row in answer.json()["accepted"]] == [0]
    assert [row["errors"][0]["pointer"] for row in answer.json()["rejected"]] == ["/name", "/attributes/a/0"]


@pytest.mark.parametrize(
    ("field", "value", "pointer"),
    [
        ("name", 5, "/name"),
        ("name", 1.5, "/name"),
        ("caller_id", 5, "/caller_id"),
        ("remote_campaign_id", 5, "/remote_campaign_id"),
        ("external_id", 5, "/external_id"),
        ("timezone", 5, "/timezone"),
        ("tags", ["a", 5], "/tags/1"),
    ],
)
def test_what_is_no_text_is_refused_where_text_stands(api, field, value, pointer):
    campaign = factories.campaign(name="before")
    problem = refused(api.patch(f"campaigns/{campaign.pk}", {field: value}), 400, "invalid")
    assert [(error["pointer"], error["code"]) for error in problem["errors"]] == [(pointer, "invalid_type")]
    assert Campaign.objects.get().version == 1


def test_a_parameter_given_twice_is_refused(api):
    for query in ("status=draft&status=running", "page_size=1&page_size=1"):
        problem = refused(api.get(f"campaigns?{query}"), 400, "invalid")
        pointer = f"?{query.partition('=')[0]}"
        assert [(error["pointer"], error["code"]) for error in problem["errors"]] == [(pointer, "repeated")]


def test_a_constraint_of_the_database_is_told_without_its_name(api):
    factories.campaign(external_id="crm-1")
    campaign = factories.campaign()
    span = {"starts_at": "2030-01-02T00:00:00Z", "ends_at": "2030-01-01T00:00:00Z"}
    for body, status, pointer in (({"external_id": "crm-1"}, 422, "/external_id"), (span, 400, "/ends_at")):
        problem = refused(api.patch(f"campaigns/{campaign.pk}", body), status, "invalid")
        assert [error["pointer"] for error in problem["errors"]] == [pointer]
        assert "onstraint" not in json.dumps(problem)
    campaign.refresh_from_db()
    assert campaign.version == 1


@pytest.mark.parametrize("body", [[], [1], "text", 1, None, True])
def test_a_body_that_is_no_object_is_400(api, body):
    answer = api.post("retry-timelines", json.dumps(body), content_type="application/json")
    refused(answer, 400, "invalid")


def test_a_body_above_20_mb_is_413(api):
    answer = api.post("retry-timelines", b" " * (20 * 1024 * 1024 + 1), content_type="application/json")
    refused(answer, 413, "too_large")


def test_unknown_fields_are_named_with_their_place(api):
    body = {"name": "x", "steps": [{"after": "PT1H", "wait": 1}], "colour": "red"}
    problem = refused(api.post("retry-timelines", body), 400, "unknown_field")
    assert {error["pointer"] for error in problem["errors"]} == {"/steps/0/wait", "/colour"}
    assert RetryTimeline.objects.count() == 0


def test_a_read_only_field_cannot_be_written(api):
    campaign = factories.campaign()
    problem = refused(api.patch(f"campaigns/{campaign.pk}", {"status": "running"}), 400, "unknown_field")
    assert problem["errors"][0]["pointer"] == "/status"
    assert Campaign.objects.get().status == "draft"


def test_an_unknown_parameter_is_400(api):
    problem = refused(api.get("campaigns?colour=red"), 400, "unknown_field")
    assert problem["errors"][0]["pointer"] == "?colour"
    refused(api.get(f"campaigns/{factories.campaign().pk}?page_size=5"), 400, "unknown_field")
    refused(api.post("campaigns?x=1", {}), 400, "unknown_field")


@pytest.mark.parametrize("query", ["status=sleeping", "provider_account=1", "external_id="])
def test_a_parameter_that_cannot_be_right_is_400(api, query):
    refused(api.get(f"campaigns?{query}"), 400, "invalid")


def test_a_parameter_that_no_text_can_hold_is_422(api):
    refused(api.get("campaigns?external_id=%00"), 422, "invalid")


def test_every_wrong_field_is_named(api):
    problem = refused(
        api.post("campaigns", {"priority": 99, "calling_windows": [{"days": []}]}), 400, "invalid"
    )
    pointers = {error["pointer"] for error in problem["errors"]}
    assert {
        "/name",
        "/provider_account",
        "/retry_timeline",
        "/priority",
        "/calling_windows/0/start",
    } <= pointers


@pytest.mark.parametrize(
    "value", [10**400, -(10**400), 1.5, "x", [], {}, True, None, "1" * 5000, "NaN", 0, "inf"]
)
@pytest.mark.parametrize("field", FIELDS)
def test_no_value_of_a_campaign_is_a_crash(api, field, value):
    body = {"name": "n", "provider_account": str(factories.account().pk)}
    body["retry_timeline"] = str(factories.timeline().pk)
    answer = api.post("campaigns", body | {field: value})
    assert answer.status_code in (201, 400, 422), answer.content


@pytest.mark.parametrize("value", ["nan", "inf", 10**400, -1, 0, "x", [], {}])
def test_a_rate_must_be_a_number_above_0(api, value):
    body = {"name": "n", "provider": "simulator", "max_requests_per_second": value}
    refused(api.post("provider-accounts", body), 400, "invalid")


@pytest.mark.parametrize(
    "instant", ["2026-03-01T13:00:00", "9999-12-31T23:59:59Z", "0001-01-01T00:00:00+14:00", 5]
)
def test_an_instant_needs_a_zone_and_a_sensible_year(api, instant):
    campaign = factories.campaign()
    status = 422 if str(instant).endswith(("59Z", "+14:00")) else 400
    refused(api.patch(f"campaigns/{campaign.pk}", {"starts_at": instant}), status, "invalid")
    campaign.refresh_from_db()
    assert campaign.starts_at is None


def test_a_crash_is_a_500_without_its_text(api, monkeypatch):
    def crash(**_: object) -> None:
        raise RuntimeError("the secret of the crash")

    monkeypatch.setattr("dialer.api.campaigns.campaign_stats", crash)
    answer = api.get(f"campaigns/{factories.campaign().pk}/stats")
    problem = refused(answer, 500, "internal_error")
    assert "secret" not in json.dumps(problem)


def test_a_nul_in_a_key_is_no_crash(db):
    answer = Api("dk_\x00_x").get("campaigns")
    assert answer.status_code == 401
    assert Contact.objects.count() == 0
