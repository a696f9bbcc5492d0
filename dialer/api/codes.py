"""Own the stable error codes of the API: each with its usual status, a title, and whether trying again helps.

Never holds the text for one case: that is the `detail` of the problem.
"""

from __future__ import annotations

from enum import StrEnum
from http import HTTPStatus
from typing import NamedTuple


class Code(StrEnum):
    """What went wrong, for programs; a code never changes its meaning."""

    MALFORMED = "malformed_json"
    INVALID = "invalid"
    UNKNOWN_FIELD = "unknown_field"
    INVALID_CURSOR = "invalid_cursor"
    INVALID_HEADER = "invalid_header"
    NOT_AUTHENTICATED = "not_authenticated"
    INSUFFICIENT_SCOPE = "insufficient_scope"
    NOT_FOUND = "not_found"
    METHOD_NOT_ALLOWED = "method_not_allowed"
    NOT_ACCEPTABLE = "not_acceptable"
    CURSOR_EXPIRED = "cursor_expired"
    CONFLICT = "conflict"
    IN_USE = "in_use"
    INVALID_TRANSITION = "invalid_transition"
    CAMPAIGN_STARTED = "campaign_started"
    REFUSED_BY_GATE = "refused_by_gate"
    IDEMPOTENCY_IN_PROGRESS = "idempotency_in_progress"
    VERSION_MISMATCH = "version_mismatch"
    TOO_LARGE = "too_large"
    TOO_MANY_ITEMS = "too_many_items"
    UNSUPPORTED_MEDIA_TYPE = "unsupported_media_type"
    UNSUPPORTED_FILE = "unsupported_file"
    NOTHING_ACCEPTED = "nothing_accepted"
    IDEMPOTENCY_CONFLICT = "idempotency_conflict"
    UNSUPPORTED_CAPABILITY = "unsupported_capability"
    PROVIDER_REFUSED = "provider_refused"
    RATE_LIMITED = "rate_limited"
    INTERNAL = "internal_error"
    PROVIDER_UNAVAILABLE = "provider_unavailable"
    PROVIDER_RATE_USED_UP = "provider_rate_used_up"
    BUSY = "busy"


class Meaning(NamedTuple):
    """What belongs to a code."""

    status: int
    title: str
    retryable: bool = False


MEANINGS: dict[str, Meaning] = {
    Code.MALFORMED: Meaning(HTTPStatus.BAD_REQUEST, "The body is not readable JSON"),
    Code.INVALID: Meaning(HTTPStatus.BAD_REQUEST, "Some fields are not valid"),
    Code.UNKNOWN_FIELD: Meaning(HTTPStatus.BAD_REQUEST, "A field or parameter is not known"),
    Code.INVALID_CURSOR: Meaning(HTTPStatus.BAD_REQUEST, "The cursor is not one of ours"),
    Code.INVALID_HEADER: Meaning(HTTPStatus.BAD_REQUEST, "A header is not valid"),
    Code.NOT_AUTHENTICATED: Meaning(HTTPStatus.UNAUTHORIZED, "An API key is needed"),
    Code.INSUFFICIENT_SCOPE: Meaning(HTTPStatus.FORBIDDEN, "The API key lacks the scope"),
    Code.NOT_FOUND: Meaning(HTTPStatus.NOT_FOUND, "There is no such thing"),
    Code.METHOD_NOT_ALLOWED: Meaning(HTTPStatus.METHOD_NOT_ALLOWED, "The method is not allowed here"),
    Code.NOT_ACCEPTABLE: Meaning(HTTPStatus.NOT_ACCEPTABLE, "No format that you accept can be given"),
    Code.CURSOR_EXPIRED: Meaning(HTTPStatus.GONE, "What follows the cursor is no longer kept"),
    Code.CONFLICT: Meaning(HTTPStatus.CONFLICT, "It clashes with what is there"),
    Code.IN_USE: Meaning(HTTPStatus.CONFLICT, "Something else uses it"),
    Code.INVALID_TRANSITION: Meaning(HTTPStatus.CONFLICT, "The state does not allow this"),
    Code.CAMPAIGN_STARTED: Meaning(HTTPStatus.CONFLICT, "The campaign has been started"),
    Code.REFUSED_BY_GATE: Meaning(HTTPStatus.CONFLICT, "A gate refuses the call"),
    Code.IDEMPOTENCY_IN_PROGRESS: Meaning(
        HTTPStatus.CONFLICT, "The first request with this key is still running", retryable=True
    ),
    Code.VERSION_MISMATCH: Meaning(HTTPStatus.PRECONDITION_FAILED, "It was changed since you read it"),
    Code.TOO_LARGE: Meaning(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "The body is too large"),
    Code.TOO_MANY_ITEMS: Meaning(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "There are too many items in one call"),
    Code.UNSUPPORTED_MEDIA_TYPE: Meaning(
        HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "The content type of the body is not taken here"
    ),
    Code.UNSUPPORTED_FILE: Meaning(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "The format of the file is not taken"),
    Code.NOTHING_ACCEPTED: Meaning(HTTPStatus.UNPROCESSABLE_ENTITY, "No item was accepted"),
    Code.IDEMPOTENCY_CONFLICT: Meaning(
        HTTPStatus.UNPROCESSABLE_ENTITY, "The idempotency key belongs to another request"
    ),
    Code.UNSUPPORTED_CAPABILITY: Meaning(HTTPStatus.UNPROCESSABLE_ENTITY, "The provider can't do this"),
    Code.PROVIDER_REFUSED: Meaning(HTTPStatus.UNPROCESSABLE_ENTITY, "The provider refused"),
    Code.RATE_LIMITED: Meaning(
        HTTPStatus.TOO_MANY_REQUESTS, "Too many requests with this key", retryable=True
    ),
    Code.INTERNAL: Meaning(HTTPStatus.INTERNAL_SERVER_ERROR, "Something is broken here", retryable=True),
    Code.PROVIDER_UNAVAILABLE: Meaning(
        HTTPStatus.SERVICE_UNAVAILABLE, "The provider can't be reached", retryable=True
    ),
    Code.PROVIDER_RATE_USED_UP: Meaning(
        HTTPStatus.SERVICE_UNAVAILABLE,
        "The account's rate leaves no request to its provider for now",
        retryable=True,
    ),
    Code.BUSY: Meaning(HTTPStatus.SERVICE_UNAVAILABLE, "The database is busy", retryable=True),
}

#: The code of an error that carries only a status (those that the framework raises).
BY_STATUS: dict[int, Code] = {
    400: Code.INVALID,
    401: Code.NOT_AUTHENTICATED,
    403: Code.INSUFFICIENT_SCOPE,
    404: Code.NOT_FOUND,
    405: Code.METHOD_NOT_ALLOWED,
    406: Code.NOT_ACCEPTABLE,
    409: Code.CONFLICT,
    410: Code.CURSOR_EXPIRED,
    412: Code.VERSION_MISMATCH,
    413: Code.TOO_LARGE,
    415: Code.UNSUPPORTED_MEDIA_TYPE,
    429: Code.RATE_LIMITED,
    503: Code.BUSY,
}


def table() -> str:
    """Draw the codes in Markdown, by status."""
    rows = sorted(MEANINGS.items(), key=lambda item: item[1].status)
    lines = [
        f"| `{code}` | {int(meaning.status)} | {meaning.title} | {'yes' if meaning.retryable else 'no'} |"
        for code, meaning in rows
    ]
    return "\n".join(["| code | status | meaning | retryable |", "| --- | --- | --- | --- |", *lines])
