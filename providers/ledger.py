"""Own the record of what a simulated provider accepted, took back and rang.

Never decides a call's outcome; it is the witness that tests and the demo compare our attempts with.
"""

from __future__ import annotations

import os
import sqlite3
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Protocol
from uuid import uuid4

from providers.values import PRIVATE, Value
from providers.vocabulary import Withdrawal

#: A time, or the clock that gives it: the wait for a lock must not date a withdrawal back.
Instant = datetime | Callable[[], datetime]


def _read(at: Instant) -> datetime:
    return at() if callable(at) else at


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Entry(Value):
    """One accepted push; a second one with the same ref is a second entry, and would ring again."""

    id: int
    ref: str
    phone: str = field(metadata=PRIVATE)
    at: datetime  # accepted
    rings_at: datetime
    send_no: int = 1
    withdrawn_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Ring(Value):
    """A phone that rang."""

    id: int
    ref: str
    phone: str = field(metadata=PRIVATE)
    at: datetime


class Ledger(Protocol):
    """What the simulator needs of a ledger; safe between threads, and processes if it has a file."""

    def accept(self, ref: str, phone: str, at: datetime, rings_at: datetime, send_no: int = 1) -> int:
        """Record an accepted push; give how many of this ref there are now (1 = the first)."""

    def withdraw(self, ref: str, at: Instant) -> Withdrawal:
        """Take back all that has not rung by `at`; a clock is read once the ledger is locked."""

    def entry(self, ref: str) -> Entry | None:
        """Give the latest entry of a ref."""

    def entries(self) -> list[Entry]:
        """List every entry, oldest first."""

    def rings(self, until: datetime) -> list[Ring]:
        """List what rang up to and including `until`, in order of ringing."""


def verdict(entries: list[Entry], at: datetime) -> Withdrawal:
    """Say what a withdrawal at `at` means for the entries of one ref."""
    if not entries:
        return Withdrawal.GONE
    if any(entry.withdrawn_at is None and entry.rings_at <= at for entry in entries):
        return Withdrawal.TOO_LATE
    return Withdrawal.WITHDRAWN


def _rings(entries: list[Entry], until: datetime) -> list[Ring]:
    # A withdrawn entry never rang: `withdraw` touches only what has not rung yet.
    rung = [entry for entry in entries if entry.withdrawn_at is None and entry.rings_at <= until]
    rung.sort(key=lambda entry: (entry.rings_at, entry.id))
    return [Ring(id=entry.id, ref=entry.ref, phone=entry.phone, at=entry.rings_at) for entry in rung]


class MemoryLedger:
    """Keep the ledger in this process."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._entries: list[Entry] = []
        self._by_ref: dict[str, list[int]] = {}

    def accept(self, ref: str, phone: str, at: datetime, rings_at: datetime, send_no: int = 1) -> int:
        """Record an accepted push; give how many of this ref there are now."""
        with self._lock:
            place = len(self._entries)
            self._entries.append(
                Entry(id=place + 1, ref=ref, phone=phone, at=at, rings_at=rings_at, send_no=send_no)
            )
            places = self._by_ref.setdefault(ref, [])
            places.append(place)
            return len(places)

    def withdraw(self, ref: str, at: Instant) -> Withdrawal:
        """Take back all that has not rung by `at`."""
        with self._lock:
            at = _read(at)
            places = self._by_ref.get(ref, [])
            found = verdict([self._entries[place] for place in places], at)
            for place in places:
                entry = self._entries[place]
                if entry.withdrawn_at is None and entry.rings_at > at:
                    self._entries[place] = replace(entry, withdrawn_at=at)
            return found

    def entry(self, ref: str) -> Entry | None:
        """Give the latest entry of a ref."""
        with self._lock:
            places = self._by_ref.get(ref)
            return self._entries[places[-1]] if places else None

    def entries(self) -> list[Entry]:
        """List every entry, oldest first."""
        with self._lock:
            return list(self._entries)

    def rings(self, until: datetime) -> list[Ring]:
        """List what rang up to and including `until`."""
        return _rings(self.entries(), until)


#: A writer waits this long for another process's transaction, which takes well under a millisecond.
BUSY_SECONDS = 30.0

_SCHEMA = """
CREATE TABLE entry (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    ref TEXT NOT NULL, phone TEXT NOT NULL, at INTEGER NOT NULL, rings_at INTEGER NOT NULL,
    send_no INTEGER NOT NULL, withdrawn_at INTEGER);
CREATE INDEX entry_ref ON entry (ref);
"""
_SELECT = "SELECT id, ref, phone, at, rings_at, send_no, withdrawn_at FROM entry"
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


def _number(at: datetime) -> int:
    return (at - _EPOCH) // _MICROSECOND  # whole microseconds: exact, and ordered as times are


def _time(number: int) -> datetime:
    return _EPOCH + number * _MICROSECOND


def _entry(row: tuple[int, str, str, int, int, int, int | None]) -> Entry:
    return Entry(
        id=row[0],
        ref=row[1],
        phone=row[2],
        at=_time(row[3]),
        rings_at=_time(row[4]),
        send_no=row[5],
        withdrawn_at=None if row[6] is None else _time(row[6]),
    )


def _create(path: Path) -> None:
    """Make the file complete before it gets its name.

    Two processes that switch one file to WAL at once lock each other out, whatever the busy timeout.
    """
    fresh = path.with_name(f"{path.name}.{uuid4().hex}.new")
    connection = sqlite3.connect(fresh, isolation_level=None)
    try:
        connection.execute("PRAGMA journal_mode=WAL")  # kept in the file for every later connection
        connection.executescript(_SCHEMA)
    finally:
        connection.close()
    with suppress(FileExistsError):  # another process was first: its file is as good
        os.link(fresh, path)
    fresh.unlink()


class SqliteLedger:
    """Keep the ledger in one small file that any number of threads and processes share.

    `synchronous=NORMAL`: in WAL mode a commit survives every kill of a process, which is what the ledger is
    for, and costs no disk flush. Only a power cut could lose the last ones; OFF would win little and risk the
    file.
    """

    def __init__(self, path: str | Path) -> None:
        self._path = Path(path)
        self._local = threading.local()
        if not self._path.exists():
            _create(self._path)
        self._connection()  # fails here, with the path, rather than at the first call

    def _connection(self) -> sqlite3.Connection:
        connection: sqlite3.Connection | None = getattr(self._local, "connection", None)
        # A connection that a fork carried over would corrupt the file: each process opens its own.
        if connection is None or self._local.process != os.getpid():
            connection = sqlite3.connect(self._path, timeout=BUSY_SECONDS, isolation_level=None)
            connection.execute("PRAGMA synchronous=NORMAL")
            self._local.connection, self._local.process = connection, os.getpid()
        return connection

    def accept(self, ref: str, phone: str, at: datetime, rings_at: datetime, send_no: int = 1) -> int:
        """Record an accepted push; give how many of this ref there are now."""
        connection = self._connection()
        cursor = connection.execute(
            "INSERT INTO entry (ref, phone, at, rings_at, send_no) VALUES (?, ?, ?, ?, ?)",
            (ref, phone, _number(at), _number(rings_at), send_no),
        )
        # Ids only grow, so this counts the same however many others commit meanwhile.
        found = connection.execute(
            "SELECT count(*) FROM entry WHERE ref = ? AND id <= ?", (ref, cursor.lastrowid)
        )
        return int(found.fetchone()[0])

    def withdraw(self, ref: str, at: Instant) -> Withdrawal:
        """Take back all that has not rung by `at`."""
        connection = self._connection()
        connection.execute("BEGIN IMMEDIATE")  # the look and the mark are one step for every process
        try:
            at = _read(at)
            rows = connection.execute(_SELECT + " WHERE ref = ?", (ref,)).fetchall()
            connection.execute(
                "UPDATE entry SET withdrawn_at = ? WHERE ref = ? AND withdrawn_at IS NULL AND rings_at > ?",
                (_number(at), ref, _number(at)),
            )
            connection.execute("COMMIT")
        except BaseException:
            connection.execute("ROLLBACK")
            raise
        return verdict([_entry(row) for row in rows], at)

    def entry(self, ref: str) -> Entry | None:
        """Give the latest entry of a ref."""
        row = (
            self._connection().execute(_SELECT + " WHERE ref = ? ORDER BY id DESC LIMIT 1", (ref,)).fetchone()
        )
        return _entry(row) if row else None

    def entries(self) -> list[Entry]:
        """List every entry, oldest first."""
        rows = self._connection().execute(_SELECT + " ORDER BY id").fetchall()
        return [_entry(row) for row in rows]

    def rings(self, until: datetime) -> list[Ring]:
        """List what rang up to and including `until`."""
        rows = self._connection().execute(
            _SELECT + " WHERE withdrawn_at IS NULL AND rings_at <= ?", (_number(until),)
        )
        return _rings([_entry(row) for row in rows], until)
