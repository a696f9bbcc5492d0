"""One sending of one webhook: its body, its signature, the request, and what the answer means.

Owns that meaning; writing it down is `deliver`'s. Holds no transaction and reads no database.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.conf import settings

from dialer import clock
from dialer.engine.text import storable
from dialer.feed.endpoints import signing_keys
from dialer.feed.posting import NoAnswer, Poster
from dialer.feed.reading import shape
from dialer.feed.signing import headers_of
from dialer.models import FeedEvent, WebhookEndpoint
from dialer.rules.events import TEST_KIND
from providers.effects import Answer, retry_after_seconds
from providers.secrets import mask_text

#: Enough of an answer to see what is wrong.
EXCERPT_CHARACTERS = 200
GONE = 410
MakePoster = Callable[[str], Poster]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of one sending."""

    is_ok: bool
    at: datetime
    milliseconds: int
    status: int | None = None
    error: str = ""
    excerpt: str = ""
    asked_seconds: float | None = None

    @property
    def is_gone(self) -> bool:
        """Say whether the receiver wants nothing any more."""
        return self.status == GONE


def poster_for(url: str) -> Poster:
    """Open a connection to a receiver, as far as this installation allows."""
    return Poster(url, allow_private=settings.DIALER_WEBHOOK_ALLOW_PRIVATE)


def event_payload(event: FeedEvent) -> dict[str, Any]:
    """Make the body of an event: the specification's three fields around the event as the feed shows it."""
    shown = shape(event)
    return {"type": event.kind, "timestamp": shown["occurred_at"], "data": shown}


def payload_of_test(endpoint_id: UUID, at: datetime) -> dict[str, Any]:
    """Make the body of a test."""
    stamp = at.isoformat().replace("+00:00", "Z")
    return {"type": TEST_KIND, "timestamp": stamp, "data": {"webhook_endpoint": str(endpoint_id)}}


def send(endpoint: WebhookEndpoint, message_id: UUID, payload: dict[str, Any], poster: Poster) -> Outcome:
    """Send one message now."""
    now, started = clock.now(), time.monotonic()
    body = json.dumps(payload, separators=(",", ":"), ensure_ascii=False).encode()
    headers = headers_of(message_id, body, signing_keys(endpoint, now), now)
    try:
        answer = poster.post(body, headers)
    except NoAnswer as error:
        return Outcome(False, clock.now(), _passed(started), error=storable(str(error))[:300])
    return _read(Answer(answer.status, answer.headers, answer.body), _passed(started))


def _passed(started: float) -> int:
    return round((time.monotonic() - started) * 1000)


def _read(answer: Answer, milliseconds: int) -> Outcome:
    now, status = clock.now(), answer.status
    if answer.ok:
        return Outcome(True, now, milliseconds, status=status)
    error = f"it answered {status}"
    if 300 <= status < 400:
        error = f"it redirected ({status}); redirects are not followed, change the address instead"
    excerpt = "" if answer.is_html() else mask_text(" ".join(answer.text.split())[: EXCERPT_CHARACTERS * 2])
    return Outcome(
        False,
        now,
        milliseconds,
        status=status,
        error=error,
        excerpt=storable(excerpt)[:EXCERPT_CHARACTERS],
        asked_seconds=retry_after_seconds(answer, now),
    )
