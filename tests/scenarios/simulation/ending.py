"""Own the last judgement: every contact ended for the reason that its calls and people gave, every ring has its row.

Replays each timeline by hand from the attempts' results; shares no code with the product's rules.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import TYPE_CHECKING
from uuid import UUID

from tests.scenarios.simulation import policy
from tests.scenarios.simulation.invariants import result_of
from tests.scenarios.simulation.judge import UNCOUNTED, is_settled
from tests.scenarios.simulation.mirror import Picture, Row

if TYPE_CHECKING:
    from tests.scenarios.simulation.world import World

#: What a step without names follows.
RETRYABLE = ("no_answer", "busy", "voicemail", "abandoned", "carrier_error", "failed")
REACHED = ("answered", "transferred")
LOOK_AHEAD = timedelta(days=60)


def faults(world: World) -> Iterator[str]:
    """Name what does not add up at the end of a world."""
    seen = world.picture()
    yield from _of_ledger(world, seen)
    for row in sorted(seen.enrolments.values(), key=lambda row: row.id):
        if row.state == "finished":
            for fault in _of_end(world, seen, row):
                yield f"contact {world.short(row.id)} finished {row.finish_reason} ({row.finish_detail}): {fault}"
    peopled = {row.campaign_id for row in seen.enrolments.values()}
    for campaign in seen.campaigns.values():
        if campaign.status == "running" and campaign.status_reason != "idle":
            yield f"a campaign with nothing left to do says {campaign.status_reason!r}"
        if campaign.status == "running" and campaign.auto_complete and campaign.id in peopled:
            yield "an idle campaign did not complete by itself"


def _of_ledger(world: World, seen: Picture) -> Iterator[str]:
    rung = [UUID(ring.ref) for ring in world.ledger.rings(world.now)]
    counted = {row.id: row for row in seen.attempts.values() if row.state not in UNCOUNTED}
    if len(set(rung)) != len(rung):
        yield "a reference rang twice"
    if not set(rung) <= counted.keys():
        yield f"{len(set(rung) - counted.keys())} rings are not among the attempts that count"
    for key in counted.keys() - set(rung):
        if not is_settled(counted[key]):
            yield f"attempt {world.short(key)} ({counted[key].state}, {counted[key].result}) never rang"


def _of_end(world: World, seen: Picture, row: Row) -> Iterator[str]:
    campaign = seen.campaigns[row.campaign_id]
    since = world.watch.rearmed_at.get(row.id, 0)
    mine = [a for a in seen.attempts_of(row.id) if a.sequence > since and a.state != "cancelled"]
    used: list[int] = []
    results = [_decided_on(world, attempt) for attempt in mine]
    for place, attempt in enumerate(mine):
        following = mine[place + 1] if place + 1 < len(mine) else None
        if attempt.step is not None:
            used.append(attempt.step)
        expected = _next_step(campaign.frozen_steps or [], used, results[place])
        if following is not None and following.step != expected:
            yield f"after {results[place]} came step {following.step}, not {expected}"
    last = results[-1] if mine else ""
    more = _next_step(campaign.frozen_steps or [], used, last) if mine else 0
    yield from _of_reason(world, seen, row, last, more)


def _decided_on(world: World, attempt: Row) -> str:
    """Give the result that the timeline went by: a late report may have told more of an unknown end since."""
    if attempt.reason == "settled by hand":
        return world.watch.settled[attempt.id]
    if attempt.reason == "given_up":
        return "unknown"
    return str(world.watch.over[attempt.id][2])


def _was_told_late(world: World, attempt: Row) -> bool:
    """Say whether a report told that somebody was reached after the call had ended unknown, as the ledger has it.

    Whether the time limit or a person ended it: of an end, only `unknown` may still be refined.
    """
    entry = world.ledger.entry(str(attempt.id))
    return (
        attempt.result in REACHED
        and _decided_on(world, attempt) == "unknown"
        and entry is not None
        and result_of(entry, world.now) == attempt.result
    )


def _next_step(steps: list[dict[str, object]], used: list[int], result: str) -> int | None:
    for index, step in enumerate(steps):
        if index not in used and result in (step["on"] or RETRYABLE):  # type: ignore[operator]
            return index
    return None


def _of_reason(world: World, seen: Picture, row: Row, last: str, more: int | None) -> Iterator[str]:
    campaign, reason = seen.campaigns[row.campaign_id], row.finish_reason
    acts = world.watch.acts[row.id]
    if reason == "reached" and any(_was_told_late(world, a) for a in seen.attempts_of(row.id)):
        return
    has_reached = last in REACHED
    if has_reached != (reason == "reached") and not (has_reached and _ended_meanwhile(row)):
        yield f"its last call was {last or 'none'}"
    if reason == "exhausted" and more is not None and not _cap_is_full(seen, row, campaign):
        yield f"step {more} is left after {last or 'nothing'}"
    if reason == "suppressed" and not _was_listed(seen, row) and last != "do_not_call":
        yield "nobody suppressed it"
    if reason == "excluded" and "exclude" not in acts:
        yield "nobody excluded it"
    if reason == "cancelled" and "cancel" not in acts and campaign.status not in ("completed", "archived"):
        yield "nobody cancelled it"
    if reason == "expired" and not _too_late(row, campaign, world, more):
        yield "no date has passed"
    is_known = campaign.id not in world.watch.changed  # else nobody knows which windows it ended by
    if reason == "uncallable" and is_known and last != "invalid_number" and _is_callable(seen, row, campaign):
        yield f"a number is usable (last result {last or 'none'})"


def _ended_meanwhile(row: Row) -> bool:
    """A contact that was to end for another reason may keep it although its last call was answered."""
    return bool(row.finish_reason in ("suppressed", "excluded", "cancelled", "expired"))


def _cap_is_full(seen: Picture, row: Row, campaign: Row) -> bool:
    most = campaign.max_attempts_per_contact
    counted = [a for a in seen.attempts_of(row.id) if a.state not in UNCOUNTED]
    return most is not None and len(counted) >= most


def _was_listed(seen: Picture, row: Row) -> bool:
    numbers = {phone.number for phone in seen.phones_of(row.contact_id)}
    return any(
        entry.contact_id == row.contact_id or entry.number in numbers for entry in seen.suppressions.values()
    )


def _too_late(row: Row, campaign: Row, world: World, more: int | None) -> bool:
    """Say whether a date has passed, or lies before the call that was to follow."""
    dates = [at for at in (row.not_after, campaign.ends_at) if at is not None]
    return any(at <= world.now for at in dates) or (bool(dates) and more is not None)


def _is_callable(seen: Picture, row: Row, campaign: Row) -> bool:
    """Look for an hour in the weeks after the end at which the number whose turn it was may ring.

    Without any hour in common for one number the contact ends, whatever its other numbers are.
    """
    person = seen.people[row.contact_id]
    for phone in seen.phones_of(person.id):
        if row.finish_detail == "no_common_window" and phone.id != row.next_phone_id:
            continue
        if phone.do_not_disturb or phone.uncallable_at is not None:
            continue
        at = row.finished_at
        while at < row.finished_at + LOOK_AHEAD:
            if not policy.closed(campaign, person, phone.number, at):
                return True
            at += timedelta(minutes=15)
    return False
