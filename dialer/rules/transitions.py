"""The legal moves of campaigns, campaign contacts and attempts, as data: the only list of FROM -> TO.

Code, API (`allowed_actions`), admin and docs read it; it never touches a database and never decides *whether* to move.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum


class CampaignStatus(StrEnum):
    """What people want of a campaign; `pausing` while calls in flight end."""

    DRAFT = "draft"
    RUNNING = "running"
    PAUSING = "pausing"
    PAUSED = "paused"
    COMPLETED = "completed"
    ARCHIVED = "archived"


class ContactState(StrEnum):
    """Where a campaign contact stands."""

    WAITING = "waiting"  # has a next instant
    DISPATCHING = "dispatching"  # leased by a worker
    IN_PROGRESS = "in_progress"  # the provider holds it
    INDETERMINATE = "indeterminate"  # may or may not have been handed over
    FINISHED = "finished"  # with a reason


class FinishReason(StrEnum):
    """Why a campaign contact will not be called again."""

    REACHED = "reached"
    EXHAUSTED = "exhausted"
    UNCALLABLE = "uncallable"
    SUPPRESSED = "suppressed"
    EXPIRED = "expired"
    EXCLUDED = "excluded"
    CANCELLED = "cancelled"


class AttemptState(StrEnum):
    """Where one try to ring one number stands."""

    CLAIMED = "claimed"
    PUSHED = "pushed"
    RINGING = "ringing"
    CONNECTED = "connected"
    ENDED = "ended"
    REJECTED = "rejected"
    CANCELLED = "cancelled"
    INDETERMINATE = "indeterminate"


class IllegalTransition(Exception):
    """A move that no table allows: a defect in the caller, never a user's error."""

    def __init__(self, machine: str, old: str, new: str) -> None:
        super().__init__(
            f"{machine} cannot go from {old!r} to {new!r}; the table in dialer.rules.transitions lists the moves"
        )
        self.machine, self.old, self.new = machine, old, new


_C, _K, _A = CampaignStatus, ContactState, AttemptState

CAMPAIGN: Mapping[CampaignStatus, frozenset[CampaignStatus]] = {
    _C.DRAFT: frozenset({_C.RUNNING, _C.ARCHIVED}),
    _C.RUNNING: frozenset({_C.PAUSING, _C.COMPLETED}),
    _C.PAUSING: frozenset({_C.PAUSED, _C.RUNNING, _C.COMPLETED}),
    _C.PAUSED: frozenset({_C.RUNNING, _C.COMPLETED}),
    _C.COMPLETED: frozenset({_C.ARCHIVED}),
    _C.ARCHIVED: frozenset(),
}

CONTACT: Mapping[ContactState, frozenset[ContactState]] = {
    # Waiting ends without a call when it is suppressed, expired, excluded, cancelled or has no callable number.
    _K.WAITING: frozenset({_K.DISPATCHING, _K.FINISHED}),
    # Back to waiting: nothing happened, or the order was refused and the timeline goes on.
    _K.DISPATCHING: frozenset({_K.IN_PROGRESS, _K.WAITING, _K.INDETERMINATE, _K.FINISHED}),
    _K.INDETERMINATE: frozenset({_K.IN_PROGRESS, _K.WAITING, _K.FINISHED}),
    # Back to waiting: the attempt ended and a step follows, or a pause took the call back.
    _K.IN_PROGRESS: frozenset({_K.WAITING, _K.FINISHED}),
    _K.FINISHED: frozenset({_K.WAITING}),  # rearm
}

ATTEMPT: Mapping[AttemptState, frozenset[AttemptState]] = {
    # claimed -> claimed: released, then leased again; same row, same reference, one more send.
    _A.CLAIMED: frozenset(
        {
            _A.CLAIMED,
            _A.PUSHED,
            _A.RINGING,
            _A.CONNECTED,
            _A.ENDED,
            _A.REJECTED,
            _A.CANCELLED,
            _A.INDETERMINATE,
        }
    ),
    _A.PUSHED: frozenset({_A.RINGING, _A.CONNECTED, _A.ENDED, _A.CANCELLED}),
    _A.RINGING: frozenset({_A.CONNECTED, _A.ENDED}),
    _A.CONNECTED: frozenset({_A.ENDED}),
    # indeterminate -> claimed: proven absent, may be sent again under the same reference.
    _A.INDETERMINATE: frozenset(
        {_A.CLAIMED, _A.PUSHED, _A.RINGING, _A.CONNECTED, _A.ENDED, _A.REJECTED, _A.CANCELLED}
    ),
    _A.ENDED: frozenset(),
    _A.REJECTED: frozenset(),
    _A.CANCELLED: frozenset(),
}

#: Attempts that may still ring, or be ringing; `is_live` in the database says the same.
LIVE_ATTEMPTS = frozenset({_A.CLAIMED, _A.PUSHED, _A.RINGING, _A.CONNECTED, _A.INDETERMINATE})
TERMINAL_ATTEMPTS = frozenset(AttemptState) - LIVE_ATTEMPTS

#: Attempts that never rang by our doing: they use no step and no cap.
UNCOUNTED_ATTEMPTS = frozenset({_A.CANCELLED, _A.REJECTED})

#: action -> (statuses it may be asked in, status that it asks for)
CAMPAIGN_ACTIONS: Mapping[str, tuple[frozenset[CampaignStatus], CampaignStatus]] = {
    "start": (frozenset({_C.DRAFT}), _C.RUNNING),
    "pause": (frozenset({_C.RUNNING}), _C.PAUSING),
    "resume": (frozenset({_C.PAUSING, _C.PAUSED}), _C.RUNNING),
    "complete": (frozenset({_C.RUNNING, _C.PAUSING, _C.PAUSED}), _C.COMPLETED),
    "archive": (frozenset({_C.DRAFT, _C.COMPLETED}), _C.ARCHIVED),
}


def allowed_actions(status: str) -> list[str]:
    """List the actions that may be asked of a campaign in this status, in table order."""
    return [action for action, (froms, _) in CAMPAIGN_ACTIONS.items() if status in froms]


def froms(table: Mapping[AttemptState, frozenset[AttemptState]], to: AttemptState) -> frozenset[AttemptState]:
    """List the states from which `to` may be reached."""
    return frozenset(old for old, news in table.items() if to in news)


def check(machine: str, old: str, new: str) -> None:
    """Raise IllegalTransition unless the machine's table allows the move."""
    tables: Mapping[str, Mapping[str, frozenset[str]]] = {
        "campaign": CAMPAIGN,  # type: ignore[dict-item]
        "contact": CONTACT,  # type: ignore[dict-item]
        "attempt": ATTEMPT,  # type: ignore[dict-item]
    }
    if new not in tables[machine].get(old, frozenset()):
        raise IllegalTransition(machine, old, new)
