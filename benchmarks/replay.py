"""Records the statements of a run, to execute exactly these, with these parameters, through bare psycopg.

Owns the yardstick "the same SQL without us": same text, same values, same transactions, on an equal copy of the data.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from itertools import groupby
from typing import Any, NamedTuple

import psycopg
from django.db import connection, transaction

from benchmarks.database import url_of


class Statement(NamedTuple):
    """One statement; those of one transaction share a number, None = on its own."""

    transaction: int | None
    sql: str
    parameters: Any


class Recorder:
    """Keeps what a block of code executes."""

    def __init__(self) -> None:
        self.statements: list[Statement] = []
        self._transactions = 0
        self._open = False

    @contextmanager
    def recording(self) -> Iterator[None]:
        with connection.execute_wrapper(self._note):
            yield

    def _note(self, execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        number = None
        if connection.in_atomic_block:
            if not self._open:
                self._open, self._transactions = True, self._transactions + 1
                transaction.on_commit(self._closed)
            number = self._transactions
        self.statements.append(Statement(number, sql, params))
        return execute(sql, params, many, context)

    def _closed(self) -> None:
        self._open = False


def replay(statements: list[Statement], database: str) -> None:
    """Execute recorded statements on a database through bare psycopg, fetching what they return."""
    # The cursor that puts values into the text is the one that Django uses: the server gets the same bytes.
    with psycopg.connect(url_of(database), autocommit=True, cursor_factory=psycopg.ClientCursor) as server:
        cursor = server.cursor()
        for number, group in groupby(statements, key=lambda one: one.transaction):
            if number is None:
                _execute(cursor, group)
            else:
                with server.transaction():
                    _execute(cursor, group)


def _execute(cursor: Any, group: Any) -> None:
    for _, sql, parameters in group:
        cursor.execute(sql, parameters)
        if cursor.description is not None:
            cursor.fetchall()
