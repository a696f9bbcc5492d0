"""Own the three pages for machines: is the process up, may traffic come, what are the numbers.

Never changes anything; needs no key and shows nothing of a person.
"""

from __future__ import annotations

from collections.abc import Callable

import kombu
from django.conf import settings
from django.db import DatabaseError, connection
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from kombu.exceptions import OperationalError

from config.metrics import exposition
from dialer import clock
from dialer.engine.ticks import is_silent
from dialer.models import Heartbeat
from dialer.rhythm import TICKS

# Slower ticks (the daily ones) say nothing about whether somebody works now.
NEW_UP_TO_SECONDS = 5  # ticks that a worker runs at once after its start
WATCHED_UP_TO_SECONDS = 60
BROKER_TIMEOUT_SECONDS = 1


@require_safe
@never_cache
def healthz(request: HttpRequest) -> HttpResponse:
    """Answer that this process is up, whatever else is down."""
    return JsonResponse({"status": "ok"})


@require_safe
@never_cache
def readyz(request: HttpRequest) -> HttpResponse:
    """Answer 200 when the database, the broker and the ticks work, else 503 with what fails."""
    checks = {"database": _database(), "broker": _broker()}
    checks["ticks"] = _ticks() if checks["database"] == "ok" else "unknown: the database does not answer"
    ready = all(said == "ok" or said.startswith("ok:") for said in checks.values())
    return JsonResponse(
        {"status": "ok" if ready else "unavailable", "checks": checks}, status=200 if ready else 503
    )


@require_safe
@never_cache
def metrics(request: HttpRequest) -> HttpResponse:
    """Give the numbers in Prometheus' text format, read from the database now."""
    body, content_type = exposition()
    return HttpResponse(body, content_type=content_type)


def _database() -> str:
    def ask() -> None:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")

    return _said("the database does not answer", ask, DatabaseError)


def _broker() -> str:
    if settings.IS_EMBEDDED:
        return "ok: embedded, none needed"

    def ask() -> None:
        options = {"socket_timeout": BROKER_TIMEOUT_SECONDS, "socket_connect_timeout": BROKER_TIMEOUT_SECONDS}
        with kombu.Connection(settings.CELERY_BROKER_URL, transport_options=options) as bell:
            bell.ensure_connection(max_retries=1, timeout=BROKER_TIMEOUT_SECONDS)  # its first channel pings

    return _said("the broker does not answer", ask, OperationalError, OSError)


def _said(fault: str, ask: Callable[[], None], *errors: type[Exception]) -> str:
    try:
        ask()
    except errors as error:
        return f"{fault}: {type(error).__name__}"  # not its text, which may hold an address with a password
    return "ok"


def _ticks() -> str:
    """Name the ticks that nobody has run lately."""
    beats = dict(Heartbeat.objects.values_list("name", "beat_at"))
    now = clock.now()
    silent = []
    for tick in TICKS:
        if tick.every_seconds > WATCHED_UP_TO_SECONDS:
            continue
        beat = beats.get(tick.name)
        if beat is None and tick.every_seconds > NEW_UP_TO_SECONDS:
            continue  # on a new installation its first turn may not have come yet; the quick ticks tell enough
        if beat is None:
            silent.append(f"{tick.name} (never)")
        elif is_silent(tick, beat, now):
            silent.append(f"{tick.name} ({(now - beat).total_seconds():.0f} s ago)")
    return f"nobody works: {', '.join(silent)}" if silent else "ok"
