"""Own the examples that the documentation shows of attempts to come."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import OpenApiExample

_WINDOW = {
    "gate": "window",
    "outcome": "held",
    "code": "closed",
    "reason": "the calling window is closed",
    "rule": "campaign.calling_windows",
    "source": "the campaign's own calling_windows",
    "until": "2026-03-03T12:00:00Z",
    "is_foreseen": True,
}
_FIRST: dict[str, Any] = {
    "step": None,
    "after": None,
    "phone": None,
    "number": "+12125550101",
    "zone": "America/New_York",
    "due_at": "2026-03-02T21:30:00Z",
    "at": "2026-03-02T21:30:00Z",
    "moved_by": [],
    "stopped_by": None,
}
_SECOND = _FIRST | {
    "step": 0,
    "after": "no_answer",
    "phone": "same",
    "due_at": "2026-03-02T23:30:00Z",
    "at": "2026-03-03T12:00:00Z",
    "moved_by": [_WINDOW],
}
ASKED = OpenApiExample(
    "With a campaign's window",
    request_only=True,
    value={
        "phone": "+12125550101",
        "first_attempt_at": "2026-03-02T21:30:00Z",
        "results": ["no_answer"],
        "campaign": "01910000-0000-7000-8000-000000000001",
    },
)
PLAYED = OpenApiExample(
    "The window moves the second attempt to the next morning",
    response_only=True,
    value={
        "retry_timeline": "01910000-0000-7000-8000-000000000007",
        "campaign": "01910000-0000-7000-8000-000000000001",
        "zone": "America/New_York",
        "zones": ["America/New_York"],
        "call_seconds": 0,
        "first": _FIRST,
        "attempts": [{"sequence": 2, **_SECOND}],
        "end": None,
    },
)
CONTACT = OpenApiExample(
    "One attempt made, one to come",
    response_only=True,
    value={
        "campaign_contact": "01910000-0000-7000-8000-000000000042",
        "campaign": "01910000-0000-7000-8000-000000000001",
        "campaign_status": "running",
        "state": "waiting",
        "finish_reason": None,
        "zone": "America/New_York",
        "checked_at": "2026-03-02T21:45:00Z",
        "call_seconds": 0,
        "assumes": "no_answer",
        "attempts": [
            {
                "id": "01910000-0000-7000-8000-0000000000a1",
                "sequence": 1,
                "number": "+12125550101",
                "step": None,
                "origin": "ours",
                "state": "ended",
                "result": "no_answer",
                "due_at": "2026-03-02T21:30:00Z",
                "started_at": "2026-03-02T21:30:01Z",
                "ended_at": "2026-03-02T21:30:04Z",
            }
        ],
        "planned": [{"sequence": 2, "origin": "ours", **_SECOND, "after": None}],
        "end": {
            "after": "no_answer",
            "finish_reason": "exhausted",
            "detail": "no_answer",
            "text": "no step that is left follows this result, or a cap is reached",
        },
    },
)
