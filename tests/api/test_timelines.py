"""Retry timelines over the API."""

from __future__ import annotations

import pytest

from dialer.models import RetryStep, RetryTimeline
from tests import factories
from tests.api.conftest import refused

pytestmark = pytest.mark.django_db


def test_steps_come_back_in_order_and_in_full(api):
    steps = [
        {"after": "PT30M"},
        {"after": "P1D", "day_rule": "business", "phone": "next", "on": ["busy", "no_answer"]},
    ]
    made = api.post("retry-timelines", {"name": "standard", "steps": steps})
    assert made.status_code == 201, made.content
    assert made.json()["steps"] == [
        {"after": "PT30M", "day_rule": "any", "phone": "same", "on": []},
        {"after": "P1D", "day_rule": "business", "phone": "next", "on": ["no_answer", "busy"]},
    ]
    assert api.get(f"retry-timelines/{made.json()['id']}").json() == made.json()


def test_two_timelines_may_have_one_name(api):
    body = {"name": "standard", "steps": [{"after": "PT30M"}]}
    assert [api.post("retry-timelines", body).status_code for _ in range(2)] == [201, 201]
    assert RetryTimeline.objects.filter(name="standard").count() == 2


@pytest.mark.parametrize(
    ("step", "pointer"),
    [
        ({}, "/steps/0/after"),
        ({"after": "2 hours"}, "/steps/0/after"),
        ({"after": "PT1H", "on": ["answered"]}, "/steps/0/on/0"),
        ({"after": "PT1H", "phone": "other"}, "/steps/0/phone"),
        ("PT1H", "/steps/0"),
    ],
)
def test_a_wrong_step_is_named_and_nothing_is_stored(api, step, pointer):
    status = 422 if step in ({"after": "2 hours"}, {"after": "PT1H", "on": ["answered"]}) else 400
    problem = refused(api.post("retry-timelines", {"name": "x", "steps": [step]}), status, "invalid")
    assert problem["errors"][0]["pointer"] == pointer
    assert RetryTimeline.objects.count() == RetryStep.objects.count() == 0


def test_steps_that_are_no_list_are_refused(api):
    problem = refused(api.post("retry-timelines", {"name": "x", "steps": "PT1H"}), 400, "invalid")
    assert problem["errors"][0]["pointer"] == "/steps"


def test_new_steps_replace_the_old_ones_also_while_a_campaign_uses_them(api):
    campaign = factories.campaign(status="running")
    timeline = campaign.retry_timeline
    answer = api.patch(f"retry-timelines/{timeline.pk}", {"steps": [{"after": "PT5M"}]})
    assert answer.status_code == 200
    assert [step["after"] for step in answer.json()["steps"]] == ["PT5M"]
    assert answer.json()["version"] == 2
    campaign.refresh_from_db()
    assert [step["after"] for step in campaign.frozen_steps] == ["PT2H", "PT4H"]


def test_the_same_steps_are_no_change(api):
    timeline = factories.timeline()
    answer = api.patch(f"retry-timelines/{timeline.pk}", {"steps": timeline.steps_data()})
    assert answer.json()["version"] == 1


def test_a_timeline_in_use_is_not_deleted(api):
    timeline = factories.campaign().retry_timeline
    refused(api.delete(f"retry-timelines/{timeline.pk}"), 409, "in_use")
    assert RetryTimeline.objects.count() == 1
    unused = factories.timeline()
    assert api.delete(f"retry-timelines/{unused.pk}").status_code == 204
