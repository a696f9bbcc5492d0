"""Counts a campaign in one statement, so that every bucket adds up at every instant.

Owns the formulas of the key figures; never writes.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, NamedTuple

from django.db.models import (
    BooleanField,
    Case,
    CharField,
    Count,
    DateTimeField,
    DecimalField,
    F,
    Min,
    QuerySet,
    Sum,
    Value,
    When,
)
from django.db.models.functions import Cast

from dialer.models import Attempt, Campaign, CampaignContact
from dialer.rules.timeline import REACHED
from dialer.rules.transitions import TERMINAL_ATTEMPTS, UNCOUNTED_ATTEMPTS, ContactState, FinishReason
from providers.vocabulary import Result

#: Attempts that are not over have no result yet.
PENDING = "pending"

_WORD, _FLAG, _INSTANT = CharField(), BooleanField(), DateTimeField()
_MONEY = DecimalField(max_digits=20, decimal_places=4)
_COLUMNS = ("kind", "word", "detail", "unit", "flag", "count", "amount", "at")


class Bucket(NamedTuple):
    """One group of rows: contacts by state and reason, or attempts by state, result and day."""

    kind: str
    word: str
    detail: str
    unit: str
    flag: bool
    count: int
    amount: Decimal | None
    at: datetime | None


def campaign_stats(*, campaign: Campaign, now: datetime) -> dict[str, Any]:
    """Count contacts, attempts, cost and key figures of a campaign."""
    today = now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    buckets = _buckets(campaign, today)
    contacts = [bucket for bucket in buckets if bucket.kind == "contact"]
    attempts = [bucket for bucket in buckets if bucket.kind == "attempt"]
    todays = [bucket for bucket in attempts if bucket.flag]
    return {
        "contacts": _contacts(contacts),
        "finished": _counted(FinishReason, contacts, "detail"),
        "attempts": _attempts(attempts),
        "today": {"date": today.date().isoformat(), **_attempts(todays), "cost": _cost(todays)},
        "cost": _cost(attempts),
        "next_due_at": min((bucket.at for bucket in contacts if bucket.at), default=None),
        "kpis": _kpis(contacts, attempts),
    }


def _buckets(campaign: Campaign, today: datetime) -> list[Bucket]:
    # One statement sees one snapshot on both databases; two would disagree under load.
    rows = _contact_rows(campaign).union(_attempt_rows(campaign, today), all=True)
    return [Bucket(row[0], row[1], row[2], row[3], bool(row[4]), *row[5:]) for row in rows]


def _contact_rows(campaign: Campaign) -> QuerySet[Any, Any]:
    attempted = Case(When(attempt_count__gt=0, then=Value(True)), default=Value(False), output_field=_FLAG)
    return (
        CampaignContact.objects.filter(campaign=campaign)
        .order_by()
        .annotate(kind=Value("contact", _WORD), word=F("state"), detail=F("finish_reason"))
        .annotate(unit=Value("", _WORD), flag=attempted)
        .values("kind", "word", "detail", "unit", "flag")
        .annotate(count=Count("*"), amount=Sum(Cast(None, _MONEY)), at=Min("next_attempt_at"))
        .values_list(*_COLUMNS)
    )


def _attempt_rows(campaign: Campaign, today: datetime) -> QuerySet[Any, Any]:
    is_today = Case(When(claimed_at__gte=today, then=Value(True)), default=Value(False), output_field=_FLAG)
    return (
        Attempt.objects.filter(campaign=campaign)
        .order_by()
        .annotate(kind=Value("attempt", _WORD), word=F("state"), detail=F("result"))
        .annotate(unit=F("currency"), flag=is_today)
        .values("kind", "word", "detail", "unit", "flag")
        .annotate(count=Count("*"), amount=Sum("cost", output_field=_MONEY), at=Min(Cast(None, _INSTANT)))
        .values_list(*_COLUMNS)
    )


def _contacts(buckets: list[Bucket]) -> dict[str, int]:
    counts = _counted(ContactState, buckets, "word")
    return {"total": sum(counts.values()), **counts}


def _attempts(buckets: list[Bucket]) -> dict[str, Any]:
    counts: Counter[str] = Counter()
    for bucket in buckets:
        over = bucket.word in TERMINAL_ATTEMPTS
        counts[(bucket.detail or Result.UNKNOWN) if over else PENDING] += bucket.count
    words = (PENDING, *(result.value for result in Result))
    return {"total": sum(counts.values()), "by_result": {word: counts[word] for word in words}}


def _counted(words: Any, buckets: list[Bucket], column: str) -> dict[str, int]:
    counts: Counter[str] = Counter()
    for bucket in buckets:
        counts[getattr(bucket, column)] += bucket.count
    return {word.value: counts[word.value] for word in words}


def _cost(buckets: list[Bucket]) -> dict[str, Any]:
    sums: dict[str, Decimal] = {}
    for bucket in buckets:
        if bucket.amount is not None:
            sums[bucket.unit] = sums.get(bucket.unit, Decimal()) + bucket.amount
    single = next(iter(sums.items())) if len(sums) == 1 else None
    return {
        # Amounts of several currencies have no sum, and no cost told is not a cost of nothing.
        "amount": _money(single[1]) if single else None,
        "currency": (single[0] or None) if single else None,
        "by_currency": {unit: _money(amount) for unit, amount in sorted(sums.items())},
    }


def _money(amount: Decimal) -> str:
    return str(amount.quantize(Decimal("0.0001")))


def _kpis(contacts: list[Bucket], attempts: list[Bucket]) -> Mapping[str, float | None]:
    total = sum(bucket.count for bucket in contacts)
    attempted = sum(bucket.count for bucket in contacts if bucket.flag)
    reached = sum(bucket.count for bucket in contacts if bucket.detail == FinishReason.REACHED)
    exhausted = sum(bucket.count for bucket in contacts if bucket.detail == FinishReason.EXHAUSTED)
    over = [b for b in attempts if b.word in TERMINAL_ATTEMPTS and b.word not in UNCOUNTED_ATTEMPTS]
    made = sum(bucket.count for bucket in over)
    human = sum(bucket.count for bucket in over if bucket.detail in REACHED)
    abandoned = sum(bucket.count for bucket in over if bucket.detail == Result.ABANDONED)
    return {
        "connect_rate": _ratio(human, made),
        "contact_rate": _ratio(reached, attempted),
        "penetration": _ratio(attempted, total),
        "exhaustion": _ratio(exhausted, total),
        "attempts_per_contact": _ratio(made, attempted),
        "abandon_rate": _ratio(abandoned, human + abandoned),
    }


def _ratio(part: int, whole: int) -> float | None:
    return round(part / whole, 4) if whole else None
