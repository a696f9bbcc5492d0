"""Own how lists are read over many pages: the leads of a campaign, and the activity of a span of time.

Never takes a list for whole whose end it has not seen, and never asks for ever.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass, field, replace
from datetime import datetime

from providers.qvoice.client import QVoiceClient
from providers.qvoice.matching import Look
from providers.qvoice.records import ActivityPage, ActivityRecord, Lead, LeadPage, digits
from providers.qvoice.sending import clock_of

#: Pages of activity that one look may read: 20,000 dials, more than any tenant makes between two looks. It only
#: bounds how far back native plans are followed.
MOST_ACTIVITY_PAGES = 20


@dataclass(slots=True)
class Leads:
    """The leads of the wanted numbers, by their digits; `resume_at` is the key of the first page not read."""

    by_number: dict[str, list[Lead]] = field(default_factory=dict)
    is_whole: bool = False
    resume_at: str = ""
    look: Look = field(default_factory=Look)

    def of(self, number: str) -> list[Lead]:
        """Give the leads of a number, however it is written."""
        return self.by_number.get(digits(number), [])


def read_leads(
    client: QVoiceClient,
    campaign_id: str,
    numbers: Collection[str],
    *,
    now: Callable[[], datetime],
    page_size: int,
    start_key: str = "",
    may_go_on: Callable[[], bool] = lambda: True,
) -> Leads:
    """Read a campaign's list from a key on: to its end, to where it repeats itself, or until time is up."""
    wanted = {digits(number) for number in numbers}
    found = Leads(look=Look(asked_at=now().timestamp(), is_part=bool(start_key)))
    key, keys, known = start_key, {start_key}, set[str]()
    while True:
        asked = now().timestamp()
        page = client.lead_page(campaign_id, start_key=key, page_size=page_size)
        told = clock_of(page.date, asked, now().timestamp())
        found.look = replace(found.look, clock=found.look.clock.narrowed(told))
        fresh = [lead for lead in page.leads if lead.id not in known]
        known.update(lead.id for lead in fresh)
        for lead in fresh:
            if digits(lead.number) in wanted:
                found.by_number.setdefault(digits(lead.number), []).append(lead)
        if page.is_end:
            found.is_whole = not start_key
            return found
        if _goes_round(page, keys, bool(fresh)):
            return found
        keys.add(page.next_key)
        key = page.next_key
        if not may_go_on():
            found.resume_at, found.look = key, replace(found.look, is_part=True)
            return found


def _goes_round(page: LeadPage, keys: set[str], is_new: bool) -> bool:
    """Say whether there is no way on: no key, a key seen before, or a page that shows nothing new."""
    return not page.next_key or page.next_key in keys or not is_new


@dataclass(frozen=True, slots=True)
class Activity:
    """The dials of a span of time; not whole = some may be missing, those that are there are true."""

    records: tuple[ActivityRecord, ...]
    is_whole: bool


def read_activity(
    client: QVoiceClient, since: datetime, until: datetime, *, most_pages: int = MOST_ACTIVITY_PAGES
) -> Activity:
    """Read the dials of all campaigns between two instants, whichever of its two shapes the answer has."""
    found: dict[tuple[object, ...], ActivityRecord] = {}
    key, keys = "", {""}
    for _ in range(most_pages):
        page = client.activity_page(since, until, start_key=key)
        fresh = [record for record in page.records if record.key not in found]
        found.update((record.key, record) for record in fresh)
        if page.is_bare:
            # A bare array has no key, and it may have been cut short in silence: only a page that brings nothing
            # new is the last one (sheet: Campaign activity).
            if not fresh:
                return Activity(tuple(found.values()), is_whole=True)
            since, until = _rest(page, since, until)
            continue
        if not page.next_key:
            return Activity(tuple(found.values()), is_whole=True)
        if page.next_key in keys:
            break
        keys.add(page.next_key)
        key = page.next_key
    return Activity(tuple(found.values()), is_whole=False)


def _rest(page: ActivityPage, since: datetime, until: datetime) -> tuple[datetime, datetime]:
    """Narrow the span to what a bare page left out; the order is not documented, so it is read off the page."""
    times = [record.at for record in page.records if record.at is not None]
    if not times:
        return since, until
    return (since, min(times)) if times[0] > times[-1] else (max(times), until)
