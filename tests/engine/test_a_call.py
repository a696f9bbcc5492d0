"""One call's life on the stage: claimed, pushed, observed, decided."""

from __future__ import annotations

from datetime import timedelta

import pytest

from dialer.engine.apply import apply
from dialer.models import Attempt, ContactPhone, EventSource, FeedEvent, ProviderEvent, Suppression
from providers import errors
from providers.contract import Report
from providers.vocabulary import Progress, Result
from tests import factories
from tests.engine.conftest import (
    ANSWERED,
    BUSY,
    INVALID,
    LOST_AFTER,
    LOST_BEFORE,
    NO_ANSWER,
    SILENT,
    START,
    THROTTLED,
    Stage,
)


def test_the_attempt_stands_in_the_database_before_the_provider_is_called(stage: Stage) -> None:
    (row,) = stage.build(ANSWERED)
    seen: list[tuple[str, bool]] = []
    stage.before_push.append(
        lambda order: seen.append(
            (
                Attempt.objects.get(pk=order.ref).state,
                Attempt.objects.get(pk=order.ref).sending_at is not None,
            )
        )
    )
    stage.tick("dispatch")
    assert seen == [("claimed", True)]
    row.refresh_from_db()
    assert (row.state, row.next_attempt_at, row.attempt_count) == ("in_progress", None, 1)


def test_an_answered_call_ends_the_contact_as_reached(stage: Stage) -> None:
    (row,) = stage.build(ANSWERED)
    stage.play(seconds=30)
    row.refresh_from_db()
    assert (row.state, row.finish_reason, row.last_result) == ("finished", "reached", "answered")
    assert [(a.state, a.result, a.sequence, a.is_live) for a in row.attempts.all()] == [
        ("ended", "answered", 1, False)
    ]
    assert len(stage.rings()) == 1


def test_each_step_is_used_once_and_counts_from_the_end_of_the_attempt_before(stage: Stage) -> None:
    (row,) = stage.build(NO_ANSWER, steps=("PT10M", "PT1H"))
    stage.play(minutes=90)
    attempts = list(row.attempts.order_by("sequence"))
    assert [a.step for a in attempts] == [None, 0, 1]
    assert attempts[1].due_at == attempts[0].ended_at + timedelta(minutes=10)
    assert attempts[2].due_at == attempts[1].ended_at + timedelta(hours=1)
    row.refresh_from_db()
    assert (row.finish_reason, row.finish_detail, row.used_steps) == ("exhausted", "no_answer", [0, 1])


def test_a_result_that_no_step_names_exhausts_the_contact(stage: Stage) -> None:
    (row,) = stage.build(BUSY, steps=({"after": "PT10M", "on": ["no_answer"]},))
    stage.play(minutes=15)
    row.refresh_from_db()
    assert (row.finish_reason, row.attempt_count) == ("exhausted", 1)


def test_a_refused_invalid_number_is_rejected_and_never_rung_again_in_any_campaign(stage: Stage) -> None:
    (row,) = stage.build(INVALID)
    stage.play(minutes=30)
    row.refresh_from_db()
    assert (row.finish_reason, row.attempts.get().state) == ("uncallable", "rejected")
    assert ContactPhone.objects.get(number=INVALID).uncallable_at is not None
    assert stage.rings() == []


def test_the_next_phone_step_rings_the_other_number(stage: Stage) -> None:
    stage.build(steps=({"after": "PT10M", "phone": "next"},))
    row = factories.enrolled([NO_ANSWER, ANSWERED], campaign=stage.campaign)
    stage.play(minutes=15)
    assert [a.number for a in row.attempts.order_by("sequence")] == [NO_ANSWER, ANSWERED]
    row.refresh_from_db()
    assert row.finish_reason == "reached"


def test_after_an_invalid_number_a_step_that_names_it_goes_on_with_another_phone(stage: Stage) -> None:
    stage.build(steps=({"after": "PT10M", "on": ["invalid_number"]},))
    row = factories.enrolled([INVALID, ANSWERED], campaign=stage.campaign)
    stage.play(minutes=15)
    assert [a.number for a in row.attempts.order_by("sequence")] == [INVALID, ANSWERED]


def test_a_throttled_push_is_the_same_attempt_again(stage: Stage) -> None:
    (row,) = stage.build(THROTTLED)
    stage.tick("dispatch")
    row.refresh_from_db()
    attempt = row.attempts.get()
    assert (row.state, attempt.state, attempt.sends, attempt.lease_until) == ("waiting", "claimed", 1, None)
    stage.play(seconds=60)
    attempt.refresh_from_db()
    assert (row.attempts.count(), attempt.sends, attempt.result) == (1, 2, "answered")


def test_a_lost_answer_is_looked_up_and_found_and_never_sent_again(stage: Stage) -> None:
    (row,) = stage.build(LOST_AFTER)
    stage.tick("dispatch")
    row.refresh_from_db()
    attempt = row.attempts.get()
    assert (row.state, attempt.state) == ("indeterminate", "indeterminate")
    assert attempt.alerted_at is not None
    assert FeedEvent.objects.filter(kind="attempt.indeterminate", attempt_id=attempt.pk).count() == 1
    stage.play(minutes=5)
    attempt.refresh_from_db()
    assert (attempt.state, attempt.sends, len(stage.rings())) == ("ended", 1, 1)


def test_an_absence_is_believed_only_after_visible_after_and_two_looks(stage: Stage) -> None:
    (row,) = stage.build(LOST_BEFORE)
    stage.tick("dispatch")
    for _ in range(3):
        stage.wait(seconds=15)
        stage.tick("reconcile", "dispatch")
    assert row.attempts.get().state == "indeterminate"  # 45 s: not yet
    stage.wait(seconds=15)
    stage.tick("reconcile")
    row.refresh_from_db()
    assert (row.state, row.attempts.get().state) == ("waiting", "claimed")
    stage.play(seconds=30)
    assert [(a.sends, a.result) for a in row.attempts.all()] == [(2, "answered")]
    assert len(stage.rings()) == 1


def test_a_call_of_which_nothing_is_heard_ends_unknown_and_is_not_repeated(stage: Stage) -> None:
    (row,) = stage.build(SILENT, account={"give_up_after_seconds": 3600})
    stage.play(minutes=65)
    row.refresh_from_db()
    assert (row.finish_reason, row.finish_detail) == ("exhausted", "unknown")
    assert [(a.state, a.result, a.reason) for a in row.attempts.all()] == [("ended", "unknown", "given_up")]
    assert FeedEvent.objects.filter(kind="attempt.ended").count() == 1


def test_unknown_is_retried_only_by_a_step_that_names_it(stage: Stage) -> None:
    (row,) = stage.build(
        SILENT, steps=({"after": "PT10M", "on": ["unknown"]},), account={"give_up_after_seconds": 600}
    )
    stage.play(minutes=25)
    assert row.attempts.count() == 2


def test_the_same_fact_is_stored_once(stage: Stage) -> None:
    stage.build(NO_ANSWER, steps=())
    stage.play(seconds=60)
    keys = list(ProviderEvent.objects.values_list("dedupe_key", flat=True))
    assert len(keys) == len(set(keys))


@pytest.mark.parametrize("fault", [errors.Unavailable("down"), errors.AccountBlocked("no credit")])
def test_when_nothing_happened_the_contact_waits_and_the_attempt_keeps_its_reference(
    stage: Stage, fault: errors.ProviderError
) -> None:
    (row,) = stage.build(ANSWERED)

    def fail(_: object) -> None:
        raise fault

    stage.before_push.append(fail)
    stage.tick("dispatch")
    row.refresh_from_db()
    first = row.attempts.get()
    assert (row.state, first.state, row.due_at) == ("waiting", "claimed", START)
    stage.before_push.clear()
    stage.play(minutes=5)
    assert row.attempts.get().pk == first.pk
    assert len(stage.rings()) == 1


def test_do_not_call_from_the_provider_suppresses_the_number_everywhere(stage: Stage) -> None:
    from dialer.engine.apply import apply
    from providers.contract import Report
    from providers.vocabulary import Progress, Result

    (row,) = stage.build(SILENT)
    other = factories.enrolled(
        campaign=factories.campaign(provider_account=stage.account), contact=row.contact
    )
    stage.tick("dispatch")
    report = Report(ref=str(stage.attempt(row).pk), progress=Progress.ENDED, result=Result.DO_NOT_CALL)
    apply(account_id=stage.account.pk, reports=[report], source="poll", now=stage.now)
    stage.tick("suppress")
    row.refresh_from_db()
    other.refresh_from_db()
    assert (row.finish_reason, other.finish_reason) == ("suppressed", "suppressed")
    assert Suppression.objects.get().number == SILENT


def test_only_a_person_who_spoke_counts_as_reached() -> None:
    from dialer.rules.timeline import REACHED

    assert {result.value for result in REACHED} == {"answered", "transferred"}


def test_a_no_that_is_told_after_the_end_stops_the_next_call_and_is_kept(stage: Stage) -> None:
    (row,) = stage.build(NO_ANSWER, steps=("PT10M",))
    stage.play(seconds=30)
    row.refresh_from_db()
    assert row.state == "waiting"
    first = stage.attempt(row)
    late = Report(ref=str(first.pk), progress=Progress.ENDED, result=Result.DO_NOT_CALL, event_id="no")
    for _ in range(2):
        apply(account_id=stage.account.pk, reports=[late], source=EventSource.HOOK, now=stage.now)
    first.refresh_from_db()
    row.refresh_from_db()
    assert (first.state, first.result) == ("ended", "no_answer")
    assert (row.state, row.finish_reason) == ("finished", "suppressed")
    assert [entry.number for entry in Suppression.objects.all()] == [NO_ANSWER]
