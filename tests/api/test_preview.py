"""The preview of a retry timeline over the API: instants, zones, the gates that move them, endings, refusals."""

from __future__ import annotations

from typing import Any

import pytest

from dialer.api.problems import UNPROCESSABLE
from dialer.models import Attempt, Campaign, RetryTimeline
from tests import factories
from tests.api.conftest import Api, refused

pytestmark = pytest.mark.django_db
FIRST = "2026-03-06T21:00:00Z"  # the Friday before New York's clocks go forward
NEW_YORK = "+12125550101"


def preview(api: Api, steps: list[Any], results: list[str], **body: Any) -> dict[str, Any]:
    timeline = factories.timeline(steps)
    asked = {"first_attempt_at": FIRST, "results": results, **body}
    answer = api.post(f"retry-timelines/{timeline.pk}/preview", asked)
    assert answer.status_code == 200, answer.content
    told: dict[str, Any] = answer.json()
    return told


@pytest.mark.parametrize(
    ("body", "zone", "at"),
    [
        ({}, "UTC", "2026-03-08T21:00:00Z"),
        ({"phone": NEW_YORK}, "America/New_York", "2026-03-08T20:00:00Z"),
        ({"phone": "0207 946 0101", "country": "GB"}, "Europe/London", "2026-03-08T21:00:00Z"),
        ({"timezone": "America/New_York"}, "America/New_York", "2026-03-08T20:00:00Z"),
        ({"country": "fr"}, "Europe/Paris", "2026-03-08T21:00:00Z"),
    ],
)
def test_two_days_later_by_the_persons_wall_clock(api: Api, body: dict[str, Any], zone: str, at: str) -> None:
    told = preview(api, ["P2D"], ["no_answer"], **body)
    (one,) = told["attempts"]
    assert (told["zone"], one["zone"], one["due_at"], one["at"]) == (zone, zone, at, at)
    assert (one["sequence"], one["step"], one["after"], one["phone"]) == (2, 0, "no_answer", "same")
    assert (one["moved_by"], one["stopped_by"], told["end"]) == ([], None, None)
    assert (told["campaign"], told["first"]["at"], told["first"]["step"]) == (None, FIRST, None)


def test_a_step_counts_from_the_end_of_the_call(api: Api) -> None:
    told = preview(api, ["PT1H", "PT1H"], ["no_answer", "busy"], call_seconds=90)
    assert [one["at"] for one in told["attempts"]] == ["2026-03-06T22:01:30Z", "2026-03-06T23:03:00Z"]
    assert told["call_seconds"] == 90


def test_business_days_of_a_country(api: Api) -> None:
    step = {"after": "P1D", "day_rule": "business"}
    easter = {"first_attempt_at": "2026-04-02T12:00:00Z"}
    told = preview(api, [step], ["no_answer"], country="GB", **easter)
    assert told["attempts"][0]["at"] == "2026-04-06T12:00:00Z", "Good Friday and a weekend"
    told = preview(api, [step], ["no_answer"], phone="+442079460101", **easter)
    assert told["attempts"][0]["at"] == "2026-04-07T12:00:00Z", "and in England Easter Monday"
    told = preview(api, [step], ["no_answer"], **easter)
    assert told["attempts"][0]["at"] == "2026-04-03T12:00:00Z"


def test_the_gates_that_moved_it_are_told_with_their_rules(api: Api) -> None:
    campaign = factories.campaign(
        purpose="marketing",
        holidays="observe",
        calling_windows=[{"days": ["mon", "wed", "sat"], "start": "10:00", "end": "18:00"}],
        daily_call_limit=1,
        status="paused",
    )
    factories.attempt(factories.enrolled(campaign=campaign, state="finished"))  # the day's only one
    told = preview(api, ["PT2H"], ["no_answer"], phone=NEW_YORK, campaign=str(campaign.pk))
    assert told["campaign"] == str(campaign.pk)
    assert (told["first"]["at"], [one["gate"] for one in told["first"]["moved_by"]]) == (
        "2026-03-07T15:00:00Z",
        ["window"],
    )
    (one,) = told["attempts"]
    assert (one["due_at"], one["at"]) == ("2026-03-07T17:00:00Z", "2026-03-07T17:00:00Z")
    night = preview(api, ["PT12H"], ["no_answer"], phone=NEW_YORK, campaign=str(campaign.pk))["attempts"][0]
    moved = {gate["gate"]: (gate["code"], gate["rule"], gate["until"]) for gate in night["moved_by"]}
    assert moved == {
        "window": ("closed", "campaign.calling_windows", "2026-03-09T14:00:00Z"),
        "law": ("closed", "default", "2026-03-09T12:00:00Z"),
    }
    assert night["at"] == "2026-03-09T14:00:00Z"


def test_a_cap_ends_it(api: Api) -> None:
    campaign = factories.campaign(max_attempts_per_contact=2)
    told = preview(api, ["PT1H", "PT1H"], ["busy", "busy"], phone=NEW_YORK, campaign=str(campaign.pk))
    assert [one["at"] for one in told["attempts"]] == ["2026-03-06T22:00:00Z", None]
    assert told["attempts"][1]["stopped_by"]["rule"] == "campaign.max_attempts_per_contact"
    assert (told["end"]["finish_reason"], told["end"]["detail"]) == ("exhausted", "contact")


@pytest.mark.parametrize(
    ("results", "reason", "count"),
    [
        (["answered"], "reached", 0),
        (["do_not_call"], "suppressed", 0),
        (["rejected"], "exhausted", 0),
        (["invalid_number"], "uncallable", 0),
        (["no_answer", "transferred", "busy"], "reached", 1),
        (["no_answer", "busy", "busy"], "exhausted", 2),
    ],
)
def test_how_it_ends(api: Api, results: list[str], reason: str, count: int) -> None:
    told = preview(api, ["PT1H", "PT1H"], results, phone=NEW_YORK)
    assert len(told["attempts"]) == count
    assert (told["end"]["finish_reason"], told["end"]["after"]) == (reason, results[count])


def test_a_suppressed_number_is_never_called(api: Api) -> None:
    campaign = factories.campaign()
    factories.suppression(NEW_YORK)
    told = preview(api, ["PT1H"], ["no_answer"], phone=NEW_YORK, campaign=str(campaign.pk))
    assert (told["first"]["at"], told["attempts"]) == (None, [])
    assert (told["end"]["finish_reason"], told["end"]["after"]) == ("suppressed", None)


BAD: list[tuple[dict[str, Any], str, str]] = [
    ({"first_attempt_at": "2026-03-06T21:00:00"}, "/first_attempt_at", "naive"),
    ({"results": ["cancelled"]}, "/results/0", "invalid_choice"),
    ({"results": "busy"}, "/results", "not_a_list"),
    ({"phone": "12"}, "/phone", "phone_no_country"),
    ({"country": "Brazil"}, "/country", "invalid"),
    ({"country": "ZZ"}, "/country", "unknown_country"),
    ({"timezone": "Mars/Base"}, "/timezone", "invalid_timezone"),
    ({"country": "BR"}, "/timezone", "zone_ambiguous"),
    ({"campaign": "01910000-0000-7000-8000-000000000001"}, "/campaign", "does_not_exist"),
    ({"call_seconds": -1}, "/call_seconds", "min_value"),
    ({"step": 1}, "/step", "unknown_field"),
]


@pytest.mark.parametrize(("change", "pointer", "code"), BAD, ids=lambda value: str(value)[:40])
def test_bad_input_is_named_and_changes_nothing(
    api: Api, change: dict[str, Any], pointer: str, code: str
) -> None:
    timeline = factories.timeline(["P1D"])
    body = {"first_attempt_at": FIRST, "results": ["busy"], **change}
    answer = api.post(f"retry-timelines/{timeline.pk}/preview", body)
    status = 422 if code in UNPROCESSABLE else 400
    problem = refused(answer, status, "unknown_field" if code == "unknown_field" else "invalid")
    assert (problem["errors"][0]["pointer"], problem["errors"][0]["code"]) == (pointer, code)
    assert RetryTimeline.objects.get().version == timeline.version


def test_a_campaign_needs_the_phone_its_gates_are_about(api: Api) -> None:
    campaign = factories.campaign()
    body = {"first_attempt_at": FIRST, "results": [], "campaign": str(campaign.pk)}
    answer = api.post(f"retry-timelines/{campaign.retry_timeline_id}/preview", body)
    (fault,) = refused(answer, 422, "invalid")["errors"]
    assert (fault["pointer"], fault["code"]) == ("/phone", "phone_needed")


def test_hours_alone_need_no_zone(api: Api) -> None:
    told = preview(api, ["PT1H"], ["busy"], country="BR")
    assert told["attempts"][0]["at"] == "2026-03-06T22:00:00Z"


def test_a_reader_may_preview_and_nothing_is_written(caller: Any) -> None:
    told = preview(caller("read"), ["PT1H"], ["busy"], phone=NEW_YORK)
    assert len(told["attempts"]) == 1
    assert (Attempt.objects.count(), Campaign.objects.count()) == (0, 0)
    timeline = RetryTimeline.objects.get()
    refused(caller("read").post("retry-timelines", {"name": "x", "steps": []}), 403, "insufficient_scope")
    nobody = caller().post(f"retry-timelines/{timeline.pk}/preview", {})
    refused(nobody, 403, "insufficient_scope")
    gone = "01910000-0000-7000-8000-000000000001"
    refused(caller("read").post(f"retry-timelines/{gone}/preview", {}), 404, "not_found")
