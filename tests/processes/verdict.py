"""What must hold when the calls are over: rings and attempts one to one, nobody twice, nobody forgotten.

Owns these assertions; the ledger of the provider is believed, not our tables.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from uuid import UUID

from tests.processes.prepare import CALLS, STEPS
from tests.processes.stage import Stage

#: Attempts that never rang: not taken by the provider, or taken back.
NEVER_RANG = {"rejected", "cancelled"}


def assert_rings_are_our_attempts(stage: Stage) -> None:
    """No attempt rang twice, none that counts did not ring, and nothing rang without one."""
    rings = Counter(UUID(ring.ref) for ring in stage.rings())
    twice = [ref for ref, count in rings.items() if count > 1]
    rows = stage.read("SELECT id, state FROM dialer_attempt")
    counted = {UUID(str(key)) for key, state in rows if state not in NEVER_RANG}

    assert twice == []
    assert set(rings) == counted


def assert_everybody_is_finished(stage: Stage, people: int) -> None:
    """Everybody ended for a reason, nothing is live, and counters equal the attempts."""
    ended = stage.read(
        "SELECT count(*) FROM dialer_campaigncontact WHERE state = 'finished' AND finish_reason <> ''"
    )
    live = stage.read("SELECT count(*) FROM dialer_attempt WHERE is_live")
    miscounted = stage.read(
        "SELECT c.id FROM dialer_campaigncontact c WHERE c.attempt_count <>"
        " (SELECT count(*) FROM dialer_attempt a WHERE a.campaign_contact_id = c.id)"
    )
    # Another campaign may have found out that a number does not exist.
    forgotten = stage.read(
        "SELECT id FROM dialer_campaigncontact WHERE attempt_count = 0 AND finish_reason <> 'uncallable'"
    )

    assert ended == [(people,)]
    assert live == [(0,)]
    assert miscounted == []
    assert forgotten == []


def assert_nobody_was_called_too_often(stage: Stage) -> None:
    """Nobody got more calls than the timeline has, within one campaign."""
    per_contact = stage.read(
        "SELECT campaign_contact_id, count(*) FROM dialer_attempt"
        " WHERE state NOT IN ('rejected', 'cancelled') GROUP BY campaign_contact_id"
    )
    assert max(count for _, count in per_contact) <= len(STEPS) + 1


def assert_no_number_had_two_calls_at_once(stage: Stage) -> None:
    """By the provider's own times no number rang while another call to it was on."""
    shortest = CALLS["ring_after_seconds"]
    ends = {
        UUID(str(key)): at
        for key, at in stage.read("SELECT id, ended_at FROM dialer_attempt WHERE ended_at IS NOT NULL")
    }
    calls = defaultdict(list)
    for ring in stage.rings():
        calls[ring.phone].append((ring.at, ends[UUID(ring.ref)]))
    overlaps = [
        (first, second)
        for times in calls.values()
        for first, second in zip(sorted(times), sorted(times)[1:], strict=False)
        # The next call was pushed `ring_after_seconds` before it rang.
        if (second[0] - first[1]).total_seconds() < shortest
    ]
    assert overlaps == []
