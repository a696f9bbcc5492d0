"""How requests to one account are spaced: when the next one may go, and how many may go within a while.

Owns the arithmetic of a rate; never waits, and stores nothing.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import datetime, timedelta

#: Requests are sent so much further apart than the rate asks for. The provider counts them when they arrive: as long
#: as none takes a tenth of a second longer than another on its way (by clocks that may differ from machine to
#: machine), it never counts more than the rate in a second.
SPREAD = 1.1
#: More instants a second than this gain nothing: a faster account sends several requests at each of them.
INSTANTS_A_SECOND = 50
#: Nobody waits longer for a request than this; what stands further ahead was written by a clock that was set back.
LONGEST_WAIT = timedelta(minutes=1)
#: A rate that is lower still is a mistake, and must not lead to instants that no calendar holds.
LONGEST_GAP_SECONDS = 7 * 86_400.0
#: A rate that was slowed down to this factor is halved no further, however often a provider asks for it.
LEAST_FACTOR = 0.1


@dataclass(frozen=True, slots=True)
class Pace:
    """A rate, as instants of sending: `together` requests at each, `gap` after one another.

    Whatever factor held when an instant was booked, the next one is no more than `slowest` behind it.
    """

    together: int
    gap: timedelta
    slowest: timedelta

    def instant(self, next_at: datetime | None, now: datetime) -> datetime:
        """Give the first instant that is free, where `next_at` is the end of what is taken."""
        if next_at is None or next_at < now or next_at > now + LONGEST_WAIT + self.slowest:
            return now
        return next_at

    def free(self, next_at: datetime | None, now: datetime, ahead: timedelta) -> int:
        """Count the requests that may still be sent before `now + ahead`."""
        left = now + ahead - self.instant(next_at, now)
        return max(0, math.ceil(left / self.gap)) * self.together


def pace_of(rate: float, factor: float = 1.0) -> Pace:
    """Space a rate in requests a second; `factor` slows it down.

    Of a rate of 2.5 a second holds two: a third one would be too many in some second. A rate below one a second is
    one request in so many seconds.
    """
    whole = math.floor(rate) if rate >= 1 else rate
    together = max(1, math.floor(whole / INSTANTS_A_SECOND))
    instants = math.floor(whole / together) if rate >= 1 else rate
    # Just above the least factor it is halved once more.
    slowest = _gap(instants * min(factor, LEAST_FACTOR / 2))
    return Pace(together=together, gap=_gap(instants * factor), slowest=slowest)


def _gap(instants: float) -> timedelta:
    return timedelta(seconds=SPREAD / max(instants, SPREAD / LONGEST_GAP_SECONDS))


def until_turn(now: datetime, turn: timedelta, share: float) -> timedelta:
    """Say how long it is until the next of the turns that have this share of all time; nothing while one lasts.

    By the clock alone: all processes agree on the turns without telling each other.
    """
    period = turn / share
    into = timedelta(seconds=now.timestamp() % period.total_seconds())
    return timedelta(0) if into < turn else period - into
