"""Counts a campaign in one statement, so that every bucket adds up at every instant.

Owns the formulas of the key figures; never writes.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any, NamedTuple

from django.db.models import (
    BigIntegerField,
    BooleanField,
    Case,
    CharField,
    DateTimeField,
    Min,
    QuerySet,
    Subquery,
    Sum,
    Value,
    When,
)
from django.db.models.functions import Cast

from dialer.models import Campaign, CampaignContact, Tally, TallyDelta, TallyKind
from dialer.models.campaigns import PRIORITY_MAX, PRIORITY_MIN
from dialer.reports.tallies import PENDING
from dialer.rules.timeline import REACHED
from dialer.rules.transitions import TERMINAL_ATTEMPTS, UNCOUNTED_ATTEMPTS, ContactState, FinishReason
from providers.vocabulary import Result

_WORD, _FLAG, _INSTANT, _COUNT = CharField(), BooleanField(), DateTimeField(), BigIntegerField()
_COLUMNS = ("kind", "state", "detail", "currency", "flag", "count", "with_cost", "amount", "at")
_COUNTED_KINDS = (TallyKind.CONTACT.value, TallyKind.ATTEMPT.value)


class Bucket(NamedTuple):
    """One group of rows: contacts by state and reason, or attempts by state, result and day."""

    kind: str
    word: str
    detail: str
    unit: str
    flag: bool
    count: int
    priced: int
    cost: int  # in ten thousandths
    at: datetime | None


def campaign_stats(*, campaign: Campaign, now: datetime) -> dict[str, Any]:
    """Count contacts, attempts, cost and key figures of a campaign."""
    today = now.astimezone(UTC).date()
    buckets = _buckets(campaign, today)
    contacts = [bucket for bucket in buckets if bucket.kind == TallyKind.CONTACT]
    attempts = [bucket for bucket in buckets if bucket.kind == TallyKind.ATTEMPT]
    todays = [bucket for bucket in attempts if bucket.flag]
    return {
        "contacts": _contacts(contacts),
        "finished": _counted(
            FinishReason, [b for b in contacts if b.word == ContactState.FINISHED], "detail"
        ),
        "attempts": _attempts(attempts),
        "today": {"date": today.isoformat(), **_attempts(todays), "cost": _cost(todays)},
        "cost": _cost(attempts),
        "next_due_at": min((bucket.at for bucket in buckets if bucket.at), default=None),
        "kpis": _kpis(contacts, attempts),
    }


def _buckets(campaign: Campaign, today: date) -> list[Bucket]:
    # One statement sees one snapshot on both databases; two would disagree under load, and while deltas are folded.
    parts = [_tallied(model, campaign, today) for model in (Tally, TallyDelta)]
    rows = parts[0].union(parts[1], *_next_due(campaign), all=True)
    return [Bucket(*row[:4], bool(row[4]), *row[5:]) for row in rows]


def _tallied(model: type[Tally] | type[TallyDelta], campaign: Campaign, today: date) -> QuerySet[Any, Any]:
    """Sum buckets; the flag says of contacts that they were attempted, of attempts that they are today's."""
    flag = Case(
        When(kind=TallyKind.CONTACT, number__gt=0, then=Value(True)),
        When(kind=TallyKind.ATTEMPT, day__gte=today, then=Value(True)),
        default=Value(False),
        output_field=_FLAG,
    )
    return (
        model._default_manager.filter(owner_id=campaign.pk, kind__in=_COUNTED_KINDS)
        .order_by()
        .annotate(flag=flag)
        .values("kind", "state", "detail", "currency", "flag")
        .annotate(count=_sum("total"), with_cost=_sum("priced"), amount=_sum("cost"))
        .annotate(at=Min(Cast(None, _INSTANT)))
        .values_list(*_COLUMNS)
    )


def _sum(column: str) -> Sum:
    return Sum(column, output_field=_COUNT)


def _next_due(campaign: Campaign) -> list[QuerySet[Any, Any]]:
    """Ask for the earliest instant a priority: within one the dial queue's index is in order of instants."""
    nothing = {name: Value("", _WORD) for name in ("state", "detail", "currency")}
    zeros = {name: Value(0, _COUNT) for name in ("count", "with_cost", "amount")}
    return [
        Campaign.objects.filter(pk=campaign.pk)
        .order_by()
        .annotate(kind=Value("due", _WORD), flag=Value(False), **nothing, **zeros)
        .annotate(at=Subquery(_instants(campaign, priority)[:1]))
        .values_list(*_COLUMNS)
        for priority in range(PRIORITY_MIN, PRIORITY_MAX + 1)
    ]


def _instants(campaign: Campaign, priority: int) -> QuerySet[Any, Any]:
    waiting = CampaignContact.objects.filter(campaign_id=campaign.pk, priority=priority)
    return waiting.filter(next_attempt_at__isnull=False).order_by("next_attempt_at").values("next_attempt_at")


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
    priced: Counter[str] = Counter()
    sums: Counter[str] = Counter()
    for bucket in buckets:
        priced[bucket.unit] += bucket.priced
        sums[bucket.unit] += bucket.cost
    # No cost told is not a cost of nothing.
    units = sorted(unit for unit, count in priced.items() if count)
    # Amounts of several currencies have no sum.
    single = units[0] if len(units) == 1 else None
    return {
        "amount": None if single is None else _money(sums[single]),
        "currency": single or None,
        "by_currency": {unit: _money(sums[unit]) for unit in units},
    }


def _money(ten_thousandths: int) -> str:
    return str(Decimal(ten_thousandths).scaleb(-4).quantize(Decimal("0.0001")))


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
