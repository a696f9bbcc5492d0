"""Databases of the benchmarks' own on the configured PostgreSQL: made, copied, dropped.

Owns which one Django is connected to; never touches a database that it did not make.
"""

from __future__ import annotations

import os
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
from django.core.management import call_command
from django.db import connections
from psycopg import sql

from tests import backends

_prefix = f"dialer_bench_{os.getpid()}"


def _server() -> psycopg.Connection[Any]:
    url = backends.postgres_url()
    assert url is not None
    return psycopg.connect(backends.with_database(url, "postgres"), autocommit=True)


def url_of(name: str) -> str:
    """Return the address of one of our databases."""
    url = backends.postgres_url()
    assert url is not None
    return backends.with_database(url, name)


def use(name: str) -> None:
    """Point Django, in all threads, to a database; every thread must have given back its connection."""
    _let_go()
    connections.settings["default"]["NAME"] = name


def _let_go() -> None:
    """Close this thread's connection and the pool, which is the product's: its threads come and go at every claim."""
    connections.close_all()
    connections["default"].close_pool()


@contextmanager
def fresh() -> Iterator[str]:
    """Make a migrated database, use it, and drop it at the end."""
    with _made(None) as name:
        use(name)
        call_command("migrate", verbosity=0, interactive=False)
        yield name


@contextmanager
def copy_of(template: str) -> Iterator[str]:
    """Make an exact copy of a database, use it, and drop it at the end; the original must not be in use."""
    _let_go()
    with _made(template) as name:
        use(name)
        try:
            yield name
        finally:
            use(template)


@contextmanager
def _made(template: str | None) -> Iterator[str]:
    name = f"{_prefix}_{uuid.uuid4().hex[:6]}"
    with _server() as server:
        # Copied through the log, as newer servers do by themselves, a large one would fill it and be written out
        # again while the measurement runs.
        how = " STRATEGY FILE_COPY" if server.info.server_version >= 150_000 else ""
        create = sql.SQL("CREATE DATABASE {} TEMPLATE {}" + how)
        server.execute(create.format(sql.Identifier(name), sql.Identifier(template or "template0")))
        try:
            yield name
        finally:
            _let_go()
            server.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))
