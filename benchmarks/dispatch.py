"""Dialing through a provider with an HTTP API: all of the engine, against the same requests with nothing around them.

Owns this measurement; the server is a process of its own on the loopback interface.
"""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from django.conf import settings

from benchmarks import crowd, provider
from benchmarks.calls import NO_LIMIT
from benchmarks.database import copy_of, fresh
from benchmarks.measuring import Section, median, rate, ratio, seconds
from dialer import clock
from dialer.engine.dispatch import dispatch_account
from dialer.models import Attempt
from providers.contract import HttpOptions

TEXT = """\
Each call is one small POST to a server on the loopback interface that answers at once, from {threads} threads with one
client each. "engine": claim, gates, durable mark before each request, request, settlement. "requests alone": the same
client, threads and bodies, no database. The server answers in no time, which no provider does: with an answer that
takes 20 ms the threads wait for it in both cases and the ratio nears 1."""


@contextmanager
def _server() -> Iterator[str]:
    with subprocess.Popen(
        [sys.executable, "-m", "benchmarks.loopback"], stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        try:
            yield f"http://127.0.0.1:{int(process.stdout.readline())}"
        finally:
            process.kill()


def _requests_alone(base_url: str, calls: int, threads: int) -> None:
    def work(part: int) -> None:
        client = provider.client_of(base_url, clock.now, HttpOptions())
        for place in range(calls // threads):
            provider.post(client, f"00000000-0000-7000-8000-{part:04}{place:08}", "+99910000000")

    workers = [threading.Thread(target=work, args=(part,)) for part in range(threads)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()


def dispatch(*, calls: int, repeats: int) -> Section:
    """Measure whole dispatches."""
    threads = settings.DIALER_PUSH_THREADS
    alone, ours = [], []
    with _server() as base_url, fresh() as template:
        account = crowd.account(
            provider=provider.Posting.slug, base_url=base_url, max_requests_per_second=NO_LIMIT
        )
        crowd.enrol(crowd.campaign(account).pk, rows=calls)
        crowd.settle_down()
        for _ in range(repeats):
            alone.append(seconds(lambda: _requests_alone(base_url, calls, threads)))
            with copy_of(template):

                def work() -> None:
                    left = calls
                    while left > 0:
                        left -= dispatch_account(account_id=account.pk, now=clock.now())

                ours.append(seconds(work))
                assert Attempt.objects.filter(state="pushed").count() == calls
    found, best = median(ours), median(alone)
    return Section(
        "Dispatch over HTTP",
        TEXT.format(threads=threads),
        ("Work", "calls/s", "ratio"),
        [
            ("requests alone", rate(calls / best), ""),
            ("engine", rate(calls / found), ratio(best / found)),
        ],
    )
