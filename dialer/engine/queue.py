"""The dial queue: which waiting contacts are due, in whose turn.

Owns order and fair share; taking is `claim`'s.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from itertools import groupby
from uuid import UUID

from django.db import connection

from dialer.models import Campaign, CampaignContact
from dialer.models.campaigns import PRIORITY_MAX, PRIORITY_MIN
from dialer.rules.transitions import CampaignStatus

#: Later than any call is planned for: steps wait for ten years at most.
_FAR = datetime(9000, 1, 1, tzinfo=UTC)
# One index range a priority: within it the index is in order of instants, so that the cost of a claim does not
# grow with what waits for later.
_RANGE = (
    "SELECT * FROM (SELECT id, priority, next_attempt_at FROM dialer_campaigncontact"
    " WHERE campaign_id = %s AND priority = {priority} AND next_attempt_at <= %s"
    " ORDER BY next_attempt_at, id LIMIT {limit}) AS p{priority}"
)


def due_statement(limit: int) -> str:
    """Build the statement that lists the ids due in one campaign; parameters: (campaign, now) a priority."""
    ranges = " UNION ALL ".join(
        _RANGE.format(priority=priority, limit=limit) for priority in range(PRIORITY_MIN, PRIORITY_MAX + 1)
    )
    return f"SELECT id FROM ({ranges}) AS due ORDER BY priority, next_attempt_at, id LIMIT {limit}"


def due_ids(campaign_id: UUID, now: datetime, limit: int) -> list[UUID]:
    """List the contacts due in a campaign, first come first."""
    return _ids(due_statement(limit), campaign_id, now)


def _ids(statement: str, campaign_id: UUID, until: datetime) -> list[UUID]:
    """Run a statement over every priority's range up to an instant."""
    id_field = CampaignContact._meta.pk
    at_field = CampaignContact._meta.get_field("next_attempt_at")
    pair = [
        id_field.get_db_prep_value(campaign_id, connection),
        at_field.get_db_prep_value(until, connection),
    ]
    with connection.cursor() as cursor:
        cursor.execute(statement, pair * (PRIORITY_MAX - PRIORITY_MIN + 1))
        return [id_field.to_python(row[0]) for row in cursor.fetchall()]


def first_ids(campaign_id: UUID, each: int) -> list[UUID]:
    """List the contacts of a campaign that are looked at first, so many of each priority, due or not."""
    ranges = " UNION ALL ".join(
        _RANGE.format(priority=priority, limit=each) for priority in range(PRIORITY_MIN, PRIORITY_MAX + 1)
    )
    return _ids(f"SELECT id FROM ({ranges}) AS head", campaign_id, _FAR)


def accounts_with_due(now: datetime) -> list[UUID]:
    """List the accounts of running campaigns in which somebody is due; reads one index entry a priority."""
    running = Campaign.objects.filter(status=CampaignStatus.RUNNING, opened_at__isnull=False)
    found: dict[UUID, None] = {}
    for campaign_id, account_id in running.order_by("priority", "pk").values_list(
        "pk", "provider_account_id"
    ):
        if account_id not in found and due_ids(campaign_id, now, 1):
            found[account_id] = None
    return list(found)


def has_due(account_id: UUID, now: datetime) -> bool:
    """Say whether somebody is due in a running campaign of this account."""
    running = Campaign.objects.filter(
        provider_account_id=account_id, status=CampaignStatus.RUNNING, opened_at__isnull=False
    )
    return any(due_ids(campaign_id, now, 1) for campaign_id in running.values_list("pk", flat=True))


def in_turn(campaigns: Sequence[Campaign], now: datetime, limit: int) -> list[UUID]:
    """List due contacts of an account's campaigns: lower priority number first, equal shares among equals.

    What one campaign leaves of its share goes to its equals, then to the next priority.
    """
    chosen: list[UUID] = []
    for _, level in groupby(sorted(campaigns, key=lambda c: (c.priority, c.pk)), key=lambda c: c.priority):
        queues = [due_ids(campaign.pk, now, limit) for campaign in level]
        while len(chosen) < limit and any(queues):
            queues = [queue for queue in queues if queue]
            share = max(1, (limit - len(chosen)) // len(queues))
            for queue in queues:
                taken = queue[: min(share, limit - len(chosen))]
                chosen += taken
                del queue[: len(taken)]
        if len(chosen) >= limit:
            break
    return chosen
