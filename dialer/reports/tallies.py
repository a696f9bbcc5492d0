"""Reads and folds the tallies: what stands in the tables, without counting a row.

Owns the fold and sums over buckets; what is counted is written by the database's triggers alone.
"""

from __future__ import annotations

from collections import Counter
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import BigIntegerField, QuerySet, Sum

from dialer.models import Tally, TallyDelta, TallyKind
from dialer.models.tallies import COUNTS, KEY
from dialer.rules.transitions import ContactState

#: Deltas of one transaction, and transactions of one tick: thousands of statements a second leave fewer.
FOLD_ROWS = 5_000
FOLDS = 20

_KEY = ", ".join(KEY)
# One statement, so that killed anywhere it did all or nothing. Rows that another fold holds are its own business:
# each adds what it deleted. Buckets are written in the order of the key, so two folds wait in one direction only.
_FOLD = f"""
WITH taken AS (SELECT id FROM dialer_tallydelta ORDER BY id LIMIT {FOLD_ROWS} FOR UPDATE SKIP LOCKED),
gone AS (DELETE FROM dialer_tallydelta d USING taken WHERE d.id = taken.id RETURNING d.*),
put AS (
    INSERT INTO dialer_tally ({_KEY}, {", ".join(COUNTS)})
    SELECT {_KEY}, sum(total), sum(priced), sum(cost) FROM gone GROUP BY {_KEY} ORDER BY {_KEY}
    ON CONFLICT ({_KEY}) DO UPDATE SET total = dialer_tally.total + excluded.total,
    priced = dialer_tally.priced + excluded.priced, cost = dialer_tally.cost + excluded.cost
)
SELECT count(*) FROM gone
"""  # noqa: S608 (constants alone)


def fold() -> int:
    """Add deltas to their buckets and forget them; returns how many. The sums stay what they are."""
    if connection.vendor != "postgresql":
        return 0  # no deltas: the triggers write the buckets themselves
    folded = 0
    for _ in range(FOLDS):
        with connection.cursor() as cursor:
            cursor.execute(_FOLD)
            count = cursor.fetchone()[0]
        folded += count
        if count < FOLD_ROWS:
            break
    return folded


def forget_empty() -> int:
    """Delete buckets in which nothing is left."""
    deleted, _ = Tally.objects.filter(**dict.fromkeys(COUNTS, 0)).delete()
    return deleted


def sums(*columns: str, **where: Any) -> QuerySet[Any, Any]:
    """Sum the buckets and deltas that fit `where`: a row is `columns`, then how many."""
    return _summed(Tally, columns, where).union(_summed(TallyDelta, columns, where), all=True)


def _summed(
    model: type[Tally] | type[TallyDelta], columns: tuple[str, ...], where: dict[str, Any]
) -> QuerySet[Any, Any]:
    rows = model._default_manager.filter(**where).order_by().values(*columns)
    return rows.annotate(rows=Sum("total", output_field=BigIntegerField())).values_list(*columns, "rows")


def totals_by_kind() -> dict[TallyKind, dict[tuple[str, str], int]]:
    """Count all rows by kind, then by state with reason or result; gates are left out: they tell of moments."""
    counts: dict[TallyKind, Counter[tuple[str, str]]] = {kind: Counter() for kind in TallyKind}
    for kind, state, detail, count in sums("kind", "state", "detail"):
        is_gate = kind == TallyKind.CONTACT and state == ContactState.WAITING
        counts[TallyKind(kind)][(state, "" if is_gate else detail)] += count
    return {kind: {words: n for words, n in sorted(found.items()) if n} for kind, found in counts.items()}


def skips_by_gate(campaign_id: UUID) -> dict[str, int]:
    """Count the waiting contacts of a campaign that a gate holds, by gate."""
    counts: Counter[str] = Counter()
    waiting = sums("detail", owner_id=campaign_id, kind=TallyKind.CONTACT, state=ContactState.WAITING)
    for gate, count in waiting:
        counts[gate] += count
    return {gate: count for gate, count in sorted(counts.items()) if gate and count}
