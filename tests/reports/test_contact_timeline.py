"""A contact's timeline: what was, and what comes if nobody answers; the engine then does as it says."""

from __future__ import annotations

from datetime import timedelta

import pytest

from dialer.models import Campaign, CampaignContact
from tests import factories
from tests.api.conftest import refused
from tests.engine.conftest import ANSWERED, NO_ANSWER, START, Stage
from tests.reports.conftest import Reports, dials_at, instant

EVENINGS = [{"days": ["mon", "tue"], "start": "18:00", "end": "20:00"}]
#: Two numbers of one person that nobody answers.
HOME, MOBILE = "+442079460101", "+442079460201"


def test_past_and_planned_attempts_and_the_gates_between(stage: Stage, reports: Reports) -> None:
    steps = ["PT1H", {"after": "P1D", "phone": "next"}]
    stage.build(steps=steps, calling_windows=EVENINGS, timezone="UTC")
    row = factories.enrolled([HOME, MOBILE], campaign=stage.campaign)
    told = reports.get(f"campaign-contacts/{row.pk}/timeline?call_seconds=4")
    assert told["attempts"] == []
    seen = [(one["sequence"], one["step"], one["number"], one["at"]) for one in told["planned"]]
    assert seen == [
        (1, None, HOME, "2026-03-02T18:00:00Z"),
        (2, 0, HOME, "2026-03-02T19:00:04Z"),
        (3, 1, MOBILE, "2026-03-03T19:00:08Z"),
    ]
    first = told["planned"][0]
    assert (first["due_at"], [gate["gate"] for gate in first["moved_by"]]) == (
        "2026-03-02T12:00:00Z",
        ["window"],
    )
    assert (told["end"]["finish_reason"], told["assumes"], told["call_seconds"]) == (
        "exhausted",
        "no_answer",
        4,
    )
    for one in told["planned"]:
        dials_at(stage, instant(one["at"]))
        stage.wait(seconds=4)
        stage.tick("observe")
    told = reports.get(f"campaign-contacts/{row.pk}/timeline")
    past = [(one["sequence"], one["number"], one["state"], one["result"]) for one in told["attempts"]]
    assert past == [(n, line, "ended", "no_answer") for n, line in ((1, HOME), (2, HOME), (3, MOBILE))]
    assert (told["planned"], told["end"], told["finish_reason"]) == ([], None, "exhausted")


def test_a_call_under_way_is_taken_to_end_now(stage: Stage, reports: Reports) -> None:
    (row,) = stage.build(NO_ANSWER, steps=["PT2H", "PT2H"])
    stage.tick("dispatch")
    stage.wait(seconds=2)
    told = reports.get(f"campaign-contacts/{row.pk}/timeline")
    assert [one["state"] for one in told["attempts"]] == ["pushed"]
    assert [(one["sequence"], one["at"], one["after"]) for one in told["planned"]] == [
        (2, "2026-03-02T14:00:02Z", "no_answer"),
        (3, "2026-03-02T16:00:02Z", "no_answer"),
    ]


def test_steps_that_no_unanswered_call_takes_are_not_planned(stage: Stage, reports: Reports) -> None:
    (row,) = stage.build(NO_ANSWER, steps=[{"after": "PT1H", "on": ["busy"]}])
    told = reports.get(f"campaign-contacts/{row.pk}/timeline")
    assert len(told["planned"]) == 1
    assert (told["end"]["finish_reason"], told["end"]["after"]) == ("exhausted", "no_answer")


def test_a_paused_campaign_is_planned_as_if_it_ran(stage: Stage, reports: Reports) -> None:
    (row,) = stage.build(NO_ANSWER, steps=["PT1H"])
    Campaign.objects.update(status="paused")
    told = reports.get(f"campaign-contacts/{row.pk}/timeline")
    assert (told["campaign_status"], [one["at"] for one in told["planned"]]) == (
        "paused",
        ["2026-03-02T12:00:00Z", "2026-03-02T13:00:00Z"],
    )


def test_a_cap_ends_the_plan_and_says_so(stage: Stage, reports: Reports) -> None:
    (row,) = stage.build(NO_ANSWER, steps=["PT1H", "PT1H"], max_attempts_per_contact=2)
    stage.tick("dispatch")
    stage.wait(seconds=4)
    stage.tick("observe")
    told = reports.get(f"campaign-contacts/{row.pk}/timeline")
    assert [(one["at"], one["stopped_by"] and one["stopped_by"]["code"]) for one in told["planned"]] == [
        ("2026-03-02T13:00:04Z", None),
        (None, "contact"),
    ]
    assert told["end"]["detail"] == "contact"


def test_the_same_call_that_is_sent_again_is_planned_when_it_is(stage: Stage, reports: Reports) -> None:
    (row,) = stage.build("+12125550106", steps=["PT1H"])  # throttled on the first request
    stage.tick("dispatch")
    told = reports.get(f"campaign-contacts/{row.pk}/timeline")
    assert [one["state"] for one in told["attempts"]] == ["claimed"]
    (first, *_) = [(one["sequence"], one["at"]) for one in told["planned"]]
    assert first == (1, "2026-03-02T12:00:01Z")


def test_who_is_finished_has_no_plan(stage: Stage, reports: Reports) -> None:
    (row,) = stage.build(ANSWERED)
    CampaignContact.objects.update(
        state="finished", finish_reason="excluded", finished_at=START, next_attempt_at=None
    )
    told = reports.get(f"campaign-contacts/{row.pk}/timeline")
    assert (told["planned"], told["finish_reason"]) == ([], "excluded")


@pytest.mark.parametrize("text", ["-1", "x", "86401", "", "1e3", "999999999999"])
def test_a_senseless_length_of_calls_is_refused(stage: Stage, reports: Reports, text: str) -> None:
    (row,) = stage.build(ANSWERED)
    problem = refused(
        reports.api.get(f"campaign-contacts/{row.pk}/timeline?call_seconds={text}"), 400, "invalid"
    )
    assert problem["errors"][0]["pointer"] == "?call_seconds"


def test_a_plan_holds_to_the_contacts_own_dates(stage: Stage, reports: Reports) -> None:
    (row,) = stage.build(NO_ANSWER, steps=["PT1H", "PT1H"])
    CampaignContact.objects.update(not_after=START + timedelta(hours=1, minutes=30))
    told = reports.get(f"campaign-contacts/{row.pk}/timeline")
    assert [one["at"] for one in told["planned"]] == ["2026-03-02T12:00:00Z", "2026-03-02T13:00:00Z", None]
    assert told["end"]["finish_reason"] == "expired"
