"""Own how far a world's clock may jump: to the next instant that some row names, further when nothing moves.

Jumping too far is only a late beat, which must never do harm; jumping too little costs real time.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from uuid import UUID

from tests.scenarios.simulation import policy
from tests.scenarios.simulation.judge import RING_SECONDS, TALK_SECONDS, is_over
from tests.scenarios.simulation.mirror import Picture

if TYPE_CHECKING:
    from tests.scenarios.simulation.world import World

#: Looks at a silent call, at a full account or at a busy person repeat; waiting for them grows up to this.
LONGEST_STRIDE = timedelta(hours=2)
SHORTEST_STRIDE = timedelta(seconds=1)
PATIENT = ("person_busy", "capacity")


def next_instant(world: World, others: list[datetime]) -> datetime:
    """Give the next instant worth a round; `others` are the world's own plans."""
    seen, now = world.picture(), world.now
    mark = tuple(sorted((str(row.id), row.state, row.sends) for row in seen.attempts.values()))
    mark += tuple(sorted((str(row.id), row.state) for row in seen.enrolments.values()))
    world.quiet = world.quiet + 1 if mark == world.last_mark else 0
    world.last_mark = mark
    stride = min(SHORTEST_STRIDE * 3 ** min(world.quiet, 9), LONGEST_STRIDE)
    ahead = [at for at in (*others, *_firm(world, seen)) if at > now]
    soft = [at for at in _soft(world, seen) if at > now]
    firm = min(ahead, default=now + LONGEST_STRIDE)
    wanted = max(min([*soft, firm]), now + stride)
    return max(min(firm, wanted), now + timedelta(milliseconds=200))


def _firm(world: World, seen: Picture) -> Iterator[datetime]:
    """List instants at which something really changes."""
    for row in seen.enrolments.values():
        if row.next_attempt_at is not None and row.hold_gate not in PATIENT:
            yield row.next_attempt_at
    for row in seen.attempts.values():
        if row.lease_until is not None:
            yield row.lease_until
    for row in seen.campaigns.values():
        yield from (at for at in (row.starts_at, row.ends_at) if at is not None)
        if row.daily_call_limit is not None:
            yield policy.day_of(row, world.now)[1]


def _soft(world: World, seen: Picture) -> Iterator[datetime]:
    """List instants at which the engine looks again, or a call comes on."""
    for row in seen.enrolments.values():
        if row.next_attempt_at is not None:
            yield max(row.next_attempt_at, world.now + SHORTEST_STRIDE)
    for row in seen.attempts.values():
        yield from (at for at in (row.look_after, row.withdraw_after) if at is not None)
    for row in seen.accounts.values():
        if row.probe_at is not None:
            yield row.probe_at
    untold = set()
    for entry in world.ledger.entries():
        attempt = seen.attempts.get(UUID(entry.ref))
        if entry.withdrawn_at is None:
            yield entry.rings_at
            yield entry.rings_at + timedelta(seconds=RING_SECONDS + TALK_SECONDS)
        if attempt is not None and attempt.is_live and is_over(entry, world.now):
            untold.add(attempt.campaign_id)
    for row in seen.campaigns.values():
        # A look that can only see what is known may as well come later.
        for at in (row.next_poll_at if row.id in untold else None, row.open_after):
            if at is not None:
                yield at


def is_wanted(name: str, seen: Picture, now: datetime) -> bool:
    """Say whether a tick would find something; the bell of one that would not may as well be lost."""
    live = [row for row in seen.attempts.values() if row.is_live]
    if name == "suppress":
        return any(row.applied_at is None for row in seen.suppressions.values())
    if name == "withdraw":
        return any(row.withdraw_after is not None for row in live)
    if name == "recover":
        return any(row.lease_until is not None and row.lease_until <= now for row in live)
    if name == "reconcile":
        return any(row.state == "indeterminate" for row in live)
    if name in ("observe", "give_up"):
        return bool(live)
    if name == "dispatch":
        return any(row.state == "waiting" and row.next_attempt_at <= now for row in seen.enrolments.values())
    if name == "probe":
        return any(row.health_state == "open" for row in seen.accounts.values())
    return True


def is_done(seen: Picture) -> bool:
    """Say whether nothing is left to happen: every contact of every started campaign is finished."""
    started = {row.id for row in seen.campaigns.values() if row.status not in ("draft",)}
    return all(row.state == "finished" for row in seen.enrolments.values() if row.campaign_id in started)
