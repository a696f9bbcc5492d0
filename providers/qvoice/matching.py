"""Own which lead of a number is the one that was pushed, and which dials in the activity were that lead's.

Never guesses: two leads that both may be meant are a doubt, and a dial that may be another lead's is nobody's.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import NamedTuple

from providers.contract import TOTAL_DEADLINE_SECONDS, Handle
from providers.qvoice.records import ActivityRecord, Lead, digits

#: `created` is whole seconds rounded down (the document's samples), so it may be that much before the request.
ROUNDING = 1.0
#: What is left between two clocks that are kept right, or after the vendor's `Date` told theirs: that header is
#: rounded down too, and takes its time. It is also how soon after an earlier lead of the number a new one must
#: not follow; polls and ticks make that longer anyway.
CLOCK_SLACK = 2.0
#: Without a `Date`, a clock may be wrong by as much as common log-ins tolerate (Kerberos: five minutes); a lead
#: that is older than the push by no more than this may still be ours. A `Date` further off is not believed.
MOST_CLOCK_ERROR = 300.0
#: With it, only the end of our own request is uncertain: a handle whose receipt was lost may name that instead.
REQUEST_SECONDS = TOTAL_DEADLINE_SECONDS

#: What a receipt (or a lost answer) leaves for later in the call's `remote`.
SENT_AT = "sent_at"  # unix seconds, by our clock, just before the request
REDIALS = "redials"  # how often the lead may be dialed again


class Found(NamedTuple):
    """The lead of a call; without one, the leads that may be it and may be not."""

    lead: Lead | None
    doubtful: tuple[Lead, ...] = ()


def find(handle: Handle, leads: Sequence[Lead], taken: Collection[str], clock_offset: float | None) -> Found:
    """Find a call's lead among those of its number; `taken` are the ids of other calls.

    By its id where it is known. Else the one lead that was created at or after the push: an older one is an
    earlier call's, and its end must never be told of this one.
    """
    if handle.remote_id is not None:
        return Found(next((lead for lead in leads if lead.id == handle.remote_id), None))
    free = [lead for lead in leads if lead.id not in taken]
    sent = sent_at(handle)
    if sent is None:
        return Found(None, tuple(free))
    sent += clock_offset or 0.0
    earliest = sent - ROUNDING - CLOCK_SLACK
    later = [lead for lead in free if lead.created is not None and lead.created >= earliest]
    if len(later) > 1:
        # Somebody else added the number too: ours came into being while our request was under way.
        latest = sent + REQUEST_SECONDS + CLOCK_SLACK
        within = [lead for lead in later if lead.created is not None and lead.created <= latest]
        later = within or later
    if later:
        return Found(later[0]) if len(later) == 1 else Found(None, tuple(later))
    doubted_from = earliest - (MOST_CLOCK_ERROR if clock_offset is None else REQUEST_SECONDS)
    return Found(None, tuple(lead for lead in free if lead.created is None or lead.created >= doubted_from))


def sent_at(handle: Handle) -> float | None:
    """Give when the lead was sent, as unix seconds by our clock."""
    try:
        return float(handle.remote[SENT_AT])
    except (LookupError, ValueError):
        return None if handle.pushed_at is None else handle.pushed_at.timestamp()


def redials_of(handle: Handle, lead: Lead, retries_offset: int) -> int:
    """Give how often a lead may be dialed again: as it was sent, else as far as the list tells."""
    told = handle.remote.get(REDIALS, "")
    return int(told) if told.isdecimal() else max(0, lead.retries - retries_offset)


def dials_by_number(records: Sequence[ActivityRecord], campaign_name: str) -> dict[str, list[ActivityRecord]]:
    """Sort one campaign's dials by the digits of their numbers; records of the same call are one dial."""
    calls: dict[object, ActivityRecord] = {}
    for record in records:
        if record.campaign_name != campaign_name or record.at is None:
            continue
        key = record.call_ids or (record.at, digits(record.lead_number))
        known = calls.get(key)
        if known is None or known.at is None or record.at < known.at:
            calls[key] = record
    found: dict[str, list[ActivityRecord]] = {}
    for record in calls.values():
        found.setdefault(digits(record.lead_number), []).append(record)
    return found


def dials_of(lead: Lead, others: Sequence[Lead], records: Sequence[ActivityRecord]) -> list[datetime]:
    """Give the instants of a lead's own dials, in order; both times are the vendor's, so no clock is compared.

    A dial belongs to the latest lead of its number; in the second in which one lead followed another it may be
    either's, and is left out.
    """
    if lead.created is None or any(other.created is None for other in others):
        return []
    created, rivals = lead.created, [other.created for other in others if other.created is not None]
    instants = [record.at for record in records if record.at is not None]
    return sorted(
        at
        for at in instants
        if int(at.timestamp()) >= created
        and not any(created <= rival <= at.timestamp() for rival in rivals)
        and not (int(at.timestamp()) == created and any(rival < created for rival in rivals))
    )
