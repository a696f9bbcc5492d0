"""Timeline pages: steps are kept in the order of the page, and the rule that dials by them judges them."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from dialer.models import RetryStep, RetryTimeline
from tests import factories
from tests.admin.pages import add_of, page_of, sent_back

pytestmark = pytest.mark.django_db


def steps(*written: dict[str, Any], stored: int = 0) -> dict[str, Any]:
    """Give the fields of an inline list of steps."""
    data: dict[str, Any] = {"steps-TOTAL_FORMS": str(len(written)), "steps-INITIAL_FORMS": str(stored)}
    for place, step in enumerate(written):
        values = {"day_rule": "any", "phone": "same", "on": []} | step
        data |= {f"steps-{place}-{name}": value for name, value in values.items()}
    return data


def waits(timeline: RetryTimeline) -> list[str]:
    """Give the waits in their stored order."""
    return [step.after for step in timeline.steps.order_by("position")]


def test_steps_take_their_place_from_the_page(boss: Client) -> None:
    data = {"name": "Three"} | steps({"after": "PT2H"}, {"after": "P1D", "on": ["busy"]}, {"after": "P1M"})
    assert boss.post(add_of(RetryTimeline), data).status_code == 302
    assert RetryTimeline.objects.get().steps_data() == [
        {"after": "PT2H", "day_rule": "any", "phone": "same", "on": []},
        {"after": "P1D", "day_rule": "any", "phone": "same", "on": ["busy"]},
        {"after": "P1M", "day_rule": "any", "phone": "same", "on": []},
    ]
    assert [step.position for step in RetryStep.objects.order_by("position")] == [0, 1, 2]


def test_two_timelines_may_have_one_name(boss: Client) -> None:
    for _ in range(2):
        assert (
            boss.post(add_of(RetryTimeline), {"name": "standard"} | steps({"after": "PT2H"})).status_code
            == 302
        )
    assert RetryTimeline.objects.filter(name="standard").count() == 2


def test_a_timeline_may_have_no_steps(boss: Client) -> None:
    assert boss.post(add_of(RetryTimeline), {"name": "Once"} | steps()).status_code == 302
    assert RetryTimeline.objects.get().steps_data() == []


def test_moved_steps_change_places(boss: Client) -> None:
    timeline = factories.timeline(["PT1H", "PT2H", "PT3H"])
    data = sent_back(boss, page_of(timeline)) | {
        "steps-0-position": "2",
        "steps-1-position": "0",
        "steps-2-position": "1",
    }
    boss.post(page_of(timeline), data)
    assert waits(timeline) == ["PT2H", "PT3H", "PT1H"]


def test_a_deleted_step_leaves_no_gap_and_a_new_one_stands_last(boss: Client) -> None:
    timeline = factories.timeline(["PT1H", "PT2H", "PT3H"])
    data = sent_back(boss, page_of(timeline)) | {"steps-1-DELETE": "on", "steps-TOTAL_FORMS": "4"}
    data |= {"steps-3-after": "PT9H", "steps-3-day_rule": "any", "steps-3-phone": "next"}
    boss.post(page_of(timeline), data)
    assert waits(timeline) == ["PT1H", "PT3H", "PT9H"]
    assert sorted(timeline.steps.values_list("position", flat=True)) == [0, 1, 2]


def test_a_changed_step_raises_the_version_of_its_timeline(boss: Client) -> None:
    timeline = factories.timeline(["PT1H"])
    boss.post(page_of(timeline), sent_back(boss, page_of(timeline)) | {"steps-0-after": "PT5H"})
    assert (waits(timeline), RetryTimeline.objects.get().version) == (["PT5H"], 2)


def test_saving_without_a_change_writes_nothing(boss: Client) -> None:
    timeline = factories.timeline(["PT1H", {"after": "P1D", "on": ["busy", "no_answer"]}])
    before = list(RetryStep.objects.order_by("position").values())
    boss.post(page_of(timeline), sent_back(boss, page_of(timeline)))
    assert list(RetryStep.objects.order_by("position").values()) == before
    assert RetryTimeline.objects.get().version == 1


@pytest.mark.parametrize(
    ("step", "field"),
    [
        ({"after": "two hours"}, "after"),
        ({"after": ""}, "after"),
        ({"after": "PT1H", "on": ["answered"]}, "on"),
    ],
)
def test_a_wrong_step_is_refused_where_it_stands(boss: Client, step: dict[str, Any], field: str) -> None:
    timeline = factories.timeline(["PT1H", "PT2H"])
    data = sent_back(boss, page_of(timeline)) | {f"steps-1-{name}": value for name, value in step.items()}
    response = boss.post(page_of(timeline), data)
    formset = response.context["inline_admin_formsets"][0].formset
    assert [list(form.errors) for form in formset.forms] == [[], [field]]
    assert waits(timeline) == ["PT1H", "PT2H"]


def test_a_timeline_goes_with_its_steps(boss: Client) -> None:
    timeline = factories.timeline(["PT1H"])
    boss.post(page_of(timeline).replace("/change/", "/delete/"), {"post": "yes"})
    assert (RetryTimeline.objects.count(), RetryStep.objects.count()) == (0, 0)


def test_a_timeline_that_a_campaign_uses_stays(boss: Client) -> None:
    timeline = factories.campaign().retry_timeline
    boss.post(page_of(timeline).replace("/change/", "/delete/"), {"post": "yes"})
    assert RetryTimeline.objects.filter(pk=timeline.pk).exists()
