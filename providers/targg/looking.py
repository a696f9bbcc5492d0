"""Own one look at many calls: which lists are read, in which order, and what was read to its end.

Never claims completeness for a list that ended early, went in circles or was not filtered as asked; what was read is
reported all the same, and the cursor says where the next look goes on, so that nobody is never looked at.

Calls whose contact is known are asked for by contact, 50 in a request: that list holds nobody else. The others are
looked for in the campaign's own calls from the day before they were handed over on; those whose id is known already
are few, and read one by one.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from providers.errors import CampaignBlocked, Unavailable
from providers.targg.client import TarggClient
from providers.targg.finding import first_day
from providers.targg.listing import Listing
from providers.targg.retries import ids_of
from providers.targg.wire import PAGE, Missing, Page
from providers.targg.words import ref_of
from providers.values import Handle, RemoteCampaign

#: More calls without a known contact are cheaper to find in the campaign's list than one by one.
_MOST_SINGLES = PAGE
#: No further request is begun with less of the deadline left: a slow answer must not cost what was read before.
_RESERVE = 0.25


_CURSOR = re.compile(r"(?P<day>\d{4}-\d\d-\d\d)?(?:/page=(?P<page>\d{1,6})|/ref=(?P<ref>.{1,200}))?")


@dataclass(frozen=True, slots=True)
class Cursor:
    """Where a look goes on: from which day, and at which call or page (0 = none) if the last one did not finish."""

    day: date | None = None
    ref: str = ""
    page: int = 0

    @classmethod
    def read(cls, text: str | None) -> Cursor:
        """Read what `written` wrote; anything else is a new beginning."""
        found = _CURSOR.fullmatch(text or "")
        if found is None:
            return cls()
        try:
            day = date.fromisoformat(found["day"]) if found["day"] else None
        except ValueError:
            return cls()
        return cls(day=day, ref=found["ref"] or "", page=int(found["page"] or 0))

    def written(self) -> str:
        """Write it as one short text."""
        place = f"/page={self.page}" if self.page else f"/ref={self.ref}" if self.ref else ""
        return f"{self.day.isoformat() if self.day else ''}{place}"


class _OutOfTime(Exception):
    """No further request fits into the deadline."""


@dataclass(frozen=True, slots=True)
class _Part:
    """One part of a look: some calls, named by the first of them, or (no `ref`) the campaign's list."""

    ref: str
    read: Callable[[], None]


class Look:
    """One look: reads within the budget that runs, and keeps what it saw."""

    def __init__(
        self,
        client: TarggClient,
        campaign: RemoteCampaign,
        calls: Sequence[Handle],
        cursor: str | None,
        *,
        left: Callable[[], float],
        now: datetime,
    ) -> None:
        self._client, self._campaign, self._left = client, campaign, left
        self._start = Cursor.read(cursor)
        self._known, self._singles, self._lost = _sorted_out(calls)
        self._day = _oldest_day(calls) if calls else self._start.day or first_day(now)
        self._is_everybody = not calls
        self._missing = {call.ref for call in self._lost}
        self._requests = 0
        self._page = max(self._start.page, 1)  # of the campaign's list
        #: Call objects by id, as they were seen last.
        self.seen: dict[str, dict[str, Any]] = {}
        self.is_complete = True
        self.cursor: str | None = None

    def run(self) -> None:
        """Read; a failure is raised only if nothing was read before it."""
        place = Cursor(day=self._day)
        parts = self._parts()
        for number, part in enumerate(parts):
            try:
                part.read()
            except _OutOfTime:
                place = self._at(part)
            except Unavailable:
                if not self._requests:
                    raise
                # Go on behind it, or it would be the first to fail again, and nobody behind it were looked at.
                place = self._behind(part, parts[number + 1 :])
            else:
                continue
            self.is_complete = False
            break
        self.cursor = place.written()

    def _at(self, part: _Part) -> Cursor:
        return Cursor(day=self._day, ref=part.ref, page=0 if part.ref else self._page)

    def _behind(self, part: _Part, following: Sequence[_Part]) -> Cursor:
        if not part.ref:
            return Cursor(day=self._day, page=self._page + 1)
        return self._at(following[0]) if following else Cursor(day=self._day)

    def _parts(self) -> list[_Part]:
        """List what is to be read, beginning where the last look ended."""
        groups = [self._group(self._known[n : n + PAGE]) for n in range(0, len(self._known), PAGE)]
        groups += [self._single(call) for call in self._singles]
        groups.sort(key=lambda part: part.ref)
        lists = [_Part("", self._campaigns_calls)] if self._lost or self._is_everybody else []
        if self._start.page and lists:
            return [*lists, *groups]
        first = next((n for n, part in enumerate(groups) if part.ref >= self._start.ref), 0)
        return [*groups[first:], *lists, *groups[:first]]

    def _group(self, calls: Sequence[Handle]) -> _Part:
        contacts = [call.remote["contact_id"] for call in calls]
        among = frozenset(contacts)

        def read() -> None:
            self._list(
                lambda page: self._client.calls(page, contacts=contacts, operation="observe"),
                lambda item: item.get("contact") in among or item.get("contactSent") in among,
            )

        return _Part(calls[0].ref, read)

    def _single(self, call: Handle) -> _Part:
        def read() -> None:
            self._refuse_if_late()
            with suppress(Missing):  # deleted: it is not there
                item = self._client.call(str(call.remote_id), operation="observe")
                self.seen[item["_id"]] = item
            self._requests += 1

        return _Part(call.ref, read)

    def _campaigns_calls(self) -> None:
        """Read the campaign's list until all that are sought were seen, or to its end."""
        campaigns = ids_of(self._campaign)
        since = _oldest_day(self._lost) if self._lost else self._day
        try:
            self._list(
                # No end is given: a call that is timed for later may count as of that day.
                lambda page: self._client.calls(page, campaigns=campaigns, since=since, operation="observe"),
                lambda item: item.get("campaign") in campaigns,
                start=max(self._start.page, 1),
                is_enough=lambda: not self._is_everybody and not self._missing,
            )
        except Missing:
            raise CampaignBlocked("Targg does not know the remote campaign.") from None

    def _list(
        self,
        fetch: Callable[[int], Page],
        belongs: Callable[[dict[str, Any]], bool],
        *,
        start: int = 1,
        is_enough: Callable[[], bool] = lambda: False,
    ) -> None:
        def fetched(page: int) -> Page:
            self._page = page
            self._refuse_if_late()
            got = fetch(page)
            self._requests += 1
            return got

        listing = Listing(fetched, start)
        for items in listing.pages():
            mine = [item for item in items if belongs(item)]
            self.seen |= {item["_id"]: item for item in mine}
            self._missing -= {ref_of(item) or "" for item in mine}
            if len(mine) < len(items):  # it was not filtered as asked: then nothing is proven by it
                self.is_complete = False
            if is_enough():
                return
        self.is_complete = self.is_complete and listing.is_whole

    def _refuse_if_late(self) -> None:
        if self._requests and self._left() < _RESERVE:
            raise _OutOfTime


def _sorted_out(calls: Sequence[Handle]) -> tuple[list[Handle], list[Handle], list[Handle]]:
    """Sort calls into those with a known contact, those with a known id, and those with nothing but our reference."""
    by_ref = sorted(calls, key=lambda call: call.ref)
    known = [call for call in by_ref if call.remote.get("contact_id")]
    others = [call for call in by_ref if not call.remote.get("contact_id")]
    singles = [call for call in others if call.remote_id]
    if len(singles) > _MOST_SINGLES:
        singles = []
    named = {call.ref for call in singles}
    return known, singles, [call for call in others if call.ref not in named]


def _oldest_day(calls: Sequence[Handle]) -> date | None:
    """Give the day from which on these calls may be listed; None if that is not known of one of them."""
    moments = [call.pushed_at for call in calls]
    known = [moment for moment in moments if moment is not None]
    return first_day(min(known)) if len(known) == len(moments) else None
