"""Own the system checks for combinations of settings that start but would bite later.

Never repeats what the settings file refuses by itself.
"""

from __future__ import annotations

import base64
import binascii
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, Warning, register
from django.db import DatabaseError

#: A webhook is tried for a good three days; until then its event must be there.
SHORTEST_FEED_DAYS = 4
LOOPBACK = {"localhost", "127.0.0.1", "[::1]", "testserver"}
FERNET_KEY_BYTES = 32  # the length that the Fernet specification fixes


@register
def credentials_keys(**_: Any) -> list[CheckMessage]:
    """Refuse keys that cannot encrypt, before the first account is saved with them."""
    for position, key in enumerate(settings.CREDENTIALS_KEYS, start=1):
        try:
            length = len(base64.urlsafe_b64decode(key))
        except (binascii.Error, ValueError):
            length = 0
        if length != FERNET_KEY_BYTES:
            hint = (
                "Each key is url-safe base64 of 32 bytes; several are separated by commas, the newest first."
            )
            return [Error(f"CREDENTIALS_KEY: key {position} is not usable.", hint=hint, id="dialer.E001")]
    return []


@register
def debug_in_public(**_: Any) -> list[CheckMessage]:
    """Refuse error pages with settings and rows in them on an address that others can reach."""
    public = sorted(set(settings.ALLOWED_HOSTS) - LOOPBACK)
    if settings.DEBUG and public:
        hint = "Set DEBUG=false, or leave only loopback names in ALLOWED_HOSTS."
        return [
            Error(f"DEBUG is on while ALLOWED_HOSTS has {', '.join(public)}.", hint=hint, id="dialer.E002")
        ]
    return []


@register
def sqlite_with_broker(**_: Any) -> list[CheckMessage]:
    """Warn when workers could be started where the database file is not."""
    if settings.IS_SQLITE and settings.CELERY_BROKER_URL:
        hint = (
            "Workers on several machines need PostgreSQL: set DATABASE_URL, or leave CELERY_BROKER_URL empty."
        )
        return [Warning("A broker is set but the database is an SQLite file.", hint=hint, id="dialer.W001")]
    return []


@register
def lease_against_tick(**_: Any) -> list[CheckMessage]:
    """Warn about leases that run out while their own worker is still waiting for the provider."""
    if settings.DIALER_LEASE_SECONDS < 10 * settings.DIALER_TICK_SECONDS:
        hint = "A lease must outlast one push with its time limit; use at least ten ticks."
        message = f"DIALER_LEASE_SECONDS={settings.DIALER_LEASE_SECONDS} is short for the tick."
        return [Warning(message, hint=hint, id="dialer.W002")]
    return []


@register
def feed_against_redelivery(**_: Any) -> list[CheckMessage]:
    """Warn about events that are removed while a webhook may still have to be sent again."""
    if settings.DIALER_FEED_DAYS < SHORTEST_FEED_DAYS:
        hint = f"Webhooks are tried for a good three days; keep events for {SHORTEST_FEED_DAYS} days or more."
        message = f"DIALER_FEED_DAYS={settings.DIALER_FEED_DAYS} is short for webhooks that fail at first."
        return [Warning(message, hint=hint, id="dialer.W003")]
    return []


@register(Tags.database)
def hashed_numbers(databases: Any = None, **_: Any) -> list[CheckMessage]:
    """Refuse to go on without a key that hashes of erased numbers need: they would be called again."""
    from dialer.models.hashing import keys_in_need

    if not databases:
        return []
    try:
        missing = [name for name, position in keys_in_need().items() if position is None]
    except DatabaseError:
        return []  # before the first migration
    if not missing:
        return []
    hint = "Put the old key behind the new one, separated by a comma."
    message = "Numbers of erased people are hashed with a key that CREDENTIALS_KEY no longer holds."
    return [Error(message, hint=hint, id="dialer.E003")]
