"""Own the calling hours that hold where no law has been entered: data, and which purpose they bind.

Never widens anything: rules entered for a place replace this one, campaign windows only narrow it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from dialer.rules.windows import Window

_SUNDAY = 6


@dataclass(frozen=True, slots=True)
class DefaultRule:
    """Calling hours in the called party's local time."""

    id: str
    version: str
    windows: tuple[Window, ...]
    closed_on_holidays: bool

    @property
    def closed_on_sundays(self) -> bool:
        """Say whether no window opens on a Sunday."""
        return all(_SUNDAY not in window.days for window in self.windows)


# Monday to Saturday, 08:00-21:00: what most laws leave open. Stricter places need a rule of their own.
CAUTIOUS: Final = DefaultRule(
    id="default",
    version="1",
    windows=(Window(days=frozenset(range(6)), start=8 * 60, end=21 * 60),),
    closed_on_holidays=True,
)
# Calls that the person asked for or has to expect are not canvassing: no default binds them.
_BY_PURPOSE: Final[dict[str, DefaultRule | None]] = {
    "marketing": CAUTIOUS,
    "collections": CAUTIOUS,
    "service": None,
}


def default_rule(purpose: str) -> DefaultRule | None:
    """Give the rule that binds a purpose, None where none does; a purpose that nobody knows is bound."""
    return _BY_PURPOSE.get(purpose, CAUTIOUS)


#: The sets of rules that a campaign can name, and the rules in them that can be set aside by name.
PACKS: Final = frozenset({CAUTIOUS.id})
RULES: Final = frozenset({CAUTIOUS.id})
