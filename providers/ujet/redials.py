"""Own what an end means in a campaign that rings again by itself, and which ring of a contact a status speaks of.

UJET counts no rings and tells no times, so the memory of earlier looks travels in the campaign's cursor. Asks nobody.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from providers.ujet.words import announces_redial, may_be_followed, meaning_of
from providers.vocabulary import Progress, Result

#: What nobody asked about for so long was withdrawn or given up: forget it, or cursors would grow for ever.
FORGET_AFTER_SECONDS = 7 * 86_400


class Phase(StrEnum):
    """Where a remembered contact was at the last look."""

    ON = "on"  # this ring is on
    OVER = "over"  # it ended in a way that a redial may follow
    DUE = "due"  # the vendor has announced this ring


@dataclass(frozen=True, slots=True)
class _Memory:
    ring_no: int
    phase: Phase
    since: int  # seconds since 1970, of the first look at this phase


@dataclass(frozen=True, slots=True, kw_only=True)
class Sight:
    """What a status means at this look."""

    progress: Progress
    result: Result | None = None
    ring_no: int = 1
    is_provisional: bool = False  # an end that is not believed yet


class Redials:
    """Judge statuses of one campaign; `most` is its max_redial_count, None where nobody says."""

    def __init__(self, cursor: str | None, *, most: int | None, patience: int, now: datetime) -> None:
        self._most = most
        self._patience = patience
        self._now = int(now.timestamp())
        self._had_cursor = bool(cursor)
        self._known = _read(cursor, self._now)

    def judged(self, ref: str, word: str) -> Sight:
        """Translate a contact's status, and remember what the next look needs to know."""
        progress, result = meaning_of(word)
        known = self._known.get(ref) or _Memory(1, Phase.ON, self._now)
        if announces_redial(word):
            if known.phase is not Phase.DUE:
                known = _Memory(known.ring_no + 1, Phase.DUE, self._now)
            self._known[ref] = known
            return Sight(progress=progress, ring_no=known.ring_no)
        if progress.rank >= Progress.RINGING.rank:
            known = self._rung(ref, known, is_on=progress is not Progress.ENDED)
        if progress is not Progress.ENDED:
            return Sight(progress=progress, ring_no=known.ring_no)
        if may_be_followed(word) and not self._is_believed(known):
            since = known.since if known.phase is Phase.OVER else self._now
            self._known[ref] = _Memory(known.ring_no, Phase.OVER, since)
            # The vendor holds it and nothing rings; the raw word is kept beside.
            return Sight(progress=Progress.QUEUED, ring_no=known.ring_no, is_provisional=True)
        self._known.pop(ref, None)
        return Sight(progress=progress, result=result, ring_no=known.ring_no)

    def cursor(self) -> str | None:
        """Give the memory for the next look; None where there is and was nothing to remember."""
        if not self._known:
            return "" if self._had_cursor else None
        return json.dumps(
            {ref: [item.ring_no, item.phase.value, item.since] for ref, item in sorted(self._known.items())},
            separators=(",", ":"),
        )

    def _rung(self, ref: str, known: _Memory, *, is_on: bool) -> _Memory:
        """Go on to the announced ring, or to one that followed an end without being announced."""
        if known.phase is Phase.DUE:
            known = _Memory(known.ring_no, Phase.ON, self._now)
        elif known.phase is Phase.OVER and is_on:
            known = _Memory(known.ring_no + 1, Phase.ON, self._now)
        if ref in self._known:
            self._known[ref] = known
        return known

    def _is_believed(self, known: _Memory) -> bool:
        """Say whether an end is one: a look at a moment before the redial is noted can't be excluded.

        Sheet: Native redial. Where it is known to redial a minute must pass; where nobody says, a second look will do.
        """
        if self._most is not None and known.ring_no > self._most:
            return True  # no redial is left, or there is none
        if known.phase is not Phase.OVER:
            return False
        return self._now - known.since >= (1 if self._most is None else self._patience)


def _read(cursor: str | None, now: int) -> dict[str, _Memory]:
    """Read a cursor; one that can't be read is no memory, which costs a further look and no more."""
    try:
        data: Any = json.loads(cursor or "{}")
        items = {
            str(ref): _Memory(int(no), Phase(phase), int(since)) for ref, (no, phase, since) in data.items()
        }
    except (ValueError, TypeError, AttributeError):
        return {}
    return {ref: item for ref, item in items.items() if now - item.since < FORGET_AFTER_SECONDS}
