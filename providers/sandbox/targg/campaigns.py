"""Own the routes of campaigns, and the vendor's own scheduling of an automatic campaign each morning.

Never dials: calls are placed, the line dials.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

from providers.sandbox.base import route
from providers.sandbox.messages import Refusal, Request, Response, answered
from providers.sandbox.targg.fields import (
    Field,
    body_of,
    checked,
    filled,
    flag,
    list_of,
    number,
    object_of,
    one_of,
    shaped,
    text,
    whole,
    without_arguments,
)
from providers.sandbox.targg.query import HOME, choice, documents, page_of, params_of
from providers.sandbox.targg.records import DELETED, Campaign, Contact
from providers.sandbox.targg.state import CALLBOT_TEMPLATE, CALLBOT_TYPE, TarggState, found
from providers.sandbox.targg.zones import instant_of

DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_HOUR = shaped(r"([01]\d|2[0-3]):[0-5]\d")
_DAY = {"day": Field(one_of(*DAYS), True), "start": Field(_HOUR, True), "end": Field(_HOUR, True)}
_STEP = {
    "unit": Field(one_of(1, 2, 3, 4, 5), True),
    "duration": Field(whole, True),
    "option_hour": Field(one_of(1, 2), True),
    "phone_choose": Field(one_of(1, 2), True),
}
#: "Create campaign"; "Update campaign" has the same table.
CAMPAIGN = {
    "title": Field(filled, True),
    "status": Field(one_of("active", "paused", "inactive"), True),
    "templateId": Field(filled, True),
    "credits_per_day": Field(number),
    "tags": Field(list_of(text), default=[]),
    "automatic_scheduler": Field(flag, True),
    "calls_per_day": Field(whole, default=1),
    "has_holiday": Field(flag, default=False),
    "allDays": Field(list_of(object_of(_DAY)), default=[]),
    "timeline_retry": Field(list_of(object_of(_STEP)), default=[]),
    "externalId": Field(text),
}
#: "Every morning", says the document; at which hour, it doesn't.
_MORNING = timedelta(hours=6)
_ORDERS = ("title", "calls", "status")


class CampaignRoutes(TarggState):
    """Campaigns: create, list, get, put, delete."""

    def __init__(self, **given: Any) -> None:
        """Prepare; this day's morning has passed."""
        super().__init__(**given)
        self._morning = self._working_day()

    def add_campaign(self, **settings: Any) -> str:
        """Make a campaign as people do in the console; give its id. Left out: active, not automatic."""
        given = {
            "title": "Sandbox campaign",
            "status": "active",
            "templateId": CALLBOT_TEMPLATE,
            "automatic_scheduler": False,
            **settings,
        }
        return self.new_campaign(self.checked_campaign(given)).id

    @route("POST", "/v1/campaign")
    def create_campaign(self, request: Request) -> Response:
        """Answer "Create campaign"; two of the same title are two."""
        campaign = self.new_campaign(self.checked_campaign(body_of(request)))
        return answered({"response": True, "campaign": campaign.shown()})

    @route("GET", "/v1/campaigns")
    def list_campaigns(self, request: Request) -> Response:
        """Answer "Get all campaigns": deleted ones too, unless they are not wanted."""
        params = params_of(request, "limit", "page", "title", "showDeleted", "orderBy")
        page, title = page_of(params, self.page_limit), params.get("title", "").lower()
        newest = self.now() - self.lag
        with_deleted = choice(params, "showDeleted", ("true", "false"), "true") == "true"
        order = choice(params, "orderBy", _ORDERS, "title")
        listed = [
            campaign
            for campaign in self.campaign_of.values()
            if title in campaign.fields["title"].lower()
            and (with_deleted or campaign.status != DELETED)
            and campaign.created_at <= newest
        ]
        listed.sort(key=lambda each: (_ranked(each, order), each.id))
        return answered(documents("campaigns", [each.shown() for each in listed], page))

    @route("GET", "/v1/campaign/{campaign}")
    def get_campaign(self, request: Request, campaign: str) -> Response:
        """Answer "Get campaign details"; a deleted one is still shown (document silent)."""
        without_arguments(request)
        return answered({"response": True, "campaign": found(self.campaign_of, campaign, "Campaign").shown()})

    @route("PUT", "/v1/campaign/{campaign}")
    def put_campaign(self, request: Request, campaign: str) -> Response:
        """Answer "Update campaign": left-out fields go back to their defaults (document silent).

        Calls that are waiting keep the timeline they were made with.
        """
        changing = self._undeleted_campaign(campaign)
        changing.change(self.checked_campaign(body_of(request)), self.now())
        return answered({"response": True})

    @route("DELETE", "/v1/campaign/{campaign}")
    def delete_campaign(self, request: Request, campaign: str) -> Response:
        """Answer "Delete campaign": it is kept as deleted and dials no more; a second time is 404 (silent)."""
        without_arguments(request)
        deleting = self._undeleted_campaign(campaign)
        deleting.change({**deleting.fields, "status": DELETED}, self.now())
        return answered({"response": True})

    def new_campaign(self, fields: dict[str, Any]) -> Campaign:
        """Make a campaign of checked fields."""
        now = self.now()
        campaign = Campaign(id=self.new_id(), created_at=now, updated_at=now, fields=fields)
        self.campaign_of[campaign.id] = campaign
        return campaign

    def checked_campaign(self, data: Any) -> dict[str, Any]:
        fields = checked(data, CAMPAIGN)
        template = self.templates.get(fields["templateId"])
        if template is None or template["type"] != CALLBOT_TYPE:
            raise Refusal(400, "templateId is not the id of a callbot template.")
        return fields

    def _undeleted_campaign(self, id_: str) -> Campaign:
        campaign: Campaign = found(self.campaign_of, id_, "Campaign")
        if campaign.status == DELETED:
            raise Refusal(404, "Campaign not found.")
        return campaign

    # ---- each morning

    def respond(self, request: Request) -> Response:
        """Answer a request, after what the morning has brought."""
        with self._lock:
            self._wake()
            return super().respond(request)

    def pass_time(self) -> None:
        """Let calls do what is due, after what the morning has brought."""
        with self._lock:
            self._wake()
            super().pass_time()

    def _wake(self) -> None:
        self.bring_redials()
        if self._working_day() == self._morning:
            return
        self._morning = self._working_day()
        for campaign in self.campaign_of.values():
            if campaign.fields["automatic_scheduler"] and campaign.status == "active":
                self._schedule(campaign)

    def _schedule(self, campaign: Campaign) -> None:
        """Place calls to contacts with the campaign's tags that it has not called; holidays are not imitated."""
        called = {call.facts["contact"] for call in campaign.calls.values()}
        new = [
            contact
            for contact in self.contact_of.values()
            if contact.id not in called
            and contact.status == "active"
            and set(contact.fields["tags"]) & set(campaign.fields["tags"])
        ]
        for contact in new[: campaign.fields["calls_per_day"]]:
            due_at = self._opening(campaign, contact)
            if due_at is not None:
                self.place(
                    contact=contact,
                    campaign=campaign,
                    phone=contact.main_phone,
                    ref=None,
                    due_at=due_at,
                    waits=campaign.waits,
                )

    def _opening(self, campaign: Campaign, contact: Contact) -> datetime | None:
        """Give when today's hours begin at the contact's place; without any hours at once (document silent)."""
        if not campaign.fields["allDays"]:
            return self.now()
        today = self._working_day()
        for hours in campaign.fields["allDays"]:
            if hours["day"] == DAYS[today.weekday()]:
                wall = datetime.fromisoformat(f"{today.isoformat()}T{hours['start']}:00")
                return instant_of(wall, contact.main_phone)
        return None

    def _working_day(self) -> date:
        return (self.now().astimezone(HOME) - _MORNING).date()


def _ranked(campaign: Campaign, order: str) -> Any:
    return len(campaign.calls) if order == "calls" else campaign.fields[order]
