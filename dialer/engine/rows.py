"""Locks and saves the rows that the engine changes: campaign contacts first, then attempts, each by rising id.

Owns the lock order below the account and the set-based write; never decides a change.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import models

from dialer.models import Attempt, CampaignContact
from dialer.models.bulk import update_rows

_CONTACT_COLUMNS = (
    "state",
    "finish_reason",
    "finish_detail",
    "due_at",
    "next_attempt_at",
    "next_phone",
    "next_step",
    "used_steps",
    "hold_gate",
    "hold_reason",
    "hold_until",
    "stop_reason",
    "attempt_count",
    "last_result",
    "last_attempt_at",
    "provider_ref",
    "finished_at",
    "updated_at",
    "version",
)
_ATTEMPT_COLUMNS = (
    "state",
    "is_live",
    "result",
    "disposition",
    "outcome",
    "raw_status",
    "reason",
    "due_at",
    "claimed_at",
    "lease_until",
    "fence",
    "sends",
    "sending_at",
    "sent_at",
    "pushed_at",
    "started_at",
    "answered_at",
    "ended_at",
    "duration_seconds",
    "cost",
    "currency",
    "recording_url",
    "provider_ref",
    "remote",
    "gates",
    "ring_no",
    "heard_at",
    "looks",
    "look_after",
    "alerted_at",
    "withdraw_why",
    "withdraw_after",
    "withdraw_tries",
)


class LostRow(Exception):
    """A locked row was changed under its lock: a defect, never a race."""


def _locked(model: type[models.Model], ids: Collection[UUID]) -> dict[UUID, Any]:
    rows = model._default_manager.filter(pk__in=ids).order_by("pk").select_for_update(no_key=True)
    return {row.pk: remembered(row) for row in rows}


def remembered(row: Any) -> Any:
    """Keep what the database holds beside a row that was just locked, for the compare-and-set of its save."""
    row.state_in_database = row.state
    row.as_in_database = dict(row.__dict__)
    return row


def lock_contacts(ids: Collection[UUID]) -> dict[UUID, CampaignContact]:
    """Lock campaign contacts by rising id; must come before their attempts."""
    return _locked(CampaignContact, ids)


def lock_attempts(ids: Collection[UUID]) -> dict[UUID, Attempt]:
    """Lock attempts by rising id; their campaign contacts must be locked already."""
    return _locked(Attempt, ids)


def lock_both(
    attempts: Iterable[tuple[UUID, UUID]], *, live_of: Collection[UUID] = ()
) -> tuple[dict[UUID, CampaignContact], dict[UUID, Attempt]]:
    """Lock pairs of (attempt id, campaign contact id) in the one order that cannot deadlock.

    The live attempts of the campaign contacts in `live_of` are locked with them.
    """
    pairs = list(attempts)
    contacts = lock_contacts({contact for _, contact in pairs})
    ids = {attempt for attempt, _ in pairs}
    if live_of:
        later = Attempt.objects.filter(campaign_contact_id__in=live_of, is_live=True)
        ids |= set(later.values_list("pk", flat=True))
    return contacts, lock_attempts(ids)


def lock_ids(attempts: models.QuerySet[Attempt]) -> list[UUID]:
    """Lock attempts by rising id, as everybody does; an update of many would lock them in any order."""
    return list(attempts.order_by("pk").select_for_update(no_key=True).values_list("pk", flat=True))


def lock_live_attempts(contact_ids: Collection[UUID]) -> dict[UUID, Attempt]:
    """Lock the live attempt of each of these locked campaign contacts, by campaign contact id."""
    rows = (
        Attempt.objects.filter(campaign_contact_id__in=contact_ids, is_live=True)
        .order_by("pk")
        .select_for_update(no_key=True)
    )
    return {row.campaign_contact_id: remembered(row) for row in rows}


def save_contacts(rows: Sequence[CampaignContact], *, now: datetime) -> None:
    """Write the engine's columns of locked campaign contacts in one statement."""
    for row in rows:
        row.updated_at = now
        if row.state != row.state_in_database:  # type: ignore[attr-defined]
            # A hold that moves is no change that an editor would have to look at again.
            row.version += 1
    _save(CampaignContact, rows, _CONTACT_COLUMNS)


def save_attempts(rows: Sequence[Attempt]) -> None:
    """Write the engine's columns of locked attempts in one statement."""
    _save(Attempt, rows, _ATTEMPT_COLUMNS)


def _save(model: type[models.Model], rows: Sequence[Any], columns: Sequence[str]) -> None:
    """Write only what changed: one statement for each set of changed columns, of which there are few."""
    names = [model._meta.get_field(column).attname for column in columns]  # type: ignore[union-attr]
    groups: dict[tuple[str, ...], list[Any]] = defaultdict(list)
    for row in rows:
        was = row.as_in_database
        groups[tuple(name for name in names if getattr(row, name) != was[name])].append(row)
    for changed, group in groups.items():
        if not changed:
            continue
        written = update_rows(
            model,
            match=("id", "state"),
            change=changed,
            rows=[
                [row.pk, row.state_in_database, *(getattr(row, name) for name in changed)] for row in group
            ],
        )
        if len(written) != len(group):
            lost = len(group) - len(written)
            raise LostRow(f"{lost} locked {model.__name__} rows were changed by somebody else")
    for row in rows:
        remembered(row)
