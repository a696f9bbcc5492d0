"""Own how calls are looked for: by contact id, by reference, by phone, and in the feed of changes.

Never believes that a list is whole before its last page was read.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from providers.diabolocom.account import DiabolocomSettings
from providers.diabolocom.client import DiabolocomClient
from providers.diabolocom.contacts import feed_path
from providers.diabolocom.filters import MOST_ENTRIES, Query, equals
from providers.diabolocom.values import Contact, Wrapup, written
from providers.errors import Refused
from providers.values import Handle

#: So many references are each asked for exactly; of more, conditions would cost a request each, for they are
#: combined by AND (sheet: 4.5), and they are found by their phones instead.
ASKED_BY_REF = 10
#: The feed is read anew from so long before the last reading: how late it shows a change, how far its clock is
#: from ours and whether its bounds count are not documented (sheet: 4.7).
OVERLAP = timedelta(minutes=2)
#: Calls that are asked for are searched each time: the feed only adds what was told late, and need not be read
#: with each of the many pages of one round.
FEED_REST = timedelta(seconds=30)
#: A longer feed is read on at the next look: one look has a deadline.
FEED_PAGES = 4
#: Wrap-ups are renamed by people, rarely.
WRAPUPS_FRESH = timedelta(hours=1)


def contact_id_of(campaign_id: int, handle: Handle) -> int | None:
    """Give the contact's id in this campaign, if a receipt or a report has told it."""
    known = handle.remote.get("contact_id", "")
    if not known and handle.remote_id:
        campaign, _, contact = handle.remote_id.partition("/")
        known = contact if campaign == str(campaign_id) else ""
    return int(known) if known.isascii() and known.isdigit() else None


class Looking:
    """Looks for contacts of one account."""

    def __init__(self, client: DiabolocomClient, settings: DiabolocomSettings) -> None:
        self._client = client
        self._settings = settings

    def asked(self, campaign_id: int, handles: Sequence[Handle]) -> tuple[list[tuple[Contact, str]], bool]:
        """Find the contacts of these calls, each with our reference, and say whether all lists were whole."""
        by_id = {contact_id_of(campaign_id, handle): handle for handle in handles}
        lost = [handle for handle in handles if contact_id_of(campaign_id, handle) is None]
        by_id.pop(None, None)
        wanted = {handle.ref for handle in lost}
        found: dict[int, tuple[Contact, str]] = {}
        is_whole = True
        for query in [*_by_ids(by_id), *self._by_refs_or_phones(lost)]:
            contacts, is_read = self._client.contacts.search(campaign_id, query)
            is_whole = is_whole and is_read
            for contact in contacts:
                handle = by_id.get(contact.contact_id)
                # The field may have been deleted since: then the id that the receipt told names the call.
                ref = contact.field(self._settings.ref_field) or (handle.ref if handle else "")
                if handle is not None or ref in wanted:
                    found[contact.id] = (contact, ref)
        return list(found.values()), is_whole

    def by_ref(self, campaign_id: int, ref: str) -> Contact | None:
        """Find the latest contact with our reference."""
        query = {"customFieldConditions": [equals(self._settings.ref_field, ref)]}
        contacts, _ = self._client.contacts.search(campaign_id, query)
        return max(contacts, key=lambda contact: contact.id, default=None)

    def _by_refs_or_phones(self, lost: Sequence[Handle]) -> list[Query]:
        if len(lost) <= ASKED_BY_REF:
            field = self._settings.ref_field
            return [{"customFieldConditions": [equals(field, handle.ref)]} for handle in lost]
        return [{"phones": group} for group in _groups(sorted({handle.phone for handle in lost}))]

    def changes(
        self, campaign_id: int, cursor: str | None, now: datetime, *, is_asked: bool
    ) -> tuple[list[tuple[Contact, str]], str]:
        """Read on in the feed from a cursor; none begins it now. Gives our contacts, and the next cursor."""
        place = Place.read(campaign_id, cursor)
        if place is None:
            return [], Place(since=now).text
        if is_asked and place.following is None and now - place.since < FEED_REST:
            return [], place.text
        found: list[Contact] = []
        following, met = place.following, set[str]()
        for _ in range(FEED_PAGES):
            try:
                contacts, following = self._client.contacts.changed_page(
                    campaign_id, place.since - OVERLAP, following=following
                )
            except Refused:
                if place.following is None:
                    raise
                return [], Place(since=place.since).text  # the stored link is too old: begin again
            found += contacts
            if following is None:
                return self._ours(found), Place(since=now).text
            if following in met:  # it goes in a circle: what comes after is not known
                return self._ours(found), place.text
            met.add(following)
        return self._ours(found), Place(since=place.since, following=following).text

    def _ours(self, contacts: Iterable[Contact]) -> list[tuple[Contact, str]]:
        """Keep what we have made: others may use the field, too, but only we write the count of tries beside it."""
        ref_field, tries_field = self._settings.ref_field, self._settings.tries_field
        return [
            (contact, contact.field(ref_field))
            for contact in contacts
            if contact.field(ref_field) and contact.field(tries_field)
        ]


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where the feed was left: the instant until which it was read, and the link of an unfinished reading."""

    since: datetime
    following: str | None = None

    @property
    def text(self) -> str:
        """Write it as a cursor."""
        return f"{written(self.since)} {self.following}" if self.following else written(self.since)

    @classmethod
    def read(cls, campaign_id: int, cursor: str | None) -> Place | None:
        """Read a cursor; one that is none of ours, or of another campaign, begins anew."""
        since, _, following = (cursor or "").partition(" ")
        try:
            at = datetime.fromisoformat(since)
        except ValueError:
            return None
        if at.tzinfo is None:
            return None
        is_here = following.partition("?")[0] == feed_path(campaign_id)
        return cls(since=at, following=following if is_here else None)


def _by_ids(ids: Iterable[int | None]) -> list[Query]:
    return [{"contactIds": group} for group in _groups(list(ids))]


def _groups(entries: Sequence[object]) -> list[Sequence[object]]:
    return [entries[start : start + MOST_ENTRIES] for start in range(0, len(entries), MOST_ENTRIES)]


class WrapupBook:
    """The account's wrap-ups, kept for an hour."""

    def __init__(self, client: DiabolocomClient) -> None:
        self._client = client
        self._known: dict[int, Wrapup | None] = {}
        self._read_at: datetime | None = None

    def of(self, contact: Contact, now: datetime) -> Wrapup | None:
        """Give the contact's wrap-up; None if it has none, or one that is no longer there."""
        if contact.wrapup_id is None:
            return None
        if self._read_at is None or not timedelta(0) <= now - self._read_at < WRAPUPS_FRESH:
            self._known = {wrapup.id: wrapup for wrapup in self._client.wrapups.list()}
            self._read_at = now
        if contact.wrapup_id not in self._known:  # made since the list was read
            self._known[contact.wrapup_id] = self._single(contact.wrapup_id)
        return self._known[contact.wrapup_id]

    def _single(self, wrapup_id: int) -> Wrapup | None:
        try:
            return self._client.wrapups.get(wrapup_id)
        except Refused:
            return None
