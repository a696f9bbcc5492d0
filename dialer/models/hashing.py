"""Hashes of numbers whose owners were erased: a number can be known again when it comes, and never be read back.

Owns how they are made. The secret is derived from CREDENTIALS_KEY, since the few numbers of the world could else be
tried out: the first key makes new hashes, every key knows its own, so an old key stays listed while hashes need it.
"""

from __future__ import annotations

import hmac
from collections.abc import Iterable
from functools import lru_cache

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db.models.functions import Substr

#: Names the use, so that the same key encrypts credentials and hashes numbers without the one telling of the other.
_SECRET, _NAME = b"dialer: hashes of erased numbers", b"dialer: name of that secret"
_NAME_BYTES = 4


@lru_cache(maxsize=16)
def _derived(key: str) -> tuple[str, bytes]:
    """Give a key's name, which is stored with each of its hashes, and its secret."""

    def derive(use: bytes, length: int) -> bytes:
        return HKDF(algorithm=SHA256(), length=length, salt=None, info=use).derive(key.encode())

    return derive(_NAME, _NAME_BYTES).hex(), derive(_SECRET, 32)


def _secrets() -> list[tuple[str, bytes]]:
    if not settings.CREDENTIALS_KEYS:
        raise ImproperlyConfigured("CREDENTIALS_KEY is not set: erased numbers cannot be known again")
    return [_derived(key) for key in settings.CREDENTIALS_KEYS]


def hashes_of(number: str) -> list[str]:
    """Give every hash that the number may be stored under, that of the present key first."""
    return [f"{name}:{hmac.digest(secret, number.encode(), 'sha256').hex()}" for name, secret in _secrets()]


def numbers_by_hash(numbers: Iterable[str]) -> dict[str, str]:
    """Give the hashes of many numbers with the number behind each."""
    return {digest: number for number in numbers for digest in hashes_of(number)}


def keys_in_need() -> dict[str, int | None]:
    """Name the keys that stored hashes need, each with its place in CREDENTIALS_KEY from 1; None if it is not there."""
    from dialer.models.suppressions import Suppression

    places = {name: place for place, (name, _) in enumerate(_secrets(), start=1)}
    stored = Suppression.objects.filter(number_hash__isnull=False).order_by()
    names = stored.annotate(key=Substr("number_hash", 1, 2 * _NAME_BYTES)).values_list("key", flat=True)
    return {name: places.get(name) for name in names.distinct()}
