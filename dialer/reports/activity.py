"""Reports over attempts: activity by day, costs, and the rows themselves for files.

Reads only; counts the same attempts that caps count, and names the day by the zone that was asked for.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Count, Q, QuerySet, Sum
from django.db.models.functions import TruncDate

from dialer.models import Attempt, ProviderEvent
from dialer.rules.timeline import REACHED
from dialer.rules.transitions import TERMINAL_ATTEMPTS, UNCOUNTED_ATTEMPTS
from providers.vocabulary import Result

#: Rows fetched at a time for a file: enough for speed, little in memory.
CHUNK = 2_000

ATTEMPT_COLUMNS = (
    "id",
    "campaign_id",
    "campaign_contact_id",
    "contact_id",
    "contact__external_id",
    "number",
    "sequence",
    "origin",
    "provider_account_id",
    "provider_ref",
    "state",
    "result",
    "disposition",
    "raw_status",
    "due_at",
    "pushed_at",
    "started_at",
    "answered_at",
    "ended_at",
    "duration_seconds",
    "cost",
    "currency",
    "recording_url",
)
#: As the API names them.
ATTEMPT_HEADER = tuple(
    {"contact__external_id": "external_id"}.get(name, name.removesuffix("_id") if "_id" in name else name)
    for name in ATTEMPT_COLUMNS
)
KEY_PRESS_HEADER = ("attempt", "campaign", "campaign_contact", "external_id", "number", "at", "keys")

#: What counts as made: it was with the provider and is over.
_MADE = Q(state__in=[state for state in TERMINAL_ATTEMPTS if state not in UNCOUNTED_ATTEMPTS])
_REACHED = _MADE & Q(result__in=[result.value for result in REACHED])


def attempt_rows(attempts: QuerySet[Attempt]) -> Iterator[tuple[Any, ...]]:
    """Give the chosen attempts, oldest first, as rows under `ATTEMPT_HEADER`."""
    rows = attempts.order_by("id").values_list(*ATTEMPT_COLUMNS)
    return (tuple(map(_written, row)) for row in rows.iterator(chunk_size=CHUNK))


def key_press_rows(attempts: QuerySet[Attempt]) -> Iterator[tuple[Any, ...]]:
    """Give what called people pressed during the chosen attempts, oldest first, under `KEY_PRESS_HEADER`."""
    rows = ProviderEvent.objects.filter(attempt__in=attempts).order_by("attempt_id", "id")
    seen = None
    for row in rows.values_list(
        "attempt_id",
        "attempt__campaign_id",
        "attempt__campaign_contact_id",
        "attempt__contact__external_id",
        "attempt__number",
        "report__at",
        "report__keys",
    ).iterator(chunk_size=CHUNK):
        # Most words about a call tell no keys; the same keys are told again with each later one.
        if row[-1] and (row[0], row[-1]) != seen:
            seen = row[0], row[-1]
            yield tuple(map(_written, row))


def _written(value: Any) -> Any:
    return value.isoformat().replace("+00:00", "Z") if hasattr(value, "isoformat") else value


def campaign_activity(attempts: QuerySet[Attempt], zone: ZoneInfo) -> Iterator[dict[str, Any]]:
    """Count the chosen attempts by campaign and day, newest day first."""
    counts = {f"n_{result.value}": Count("id", filter=_MADE & Q(result=result.value)) for result in Result}
    rows = (
        attempts.annotate(day=TruncDate("claimed_at", tzinfo=zone))
        .values("day", "campaign_id", "campaign__name")
        .annotate(
            total=Count("id"),
            made=Count("id", filter=_MADE),
            reached=Count("id", filter=_REACHED),
            people=Count("contact_id", distinct=True),
            seconds=Sum("duration_seconds"),
            **counts,
        )
        .order_by("-day", "campaign_id")
    )
    for row in rows.iterator(chunk_size=CHUNK):
        yield {
            "date": row["day"],
            "campaign": row["campaign_id"],
            "campaign_name": row["campaign__name"],
            "attempts": {
                "total": row["total"],
                "made": row["made"],
                "by_result": {result.value: row[f"n_{result.value}"] for result in Result},
            },
            "contacts_attempted": row["people"],
            "connect_rate": _ratio(row["reached"], row["made"]),
            "duration_seconds": row["seconds"] or 0,
        }


def costs(attempts: QuerySet[Attempt]) -> Iterator[dict[str, Any]]:
    """Sum what providers charged for the chosen attempts, by campaign, provider account and currency."""
    rows = (
        attempts.filter(_MADE)
        .values("campaign_id", "campaign__name", "provider_account_id", "provider_account__name", "currency")
        .annotate(
            made=Count("id"),
            charged=Count("id", filter=Q(cost__isnull=False)),
            reached=Count("id", filter=_REACHED),
            amount=Sum("cost"),
        )
        .order_by("campaign_id", "provider_account_id", "currency")
    )
    for row in rows.iterator(chunk_size=CHUNK):
        amount = row["amount"]
        yield {
            "campaign": row["campaign_id"],
            "campaign_name": row["campaign__name"],
            "provider_account": row["provider_account_id"],
            "provider_account_name": row["provider_account__name"],
            "currency": row["currency"] or None,
            "amount": _money(amount),
            "attempts": row["made"],
            "attempts_charged": row["charged"],
            "per_attempt": _money(amount, row["charged"]),
            "per_answer": _money(amount, row["reached"]),
        }


def _money(amount: Decimal | None, parts: int = 1) -> str | None:
    return None if amount is None or not parts else str((amount / parts).quantize(Decimal("0.0001")))


def _ratio(part: int, whole: int) -> float | None:
    return round(part / whole, 4) if whole else None
