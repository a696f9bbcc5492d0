"""Counts a campaign in one statement, so that every bucket adds up at every instant.

Owns the formulas of the key figures; never writes.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any, NamedTuple

from django.db import connection

from dialer.models import Campaign, TallyKind
from dialer.models.campaigns import PRIORITY_MAX, PRIORITY_MIN
from dialer.rules.timeline import REACHED
from dialer.rules.transitions import TERMINAL_ATTEMPTS, UNCOUNTED_ATTEMPTS, ContactState, FinishReason
from providers.vocabulary import Result

#: What an attempt that is not over has for a result.
PENDING = "pending"

_OF = (
    "SELECT kind, state, detail, currency, number, day, total, priced, cost FROM {table} WHERE owner_id = %s"
)
# One statement sees one snapshot on both databases; two would disagree under load, and while deltas are folded.
# The earliest instant is asked for by priority: within one the dial queue's index is in the order of instants.
# Written out, for building it by the ORM takes ten times as long as its execution.
_STATEMENT = f"""
WITH priorities (priority) AS (VALUES {", ".join(f"({p})" for p in range(PRIORITY_MIN, PRIORITY_MAX + 1))}),
due (at) AS (
    SELECT (SELECT next_attempt_at FROM dialer_campaigncontact c
             WHERE c.campaign_id = %s AND c.priority = p.priority AND c.next_attempt_at IS NOT NULL
             ORDER BY c.next_attempt_at LIMIT 1)
      FROM priorities p
),
tallied AS ({_OF.format(table="dialer_tally")} UNION ALL {_OF.format(table="dialer_tallydelta")})
SELECT 'due', '', '', '', 1 = 0, 0, 0, 0, min(at) FROM due
UNION ALL
SELECT kind, state, detail, currency, (kind = 'contact' AND number > 0) OR (kind = 'attempt' AND day >= %s),
       sum(total), sum(priced), sum(cost), NULL
  FROM tallied GROUP BY 1, 2, 3, 4, 5
"""  # noqa: S608 (constants alone)


class Bucket(NamedTuple):
    """One group of rows: contacts by state and reason, or attempts by state, result and day.

    The flag says of contacts that they were attempted, of attempts that they are today's.
    """

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
    key = Campaign._meta.pk.get_db_prep_value(campaign.pk, connection)
    with connection.cursor() as cursor:
        cursor.execute(_STATEMENT, [key, key, key, connection.ops.adapt_datefield_value(today)])
        return [
            Bucket(*row[:4], bool(row[4]), *map(int, row[5:8]), _instant(row[8])) for row in cursor.fetchall()
        ]


def _instant(value: datetime | str | None) -> datetime | None:
    """Read an instant; SQLite keeps it as text in UTC."""
    return datetime.fromisoformat(value).replace(tzinfo=UTC) if isinstance(value, str) else value


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
