"""Own the requests about one contact: create, show, change, delete.

Never searches.
"""

from __future__ import annotations

from providers.sandbox.base import route
from providers.sandbox.diabolocom.fields import body_of, flag_text, invalid, no_body, parameters
from providers.sandbox.diabolocom.writing import CHANGED, CREATED, Writing
from providers.sandbox.messages import Refusal, Request, Response, answered

_PATH = "/api/v2/voice/campaigns/{campaign_id}/contacts"


class ContactRoutes(Writing):
    """Section "Contacts v2", its first four requests."""

    @route("POST", _PATH)
    def create_one(self, request: Request, campaign_id: str) -> Response:
        """Make a contact: 201. What the answer holds is not documented: the contact, or nothing (`create_body`)."""
        campaign = self.campaign(campaign_id)
        is_prioritized = parameters(request, priorityMode=flag_text).get("priorityMode", False)
        given = body_of(request)
        if "customFields" not in given:
            raise invalid("customFields is mandatory")
        custom = self.custom(campaign, given.pop("customFields"))
        values = self.checked(campaign, given, CREATED)
        self.doors(self.main_phone(campaign, custom))
        contact = self.create_contact(campaign, values, custom, is_prioritized=is_prioritized)
        return answered(contact.shown() if self.create_body == "contact" else None, 201)

    @route("GET", f"{_PATH}/{{contact_id}}")
    def show_one(self, request: Request, campaign_id: str, contact_id: str) -> Response:
        """Show a contact."""
        parameters(request)
        no_body(request)
        return answered(self.contact(campaign_id, contact_id).shown())

    @route("PUT", f"{_PATH}/{{contact_id}}")
    def change_one(self, request: Request, campaign_id: str, contact_id: str) -> Response:
        """Change at least one field. The answer is not documented: it is empty, so that nobody builds on it.

        `phones` and `currentPhoneName` are called writable, but the request's table lacks them: refused.
        """
        contact = self.contact(campaign_id, contact_id)
        parameters(request)
        given = body_of(request)
        if not given:
            raise invalid("at least one field is needed")
        custom = self.custom(contact.campaign, given.pop("customFields", {}))
        self.change_contact(contact, self.checked(contact.campaign, given, CHANGED), custom)
        return answered()

    @route("DELETE", f"{_PATH}/{{contact_id}}")
    def delete_one(self, request: Request, campaign_id: str, contact_id: str) -> Response:
        """Delete a contact for good: 204; 409 during its call; the code for archived campaigns is not documented."""
        contact = self.contact(campaign_id, contact_id)
        parameters(request)
        no_body(request)
        if contact.campaign.values["isArchived"]:
            raise invalid("the campaign is archived")
        if contact.is_on_call:
            raise Refusal(409, "its call is still going on")
        self.remove_contact(contact)
        return answered(status=204)
