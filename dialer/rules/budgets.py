"""Own budgets: limits of money, minutes or attempts, of a campaign's day or of all of it, as people write them.

Never knows what was spent.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Literal, cast

from dialer.rules.faults import Findings, Found, read_choice, read_items, read_object

Unit = Literal["money", "minutes", "attempts"]
Per = Literal["day", "campaign"]
UNITS: tuple[str, ...] = ("money", "minutes", "attempts")
PERIODS: tuple[str, ...] = ("day", "campaign")
MOST_BUDGETS = 20  # more than the kinds there are, currencies included, that anybody uses
# What the columns of money hold: eight digits before the point, four behind it.
LARGEST, DECIMALS = Decimal("99999999.9999"), 4
_CURRENCY = re.compile("[A-Z]{3}")


@dataclass(frozen=True, slots=True)
class Budget:
    """One limit."""

    unit: Unit
    per: Per
    limit: Decimal
    currency: str | None = None


def parse_budgets(data: object, *, pointer: str = "/budgets") -> tuple[Budget, ...]:
    """Read the budgets of a campaign; raises `Faults` naming every fault."""
    findings = Findings()
    items = read_items(data, pointer=pointer, limit=MOST_BUDGETS, found=findings.add)
    read: dict[tuple[str, str, str | None], Budget] = {}
    for place, item in enumerate(items):
        budget = _read(item, f"{pointer}/{place}", findings.add)
        if budget is None:
            continue
        key = (budget.unit, budget.per, budget.currency)
        if key in read:
            findings.add(f"{pointer}/{place}", "same_limit", "Another budget has the same unit and period.")
        read[key] = budget
    findings.check()
    return tuple(read.values())


def _read(item: object, pointer: str, found: Found) -> Budget | None:
    fields = read_object(item, pointer=pointer, known=("unit", "per", "limit", "currency"), found=found)
    if fields is None:
        return None
    unit = read_choice(fields.get("unit"), pointer=f"{pointer}/unit", choices=UNITS, found=found)
    per = read_choice(fields.get("per"), pointer=f"{pointer}/per", choices=PERIODS, found=found)
    limit = _read_limit(fields.get("limit"), unit, f"{pointer}/limit", found)
    currency = fields.get("currency")
    if unit == "money" and not (isinstance(currency, str) and _CURRENCY.fullmatch(currency)):
        code = "required_with_money" if currency is None else "invalid"
        found(f"{pointer}/currency", code, "Money needs its currency, three capital letters such as EUR.")
        return None
    if unit != "money" and currency is not None:
        found(f"{pointer}/currency", "not_taken", "Only money has a currency.")
        return None
    if unit is None or per is None or limit is None:
        return None
    return Budget(cast("Unit", unit), cast("Per", per), limit, cast("str | None", currency))


def _read_limit(value: object, unit: str | None, pointer: str, found: Found) -> Decimal | None:
    try:
        limit = None if value is None or isinstance(value, bool) else Decimal(str(value))
    except InvalidOperation:
        limit = None
    if limit is None or not limit.is_finite():
        found(pointer, "required" if value is None else "invalid", "This must be a number, such as 12.50.")
        return None
    if not 0 < limit <= LARGEST or limit != round(limit, DECIMALS):
        found(
            pointer,
            "limit_out_of_range",
            f"This must be above 0, with at most 8 digits and {DECIMALS} decimals.",
        )
        return None
    if unit == "attempts" and limit != limit.to_integral_value():
        found(pointer, "limit_out_of_range", "Attempts are counted in whole numbers.")
        return None
    return limit


def budgets_to_json(budgets: Sequence[Budget]) -> list[dict[str, object]]:
    """Write budgets as `parse_budgets` reads them; the limit as text, as it was written."""
    return [
        {"unit": each.unit, "per": each.per, "limit": f"{each.limit:f}", "currency": each.currency}
        for each in budgets
    ]
