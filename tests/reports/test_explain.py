"""The explanation of one contact: every gate, the verdict, the number, and the next callable instant."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from dialer.gates.campaign_gates import CAMPAIGN_GATES
from dialer.gates.eligibility import CONTACT_GATES
from dialer.models import Attempt, Campaign, CampaignContact, ProviderAccount
from providers.errors import Ambiguous
from tests import factories
from tests.api.conftest import refused
from tests.engine.conftest import ANSWERED, NO_ANSWER, SILENT, START, Stage, columns
from tests.reports.conftest import Reports, dials_at, instant

LONDON, SECOND = "+442079460100", "+442079460101"
EVENINGS = [{"days": ["mon", "tue"], "start": "18:00", "end": "20:00"}]


def gate(told: dict[str, Any], name: str) -> dict[str, Any]:
    (found,) = [one for one in [*told["campaign_gates"], *told["contact_gates"]] if one["gate"] == name]
    verdict: dict[str, Any] = found
    return verdict


def test_nothing_stands_in_the_way(stage: Stage, reports: Reports) -> None:
    (row,) = stage.build(LONDON)
    told = reports.explain(row)
    assert told["verdict"] == {
        "gate": "all",
        "outcome": "allowed",
        "code": "ok",
        "reason": "every gate is open",
        "rule": "all",
        "source": "all gates together",
        "until": None,
    }
    assert (told["phone"], told["zones"], told["state"]) == (LONDON, ["Europe/London"], "waiting")
    assert told["next_callable_at"] == told["at"] == told["checked_at"] == "2026-03-02T12:00:00Z"
    assert (told["never_because"], told["unforeseen"]) == (None, [])


def test_every_gate_that_dials_is_there_with_words_rule_and_source(stage: Stage, reports: Reports) -> None:
    (row,) = stage.build(LONDON)
    told = reports.explain(row)
    names = [one["gate"] for one in told["campaign_gates"]]
    assert names == [*(gate.name for gate in CAMPAIGN_GATES), "remote", "rate"]
    names = [one["gate"] for one in told["contact_gates"]]
    assert names == ["contact_state", "timeline", *(gate.name for gate in CONTACT_GATES)]
    for one in [*told["campaign_gates"], *told["contact_gates"]]:
        assert all(one[word] for word in ("reason", "rule", "source")), one
        assert one["is_foreseen"] is True


def test_held_by_its_window_until_it_opens(stage: Stage, reports: Reports) -> None:
    (row,) = stage.build(LONDON, calling_windows=EVENINGS)
    for _ in ("before it was looked at", "held"):
        told = reports.explain(row)
        verdict = told["verdict"]
        until = "2026-03-02T18:00:00Z"
        assert (verdict["gate"], verdict["outcome"], verdict["until"]) == ("window", "held", until)
        assert gate(told, "window")["source"] == "the campaign's own calling_windows"
        assert gate(told, "window")["until"] == told["next_callable_at"] == "2026-03-02T18:00:00Z"
        stage.tick("dispatch")
    dials_at(stage, instant("2026-03-02T18:00:00Z"))


def test_the_law_says_which_rule_it_is(stage: Stage, reports: Reports) -> None:
    stage.wait(hours=10)
    (row,) = stage.build(LONDON, purpose="marketing", holidays="observe")
    law = gate(reports.explain(row), "law")
    assert (law["outcome"], law["code"], law["rule"]) == ("held", "closed", "default")
    assert law["source"] == "built-in default rule 'default', version 1, for purpose marketing"
    assert law["until"] == "2026-03-03T08:00:00Z"


def test_a_suppression_names_its_entry_and_its_source(stage: Stage, reports: Reports) -> None:
    (row,) = stage.build(LONDON)
    entry = factories.suppression(LONDON, source="register of 2026")
    told = reports.explain(row)
    verdict = told["verdict"]
    assert (verdict["gate"], verdict["outcome"]) == ("suppression", "refused")
    assert verdict["rule"] == f"suppression:{entry.pk}"
    assert verdict["source"] == f"do-not-call entry {entry.pk}, source 'register of 2026', scope global"
    assert told["next_callable_at"] is None
    assert told["never_because"] == "the person or the number is on a do-not-call list"


def test_the_future_is_judged_by_the_facts_of_now(stage: Stage, reports: Reports) -> None:
    (row,) = stage.build(LONDON, calling_windows=EVENINGS)
    ProviderAccount.objects.update(max_concurrent_calls=1)
    other = factories.enrolled([SILENT], campaign=factories.campaign(provider_account=stage.account))
    factories.attempt(other, state="ringing")
    told = reports.explain(row, "2026-03-03T19:00:00Z")
    assert (told["at"], told["checked_at"]) == ("2026-03-03T19:00:00Z", "2026-03-02T12:00:00Z")
    assert (told["verdict"]["outcome"], told["next_callable_at"]) == ("allowed", "2026-03-03T19:00:00Z")
    assert told["unforeseen"] == ["account_health", "capacity", "person_busy", "rate", "remote"]
    assert (gate(told, "capacity")["outcome"], gate(told, "capacity")["is_foreseen"]) == ("held", False)
    assert gate(told, "window")["is_foreseen"] is True
    assert reports.explain(row)["verdict"]["outcome"] == "held"


@pytest.mark.parametrize("at", ["2026-03-03T19:00:00%2B01:00", "2026-03-03T19:00:00+01:00"])
def test_the_offset_of_at_is_read_with_and_without_escaping(stage: Stage, reports: Reports, at: str) -> None:
    (row,) = stage.build(LONDON)
    assert reports.explain(row, at)["at"] == "2026-03-03T18:00:00Z"


@pytest.mark.parametrize(
    "at",
    ["", "tomorrow", "2026-03-03", "2026-03-03T19:00:00", "2026-02-30T19:00:00Z"],
)
def test_an_instant_without_zone_or_sense_is_refused(stage: Stage, reports: Reports, at: str) -> None:
    (row,) = stage.build(LONDON)
    before = columns(CampaignContact, row.pk)
    problem = refused(reports.api.get(f"campaign-contacts/{row.pk}/explain?at={at}"), 400, "invalid")
    assert problem["errors"][0]["pointer"] == "?at"
    assert columns(CampaignContact, row.pk) == before


@pytest.mark.parametrize("at", ["0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z"])
def test_an_instant_beyond_all_calendars_is_refused(stage: Stage, reports: Reports, at: str) -> None:
    (row,) = stage.build(LONDON)
    problem = refused(reports.api.get(f"campaign-contacts/{row.pk}/explain?at={at}"), 422, "invalid")
    assert problem["errors"][0]["code"] == "impossible_instant"


def test_an_unknown_parameter_and_an_unknown_contact(stage: Stage, reports: Reports) -> None:
    (row,) = stage.build(LONDON)
    refused(reports.api.get(f"campaign-contacts/{row.pk}/explain?when=now"), 400, "unknown_field")
    nobody = "01910000-0000-7000-8000-000000000001"
    for page in ("explain", "timeline"):
        refused(reports.api.get(f"campaign-contacts/{nobody}/{page}"), 404, "not_found")


def test_a_retry_that_is_not_due(stage: Stage, reports: Reports) -> None:
    (row,) = stage.build(NO_ANSWER, steps=["PT2H"])
    stage.tick("dispatch")
    told = reports.explain(row)
    assert (told["verdict"]["gate"], told["verdict"]["code"]) == ("contact_state", "in_progress")
    assert told["next_callable_at"] is None
    assert told["never_because"].endswith("no clock ends that")
    stage.wait(seconds=4)
    stage.tick("observe")
    told = reports.explain(row)
    assert (told["verdict"]["gate"], told["verdict"]["code"]) == ("timeline", "not_due")
    assert told["verdict"]["until"] == told["next_callable_at"] == "2026-03-02T14:00:04Z"
    dials_at(stage, START + timedelta(hours=2, seconds=4))


def test_campaign_and_contact_gates_are_put_together(stage: Stage, reports: Reports) -> None:
    starts_at = instant("2026-03-02T20:30:00Z")
    (row,) = stage.build(LONDON, calling_windows=EVENINGS, starts_at=starts_at)
    told = reports.explain(row)
    assert gate(told, "dates")["until"] == "2026-03-02T20:30:00Z"
    assert told["next_callable_at"] == "2026-03-03T18:00:00Z", "the evening is over when the campaign starts"
    dials_at(stage, instant("2026-03-03T18:00:00Z"))


@pytest.mark.parametrize(
    ("fields", "code", "why"),
    [
        ({"status": "paused"}, "paused", "the campaign is paused; no clock ends that"),
        ({"ends_at": START + timedelta(hours=2)}, "closed", "the campaign's ends_at has passed"),
    ],
)
def test_never_and_why(stage: Stage, reports: Reports, fields: dict[str, Any], code: str, why: str) -> None:
    (row,) = stage.build(LONDON, calling_windows=EVENINGS)
    Campaign.objects.update(**fields)
    told = reports.explain(row)
    assert (told["verdict"]["code"], told["next_callable_at"], told["never_because"]) == (code, None, why)


def test_who_is_finished_is_never_called(stage: Stage, reports: Reports) -> None:
    (row,) = stage.build(ANSWERED)
    stage.tick("dispatch")
    stage.wait(seconds=9)
    stage.tick("observe")
    told = reports.explain(row)
    assert (told["verdict"]["outcome"], told["verdict"]["code"]) == ("refused", "reached")
    assert told["next_callable_at"] is None


def test_a_call_in_doubt_says_when_it_is_given_up(stage: Stage, reports: Reports) -> None:
    def lost(order: object) -> None:
        raise Ambiguous("the answer was lost")

    (row,) = stage.build(ANSWERED, account={"give_up_after_seconds": 3600})
    stage.before_push.append(lost)
    stage.tick("dispatch")
    told = reports.explain(row)
    assert gate(told, "contact_state")["code"] == "indeterminate"
    assert gate(told, "contact_state")["until"] == "2026-03-02T13:00:00Z"
    assert told["next_callable_at"] is None


def test_asking_changes_nothing(stage: Stage, reports: Reports) -> None:
    (row,) = stage.build(LONDON, account={"max_requests_per_second": 5}, calling_windows=EVENINGS)
    stage.tick("dispatch")
    rows = (CampaignContact, row.pk), (Campaign, stage.campaign.pk), (ProviderAccount, stage.account.pk)
    before = [columns(*one) for one in rows]
    reports.explain(row)
    reports.get(f"campaign-contacts/{row.pk}/timeline")
    reports.why()
    assert [columns(*one) for one in rows] == before
    assert not Attempt.objects.exists()
