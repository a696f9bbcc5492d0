"""Own how an amount is written: two decimals, more only where they say something.

Never rounds.
"""

from __future__ import annotations

from decimal import Decimal

_CENTS = Decimal("0.01")


def written(amount: Decimal) -> str:
    """Write 12.5000 as 12.50, and 0.0125 as it is."""
    cents = amount.quantize(_CENTS)
    return f"{cents:f}" if cents == amount else f"{amount.normalize():f}"
