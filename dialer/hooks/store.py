"""Own how a notification is kept: without secrets, once, and durably before anybody is told that we have it.

Never reads what it says.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from datetime import datetime
from urllib.parse import parse_qsl, urlencode

from dialer.engine.text import storable
from dialer.models import HookMessage, ProviderAccount
from dialer.models.bulk import insert_rows
from providers.secrets import MASK, scrub


def keep(
    account: ProviderAccount, *, body: bytes, query: Mapping[str, str], content_type: str, now: datetime
) -> None:
    """Store a notification; the same one again changes nothing."""
    text = _scrubbed(body, content_type, _secrets(account))
    said = "\x1f".join((text, *(f"{key}={value}" for key, value in sorted(query.items()))))
    message = HookMessage(
        provider_account=account,
        dedupe_key=hashlib.sha256(said.encode()).hexdigest(),
        body=text,
        query=storable(scrub(dict(query))),
        content_type=storable(content_type)[:100],
        read_after=now,
        created_at=now,
    )
    insert_rows([message], ignore_conflicts=True)


def _secrets(account: ProviderAccount) -> list[str]:
    """List what the account must keep secret: a vendor may quote any of it."""
    return [value for value in account.credentials.values() if isinstance(value, str) and len(value) >= 8]


def _scrubbed(body: bytes, content_type: str, secrets: list[str]) -> str:
    """Take secrets out of a body, by the names of its fields and by the account's own values."""
    text = body.decode("utf-8", "replace")
    try:
        text = json.dumps(scrub(json.loads(text)), ensure_ascii=False)
    except (ValueError, RecursionError):
        if "form-urlencoded" in content_type.lower():
            pairs = parse_qsl(text, keep_blank_values=True)
            text = urlencode([(key, scrub({key: value})[key]) for key, value in pairs])
        else:
            text = str(scrub(text))
    for secret in secrets:
        text = text.replace(secret, MASK)
    return str(storable(text))
