"""Own what a simulated call comes to, and when: pure functions of its number, its push and the settings.

Never reads a clock or a ledger, so every process sees the same future and a run replays exactly.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256

from providers.vocabulary import Result

#: Endings with a fixed result. 05, 06 and 08 are answered once the fault they stand for is over.
_FIXED = {
    "00": Result.ANSWERED,
    "01": Result.NO_ANSWER,
    "02": Result.BUSY,
    "03": Result.VOICEMAIL,
    "05": Result.ANSWERED,
    "06": Result.ANSWERED,
    "08": Result.ANSWERED,
}
REFUSED_ENDING = "04"
LOST_AFTER_ENDING = "05"
THROTTLED_ENDING = "06"
SILENT_ENDING = "07"
LOST_BEFORE_ENDING = "08"

#: What all other numbers come to, in percent: near what outbound campaigns see, so that with two retries
#: about nine people of ten are reached and the rest exhaust their timeline.
MIX = (
    (Result.ANSWERED, 46),
    (Result.NO_ANSWER, 26),
    (Result.BUSY, 9),
    (Result.VOICEMAIL, 10),
    (Result.TRANSFERRED, 4),
    (Result.ABANDONED, 2),
    (Result.CARRIER_ERROR, 2),
    (Result.FAILED, 1),
)

#: Results for which something picked up; only those cost money.
_PICKED_UP = frozenset({Result.ANSWERED, Result.TRANSFERRED, Result.VOICEMAIL, Result.ABANDONED})
#: Results in which nothing ever rings out: the network says so at once.
_AT_ONCE = frozenset({Result.BUSY, Result.CARRIER_ERROR, Result.FAILED})


@dataclass(frozen=True, slots=True)
class Future:
    """The instants of one call; nobody picks up: `picked_up_at` is None; never told: `result` is None."""

    rings_at: datetime
    picked_up_at: datetime | None
    ends_at: datetime
    result: Result | None


def future_of(
    phone: str,
    accepted_at: datetime,
    rings_at: datetime,
    send_no: int,
    *,
    ring_seconds: float,
    talk_seconds: float,
) -> Future:
    """Give the instants of an accepted call: a pure function of its number, its push and the settings."""
    result = result_of(phone, accepted_at, send_no)
    ringing = 0.0 if result in _AT_ONCE else ring_seconds
    rung = rings_at + timedelta(seconds=ringing)
    if result in _PICKED_UP:
        talking = timedelta(seconds=talk_seconds)
        return Future(rings_at=rings_at, picked_up_at=rung, ends_at=rung + talking, result=result)
    return Future(rings_at=rings_at, picked_up_at=None, ends_at=rung, result=result)


def result_of(phone: str, pushed_at: datetime, send_no: int) -> Result | None:
    """Give what a call comes to, None if it never tells."""
    ending = phone[-2:]
    if ending == SILENT_ENDING:
        return None
    if ending in _FIXED:
        return _FIXED[ending]
    instant = pushed_at.astimezone(UTC).isoformat()
    digest = sha256(f"{phone}|{instant}|{send_no}".encode()).digest()
    place = int.from_bytes(digest[:4], "big") % sum(share for _, share in MIX)
    for result, share in MIX:
        if place < share:
            return result
        place -= share
    raise AssertionError("unreachable: `place` is below the sum of all shares")
