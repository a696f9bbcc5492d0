"""Adds contacts to a campaign: items in, a verdict an item out, all in one transaction.

Owns the call that API and code use; files go through `jobs.py`, which shares every step with it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from dialer.engine.errors import Invalid
from dialer.intake.people import POLICIES, Placed, Policy
from dialer.intake.records import Record, Refusal, read_item
from dialer.intake.warnings import window_warnings
from dialer.intake.writers import no_collection, open_campaign, write_records, writer
from dialer.rules.faults import Fault
from dialer.rules.numbering import region_of

#: What one call takes: an answer within a second or two, and a transaction that others can wait for.
ITEMS_LIMIT = 10_000


@dataclass(slots=True)
class Verdicts:
    """What became of each item, by its index; both lists in rising order."""

    accepted: list[dict[str, Any]]
    rejected: list[dict[str, Any]]


def read_policy(word: str) -> Policy:
    """Read a duplicate policy."""
    for policy in POLICIES:
        if word == policy:
            return policy
    detail = "on_duplicate is one of " + ", ".join(POLICIES)
    raise Invalid("invalid_choice", detail, [Fault("/on_duplicate", "invalid_choice", detail)])


def read_country(default_country: str | None) -> str | None:
    """Read the country of numbers without a prefix; none is none."""
    if not default_country:
        return None
    code = default_country.upper()
    if len(code) != 2 or region_of(code) is None:
        detail = "a country is an ISO 3166 code of two letters, as in US"
        raise Invalid("invalid_country", detail, [Fault("/default_country", "invalid_country", detail)])
    return code


def add_contacts(
    *,
    campaign_id: UUID,
    items: Iterable[Any],
    on_duplicate: str = "reject",
    default_country: str | None = None,
    now: datetime,
    dry_run: bool = False,
) -> Verdicts:
    """Add people to a campaign; a bad item loses nobody else, and a dry run leaves nothing behind.

    Raises `InvalidTransition` if the campaign is over, `Invalid` for more than 10,000 items; then nothing is stored.
    """
    policy, country = read_policy(on_duplicate), read_country(default_country)
    taken = _bounded(items)
    with no_collection():
        return _add(campaign_id, taken, policy, country, now, dry_run)


def _add(
    campaign_id: UUID, items: list[Any], policy: Policy, country: str | None, now: datetime, dry_run: bool
) -> Verdicts:
    read = [read_item(index, item, country) for index, item in enumerate(items)]
    records = [one for one in read if type(one) is Record]
    with transaction.atomic():
        open_campaign(campaign_id, records)
        written = _write(campaign_id, records, policy, now)
        warnings = window_warnings(campaign_id, records, now=now)
        if dry_run:
            transaction.set_rollback(True)
    outcomes = iter(written)
    return _verdicts([next(outcomes) if type(one) is Record else one for one in read], warnings)


def _bounded(items: Iterable[Any]) -> list[Any]:
    taken = list(items)
    if len(taken) > ITEMS_LIMIT:
        detail = (
            f"one call takes {ITEMS_LIMIT} contacts; these are {len(taken)}: split them, or import a file"
        )
        raise Invalid("too_many", detail, [Fault("/contacts", "too_many", detail)])
    return taken


def _write(
    campaign_id: UUID, records: Sequence[Record], policy: Policy, now: datetime
) -> list[Placed | Refusal]:
    size = writer().BATCH_ROWS
    written: list[Placed | Refusal] = []
    for start in range(0, len(records), size):
        written += write_records(campaign_id, records[start : start + size], policy=policy, now=now)
    return written


def _verdicts(outcomes: Iterable[Any], warnings: dict[int, list[dict[str, str]]]) -> Verdicts:
    verdicts = Verdicts([], [])
    for one in outcomes:
        if type(one) is Placed:
            verdicts.accepted.append(accepted(one, warnings.get(one.row)))
        else:
            verdicts.rejected.append({"index": one.row, "errors": one.errors})
    return verdicts


def accepted(placed: Placed, warnings: list[dict[str, str]] | None = None) -> dict[str, Any]:
    """Give an accepted row in the shape of the API."""
    shape: dict[str, Any] = {
        "index": placed.row,
        "id": str(placed.id),
        "external_id": placed.external_id,
        "phone": placed.phone,
        "outcome": placed.outcome,
    }
    if placed.outcome != "created":
        shape["duplicate"] = True
    if warnings:
        shape["warnings"] = warnings
    return shape
