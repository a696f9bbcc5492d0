"""Own the table of what each provider can do, drawn from what the adapters declare.

Never asks a provider; the conformance kit holds the declarations to the truth.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from enum import Enum
from typing import Any

from providers import registry
from providers.capabilities import Capabilities, NativeRetry, Rate
from providers.contract import OPTIONAL_METHODS

#: Rows of the table: what is asked, and the field that answers.
_ROWS = (
    ("remote campaign", "campaigns"),
    ("can be told", "steer"),
    ("takes calls back", "withdraw"),
    ("has a do-not-call list", "blocks"),
    ("keeps future times", "schedule"),
    ("one live call a number", "one_live_per_phone"),
    ("is looked at by", "observe"),
    ("an absence may be believed after", "visible_after"),
    ("a look can prove absence", "proves_absence"),
    ("notifies", "webhooks"),
    ("redials by itself", "native_retry"),
    ("results told apart", "results"),
    ("lists", "browse"),
    ("recordings", "recordings"),
    ("rate limit", "rate"),
)


def matrix(slugs: Iterable[str] | None = None) -> str:
    """Draw the table in Markdown, one column a provider."""
    classes = [registry.provider_class(slug) for slug in slugs or registry.slugs()]
    lines = [
        _line(["", *(cls.name for cls in classes)]),
        _line(["---"] * (len(classes) + 1)),
        *(_line([label, *(_cell(cls.capabilities, name) for cls in classes)]) for label, name in _ROWS),
    ]
    return "\n".join(lines)


def details(slug: str) -> str:
    """Tell everything that one provider declares, with its vendor's document on each point."""
    cls = registry.provider_class(slug)
    own = [name for name in OPTIONAL_METHODS if cls.overrides(name)]
    lines = [f"{cls.name} ({slug})", f"  methods beyond the four that all have: {', '.join(own) or 'none'}"]
    for name in Capabilities.meanings():
        lines.append(f"  {name}: {_cell(cls.capabilities, name)}\n      {cls.capabilities.note(name)}")
    return "\n".join(lines)


def _line(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _cell(declared: Capabilities, name: str) -> str:
    value = getattr(declared, name)
    if name == "withdraw" and value:
        reasons = {why.value for why in declared.withdraw_why}
        everything = len(reasons) == len(type(next(iter(declared.withdraw_why))))
        return "yes" if everything else ", ".join(sorted(reasons))
    return _shown(value)


def _shown(value: Any) -> str:
    if value is None:
        return "no"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, frozenset):
        return ", ".join(sorted(str(item.value) for item in value)) or "no"
    if isinstance(value, timedelta):
        seconds = int(value.total_seconds())
        return f"{seconds // 60} min" if seconds % 60 == 0 else f"{seconds} s"
    if isinstance(value, Rate):
        return f"{value.per_second:g}/s"
    if isinstance(value, NativeRetry):
        return _retry(value)
    return str(value.value).replace("_", " ") if isinstance(value, Enum) else str(value)


def _retry(native: NativeRetry) -> str:
    waits = "one wait" if native.uniform else "any waits"
    more = [
        name
        for name, has in (("business days", native.business_days), ("next phone", native.other_phone))
        if has
    ]
    return ", ".join(
        [f"a {native.scope.value}", f"{waits} of {native.smallest.name.lower()}s and more", *more]
    )
