"""Compares the tallies with the rows they count, and corrects them; both in one snapshot, while others write.

Owns the comparison; in service it finds nothing, unless somebody wrote past the triggers.
"""

from __future__ import annotations

from typing import Any, NamedTuple
from uuid import UUID

from django.db import connections, transaction
from django.db.migrations.recorder import MigrationRecorder

from dialer.models import TallyKind, tally_triggers
from dialer.models.tallies import COUNTS, KEY, NO_DAY

_COLUMNS = ", ".join((*KEY, *COUNTS))
# One statement sees one snapshot: a row and its delta become visible by the same commit.
_DIFFERENCES = """
WITH stand ({columns}) AS ({rows}),
both_sides ({columns}) AS (
    SELECT {columns} FROM stand
    UNION ALL SELECT {key}, -total, -priced, -cost FROM dialer_tally
    UNION ALL SELECT {key}, -total, -priced, -cost FROM dialer_tallydelta
)
SELECT {key}, sum(total), sum(priced), sum(cost) FROM both_sides
GROUP BY {key} HAVING sum(total) <> 0 OR sum(priced) <> 0 OR sum(cost) <> 0
ORDER BY {key}
"""
_ADD = f"""
INSERT INTO dialer_tally ({_COLUMNS}) VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s)
ON CONFLICT ({", ".join(KEY)}) DO UPDATE SET total = dialer_tally.total + excluded.total,
priced = dialer_tally.priced + excluded.priced, cost = dialer_tally.cost + excluded.cost
"""  # noqa: S608 (constants alone)
#: Two corrections at once would both add what is missing; "tall" in ASCII.
_LOCK = 0x74616C6C
_TRIGGERS_CAME_WITH = ("dialer", "0012_tally_triggers")


class Difference(NamedTuple):
    """A bucket in which rows and tallies differ, and by how much the rows have more."""

    owner_id: Any
    kind: str
    state: str
    detail: str
    number: int
    day: Any
    currency: str
    total: int
    priced: int
    cost: int

    def __str__(self) -> str:
        owner = "account" if self.kind == TallyKind.EVENT else "campaign"
        place = [self.kind, self.state, self.detail, f"number {self.number}" if self.number else ""]
        place += ["" if str(self.day) == str(NO_DAY) else str(self.day), self.currency]
        more = [f"{self.total:+} rows"] if self.total else []
        more += [f"{self.priced:+} with a cost"] if self.priced else []
        more += [f"{self.cost / 10_000:+.4f} of cost"] if self.cost else []
        return (
            f"{owner} {UUID(str(self.owner_id))}, {' '.join(filter(None, place))}: the tables hold"
            f" {', '.join(more)} against the tally"
        )


def differences(connection: Any) -> list[Difference]:
    """Name each bucket in which the tallies do not say what stands in the tables; reads all of them."""
    rows = " UNION ALL ".join(tally_triggers.counted_rows(connection.vendor))
    with connection.cursor() as cursor:
        cursor.execute(_DIFFERENCES.format(key=", ".join(KEY), columns=_COLUMNS, rows=rows))
        return [Difference(*row[: len(KEY)], *map(int, row[len(KEY) :])) for row in cursor.fetchall()]


def repair(connection: Any) -> list[Difference]:
    """Make the tallies say what stands in the tables; returns what differed.

    Exact while others write: what is added is what was missing in one snapshot, and writers add their own changes.
    """
    with transaction.atomic(using=connection.alias):
        if connection.vendor == "postgresql":
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])
        found = differences(connection)
        if found:
            with connection.cursor() as cursor:
                cursor.executemany(_ADD, found)
    return found


def restore_triggers(*, using: str, **_: Any) -> None:
    """Put back the triggers that a migration lost, and count what was written without them.

    SQLite changes a table by making it anew under its old name; its triggers go with the old one, silently.
    """
    connection = connections[using]
    if _TRIGGERS_CAME_WITH not in MigrationRecorder(connection).applied_migrations():
        return
    if tally_triggers.missing(connection):
        tally_triggers.create(connection)
        repair(connection)
