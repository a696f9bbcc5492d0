"""Own the telephone network of a sandbox: calls that wait, ring, are picked up and end, and who was rung when.

Never knows a vendor's words or requests; its ledger of rings is the witness that tests compare attempts with.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import IntEnum
from hashlib import sha256
from typing import Any

from providers.futures import MIX, SILENT_ENDING
from providers.values import NativeStep
from providers.vocabulary import Result, Unit

#: Results for which something picked up.
PICKED_UP = frozenset({Result.ANSWERED, Result.TRANSFERRED, Result.VOICEMAIL, Result.ABANDONED})
#: Endings of numbers with a fixed fate, as the simulator has them; 05, 06 and 08 are answered in the end.
FIXED = {
    "00": Result.ANSWERED,
    "01": Result.NO_ANSWER,
    "02": Result.BUSY,
    "03": Result.VOICEMAIL,
    "05": Result.ANSWERED,
    "06": Result.ANSWERED,
    "08": Result.ANSWERED,
}
_SECONDS = {Unit.SECOND: 1, Unit.MINUTE: 60, Unit.HOUR: 3600, Unit.DAY: 86_400, Unit.WEEK: 604_800}
#: Enough for a stand-in: nobody waits for a calendar month in a sandbox.
_SECONDS |= {Unit.MONTH: 30 * 86_400, Unit.YEAR: 365 * 86_400}


#: Ten thousand waiting calls take some milliseconds to look through: not at every request of a burst.
CROWD = 500
LOOK_EACH = timedelta(seconds=0.1)


class Stage(IntEnum):
    """Where a call is; only forward, but for a native redial, which waits again."""

    WAITING = 0
    RINGING = 1
    CONNECTED = 2
    ENDED = 3
    WITHDRAWN = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """How long the parts of a call take, in seconds."""

    wait: float = 1.0  # from being due to the first ring
    ring: float = 2.0
    talk: float = 3.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Ring:
    """A phone that rang."""

    phone: str  # digits
    ref: str | None
    campaign: str
    at: datetime
    ring_no: int
    call: str  # the vendor's id of the call


@dataclass(slots=True, kw_only=True, eq=False)
class Call:
    """One call that the vendor will make or has made; `word` overrides the vendor's word for it."""

    key: str  # the vendor's id
    phone: str  # digits
    ref: str | None
    campaign: str
    accepted_at: datetime
    due_at: datetime
    waits: tuple[NativeStep, ...] = ()
    stage: Stage = Stage.WAITING
    result: Result | None = None
    word: str | None = None
    changed_at: datetime
    is_held: bool = False  # its campaign did not dial when it was due
    ring_no: int = 0
    started_at: datetime | None = None
    answered_at: datetime | None = None
    ended_at: datetime | None = None
    facts: dict[str, Any] = field(default_factory=dict)  # what else a vendor keeps with it

    @property
    def seconds(self) -> float:
        """Give the length of the conversation."""
        if self.answered_at is None or self.ended_at is None:
            return 0.0
        return (self.ended_at - self.answered_at).total_seconds()

    @property
    def is_over(self) -> bool:
        """Say whether it will never ring again."""
        return self.stage >= Stage.ENDED


class Line:
    """All calls of one sandbox. Time passes in `advance` only, and calls then do what was due meanwhile."""

    def __init__(
        self,
        *,
        now: Callable[[], datetime],
        pace: Pace,
        may_dial: Callable[[Call], bool],
        again: Callable[[Call, Result], bool],
        changed: Callable[[Call], None],
        is_automatic: bool = True,
    ) -> None:
        self.now, self.pace, self.is_automatic = now, pace, is_automatic
        self._may_dial, self._again, self._changed = may_dial, again, changed
        self.calls: list[Call] = []
        self.rings: list[Ring] = []
        self.script: dict[str, list[Result]] = {}
        self._live: list[Call] = []
        self._looked_at: datetime | None = None
        self._by_phone: dict[str, list[Call]] = {}
        self._rung: dict[str, int] = {}

    def take(
        self,
        *,
        key: str,
        phone: str,
        campaign: str,
        ref: str | None = None,
        due_at: datetime | None = None,
        waits: Sequence[NativeStep] = (),
    ) -> Call:
        """Accept a call; it rings when it is due and its campaign may dial."""
        now = self.now()
        call = Call(
            key=key,
            phone=digits(phone),
            ref=ref,
            campaign=campaign,
            accepted_at=now,
            due_at=due_at or now,
            waits=tuple(waits),
            changed_at=now,
        )
        self.calls.append(call)
        self._live.append(call)
        self._by_phone.setdefault(call.phone, []).append(call)
        return call

    def of_phone(self, phone: str) -> list[Call]:
        """List the calls to a number, oldest first."""
        return list(self._by_phone.get(digits(phone), ()))

    def withdraw(self, call: Call) -> bool:
        """Take a call back; False if it rings or is over. A redial that waits can be taken back."""
        if call.stage is not Stage.WAITING:
            return call.stage is Stage.WITHDRAWN
        self._move(call, Stage.WITHDRAWN, self.now())
        return True

    def redirect(self, call: Call, phone: str) -> None:
        """Let a call ring another number of its person, from its next ring on."""
        call.phone = digits(phone)
        known = self._by_phone.setdefault(call.phone, [])
        if call not in known:
            known.append(call)

    def advance(self) -> None:
        """Let every call do what its time has come for, in the order of the instants."""
        if not self.is_automatic:
            return
        now = self.now()
        is_crowded = len(self._live) > CROWD and self._looked_at is not None
        if is_crowded and timedelta(0) <= now - self._looked_at < LOOK_EACH:  # type: ignore[operator]
            return
        self._looked_at = now
        for call in self._live:
            while not call.is_over and self._step(call, now):
                pass
        self._live = [call for call in self._live if not call.is_over]

    def move(self, call: Call, due_at: datetime) -> None:
        """Let a waiting call be due at another instant."""
        call.due_at = due_at

    def dial(self, phone: str, result: Result | str | None) -> None:
        """Ring the latest call of a number by hand; end it with a result or show a vendor's own word."""
        call = self.of_phone(phone)[-1]
        now = self.now()
        if isinstance(result, str) and not isinstance(result, Result):
            call.word, call.changed_at = result, now
            self._changed(call)
            return
        if call.stage is Stage.WAITING:
            self._ring(call, now)
        if result is not None:
            if result in PICKED_UP and call.stage is Stage.RINGING:
                self._pick_up(call, now)
            self._end(call, result, now)

    def outcome(self, call: Call) -> Result | None:
        """Give what this ring will come to: by script, by the number's ending, else by hash; None = no end."""
        scripted = self.script.get(call.phone)
        if scripted:
            return scripted[min(self._rung.get(call.phone, 1), len(scripted)) - 1]
        ending = call.phone[-2:]
        if ending == SILENT_ENDING:
            return None
        return FIXED.get(ending) or _by_hash(call.phone, call.ring_no)

    def _step(self, call: Call, now: datetime) -> bool:
        if call.stage is Stage.WAITING:
            at = call.due_at + timedelta(seconds=self.pace.wait)
            if at > now:
                return False
            if not self._may_dial(call):
                call.is_held = True
                return False
            self._ring(call, now if call.is_held else at)
            return True
        result = self.outcome(call)
        if result is None:
            return False
        if call.stage is Stage.RINGING:
            at = call.changed_at + timedelta(seconds=self.pace.ring)
            if at > now:
                return False
            self._pick_up(call, at) if result in PICKED_UP else self._end(call, result, at)
            return True
        at = call.changed_at + timedelta(seconds=self.pace.talk)
        if at > now:
            return False
        self._end(call, result, at)
        return True

    def _ring(self, call: Call, at: datetime) -> None:
        call.ring_no += 1
        call.is_held = False
        self._rung[call.phone] = self._rung.get(call.phone, 0) + 1
        call.started_at, call.answered_at, call.ended_at, call.result = at, None, None, None
        self.rings.append(
            Ring(
                phone=call.phone,
                ref=call.ref,
                campaign=call.campaign,
                at=at,
                ring_no=call.ring_no,
                call=call.key,
            )
        )
        self._move(call, Stage.RINGING, at)

    def _pick_up(self, call: Call, at: datetime) -> None:
        call.answered_at = at
        self._move(call, Stage.CONNECTED, at)

    def _end(self, call: Call, result: Result, at: datetime) -> None:
        call.result, call.ended_at = result, at
        self._move(call, Stage.ENDED, at)
        if call.ring_no <= len(call.waits) and self._again(call, result):
            call.due_at = at + wait_of(call.waits[call.ring_no - 1])
            self._move(call, Stage.WAITING, at)

    def _move(self, call: Call, stage: Stage, at: datetime) -> None:
        call.stage, call.changed_at, call.word = stage, at, None
        self._changed(call)


def digits(phone: str) -> str:
    """Give the digits of a number, as phones are compared."""
    return re.sub(r"\D", "", phone)


def wait_of(step: NativeStep) -> timedelta:
    """Give a native step's wait; calendar units roughly, as nobody waits that long here."""
    return timedelta(seconds=step.amount * _SECONDS[step.unit])


def _by_hash(phone: str, ring_no: int) -> Result:
    place = int.from_bytes(sha256(f"{phone}|{ring_no}".encode()).digest()[:4], "big")
    shares: Mapping[Result, int] = dict(MIX)
    place %= sum(shares.values())
    for result, share in shares.items():
        if place < share:
            return result
        place -= share
    raise AssertionError("unreachable: `place` is below the sum of all shares")
