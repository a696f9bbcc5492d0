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
    """Point Django, in all threads to come, to a database."""
    connections.close_all()
    connections.settings["default"]["NAME"] = name


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
    connections.close_all()
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
        create = sql.SQL("CREATE DATABASE {} TEMPLATE {}")
        server.execute(create.format(sql.Identifier(name), sql.Identifier(template or "template0")))
        try:
            yield name
        finally:
            connections.close_all()
            server.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))
