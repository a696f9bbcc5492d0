"""The pages for machines: up, ready, numbers; without a key, and honest."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import OperationalError, connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from pytest_django import Settings

from dialer import clock
from dialer.models import Heartbeat, ProviderAccount, ProviderEvent
from dialer.rhythm import TICKS
from tests import factories
from tests.house.processes import free_port


def beat(seconds_ago: float = 0) -> None:
    for tick in TICKS:
        Heartbeat.objects.update_or_create(
            name=tick.name, defaults={"beat_at": clock.now() - timedelta(seconds=seconds_ago)}
        )


def test_up_needs_neither_key_nor_database(client: Client) -> None:
    answer = client.get("/healthz")

    assert (answer.status_code, answer.json()) == (200, {"status": "ok"})


@pytest.mark.django_db
def test_ready_when_every_tick_has_run_lately(client: Client) -> None:
    beat()

    answer = client.get("/readyz")

    assert answer.status_code == 200
    assert answer.json()["checks"] == {"database": "ok", "broker": "ok: embedded, none needed", "ticks": "ok"}


@pytest.mark.django_db
def test_not_ready_before_the_first_tick(client: Client) -> None:
    answer = client.get("/readyz")

    assert answer.status_code == 503
    assert answer.json()["checks"]["ticks"].startswith("nobody works: ")
    assert "(never)" in answer.json()["checks"]["ticks"]


@pytest.mark.django_db
def test_not_ready_when_one_tick_went_silent(client: Client) -> None:
    beat()
    silent = next(tick for tick in TICKS if tick.every_seconds <= 60)
    Heartbeat.objects.filter(name=silent.name).update(beat_at=clock.now() - timedelta(minutes=10))

    answer = client.get("/readyz")

    assert answer.status_code == 503
    assert answer.json()["checks"] == {
        "database": "ok",
        "broker": "ok: embedded, none needed",
        "ticks": f"nobody works: {silent.name} (600 s ago)",
    }


@pytest.mark.django_db
def test_not_ready_when_the_broker_is_gone_and_its_password_is_not_shown(
    client: Client, settings: Settings
) -> None:
    beat()
    settings.IS_EMBEDDED = False
    settings.CELERY_BROKER_URL = f"redis://:hidden-word@127.0.0.1:{free_port()}/0"

    answer = client.get("/readyz")

    assert answer.status_code == 503
    assert answer.json()["checks"]["broker"] == "the broker does not answer: OperationalError"
    assert answer.json()["checks"]["ticks"] == "ok"
    assert b"hidden-word" not in answer.content


@pytest.mark.django_db
def test_not_ready_when_the_database_is_gone(client: Client) -> None:
    def refuse(*_: object) -> object:
        raise OperationalError("no answer from db.example")

    with connection.execute_wrapper(refuse):
        answer = client.get("/readyz")

    assert answer.status_code == 503
    assert answer.json()["checks"]["database"] == "the database does not answer: OperationalError"
    assert answer.json()["checks"]["ticks"] == "unknown: the database does not answer"


@pytest.mark.django_db
def test_the_numbers_are_read_from_the_database(client: Client) -> None:
    ProviderAccount.objects.create(name="first", provider="simulator")
    Heartbeat.objects.create(name="claim", beat_at=clock.now())

    body = client.get("/metrics").content.decode()

    assert 'dialer_account_health{account="first",provider="simulator",state="healthy"} 1.0' in body
    assert 'dialer_live_attempts{account="first"} 0.0' in body
    assert 'dialer_tick_age_seconds{tick="claim"} ' in body
    assert "process_cpu_seconds_total" in body


@pytest.mark.django_db
def test_large_tables_are_told_by_their_tallies_and_not_counted(client: Client) -> None:
    campaign = factories.campaign()
    for fields in ({}, {"hold_gate": "window"}, {"state": "finished"}):
        factories.attempt(factories.enrolled(campaign=campaign, **fields), result="busy")
    ProviderEvent.objects.create(
        provider_account=campaign.provider_account, dedupe_key="a", source="poll", state="unmatched"
    )

    with CaptureQueriesContext(connection) as seen:
        body = client.get("/metrics").content.decode()

    assert 'dialer_contacts{finish_reason="",state="waiting"} 2.0' in body
    assert 'dialer_contacts{finish_reason="reached",state="finished"} 1.0' in body
    assert 'dialer_attempts{result="busy",state="ended"} 3.0' in body
    assert 'dialer_provider_events{state="unmatched"} 1.0' in body
    read = [query["sql"] for query in seen if "dialer_attempt" in query["sql"]]
    assert len(read) == 1
    assert "is_live" in read[0]
    assert not any("campaigncontact" in query["sql"] or "providerevent" in query["sql"] for query in seen)


@pytest.mark.django_db
def test_without_a_database_the_numbers_of_the_process_remain(client: Client) -> None:
    def refuse(*_: object) -> object:
        raise OperationalError("no answer")

    with connection.execute_wrapper(refuse):
        answer = client.get("/metrics")

    assert answer.status_code == 200
    assert "# the database does not answer: no ledger numbers" in answer.content.decode()


@pytest.mark.parametrize("path", ["/healthz", "/readyz", "/metrics"])
def test_the_pages_are_for_reading(client: Client, path: str) -> None:
    assert client.post(path).status_code == 405
