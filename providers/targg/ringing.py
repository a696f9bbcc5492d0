"""Own which ring of an order a call object of Targg shows, where the vendor redials by itself.

Never keeps anything between two looks: ring numbers follow from the plan and from what is listed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from providers.targg.retries import Timeline
from providers.targg.words import WORDS
from providers.values import Handle
from providers.vocabulary import Progress

#: The least that each unit can come to, where clocks go forward and months are short.
_LEAST = {
    1: timedelta(hours=1),
    2: timedelta(hours=23),
    3: timedelta(hours=7 * 24 - 1),
    4: timedelta(hours=28 * 24 - 1),
    5: timedelta(hours=365 * 24 - 1),
}
#: How far the vendor's clock and ours may be apart, and an order's ring before its receipt; the shortest wait is
#: an hour, so nothing is mistaken for the ring before.
_TOLERANCE = timedelta(minutes=10)

#: A scheduled call with a telephone leg changed so much after it was made only if that leg rang.
_RANG_AFTER = timedelta(seconds=1)
_ID_DIGITS, _SECONDS_DIGITS = 24, 8


@dataclass(frozen=True, slots=True)
class Ring:
    """One ring of an order, and the call object that shows it."""

    number: int
    shown_by: Mapping[str, Any]
    is_proven_over: bool = False  # not shown as over any more, but it must be: the same object rings again

    @property
    def has_begun(self) -> bool:
        """Say whether the phone rang, as far as is known."""
        return self.is_proven_over or progress_of(self.shown_by).rank >= Progress.RINGING.rank


def rings_of(calls: Sequence[Mapping[str, Any]], timeline: Timeline, handle: Handle | None) -> list[Ring]:
    """Say which rings of an order its call objects, oldest first, show.

    Whether a retry reuses the call or makes a new one with the same externalId is not said (sheet: Gaps 3). A
    later object is a later ring. One object that rings again is told by when it last changed: the ring after the
    n-th wait can't have come before the first n waits were over. What waits or rings again has failed before:
    nothing else is redialed. Without a plan, or a usable `timestamp`, all is the first ring: then a redial is not
    seen, which counts too little, but ends nothing that still rings.
    """
    since = _ordered_at(calls[0], handle) if calls else None
    rings: list[Ring] = []
    for place, call in enumerate(calls, start=1):
        number = max(place, _by_time(call.get("timestamp"), timeline, since))
        if place == len(calls) and number <= len(timeline) and _waits_again(call, number, handle):
            number = max(number + 1, handle.ring_no if handle else 0)
        shown = rings[-1].number if rings else 0
        rings += [Ring(missed, call, is_proven_over=True) for missed in range(shown + 1, number)]
        rings.append(Ring(number, call))
    return rings


def progress_of(call: Mapping[str, Any]) -> Progress:
    """Give how far a call object has come by its word."""
    word = call.get("status")
    return WORDS.get(word if isinstance(word, str) else "", (Progress.UNKNOWN, None))[0]


def _waits_again(call: Mapping[str, Any], number: int, handle: Handle | None) -> bool:
    """Say whether a scheduled call has rung before, so that it waits for its next ring.

    It has if we saw that ring begin. Else its own fields tell: it has a telephone leg (`call_uuid`, in the document on
    calls that were made) and changed after it was made. That is inferred, so both are asked for.
    """
    if progress_of(call) is not Progress.QUEUED:
        return False
    if handle is not None and (handle.ring_no > number or _is_ringing(handle, number)):
        return True
    made, changed = _born_at(call), _instant(call.get("timestamp"))
    return bool(call.get("call_uuid")) and None not in (made, changed) and changed - made >= _RANG_AFTER  # type: ignore[operator]


def _is_ringing(handle: Handle, number: int) -> bool:
    return handle.ring_no == number and handle.progress.rank >= Progress.RINGING.rank


def _by_time(timestamp: Any, timeline: Timeline, since: datetime | None) -> int:
    changed = _instant(timestamp)
    if not timeline or since is None or changed is None:
        return 1
    passed = changed - since + _TOLERANCE
    number = 1
    for step in timeline:
        passed -= _LEAST[step["unit"]] * step["duration"]
        if passed < timedelta(0):
            break
        number += 1
    return number


def _ordered_at(first: Mapping[str, Any], handle: Handle | None) -> datetime | None:
    """Give the instant from which an order's waits count: when it was timed for, else when it was made.

    Preferably by the vendor's clock, whose `timestamp` it is compared with.
    """
    timed_for = _moment(handle.remote.get("not_before")) if handle else None
    made = _born_at(first) or (handle.pushed_at if handle else None)
    return max(timed_for, made) if timed_for and made else timed_for or made


def _born_at(call: Mapping[str, Any]) -> datetime | None:
    """Read when an object was made off its id: all ids of the document begin with that instant, as Mongo makes them.

    What lies after the object's last change is no such instant.
    """
    id_, changed = call.get("_id"), _instant(call.get("timestamp"))
    if not isinstance(id_, str) or len(id_) != _ID_DIGITS or changed is None:
        return None
    try:
        born = _instant(int(id_[:_SECONDS_DIGITS], 16))
    except ValueError:
        return None
    return born if born is not None and born <= changed else None


def _instant(seconds: Any) -> datetime | None:
    if not isinstance(seconds, int | float) or isinstance(seconds, bool):
        return None
    try:
        return datetime.fromtimestamp(seconds, UTC)
    except (ValueError, OverflowError, OSError):
        return None


def _moment(text: str | None) -> datetime | None:
    try:
        return datetime.fromisoformat(text) if text else None
    except ValueError:
        return None


def oldest_first(calls: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Sort an order's call objects by when they were made, as their `id_custom` (number_seconds) tells."""
    return sorted(calls, key=lambda call: (_made_at(call.get("id_custom")), call["_id"]))


def _made_at(id_custom: Any) -> int:
    text = id_custom.rpartition("_")[2] if isinstance(id_custom, str) else ""
    return int(text) if text.isascii() and text.isdigit() else 0
