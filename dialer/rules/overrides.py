"""Own overrides: rules that somebody set aside for a campaign, with a name and a reason to answer for it.

Never decides what follows; the gate of the rule does.
"""

from __future__ import annotations

from dialer.rules.defaults import RULES
from dialer.rules.faults import Findings, Found, read_choice, read_items, read_object

MOST_OVERRIDES = 20  # more rules than any set has of those that can be set aside
LONGEST_NAME, LONGEST_REASON = 200, 1000
_FIELDS = ("rule", "by", "reason")


def parse_overrides(data: object, *, pointer: str = "/rule_overrides") -> list[dict[str, str]]:
    """Read the overrides of a campaign; raises `Faults` naming every fault."""
    findings = Findings()
    read: dict[str, dict[str, str]] = {}
    for place, item in enumerate(read_items(data, pointer=pointer, limit=MOST_OVERRIDES, found=findings.add)):
        override = _read(item, f"{pointer}/{place}", findings.add)
        if override["rule"] in read:
            findings.add(f"{pointer}/{place}/rule", "same_rule", "This rule is set aside already.")
        read[override["rule"]] = override
    findings.check()
    return list(read.values())


def _read(item: object, pointer: str, found: Found) -> dict[str, str]:
    fields = read_object(item, pointer=pointer, known=_FIELDS, found=found) or {}
    rule = read_choice(
        fields.get("rule"),
        pointer=f"{pointer}/rule",
        choices=tuple(sorted(RULES)),
        found=found,
        code="unknown_rule",
    )
    texts = {"rule": rule or ""}
    for name, longest in (("by", LONGEST_NAME), ("reason", LONGEST_REASON)):
        text = fields.get(name)
        if not isinstance(text, str) or not 0 < len(text.strip()) <= longest:
            found(f"{pointer}/{name}", "required", f"Say it, in at most {longest} characters.")
            text = ""
        texts[name] = text.strip()
    return texts
