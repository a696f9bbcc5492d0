"""Own how calls are looked at: which lists are asked for, and what their answers tell of each call.

Never proves an absence: the vendor does not say how soon a send shows.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from providers.capabilities import CAUTIOUS_VISIBLE_AFTER
from providers.contract import Handle, Observation, Report
from providers.errors import Refused, Unavailable
from providers.nrs360.client import Nrs360Client
from providers.nrs360.records import CampaignRecord
from providers.nrs360.telling import VOICE_CHANNELS, ref_in, told_by_list, told_by_rows
from providers.nrs360.wire import digits_of
from providers.vocabulary import Progress

#: Lists have no pages, so they are asked for by the beginning of our references. The engine's are UUIDs of version 7:
#: the first 8 digits are the time in steps of 65.5 s, and at 200 calls a second (13,000 campaigns of 1 kB) such a
#: list still stays below the 16 MiB that are read of an answer.
_SLICE = 8
#: Lists in one look. 10,000 calls that were pushed at 5 a second are 31 such slices, in 20 looks at 2 or 3 lists;
#: more than this in one look are calls that have been open for hours, and a part of them is looked at each time.
MOST_LISTS = 20
#: Events reports in one look: they tell when a call ended and how long it was, which the counts do not.
MOST_REPORTS = 10
#: No list or report is begun after this: the whole look has 20 s.
_LAST_START_SECONDS = 8.0


class Look:
    """One look at calls, by their handles or since an earlier instant."""

    def __init__(
        self,
        client: Nrs360Client,
        *,
        now: datetime,
        clock: Callable[[], float],
        most_reports: int = MOST_REPORTS,
    ) -> None:
        """Prepare; `clock` gives monotonic seconds, the time of all requests begins now."""
        self._client = client
        self._now = now
        self._clock = clock
        self._began = clock()
        self._reports_left = most_reports

    def at(self, calls: Sequence[Handle], cursor: str | None) -> Observation:
        """Look at these calls. The cursor stays where the first look began: only `since` moves it."""
        listed: dict[str, list[CampaignRecord]] = {}
        for place, name in enumerate(self._some(_names_of(calls))):
            if place and not self._has_time():
                break
            for campaign in self._client.campaigns.find(name=name, operation="observe"):
                listed.setdefault(campaign.name.casefold(), []).append(campaign)
        reports: list[Report] = []
        for call in calls:
            reports += self._of(call, listed.get(call.ref.casefold(), []))
        began = min((call.pushed_at for call in calls if call.pushed_at), default=self._now)
        return Observation(reports=tuple(reports), cursor=cursor or _cursor(began), complete=False)

    def since(self, cursor: str | None) -> Observation:
        """Look at every call of ours since the cursor, up to the 16 MiB that an answer may have."""
        if cursor is None:
            return Observation(cursor=_cursor(self._now), complete=False)
        reports: list[Report] = []
        unfinished = [self._now]
        for campaign in self._client.campaigns.find(
            after=datetime.fromisoformat(cursor), operation="observe"
        ):
            ref = ref_in(campaign.name)
            if ref is None or not _is_call(campaign):
                continue
            told = [] if _is_shared([campaign]) else told_by_list(ref, None, campaign)
            reports += told
            if not _is_over(told) and campaign.created_at is not None:
                # Whether the date is that of the creation is not documented: what is open must be listed again.
                unfinished.append(campaign.created_at)
        return Observation(reports=tuple(reports), cursor=_cursor(min(unfinished)), complete=False)

    def _some(self, names: list[str]) -> list[str]:
        """Choose at most as many lists as one look may ask for, others each time."""
        if len(names) <= MOST_LISTS:
            return names
        return random.Random(self._now.isoformat()).sample(names, MOST_LISTS)

    def _of(self, call: Handle, campaigns: list[CampaignRecord]) -> list[Report]:
        if not campaigns:
            return []
        if _is_shared(campaigns):
            return self._by_report(call, campaigns)
        told = told_by_list(call.ref, call.remote_id, campaigns[0])
        return self._detailed(call, campaigns, told) if _is_over(told) else told

    def _detailed(self, call: Handle, campaigns: list[CampaignRecord], told: list[Report]) -> list[Report]:
        """Add times and length from the events report; without it the counts tell the end as well."""
        rows: dict[str, Report] = {}
        try:
            rows = {report.event_id: report for report in self._by_report(call, campaigns)}
        except (Unavailable, Refused):
            self._reports_left = 0  # nor are the next ones asked for: it may be too much for the vendor
        return [_with_times(report, rows.get(report.event_id)) for report in told]

    def _by_report(self, call: Handle, campaigns: list[CampaignRecord]) -> list[Report]:
        """Read the events of one number: counts that several recipients share tell nothing of one."""
        rows = []
        for sending in (sending for campaign in campaigns for sending in campaign.sendings):
            if self._reports_left <= 0 or not self._has_time():
                return []
            self._reports_left -= 1
            rows += self._client.campaigns.events(sending.id)
        mine = [row for row in rows if digits_of(row.phone) == digits_of(call.phone)]
        return told_by_rows(call.ref, call.remote_id, mine)

    def _has_time(self) -> bool:
        return self._clock() - self._began < _LAST_START_SECONDS


def _names_of(calls: Iterable[Handle]) -> list[str]:
    """Give the names, some with a star, under which all these calls are listed."""
    slices: dict[str, set[str]] = {}
    for call in calls:
        slices.setdefault(call.ref[:_SLICE], set()).add(call.ref)
    return [_name_of(sorted(refs)) for _, refs in sorted(slices.items())]


def _name_of(refs: list[str]) -> str:
    """Give the one name, or how all begin: of sorted texts the first and the last have least in common."""
    first, last = refs[0], refs[-1]
    if first == last:
        return first
    same = next(place for place, (one, other) in enumerate(zip(first, last, strict=False)) if one != other)
    return f"{first[:same]}*"


def _cursor(began: datetime) -> str:
    """Give the instant from which nothing may be missed, as early as a send may show late."""
    early: timedelta = CAUTIOUS_VISIBLE_AFTER
    return (began - early).isoformat()


def _is_call(campaign: CampaignRecord) -> bool:
    return all(sending.channel in VOICE_CHANNELS for sending in campaign.sendings)


def _is_shared(campaigns: Sequence[CampaignRecord]) -> bool:
    """Say whether several recipients, or several sends, stand behind one name (sheet: Gaps 2)."""
    sendings = [sending for campaign in campaigns for sending in campaign.sendings]
    return len(campaigns) > 1 or len(sendings) > 1 or any(sending.total > 1 for sending in sendings)


def _is_over(told: Sequence[Report]) -> bool:
    return any(report.progress is Progress.ENDED for report in told)


def _with_times(report: Report, row: Report | None) -> Report:
    if row is None:
        return report
    return replace(report, at=row.at, started_at=row.started_at, ended_at=row.ended_at, seconds=row.seconds)
