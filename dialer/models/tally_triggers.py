"""The triggers that keep the tallies: no statement, ours or a person's at a prompt, can forget them.

Owns their text for both databases, and putting them there; never reads a tally. A migration that changes a column of
the tallies drops the triggers first (SQLite checks all of them whenever a table is renamed) and makes them again.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from dialer.models.tallies import COUNTS, KEY, NO_DAY, NUMBER_MAX


class Counted(NamedTuple):
    """One table whose rows are counted; `{r}` stands for the row."""

    name: str
    table: str
    #: Its columns that decide the bucket or the counts.
    columns: tuple[str, ...]
    #: The bucket of a row, in the order of KEY; {least}, {day} and {no_day} are the database's own words.
    bucket: tuple[str, ...]
    is_priced: bool = False

    def words(self, **words: Any) -> list[str]:
        """Write the bucket in the words of a database."""
        return [word.format(**words) for word in self.bucket]


COUNTED = (
    Counted(
        "contacts",
        "dialer_campaigncontact",
        ("campaign_id", "state", "finish_reason", "hold_gate", "attempt_count"),
        (
            "{r}.campaign_id",
            "'contact'",
            "{r}.state",
            "CASE {r}.state WHEN 'finished' THEN {r}.finish_reason WHEN 'waiting' THEN {r}.hold_gate ELSE '' END",
            "{least}({r}.attempt_count, {most})",
            "{no_day}",
            "''",
        ),
    ),
    Counted(
        "attempts",
        "dialer_attempt",
        ("campaign_id", "state", "result", "sequence", "claimed_at", "currency", "cost"),
        (
            "{r}.campaign_id",
            "'attempt'",
            "{r}.state",
            "{r}.result",
            "{least}({r}.sequence, {most})",
            "{day}",
            "{r}.currency",
        ),
        is_priced=True,
    ),
    Counted(
        "events",
        "dialer_providerevent",
        ("provider_account_id", "state"),
        ("{r}.provider_account_id", "'event'", "{r}.state", "''", "0", "{no_day}", "''"),
    ),
)

_INTO = ", ".join((*KEY, *COUNTS))
_KEY = ", ".join(KEY)

# --- PostgreSQL -----------------------------------------------------------------------------------------------

# Once a statement, whatever it wrote: a batch of 500 becomes a few deltas by one grouped insert, in which rows that
# stayed in their bucket cancel out. A WHEN that compares columns exists for row triggers only, and these, one insert
# a row, were measured to cost three times as much. So the function looks first whether any row moved: the mark before
# each request moves none, and is left with a third of the cost. LEFT, so that a row with a new id counts as moved.
_FUNCTION = """
CREATE OR REPLACE FUNCTION dialer_tally_{name}() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        INSERT INTO dialer_tallydelta ({into})
        SELECT {bucket}, count(*), {priced}, {cost} FROM new_rows r GROUP BY 1, 2, 3, 4, 5, 6, 7;
    ELSIF TG_OP = 'DELETE' THEN
        INSERT INTO dialer_tallydelta ({into})
        SELECT {bucket}, -count(*), -{priced}, -{cost} FROM old_rows r GROUP BY 1, 2, 3, 4, 5, 6, 7;
    ELSIF EXISTS (
        SELECT FROM new_rows n LEFT JOIN old_rows o ON o.id = n.id WHERE ({new}) IS DISTINCT FROM ({old})
    ) THEN
        INSERT INTO dialer_tallydelta ({into})
        SELECT {key}, sum(total), sum(priced), sum(cost) FROM (
            SELECT {bucket}, count(*), {priced}, {cost} FROM new_rows r GROUP BY 1, 2, 3, 4, 5, 6, 7
            UNION ALL
            SELECT {bucket}, -count(*), -{priced}, -{cost} FROM old_rows r GROUP BY 1, 2, 3, 4, 5, 6, 7
        ) AS moved ({into})
        GROUP BY {key} HAVING sum(total) <> 0 OR sum(priced) <> 0 OR sum(cost) <> 0;
    END IF;
    RETURN NULL;
END $$
"""
_TRIGGER = """
CREATE OR REPLACE TRIGGER dialer_tally_{name}_{event} AFTER {event} ON {table} REFERENCING {rows}
FOR EACH STATEMENT EXECUTE FUNCTION dialer_tally_{name}()
"""
_ROWS = {
    "insert": "NEW TABLE AS new_rows",
    "update": "OLD TABLE AS old_rows NEW TABLE AS new_rows",
    "delete": "OLD TABLE AS old_rows",
}


def _postgresql_words(counted: Counted, row: str) -> tuple[list[str], str, str]:
    """Say of a row: its bucket, 1 if it has a cost, and the cost."""
    day = f"({row}.claimed_at AT TIME ZONE 'UTC')::date"
    bucket = counted.words(r=row, least="LEAST", most=NUMBER_MAX, day=day, no_day=f"DATE '{NO_DAY}'")
    if not counted.is_priced:
        return bucket, "0", "0"
    return bucket, f"({row}.cost IS NOT NULL)::int", f"COALESCE({row}.cost * 10000, 0)"


def _postgresql(counted: Counted) -> Iterator[str]:
    bucket, priced, cost = _postgresql_words(counted, "r")
    yield _FUNCTION.format(
        name=counted.name,
        into=_INTO,
        key=_KEY,
        bucket=", ".join(bucket),
        priced=f"sum({priced})",
        cost=f"sum({cost})",
        new=", ".join(f"n.{column}" for column in counted.columns),
        old=", ".join(f"o.{column}" for column in counted.columns),
    )
    for event, rows in _ROWS.items():
        yield _TRIGGER.format(name=counted.name, event=event, table=counted.table, rows=rows)


# --- SQLite ---------------------------------------------------------------------------------------------------

# SQLite has row triggers alone and one writer at a time: each row moves the counts of its buckets at once, for a
# delta would save nobody a wait, and folding it would be one more write. Most buckets are there already: looking
# first was measured to be a quarter faster than an INSERT with ON CONFLICT.
_MOVE = """
    UPDATE dialer_tally SET total = total + {sign}1, priced = priced + {sign}{priced}, cost = cost + {sign}{cost}
    WHERE {is_bucket};
    INSERT INTO dialer_tally ({into}) SELECT {bucket}, {sign}1, {sign}{priced}, {sign}{cost} WHERE changes() = 0;
"""
_ROW_TRIGGER = """
CREATE TRIGGER dialer_tally_{name}_{event} AFTER {event}{of} ON {table}{when}
BEGIN{body}END
"""


def _sqlite_words(counted: Counted, row: str) -> tuple[list[str], str, str]:
    """Say of a row: its bucket, 1 if it has a cost, and the cost."""
    # An instant is stored as text in UTC, a price as a binary fraction: four decimals come back exactly by rounding.
    day = f"substr({row}.claimed_at, 1, 10)"
    bucket = counted.words(r=row, least="MIN", most=NUMBER_MAX, day=day, no_day=f"'{NO_DAY}'")
    if not counted.is_priced:
        return bucket, "0", "0"
    return (
        bucket,
        f"({row}.cost IS NOT NULL)",
        f"CAST(round(COALESCE({row}.cost, 0) * 10000) AS INTEGER)",
    )


def _sqlite(counted: Counted) -> Iterator[str]:
    def move(row: str, sign: str) -> str:
        bucket, priced, cost = _sqlite_words(counted, row)
        is_bucket = " AND ".join(f"{column} = {word}" for column, word in zip(KEY, bucket, strict=True))
        return _MOVE.format(
            into=_INTO, bucket=", ".join(bucket), is_bucket=is_bucket, sign=sign, priced=priced, cost=cost
        )

    changed = " OR ".join(f"OLD.{column} IS NOT NEW.{column}" for column in counted.columns)
    for event, of, when, body in (
        ("insert", "", "", move("NEW", "")),
        (
            "update",
            f" OF {', '.join(counted.columns)}",
            f" WHEN {changed}",
            move("OLD", "-") + move("NEW", ""),
        ),
        ("delete", "", "", move("OLD", "-")),
    ):
        yield f"DROP TRIGGER IF EXISTS dialer_tally_{counted.name}_{event}"
        yield _ROW_TRIGGER.format(
            name=counted.name, event=event, of=of, table=counted.table, when=when, body=body
        )


# --- putting them there ---------------------------------------------------------------------------------------

_COUNT = "SELECT {bucket}, count(*), sum({priced}), sum({cost}) FROM {table} r GROUP BY 1, 2, 3, 4, 5, 6, 7"
_WORDS = {"postgresql": _postgresql_words, "sqlite": _sqlite_words}
_TEXTS = {"postgresql": _postgresql, "sqlite": _sqlite}
_STANDING = {
    "postgresql": "SELECT tgname FROM pg_trigger WHERE NOT tgisinternal AND tgenabled <> 'D'",
    "sqlite": "SELECT name FROM sqlite_master WHERE type = 'trigger'",
}


def create(connection: Any) -> None:
    """Make the triggers, or make them anew."""
    with connection.cursor() as cursor:
        for counted in COUNTED:
            for statement in _TEXTS[connection.vendor](counted):
                cursor.execute(statement)


def counted_rows(vendor: str) -> Iterator[str]:
    """Give one SELECT a table that counts its rows by bucket: what the tallies must say."""
    for counted in COUNTED:
        bucket, priced, cost = _WORDS[vendor](counted, "r")
        yield _COUNT.format(bucket=", ".join(bucket), priced=priced, cost=cost, table=counted.table)


def drop(connection: Any) -> None:
    """Take the triggers away; the tallies stay as they are and say nothing any more."""
    with connection.cursor() as cursor:
        for counted in COUNTED:
            for event in _ROWS:
                on = f" ON {counted.table}" if connection.vendor == "postgresql" else ""
                cursor.execute(f"DROP TRIGGER IF EXISTS dialer_tally_{counted.name}_{event}{on}")
            if connection.vendor == "postgresql":
                cursor.execute(f"DROP FUNCTION IF EXISTS dialer_tally_{counted.name}()")


def missing(connection: Any) -> list[str]:
    """List the triggers that do not stand, or are switched off."""
    with connection.cursor() as cursor:
        cursor.execute(_STANDING[connection.vendor])
        standing = {row[0] for row in cursor.fetchall()}
    return sorted(
        {f"dialer_tally_{counted.name}_{event}" for counted in COUNTED for event in _ROWS} - standing
    )
