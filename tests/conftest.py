"""Own what all tests share: which backends answer, which tests that selects, and databases of one's own.

A test whose backend is absent is deselected and counted, never skipped; CI fails instead.
"""

from __future__ import annotations

import os
import uuid
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
import redis
from django.core.cache import cache
from django.db import connection
from django.db.backends.postgresql.operations import DatabaseOperations
from django.db.backends.sqlite3.base import DatabaseOperations as SqliteOperations
from psycopg import sql

from tests import backends

# Redis has 16 databases; the lowest are what a developer's own processes use.
REDIS_DATABASES = range(4, 16)
REDIS_CLAIM_SECONDS = 600  # a killed run gives its database back
CLAIM = "dialer-tests-owner"


def _emptied_by_deleting(
    self: DatabaseOperations, style: object, tables: list[str], **_: object
) -> list[str]:
    """Empty tables as `flush` does, in milliseconds: TRUNCATE makes new files for every table and index.

    Foreign keys are checked at the commit, so any order will do but for the tallies.
    """
    return [f"DELETE FROM {self.quote_name(table)}" for table in _tallies_last(tables)]


def _tallies_last(tables: list[str]) -> list[str]:
    """Order tables so that what triggers write while the counted ones are emptied goes as well."""
    return sorted(tables, key=lambda table: table.startswith("dialer_tally"))


_flushed_by_sqlite = SqliteOperations.sql_flush


def _emptied_in_order(self: SqliteOperations, style: object, tables: list[str], **options: Any) -> list[str]:
    return list(_flushed_by_sqlite(self, style, _tallies_last(tables), **options))


DatabaseOperations.sql_flush = _emptied_by_deleting  # type: ignore[method-assign,assignment]
SqliteOperations.sql_flush = _emptied_in_order  # type: ignore[method-assign]


def _vendor() -> str:
    return str(connection.vendor)


def pytest_report_header() -> list[str]:
    """Say which backends answer."""
    postgres, bell = backends.postgres_url(), backends.redis_url()
    line = (
        f"database: {connection.display_name}; "
        f"postgres: {'answers at ' + backends.shown(postgres) if postgres else 'no answer'}; "
        f"redis: {'answers at ' + backends.shown(bell) if bell else 'no answer'}"
    )
    return [line]


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Keep the tests that mean something on the backends of this pass."""
    on_postgres, has_redis = _vendor() == "postgresql", backends.redis_url() is not None
    repeats = os.environ.get(backends.PASS) == "again"
    kept, dropped = [], []
    for item in items:
        needs = {mark.name for mark in item.iter_markers()} & {"postgres", "redis"}
        fits = ("postgres" not in needs or on_postgres) and ("redis" not in needs or has_redis)
        if repeats and not (_meets_database(item) or "postgres" in needs):
            fits = False  # it ran in the first pass and cannot tell the difference
        (kept if fits else dropped).append(item)
    if dropped:
        config.hook.pytest_deselected(items=dropped)
        items[:] = kept


def _meets_database(item: pytest.Item) -> bool:
    fixtures = set(getattr(item, "fixturenames", ()))
    return item.get_closest_marker("django_db") is not None or bool(fixtures & {"db", "transactional_db"})


@pytest.fixture(autouse=True)
def _empty_cache() -> None:
    """Let no test see what another one cached."""
    cache.clear()


@pytest.fixture
def own_postgres() -> Iterator[str]:
    """Give the URL of an empty PostgreSQL database that exists for one test; for tests marked `postgres`."""
    url = backends.postgres_url()
    assert url is not None
    name = f"dialer_t_{uuid.uuid4().hex[:12]}"
    with psycopg.connect(backends.with_database(url, "postgres"), autocommit=True) as server:
        server.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        try:
            yield backends.with_database(url, name)
        finally:
            server.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


@pytest.fixture
def own_redis() -> Iterator[str]:
    """Give the URL of a Redis database that nobody else uses meanwhile; for tests marked `redis`."""
    url = backends.redis_url()
    assert url is not None
    # Claims stand in database 0, so that a test may flush its own.
    with redis.Redis.from_url(backends.with_database(url, 0)) as claims:
        for number in REDIS_DATABASES:
            claim = f"{CLAIM}-{number}"
            if not claims.set(claim, os.getpid(), nx=True, ex=REDIS_CLAIM_SECONDS):
                continue
            with redis.Redis.from_url(backends.with_database(url, number)) as own:
                if own.dbsize():  # a stranger's
                    claims.delete(claim)
                    continue
                try:
                    yield backends.with_database(url, number)
                finally:
                    own.flushdb()
                    claims.delete(claim)
                return
    pytest.fail(f"no Redis database between {REDIS_DATABASES[0]} and {REDIS_DATABASES[-1]} is free")
