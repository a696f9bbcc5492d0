"""Own what the judge knows of numbers: where each family of invented numbers lies, written down by hand.

Never asks the product: these facts are what its own look-ups are judged by.
"""

from __future__ import annotations

from dataclasses import dataclass
from random import Random


@dataclass(frozen=True, slots=True)
class Family:
    """Numbers that share a place; `blanks` digits stand between the prefix and the two that tell the ending."""

    prefix: str
    blanks: int
    zones: tuple[str, ...]
    country: str
    region: str | None

    def number(self, rng: Random, ending: str) -> str:
        """Invent a number with this ending."""
        middle = "".join(rng.choice("0123456789") for _ in range(self.blanks))
        return f"{self.prefix}{middle}{ending}"


LONDON = Family("+442079460", 1, ("Europe/London",), "GB", "ENG")
#: A mobile number of Australia may be anywhere in it: three zones of the mainland and the small ones.
AUSTRALIAN_MOBILES = (
    "Australia/Adelaide",
    "Australia/Brisbane",
    "Australia/Eucla",
    "Australia/Lord_Howe",
    "Australia/Perth",
    "Australia/Sydney",
    "Indian/Christmas",
    "Indian/Cocos",
)
FAMILIES = (
    LONDON,
    Family("+33199000", 1, ("Europe/Paris",), "FR", None),
    Family("+121255501", 0, ("America/New_York",), "US", "NY"),
    Family("+170255501", 0, ("America/Los_Angeles",), "US", "NV"),
    # South Dakota keeps Mountain time in the west and Central time in the east.
    Family("+160555501", 0, ("America/Denver", "America/Chicago"), "US", "SD"),
    Family("+5511999990", 1, ("America/Sao_Paulo",), "BR", "SP"),
    Family("+614915701", 0, AUSTRALIAN_MOBILES, "AU", None),
)


def family_of(number: str) -> Family:
    """Find the family of an invented number."""
    return next(family for family in FAMILIES if number.startswith(family.prefix))
