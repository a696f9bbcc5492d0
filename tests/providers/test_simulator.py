"""The simulator's promises: endings, times, refusals, and futures that every process computes alike."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from providers import registry
from providers.contract import CallOrder, CampaignSpec, Handle, Observation, Provider, Receipt, Report
from providers.errors import Ambiguous, CampaignBlocked, Throttled
from providers.futures import result_of
from providers.ledger import MemoryLedger
from providers.vocabulary import Progress, Result, Why, Withdrawal

START = datetime(2026, 6, 1, 12, 0, tzinfo=UTC)


class Stage:
    """One simulator on a clock that stands still."""

    def __init__(self, **settings: Any) -> None:
        self.at = START
        self.ledger = MemoryLedger()
        self.settings = settings
        self.campaign = self.simulator().open_campaign(CampaignSpec(ref="c", name="Demo"))

    def simulator(self) -> Provider:
        return registry.build(
            "simulator", credentials={}, settings=self.settings, now=lambda: self.at, ledger=self.ledger
        )

    def push(self, ending: str, send_no: int = 1, ref: str = "r") -> Receipt:
        order = CallOrder(ref=ref, phone=f"+120255501{ending}", send_no=send_no)
        return self.simulator().push(self.campaign, [order])[0]

    def look(self, ref: str = "r") -> Observation:
        handle = Handle(ref=ref, phone="+12025550100")
        return self.simulator().observe(self.campaign, [handle], None)

    def report(self, after: float) -> Report:
        self.at = START + timedelta(seconds=after)
        return self.look().reports[0]


@pytest.mark.parametrize(
    ("ending", "result"),
    [
        ("00", Result.ANSWERED),
        ("01", Result.NO_ANSWER),
        ("02", Result.BUSY),
        ("03", Result.VOICEMAIL),
    ],
)
def test_the_last_two_digits_choose_the_result(ending: str, result: Result) -> None:
    stage = Stage()
    assert stage.push(ending).accepted is True
    assert stage.report(60).result is result


def test_04_is_refused_and_never_rings() -> None:
    stage = Stage()
    receipt = stage.push("04")
    assert (receipt.accepted, receipt.result) == (False, Result.INVALID_NUMBER)
    assert stage.ledger.entries() == []
    assert stage.look() == Observation(complete=True)


def test_05_is_accepted_although_the_answer_is_lost() -> None:
    stage = Stage()
    with pytest.raises(Ambiguous):
        stage.push("05")
    assert len(stage.ledger.entries()) == 1
    assert stage.report(60).result is Result.ANSWERED


def test_06_is_throttled_on_the_first_request_only() -> None:
    stage = Stage()
    with pytest.raises(Throttled) as caught:
        stage.push("06")
    assert caught.value.retry_after == 1.0
    assert stage.ledger.entries() == []
    assert stage.push("06", send_no=2).accepted is True


def test_07_rings_and_never_tells() -> None:
    stage = Stage()
    stage.push("07")
    assert stage.report(1_000_000).progress is Progress.QUEUED
    assert len(stage.ledger.rings(stage.at)) == 1


def test_08_is_lost_on_the_first_request_and_not_accepted() -> None:
    stage = Stage()
    with pytest.raises(Ambiguous):
        stage.push("08")
    assert stage.look() == Observation(complete=True)
    assert stage.push("08", send_no=2).accepted is True
    assert stage.report(60).result is Result.ANSWERED


def test_a_call_lives_by_the_settings() -> None:
    stage = Stage(
        ring_after_seconds=2, ring_seconds=10, talk_seconds=30, cost_per_second=0.01, currency="EUR"
    )
    stage.push("00")
    told = [stage.report(after).progress for after in (0, 1.999999, 2, 11.999999, 12, 41.999999, 42)]
    assert told == [
        Progress.QUEUED,
        Progress.QUEUED,
        Progress.RINGING,
        Progress.RINGING,
        Progress.CONNECTED,
        Progress.CONNECTED,
        Progress.ENDED,
    ]
    last = stage.report(1000)
    assert (last.started_at, last.answered_at, last.ended_at) == (
        START + timedelta(seconds=2),
        START + timedelta(seconds=12),
        START + timedelta(seconds=42),
    )
    assert (last.seconds, last.cost, last.currency) == (30.0, Decimal("0.3"), "EUR")
    assert (last.ring_no, last.raw_status, last.ref) == (1, "answered", "r")


def test_what_nobody_picks_up_costs_nothing() -> None:
    stage = Stage()
    stage.push("01")
    last = stage.report(60)
    assert (last.answered_at, last.seconds, last.cost) == (None, 0.0, Decimal(0))


def test_a_withdrawn_call_is_reported_as_cancelled() -> None:
    stage = Stage()
    stage.push("00")
    handle = Handle(ref="r", phone="+12025550100")
    assert stage.simulator().withdraw(stage.campaign, handle, Why.PAUSE) is Withdrawal.WITHDRAWN
    last = stage.report(60)
    assert (last.progress, last.result, last.ended_at) == (Progress.ENDED, Result.CANCELLED, START)
    assert stage.ledger.rings(stage.at) == []


def test_a_call_that_rings_can_not_be_taken_back() -> None:
    stage = Stage()
    stage.push("00")
    stage.at += timedelta(seconds=1)
    handle = Handle(ref="r", phone="+12025550100")
    assert stage.simulator().withdraw(stage.campaign, handle, Why.PAUSE) is Withdrawal.TOO_LATE


def test_every_process_sees_the_same_future() -> None:
    stages = [Stage(), Stage()]
    for stage in stages:
        stage.push("55")
    assert stages[0].report(60) == stages[1].report(60)


def test_other_endings_come_to_a_plausible_mix_and_retries_differ() -> None:
    phones = [f"+1202555{number:03d}{ending}" for number in range(100) for ending in range(10, 60)]
    first = [result_of(phone, START, 1) for phone in phones]
    shares = Counter(first)
    assert 0.42 < shares[Result.ANSWERED] / len(phones) < 0.50
    assert 0.22 < shares[Result.NO_ANSWER] / len(phones) < 0.30
    assert None not in shares
    second = [result_of(phone, START + timedelta(hours=2), 1) for phone in phones]
    assert sum(before != after for before, after in zip(first, second, strict=True)) > len(phones) / 2


def test_two_retries_reach_most_and_leave_some() -> None:
    reached = 0
    for number in range(500):
        phone = f"+12025{number:03d}{10 + number % 90}"
        tries = [result_of(phone, START + timedelta(minutes=number + 7 * turn), 1) for turn in range(3)]
        reached += any(result in (Result.ANSWERED, Result.TRANSFERRED) for result in tries)
    assert 400 < reached < 480


def test_a_campaign_that_it_never_made_is_blocked_everywhere() -> None:
    stage = Stage()
    simulator = stage.simulator()
    with pytest.raises(CampaignBlocked):
        simulator.open_campaign(CampaignSpec(ref="c", name="n", remote_id="foreign"))
    assert simulator.open_campaign(CampaignSpec(ref="c", name="n", remote_id="sim-x")).remote_id == "sim-x"


def test_a_repeated_push_is_a_second_ring_in_the_ledger() -> None:
    stage = Stage()
    stage.push("00")
    stage.push("00")
    stage.at += timedelta(seconds=60)
    assert len(stage.ledger.rings(stage.at)) == 2
    assert len(stage.look().reports) == 1
