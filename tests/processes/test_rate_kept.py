"""A provider's documented rate over a whole campaign, as the provider counts it: whatever else is asked meanwhile.

People browse and check over the API all the time; nothing tells the processes apart but the account's row.
"""

from __future__ import annotations

import json
import sys
import threading
import time
import urllib.error
import urllib.request
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import UUID

import pytest

from providers.registry import provider_class
from providers.sandbox.control import busiest
from providers.sandbox.serve import ServedSandbox
from tests.house.processes import ask, eventually, free_port, manage
from tests.processes.stage import BEAT, WORKER, Stage, cast
from tests.processes.vendor_runs import CALM, PATIENCE_SECONDS, check, prepared, served

pytestmark = [pytest.mark.slow, pytest.mark.timeout(400)]

SLUG = "ujet"
RATE = 10
#: Of ten requests a second this many are to be used while there is enough to do.
USED = 8.5
#: At least so long there is: fifty first calls and the looks at them.
BUSY_SECONDS = 3.0
WEB = [sys.executable, "-m", "gunicorn", "--config", "python:config.gunicorn", "--workers", "2"]


class Asking:
    """Two people who browse and check, again and again; keeps what they were answered."""

    def __init__(self, stage: Stage, port: int) -> None:
        made = manage("create_api_key", "rates", "--scope", "read", "--scope", "admin", env=stage.env)
        ((account,),) = stage.read("SELECT id FROM dialer_provideraccount")
        self._key = made.stdout.split()[-1]
        self._base = f"http://127.0.0.1:{port}/api/v1/provider-accounts/{UUID(str(account))}"
        self.answers: Counter[tuple[str, int, str]] = Counter()
        self.slowest = 0.0
        self._stop = threading.Event()

    def one(self, method: str, path: str) -> None:
        """Ask once."""
        headers = {"Authorization": f"Bearer {self._key}"}
        request = urllib.request.Request(f"{self._base}/{path}", method=method, headers=headers)
        began = time.monotonic()
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:
                told = (answer.status, "")
        except urllib.error.HTTPError as error:
            told = (error.code, json.loads(error.read())["code"] if error.headers["Retry-After"] else "")
        self.slowest = max(self.slowest, time.monotonic() - began)
        self.answers[(path, *told)] += 1

    @contextmanager
    def on(self) -> Iterator[None]:
        """Ask on and on while the block runs."""

        def loop(method: str, path: str) -> None:
            while not self._stop.wait(0.1):
                self.one(method, path)

        threads = [
            threading.Thread(target=loop, args=each, daemon=True)
            for each in (("GET", "remote-campaigns"), ("POST", "check"))
        ]
        for thread in threads:
            thread.start()
        try:
            yield
        finally:
            self._stop.set()
            for thread in threads:
                thread.join(40)


def judge(sandbox: ServedSandbox, asking: Asking) -> None:
    """Hold what the provider saw to its own limit, and what people were told to what the API promises."""
    arrivals = list(sandbox.arrivals)
    instants = [at for at, _, _ in arrivals]
    kinds = {(method, path.split("/")[1]) for _, method, path in arrivals}
    most, long = busiest(instants), busiest(instants, BUSY_SECONDS)
    told = dict(asking.answers)
    print(f"{len(instants)} requests, {most} in the busiest second, {long / BUSY_SECONDS:.2f}/s, {told}")
    assert most <= RATE
    assert long / BUSY_SECONDS >= USED
    assert {("POST", "apps"), ("PATCH", "apps"), ("GET", "manager")} <= kinds
    assert {(code, word) for _, code, word in told} <= {(200, ""), (503, "provider_rate_used_up")}
    assert told["remote-campaigns", 200, ""]
    assert told["check", 200, ""]
    assert asking.slowest < 8  # three seconds in line, the provider's own answer, and a busy machine


def test_it_is_kept_in_one_process(tmp_path: Path) -> None:
    assert provider_class(SLUG).capabilities.rate.per_second == RATE
    stage = Stage(tmp_path, f"sqlite:///{tmp_path / 'dialer.sqlite3'}")
    port = free_port()
    with served(SLUG, CALM) as sandbox:
        prepared(stage, SLUG, sandbox)
        asking = Asking(stage, port)
        with cast(stage) as acting:
            acting.start("up", [sys.executable, "manage.py", "up", "--port", str(port)])
            assert eventually(lambda: ask(f"http://127.0.0.1:{port}/healthz")[0] == 200, 60)
            with asking.on():
                stage.wait_for_the_end(PATIENCE_SECONDS)
        check(stage, SLUG, sandbox, is_calm=True)
    judge(sandbox, asking)


@pytest.mark.postgres
@pytest.mark.redis
def test_it_is_kept_by_two_workers_and_two_web_processes(
    tmp_path: Path, own_postgres: str, own_redis: str
) -> None:
    stage = Stage(tmp_path, own_postgres, own_redis)
    port = free_port()
    with served(SLUG, CALM) as sandbox:
        prepared(stage, SLUG, sandbox)
        asking = Asking(stage, port)
        with cast(stage) as acting:
            acting.start("web", [*WEB, "--bind", f"127.0.0.1:{port}", "config.wsgi:application"])
            assert eventually(lambda: ask(f"http://127.0.0.1:{port}/healthz")[0] == 200, 60)
            acting.start("beat", BEAT)
            for name in ("one", "two"):
                acting.start(name, WORKER)
            with asking.on():
                stage.wait_for_the_end(PATIENCE_SECONDS)
        check(stage, SLUG, sandbox, is_calm=True)
    judge(sandbox, asking)
