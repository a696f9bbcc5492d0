"""Writes many rows by one statement, each compared with what it was: the set-based compare-and-set.

Owns the SQL that Django's ORM has no words for; never decides what is written.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db import connection, models


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
    fields = [model._meta.get_field(name) for name in (*match, *change)]
    prepared = [
        [field.get_db_prep_save(value, connection) for field, value in zip(fields, row, strict=True)]
        for row in rows
    ]
    if connection.vendor == "postgresql":
        return _by_one_statement(model, fields, len(match), prepared)
    return _row_by_row(model, fields, len(match), rows, prepared)


def _by_one_statement(
    model: type[models.Model], fields: Sequence[Any], matched: int, prepared: Sequence[Sequence[Any]]
) -> set[Any]:
    # The values' columns are numbered: one column may be both compared and set.
    names = [f"v{place}" for place in range(len(fields))]
    pairs = [(f'"{field.column}"', name) for field, name in zip(fields, names, strict=True)]
    arrays = ", ".join(f"%s::{field.cast_db_type(connection)}[]" for field in fields)
    sets = ", ".join(f"{column} = v.{name}" for column, name in pairs[matched:])
    wheres = " AND ".join(f"t.{column} = v.{name}" for column, name in pairs[:matched])
    statement = (
        f'UPDATE "{model._meta.db_table}" AS t SET {sets} FROM unnest({arrays}) AS v({", ".join(names)})'
        f' WHERE {wheres} RETURNING t."id"'
    )
    with connection.cursor() as cursor:
        cursor.execute(statement, [list(values) for values in zip(*prepared, strict=True)])
        return {row[0] for row in cursor.fetchall()}


def _row_by_row(
    model: type[models.Model],
    fields: Sequence[Any],
    matched: int,
    rows: Sequence[Sequence[Any]],
    prepared: Sequence[Sequence[Any]],
) -> set[Any]:
    # SQLite runs in our own process: a statement a row costs microseconds, and old builds lack RETURNING.
    columns = [f'"{field.column}" = %s' for field in fields]
    sets, wheres = ", ".join(columns[matched:]), " AND ".join(columns[:matched])
    statement = f'UPDATE "{model._meta.db_table}" SET {sets} WHERE {wheres}'
    written = set()
    with connection.cursor() as cursor:
        for row, values in zip(rows, prepared, strict=True):
            cursor.execute(statement, [*values[matched:], *values[:matched]])
            if cursor.rowcount:
                written.add(row[0])
    return written
