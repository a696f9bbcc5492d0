"""Why nobody of a campaign is called: one staged test a cause, with its code and the instant at which it ends."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from dialer.engine import suppression
from dialer.gates import load
from dialer.gates.facts import Candidate
from dialer.models import Attempt, Campaign, CampaignContact, Job, Suppression
from dialer.reports import waiting
from providers.contract import NativePlan, NativeStep, to_json
from providers.errors import Ambiguous
from providers.vocabulary import Unit
from tests import factories
from tests.engine.conftest import ANSWERED, NO_ANSWER, SILENT, START, Stage
from tests.reports.conftest import Reports, dials_at, first

OTHER = "+12125550200"
LONDON = "+442079460100"
EVENINGS = [{"days": ["mon", "tue"], "start": "18:00", "end": "20:00"}]


def test_nobody_is_in_it(stage: Stage, reports: Reports) -> None:
    stage.build()
    told = reports.why()
    assert first(told, code="no_contacts", until=None)["count"] == 0
    assert (told["is_dialing"], told["next_dial_at"], told["skips"]) == (False, None, {})
    Job.objects.create(kind="import", campaign=stage.campaign)
    first(reports.why(), code="importing", until=None)


def test_everybody_is_finished(stage: Stage, reports: Reports) -> None:
    stage.build(ANSWERED)
    stage.tick("dispatch")
    stage.wait(seconds=9)
    stage.tick()
    told = reports.why()
    first(told, code="all_finished", until=None)
    assert told["next_dial_at"] is None


def test_everybody_is_on_a_do_not_call_list(stage: Stage, reports: Reports) -> None:
    stage.build(ANSWERED, OTHER)
    Suppression.objects.bulk_create(Suppression(number=number) for number in (ANSWERED, OTHER))
    told = reports.why()
    assert first(told, code="suppressed", until=None)["count"] == 2, "before anything is stopped"
    assert told["next_dial_at"] is None
    suppression.apply_pending(now=stage.now)
    first(reports.why(), code="all_suppressed", until=None)
    stage.tick()
    assert not Attempt.objects.exists()


def test_everybody_waits_for_a_retry(stage: Stage, reports: Reports) -> None:
    stage.build(NO_ANSWER, "+12125550201", steps=["PT2H"])
    stage.tick("dispatch")
    stage.wait(seconds=4)
    stage.tick("observe")
    told = reports.why()
    until = START + timedelta(hours=2, seconds=4)
    assert first(told, code="waiting_for_retry", until=until)["count"] == 2
    assert (told["next_dial_at"], told["is_dialing"]) == ("2026-03-02T14:00:04Z", False)
    dials_at(stage, until)


def test_everybody_waits_for_a_first_call(stage: Stage, reports: Reports) -> None:
    stage.build(ANSWERED)
    until = START + timedelta(minutes=7)
    CampaignContact.objects.update(due_at=until, next_attempt_at=until, not_before=until)
    first(reports.why(), code="waiting_for_first_call", until=until)
    dials_at(stage, until)


def test_the_same_call_is_sent_again(stage: Stage, reports: Reports) -> None:
    stage.build("+12125550106")  # the simulator throttles the first request for it
    stage.tick("dispatch")
    told = reports.why()
    first(told, code="sent_again_soon", until=START + timedelta(seconds=1))
    stage.wait(seconds=1)
    stage.tick("dispatch")
    assert reports.why()["is_dialing"]


@pytest.mark.parametrize("is_ticked", [False, True], ids=["before-the-tick", "after-the-tick"])
@pytest.mark.parametrize(
    ("fields", "now", "gate", "code", "until"),
    [
        ({"calling_windows": EVENINGS}, "2026-03-02T12:00", "window", "window_closed", "2026-03-02T18:00"),
        ({"holidays": "observe"}, "2026-12-25T12:00", "holiday", "holiday", "2026-12-27T00:00"),
        ({"purpose": "marketing"}, "2026-03-07T21:30", "law", "law_closed", "2026-03-09T08:00"),
    ],
)
def test_everybody_is_held_by_the_clock(
    stage: Stage,
    reports: Reports,
    is_ticked: bool,
    fields: dict[str, Any],
    now: str,
    gate: str,
    code: str,
    until: str,
) -> None:
    stage.now = datetime.fromisoformat(f"{now}:00+00:00")
    stage.build(LONDON, "+442079460101", **fields)
    if is_ticked:
        stage.tick("dispatch")
    told = reports.why()
    end = datetime.fromisoformat(f"{until}:00+00:00")
    cause = first(told, code=code, until=end)
    assert (cause["gate"], cause["count"]) == (gate, 2)
    assert told["skips"] == ({gate: 2} if is_ticked else {})
    assert datetime.fromisoformat(told["next_dial_at"]) == end
    dials_at(stage, end)


def test_everybody_is_held_by_a_cap(stage: Stage, reports: Reports) -> None:
    stage.build(NO_ANSWER, steps=["PT1H"], max_attempts_per_day=1)
    stage.tick("dispatch")
    stage.wait(seconds=4)
    stage.tick("observe")
    stage.wait(hours=1)
    stage.tick("dispatch")
    midnight = START.replace(hour=0) + timedelta(days=1)
    told = reports.why()
    first(told, code="attempts_a_day_reached", until=midnight)
    assert told["skips"] == {"caps": 1}
    dials_at(stage, midnight)


def test_everybody_is_held_by_a_quiet_period(
    stage: Stage, reports: Reports, monkeypatch: pytest.MonkeyPatch
) -> None:
    stage.build(ANSWERED)
    until = START + timedelta(days=2)
    read = load._Around.candidate

    def quiet(*args: Any) -> Candidate:
        found = read(*args)
        found.extra.update(quiet_until=until, quiet_rule="quiet:conversation")
        return found

    # No rule that starts a quiet period is entered yet: the fact is put where such a rule will put it.
    monkeypatch.setattr(load._Around, "candidate", quiet)
    stage.tick("dispatch")
    told = reports.why()
    cause = first(told, code="quiet_period", until=until)
    assert (cause["rule"], told["skips"]) == ("quiet:conversation", {"quiet_period": 1})
    dials_at(stage, until)


def test_calls_in_doubt_until_they_are_given_up(stage: Stage, reports: Reports) -> None:
    def lost(order: object) -> None:
        raise Ambiguous("the answer was lost")

    give_up = {"visible_after_seconds": 60, "give_up_after_seconds": 3600}
    stage.build(ANSWERED, account=give_up)
    stage.before_push.append(lost)
    stage.tick("dispatch")
    told = reports.why()
    until = START + timedelta(hours=1)
    cause = first(told, code="indeterminate", until=until)
    assert (cause["count"], cause["since"]) == (1, "2026-03-02T12:00:00Z")
    assert "2026-03-02T12:01:00Z" in cause["text"], "from when on an absence is believed"
    assert (told["is_dialing"], told["next_dial_at"]) == (False, None)
    for moment, state in ((until - timedelta(seconds=1), "indeterminate"), (until, "ended")):
        stage.now = moment
        stage.tick("dispatch", "give_up")
        assert Attempt.objects.get().state == state


def test_the_person_is_busy_elsewhere(stage: Stage, reports: Reports) -> None:
    stage.build(SILENT)
    stage.tick("dispatch")
    elsewhere = CampaignContact.objects.get()
    stage.campaign = factories.campaign(
        provider_account=stage.account, status="running", remote_campaign_id="sim-other"
    )
    factories.enrolled(contact=elsewhere.contact, campaign=stage.campaign)
    for is_ticked in (False, True):
        if is_ticked:
            stage.tick("dispatch")
        told = reports.why()
        cause = first(told, code="person_busy", until=None)
        assert (cause["count"], told["is_dialing"], told["next_dial_at"]) == (1, False, None)
    assert told["skips"] == {"person_busy": 1}
    Attempt.objects.update(is_live=False, state="ended", result="unknown", ended_at=stage.now)
    stage.wait(seconds=10)
    stage.tick("dispatch")
    assert reports.why()["is_dialing"]


def test_the_provider_makes_the_next_ring_by_its_own_plan(stage: Stage, reports: Reports) -> None:
    (row,) = stage.build(NO_ANSWER, steps=["PT2H"])
    plan = NativePlan(steps=(NativeStep(amount=2, unit=Unit.HOUR),))
    Campaign.objects.update(
        retry_plan={"mode": "native", "obstacles": [], "waivers": [], "native": to_json(plan)}
    )
    stage.tick("dispatch")
    stage.wait(seconds=4)
    stage.tick("observe")
    told = reports.why()
    until = START + timedelta(hours=2, seconds=4)
    assert first(told, code="provider_rings_next", until=until)["count"] == 1
    assert (told["is_dialing"], told["next_dial_at"]) == (False, "2026-03-02T14:00:04Z")
    planned = reports.get(f"campaign-contacts/{row.pk}/timeline")
    assert [one["sequence"] for one in planned["attempts"]] == [1, 2]
    assert planned["planned"] == []


def test_the_cause_that_ends_first_is_the_true_one(stage: Stage, reports: Reports) -> None:
    rows = stage.build(NO_ANSWER, LONDON, steps=["PT2H"], calling_windows=EVENINGS)
    CampaignContact.objects.filter(pk=rows[0].pk).update(
        attempt_count=1, due_at=START + timedelta(days=1), next_attempt_at=START + timedelta(days=1)
    )
    told = reports.why()
    assert [cause["code"] for cause in told["causes"]] == ["window_closed", "waiting_for_retry"]
    assert [cause["count"] for cause in told["causes"]] == [1, 1]
    assert told["next_dial_at"] == "2026-03-02T18:00:00Z"


def test_a_changed_policy_frees_who_is_held(stage: Stage, reports: Reports) -> None:
    stage.build(LONDON, calling_windows=EVENINGS)
    stage.tick("dispatch")
    body = {"calling_windows": []}
    assert reports.api.patch(f"campaigns/{stage.campaign.pk}", body).status_code == 200
    told = reports.why()
    first(told, code="released", until=START)
    assert told["next_dial_at"] == "2026-03-02T12:00:00Z"
    stage.tick("campaigns", "dispatch")
    assert reports.why()["is_dialing"]


def test_a_campaign_that_is_not_there(stage: Stage, reports: Reports) -> None:
    nobody = "01910000-0000-7000-8000-000000000001"
    assert reports.get(f"campaigns/{nobody}/why-not-dialing", status=404)["code"] == "not_found"


def test_a_long_queue_is_counted_and_every_gate_in_it_is_found(
    stage: Stage, reports: Reports, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(waiting, "READ", 2)
    rows = stage.build(*(f"+1{area}5550100" for area in (212, 213, 214, 215, 216)))
    later = START + timedelta(days=1)
    CampaignContact.objects.update(due_at=later, next_attempt_at=later, attempt_count=1)
    CampaignContact.objects.filter(pk__in=[row.pk for row in rows[:2]]).update(
        next_attempt_at=later + timedelta(days=1), hold_gate="caps", hold_reason="1 of 1 attempts made today"
    )
    told = reports.why()
    assert [(cause["code"], cause["count"]) for cause in told["causes"]] == [
        ("waiting_for_retry", 3),
        ("caps_held", 2),
    ]
    assert (told["skips"], told["counts_complete"]) == ({"caps": 2}, True)
    monkeypatch.setattr(waiting, "COUNTED", 4)
    told = reports.why()
    # Causes look at the head of the queue; what the gates hold is counted whole.
    assert (told["skips"], told["counts_complete"]) == ({"caps": 2}, False)
    assert told["next_dial_at"] == "2026-03-03T12:00:00Z"
