"""Own the two CSV reports of a sending: its events, and the keys that were pressed.

Never pages: a report is whole, between two dates at most.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from typing import Any

from providers.sandbox.base import route
from providers.sandbox.messages import Request, Response
from providers.sandbox.nrs360.campaigns import CampaignRoutes
from providers.sandbox.nrs360.errors import invalid
from providers.sandbox.nrs360.shapes import instant, iso, query_of, within
from providers.sandbox.nrs360.state import Event

#: "Obter o relatório detalhado dos eventos": the columns of voice sendings, in the document's order.
EVENT_COLUMNS = (
    "campaignName",
    "campaignId",
    "sendingId",
    "contactId",
    "event",
    "phone",
    "email",
    "landline",
    "countryIso",
    "callDurationSeconds",
    "createdAt",
)
KEY_COLUMNS = ("phonenumber", "key", "message")


class ReportRoutes(CampaignRoutes):
    """GET events and GET keys."""

    @route("GET", "/api/rest/sendings/{number}/reports/events")
    def report_events(self, request: Request, number: str) -> Response:
        """Report the events in the order in which they happened, as far as they lie between the dates."""
        query = query_of(request, "beforeDate", "afterDate", "showCustomFields")
        if query.get("showCustomFields", ["1"])[-1] != "1":
            raise invalid("showCustomFields can be 1 only")
        after, before = instant(query, "afterDate"), instant(query, "beforeDate")
        events = [event for event in self.sending(number).events if within(event.at, after, before)]
        own = self._own_fields(events) if "showCustomFields" in query else []
        rows = [self._event(event, own) for event in events]
        return _csv((*EVENT_COLUMNS, *own), rows)  # own fields at the end: the document shows no example

    @route("GET", "/api/rest/sendings/{number}/reports/keys")
    def report_keys(self, request: Request, number: str) -> Response:
        """Report the keys; for a sending that asked for none there is only the header."""
        query = query_of(request, "beforeDate", "afterDate")
        after, before = instant(query, "afterDate"), instant(query, "beforeDate")
        keys = [each for each in self.sending(number).keys if within(each.at, after, before)]
        return _csv(KEY_COLUMNS, [(each.phone, each.key, each.message) for each in keys])

    def _event(self, event: Event, own: Sequence[str]) -> list[Any]:
        sending = self.sending_of(event.call)
        contact = self.contacts_by_phone.get(event.call.phone)
        data: dict[str, Any] = contact.data if contact else {}
        fields = {each["key"]: each.get("value") for each in contact.fields} if contact else {}
        return [
            sending.campaign.name if sending.campaign else "",
            sending.campaign.id if sending.campaign else 0,
            sending.id,
            contact.id if contact else "",
            event.word,
            event.call.phone,
            data.get("email"),
            data.get("landline"),
            data.get("countryIso"),
            round(event.call.seconds) if event.word == "delivered" else "",
            iso(event.at),  # the format is not shown; other `createdAt` are written so
            *(fields.get(name) for name in own),
        ]

    def _own_fields(self, events: Iterable[Event]) -> list[str]:
        contacts = (self.contacts_by_phone.get(event.call.phone) for event in events)
        return sorted({each["key"] for contact in contacts if contact for each in contact.fields})


def _csv(columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> Response:
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(columns)
    writer.writerows(rows)
    return Response(
        status=200, body=text.getvalue().encode(), headers={"content-type": "text/csv; charset=UTF-8"}
    )
