"""Own what can be read of campaigns and their sendings ("Lista de campanhas").

Never makes or changes one: that is done by sending, and by people in the vendor's dashboard.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from providers.sandbox.base import route
from providers.sandbox.messages import Request, Response, answered
from providers.sandbox.nrs360.errors import invalid
from providers.sandbox.nrs360.shapes import instant, iso, missing, natural_id, origin, query_of, within
from providers.sandbox.nrs360.state import INTERACTIVE, VOICE, Account, Campaign, Sending

CHANNELS = ("sms", "mailing", "landing", VOICE, INTERACTIVE)
#: Always counted, also when there was none; another event is counted once it happened.
COUNTED = (
    "delivered",
    "opened",
    "opened_unique",
    "clicked",
    "clicked_unique",
    "unsubscribed",
    "hard_bounced",
    "complaint",
    "sent",
    "soft_bounced",
    "undelivered",
    "rejected",
    "expired",
    "unsubscribed_landing",
)


class CampaignRoutes(Account):
    """Everything under campaigns, and single sendings."""

    def __init__(self, **given: Any) -> None:
        """Begin with one campaign that people have made and not started."""
        super().__init__(**given)
        self.add_campaign(name="Kept by people")

    def campaigns(self) -> list[str]:
        """List the ids of all campaigns."""
        return [str(number) for number in self.campaigns_by_id]

    def add_campaign(
        self, *, name: str, channel: str = VOICE, status: str = "SAVED", kind: str = "basic"
    ) -> str:
        """Let people make a campaign in the dashboard; give its id."""
        sending = self.open_sending(channel, name, status=status, is_by_people=True)
        assert sending.campaign is not None
        sending.campaign.kind = kind
        return str(sending.campaign.id)

    @route("GET", "/api/rest/campaigns")
    def list_campaigns(self, request: Request) -> Response:
        """List all that fit, in one answer: no paging is documented."""
        query = query_of(request, "name", "channel", "beforeDate", "afterDate")
        channel = query.get("channel", [None])[-1]
        if channel is not None and channel not in CHANNELS:
            raise invalid("channel is not one of the channels")
        after, before = instant(query, "afterDate"), instant(query, "beforeDate")
        rows = self._named(query["name"][-1]) if "name" in query else self.campaigns_by_id.values()
        fitting = [row for row in rows if self._fits(row, channel, after, before)]
        return answered({"data": [_campaign(request, row) for row in fitting]})

    @route("GET", "/api/rest/campaigns/{number}")
    def show_campaign(self, request: Request, number: str) -> Response:
        """Show one; the document has it as a link only."""
        query_of(request)
        return answered({"data": _campaign(request, self._campaign(number))})

    @route("GET", "/api/rest/campaigns/{number}/sendings")
    def list_sendings(self, request: Request, number: str) -> Response:
        """List a campaign's sendings; the document has it as a link only."""
        query_of(request)
        return answered({"data": [_sending(request, self._campaign(number).sending)]})

    @route("GET", "/api/rest/sendings/{number}")
    def show_sending(self, request: Request, number: str) -> Response:
        """Show one, by the id of the answer to it; the document has it as a link only."""
        query_of(request)
        return answered({"data": _sending(request, self.sending(number))})

    def sending(self, number: str) -> Sending:
        """Find a sending, or refuse."""
        found = self.sendings.get(natural_id(number))
        if found is None:
            raise missing()
        return found

    def _campaign(self, number: str) -> Campaign:
        found = self.campaigns_by_id.get(natural_id(number))
        if found is None:
            raise missing()
        return found

    def _named(self, wanted: str) -> Iterable[Campaign]:
        """Find by name; `*` stands for anything, letters' case does not count (silent: as databases do)."""
        if "*" not in wanted:
            found = self.campaigns_by_name.get(wanted.lower())
            return [found] if found else []
        pattern = re.compile(".*".join(map(re.escape, wanted.lower().split("*"))), re.DOTALL)
        return [row for name, row in self.campaigns_by_name.items() if pattern.fullmatch(name)]

    def _fits(
        self, row: Campaign, channel: str | None, after: datetime | None, before: datetime | None
    ) -> bool:
        """Filter; which date the filters mean is not said, `createdAt` is taken."""
        is_of_channel = channel is None or row.sending.channel == channel
        return is_of_channel and within(row.created_at, after, before) and self.is_listed(row.created_at)


def _campaign(request: Request, row: Campaign) -> dict[str, Any]:
    own = f"{origin(request)}/api/rest/campaigns/{row.id}"
    return {
        "id": row.id,
        "name": row.name,
        "type": row.kind,
        "createdAt": iso(row.created_at),
        "updatedAt": iso(row.sending.updated_at),
        "links": {"self": own, "sendings": f"{own}/sendings"},
        "sendings": {"data": [_sending(request, row.sending)]},
    }


def _sending(request: Request, row: Sending) -> dict[str, Any]:
    own = f"{origin(request)}/api/rest/sendings/{row.id}"
    return {
        "id": row.id,
        "campaignName": row.campaign.name if row.campaign else None,
        "status": row.status,  # OPENED for all that came by API: it never says that they are done
        "channel": row.channel,
        "total": row.total,
        "processed": row.processed,
        "totalSmsParts": 0,
        "cost": float(row.cost),
        "currency": "EUR",
        "tags": [],
        "scheduledAt": None,  # an API sending has no one date: each message has its own
        "expiresAt": None,
        "startedAt": None,
        "finishedAt": None,
        "createdAt": iso(row.created_at),
        "updatedAt": iso(row.updated_at),
        "events": dict.fromkeys(COUNTED, 0) | dict(row.counts),
        "links": {"self": own, "eventsReport": f"{own}/reports/events"},
    }
