"""Own the requests about contacts: one at a time, and the three searches.

Never changes more than the one contact that a request names.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from providers.diabolocom.api import Api, campaign_verdict, code_of, contact_verdict, tolerant
from providers.diabolocom.filters import Query, query_of
from providers.diabolocom.values import Contact, written
from providers.effects import Answer, Effect
from providers.errors import ProviderError, Refused, Unavailable

#: The most contacts of a page (seed: Search contacts, Search contacts by phone, Search contacts by dates).
SEARCH_PAGE, PHONE_PAGE, FEED_PAGE = 500, 100, 500

#: What a create and an update may carry beside `customFields` (seed: Create a contact, Update contact); those
#: that are marked as not available yet are left out, for an unknown name's effect is not documented.
WRITABLE = frozenset(
    {
        *("priority", "excluded", "retryDate", "triesNumber", "comment", "wrapupId", "agentId"),
        *("assignedAgentId", "assignedGroupId", "minCallingDateTime", "maxCallingDateTime"),
        *("contactCardDisplayNumber", "calendarId", "region"),
    }
)


def fields_of(given: Mapping[str, Any], *, allowed: frozenset[str] = WRITABLE) -> dict[str, Any]:
    """Write the fields of a body; unknown names raise `ValueError`, times become the vendor's."""
    strange = sorted(set(given) - allowed)
    if strange:
        raise ValueError(f"A contact has no such field to write: {', '.join(strange)}.")
    return {name: written(value) if isinstance(value, datetime) else value for name, value in given.items()}


def texts_of(custom_fields: Mapping[str, Any]) -> dict[str, str]:
    """Write custom fields: names to texts, and nothing but texts (sheet: 2)."""
    if not custom_fields:
        raise ValueError("A contact needs custom fields: its phone is one of them.")
    return {str(name): str(value) for name, value in custom_fields.items()}


class Contacts:
    """Contacts V2."""

    def __init__(self, api: Api) -> None:
        self._api = api

    def create(
        self,
        campaign_id: int,
        *,
        custom_fields: Mapping[str, Any],
        ref: str = "",
        priority_mode: bool = False,
        **fields: Any,
    ) -> Contact | None:
        """Make a contact, which is called from then on; None if the answer, which is not documented, tells nothing.

        There is no idempotency key: a second create is a second call (seed: Create a contact; sheet: 8).
        """
        return self._api.http.request(
            "POST",
            f"{_path(campaign_id)}/contacts",
            operation="create_contact",
            effect=Effect.ONCE,
            params={"priorityMode": "true" if priority_mode else "false"},
            json={**fields_of(fields), "customFields": texts_of(custom_fields)},
            decode=_created,
            verdict=_refused,
            ref=ref,
        )

    def get(self, campaign_id: int, contact_id: int) -> Contact:
        """Read one contact; an unknown one raises `NoSuchContact` (seed: Get contact by Id)."""
        return self._api.read(
            f"{_path(campaign_id)}/contacts/{int(contact_id)}",
            operation="get_contact",
            decode=lambda answer: Contact.read(answer.json()),
            verdict=contact_verdict,
        )

    def update(
        self,
        campaign_id: int,
        contact_id: int,
        *,
        custom_fields: Mapping[str, Any] | None = None,
        **fields: Any,
    ) -> None:
        """Change what is given of one contact; nothing given raises `ValueError` (seed: Update contact by Id).

        What it does to a contact on a call is not documented: read it again afterwards (sheet: 12).
        """
        body = fields_of(fields)
        if custom_fields:
            body["customFields"] = texts_of(custom_fields)
        if not body:
            raise ValueError("An update needs a field at least.")
        self._api.http.request(
            "PUT",
            f"{_path(campaign_id)}/contacts/{int(contact_id)}",
            operation="update_contact",
            effect=Effect.REPEATABLE,
            json=body,
            decode=tolerant,
            verdict=contact_verdict,
        )

    def delete(self, campaign_id: int, contact_id: int) -> bool:
        """Remove one contact for good, with all that is known of its calls; False while it is on a call.

        An unknown one raises `NoSuchContact` (seed: Delete contact by Id).
        """

        def verdict(answer: Answer) -> ProviderError | None:
            return _OnACall("It is on a call.") if answer.status == 409 else contact_verdict(answer)

        try:
            self._api.http.request(
                "DELETE",
                f"{_path(campaign_id)}/contacts/{int(contact_id)}",
                operation="delete_contact",
                effect=Effect.REPEATABLE,
                decode=tolerant,
                verdict=verdict,
            )
        except _OnACall:
            return False
        return True

    def search(self, campaign_id: int, query: Query) -> tuple[list[Contact], bool]:
        """Give all contacts that match, and whether every page was read (seed: Search contacts; UTC).

        Pages are told by `last` alone: the totals are approximate. Where they begin to count is not documented, so
        the first is asked for without a number (sheet: 4.5).
        """
        body: dict[str, Any] = {"pageable": {"pageSize": SEARCH_PAGE}, "query": query_of(query)}
        found: dict[int, Contact] = {}
        expected: int | None = None
        while True:
            contacts, page, is_last = self._search_page(campaign_id, body)
            if expected is not None and page != expected:
                return list(found.values()), False  # it repeats itself: what is on the other pages is unknown
            found |= {contact.id: contact for contact in contacts}
            if is_last or not contacts:
                return list(found.values()), True
            expected = page + 1
            body["pageable"] = {"page": expected, "pageSize": SEARCH_PAGE}

    def _search_page(self, campaign_id: int, body: Mapping[str, Any]) -> tuple[list[Contact], int, bool]:
        def decode(answer: Answer) -> tuple[list[Contact], int, bool]:
            data = answer.json()
            if data["last"] not in (True, False):
                raise ValueError("`last` is neither true nor false.")
            return [Contact.read(each) for each in data["content"]], int(data["number"]), data["last"]

        return self._api.read(
            f"{_path(campaign_id)}/contacts/search",
            operation="search_contacts",
            decode=decode,
            verdict=campaign_verdict,
            json=body,
        )

    def search_by_phone(
        self, phones: Sequence[str], *, campaign_ids: Sequence[int] | None = None
    ) -> Iterator[Contact]:
        """Give the contacts with these phones in all or some campaigns, by `id` (seed: Search contacts by phone).

        Without phones it would list every contact of the account: `ValueError`.
        """
        body = {"phones": query_of({"phones": phones})["phones"]}
        if campaign_ids is not None:
            body["campaignIds"] = [int(each) for each in campaign_ids]
        return self._api.pages(
            f"{_ROOT}/contacts/search/by-phone",
            operation="search_by_phone",
            name="contacts",
            read=Contact.read,
            verdict=campaign_verdict,
            params={"limit": PHONE_PAGE},
            json=body,
        )

    def changed(
        self, campaign_id: int, since: datetime, *, until: datetime | None = None
    ) -> Iterator[Contact]:
        """Give the contacts whose `lastUpdatedAt` is after an instant, oldest change first.

        Deleted ones don't show, and whether the bounds count is not documented (seed: Search contacts by dates).
        """
        following: str | None = None
        met: set[str] = set()
        while True:
            contacts, following = self.changed_page(campaign_id, since, until=until, following=following)
            yield from contacts
            if following is None:
                return
            if following in met:
                raise Unavailable("The feed leads back to its own start.", provider="diabolocom")
            met.add(following)

    def changed_page(
        self,
        campaign_id: int,
        since: datetime,
        *,
        until: datetime | None = None,
        following: str | None = None,
    ) -> tuple[list[Contact], str | None]:
        """Read one page of the feed, the first or the one that a page led to, and the path of the next."""
        first = {"fromDate": written(since), "limit": FEED_PAGE}
        if until is not None:
            first["toDate"] = written(until, later=True)
        return self._api.page(
            following or feed_path(campaign_id),
            operation="search_by_date",
            name="contacts",
            read=Contact.read,
            verdict=campaign_verdict,
            params=None if following else first,
        )


_ROOT = "/api/v2/voice/campaigns"


def _path(campaign_id: int) -> str:
    return f"{_ROOT}/{int(campaign_id)}"


def feed_path(campaign_id: int) -> str:
    """Give the path of a campaign's feed of changes."""
    return f"{_path(campaign_id)}/contacts/search/by-date"


class _OnACall(ProviderError):
    """The contact is on a call (seed: Delete contact, 409)."""


def _refused(answer: Answer) -> ProviderError | None:
    """Read a 400 as this contact's; the vendor's words may quote it, its code does not."""
    if answer.status == 400:
        return Refused("Diabolocom refuses the contact's fields.", code=code_of(answer))
    return campaign_verdict(answer)


def _created(answer: Answer) -> Contact | None:
    """Read the contact that was made; a body of another shape tells nothing, and is no fault (sheet: 4.2)."""
    data = tolerant(answer)
    try:
        return Contact.read(data)
    except (ValueError, LookupError, TypeError, AttributeError):
        return None
