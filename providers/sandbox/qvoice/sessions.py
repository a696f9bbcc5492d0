"""Own who is let in: the login's answer, tokens and their end, and the account header.

Never tells where the account's id comes from: the document does not.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

from providers.sandbox.messages import Refusal, Request
from providers.sandbox.qvoice.asked import LOGIN_FIELDS, fields_of, invalid


class Sessions:
    """The tokens that were given out; several may live side by side, as the document forbids it not."""

    def __init__(
        self, *, credentials: Mapping[str, str], seconds: float, now: Callable[[], datetime]
    ) -> None:
        self._login = {name: credentials[name] for name in LOGIN_FIELDS}
        self._account_id = credentials["account_id"]
        self._lifetime = timedelta(seconds=seconds)
        self._now = now
        self._ends_at: dict[str, datetime] = {}

    def log_in(self, request: Request) -> dict[str, Any]:
        """Give a new token; wrong credentials are 400, the only refusal that the login documents."""
        if fields_of(request, LOGIN_FIELDS) != self._login:
            raise invalid("username, password or domain")
        now = self._now()
        self._ends_at = {token: end for token, end in self._ends_at.items() if end > now}
        token = secrets.token_urlsafe(24)
        self._ends_at[token] = now + self._lifetime
        # The document leaves `user` out. Its id here is a person's: whoever takes it for the account fails.
        user = {"id": secrets.token_hex(16), "username": self._login["username"]}
        # No call takes the refresh token, and the life time is not told.
        return {"user": user, "access_token": token, "refresh_token": secrets.token_urlsafe(24)}

    def admit(self, request: Request) -> None:
        """Let a request in: 401 without a living token, 400 without an account, 403 with another's.

        The document has no answer for any of them; these are the usual ones.
        """
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        if scheme != "Bearer" or self._ends_at.get(token, self._now()) <= self._now():
            raise Refusal(401, "The token is missing, unknown or expired.")
        account = request.headers.get("x-account-id")
        if account is None:
            raise invalid("X-Account-ID is missing")
        if account != self._account_id:
            raise Refusal(403, "This account is not yours.")
