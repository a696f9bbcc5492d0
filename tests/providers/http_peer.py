"""A client whose peer is a function, for tests that need no socket."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from providers.contract import HttpOptions
from providers.http import Client, Effect, httpx
from providers.secrets import Secret

NOW = datetime(2026, 6, 1, 12, 0, tzinfo=UTC)
PHONE = "+12025550123"
KEY = Secret("key-0123456789")


def client_of(reply: Callable[[httpx.Request], httpx.Response], **more: Any) -> Client:
    return Client(
        provider="made_up",
        base_url="https://vendor.invalid",
        now=lambda: NOW,
        options=HttpOptions(account="north"),
        transport=httpx.MockTransport(reply),
        **more,
    )


def ask(client: Client, effect: Effect = Effect.ONCE, **more: Any) -> Any:
    return client.request("POST", "/calls", operation="push", effect=effect, **more)
