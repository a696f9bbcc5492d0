"""A place of its own for one test: environment, database, processes with their kills, and the truth about the calls.

Owns starting, killing and looking; the assertions that every test shares are in `verdict.py`.
"""

from __future__ import annotations

import os
import random
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import psycopg

from providers.ledger import Ring, SqliteLedger
from tests.house.processes import KEYS, ROOT, environment, eventually, manage
from tests.processes.dawdler import announce

CELERY = [sys.executable, "-m", "celery", "--quiet", "-A", "config"]
WORKER = [
    *CELERY,
    "worker",
    "--concurrency",
    "2",
    "--without-gossip",
    "--without-mingle",
    "--without-heartbeat",
]
BEAT = [*CELERY, "beat"]
#: The shortest lease that leaves room for a request: the push needs 21 seconds of it.
LEASE_SECONDS = 23


class Stage:
    """One test's environment and database, and what is running in them."""

    def __init__(self, folder: Path, database_url: str, broker_url: str = "") -> None:
        self.folder, self.database_url = folder, database_url
        self.ledger_path = folder / "ledger.sqlite3"
        self.env = environment(
            **KEYS,
            DATABASE_URL=database_url,
            CELERY_BROKER_URL=broker_url,
            PYTHONPATH=str(announce(folder)),
            PYTHONWARNINGS="ignore",
            DIALER_DATA_DIR=str(folder),
            DIALER_LEDGER_PATH=str(self.ledger_path),
            DIALER_TICK_SECONDS="0.5",
            DIALER_POLL_SECONDS="0.5",
            DIALER_RECONCILE_SECONDS="0.5",
            DIALER_LEASE_SECONDS=str(LEASE_SECONDS),
        )

    def prepare(self, *, accounts: int, people: int) -> None:
        """Make the tables, the accounts, the people and the running campaigns."""
        made = manage("migrate", "-v0", env=self.env, check=False)
        assert made.returncode == 0, made.stderr
        command = [sys.executable, "-m", "tests.processes.prepare", str(accounts), str(people)]
        done = subprocess.run(command, cwd=ROOT, env=self.env, capture_output=True, text=True, timeout=60)
        assert done.returncode == 0, done.stderr

    def read(self, statement: str) -> list[tuple[Any, ...]]:
        """Read rows of the database."""
        if self.database_url.startswith("sqlite"):
            with closing(sqlite3.connect(self.database_url.removeprefix("sqlite:///"), timeout=20)) as base:
                return base.execute(statement).fetchall()
        with psycopg.connect(self.database_url) as server:
            return server.execute(statement).fetchall()

    def unfinished(self) -> int:
        """Count the people who still wait or are being called."""
        (row,) = self.read("SELECT count(*) FROM dialer_campaigncontact WHERE state <> 'finished'")
        return int(row[0])

    def attempted(self) -> int:
        """Count the attempts so far."""
        return int(self.read("SELECT count(*) FROM dialer_attempt")[0][0])

    def wait_for_the_end(self, seconds: float) -> None:
        """Wait until nobody waits any more."""
        assert eventually(lambda: self.unfinished() == 0, seconds), self.states()

    def states(self) -> list[tuple[Any, ...]]:
        """Count people and attempts by state, for the message of a failure."""
        return self.read(
            "SELECT 'contact', state, hold_gate, count(*) FROM dialer_campaigncontact GROUP BY state, hold_gate"
            " UNION ALL SELECT 'attempt', state, result, count(*) FROM dialer_attempt GROUP BY state, result"
        )

    def rings(self) -> list[Ring]:
        """List what rang."""
        from dialer import clock

        return SqliteLedger(self.ledger_path).rings(clock.now())

    def log(self, name: str) -> Path:
        """Return the file that a process writes to."""
        return self.folder / f"{name}.log"


class Cast:
    """Processes that are started, killed without warning and started again."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        self._commands: dict[str, Sequence[str]] = {}
        self._running: dict[str, subprocess.Popen[bytes]] = {}
        self._groups: list[int] = []

    def start(self, name: str, command: Sequence[str]) -> None:
        """Start a process in a group of its own."""
        with self._stage.log(name).open("ab") as output:
            process = subprocess.Popen(
                command, cwd=ROOT, env=self._stage.env, stdout=output, stderr=output, process_group=0
            )
        self._commands[name], self._running[name] = command, process
        self._groups.append(process.pid)

    def kill(self, name: str) -> None:
        """Kill a process, and only it: what it started is left to notice."""
        self._running[name].kill()
        self._running[name].wait(10)

    def restart(self, name: str) -> None:
        """Start a process that was killed once more."""
        self.start(name, self._commands[name])

    def children(self, name: str) -> list[int]:
        """List the children of a process: the pool of a worker."""
        pid = self._running[name].pid
        listed = Path(f"/proc/{pid}/task/{pid}/children")
        return [int(child) for child in listed.read_text().split()] if listed.exists() else []

    def end(self) -> None:
        """Kill everything that was ever started here."""
        for group in self._groups:
            try:
                os.killpg(group, signal.SIGKILL)
            except ProcessLookupError:
                continue
        for process in self._running.values():
            process.wait(10)


@contextmanager
def cast(stage: Stage) -> Iterator[Cast]:
    """Let processes run while the block runs."""
    made = Cast(stage)
    try:
        yield made
    finally:
        made.end()


def kill_at_random(acting: Cast, workers: Sequence[str], *, seed: int, seconds: float) -> list[str]:
    """Kill children and whole workers at random instants for some seconds; returns what was killed."""
    dice = random.Random(seed)
    end = time.monotonic() + seconds
    killed = []
    while time.monotonic() < end:
        time.sleep(dice.uniform(0.2, 1.2))
        name = dice.choice(list(workers))
        children = acting.children(name)
        if children and dice.random() < 0.7:
            victim = dice.choice(children)
            os.kill(victim, signal.SIGKILL)
            killed.append(f"{name} child {victim}")
        else:
            acting.kill(name)
            acting.restart(name)
            killed.append(name)
    return killed
