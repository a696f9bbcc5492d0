"""Own one run of a world from its seed to its end, on tables that are empty before and after.

Raises AssertionError with the trace and the command that shows it again.
"""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from random import Random
from types import SimpleNamespace

from django.db import connection

from dialer import clock
from dialer.engine import accounts, dispatch
from dialer.models import ids
from tests.scenarios.simulation import ending, horizon
from tests.scenarios.simulation.invariants import faults_of_stats
from tests.scenarios.simulation.logs import captured
from tests.scenarios.simulation.workers import watched
from tests.scenarios.simulation.world import Broken, World

#: A world that is not at rest after this is stuck: the longest timelines, windows and pauses take some weeks.
LONGEST = timedelta(days=75)
MOST_ROUNDS = 2500
#: Children first, and last what triggers write while the others are emptied.
TABLES = (
    "dialer_providerevent",
    "dialer_feedevent",
    "dialer_suppression",
    "dialer_attempt",
    "dialer_campaigncontact",
    "dialer_contactphone",
    "dialer_contact",
    "dialer_campaign",
    "dialer_retrystep",
    "dialer_retrytimeline",
    "dialer_provideraccount",
    "dialer_heartbeat",
    "dialer_tallydelta",
    "dialer_tally",
)


@dataclass(frozen=True, slots=True)
class Ran:
    """What a world came to, for those who want to know that it did something."""

    seed: int
    rounds: int
    pushes: int
    rings: int
    killed: int
    turns: int
    days: float
    trace: tuple[str, ...]


def empty() -> None:
    """Empty the tables that a world fills."""
    with connection.cursor() as cursor:
        for table in TABLES:
            cursor.execute(f"DELETE FROM {table}")


@contextmanager
def _nothing_from_outside(world: World) -> Iterator[None]:
    """Let ids follow from the seed, for their order is the order of work, and time budgets from the world's clock."""
    rng = Random(f"ids {world.seed}")
    kept = ids.os, dispatch.time
    ids.os = SimpleNamespace(urandom=rng.randbytes)  # type: ignore[assignment]
    ids._last_ms = ids._counter = 0
    dispatch.time = SimpleNamespace(monotonic=lambda: world.now.timestamp())  # type: ignore[assignment]
    try:
        yield
    finally:
        ids.os, dispatch.time = kept


def run_world(seed: int, *, show: Callable[[str], None] | None = None) -> Ran:
    """Run the world of a seed to its end and judge it."""
    world = World(seed, show=show)
    empty()
    gc.disable()  # a world is short, and a tenth of its time would go into looking for cycles
    accounts.wrap_providers(world.wrap, ledger=world.ledger)
    try:
        with clock.using(lambda: world.now), _nothing_from_outside(world), captured() as lines:
            world.begin()
            with watched(world.floor):
                _to_quiescence(world)
            _judge_end(world)
            for fault in lines.faults(world.maker.numbers):
                world.fail(fault)
    except Broken as broken:
        raise AssertionError(str(broken)) from None
    finally:
        accounts.wrap_providers(None)
        empty()
        gc.enable()
    return Ran(
        seed=seed,
        rounds=world.rounds,
        pushes=world.pushes,
        rings=len(world.ledger.rings(world.now)),
        killed=world.floor.killed,
        turns=world.turns,
        days=(world.now - world.plan.begins) / timedelta(days=1),
        trace=tuple(world.trace),
    )


def _to_quiescence(world: World) -> None:
    while True:
        world.round()
        if world.is_calm() and not world.is_tidied:
            world.tidy()
        elif world.is_calm() and horizon.is_done(world.picture()):
            break
        world.advance()
        if world.now - world.plan.begins > LONGEST or world.rounds > MOST_ROUNDS:
            world.fail(
                f"not at rest after {world.now - world.plan.begins} and {world.rounds} rounds: {_stuck(world)}"
            )
    for _ in range(2):
        world.pass_time(timedelta(minutes=1))
        world.round(is_whole=True)


def _stuck(world: World) -> str:
    seen = world.picture()
    rows = [row for row in seen.enrolments.values() if row.state != "finished"]
    return "; ".join(
        f"{world.short(row.id)} {row.state} next {row.next_attempt_at} hold {row.hold_gate} in a campaign that is "
        f"{seen.campaigns[row.campaign_id].status} ({seen.campaigns[row.campaign_id].status_reason}), attempts "
        f"{[(a.state, a.result, a.sends, str(a.lease_until)) for a in seen.attempts_of(row.id)]}"
        for row in rows[:3]
    )


def _judge_end(world: World) -> None:
    seen = world.picture()
    for fault in world.watch.faults(seen, world.ledger, world.now):
        world.fail(fault)
    for fault in faults_of_stats(seen, world.now):
        world.fail(fault)
    for fault in ending.faults(world):
        world.fail(fault)
