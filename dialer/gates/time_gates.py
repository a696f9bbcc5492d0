"""Gates that the clock decides: law, calling window, holiday, always in the called party's local time.

Owns "may it ring at this hour there"; a number that may lie in several zones passes only when all are open. Where
no zone is known, a gate that needs the hour refuses; one that needs only the day may go by UTC.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from dialer.gates.facts import Candidate
from dialer.gates.verdict import Verdict, allowed, held, refused
from dialer.rules.defaults import default_rule
from dialer.rules.holidays import calendar_known, is_holiday, place_of
from dialer.rules.transitions import FinishReason
from dialer.rules.windows import Window, is_open, next_open
from dialer.rules.zones import candidate_zones

#: How far ahead an opening is sought before a contact counts as uncallable.
HORIZON = timedelta(days=60)
WHOLE_DAY = (Window(days=frozenset(range(7)), start=0, end=24 * 60),)


def zones_of(candidate: Candidate) -> tuple[str, ...]:
    """List the zones in which the called party may be; empty when nothing tells."""
    number = candidate.phone.number if candidate.phone else ""
    return candidate_zones(candidate.timezone, number)


def zone_of(candidate: Candidate) -> str | None:
    """Choose the one zone whose wall clock counts calendar days for the called party."""
    zones = zones_of(candidate)
    return zones[0] if zones else None


def _opening(
    gate: str,
    windows: tuple[Window, ...],
    zones: tuple[str, ...],
    now: datetime,
    closed_day: Callable[[date], bool] | None,
    *,
    code: str,
    reason: str,
    rule: str | None = None,
) -> Verdict:
    until = next_open(windows, zones, now, horizon=HORIZON, closed_day=closed_day)
    if until is None:
        return refused(
            gate,
            "no_common_window",
            "no hour in the next 60 days is open in every zone where the person may be",
            FinishReason.UNCALLABLE,
            rule=rule,
        )
    if until <= now:
        return allowed(gate, rule=rule)
    return held(gate, code, reason, until, rule=rule)


class LawGate:
    """The hours that law leaves open for the campaign's purpose, where the called party is."""

    name = "law"
    by_calendar = True

    def check(self, candidate: Candidate, now: datetime) -> Verdict:
        rule = default_rule(candidate.campaign.purpose)
        if rule is None:
            return allowed(self.name)
        if rule.id in candidate.campaign.overridden_rules:
            # Somebody has put a name to it; the campaign's own windows and holidays go on.
            return allowed(self.name, rule=f"{rule.id}:overridden")
        zones = zones_of(candidate)
        if not zones or candidate.phone is None:
            return refused(
                self.name,
                "zone_unknown",
                "nothing tells in which time zone the person is; give the contact a timezone",
                FinishReason.UNCALLABLE,
                rule=rule.id,
            )
        place = place_of(candidate.phone.number)
        if rule.closed_on_holidays and not calendar_known(place.country, place.region):
            return refused(
                self.name,
                "no_rule",
                f"no public holiday calendar is known for {place.country or 'this number'}",
                FinishReason.UNCALLABLE,
                rule=rule.id,
            )

        def closed(day: date) -> bool:
            return rule.closed_on_holidays and is_holiday(day, place.country, place.region)

        return _opening(
            self.name,
            rule.windows,
            zones,
            now,
            closed,
            code="closed",
            reason="the law's calling hours are closed where the person is",
            rule=rule.id,
        )


class WindowGate:
    """The campaign's own calling windows."""

    name = "window"
    by_calendar = True

    def check(self, candidate: Candidate, now: datetime) -> Verdict:
        campaign = candidate.campaign
        if not campaign.windows:
            return allowed(self.name)
        zones = zones_of(candidate) if campaign.timezone == "contact" else (campaign.timezone,)
        if not zones:
            return refused(
                self.name,
                "zone_unknown",
                "nothing tells in which time zone the person is; give the contact a timezone",
                FinishReason.UNCALLABLE,
            )
        if is_open(campaign.windows, zones, now):
            return allowed(self.name)
        return _opening(
            self.name,
            campaign.windows,
            zones,
            now,
            None,
            code="closed",
            reason="the calling window is closed",
        )


class HolidayGate:
    """No calls on the called party's public holidays, where the campaign observes them."""

    name = "holiday"
    by_calendar = True

    def check(self, candidate: Candidate, now: datetime) -> Verdict:
        if not candidate.campaign.observes_holidays or candidate.phone is None:
            return allowed(self.name)
        place = place_of(candidate.phone.number)
        if not calendar_known(place.country, place.region):
            # Marketing and collections have been refused by the law gate; service calls go on.
            return allowed(self.name)
        zones = zones_of(candidate) or ("UTC",)
        if not any(_is_holiday_in(zone, now, place.country, place.region) for zone in zones):
            return allowed(self.name)
        return _opening(
            self.name,
            WHOLE_DAY,
            zones,
            now,
            lambda day: is_holiday(day, place.country, place.region),
            code="holiday",
            reason="it is a public holiday where the person is",
            rule=f"holidays:{place.country}",
        )


def _is_holiday_in(zone: str, at: datetime, country: str, region: str | None) -> bool:
    return is_holiday(at.astimezone(ZoneInfo(zone)).date(), country, region)


def day_bounds(timezone: str, now: datetime) -> tuple[datetime, datetime]:
    """Return begin and end of the campaign's day: midnights in its own zone, or UTC when it goes by the contact's.

    Both are asked of the zone: where clocks change, a day has 23 or 25 hours.
    """
    zone = ZoneInfo("UTC" if timezone == "contact" else timezone)
    today = now.astimezone(zone).date()
    begin, end = (
        datetime(day.year, day.month, day.day, tzinfo=zone).astimezone(UTC)
        for day in (today, today + timedelta(days=1))
    )
    return begin, end
