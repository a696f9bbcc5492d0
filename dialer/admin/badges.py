"""Own the coloured words of states, the same on lists and on pages.

Never decides what a state means.
"""

from __future__ import annotations

from collections.abc import Mapping

from django.template.loader import render_to_string
from django.utils.safestring import SafeString

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


def badge(word: str, text: str, colours: Mapping[str, str]) -> SafeString:
    """Draw a word in its colour; a word without one is grey."""
    return render_to_string("unfold/helpers/label.html", {"text": text, "type": colours.get(word, "default")})
