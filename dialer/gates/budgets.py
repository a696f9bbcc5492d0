"""Reads how much of its budgets a campaign has used: money, minutes and attempts, of its day or in all.

Owns those sums; whether they stop the campaign is the gate's. What a call costs counts from when it is told.
"""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from django.db.models import Count, Q, QuerySet, Sum

from dialer.gates.facts import BudgetFacts
from dialer.models import Attempt, Campaign
from dialer.rules.budgets import Budget, parse_budgets
from dialer.rules.transitions import UNCOUNTED_ATTEMPTS

_UNCOUNTED = [state.value for state in UNCOUNTED_ATTEMPTS]


def spending(campaign: Campaign) -> QuerySet[Attempt]:
    """Select the attempts of a campaign that use its limits; one that waits unsent is judged at its next claim."""
    rows = Attempt.objects.filter(campaign=campaign).exclude(state__in=_UNCOUNTED)
    return rows.exclude(state="claimed", lease_until__isnull=True)


def spent(campaign: Campaign, day: tuple[datetime, datetime]) -> tuple[BudgetFacts, ...]:
    """Sum up what the campaign has used of each of its budgets; nothing is asked where it has none."""
    listed = parse_budgets(campaign.budgets)
    used: dict[int, Decimal] = {}
    for per in ("day", "campaign"):
        places = [place for place, budget in enumerate(listed) if budget.per == per]
        if places:
            rows = spending(campaign)
            if per == "day":
                rows = rows.filter(claimed_at__gte=day[0], claimed_at__lt=day[1])
            sums = rows.aggregate(**{f"of_{place}": _sum(listed[place]) for place in places})
            used |= {place: Decimal(sums[f"of_{place}"] or 0) for place in places}
    return tuple(
        BudgetFacts(
            unit=budget.unit,
            per=budget.per,
            limit=budget.limit,
            currency=budget.currency or "",
            used=used[place] / 60 if budget.unit == "minutes" else used[place],
        )
        for place, budget in enumerate(listed)
    )


def _sum(budget: Budget) -> Count | Sum:
    if budget.unit == "attempts":
        return Count("pk")
    if budget.unit == "minutes":
        return Sum("duration_seconds")
    # A cost without a currency counts in each, so that a limit is kept rather than passed.
    return Sum("cost", filter=Q(currency__in=(budget.currency, "")))
