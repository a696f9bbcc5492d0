"""Own which lead of a number is the one that was pushed, and which dials in the activity were that lead's.

Never guesses: what may be another call's end is a doubt, and a dial that may be another lead's is nobody's.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

from providers.contract import Handle
from providers.qvoice.configuration import CAPABILITIES
from providers.qvoice.mapping import progress_of
from providers.qvoice.records import ActivityRecord, Lead, digits
from providers.qvoice.sending import REDIALS, UNTOLD, Clock, Sending, Span, sending_of
from providers.vocabulary import Progress

#: How soon in practice the list shows a lead that was taken (not documented): until then what may be an earlier
#: call's lead is taken for that.
LISTED_WITHIN = 10.0
#: How long after it was sent the absence of a lead is believed.
ABSENT_AFTER = CAPABILITIES.visible_after.total_seconds()


@dataclass(frozen=True, slots=True)
class Look:
    """What is known of a look at the list, besides what it showed."""

    asked_at: float = 0.0  # unix seconds, by our clock
    clock: Clock = UNTOLD  # as the answers told it
    learned: Clock = UNTOLD  # as our own leads told it before
    is_part: bool = False  # the rest is read by another look
    first_seen: Mapping[str, float] = field(default_factory=dict)  # when leads were first seen, by our clock


class Found(NamedTuple):
    """The lead of a call; without one, the leads that may be it and may be not."""

    lead: Lead | None
    doubtful: tuple[Lead, ...] = ()


def find(handle: Handle, leads: Sequence[Lead], taken: Collection[str], look: Look) -> Found:
    """Find a call's lead among those of its number; `taken` are the ids of other calls.

    By its id where it is known. Else by what the engine grants, at most one live call a number: all earlier leads
    of ours were over before this one was sent. So it is the newest, unless that is over too and may be an earlier
    one, whose end must never be told of this call.
    """
    if handle.remote_id is not None:
        return Found(next((lead for lead in leads if lead.id == handle.remote_id), None))
    free = [lead for lead in leads if lead.id not in taken and lead.id not in handle.others]
    sending = sending_of(handle)
    if sending is None:
        return Found(None, tuple(free))
    if sending.is_exact:  # what was there before was not sent then
        free = [lead for lead in free if look.first_seen.get(lead.id, sending.start) >= sending.start]
    span = sending.span(look.clock, look.learned)
    newest = _newest([lead for lead in free if _created(lead) >= span.earliest], span)
    if newest is not None and (not is_over(newest) or _is_believed(newest, span, sending, look)):
        return Found(newest)
    return Found(None, tuple(lead for lead in free if _is_doubtful(lead, span, sending, look)))


def is_over(lead: Lead) -> bool:
    """Say whether a lead will not ring again."""
    return progress_of(lead) is Progress.ENDED


def _created(lead: Lead) -> float:
    return -math.inf if lead.created is None else lead.created


def _newest(since: Sequence[Lead], span: Span) -> Lead | None:
    """Give the newest lead that may be ours, unless another one contradicts that it is."""
    # Who adds the number later is somebody else; within one second, what is over came first.
    within = [lead for lead in since if _created(lead) <= span.latest] or since
    newest = max(within, key=lambda lead: (_created(lead), not is_over(lead), lead.id), default=None)
    if newest is None or not is_over(newest):
        return newest if all(is_over(lead) or lead is newest for lead in within) else None
    if len(within) < len(since) and not span.is_told:
        return None  # or the vendor's clock is far ahead, and the later one is ours
    same = [lead for lead in within if lead.created == newest.created]
    is_clear = all(is_over(lead) for lead in within) and len({lead.status for lead in same}) == 1
    return newest if is_clear else None


def _is_believed(lead: Lead, span: Span, sending: Sending, look: Look) -> bool:
    """Say whether the newest lead is ours though it is over, and not an earlier one while ours is not listed yet.

    What `created` leaves open, time tells: a lead that was taken is on the list soon.
    """
    created, was_taken = _created(lead), sending.end is not None
    if span.sure_from <= created and (created <= span.sure_until or not was_taken):
        return True
    if look.is_part or not (was_taken or created >= span.likely_from):
        return False
    return look.asked_at >= (sending.end or sending.start) + LISTED_WITHIN


def _is_doubtful(lead: Lead, span: Span, sending: Sending, look: Look) -> bool:
    """Say whether a lead may be ours: then ours is not absent."""
    if lead.created is None:
        return True
    if not is_over(lead) or lead.created >= span.likely_from:
        return lead.created >= span.doubted_from
    # By the clock it was over before ours was sent, and no absence could be proven if that never held. It holds once
    # our own leads have shown the clock: before that a slow one would have people called twice.
    if sending.end is not None or look.asked_at >= sending.start + ABSENT_AFTER:
        return False
    if sending.is_exact:
        return not look.learned.is_told and lead.created >= span.earliest
    return lead.created >= span.doubted_from


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
