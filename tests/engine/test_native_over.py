"""A provider's own rings are taken back as they come, and their wait ends once they will not come any more."""

from __future__ import annotations

from datetime import timedelta

import pytest

from dialer.engine import campaigns
from dialer.engine.apply import apply
from dialer.models import Attempt, EventSource
from providers.contract import Report
from providers.vocabulary import Progress, Withdrawal
from tests.engine.conftest import Stage
from tests.engine.native import (
    Vendor,
    again,
    ended,
    only_first,
    queued,
    second,
    started,
    story,
    suppressed,
    vendor,
)

__all__ = ["vendor"]


# ---- taken back


def test_a_ring_that_is_not_there_yet_is_asked_for_again_more_often_as_it_comes_near(
    stage: Stage, vendor: Vendor
) -> None:
    row = started(stage)
    ended(stage, row, 1)
    vendor.seen, vendor.answers = only_first, [Withdrawal.NOT_YET] * 3 + [Withdrawal.WITHDRAWN]
    suppressed(stage)
    pauses = []
    for passed in (0, 100, 20):
        stage.wait(minutes=passed)
        Attempt.objects.filter(pk=second(row).pk).update(withdraw_after=stage.now)
        stage.tick("withdraw")
        pauses.append(second(row).withdraw_after - stage.now)
    # Two hours, twenty minutes and no time before it is due.
    assert pauses == [timedelta(minutes=15), timedelta(minutes=5), timedelta(seconds=2)]
    assert (again(row).state, second(row).withdraw_tries) == ("in_progress", 0)
    stage.wait(seconds=2)
    stage.tick("withdraw")
    assert (again(row).state, row.finish_reason) == ("finished", "suppressed")


def test_a_look_that_sees_the_ring_come_into_being_brings_its_withdrawal_forward(
    stage: Stage, vendor: Vendor
) -> None:
    row = started(stage)
    ended(stage, row, 1)
    vendor.seen, vendor.answers = only_first, [Withdrawal.NOT_YET, Withdrawal.WITHDRAWN]
    suppressed(stage)
    stage.tick("withdraw")
    stage.wait(minutes=1)
    vendor.seen = queued(2)
    stage.tick("observe", "withdraw")
    assert (again(row).state, row.finish_reason, len(vendor.asked)) == ("finished", "suppressed", 2)


def test_what_has_rung_is_learned_before_anything_is_taken_back(stage: Stage, vendor: Vendor) -> None:
    row = started(stage)
    vendor.seen = lambda call: [*only_first(call), *queued(2)(call)]
    vendor.answers = [Withdrawal.WITHDRAWN]
    suppressed(stage)
    stage.tick("withdraw")
    assert [call.ring_no for call in vendor.asked] == [2]
    assert (again(row).state, row.finish_reason) == ("finished", "suppressed")
    assert story(row) == [(1, "ours", 1, "ended", None), (2, "native", 2, "cancelled", 0)]


def test_a_look_says_which_ring_is_meant_and_how_far_it_is_known_to_be(stage: Stage, vendor: Vendor) -> None:
    row = started(stage)
    root = Attempt.objects.get(campaign_contact=row)
    ringing = Report(ref=str(root.pk), progress=Progress.RINGING, event_id="rings")
    apply(account_id=stage.account.pk, reports=[ringing], source=EventSource.POLL, now=stage.now)
    stage.wait(minutes=1)
    stage.tick("observe")
    ended(stage, row, 1)
    stage.wait(minutes=1)
    stage.tick("observe")
    known = [(call.ref, call.ring_no, call.progress) for call in vendor.looked]
    assert known == [(str(root.pk), 1, Progress.RINGING), (str(root.pk), 2, Progress.QUEUED)]


# ---- over


def test_the_last_ring_ends_the_contact_although_steps_are_left(stage: Stage, vendor: Vendor) -> None:
    row = started(stage)
    ended(stage, row, 1, is_last=True)
    assert (again(row).state, row.finish_reason, row.finish_detail) == (
        "finished",
        "exhausted",
        "no_further_ring",
    )
    assert story(row) == [(1, "ours", 1, "ended", None)]


def test_a_ring_told_later_to_be_the_last_ends_the_wait_for_the_next(stage: Stage, vendor: Vendor) -> None:
    row = started(stage)
    ended(stage, row, 1)
    assert story(row)[1:] == [(2, "native", 2, "pushed", 0)]
    ended(stage, row, 1, is_last=True)
    assert (again(row).finish_detail, second(row).state) == ("no_further_ring", "cancelled")


def test_a_plan_that_we_stopped_and_never_heard_so_goes_on_as_after_a_withdrawal(
    stage: Stage, vendor: Vendor
) -> None:
    row = started(stage)
    ended(stage, row, 1)
    Attempt.objects.filter(pk=second(row).pk).update(withdraw_tries=1)  # by a pause that was resumed
    ended(stage, row, 1, is_last=True)
    assert (again(row).state, row.next_step) == ("waiting", 0)


@pytest.mark.parametrize(("hours", "is_over"), [(2.4, False), (2.6, True)])
def test_a_ring_that_complete_looks_do_not_show_is_missed_some_time_after_it_was_due(
    stage: Stage, vendor: Vendor, hours: float, is_over: bool
) -> None:
    row = started(stage)
    ended(stage, row, 1)
    vendor.seen = only_first
    stage.wait(hours=hours)
    stage.tick("observe")
    assert again(row).state == "in_progress"  # one look may have been unlucky
    stage.wait(minutes=1)
    stage.tick("observe")
    assert (again(row).state == "finished", row.finish_detail) == (
        is_over,
        "no_further_ring" if is_over else "",
    )


@pytest.mark.parametrize("tells", ["the ring", "an unknown word", "half a list"])
def test_what_a_look_leaves_open_is_not_missed(stage: Stage, vendor: Vendor, tells: str) -> None:
    row = started(stage)
    ended(stage, row, 1)
    unknown = Report(ref=str(second(row).native_of_id), progress=Progress.UNKNOWN, event_id="?")
    vendor.seen = {"the ring": queued(2), "an unknown word": lambda call: [unknown]}.get(tells, only_first)
    vendor.is_complete = tells != "half a list"
    for _ in range(3):
        stage.wait(hours=2)
        stage.tick("observe")
    assert again(row).state == "in_progress"


def test_a_plan_whose_order_is_no_longer_there_is_over_before_its_next_ring_is_due(
    stage: Stage, vendor: Vendor
) -> None:
    row = started(stage)
    ended(stage, row, 1)
    for _ in range(2):
        stage.wait(minutes=2)
        stage.tick("observe")
    assert (again(row).state, row.finish_detail) == ("finished", "no_further_ring")


def test_a_ring_whose_order_was_taken_away_is_counted_with_an_unknown_end(
    stage: Stage, vendor: Vendor
) -> None:
    row = started(stage)
    root = Attempt.objects.get(campaign_contact=row)
    ringing = Report(ref=str(root.pk), progress=Progress.RINGING, event_id="rings")
    apply(account_id=stage.account.pk, reports=[ringing], source=EventSource.POLL, now=stage.now)
    for _ in range(2):
        stage.wait(minutes=2)
        stage.tick("observe")
    root.refresh_from_db()
    assert (root.state, root.result, again(row).state) == ("ended", "unknown", "finished")


def test_a_ring_that_was_held_by_a_pause_is_expected_from_the_resume_on(stage: Stage, vendor: Vendor) -> None:
    row = started(stage)
    ended(stage, row, 1)
    vendor.seen, vendor.answers = only_first, [Withdrawal.NOT_YET]
    campaigns.pause(campaign_id=stage.campaign.pk, now=stage.now)
    stage.tick("withdraw")
    stage.wait(hours=9)
    campaigns.resume(campaign_id=stage.campaign.pk, now=stage.now)
    assert (second(row).due_at, second(row).withdraw_why) == (stage.now, "")
