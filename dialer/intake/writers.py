"""Writes one batch of records: finds whom they meet, places them, inserts and updates in bulk.

Owns the one path that both databases share; what differs (locks, look-ups, inserts) is in `writer_*.py`.
"""

from __future__ import annotations

import gc
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any, NamedTuple, Protocol
from uuid import UUID

from django.db import IntegrityError, connection, transaction
from django.db.models import F
from django.db.models.functions import Coalesce

from dialer.engine.errors import InvalidTransition, NotFound
from dialer.engine.news import News
from dialer.intake import writer_postgres, writer_sqlite
from dialer.intake.known import Changes, Enrolment
from dialer.intake.loading import Found, load
from dialer.intake.people import Placed, Policy, place_all
from dialer.intake.records import Record, Refusal
from dialer.models import CampaignContact, Contact, ContactPhone
from dialer.models.bulk import update_rows
from dialer.rules.transitions import CampaignStatus, ContactState, allowed_actions

#: A writer outside the intake can make the same person between look-up and insert; then the batch is placed
#: again, now knowing that person. Three in a row is no race any more.
TRIES = 3

_CLOSED = {CampaignStatus.COMPLETED.value, CampaignStatus.ARCHIVED.value}


class StoredVerdict(NamedTuple):
    """Why one row of a job was not taken."""

    row: int
    verdict: str
    errors: Sequence[Any]


class Writer(Protocol):
    """What a database does in its own way."""

    #: Rows a transaction.
    BATCH_ROWS: int

    @staticmethod
    def campaign_status(campaign_id: UUID) -> str | None:
        """Read the status and keep it as it is until the transaction ends."""

    @staticmethod
    def lock_keys(keys: Collection[str]) -> None:
        """Let no other intake place people under these keys until the transaction ends."""

    @staticmethod
    def find(campaign_id: UUID, external_ids: list[str], nameless: list[str], mains: list[str]) -> Found:
        """Find people by external id, by main number without one, and unfinished ones by main number."""

    @staticmethod
    def insert(changes: Changes, *, campaign_id: UUID, now: datetime) -> None:
        """Insert the new rows."""

    @staticmethod
    def insert_verdicts(job_id: UUID, verdicts: Sequence[StoredVerdict]) -> None:
        """Insert why rows of a job were not taken."""


def writer() -> type[Writer]:
    """Return the writer of the configured database."""
    if connection.vendor == "postgresql":
        return writer_postgres.PostgresWriter
    return writer_sqlite.SqliteWriter


@contextmanager
def no_collection() -> Iterator[None]:
    """Put the cycle collector off while a batch is alive.

    Records form no cycles; walking thousands of live ones again and again takes half of the whole Python time.
    """
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def open_campaign(campaign_id: UUID, records: Iterable[Record]) -> None:
    """Lock the campaign against its end, and the keys of all records; must run first in the transaction."""
    status = writer().campaign_status(campaign_id)
    if status is None:
        raise NotFound("campaign")
    if status in _CLOSED:
        raise InvalidTransition(
            f"the campaign is {status}: contacts cannot be added any more",
            state=status,
            allowed_actions=allowed_actions(status),
        )
    keys = {record.main for record in records}
    keys.update(record.external_id for record in records if record.external_id is not None)
    writer().lock_keys(keys)


def write_records(
    campaign_id: UUID, records: Sequence[Record], *, policy: Policy, now: datetime
) -> list[Placed | Refusal]:
    """Write one batch behind `open_campaign`; returns a verdict a record, in their order."""
    for left in reversed(range(TRIES)):
        try:
            with transaction.atomic():
                return _write_once(campaign_id, records, policy, now)
        except IntegrityError:
            if not left:
                raise
    raise AssertionError("unreachable: the last try returns or raises")


def _write_once(
    campaign_id: UUID, records: Sequence[Record], policy: Policy, now: datetime
) -> list[Placed | Refusal]:
    found = writer().find(
        campaign_id,
        [record.external_id for record in records if record.external_id is not None],
        [record.main for record in records if record.external_id is None],
        [record.main for record in records],
    )
    known = load(found, campaign_id=campaign_id, for_merge=policy in ("merge", "rearm"))
    verdicts, changes = place_all(known, records, policy=policy, now=now)
    _update(changes, now)
    writer().insert(changes, campaign_id=campaign_id, now=now)
    _update_enrolments(changes, now)
    return verdicts


def _update(changes: Changes, now: datetime) -> None:
    update_rows(
        Contact,
        match=("id",),
        change=("external_id", "name", "email", "language", "timezone", "updated_at", "version"),
        rows=[
            (p.id, p.external_id, p.name, p.email, p.language, p.timezone, now, p.version + 1)
            for p in changes.people.values()
        ],
    )
    update_rows(
        ContactPhone,
        match=("id",),
        change=("type", "do_not_disturb"),
        rows=[(line.id, line.type, line.do_not_disturb) for line in changes.lines.values()],
    )


_MERGED = (
    "priority",
    "not_before",
    "not_after",
    "attributes",
    "tags",
    "due_at",
    "next_attempt_at",
    "hold_gate",
    "hold_reason",
    "hold_until",
    "updated_at",
    "version",
)
#: What a finished contact forgets when its timeline starts again; attempts and caps go on.
_REARMED: dict[str, Any] = {
    "state": ContactState.WAITING.value,
    "finish_reason": "",
    "finish_detail": "",
    "finished_at": None,
    "stop_reason": "",
    "next_step": None,
    "used_steps": [],
}


def _update_enrolments(changes: Changes, now: datetime) -> None:
    _look_again(changes, now)
    update_rows(
        CampaignContact,
        match=("id",),
        change=_MERGED,
        rows=[(row.id, *_merged(row, now)) for row in changes.merged.values()],
    )
    update_rows(
        CampaignContact,
        match=("id",),
        change=(*_MERGED, *_REARMED, "next_phone"),
        rows=[
            (
                row.id,
                *_merged(row, now),
                *_REARMED.values(),
                row.next_line.id if row.next_line else None,
            )
            for row in changes.rearmed.values()
        ],
    )
    if changes.rearmed:
        news = News()
        for contact in CampaignContact.objects.filter(pk__in=[row.id for row in changes.rearmed.values()]):
            news.contact("rearmed", contact)
        news.write()


def _look_again(changes: Changes, now: datetime) -> None:
    """Let the gates judge anew what they hold of changed people, in every campaign."""
    if not changes.people:
        return
    held = CampaignContact.objects.filter(contact__in=changes.people, next_attempt_at__isnull=False)
    held = held.exclude(hold_gate="").order_by("pk").select_for_update(no_key=True)
    ids = list(held.values_list("pk", flat=True))
    CampaignContact.objects.filter(pk__in=ids).update(
        next_attempt_at=Coalesce(F("due_at"), now),
        hold_gate="",
        hold_reason="",
        hold_until=None,
        updated_at=now,
        version=F("version") + 1,
    )


def _merged(row: Enrolment, now: datetime) -> tuple[Any, ...]:
    return (
        row.priority,
        row.not_before,
        row.not_after,
        row.attributes,
        row.tags,
        row.due_at,
        row.next_attempt_at,
        *(row.hold or ("", "", None)),
        now,
        row.version + 1,
    )
