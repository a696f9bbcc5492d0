"""Signs webhooks as the Standard Webhooks specification says, and makes the secrets for it.

Owns headers and secrets; the signature itself is the reference library's. Never stores anything.
"""

from __future__ import annotations

import base64
import binascii
import secrets
from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from standardwebhooks import Webhook

PREFIX = "whsec_"
#: The specification asks for 24 to 64 bytes.
SECRET_BYTES = 32
SHORTEST, LONGEST = 24, 64
USER_AGENT = "dialer-webhooks"


def new_secret() -> str:
    """Make a secret."""
    return PREFIX + base64.b64encode(secrets.token_bytes(SECRET_BYTES)).decode()


def is_secret(text: str) -> bool:
    """Say whether a text is a secret as the specification writes it."""
    try:
        size = len(base64.b64decode(text.removeprefix(PREFIX), validate=True))
    except (binascii.Error, ValueError):
        return False
    return text.startswith(PREFIX) and SHORTEST <= size <= LONGEST


def headers_of(message_id: UUID, body: bytes, keys: Sequence[str], at: datetime) -> dict[str, str]:
    """Make the headers of one sending; every key signs, so that a receiver may hold either."""
    text = body.decode()
    signatures = [Webhook(key).sign(str(message_id), at, text) for key in keys]
    return {
        "Content-Type": "application/json",
        "User-Agent": USER_AGENT,
        "webhook-id": str(message_id),
        "webhook-timestamp": str(int(at.timestamp())),
        "webhook-signature": " ".join(signatures),
    }
