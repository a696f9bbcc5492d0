"""Own the workers of a world: whose turn it is, where one is killed, and where another one runs in between.

Stands at every statement and commit of the connection; never decides what a worker does.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from django.db import connection

from tests.scenarios.simulation.mirror import Mirror, Picture, written_table


class Killed(BaseException):
    """The worker's process is gone: nothing in the product may catch this."""


@dataclass(slots=True)
class Worker:
    """One process at work; `dies_at` is the write or commit that it does not survive, by number."""

    name: str
    dies_at: int | None = None
    dies_before: bool = True
    writes: int = 0
    is_dead: bool = False
    #: What was committed when it last decided something, if others were at work since.
    seen: Picture | None = None


@dataclass(slots=True)
class Floor:
    """Where workers stand: the one on top of the stack is running, those below wait inside a call."""

    mirror: Mirror
    between: Callable[[str], Callable[[], None] | None]  # what others do at a point, if anything
    note: Callable[[str], None]
    stack: list[Worker] = field(default_factory=list)
    killed: int = 0

    @property
    def top(self) -> Worker | None:
        """Give the running worker."""
        return self.stack[-1] if self.stack else None

    def run(self, worker: Worker, work: Callable[[], Any]) -> Any:
        """Let a worker work until it is done or killed; None if it was killed."""
        self.stack.append(worker)
        try:
            return work()
        except Killed:
            self.killed += 1
            self.note(f"killed: {worker.name} at its write {worker.writes}")
            self.mirror.rolled_back()
            return None
        finally:
            self.stack.pop()

    def step_aside(self, point: str) -> None:
        """Let others work at a point at which no transaction is open."""
        worker = self.top
        if worker is None or worker.is_dead or connection.in_atomic_block:
            return
        others = self.between(point)
        if others is not None:
            worker.seen = worker.seen or self.mirror.picture()
            others()

    def _die(self, worker: Worker) -> None:
        worker.is_dead = True
        raise Killed(worker.name)

    def _count(self, worker: Worker, *, before: bool) -> None:
        if before:
            worker.writes += 1
        if worker.dies_at == worker.writes and worker.dies_before is before:
            self._die(worker)

    # --- where the connection calls us ----------------------------------------------------------------------

    def statement(self, execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        """Stand around one statement."""
        worker = self.top
        if worker is None:
            return self._executed(execute, sql, params, many, context)
        if worker.is_dead and not sql.startswith(("ROLLBACK", "RELEASE", "SAVEPOINT")):
            raise Killed(worker.name)
        if written_table(sql) is None:
            return execute(sql, params, many, context)
        alone = not connection.in_atomic_block
        if alone:
            self.step_aside("statement")
        self._count(worker, before=True)
        result = self._executed(execute, sql, params, many, context)
        if alone:
            worker.seen = None  # committed: what it knows now is what it decides by
        self._count(worker, before=False)
        return result

    def _executed(self, execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        table = written_table(sql)
        if table is not None:
            self.mirror.wrote(table)
        return execute(sql, params, many, context)

    def commit(self, commit: Callable[[], None], rollback: Callable[[], None]) -> None:
        """Stand before a commit."""
        worker = self.top
        if worker is not None:
            worker.writes += 1
            if worker.is_dead or (worker.dies_at == worker.writes and worker.dies_before):
                rollback()
                self._die(worker)
        commit()
        if worker is not None:
            worker.seen = None

    def out_of_transaction(self) -> None:
        """Stand behind the end of a transaction."""
        worker = self.top
        if worker is None or worker.is_dead:
            return
        if worker.dies_at == worker.writes and not worker.dies_before:
            self._die(worker)
        self.step_aside("commit")


@contextmanager
def watched(floor: Floor) -> Iterator[None]:
    """Put the floor around this thread's connection."""
    real: Any = connection._connections[connection._alias]  # the thread's own, behind the proxy
    commit, rollback, set_autocommit = real.commit, real.rollback, real.set_autocommit

    def rolled_back() -> None:
        floor.mirror.rolled_back()
        rollback()

    def autocommitting(autocommit: bool, *args: Any, **named: Any) -> None:
        set_autocommit(autocommit, *args, **named)
        if autocommit and not real.in_atomic_block:
            floor.out_of_transaction()

    real.commit = lambda: floor.commit(commit, rolled_back)
    real.rollback = rolled_back
    real.set_autocommit = autocommitting
    try:
        with connection.execute_wrapper(floor.statement):
            yield
    finally:
        for name in ("commit", "rollback", "set_autocommit"):
            delattr(real, name)
