"""An account of an invented vendor that notifies, and a call that it holds."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client

from dialer.models import Attempt, ProviderAccount
from providers import registry
from tests import factories
from tests.providers.parlor_stand_in import PASSWORD, USER


@pytest.fixture(autouse=True)
def _parlor(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setitem(registry.BUILTIN, "parlor", "tests.providers.parlor:Parlor")
    registry.forget()
    yield
    monkeypatch.undo()
    registry.forget()


@pytest.fixture
def account(db: None) -> ProviderAccount:
    return factories.account(
        provider="parlor",
        credentials={"user": USER, "password": PASSWORD},
        base_url="http://127.0.0.1:9",
    )


@pytest.fixture
def held(account: ProviderAccount) -> Attempt:
    """A call that the vendor holds."""
    campaign = factories.campaign(provider_account=account, status="running")
    row = factories.enrolled(campaign=campaign, state="in_progress", attempt_count=1)
    return factories.attempt(row, state="pushed")


def bell(ref: str, word: str, **more: Any) -> dict[str, Any]:
    """Say what the vendor says of a call."""
    at = "2026-03-02T12:00:00+00:00"
    return {
        "id": "bell-1",
        "note": ref,
        "number": "442079460100",
        "guest": "Ada",
        "word": word,
        "at": at,
        "round": 1,
        **more,
    }


def post(account: ProviderAccount, body: Any, **more: Any) -> int:
    """Send a notification as the vendor does; give the status of the answer."""
    data = body if isinstance(body, bytes | str) else json.dumps(body)
    path = f"/hooks/{account.provider}/{account.webhook_token}"
    return Client().post(path, data=data, **({"content_type": "application/json"} | more)).status_code
