"""Own who may call: bearer keys, scopes, and the rate limit of each key.

Scopes include each other: `admin` may what `write` may, `write` may what `read` may. Never stores a key.
"""

from __future__ import annotations

from typing import Any

import structlog
from django.conf import settings
from django.core.cache import cache
from redis.exceptions import RedisError
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.permissions import SAFE_METHODS, BasePermission
from rest_framework.request import Request
from rest_framework.throttling import BaseThrottle

from dialer import clock, keys
from dialer.api.codes import Code
from dialer.api.problems import Problem
from dialer.models import SCOPES, ApiKey

log = structlog.get_logger(__name__)

#: Our keys are about 60 characters of ASCII; longer texts are not looked up.
LONGEST_KEY = 200
#: Two hundred requests a second: far above what a well-made client needs, far below what stops the others.
REQUESTS_PER_MINUTE = 12_000
MINUTE = 60


class Caller:
    """The application behind a key, in the place where the framework expects a user."""

    is_authenticated = True
    is_active = True

    def __init__(self, key: ApiKey) -> None:
        self.key = key
        self.pk = key.pk

    def __str__(self) -> str:
        return self.key.name


class BearerKey(BaseAuthentication):
    """`Authorization: Bearer <key>`."""

    def authenticate(self, request: Request) -> tuple[Caller, ApiKey] | None:
        """Find the key; nothing sent is nobody, something wrong is refused."""
        scheme, _, text = request.META.get("HTTP_AUTHORIZATION", "").partition(" ")
        if not scheme:
            return None
        text = text.strip()
        if scheme.lower() != "bearer" or not text or len(text) > LONGEST_KEY or not text.isascii():
            raise AuthenticationFailed("Send the API key as: Authorization: Bearer <key>.")
        key = keys.verify(text, clock.now()) if text.isprintable() else None
        if key is None:
            raise AuthenticationFailed("The API key is wrong, expired or revoked.")
        return Caller(key), key

    def authenticate_header(self, request: Request) -> str:
        """Say how to authenticate, in every 401."""
        return 'Bearer realm="api"'


class HasScope(BasePermission):
    """Reads need `read`, writes `write`, or what the view names in `write_scope`."""

    def has_permission(self, request: Request, view: Any) -> bool:
        """Compare the key's scopes with what the request needs; a lack is told by name."""
        if not isinstance(request.auth, ApiKey):
            return False  # the framework answers 401
        needed = "read" if request.method in SAFE_METHODS else getattr(view, "write_scope", "write")
        allowed = SCOPES[SCOPES.index(needed) :]
        if not set(allowed) & set(request.auth.scopes):
            raise Problem(
                Code.INSUFFICIENT_SCOPE,
                f"This needs the scope {needed}; the key has {', '.join(request.auth.scopes) or 'none'}.",
            )
        return True


class KeyRate(BaseThrottle):
    """So many requests a minute and key, counted in the cache that all web processes share.

    A cache that is down limits nobody: calls to people must not stop because a counter does.
    """

    def allow_request(self, request: Request, view: Any) -> bool:
        """Count the request in the present minute."""
        if not isinstance(request.auth, ApiKey):
            return True
        limit = getattr(settings, "DIALER_REQUESTS_PER_MINUTE", REQUESTS_PER_MINUTE)
        second = int(clock.now().timestamp())
        self.remaining = MINUTE - second % MINUTE
        name = f"rate:{request.auth.pk}:{second // MINUTE}"
        try:
            cache.add(name, 0, timeout=2 * MINUTE)
            return cache.incr(name) <= limit
        except (RedisError, OSError, ValueError) as error:  # ValueError: flushed between the two steps
            log.warning("api.rate_limit_unavailable", error=type(error).__name__)
            return True

    def wait(self) -> float | None:
        """Say when the next minute begins."""
        return float(self.remaining)
