"""Column types of our own: JSON that is encrypted at rest.

Owns how secrets are stored; never decides what is a secret and never logs a value.
"""

from __future__ import annotations

import json
from functools import lru_cache
from typing import Any

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import models


class SecretDict(dict[str, Any]):
    """A mapping whose text form shows its keys and none of its values."""

    def __repr__(self) -> str:
        return "{" + ", ".join(f"{key!r}: '***'" for key in self) + "}"

    __str__ = __repr__


@lru_cache(maxsize=4)
def _fernet(keys: tuple[str, ...]) -> MultiFernet:
    return MultiFernet([Fernet(key) for key in keys])


def cipher() -> MultiFernet:
    """Return the cipher of CREDENTIALS_KEY: the first key encrypts, every key decrypts."""
    keys = tuple(settings.CREDENTIALS_KEYS)
    if not keys:
        raise ImproperlyConfigured(
            "CREDENTIALS_KEY is not set: provider credentials cannot be read or stored"
        )
    return _fernet(keys)


class EncryptedJSONField(models.TextField):
    """A JSON object stored as one encrypted token: neither keys nor values are readable in the database."""

    description = "JSON object, encrypted at rest"

    def get_prep_value(self, value: Any) -> str | None:
        if value is None:
            return None
        return cipher().encrypt(json.dumps(dict(value), sort_keys=True).encode()).decode()

    def from_db_value(self, value: str | None, expression: Any, connection: Any) -> SecretDict | None:
        if value is None:
            return None
        return SecretDict(json.loads(_decrypt(value)))

    def to_python(self, value: Any) -> Any:
        return SecretDict(value) if isinstance(value, dict) else value


def _decrypt(token: str) -> bytes:
    try:
        return cipher().decrypt(token.encode())
    except InvalidToken:
        raise ImproperlyConfigured(
            "stored credentials cannot be decrypted: CREDENTIALS_KEY holds none of the keys they were written with; "
            "put the old key behind the new one, separated by a comma"
        ) from None


def rotated(token: str) -> str:
    """Encrypt a stored token again with the first key, without showing what is in it."""
    return cipher().rotate(token.encode()).decode()
