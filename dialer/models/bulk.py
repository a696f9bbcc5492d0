"""Writes many rows by one statement: the set-based insert and the set-based compare-and-set.

Owns the SQL that Django's ORM has no words for; never decides what is written.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import msgspec
from django.db import connections, models

_as_json = msgspec.json.Encoder(decimal_format="string")


@lru_cache(maxsize=64)
def _column(model: type[models.Model], name: str) -> tuple[str, str]:
    """Give a field's column and its type on PostgreSQL; `name` is the field's or its attribute's."""
    field: Any = model._meta.get_field(name)
    return f'"{field.column}"', field.cast_db_type(connections["default"])


def update_rows(
    model: type[models.Model],
    *,
    match: Sequence[str],
    change: Sequence[str],
    rows: Sequence[Sequence[Any]],
) -> set[Any]:
    """Set the `change` columns of the rows whose `match` columns (the id first) still have the given values.

    Each row holds the values of `match`, then those of `change`. Returns the ids that were written; a missing
    one was changed by somebody else meanwhile. Must run inside a transaction.
    """
    if not rows:
        return set()
    if connections["default"].vendor == "postgresql":
        return _update_by_one_statement(model, [*match, *change], len(match), rows)
    return _update_row_by_row(model, [*match, *change], len(match), rows)


def _update_by_one_statement(
    model: type[models.Model], names: Sequence[str], matched: int, rows: Sequence[Sequence[Any]]
) -> set[Any]:
    # One JSON parameter is read by the server in C; arrays of parameters are written value by value in Python.
    # The values' columns are numbered: one column may be both compared and set.
    columns = [_column(model, name) for name in names]
    shape = ", ".join(f"c{place} {kind}" for place, (_, kind) in enumerate(columns))
    pairs = [f"{column} = v.c{place}" for place, (column, _) in enumerate(columns)]
    wheres = " AND ".join(f"t.{pair}" for pair in pairs[:matched])
    statement = (
        f'UPDATE "{model._meta.db_table}" AS t SET {", ".join(pairs[matched:])}'
        f' FROM jsonb_to_recordset(%s::jsonb) AS v({shape}) WHERE {wheres} RETURNING t."id"'
    )
    with connections["default"].cursor() as cursor:
        cursor.execute(statement, [_recordset(rows)])
        return {row[0] for row in cursor.fetchall()}


def _recordset(rows: Sequence[Sequence[Any]]) -> str:
    return _as_json.encode([{f"c{place}": value for place, value in enumerate(row)} for row in rows]).decode()


def _update_row_by_row(
    model: type[models.Model], names: Sequence[str], matched: int, rows: Sequence[Sequence[Any]]
) -> set[Any]:
    # SQLite runs in our own process: a statement a row costs microseconds, and old builds lack RETURNING.
    connection = connections["default"]
    fields: list[Any] = [model._meta.get_field(name) for name in names]
    columns = [f'"{field.column}" = %s' for field in fields]
    sets, wheres = ", ".join(columns[matched:]), " AND ".join(columns[:matched])
    statement = f'UPDATE "{model._meta.db_table}" SET {sets} WHERE {wheres}'
    written = set()
    with connection.cursor() as cursor:
        for row in rows:
            values = [
                field.get_db_prep_save(value, connection) for field, value in zip(fields, row, strict=True)
            ]
            cursor.execute(statement, [*values[matched:], *values[:matched]])
            if cursor.rowcount:
                written.add(row[0])
    return written


def insert_rows(rows: Sequence[models.Model], *, ignore_conflicts: bool = False) -> None:
    """Insert rows of one model in one statement; `ignore_conflicts` leaves out those that exist."""
    if not rows:
        return
    model = type(rows[0])
    if connections["default"].vendor != "postgresql":
        model._default_manager.bulk_create(rows, batch_size=500, ignore_conflicts=ignore_conflicts)
        return
    names = [field.attname for field in model._meta.concrete_fields]
    columns = [_column(model, name) for name in names]
    shape = ", ".join(f"c{place} {kind}" for place, (_, kind) in enumerate(columns))
    statement = (
        f'INSERT INTO "{model._meta.db_table}" ({", ".join(column for column, _ in columns)})'
        f" SELECT {', '.join(f'c{place}' for place in range(len(columns)))}"
        f" FROM jsonb_to_recordset(%s::jsonb) AS v({shape})"
        f"{' ON CONFLICT DO NOTHING' if ignore_conflicts else ''}"
    )
    values = [[getattr(row, name) for name in names] for row in rows]
    with connections["default"].cursor() as cursor:
        cursor.execute(statement, [_recordset(values)])
