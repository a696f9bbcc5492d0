"""From when on campaign and contact gates are open together, and which of them held on the way."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from dialer.gates.campaign_gates import CAMPAIGN_GATES
from dialer.gates.eligibility import CONTACT_GATES, eligibility
from dialer.gates.opening import LIVE_GATES, once_a_gate, opening
from dialer.gates.sources import source_of, words_of
from dialer.gates.verdict import Verdict, allowed, held
from tests.gates.test_eligibility import NOON, OFFICE, account, campaign, candidate


def moved(found: tuple[Verdict, ...]) -> list[tuple[str, str | None]]:
    return [(one.gate, one.until and one.until.strftime("%d %H:%M")) for one in found]


def test_open_at_once() -> None:
    found = opening(candidate(), NOON)
    assert (found.at, found.stopped_by, found.seen) == (NOON, None, ())


def test_the_gates_on_the_way_are_told_once_each_with_their_last_end() -> None:
    facts = candidate(campaign(windows=(OFFICE,), observes_holidays=True))
    christmas = datetime(2026, 12, 25, 12, tzinfo=UTC)
    found = opening(facts, christmas)
    assert found.at == datetime(2026, 12, 29, 9, tzinfo=UTC)
    assert moved(found.seen) == [("holiday", "29 00:00"), ("window", "29 09:00")]


def test_a_campaign_that_starts_while_the_window_is_closed() -> None:
    starts_at = NOON + timedelta(hours=8)
    found = opening(candidate(campaign(windows=(OFFICE,), starts_at=starts_at)), NOON)
    assert found.at == datetime(2026, 3, 3, 9, tzinfo=UTC)
    assert moved(found.seen) == [("dates", "02 20:00"), ("window", "03 09:00")]


def test_a_campaign_that_ends_first() -> None:
    facts = campaign(windows=(OFFICE,), ends_at=datetime(2026, 3, 3, 9, tzinfo=UTC))
    found = opening(candidate(facts), datetime(2026, 3, 2, 18, tzinfo=UTC))
    assert found.at is None
    assert found.stopped_by is not None
    assert (found.stopped_by.gate, found.stopped_by.code) == ("dates", "ended")


def test_what_no_clock_ends_has_no_instant() -> None:
    found = opening(candidate(campaign(status="paused")), NOON)
    assert found.at is None
    assert found.stopped_by is not None
    assert found.stopped_by.code == "paused"


@pytest.mark.parametrize(
    ("facts", "wait"),
    [
        (candidate(is_busy=True), timedelta(seconds=10)),
        (candidate(campaign(account=account(room=0))), timedelta(seconds=1)),
        (
            candidate(campaign(account=account(health_state="open", probe_at=NOON + timedelta(minutes=1)))),
            timedelta(minutes=1),
        ),
    ],
)
def test_what_changes_by_the_second_is_asked_once(facts: object, wait: timedelta) -> None:
    assert opening(facts, NOON).at == NOON + wait  # type: ignore[arg-type]


def test_a_day_that_is_used_up_is_over_at_midnight() -> None:
    facts = campaign(daily_call_limit=1, calls_today=1)
    assert opening(candidate(facts), NOON).at == datetime(2026, 3, 3, tzinfo=UTC)


def test_what_is_seen_changes_no_verdict() -> None:
    facts = candidate(campaign(windows=(OFFICE,), observes_holidays=True))
    seen: list[Verdict] = []
    at = datetime(2026, 12, 25, 12, tzinfo=UTC)
    assert eligibility(facts, at, seen=seen) == eligibility(facts, at)
    assert {one.gate for one in seen} == {"holiday", "window"}


def test_the_hold_that_lasts_longest_is_kept() -> None:
    short, endless = held("a", "x", "", NOON), held("a", "y", "", None)
    later = replace(short, until=NOON + timedelta(hours=1))
    assert once_a_gate([short, later]) == (later,)
    assert once_a_gate([later, short]) == (later,)
    assert once_a_gate([short, endless, later]) == (endless,)


def test_every_gate_has_words_a_rule_and_a_source() -> None:
    names = {gate.name for gate in (*CAMPAIGN_GATES, *CONTACT_GATES)} | LIVE_GATES
    for name in names:
        source = source_of(allowed(name), campaign())
        assert words_of(allowed(name)) not in ("", "open"), name
        assert source.rule, name
        assert not source.text.startswith("the gate "), f"{name} is not described in sources.py"
