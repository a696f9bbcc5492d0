"""Own what an answer (or its absence) means for a request, by what repeating that request would do.

Never sends anything and knows no HTTP library: one table, so that no adapter invents its own.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from enum import StrEnum
from typing import Any

from providers.errors import AccountBlocked, Ambiguous, ProviderError, Refused, Throttled, Unavailable


class Effect(StrEnum):
    """What sending a request a second time would do."""

    READ = "read"  # nothing
    REPEATABLE = "repeatable"  # the same as once
    ONCE = "once"  # a second contact, a second call: never repeat what may have happened


class Unreadable(ValueError):
    """An answer was given, but it can't be what the vendor's document describes."""


#: What reading a document that looks otherwise than expected may raise in a decoder.
MISREADINGS = (ValueError, LookupError, TypeError, AttributeError, ArithmeticError, RecursionError)


@dataclass(frozen=True, slots=True, repr=False)
class Answer:
    """A complete answer; header names are in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    def __repr__(self) -> str:
        return f"Answer(status={self.status}, bytes={len(self.body)})"

    @property
    def ok(self) -> bool:
        """Say whether the status is a 2xx."""
        return 200 <= self.status < 300

    @property
    def text(self) -> str:
        """Give the body as text; undecodable bytes become the replacement character."""
        return self.body.decode("utf-8", "replace")

    def json(self) -> Any:
        """Decode the body as JSON, or raise `Unreadable`."""
        try:
            return json.loads(self.body)
        except (ValueError, RecursionError) as error:
            raise Unreadable(f"The body is no JSON ({type(error).__name__}).") from None

    def is_html(self) -> bool:
        """Say whether this is a page for people: a gateway's or a login page's, never an API's answer."""
        start = self.body[:256].lstrip().lower()
        kind = self.headers.get("content-type", "").lower()
        return "text/html" in kind or start.startswith((b"<!doctype html", b"<html"))


def retry_after_seconds(answer: Answer, now: datetime) -> float | None:
    """Read `Retry-After`, as seconds or as a date; nonsense is None, the past is 0."""
    text = answer.headers.get("retry-after", "").strip()
    if not text:
        return None
    try:
        seconds = float(text)
    except ValueError:
        seconds = _seconds_until(text, now)
    return max(seconds, 0.0) if math.isfinite(seconds) else None


def _seconds_until(text: str, now: datetime) -> float:
    try:
        moment = parsedate_to_datetime(text)
    except (ValueError, TypeError, IndexError, OverflowError):
        return math.nan
    if moment.tzinfo is None:  # "-0000": the sender's zone is not said, HTTP dates are UTC
        moment = moment.replace(tzinfo=UTC)
    return (moment - now).total_seconds()


def may_have_happened(effect: Effect, detail: str, *, retry_after: float | None = None) -> ProviderError:
    """Give the error for a request that was sent and whose outcome nobody knows."""
    if effect is Effect.ONCE:
        return Ambiguous(detail)
    return Unavailable(detail, retry_after=retry_after)


#: Statuses by which the account as such is refused: credentials, payment, address.
_ACCOUNT_STATUSES = frozenset({401, 402, 403})
#: The peer says that it gave up on our request, without saying how much of it it had: the fate is open.
_GAVE_UP_STATUSES = frozenset({408, 425})


def failure_of(answer: Answer, effect: Effect, now: datetime) -> ProviderError:
    """Give the error for an answer that is not a 2xx."""
    status, detail = answer.status, _excerpt(answer)
    retry_after = retry_after_seconds(answer, now)
    if status == 429:
        return Throttled(detail, retry_after=retry_after)
    if status in _ACCOUNT_STATUSES:
        return AccountBlocked(detail)
    if status == 407:  # our own proxy wants a password: the provider has seen nothing
        return Unavailable("The proxy refuses us; check its address and password.")
    if 300 <= status < 400:
        # Followed redirects would carry credentials and calls to another place.
        return may_have_happened(effect, "It redirected us; check the account's base_url.")
    if 400 <= status < 500 and status not in _GAVE_UP_STATUSES:
        return Refused(detail)
    # 503 with `Retry-After` too: the header promises nothing about what was done with this request.
    return may_have_happened(effect, detail, retry_after=retry_after)


#: A vendor's message is at the start of its body; the rest is noise.
_EXCERPT_CHARACTERS = 200


def _excerpt(answer: Answer) -> str:
    if answer.is_html():
        return "It answered with a page for people."
    text = " ".join(answer.text[: _EXCERPT_CHARACTERS * 2].split())
    return text[:_EXCERPT_CHARACTERS] if text else "It gave no reason."
