"""Own what concerns the account as a whole: credits, templates, the blacklist, and the sounds of calls.

Never changes anything by request; `blacklist` is what people do in the vendor's console.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from providers.sandbox.base import route
from providers.sandbox.messages import Refusal, Request, Response, answered
from providers.sandbox.targg.fields import without_arguments
from providers.sandbox.targg.query import documents, page_of, params_of, span, words
from providers.sandbox.targg.records import COMPANY, Campaign
from providers.sandbox.targg.shown import has_recording, recording_of
from providers.sandbox.targg.state import TarggState, found


class ConsoleRoutes(TarggState):
    """Credits, templates, blacklist, recordings."""

    def blacklist(self, contact: str) -> None:
        """Put a contact on the blacklist, as only the vendor can."""
        self.contact_of[contact].is_blacklisted = True

    @route("GET", "/v1/remaining_credits")
    def get_remaining_credits(self, request: Request) -> Response:
        """Answer "Remaining Credits"."""
        without_arguments(request)
        return answered(
            {
                "response": True,
                "balance": {
                    "_id": "66f0a1b2c3d4e5f6bb000001",
                    "value": round(self.balance, 2),
                    "currency": "R$",
                    "automatic_recharge": False,
                    "company": COMPANY,
                    "external_customer_id": "cus_sandbox",
                    "createdAt": "2026-01-05T12:00:00.000Z",
                    "updatedAt": "2026-01-05T12:00:00.000Z",
                    "__v": 0,
                },
            }
        )

    @route("GET", "/v1/use_per_campaign")
    def get_use_per_campaign(self, request: Request) -> Response:
        """Answer "Used credits per campaign"; campaigns that cost nothing are left out (document silent)."""
        params = params_of(request, "campaigns", "ini_date", "end_date")
        wanted, (start, end) = words(params, "campaigns"), span(params)
        used = [
            (campaign.id, _spent(campaign, start, end))
            for campaign in self.campaign_of.values()
            if wanted is None or campaign.id in wanted
        ]
        results = [{"_id": id_, "totalAmount": amount} for id_, amount in used if amount]
        return answered({"response": True, "results": results})

    @route("GET", "/v1/templates")
    def list_templates(self, request: Request) -> Response:
        """Answer "Get all templates"."""
        page = page_of(params_of(request, "limit", "page"), self.page_limit)
        return answered(documents("templates", list(self.templates.values()), page))

    @route("GET", "/v1/template/{template}")
    def get_template(self, request: Request, template: str) -> Response:
        """Answer "Get template details"."""
        without_arguments(request)
        return answered({"response": True, "template": found(self.templates, template, "Template")})

    @route("GET", "/v1/blacklist")
    def list_blacklist(self, request: Request) -> Response:
        """Answer "Get all blacklisted contacts"; its sample of an empty list has a count of 0."""
        page = page_of(params_of(request, "limit", "page"), self.page_limit)
        listed = [contact for contact in self.contact_of.values() if contact.is_blacklisted]
        data: dict[str, Any] = {
            "data": [contact.shown() for contact in page.of(listed)],
            "count": [{"_id": None, "total": len(listed)}],
        }
        return answered({"response": True, "contacts": [data]})

    @route("GET", "/recordings/{call}.wav", is_open=True)
    def get_recording(self, request: Request, call: str) -> Response:
        """Answer with a sound, to whoever has its address: the sample's is in an open bucket."""
        if call not in self.call_of or not has_recording(self.call_of[call]):
            raise Refusal(404, "Recording not found.")
        return Response(
            status=200, body=recording_of(self.call_of[call]), headers={"content-type": "audio/wav"}
        )


def _spent(campaign: Campaign, start: datetime | None, end: datetime | None) -> float:
    def is_in(day: date) -> bool:
        return (start is None or start.date() <= day) and (end is None or day < end.date())

    return round(sum(amount for day, amount in campaign.spent.items() if is_in(day)), 2)
