"""Own which PostgreSQL and Redis the tests may use: those of the environment, else the local ports.

Never creates or empties anything.
"""

from __future__ import annotations

import os
from urllib.parse import urlsplit, urlunsplit

import psycopg
import redis

LOCAL_POSTGRES = "postgres://postgres@127.0.0.1:5432/dialer_suite"
LOCAL_REDIS = "redis://127.0.0.1:6379/0"
TIMEOUT_SECONDS = 2  # a local port answers in milliseconds
PASS = "DIALER_TESTS_PASS"


def postgres_url() -> str | None:
    """Return the PostgreSQL to test on, or nothing if none answers."""
    named = os.environ.get("DATABASE_URL", "")
    url = named if named.startswith("postgres") else os.environ.get("DIALER_TEST_POSTGRES", LOCAL_POSTGRES)
    try:
        with psycopg.connect(with_database(url, "postgres"), connect_timeout=TIMEOUT_SECONDS):
            return url
    except psycopg.OperationalError:
        return None


def redis_url() -> str | None:
    """Return the Redis to test with, or nothing if none answers."""
    url = os.environ.get("REDIS_URL") or LOCAL_REDIS
    try:
        with redis.Redis.from_url(
            url, socket_connect_timeout=TIMEOUT_SECONDS, socket_timeout=TIMEOUT_SECONDS
        ) as bell:
            bell.ping()
            return url
    except (redis.RedisError, OSError):
        return None


def with_database(url: str, name: str | int) -> str:
    """Return the same server's URL for another database."""
    parts = urlsplit(url)
    return urlunsplit(parts._replace(path=f"/{name}"))


def shown(url: str) -> str:
    """Return where a URL points, without user and password."""
    parts = urlsplit(url)
    return f"{parts.hostname}:{parts.port}"


def in_ci() -> bool:
    """Tell whether an absent backend is a failure."""
    return os.environ.get("CI", "").lower() in ("1", "true", "yes")
