"""Own amounts of money in bodies: read exactly, and given back as amounts are written.

Never rounds and never converts.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from rest_framework import serializers

from dialer.rules.money import written


class Money(serializers.DecimalField):
    """An amount of up to eight digits and four decimals, as text: 12.50 comes back as 12.50."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**{"max_digits": 12, "decimal_places": 4, **kwargs})

    def to_representation(self, value: Any) -> str:
        """Write two decimals, more only where they say something."""
        return written(Decimal(value))
