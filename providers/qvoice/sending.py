"""Own what is known of a request that added a lead, and where its `created` may lie by the vendor's clock.

Never looks at a lead. Steps of a timeline are a second at least, so a person's earlier lead is a second older.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from providers.contract import TOTAL_DEADLINE_SECONDS, Handle

#: `created` is whole seconds rounded down (the document's samples), so it may be that much before the request; and
#: so is the vendor's `Date`.
ROUNDING = 1.0
#: What is left between two clocks that are kept right, or between the vendor's `Date` and its `created`.
CLOCK_SLACK = 2.0
#: Without a `Date`, a clock may be wrong by as much as common log-ins tolerate (Kerberos: five minutes); a lead
#: that is older than the push by no more than this may still be ours. A `Date` further off is not believed.
MOST_CLOCK_ERROR = 300.0
#: With it, only the end of our own request is uncertain: a handle whose receipt was lost may name that instead.
REQUEST_SECONDS = TOTAL_DEADLINE_SECONDS

#: What a receipt (or a lost answer) leaves for later in the call's `remote`; times are unix seconds.
SENT_AT = "sent_at"  # by our clock, just before the request
ANSWERED_AT = (
    "answered_at"  # by our clock, after it: only a receipt has it, and so proves that there is a lead
)
VENDOR_AT = "vendor_at"  # the `Date` of the answer
REDIALS = "redials"  # how often the lead may be dialed again


class Clock(NamedTuple):
    """By how much the vendor's clock is ahead of ours, in seconds: between these two."""

    least: float = 0.0
    most: float = 0.0
    is_told: bool = False  # else it is taken for right

    def narrowed(self, other: Clock) -> Clock:
        """Take what both leave; where they contradict each other a clock was set, and the other one holds."""
        if not (self.is_told and other.is_told):
            return other if other.is_told else self
        both = Clock(max(self.least, other.least), min(self.most, other.most), is_told=True)
        return both if both.least <= both.most else other


#: A clock of which nothing is known.
UNTOLD = Clock()


def clock_of(date: float | None, asked: float, heard: float) -> Clock:
    """Read a `Date`, or the `created` of our own lead: it was made between asking and hearing, in that second."""
    if date is None or abs(date - heard) > MOST_CLOCK_ERROR:
        return UNTOLD
    return Clock(date - heard, date + ROUNDING - asked, is_told=True)


class Span(NamedTuple):
    """The times by which a lead's `created` is judged, all by the vendor's clock."""

    doubted_from: float  # before this it is certainly not ours
    earliest: float  # before this it is ours only if a clock is worse than we think
    likely_from: float  # before this it is an earlier call's, if the clock is what we think
    sure_from: (
        float  # from here to the next it can't be an earlier call's, unless the clock is not what we think
    )
    sure_until: float
    latest: float  # after this it is somebody else's
    is_told: bool  # the clock is known


@dataclass(frozen=True, slots=True)
class Sending:
    """One request that added a lead, or may have; times by our clock."""

    start: float
    is_exact: bool  # else it may be the end
    end: float | None = None  # it was accepted, and was over by then
    date: float | None = None  # of the answer, by the vendor's clock

    def span(self, told: Clock, learned: Clock) -> Span:
        """Give where `created` may lie, by the vendor's clock as its answers told it, and as our own leads did."""
        own = UNTOLD if self.end is None else clock_of(self.date, self.start, self.end)
        clock = told.narrowed(own).narrowed(learned)
        earliest = self.start + clock.least - ROUNDING - CLOCK_SLACK
        unsure = MOST_CLOCK_ERROR
        if clock.is_told:
            unsure = 0.0 if self.is_exact else REQUEST_SECONDS
        least, most = self.start + clock.least, self.start + clock.most
        end = clock.most + (self.start + REQUEST_SECONDS if self.end is None else self.end)
        return Span(
            doubted_from=earliest - unsure,
            earliest=earliest,
            likely_from=math.floor(least),
            # A clock that is told is ahead by less than its `most`.
            sure_from=math.ceil(most) - 1 if clock.is_told else math.floor(most),
            sure_until=self.date if own.is_told and self.date is not None and not learned.is_told else end,
            latest=end + CLOCK_SLACK,
            is_told=clock.is_told,
        )


def sending_of(handle: Handle) -> Sending | None:
    """Give what is known of a call's sending; None if nobody knows when it was."""
    start = _number(handle.remote, SENT_AT)
    if start is not None:
        return Sending(
            start, True, end=_number(handle.remote, ANSWERED_AT), date=_number(handle.remote, VENDOR_AT)
        )
    return None if handle.pushed_at is None else Sending(handle.pushed_at.timestamp(), False)


def written(at: datetime) -> str:
    """Write an instant for `remote`, exactly: seconds are compared after rounding them down."""
    return f"{at.timestamp():.6f}"


def _number(remote: Mapping[str, str], name: str) -> float | None:
    try:
        return float(remote[name])
    except (LookupError, ValueError):
        return None
