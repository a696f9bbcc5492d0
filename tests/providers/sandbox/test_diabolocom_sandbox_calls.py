"""The Diabolocom sandbox dials: when, whom, how often, and what a call leaves in its contact."""

from __future__ import annotations

from datetime import timedelta

import pytest

from providers.sandbox.line import Pace, Stage
from providers.testing.sandboxed import SandboxStandIn
from providers.values import NativeStep
from providers.vocabulary import Result, Unit
from tests.providers.sandbox.diabolocom_bench import START, V1, Bench, phone

ANSWERED, SILENT = "12025550100", "12025550101"
IDLE, BUSY = "processing_not_in_progress", "processing_in_progress"


@pytest.fixture
def bench() -> Bench:
    """Wait 1 s, ring 2 s, talk 3 s."""
    return Bench(pace=Pace(wait=1, ring=2, talk=3))


@pytest.fixture
def by_hand() -> Bench:
    return Bench(is_automatic=False)


# ---- one call


def test_a_call_is_in_progress_until_its_end_is_written(bench: Bench) -> None:
    bench.create(custom={"phone1": ANSWERED})
    assert bench.show(1)["state"] == IDLE
    bench.wait(1)
    ringing = bench.show(1)
    assert (ringing["state"], ringing["triesNumber"], ringing["wrapupId"]) == (BUSY, 0, None)
    assert ringing["lastUpdatedAt"] == "2026-05-04T09:00:00Z"
    bench.wait(2)
    assert bench.show(1)["state"] == BUSY
    assert bench.ask("DELETE", f"{bench.contacts}/1").status_code == 409
    bench.wait(3)
    over = bench.show(1)
    assert (over["state"], over["triesNumber"], bench.status_of(1)) == (IDLE, 1, "argued")
    assert (over["lastCallTime"], over["lastUpdatedAt"]) == ("2026-05-04T09:00:01Z", "2026-05-04T09:00:06Z")
    assert (over["lastCallerType"], over["agentId"], over["retryDate"]) == ("system", 611, None)
    bench.wait(86_400)
    assert bench.rings() == [ANSWERED]


@pytest.mark.parametrize(
    ("result", "status"),
    [
        (Result.ANSWERED, "argued"),
        (Result.TRANSFERRED, "arguedpositive"),
        (Result.DO_NOT_CALL, "nonargued"),
        (Result.NO_ANSWER, "tocall"),
        (Result.BUSY, "tocall"),
        (Result.VOICEMAIL, "tocall"),
        (Result.ABANDONED, "tocall"),
        (Result.CARRIER_ERROR, "tocall"),
        (Result.FAILED, "tocall"),
        (Result.INVALID_NUMBER, "unreachable"),
        (Result.REJECTED, "unreachable"),
    ],
)
def test_every_end_has_a_wrapup(by_hand: Bench, result: Result, status: str) -> None:
    by_hand.create(triesNumber=2)
    by_hand.sandbox.dial(phone(0), result)
    assert (by_hand.status_of(1), by_hand.show(1)["triesNumber"]) == (status, 3)


def test_a_wrapup_of_the_account_can_take_a_result_over(by_hand: Bench) -> None:
    number = by_hand.sandbox.add_wrapup("Machine", "unreachable", results=[Result.VOICEMAIL])
    by_hand.create()
    by_hand.sandbox.dial(phone(0), Result.VOICEMAIL)
    assert (by_hand.show(1)["wrapupId"], by_hand.status_of(1)) == (number, "unreachable")


def test_what_is_written_during_a_call_is_overwritten_by_its_end_but_an_exclusion_holds(
    by_hand: Bench,
) -> None:
    by_hand.create()
    by_hand.sandbox.dial(phone(0), None)
    by_hand.change(1, triesNumber=0, retryDate="2026-06-01T00:00:00Z", comment="mine", excluded=True)
    by_hand.sandbox.dial(phone(0), Result.NO_ANSWER)
    shown = by_hand.show(1)
    assert (shown["triesNumber"], shown["retryDate"], shown["comment"]) == (1, None, None)
    assert (shown["excluded"], shown["excludedDetail"]) == (True, "manual")
    assert by_hand.sandbox.calls()[0].stage is Stage.ENDED


def test_answered_calls_leave_recordings_that_nobody_can_find_by_contact(by_hand: Bench) -> None:
    by_hand.create()
    by_hand.sandbox.dial(phone(0), Result.ANSWERED)
    (number,) = by_hand.sandbox.recordings
    assert str(number) not in str(by_hand.show(1))
    answer = by_hand.ask("GET", f"/api/v1/recordings/interactions/{number}/content")
    assert (answer.status_code, answer.headers["content-type"]) == (200, "audio/mpeg")
    assert answer.content == by_hand.sandbox.recordings[number]


# ---- when


def test_a_retry_date_is_kept_to_the_second(bench: Bench) -> None:
    bench.create(retryDate="2026-05-04T09:10:00Z")
    assert bench.sandbox.calls()[0].due_at == START + timedelta(minutes=10)
    bench.wait(600)
    assert bench.rings() == []
    bench.wait(1)
    assert bench.rings() == [phone(0)]


def test_clearing_a_retry_date_rings_at_once(bench: Bench) -> None:
    bench.create(retryDate="2026-06-01T00:00:00Z")
    bench.change(1, retryDate=None)
    bench.wait(1)
    assert bench.rings() == [phone(0)]


def test_nobody_rings_outside_the_window_of_the_contact(bench: Bench) -> None:
    bench.create(0, minCallingDateTime="2026-05-04T09:05:00Z")
    bench.create(1, maxCallingDateTime="2026-05-04T08:59:00Z")
    bench.wait(300)
    assert bench.rings() == []
    bench.wait(1)
    assert bench.rings() == [phone(0)]


def test_offsets_of_the_campaign_make_the_window(bench: Bench) -> None:
    bench.patch(minCallingDateOffset=1, maxCallingDateOffset=3)
    made = bench.create()
    assert made["minCallingDateTime"] == "2026-05-05T09:00:00Z"
    assert made["maxCallingDateTime"] == "2026-05-07T09:00:00Z"


def test_a_paused_campaign_rings_nobody_until_it_plays(bench: Bench) -> None:
    bench.patch(isPaused=True)
    bench.create()
    bench.wait(60)
    assert bench.rings() == []
    bench.patch(isPaused=False)
    bench.wait(1)
    assert bench.rings() == [phone(0)]


def test_preview_waits_for_a_person(bench: Bench) -> None:
    bench.campaign = bench.sandbox.add_campaign(mode="preview")
    bench.create()
    bench.wait(3600)
    assert bench.rings() == []


def test_an_archived_or_deleted_campaign_rings_nobody(bench: Bench) -> None:
    bench.create(0, retryDate="2026-05-04T09:10:00Z")
    bench.patch(isPaused=True)
    bench.patch(isArchived=True)
    bench.create(1)
    bench.wait(3600)
    bench.ask("DELETE", f"{V1}/4101")
    bench.wait(3600)
    assert bench.rings() == []


def test_a_call_outlives_the_deletion_of_its_campaign(bench: Bench) -> None:
    bench.create(custom={"phone1": ANSWERED})
    bench.wait(1)
    bench.patch(isPaused=True)
    bench.patch(isArchived=True)
    bench.ask("DELETE", f"{V1}/4101")
    bench.wait(60)
    assert bench.sandbox.calls()[0].stage is Stage.ENDED


# ---- whom


def test_excluded_contacts_ring_only_once_they_are_included(bench: Bench) -> None:
    bench.create(excluded=True)
    bench.wait(60)
    assert bench.rings() == []
    bench.change(1, excluded=False)
    assert bench.show(1)["excludedDetail"] is None
    bench.wait(1)
    assert bench.rings() == [phone(0)]


def test_an_exclusion_in_time_takes_the_call_back(bench: Bench) -> None:
    bench.create()
    bench.change(1, excluded=True)
    bench.wait(60)
    assert bench.rings() == []
    assert bench.sandbox.calls()[0].stage is Stage.WITHDRAWN


def test_a_new_number_is_the_one_that_rings(bench: Bench) -> None:
    bench.create(custom={"phone1": "12025550104"})
    bench.change(1, customFields={"phone1": phone(3)})
    assert (bench.show(1)["excluded"], bench.show(1)["phones"]) == (False, {"phone1": phone(3)})
    bench.create(4)
    bench.change(2, customFields={"phone1": phone(5)})
    bench.wait(1)
    assert bench.rings() == [phone(3), phone(5)]


def test_each_try_goes_to_the_next_phone_field(bench: Bench) -> None:
    bench.patch(nextTryDelay=60)
    bench.create(custom={"phone1": SILENT, "phone2": "12025550102"})
    assert bench.show(1)["currentPhoneName"] == "phone1"
    bench.wait(3)
    assert bench.show(1)["currentPhoneName"] == "phone2"
    bench.wait(3600)
    assert bench.rings() == [SILENT, "12025550102", SILENT]


# ---- how often


def test_the_vendor_redials_by_itself_until_the_campaigns_tries_are_used(bench: Bench) -> None:
    bench.patch(nextTryDelay=60)
    bench.create(custom={"phone1": SILENT})
    bench.wait(3)
    shown = bench.show(1)
    assert (shown["triesNumber"], shown["retryDate"], bench.status_of(1)) == (
        1,
        "2026-05-04T09:01:03Z",
        "tocall",
    )
    bench.wait(3600)
    assert bench.rings() == [SILENT] * 3
    assert [ring.at - START for ring in bench.sandbox.line.rings] == [
        timedelta(seconds=1),
        timedelta(seconds=64),
        timedelta(seconds=127),
    ]
    assert (bench.show(1)["triesNumber"], bench.show(1)["retryDate"]) == (3, None)


def test_tries_given_at_the_start_leave_fewer_rings(by_hand: Bench) -> None:
    step = NativeStep(amount=3600, unit=Unit.SECOND)
    for number, tries in enumerate((0, 1, 2, 3)):
        by_hand.create(number, triesNumber=tries)
    assert [call.waits for call in by_hand.sandbox.calls()] == [(step, step), (step,), ()]
    assert len(SandboxStandIn(by_hand.sandbox).rings()) == 3


def test_a_change_of_the_campaigns_tries_holds_for_contacts_that_wait(by_hand: Bench) -> None:
    by_hand.create()
    by_hand.patch(maxTries=2, nextTryDelay=5)
    assert by_hand.sandbox.calls()[0].waits == (NativeStep(amount=5, unit=Unit.SECOND),)
    by_hand.sandbox.dial(phone(0), Result.BUSY)
    by_hand.patch(maxTries=1)
    assert by_hand.sandbox.calls()[0].stage is Stage.ENDED


def test_an_excluded_contact_is_not_redialed(bench: Bench) -> None:
    bench.create(custom={"phone1": SILENT})
    bench.wait(3)
    bench.change(1, excluded=True)
    bench.wait(86_400)
    assert bench.rings() == [SILENT]
    (call,) = bench.sandbox.calls()
    assert (call.stage, call.waits) == (Stage.ENDED, ())


def test_a_retry_date_after_the_end_rings_again_if_tries_are_left(bench: Bench) -> None:
    bench.create(custom={"phone1": ANSWERED}, triesNumber=2)
    bench.wait(10)
    bench.change(1, retryDate="2026-05-04T10:00:00Z")
    bench.wait(7200)
    assert bench.rings() == [ANSWERED]
    bench.change(1, triesNumber=0)
    bench.wait(7200)
    assert bench.rings() == [ANSWERED, ANSWERED]
