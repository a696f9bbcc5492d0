"""What a business outcome makes of the end of a call: the contact's end, or one more step of its timeline.

Owns that reading, pure; who said the outcome and what is written are the engine's.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from dialer.rules.timeline import REACHED, Step, pick_step
from dialer.rules.transitions import FinishReason
from providers.vocabulary import Result

# No outcome brings these back: the person said no, or the attempt used no step.
_BEYOND_RETRY = frozenset({Result.DO_NOT_CALL, Result.CANCELLED})


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a disposition says of the contact; all false says nothing beyond the result."""

    code: str
    is_success: bool = False
    is_final: bool = False
    suppresses: bool = False
    retry: bool = False


def ending(result: Result, meaning: Meaning | None) -> FinishReason | None:
    """Give the reason for which a contact ends now; None leaves it to the timeline.

    A final outcome that is no success ends `reached` where the person was spoken to, `uncallable` where the number
    does not exist, else `exhausted`.
    """
    if result is Result.DO_NOT_CALL or (meaning is not None and meaning.suppresses):
        return FinishReason.SUPPRESSED
    if meaning is not None and meaning.is_success:
        return FinishReason.REACHED
    if meaning is not None and meaning.is_final and result not in REACHED:
        return FinishReason.UNCALLABLE if result is Result.INVALID_NUMBER else FinishReason.EXHAUSTED
    if meaning is not None and meaning.retry:
        return None
    return FinishReason.REACHED if result in REACHED else None


def next_step(
    steps: Sequence[Step], used: Collection[int], result: Result, meaning: Meaning | None
) -> int | None:
    """Give the step that follows: the timeline's own, else, where the outcome asks for a retry, the first unused."""
    index = pick_step(steps, used, result)
    if index is None and meaning is not None and meaning.retry and result not in _BEYOND_RETRY:
        return next((place for place in range(len(steps)) if place not in used), None)
    return index
