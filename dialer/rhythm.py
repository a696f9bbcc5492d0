"""All periodic steps of the product: the engine's and those above it, in one list.

Owns the list that Celery's beat, the embedded loop, `manage.py tick` and readiness share; never what a step does.
"""

from __future__ import annotations

from datetime import datetime

from django.conf import settings

from dialer.engine import ticks as engine
from dialer.engine.ticks import Round, Tick
from dialer.feed import numbering
from dialer.feed.deliver import deliver_due
from dialer.feed.fanout import fan_out
from dialer.intake.jobs import run_due
from dialer.reports import tallies

#: Seldom enough to cost nothing; a beat that is restarted every hour still gets to it.
TRIM_EACH_SECONDS = 600


def _feed(now: datetime) -> int:
    return numbering.number_due() + fan_out(now=now)


TICKS: tuple[Tick, ...] = (
    *engine.TICKS,
    Tick("jobs", settings.DIALER_TICK_SECONDS, "bulk", lambda now: run_due(now=now)),
    Tick("feed", settings.DIALER_TICK_SECONDS, "watch", _feed),
    Tick("deliver", settings.DIALER_TICK_SECONDS, "bulk", lambda now: deliver_due(now=now)),
    Tick("trim_feed", TRIM_EACH_SECONDS, "bulk", lambda now: numbering.trim(now=now)),
    # Reading sums what is not folded yet, so this may be late; some thousand deltas cost it a millisecond or two.
    Tick("tallies", settings.DIALER_TICK_SECONDS * 5, "watch", lambda now: tallies.fold()),
    Tick("empty_tallies", 86_400, "bulk", lambda now: tallies.forget_empty()),
)


def run_one(name: str, now: datetime) -> int:
    """Run one step now; returns how many things it did."""
    tick = next(tick for tick in TICKS if tick.name == name)
    done = tick.run(now)
    engine.beat(name, now)
    return done


def run(now: datetime) -> Round:
    """Run every step once, in order, in this process."""
    return Round(done={tick.name: run_one(tick.name, now) for tick in TICKS})
