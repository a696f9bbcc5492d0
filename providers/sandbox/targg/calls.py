"""Own the routes of calls: create without an id in the answer, move, delete and ring what is scheduled, list.

Never dials; the line does.
"""

from __future__ import annotations

from datetime import datetime
from operator import attrgetter
from typing import Any

from providers.sandbox.base import route
from providers.sandbox.line import Call, Stage
from providers.sandbox.messages import Refusal, Request, Response, answered
from providers.sandbox.targg.campaigns import CampaignRoutes
from providers.sandbox.targg.contacts import ContactRoutes
from providers.sandbox.targg.fields import (
    Field,
    Unfit,
    body_of,
    checked,
    filled,
    shaped,
    text,
    without_arguments,
)
from providers.sandbox.targg.query import page_of, params_of, span, words
from providers.sandbox.targg.records import Campaign, Contact
from providers.sandbox.targg.shown import STATUSES, status_of
from providers.sandbox.targg.state import found
from providers.sandbox.targg.zones import instant_of


def _wall(value: Any) -> datetime:
    """Take a wall time; which zone it is in depends on the phone."""
    shaped(r"\d{4}-\d{2}-\d{2} \d{2}:\d{2}:\d{2}")(value)
    try:
        return datetime.fromisoformat(value)
    except ValueError:
        raise Unfit("is no date.") from None


#: "Update schedule".
_MOVE = {"date": Field(_wall)}
#: "Create call": of each pair one is needed, although the table calls all of them optional.
_CALL = {
    "contactId": Field(filled),
    "fullContact": Field(lambda value: value),
    "campaignId": Field(filled),
    "fullCampaign": Field(lambda value: value),
    "externalId": Field(text),
    **_MOVE,
}
_IN_PROGRESS = {"response": True, "message": "Call in progress"}


class CallRoutes(ContactRoutes, CampaignRoutes):
    """Calls: create, put (move), delete, ring, list, get."""

    @route("POST", "/v1/call")
    def create_call(self, request: Request) -> Response:
        """Answer "Create call": no id; nothing is unique, so a repeated create rings twice."""
        given = checked(body_of(request), _CALL)
        contact, campaign = self._contact_for(given), self._campaign_for(given)
        fields = contact if isinstance(contact, dict) else contact.fields
        phone: str = next(each["number"] for each in fields["phones"] if each["main"])
        self.door(phone)
        if isinstance(contact, dict):
            contact = self.new_contact(contact)
        if isinstance(campaign, dict):
            campaign = self.new_campaign(campaign)
        self.place(
            contact=contact,
            campaign=campaign,
            phone=phone,
            ref=given["externalId"],
            due_at=self._due(given, phone),
            waits=campaign.waits,
        )
        return answered(_IN_PROGRESS)

    @route("PUT", "/v1/call/{call}")
    def put_call(self, request: Request, call: str) -> Response:
        """Answer "Update schedule": without a date, so with nothing at all, it is made now."""
        moving = self._scheduled(call)
        due_at = self._due(checked(body_of(request), _MOVE), moving.phone)
        self.line.move(moving, max(due_at, self.now()))
        return answered({"response": True, "message": "Call updated"})

    @route("DELETE", "/v1/call/{call}")
    def delete_call(self, request: Request, call: str) -> Response:
        """Answer "Delete schedule": it is gone, a second time is 404."""
        without_arguments(request)
        deleting = self._scheduled(call)
        self.line.withdraw(deleting)
        self.forget(deleting)
        return answered({"response": True, "message": "Call deleted"})

    @route("POST", "/v1/call/{call}/ring")
    def ring_call(self, request: Request, call: str) -> Response:
        """Answer "Call to schedule call" by the path of its text; its sample leaves `/ring` out.

        In a paused campaign it is due at once and still waits (document silent).
        """
        without_arguments(request)
        self.line.move(self._scheduled(call), self.now())
        return answered(_IN_PROGRESS)

    @route("GET", "/v1/calls")
    def list_calls(self, request: Request) -> Response:
        """Answer "Get all calls", newest first; of none, there is no count either (document silent)."""
        params = params_of(
            request, "limit", "page", "ini_date", "end_date", "campaigns", "contacts", "status"
        )
        page, listed = page_of(params, self.page_limit), self._listed(params)
        data = [self._in_list(call) for call in page.of(listed)]
        count = [{"_id": None, "total": len(listed)}] if listed else []
        return answered({"response": True, "calls": [{"data": data, "count": count}]})

    @route("GET", "/v1/call/{call}")
    def get_call(self, request: Request, call: str) -> Response:
        """Answer "Get call details"."""
        without_arguments(request)
        return answered({"response": True, "call": self.show(found(self.call_of, call, "Call"))})

    def _listed(self, params: dict[str, str]) -> list[Call]:
        """Find calls; the days are those of their making, at the vendor's home (document silent)."""
        contacts, campaigns = words(params, "contacts"), words(params, "campaigns")
        statuses, (start, end) = words(params, "status", STATUSES), span(params)
        newest = self.now() - self.lag
        if contacts is not None:
            listed = [call for id_ in contacts for call in _calls_of(self.contact_of.get(id_))]
        elif campaigns is not None:
            listed = [call for id_ in campaigns for call in _calls_of(self.campaign_of.get(id_))]
        else:
            listed = list(self.call_of.values())
        # One filter after the other, and only what is asked for: an account may have thousands of calls.
        if contacts is not None and campaigns is not None:
            listed = [call for call in listed if call.campaign in campaigns]
        if statuses is not None:
            listed = [call for call in listed if status_of(call) in statuses]
        if start is not None:
            listed = [call for call in listed if call.accepted_at >= start]
        if end is not None:
            listed = [call for call in listed if call.accepted_at < end]
        if self.lag:
            listed = [call for call in listed if call.accepted_at <= newest]
        return sorted(listed, key=attrgetter("key"), reverse=True)

    def _in_list(self, call: Call) -> dict[str, Any]:
        shown = self.show(call)
        return {
            **shown,
            "rating": shown,
            "contactUni": self.contact_of[call.facts["contact"]].shown(),
            "campaignUni": self.campaign_of[call.campaign].shown(),
        }

    def _scheduled(self, id_: str) -> Call:
        """Give a call that is scheduled; what the vendor says of others is not documented, 400 is assumed."""
        call: Call = found(self.call_of, id_, "Call")
        if call.stage is not Stage.WAITING:
            raise Refusal(400, "The call is not scheduled.")
        return call

    def _due(self, given: dict[str, Any], phone: str) -> datetime:
        return self.now() if given["date"] is None else instant_of(given["date"], phone)

    def _contact_for(self, given: dict[str, Any]) -> Contact | dict[str, Any]:
        """Find the contact, or check the new one; a full one is new each time (document silent)."""
        _one(given, "contactId", "fullContact")
        if given["contactId"] is None:
            return self.checked_contact(given["fullContact"])
        contact: Contact = found(self.contact_of, given["contactId"], "Contact")
        return contact

    def _campaign_for(self, given: dict[str, Any]) -> Campaign | dict[str, Any]:
        _one(given, "campaignId", "fullCampaign")
        if given["campaignId"] is None:
            return self.checked_campaign(given["fullCampaign"])
        campaign: Campaign = found(self.campaign_of, given["campaignId"], "Campaign")
        return campaign


def _one(given: dict[str, Any], *names: str) -> None:
    if sum(given[name] is not None for name in names) != 1:
        raise Refusal(400, f"One of {' and '.join(names)} is required.")


def _calls_of(record: Contact | Campaign | None) -> list[Call]:
    return list(record.calls.values()) if record is not None else []
