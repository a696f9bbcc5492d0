"""The system checks name what starts but would bite later."""

from __future__ import annotations

import pytest
from django.core.checks import run_checks
from pytest_django import Settings


def ids() -> list[str]:
    return [message.id for message in run_checks() if message.id and message.id.startswith("dialer.")]


def test_the_defaults_are_safe() -> None:
    assert ids() == []


@pytest.mark.parametrize("key", ["short", "b25seQ==", "not base64 at all ..."])
def test_a_key_that_cannot_encrypt_is_named_by_its_place(key: str, settings: Settings) -> None:
    settings.CREDENTIALS_KEYS = [settings.CREDENTIALS_KEYS[0], key]

    assert ids() == ["dialer.E001"]
    assert [message.msg for message in run_checks() if message.id == "dialer.E001"] == [
        "CREDENTIALS_KEY: key 2 is not usable."
    ]


def test_debug_pages_for_other_machines_are_refused(settings: Settings) -> None:
    settings.DEBUG, settings.ALLOWED_HOSTS = True, ["localhost", "dialer.example"]

    assert ids() == ["dialer.E002"]


def test_a_broker_with_a_database_file_is_doubted(settings: Settings) -> None:
    settings.IS_SQLITE, settings.CELERY_BROKER_URL = True, "redis://127.0.0.1:6379/0"

    assert ids() == ["dialer.W001"]


def test_a_lease_shorter_than_a_push_is_doubted(settings: Settings) -> None:
    settings.DIALER_TICK_SECONDS, settings.DIALER_LEASE_SECONDS = 1.0, 9.0

    assert ids() == ["dialer.W002"]


def test_a_feed_shorter_than_the_schedule_of_webhooks_is_doubted(settings: Settings) -> None:
    settings.DIALER_FEED_DAYS = 3

    assert ids() == ["dialer.W003"]
