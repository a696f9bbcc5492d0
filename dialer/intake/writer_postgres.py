"""PostgreSQL's part of the batch write: advisory locks, index look-ups by array of keys, inserts by COPY.

Owns SQL that only PostgreSQL reads; never decides who is the same (`people.py` does, for both databases).
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID
from zlib import crc32

import msgspec
import psycopg
from django.db import IntegrityError, connection

from dialer.intake.loading import Found

if TYPE_CHECKING:
    from dialer.intake.known import Changes
    from dialer.intake.writers import StoredVerdict

#: One name space for our advisory locks: "dial" in ASCII.
_LOCK_SPACE = 0x6469616C
#: Keys share this many locks: a single contact takes two, a large batch all, and none fills the lock table.
_LOCKS = 64

_FIND_NAMED = """
SELECT c.id FROM unnest(%s::text[]) AS k(external_id)
CROSS JOIN LATERAL (SELECT id FROM dialer_contact WHERE external_id = k.external_id OFFSET 0) c
"""
# OFFSET 0 makes each LATERAL one index probe a row: a table that was empty a minute ago has no statistics, and
# the planner would read all of it for every batch.
_BY_MAIN_NUMBER = """
WITH hit AS MATERIALIZED (
    SELECT k.number, p.contact_id FROM (SELECT DISTINCT unnest(%s::text[]) AS number) k
    CROSS JOIN LATERAL (
        SELECT contact_id FROM dialer_contactphone WHERE number = k.number AND is_main OFFSET 0
    ) p
)
"""
_FIND_NAMELESS = (
    _BY_MAIN_NUMBER  # noqa: S608 (constants alone)
    + """SELECT DISTINCT ON (hit.number) hit.number, hit.contact_id FROM hit
CROSS JOIN LATERAL (
    SELECT id FROM dialer_contact WHERE id = hit.contact_id AND external_id IS NULL OFFSET 0
) c ORDER BY hit.number, c.id"""
)
_FIND_UNFINISHED = (
    _BY_MAIN_NUMBER  # noqa: S608 (constants alone)
    + """SELECT DISTINCT ON (hit.number) hit.number, hit.contact_id FROM hit
CROSS JOIN LATERAL (
    SELECT id FROM dialer_campaigncontact
    WHERE contact_id = hit.contact_id AND campaign_id = %s AND state <> 'finished' OFFSET 0
) e ORDER BY hit.number, e.id"""
)
_PEOPLE = """COPY dialer_contact (id, created_at, updated_at, version, external_id, name, email, language,
timezone, attributes, tags) FROM STDIN"""
_LINES = """COPY dialer_contactphone (id, created_at, contact_id, number, type, position, is_main,
do_not_disturb, country) FROM STDIN"""
_ENROLMENTS = """COPY dialer_campaigncontact (id, created_at, updated_at, version, campaign_id, contact_id,
priority, not_before, not_after, attributes, tags, state, finish_reason, finish_detail, due_at, next_attempt_at,
next_phone_id, used_steps, hold_gate, hold_reason, stop_reason, attempt_count, last_result, provider_ref)
FROM STDIN"""
_VERDICTS = "COPY dialer_jobverdict (job_id, row, verdict, errors) FROM STDIN"

_SPECIAL = re.compile(r"[\\\t\n\r]")
_ESCAPES = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"})
_NULL = "\\N"


class PostgresWriter:
    """Rows in bulk, safe beside any number of other writers."""

    #: Measured: larger transactions gain nothing and hold their locks longer.
    BATCH_ROWS = 5_000

    @staticmethod
    def campaign_status(campaign_id: UUID) -> str | None:
        with connection.cursor() as cursor:
            # Compiling the look-ups takes ten times as long as running them: the planner overrates their cost.
            cursor.execute("SET LOCAL jit = off")
            # SHARE and not KEY SHARE: the end of a campaign is an update that KEY SHARE would let pass.
            cursor.execute("SELECT status FROM dialer_campaign WHERE id = %s FOR SHARE", [campaign_id])
            row = cursor.fetchone()
        return None if row is None else str(row[0])

    @staticmethod
    def lock_keys(keys: Collection[str]) -> None:
        # In rising order, so that two batches wait for each other in one direction only.
        locks = sorted({crc32(key.encode()) % _LOCKS for key in keys})
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT pg_advisory_xact_lock(%s, l) FROM unnest(%s::int[]) WITH ORDINALITY AS t(l, n) ORDER BY n",
                [_LOCK_SPACE, locks],
            )

    @staticmethod
    def find(campaign_id: UUID, external_ids: list[str], nameless: list[str], mains: list[str]) -> Found:
        with connection.cursor() as cursor:
            return Found(
                [row[0] for row in _rows(cursor, _FIND_NAMED, external_ids)],
                _rows(cursor, _FIND_NAMELESS, nameless),
                _rows(cursor, _FIND_UNFINISHED, mains, campaign_id),
            )

    @staticmethod
    def insert(changes: Changes, *, campaign_id: UUID, now: datetime) -> None:
        _copy(_PEOPLE, _people_lines(changes, now.isoformat()))
        _copy(_LINES, _phone_lines(changes, now.isoformat()))
        _copy(_ENROLMENTS, _enrolment_lines(changes, str(campaign_id), now))

    @staticmethod
    def insert_verdicts(job_id: UUID, verdicts: Sequence[StoredVerdict]) -> None:
        _copy(_VERDICTS, (f"{job_id}\t{v.row}\t{v.verdict}\t{_json(v.errors)}\n" for v in verdicts))


def _rows(cursor: Any, statement: str, keys: list[str], *more: Any) -> list[Any]:
    if not keys:
        return []
    cursor.execute(statement, [keys, *more])
    return list(cursor.fetchall())


def _copy(statement: str, lines: Iterable[str]) -> None:
    data = "".join(lines)
    if not data:
        return
    try:
        with connection.cursor() as cursor, cursor.copy(statement) as copy:
            copy.write(data.encode())
    except psycopg.errors.UniqueViolation as error:
        raise IntegrityError(str(error)) from error


# Ids are written as bare hexadecimal: PostgreSQL reads it, and it takes a third of the time of str(uuid).


def _people_lines(changes: Changes, now: str) -> Iterator[str]:
    for p in changes.new_people:
        yield (
            f"{p.id.int:032x}\t{now}\t{now}\t1\t{_text(p.external_id)}\t{_text(p.name)}\t{_text(p.email)}\t"
            f"{_text(p.language)}\t{_text(p.timezone)}\t{{}}\t[]\n"
        )


def _phone_lines(changes: Changes, now: str) -> Iterator[str]:
    for p, line in changes.new_lines:
        yield (
            f"{line.id.int:032x}\t{now}\t{p.id.int:032x}\t{line.number}\t{line.type}\t{line.position}\t"
            f"{'t' if line.is_main else 'f'}\t{'t' if line.do_not_disturb else 'f'}\t{line.country}\n"
        )


def _enrolment_lines(changes: Changes, campaign: str, now: datetime) -> Iterator[str]:
    at = now.isoformat()
    head = f"\t{at}\t{at}\t1\t{campaign}\t"
    tail = "\t[]\t\t\t\t0\t\t\n"
    for row in changes.new_enrolments:
        due = at if row.due_at is now else _instant(row.due_at)
        yield (
            f"{row.id.int:032x}{head}{row.person.id.int:032x}\t{row.priority}\t{_instant(row.not_before)}\t"
            f"{_instant(row.not_after)}\t{_json(row.attributes) if row.attributes else '{}'}\t"
            f"{_json(row.tags) if row.tags else '[]'}\twaiting\t\t\t{due}\t{due}\t"
            f"{f'{row.next_line.id.int:032x}' if row.next_line else _NULL}{tail}"
        )


def _text(value: str | None) -> str:
    if value is None:
        return _NULL
    return value.translate(_ESCAPES) if _SPECIAL.search(value) else value


def _instant(value: datetime | None) -> str:
    return _NULL if value is None else value.isoformat()


def _json(value: Any) -> str:
    return _text(msgspec.json.encode(value).decode())
