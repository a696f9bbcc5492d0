"""Own the colours of contact and attempt states, the same on every page.

Never decides what a state means.
"""

from __future__ import annotations

STATE_COLOURS = {
    "waiting": "info",
    "dispatching": "primary",
    "in_progress": "primary",
    "indeterminate": "warning",
    "finished": "success",
}
ATTEMPT_COLOURS = {
    "claimed": "info",
    "pushed": "primary",
    "ringing": "primary",
    "connected": "success",
    "ended": "default",
    "rejected": "danger",
    "cancelled": "default",
    "indeterminate": "warning",
}
