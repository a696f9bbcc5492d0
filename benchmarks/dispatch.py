"""Dialing through a provider with an HTTP API: all of the engine, against the same requests with nothing around them.

Owns this measurement; the server is a process of its own on the loopback interface.
"""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial

import psycopg
from django.conf import settings
from django.db import connection

from benchmarks import crowd, provider
from benchmarks.calls import NO_LIMIT
from benchmarks.database import copy_of, fresh, url_of
from benchmarks.measuring import Section, aim, median, rate, ratio, seconds
from dialer import clock
from dialer.engine.dispatch import dispatch_account
from dialer.models import Attempt, ProviderAccount
from providers.contract import HttpOptions

TEXT = """\
Each call is one small POST to a server on the loopback interface that answers at once, from {threads} threads with one
client each. "engine": claim, gates, durable mark before each request, request, settlement. "requests alone": the same
client, threads and bodies, no database. "one commit before each": these requests again, each behind one bare update of
one row through psycopg: the least that a dialer does which must know after a crash what it may have sent. The server
answers in no time, which no provider does: "{slow} ms" is the same with a server that takes so long, and there the
threads mostly wait."""
#: Few providers answer sooner.
SLOW_MS = 50
AIM = 0.75
_WHY = """\
The commit before each request, which no promise of "never twice" can do without, alone leaves {} of the requests to a
server that answers at once: it waits for the disk. The rest is the processor's: claims, gates and settlements share
two cores with the database, and what a round claimed and had no time to send goes back."""
_WHY_SLOW = """\
Claims are made while no request is under way, and what a round has no time to send goes back, to be claimed again."""


@contextmanager
def _server(slow_ms: int) -> Iterator[str]:
    with subprocess.Popen(
        [sys.executable, "-m", "benchmarks.loopback", str(slow_ms)], stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        try:
            yield f"http://127.0.0.1:{int(process.stdout.readline())}"
        finally:
            process.kill()


def _requests(base_url: str, calls: int, threads: int, database: str | None = None) -> None:
    """Send the requests; with a database each behind a commit in it."""

    def work(part: int) -> None:
        client = provider.client_of(base_url, clock.now, HttpOptions())
        with _marker(database, part) as mark:
            for place in range(calls // threads):
                mark()
                provider.post(client, f"00000000-0000-7000-8000-{part:04}{place:08}", "+99910000000")

    workers = [threading.Thread(target=work, args=(part,)) for part in range(threads)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()


@contextmanager
def _marker(database: str | None, part: int) -> Iterator[Callable[[], object]]:
    if database is None:
        yield lambda: None
        return
    with psycopg.connect(url_of(database), autocommit=True) as server:
        server.execute("INSERT INTO mark VALUES (%s, now())", [part])
        yield lambda: server.execute("UPDATE mark SET at = now() WHERE id = %s", [part])


def _engine(account: ProviderAccount, calls: int) -> None:
    left = calls
    while left > 0:
        left -= dispatch_account(account_id=account.pk, now=clock.now())


def _rates(calls: int, repeats: int, slow_ms: int = 0) -> list[float]:
    """Return calls a second: requests alone, behind a commit each, by the engine."""
    threads = settings.DIALER_PUSH_THREADS
    alone, marked, ours = [], [], []
    with _server(slow_ms) as base_url, fresh() as template:
        account = crowd.account(
            provider=provider.Posting.slug, base_url=base_url, max_requests_per_second=NO_LIMIT
        )
        crowd.enrol(crowd.campaign(account).pk, rows=calls)
        crowd.settle_down()
        for _ in range(repeats):
            alone.append(seconds(lambda: _requests(base_url, calls, threads)))
            with copy_of(template) as name:
                with connection.cursor() as cursor:
                    cursor.execute("CREATE TABLE mark (id int PRIMARY KEY, at timestamptz)")
                marked.append(seconds(partial(_requests, base_url, calls, threads, name)))
                ours.append(seconds(lambda: _engine(account, calls)))
                assert Attempt.objects.filter(state="pushed").count() == calls
    return [calls / median(times) for times in (alone, marked, ours)]


def dispatch(*, calls: int, slow_calls: int, repeats: int) -> Section:
    """Measure whole dispatches."""
    fast, slow = _rates(calls, repeats), _rates(slow_calls, repeats, SLOW_MS)
    ways = ("requests alone", "one commit before each", "engine")
    rows: list[Sequence[str]] = []
    for way, one, other in zip(ways, fast, slow, strict=True):
        rows.append((way, rate(one), ratio(one / fast[0]), rate(other), ratio(other / slow[0])))
    behind = [found[2] / found[1] for found in (fast, slow)]
    return Section(
        "Dispatch over HTTP",
        TEXT.format(threads=settings.DIALER_PUSH_THREADS, slow=SLOW_MS),
        ("Work", "calls/s", "ratio", f"{SLOW_MS} ms, calls/s", "ratio"),
        rows,
        after=f"Engine against one commit before each: {ratio(behind[0])}, at {SLOW_MS} ms {ratio(behind[1])}.\n\n"
        + "\n".join(
            (
                aim(
                    "engine to requests alone", fast[2] / fast[0], AIM, _WHY.format(ratio(fast[1] / fast[0]))
                ),
                aim(f"the same at {SLOW_MS} ms", slow[2] / slow[0], AIM, _WHY_SLOW),
            )
        ),
    )
