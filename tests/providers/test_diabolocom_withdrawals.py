"""How Diabolocom's adapter takes calls back: by exclusion, never by deletion, and never one that has rung."""

from __future__ import annotations

from dataclasses import replace

import pytest

from providers.errors import CampaignBlocked, Unavailable
from providers.testing import Fault
from providers.vocabulary import Result, Why, Withdrawal
from tests.providers.diabolocom_desk import V2, Desk, answer, handle, order, plan


def test_a_withdrawal_reads_excludes_and_reads_again() -> None:
    desk = Desk()
    campaign = desk.open()
    held = desk.pushed(campaign, order())
    desk.forget()
    assert desk.provider.withdraw(campaign, held, Why.PAUSE) is Withdrawal.WITHDRAWN
    assert desk.sent == [f"{verb} v2/4101/contacts/1" for verb in ("GET", "PUT", "GET")]
    assert desk.body(1) == {"excluded": True}
    report = desk.look(campaign, held)[0]
    assert (report.raw_status, report.result, report.started_at) == ("manual", Result.CANCELLED, None)


def test_a_call_that_begins_during_its_withdrawal_is_too_late_and_keeps_its_result() -> None:
    desk = Desk()
    campaign = desk.open()
    held = desk.pushed(campaign, order())
    desk.hand.put("PUT", "/contacts/1", lambda: desk.dial(0, Result.ANSWERED))
    assert desk.provider.withdraw(campaign, held, Why.SUPPRESSION) is Withdrawal.TOO_LATE
    assert desk.look(campaign, held)[0].result is Result.ANSWERED


def test_a_call_that_is_over_is_left_as_it_is() -> None:
    desk = Desk()
    campaign = desk.open()
    held = desk.pushed(campaign, order())
    desk.dial(0, Result.NO_ANSWER)
    desk.forget()
    assert desk.provider.withdraw(campaign, held, Why.SUPPRESSION) is Withdrawal.TOO_LATE
    assert [line for line in desk.sent if not line.startswith("GET")] == []
    assert desk.contact()["excluded"] is False


def test_a_redial_that_waits_is_taken_back() -> None:
    desk = Desk()
    campaign = desk.open(retry=plan(60, 2))
    held = desk.pushed(campaign, order(retry=plan(60, 2)))
    desk.dial(0, Result.BUSY)
    second = replace(held, ring_no=2)
    assert desk.provider.withdraw(campaign, second, Why.SUPPRESSION) is Withdrawal.WITHDRAWN
    assert desk.contact()["excluded"] is True
    assert desk.provider.withdraw(campaign, second, Why.SUPPRESSION) is Withdrawal.WITHDRAWN
    # What is known of the ring that was made stays known.
    assert [(each.ring_no, each.result) for each in desk.look(campaign, held)] == [(1, Result.FAILED)]


def test_a_native_call_that_reached_somebody_has_no_redial_to_take_back() -> None:
    desk = Desk()
    campaign = desk.open(retry=plan(60, 2))
    held = desk.pushed(campaign, order(retry=plan(60, 2)))
    desk.dial(0, Result.ANSWERED)
    assert desk.provider.withdraw(campaign, held, Why.SUPPRESSION) is Withdrawal.TOO_LATE
    assert desk.contact()["excluded"] is False


def test_a_call_is_taken_back_by_its_reference_when_the_receipt_was_lost() -> None:
    desk = Desk()
    campaign = desk.open()
    desk.push(campaign, order())
    assert desk.provider.withdraw(campaign, handle(order()), Why.PAUSE) is Withdrawal.WITHDRAWN
    assert desk.contact()["excluded"] is True


def test_a_withdrawal_in_a_campaign_that_is_gone_says_so() -> None:
    desk = Desk()
    campaign = desk.open()
    held = desk.pushed(campaign, order())
    desk.hand.put("GET", "/contacts/1", answer(404, text="error.campaign.not.exists"))
    with pytest.raises(CampaignBlocked):
        desk.provider.withdraw(campaign, held, Why.PAUSE)


def test_a_withdrawal_that_is_not_answered_may_be_repeated() -> None:
    desk = Desk()
    campaign = desk.open()
    held = desk.pushed(campaign, order())
    desk.wire.spoil(1, Fault.DROP_AFTER)
    with pytest.raises(Unavailable):
        desk.provider.withdraw(campaign, held, Why.PAUSE)
    assert desk.provider.withdraw(campaign, held, Why.PAUSE) is Withdrawal.WITHDRAWN


@pytest.mark.parametrize("written", ["text", "json"])
def test_a_contact_that_was_deleted_is_gone_however_errors_are_written(written: str) -> None:
    desk = Desk(error_body=written)
    campaign = desk.open()
    held = desk.pushed(campaign, order())
    desk.ask("DELETE", f"{V2}/4101/contacts/1")
    assert desk.provider.withdraw(campaign, held, Why.PAUSE) is Withdrawal.GONE
    assert desk.provider.observe(campaign, [held], None).reports == ()


def test_a_call_that_rings_is_left_alone() -> None:
    desk = Desk()
    campaign = desk.open(retry=plan(60, 2))
    held = desk.pushed(campaign, order(retry=plan(60, 2)))
    desk.dial(0, None)
    desk.forget()
    assert desk.provider.withdraw(campaign, held, Why.SUPPRESSION) is Withdrawal.TOO_LATE
    assert desk.sent == ["GET v2/4101/contacts/1"]


def test_a_ring_that_is_not_qualified_yet_keeps_its_result_and_has_no_redial() -> None:
    desk = Desk()
    campaign = desk.open(retry=plan(60, 2))
    held = desk.pushed(campaign, order(retry=plan(60, 2)))
    desk.change(1, triesNumber=1)
    assert desk.provider.withdraw(campaign, held, Why.SUPPRESSION) is Withdrawal.TOO_LATE
    assert desk.contact()["excluded"] is True


def test_a_redial_that_the_vendor_will_not_make_is_taken_back_as_well() -> None:
    desk = Desk()
    campaign = desk.open(retry=plan(60, 2))
    held = desk.pushed(campaign, order(retry=plan(60, 2)))
    desk.dial(0, Result.REJECTED)  # its wrap-up is `unreachable`
    assert [(each.ring_no, each.is_last) for each in desk.look(campaign, held)] == [(1, True)]
    assert desk.provider.withdraw(campaign, replace(held, ring_no=2), Why.SUPPRESSION) is Withdrawal.WITHDRAWN
    assert desk.contact()["excluded"] is True


def test_a_callback_that_waits_is_taken_back_although_somebody_was_reached() -> None:
    desk = Desk({"wrapup_results": {"Line engaged": "answered"}})
    campaign = desk.open(retry=plan(60, 2))
    held = desk.pushed(campaign, order(retry=plan(60, 2)))
    desk.dial(0, Result.BUSY)
    assert desk.provider.withdraw(campaign, replace(held, ring_no=2), Why.SUPPRESSION) is Withdrawal.WITHDRAWN
    assert desk.contact()["excluded"] is True


@pytest.mark.parametrize(("why", "excluded"), [(Why.PAUSE, False), (Why.SUPPRESSION, True)])
def test_a_ring_that_was_made_is_too_late_and_only_a_no_stops_its_redials_at_once(
    why: Why, excluded: bool
) -> None:
    desk = Desk()
    campaign = desk.open(retry=plan(60, 2))
    held = desk.pushed(campaign, order(retry=plan(60, 2)))
    desk.dial(0, Result.BUSY)
    assert [(each.ring_no, each.is_last) for each in desk.look(campaign, held)] == [(1, False)]
    assert desk.provider.withdraw(campaign, held, why) is Withdrawal.TOO_LATE
    assert desk.contact()["excluded"] is excluded
    assert [(each.ring_no, each.is_last) for each in desk.look(campaign, held)] == [(1, excluded)]


def test_a_ring_that_the_vendor_has_no_try_left_for_will_not_come() -> None:
    desk = Desk()
    campaign = desk.open(retry=plan(60, 1))
    held = desk.pushed(campaign, order(retry=plan(60, 1)))
    for _ in range(2):
        desk.dial(0, Result.BUSY)
    assert desk.provider.withdraw(campaign, replace(held, ring_no=3), Why.PAUSE) is Withdrawal.WITHDRAWN
    assert desk.provider.withdraw(campaign, replace(held, ring_no=2), Why.PAUSE) is Withdrawal.TOO_LATE
