"""Warns of contacts that are taken but will never find an open hour: no zone, or zones without a common one.

Owns the warning alone; the gates decide, at the instant of the call, and read the rules of that day.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from dialer.intake.records import Fault, Record, fault
from dialer.models import Campaign
from dialer.rules.defaults import default_rule
from dialer.rules.windows import HORIZON, Window, next_open, parse_windows

_Weeks = tuple[tuple[Window, ...], tuple[Window, ...]]
#: Two weeks of windows meet within a few rounds or never.
_ROUNDS = 200


def window_warnings(campaign_id: UUID, records: Iterable[Record], *, now: datetime) -> dict[int, list[Fault]]:
    """Say which records, by index, no hour within the horizon is open for."""
    campaign = Campaign.objects.only("calling_windows", "timezone", "purpose").get(pk=campaign_id)
    own = parse_windows(campaign.calling_windows)
    rule = default_rule(campaign.purpose)
    law = rule.windows if rule is not None else ()
    if not own and not law:
        return {}
    fixed = None if campaign.timezone == "contact" else (campaign.timezone,)
    needs_zone = bool(law) or fixed is None
    known: dict[tuple[str, ...], list[Fault]] = {}
    found: dict[int, list[Fault]] = {}
    for record in records:
        zones = (record.timezone,) if record.timezone else _zones(record)
        faults = known.get(zones)
        if faults is None:
            faults = known[zones] = _faults((own, law), fixed or zones, zones, needs_zone, now)
        if faults:
            found[record.index] = faults
    return found


def _zones(record: Record) -> tuple[str, ...]:
    return next(line.zones for line in record.phones if line.number == record.main)


def _faults(
    weeks: _Weeks, own_zones: tuple[str, ...], zones: tuple[str, ...], needs_zone: bool, now: datetime
) -> list[Fault]:
    if not zones and needs_zone:
        detail = (
            "nothing tells in which time zone the person is; without a timezone this contact is not called"
        )
        return [fault("/timezone", "zone_unknown", detail)]
    if _common_opening(weeks, own_zones, zones, now):
        return []
    detail = "no hour of the next 60 days is open in every zone where this number may be; give the timezone"
    return [fault("/timezone", "no_common_window", detail)]


def _common_opening(
    weeks: _Weeks, own_zones: tuple[str, ...], zones: tuple[str, ...], now: datetime
) -> datetime | None:
    at = now
    for _ in range(_ROUNDS):
        own = next_open(weeks[0], own_zones, at)
        law = None if own is None else next_open(weeks[1], zones, own)
        if own is None or law is None or law - now > HORIZON:
            return None
        if law == own:
            return law
        at = law
    return None
