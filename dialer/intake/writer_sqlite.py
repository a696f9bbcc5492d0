"""SQLite's part of the batch write: the transaction is the lock, look-ups by JSON array, inserts by executemany.

Owns SQL that only SQLite reads; never decides who is the same (`people.py` does, for both databases).
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

import msgspec
from django.db import connection

from dialer.intake.loading import Found

if TYPE_CHECKING:
    from dialer.intake.known import Changes, Enrolment
    from dialer.intake.writers import StoredVerdict

_FIND_NAMED = "SELECT id FROM dialer_contact WHERE external_id IN (SELECT value FROM json_each(%s))"
# CROSS JOIN fixes the order of SQLite's loops: number by number through the index.
_FIND_NAMELESS = """
SELECT p.number, MIN(c.id) FROM (SELECT DISTINCT value AS number FROM json_each(%s)) k
CROSS JOIN dialer_contactphone p ON p.number = k.number AND p.is_main
CROSS JOIN dialer_contact c ON c.id = p.contact_id AND c.external_id IS NULL
GROUP BY p.number
"""
# With MIN() SQLite takes the other columns from the row that holds the minimum.
_FIND_UNFINISHED = """
SELECT p.number, e.contact_id, MIN(e.id) FROM (SELECT DISTINCT value AS number FROM json_each(%s)) k
CROSS JOIN dialer_contactphone p ON p.number = k.number AND p.is_main
CROSS JOIN dialer_campaigncontact e ON e.contact_id = p.contact_id AND e.campaign_id = %s
WHERE e.state <> 'finished' GROUP BY p.number
"""
_PEOPLE = """INSERT INTO dialer_contact (id, created_at, updated_at, version, external_id, name, email, language,
timezone, attributes, tags) VALUES (%s, %s, %s, 1, %s, %s, %s, %s, %s, '{}', '[]')"""
_LINES = """INSERT INTO dialer_contactphone (id, created_at, contact_id, number, type, position, is_main,
do_not_disturb, country) VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s)"""
_ENROLMENTS = """INSERT INTO dialer_campaigncontact (id, created_at, updated_at, version, campaign_id, contact_id,
priority, not_before, not_after, attributes, tags, state, finish_reason, finish_detail, due_at, next_attempt_at,
next_phone_id, used_steps, hold_gate, hold_reason, stop_reason, attempt_count, last_result, provider_ref)
VALUES (%s, %s, %s, 1, %s, %s, %s, %s, %s, %s, %s, 'waiting', '', '', %s, %s, %s, '[]', '', '', '', 0, '', '')"""
_VERDICTS = 'INSERT INTO dialer_jobverdict (job_id, "row", verdict, errors) VALUES (%s, %s, %s, %s)'


class SqliteWriter:
    """Rows in bulk; SQLite lets one transaction write at a time, and ours begin as writers."""

    #: Others wait for the one writer, so it must be done within some tens of milliseconds.
    BATCH_ROWS = 1_000

    @staticmethod
    def campaign_status(campaign_id: UUID) -> str | None:
        with connection.cursor() as cursor:
            cursor.execute("SELECT status FROM dialer_campaign WHERE id = %s", [campaign_id.hex])
            row = cursor.fetchone()
        return None if row is None else str(row[0])

    @staticmethod
    def lock_keys(keys: Collection[str]) -> None:
        """Nothing to do: the transaction that runs is the only writer."""

    @staticmethod
    def find(campaign_id: UUID, external_ids: list[str], nameless: list[str], mains: list[str]) -> Found:
        with connection.cursor() as cursor:
            return Found(
                [UUID(row[0]) for row in _rows(cursor, _FIND_NAMED, external_ids)],
                [(row[0], UUID(row[1])) for row in _rows(cursor, _FIND_NAMELESS, nameless)],
                [(row[0], UUID(row[1])) for row in _rows(cursor, _FIND_UNFINISHED, mains, campaign_id.hex)],
            )

    @staticmethod
    def insert(changes: Changes, *, campaign_id: UUID, now: datetime) -> None:
        at = _instant(now)
        people = [
            (p.id.hex, at, at, p.external_id, p.name, p.email, p.language, p.timezone)
            for p in changes.new_people
        ]
        lines = [
            (
                line.id.hex,
                at,
                p.id.hex,
                line.number,
                line.type,
                line.position,
                line.is_main,
                line.do_not_disturb,
                line.country,
            )
            for p, line in changes.new_lines
        ]
        enrolments = [_enrolment(row, campaign_id.hex, at) for row in changes.new_enrolments]
        with connection.cursor() as cursor:
            for statement, rows in ((_PEOPLE, people), (_LINES, lines), (_ENROLMENTS, enrolments)):
                if rows:
                    cursor.executemany(statement, rows)

    @staticmethod
    def insert_verdicts(job_id: UUID, verdicts: Sequence[StoredVerdict]) -> None:
        if verdicts:
            with connection.cursor() as cursor:
                cursor.executemany(
                    _VERDICTS, [(job_id.hex, v.row, v.verdict, _json(v.errors)) for v in verdicts]
                )


def _rows(cursor: Any, statement: str, keys: list[str], *more: Any) -> list[Any]:
    if not keys:
        return []
    cursor.execute(statement, [_json(keys), *more])
    return list(cursor.fetchall())


def _enrolment(row: Enrolment, campaign: str, at: str) -> tuple[Any, ...]:
    due = _instant(row.due_at)
    return (
        row.id.hex,
        at,
        at,
        campaign,
        row.person.id.hex,
        row.priority,
        _instant(row.not_before),
        _instant(row.not_after),
        _json(row.attributes),
        _json(row.tags),
        due,
        due,
        row.next_line.id.hex if row.next_line else None,
    )


def _instant(value: datetime | None) -> Any:
    return None if value is None else connection.ops.adapt_datetimefield_value(value)


def _json(value: Any) -> str:
    return msgspec.json.encode(value).decode()
