"""Own the making and checking of API keys; the plain key exists only in the answer to its making.

Never decides what a scope allows.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db.models import Q

from dialer.models import SCOPES, ApiKey

MARK = "dk"  # lets people and secret scanners recognise a key of ours
SECRET_BYTES = 32  # 256 bits cannot be guessed, so a fast hash is enough
# One write a minute tells whether a key is still in use; one a request would make every read a write.
USED_AT_MOST_EVERY = timedelta(minutes=1)
_NOBODY = hashlib.sha256(b"").hexdigest()


def issue_api_key(name: str, scopes: Iterable[str], expires_at: datetime | None = None) -> tuple[ApiKey, str]:
    """Store a new key and return it with its plain text, which cannot be had again."""
    unknown = sorted(set(scopes) - set(SCOPES))
    if unknown:
        raise ValueError(f"unknown scope {', '.join(unknown)}: choose from {', '.join(SCOPES)}")
    prefix, secret = secrets.token_hex(4), secrets.token_urlsafe(SECRET_BYTES)
    plaintext = f"{MARK}_{prefix}_{secret}"
    row = ApiKey.objects.create(
        name=name,
        prefix=prefix,
        key_hash=_hash(plaintext),
        scopes=[scope for scope in SCOPES if scope in set(scopes)],
        expires_at=expires_at,
    )
    return row, plaintext


def verify(plaintext: str, now: datetime) -> ApiKey | None:
    """Return the key's row if the key is right, not expired and not revoked."""
    mark, _, rest = plaintext.partition("_")
    prefix, _, secret = rest.partition("_")
    row = ApiKey.objects.filter(prefix=prefix).first() if mark == MARK and secret else None
    # An unknown prefix costs the same comparison as a wrong secret.
    right = hmac.compare_digest(_hash(plaintext), row.key_hash if row else _NOBODY)
    if row is None or not right or row.revoked_at is not None:
        return None
    if row.expires_at is not None and row.expires_at <= now:
        return None
    if row.last_used_at is None or now - row.last_used_at >= USED_AT_MOST_EVERY:
        stale = Q(last_used_at=None) | Q(last_used_at__lt=now)
        ApiKey.objects.filter(stale, pk=row.pk).update(last_used_at=now)
    return row


def _hash(plaintext: str) -> str:
    return hashlib.sha256(plaintext.encode("utf-8", "surrogatepass")).hexdigest()
