"""Own the three searches and their paging: pages with approximate totals, and `next` URLs.

Never changes a contact.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping

from providers.sandbox.base import route
from providers.sandbox.diabolocom.fields import (
    body_of,
    checked,
    each,
    instant,
    invalid,
    mapping,
    no_body,
    one_of,
    or_null,
    parameters,
    phone,
    stamp,
    whole,
    whole_text,
)
from providers.sandbox.diabolocom.filters import Filtering
from providers.sandbox.diabolocom.store import Contact
from providers.sandbox.messages import Request, Response, answered

_PATH = "/api/v2/voice/campaigns"
#: Page sizes, by the tables of each search; the default of the one by phone is not documented.
_SEARCH_DEFAULT, _SEARCH_MOST = 10, 500
_BY_PHONE_DEFAULT, _BY_PHONE_MOST = 10, 100
_BY_DATE = 500


class SearchRoutes(Filtering):
    """Section "Contacts v2", its three searches."""

    @route("POST", f"{_PATH}/{{campaign_id}}/contacts/search")
    def search_one_campaign(self, request: Request, campaign_id: str) -> Response:
        """Search by filters. Pages count from 0: not documented, but the envelope is that of a library which does.

        The document calls the totals approximate: they are too small here, so that only `last` can be trusted.
        """
        campaign = self.campaign(campaign_id)
        parameters(request)
        given = checked(body_of(request), {"pageable": mapping, "query": mapping})
        pageable = checked(given.get("pageable", {}), {"page": whole(0), "pageSize": whole(1)})
        page = pageable.get("page", 0)
        size = self.size(pageable.get("pageSize"), _SEARCH_DEFAULT, _SEARCH_MOST)
        found = self.found(campaign, given.get("query", {}), is_batch=False)
        if self.lag_seconds:
            found = [contact for contact in found if self.is_listed(contact)]
        shown = found[page * size : (page + 1) * size]
        about = len(found) * 3 // 4
        return answered(
            {
                "content": [contact.shown() for contact in shown],
                "totalElements": about,
                "totalPages": -(-about // size),
                "last": (page + 1) * size >= len(found),
                "first": page == 0,
                "number": page,
                "empty": not shown,
                "numberOfElements": len(shown),
            }
        )

    @route("POST", f"{_PATH}/contacts/search/by-phone")
    def search_by_phone(self, request: Request) -> Response:
        """Search by phones over campaigns, by system id; neither given = every contact of the account."""
        asked = parameters(request, fromId=whole_text(0), limit=whole_text(1))
        given = checked(
            body_of(request), {"campaignIds": or_null(each(whole(1))), "phones": or_null(each(phone))}
        )
        numbers, campaigns = given.get("phones"), given.get("campaignIds")
        wanted = None if campaigns is None else {self.campaign(str(number)).id for number in campaigns}
        if numbers is None:
            ids = list(self.book.contacts)
        else:
            ids = sorted({each_id for number in numbers for each_id in self.book.by_phone.get(number, ())})
        limit = self.size(asked.get("limit"), _BY_PHONE_DEFAULT, _BY_PHONE_MOST)
        shown: list[Contact] = []
        for each_id in ids[bisect_left(ids, asked.get("fromId", 0)) :]:
            contact = self.book.contacts[each_id]
            if (wanted is None or contact.campaign.id in wanted) and self.is_listed(contact):
                shown.append(contact)
            if len(shown) > limit:
                break
        more = {"fromId": shown[limit].id, "limit": limit} if len(shown) > limit else None
        return self._linked(request, shown[:limit], more)

    @route("GET", f"{_PATH}/{{campaign_id}}/contacts/search/by-date")
    def search_by_date(self, request: Request, campaign_id: str) -> Response:
        """List what changed after `fromDate` and before `toDate`, in the order of change.

        Whether the bounds are included is not documented: both are not, so that whoever resumes at the last date
        seen loses what changed in the same second. With `fromId`, as in `next`, contacts of the second itself
        follow from that id on.
        """
        campaign = self.campaign(campaign_id)
        no_body(request)
        asked = parameters(
            request,
            fromId=whole_text(0),
            fromDate=instant,
            toDate=instant,
            limit=whole_text(1),
            dateField=one_of("lastUpdatedAt"),
        )
        if "fromDate" not in asked:
            raise invalid("fromDate is mandatory")
        limit = self.size(asked.get("limit"), _BY_DATE, _BY_DATE)
        feed = campaign.feed
        start = bisect_left(feed, (asked["fromDate"], asked.get("fromId", 2**63)))
        end = bisect_left(feed, (asked["toDate"], 0)) if "toDate" in asked else len(feed)
        shown: list[Contact] = []
        for place in range(start, end):
            contact = self.book.contacts[feed[place][1]]
            if self.is_listed(contact):
                shown.append(contact)
            if len(shown) > limit:
                break
        more: dict[str, object] | None = None
        if len(shown) > limit:
            changed_at = stamp(shown[limit].values["lastUpdatedAt"])
            until = stamp(asked["toDate"]) if "toDate" in asked else None
            more = {"fromId": shown[limit].id, "limit": limit, "fromDate": changed_at, "toDate": until}
        return self._linked(request, shown[:limit], more)

    def _linked(self, request: Request, shown: list[Contact], more: Mapping[str, object] | None) -> Response:
        return answered(
            {
                "contacts": [contact.shown() for contact in shown],
                "count": len(shown),
                "next": self.link(request.path, **more) if more else None,
            }
        )
