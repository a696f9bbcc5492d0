"""Business outcomes: mapped from providers' words, or said by people after the call, and what follows from them."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from dialer.engine import campaigns, outcomes
from dialer.engine.errors import Invalid, InvalidTransition
from dialer.engine.mappings import words_of
from dialer.engine.rereading import reread
from dialer.models import (
    Attempt,
    CampaignContact,
    Disposition,
    DispositionMapping,
    FeedEvent,
    ProviderEvent,
    Suppression,
)
from providers.contract import Report
from providers.vocabulary import Progress, Result
from tests import factories
from tests.engine.conftest import ANSWERED, BUSY, NO_ANSWER, SILENT, THROTTLED, Stage, columns
from tests.engine.test_refuted_ends import tell


def outcome(code: str, **flags: Any) -> Disposition:
    return Disposition.objects.update_or_create(code=code, defaults={"name": code, **flags})[0]


def mapping(stage: Stage, **fields: Any) -> DispositionMapping:
    return DispositionMapping.objects.create(**({"provider_account": stage.account} | fields))


def said(stage: Stage, row: CampaignContact, word: str = "", **fields: Any) -> None:
    values = {"progress": Progress.ENDED, "result": Result.NO_ANSWER, "ended_at": stage.now} | fields
    tell(stage, Report(ref=str(stage.attempt(row).pk), raw_status=word, **values))


def ended(row: CampaignContact) -> tuple[str, str, str]:
    row.refresh_from_db()
    return row.state, row.finish_reason, row.finish_detail


def held(stage: Stage, **campaign: Any) -> CampaignContact:
    """Bring a call to the provider, which will not ring it for an hour."""
    (row,) = stage.build(SILENT, account={"settings": {"ring_after_seconds": 3600}}, **campaign)
    stage.tick("dispatch")
    return row


@pytest.mark.parametrize(
    ("flags", "result", "end"),
    [
        ({"is_success": True}, Result.VOICEMAIL, ("finished", "reached", "told")),
        ({"is_final": True}, Result.NO_ANSWER, ("finished", "exhausted", "told")),
        ({"is_final": True}, Result.ANSWERED, ("finished", "reached", "answered")),
        ({"suppresses": True}, Result.ANSWERED, ("finished", "suppressed", "told")),
        ({"retry": True}, Result.ANSWERED, ("waiting", "", "")),
        ({}, Result.NO_ANSWER, ("waiting", "", "")),
    ],
)
def test_a_mapped_wrap_up_decides_what_follows(
    stage: Stage, flags: dict[str, bool], result: Result, end: tuple[str, str, str]
) -> None:
    row = held(stage)
    mapping(stage, raw_disposition="Their word", disposition=outcome("told", **flags))
    said(stage, row, disposition="Their word", result=result)
    attempt = stage.attempt(row)
    assert (attempt.disposition, attempt.result) == ("told", result.value)
    assert ended(row) == end
    entries = list(Suppression.objects.values_list("number", "source"))
    assert entries == ([(SILENT, "disposition:told")] if flags.get("suppresses") else [])


def test_a_retry_after_an_answer_takes_the_next_step_at_its_time(stage: Stage) -> None:
    row = held(stage)
    mapping(stage, raw_disposition="later", disposition=outcome("later", retry=True))
    said(stage, row, disposition="later", result=Result.ANSWERED)
    row.refresh_from_db()
    assert (row.next_step, row.due_at, row.last_result) == (0, stage.now + timedelta(minutes=10), "answered")


def test_an_unknown_word_ends_a_call_only_where_its_status_is_mapped_to_a_result(stage: Stage) -> None:
    row = held(stage)
    outcome("final", is_final=True)
    mapping(stage, raw_status="GHOST", disposition=Disposition.objects.get(code="final"))
    mapping(stage, raw_disposition="ghost", result="busy")
    said(stage, row, "GHOST", progress=Progress.UNKNOWN, result=None, disposition="ghost")
    assert stage.attempt(row).state == "pushed"
    assert ended(row)[0] == "in_progress"
    mapping(stage, raw_status="GHOST", raw_disposition="ghost", result="busy")
    said(stage, row, "GHOST", progress=Progress.UNKNOWN, result=None, disposition="ghost", event_id="again")
    attempt = stage.attempt(row)
    assert (attempt.state, attempt.result, attempt.disposition) == ("ended", "busy", "final")


def test_a_word_that_is_mapped_later_is_read_anew_from_what_was_stored(stage: Stage) -> None:
    row = held(stage)
    said(stage, row, "GHOST", progress=Progress.UNKNOWN, result=None)
    assert ProviderEvent.objects.get().state == "unknown_word"
    assert reread(mapping=mapping(stage, raw_status="OTHER", result="busy"), now=stage.now) == 0
    assert reread(mapping=mapping(stage, raw_status="GHOST", result="no_answer"), now=stage.now) == 1
    event = ProviderEvent.objects.get()
    assert (event.state, event.raw_status, event.report["progress"]) == ("applied", "GHOST", "unknown")
    assert (stage.attempt(row).result, ended(row)[0]) == ("no_answer", "waiting")
    assert reread(mapping=DispositionMapping.objects.get(raw_status="GHOST"), now=stage.now) == 0


def test_a_mapping_never_turns_a_no_into_something_else(stage: Stage) -> None:
    row = held(stage)
    mapping(stage, raw_status="stop", result="busy")
    said(stage, row, "stop", result=Result.DO_NOT_CALL)
    assert (stage.attempt(row).result, ended(row)[1]) == ("do_not_call", "suppressed")


def test_the_accounts_own_and_more_exact_words_come_first(stage: Stage) -> None:
    held(stage)
    for fields in (
        {"provider_account": None, "provider": "simulator", "raw_status": "s", "raw_disposition": "d"},
        {"raw_status": "s"},
        {"raw_disposition": "d"},
    ):
        code = f"c{DispositionMapping.objects.count()}"
        mapping(stage, disposition=outcome(code), result="busy", **fields)
    report = Report(ref="x", progress=Progress.ENDED, result=Result.FAILED, raw_status="s", disposition="d")
    assert words_of(stage.account.pk, [report]).outcome(report).code == "c2"
    elsewhere = factories.account()
    assert words_of(elsewhere.pk, [report]).outcome(report).code == "c0"
    other = Report(ref="x", progress=Progress.ENDED, result=Result.FAILED, raw_status="S", disposition="d")
    assert words_of(elsewhere.pk, [other]).outcome(other) is None


def test_a_wrap_up_told_behind_the_end_holds_as_if_it_had_been_told_with_it(stage: Stage) -> None:
    row = held(stage)
    mapping(stage, raw_disposition="sold", disposition=outcome("sold", is_success=True))
    said(stage, row)
    assert ended(row)[0] == "waiting"
    said(stage, row, disposition="sold", event_id="wrap-up")
    assert ended(row) == ("finished", "reached", "sold")
    assert stage.attempt(row).disposition == "sold"


def settled(stage: Stage, row: CampaignContact, code: str) -> Attempt:
    return outcomes.set_disposition(attempt_id=stage.attempt(row).pk, code=code, now=stage.now)


def test_an_outcome_said_late_stops_who_waits_and_the_same_again_changes_nothing(stage: Stage) -> None:
    row = held(stage)
    outcome("no", suppresses=True, is_final=True)
    said(stage, row)
    settled(stage, row, "no")
    assert ended(row) == ("finished", "suppressed", "no")
    before = columns(CampaignContact, row.pk), columns(Attempt, stage.attempt(row).pk)
    news = FeedEvent.objects.count()
    settled(stage, row, "no")
    assert (columns(CampaignContact, row.pk), columns(Attempt, stage.attempt(row).pk)) == before
    assert (Suppression.objects.count(), FeedEvent.objects.count()) == (1, news)


def test_a_late_no_takes_back_what_is_held_here_and_stops_the_number_elsewhere(stage: Stage) -> None:
    row = held(stage)
    outcome("no", suppresses=True)
    first = stage.attempt(row)
    said(stage, row)
    other = factories.enrolled([SILENT], campaign=factories.campaign(status="running"))
    stage.wait(minutes=10)
    stage.tick("dispatch")
    assert stage.attempt(row).sequence == 2
    outcomes.set_disposition(attempt_id=first.pk, code="no", now=stage.now)
    assert stage.attempt(row).withdraw_why == "suppression"
    stage.tick("suppress", "withdraw")
    assert stage.attempt(row).state == "cancelled"
    assert ended(row)[1] == ended(other)[1] == "suppressed"
    assert stage.rings() == []


def test_an_outcome_changed_twice_is_decided_anew_each_time(stage: Stage) -> None:
    row = held(stage)
    for code, flags in (
        ("sold", {"is_success": True}),
        ("later", {"retry": True}),
        ("lost", {"is_final": True}),
    ):
        outcome(code, **flags)
    said(stage, row, result=Result.ANSWERED)
    assert ended(row) == ("finished", "reached", "answered")
    settled(stage, row, "later")
    assert ended(row) == ("waiting", "", "")
    assert (row.next_step, row.due_at) == (0, stage.now + timedelta(minutes=10))
    settled(stage, row, "sold")
    assert ended(row) == ("finished", "reached", "sold")
    settled(stage, row, "later")
    assert ended(row)[0] == "waiting"
    settled(stage, row, "lost")
    assert ended(row) == ("finished", "reached", "lost")
    assert (row.attempt_count, stage.attempt(row).disposition) == (1, "lost")


def test_a_final_outcome_that_is_taken_back_lets_the_timeline_go_on(stage: Stage) -> None:
    row = held(stage)
    outcome("lost", is_final=True), outcome("noted")
    said(stage, row)
    settled(stage, row, "lost")
    assert ended(row) == ("finished", "exhausted", "lost")
    settled(stage, row, "noted")
    assert ended(row)[0] == "waiting"
    assert row.next_step == 0


def test_a_retry_without_a_step_left_ends_exhausted(stage: Stage) -> None:
    row = held(stage, steps=())
    outcome("later", retry=True)
    said(stage, row, result=Result.ANSWERED)
    settled(stage, row, "later")
    assert ended(row)[:2] == ("finished", "exhausted")


def test_a_retry_in_a_campaign_that_is_over_calls_nobody(stage: Stage) -> None:
    row = held(stage)
    outcome("later", retry=True)
    said(stage, row, result=Result.ANSWERED)
    campaigns.complete(campaign_id=stage.campaign.pk, now=stage.now)
    settled(stage, row, "later")
    assert ended(row) == ("finished", "reached", "answered")


def test_an_exclusion_is_no_end_that_an_outcome_changes(stage: Stage) -> None:
    row = held(stage)
    outcome("sold", is_success=True)
    said(stage, row)
    from dialer.engine import contacts

    contacts.exclude(campaign_contact_id=row.pk, reason="asked", now=stage.now)
    settled(stage, row, "sold")
    assert ended(row) == ("finished", "excluded", "asked")


@pytest.mark.parametrize("state", ["claimed", "pushed", "rejected", "cancelled"])
def test_only_a_call_that_has_ended_has_an_outcome(stage: Stage, state: str) -> None:
    outcome("sold", is_success=True)
    enrolment = factories.enrolled(campaign=factories.campaign(status="running"), state="finished")
    attempt = factories.attempt(enrolment, state=state)
    before = columns(Attempt, attempt.pk), columns(CampaignContact, enrolment.pk)
    with pytest.raises(InvalidTransition) as refusal:
        outcomes.set_disposition(attempt_id=attempt.pk, code="sold", now=stage.now)
    assert refusal.value.state == state
    assert (columns(Attempt, attempt.pk), columns(CampaignContact, enrolment.pk)) == before


def test_a_code_that_nobody_knows_is_refused(stage: Stage) -> None:
    attempt = factories.attempt()
    with pytest.raises(Invalid) as refusal:
        outcomes.set_disposition(attempt_id=attempt.pk, code="gibberish", now=stage.now)
    assert refusal.value.errors[0].pointer == "/code"
    assert Attempt.objects.get(pk=attempt.pk).outcome_id is None


def test_what_people_said_stands_against_the_providers_late_word(stage: Stage) -> None:
    row = held(stage)
    outcome("sold", is_success=True)
    mapping(stage, raw_disposition="later", disposition=outcome("later", retry=True))
    said(stage, row)
    settled(stage, row, "sold")
    said(stage, row, disposition="later", event_id="wrap-up")
    assert (stage.attempt(row).disposition, ended(row)[1]) == ("sold", "reached")


def test_words_of_busy_lines_are_left_alone_without_mappings(stage: Stage) -> None:
    rows = stage.build(ANSWERED, BUSY, NO_ANSWER, THROTTLED, steps=("PT1M",))
    stage.play(minutes=10)
    assert {ended(row)[0] for row in rows} == {"finished"}
    assert not Attempt.objects.filter(outcome__isnull=False).exists()
