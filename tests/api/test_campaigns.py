"""Campaigns over the API: their fields, when they may change, and their actions."""

from __future__ import annotations

import pytest

from dialer import clock
from dialer.api.problems import UNPROCESSABLE
from dialer.models import Campaign, CampaignContact
from tests import factories
from tests.api.conftest import refused

pytestmark = pytest.mark.django_db
EVERY_FIELD = {
    "name": "March renewals",
    "remote_campaign_id": None,
    "template_id": None,
    "retry_mode": "auto",
    "purpose": "service",
    "timezone": "America/Sao_Paulo",
    "calling_windows": [{"days": ["mon", "tue"], "start": "09:00", "end": "24:00"}],
    "holidays": "ignore",
    "starts_at": None,
    "ends_at": "2030-01-01T00:00:00Z",
    "priority": 3,
    "caller_id": "+442079460000",
    "max_attempts_per_contact": 5,
    "max_attempts_per_day": 2,
    "daily_call_limit": 1000,
    "daily_budget": "100.00",
    "auto_complete": True,
    "budgets": [{"unit": "money", "per": "day", "limit": "50.50", "currency": "EUR"}],
    "rule_pack": "default",
    "rule_overrides": [{"rule": "default", "by": "A. Person", "reason": "They asked for evening calls."}],
    "external_id": "c-1",
    "tags": ["a", "b"],
    "provider_options": {"message": "Hello {name}"},
}


@pytest.fixture
def base(db):
    return {
        "name": "n",
        "provider_account": str(factories.account().pk),
        "retry_timeline": str(factories.timeline().pk),
    }


def test_three_fields_make_a_draft_with_safe_defaults(api, base):
    answer = api.post("campaigns", base)
    assert answer.status_code == 201, answer.content
    made = answer.json()
    assert made["status"] == "draft"
    assert made["status_reason"] is None
    assert made["allowed_actions"] == ["start", "archive"]
    assert (made["purpose"], made["holidays"], made["retry_mode"]) == ("marketing", "observe", "auto")
    assert (made["timezone"], made["calling_windows"], made["auto_complete"]) == ("contact", [], False)
    assert (made["provider_account"], made["retry_timeline"]) == (
        base["provider_account"],
        base["retry_timeline"],
    )
    assert made["retry_plan"] is None
    assert (made["version"], answer["ETag"]) == (1, '"1"')


@pytest.mark.parametrize("missing", ["name", "provider_account", "retry_timeline"])
def test_each_of_the_three_is_required(api, base, missing):
    del base[missing]
    problem = refused(api.post("campaigns", base), 400, "invalid")
    assert [(error["pointer"], error["code"]) for error in problem["errors"]] == [(f"/{missing}", "required")]
    assert Campaign.objects.count() == 0


def test_every_field_comes_back_as_it_was_sent(api, base):
    body = base | EVERY_FIELD
    made = api.post("campaigns", body)
    assert made.status_code == 201, made.content
    assert {name: made.json()[name] for name in body} == body
    read = api.get(f"campaigns/{made.json()['id']}").json()
    assert read == made.json()


@pytest.mark.parametrize(
    ("field", "value", "pointer"),
    [
        ("calling_windows", [{"days": ["mon"], "start": "18:00", "end": "09:00"}], "/calling_windows/0/end"),
        (
            "calling_windows",
            [{"days": ["someday"], "start": "08:00", "end": "09:00"}],
            "/calling_windows/0/days/0",
        ),
        ("timezone", "Mars/Olympus", "/timezone"),
        ("priority", 11, "/priority"),
        ("purpose", "fun", "/purpose"),
        ("max_attempts_per_day", 0, "/max_attempts_per_day"),
        ("budgets", [{"unit": "money", "per": "day", "limit": 1}], "/budgets/0/currency"),
        ("budgets", [{"unit": "minutes", "per": "day", "limit": 1, "x": 1}], "/budgets/0/x"),
        (
            "budgets",
            [{"unit": "minutes", "per": "day", "limit": 1, "currency": "EUR"}],
            "/budgets/0/currency",
        ),
        ("budgets", [{"unit": "money", "per": "day", "limit": 1, "currency": "euro"}], "/budgets/0/currency"),
        ("budgets", [{"unit": "minutes", "per": "day", "limit": 0}], "/budgets/0/limit"),
        ("budgets", [{"unit": "minutes", "per": "day", "limit": True}], "/budgets/0/limit"),
        ("budgets", [{"unit": "minutes", "per": "day", "limit": "1.23456"}], "/budgets/0/limit"),
        ("budgets", [{"unit": "minutes", "per": "day", "limit": "NaN"}], "/budgets/0/limit"),
        ("budgets", [{"unit": "attempts", "per": "day", "limit": "1.5"}], "/budgets/0/limit"),
        ("budgets", [{"unit": "minutes", "per": "day", "limit": n} for n in (1, 2)], "/budgets/1"),
        ("daily_call_limit", 0, "/daily_call_limit"),
        ("rule_pack", "lax", "/rule_pack"),
        ("rule_overrides", [{"rule": "unwritten", "by": "A", "reason": "b"}], "/rule_overrides/0/rule"),
        ("rule_overrides", [{"rule": "default", "by": " ", "reason": "b"}], "/rule_overrides/0/by"),
        ("rule_overrides", [{"rule": "default", "by": "A"}], "/rule_overrides/0/reason"),
    ],
)
def test_a_wrong_field_is_named_with_its_place(api, base, field, value, pointer):
    answer = api.post("campaigns", base | {field: value})
    is_impossible = answer.json()["errors"][0]["code"] in UNPROCESSABLE
    assert answer.status_code == (422 if is_impossible else 400)
    assert [error["pointer"] for error in answer.json()["errors"]] == [pointer]
    assert Campaign.objects.count() == 0


def test_an_account_that_is_not_there_is_named(api, base):
    body = base | {"provider_account": "00000000-0000-7000-8000-000000000000"}
    problem = refused(api.post("campaigns", body), 422, "invalid")
    assert [(error["pointer"], error["code"]) for error in problem["errors"]] == [
        ("/provider_account", "does_not_exist")
    ]
    assert Campaign.objects.count() == 0


def test_an_end_before_the_start_is_refused(api, base):
    body = base | {"starts_at": "2030-01-02T00:00:00Z", "ends_at": "2030-01-01T00:00:00Z"}
    assert "ends_at" in refused(api.post("campaigns", body), 400, "invalid")["detail"]


def test_two_campaigns_do_not_share_a_remote_campaign(api, base):
    body = base | {"remote_campaign_id": "r-1"}
    assert api.post("campaigns", body).status_code == 201
    refused(api.post("campaigns", body | {"name": "second"}), 400, "invalid")
    assert Campaign.objects.count() == 1


def test_policy_may_change_while_it_runs_and_lets_held_contacts_be_judged_anew(api):
    campaign = factories.campaign(status="running")
    before = clock.now()
    answer = api.patch(f"campaigns/{campaign.pk}", {"daily_call_limit": 5})
    assert (answer.status_code, answer.json()["daily_call_limit"], answer.json()["version"]) == (200, 5, 2)
    campaign.refresh_from_db()
    assert before <= campaign.release_holds_at <= clock.now()


def test_a_list_in_a_patch_holds_whole_objects(api):
    campaign = factories.campaign()
    problem = refused(api.patch(f"campaigns/{campaign.pk}", {"budgets": [{}]}), 400, "invalid")
    assert {error["pointer"] for error in problem["errors"]} == {
        f"/budgets/0/{n}" for n in ("unit", "per", "limit")
    }
    assert Campaign.objects.get().version == 1


def test_a_new_name_releases_nothing(api):
    campaign = factories.campaign(status="running")
    assert api.patch(f"campaigns/{campaign.pk}", {"name": "other"}).status_code == 200
    campaign.refresh_from_db()
    assert (campaign.name, campaign.release_holds_at) == ("other", None)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("purpose", "marketing"),
        ("retry_mode", "native"),
        ("template_id", "t"),
        ("remote_campaign_id", "r"),
        ("provider_options", {"a": 1}),
    ],
)
def test_what_the_start_froze_cannot_change(api, field, value):
    campaign = factories.campaign(status="running")
    problem = refused(api.patch(f"campaigns/{campaign.pk}", {field: value}), 409, "campaign_started")
    assert problem["state"] == "running"
    assert problem["allowed_actions"] == ["pause", "complete"]
    assert Campaign.objects.get().version == 1


def test_the_same_value_is_no_change(api):
    campaign = factories.campaign(status="running")
    answer = api.patch(f"campaigns/{campaign.pk}", {"purpose": "service"})
    assert (answer.status_code, answer.json()["version"]) == (200, 1)


def test_a_campaign_that_is_over_changes_only_its_labels(api):
    campaign = factories.campaign(status="completed")
    refused(api.patch(f"campaigns/{campaign.pk}", {"priority": 1}), 409, "invalid_transition")
    assert api.patch(f"campaigns/{campaign.pk}", {"tags": ["old"]}).status_code == 200


def test_switching_the_provider_of_a_draft_is_one_field(api):
    campaign, other = factories.campaign(), factories.account()
    answer = api.patch(f"campaigns/{campaign.pk}", {"provider_account": str(other.pk)})
    assert answer.json()["provider_account"] == str(other.pk)


def test_only_a_draft_is_deleted_with_the_contacts_in_it(api):
    draft = factories.enrolled().campaign
    assert api.delete(f"campaigns/{draft.pk}").status_code == 204
    assert CampaignContact.objects.count() == 0
    running = factories.campaign(status="running")
    problem = refused(api.delete(f"campaigns/{running.pk}"), 409, "invalid_transition")
    assert problem["state"] == "running"
    assert Campaign.objects.count() == 1


def test_start_pause_resume_complete_archive(api):
    campaign = factories.campaign()
    for action, statuses in (
        ("start", {"running"}),
        ("pause", {"pausing", "paused"}),
        ("resume", {"running"}),
        ("complete", {"completed"}),
        ("archive", {"archived"}),
    ):
        answer = api.post(f"campaigns/{campaign.pk}/{action}")
        assert answer.status_code == 200, answer.content
        assert answer.json()["status"] in statuses
        assert answer.json()["id"] == str(campaign.pk)
    assert answer.json()["allowed_actions"] == []


def test_an_action_that_the_status_does_not_allow_is_409_and_changes_nothing(api):
    campaign = factories.campaign()
    problem = refused(api.post(f"campaigns/{campaign.pk}/pause"), 409, "invalid_transition")
    assert problem["state"] == "draft"
    assert problem["allowed_actions"] == ["start", "archive"]
    campaign.refresh_from_db()
    assert (campaign.status, campaign.version) == ("draft", 1)


def test_an_action_takes_no_fields_and_keeps_to_if_match(api):
    campaign = factories.campaign()
    refused(api.post(f"campaigns/{campaign.pk}/start", {"now": True}), 400, "unknown_field")
    refused(api.post(f"campaigns/{campaign.pk}/start", [1]), 400, "invalid")
    refused(api.post(f"campaigns/{campaign.pk}/start", {}, HTTP_IF_MATCH='"7"'), 412, "version_mismatch")
    assert Campaign.objects.get().status == "draft"


def test_a_start_that_cannot_work_is_422_with_its_reasons(api):
    campaign = factories.campaign(purpose="marketing", retry_mode="native")
    answer = api.post(f"campaigns/{campaign.pk}/start")
    assert answer.status_code == 422
    assert answer.json()["errors"]
    assert Campaign.objects.get().status == "draft"


def test_campaigns_are_found_by_status_tag_and_external_id(api):
    one = factories.campaign(external_id="c-1", tags=["a", "b"])
    factories.campaign(tags=["ab"], status="running")
    for query in ("status=draft", "tag=a", "external_id=c-1", "name=" + one.name):
        assert [row["id"] for row in api.get(f"campaigns?{query}").json()["results"]] == [str(one.pk)]
