"""Own the requests about campaigns: list, show, change, add fields, delete.

Never makes a campaign: no request of the document does.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from providers.sandbox.base import route
from providers.sandbox.diabolocom.account import API_LOGIN
from providers.sandbox.diabolocom.defaults import MODES
from providers.sandbox.diabolocom.dialing import Dialing
from providers.sandbox.diabolocom.fields import (
    Check,
    body_of,
    checked,
    each,
    flag,
    flag_text,
    invalid,
    mapping,
    no_body,
    one_of,
    or_null,
    parameters,
    phone,
    second,
    text,
    whole,
    whole_text,
)
from providers.sandbox.diabolocom.listing import page_of
from providers.sandbox.diabolocom.store import Campaign
from providers.sandbox.messages import Request, Response, answered

_PATH = "/api/v1/voice/campaigns"
#: Page sizes, by the query parameters of the list.
_DEFAULT, _MOST = 50, 200
_PURGE: dict[str, Check] = {
    "enabled": flag,
    "lastAttemptBeforeDays": or_null(whole(0)),
    "maxTriesReached": flag,
    "excluded": flag,
    "notToCall": flag,
}
#: The table of PATCH; what the data structure calls writable beyond it (mode, customFields and others) is refused.
_PATCHED: dict[str, Check] = {
    "name": text,
    "isPaused": flag,
    "isArchived": flag,
    "folder": or_null(text),
    "userIds": or_null(each(whole(1))),
    "groupIds": or_null(each(whole(1))),
    "useAgentDisplayedPhoneNumber": flag,
    "displayedPhoneNumbers": each(phone),
    "minCallingDateOffset": or_null(whole(0, 2)),
    "maxCallingDateOffset": or_null(whole(0)),
    "maxTries": whole(1),
    "nextTryDelay": whole(0),
    "isRecorded": flag,
    "recordingPercentage": whole(0, 100),
    "calendarId": or_null(whole(1)),
    "soundPlayedContactPickUp": or_null(whole(1)),
    "contactPriority": whole(0),
    "globalPriority": or_null(whole(1, 50)),
    "deduplicationParams": mapping,
    "autoPurge": lambda value: checked(value, _PURGE),
}


class CampaignRoutes(Dialing):
    """Section "Campaigns"."""

    @route("GET", _PATH)
    def list_campaigns(self, request: Request) -> Response:
        """List campaigns, archived ones too, by id."""
        no_body(request)
        asked = parameters(
            request,
            name=text,
            mode=one_of(*MODES),
            isPaused=flag_text,
            isArchived=flag_text,
            page=whole_text(1),
            pageSize=whole_text(1),
        )
        given = {name: asked[name] for name in ("mode", "isPaused", "isArchived") if name in asked}
        part = asked.get("name", "").lower()
        found = [
            campaign.shown()
            for campaign in self.campaign_of.values()
            if not campaign.is_deleted
            and part in campaign.values["name"].lower()
            and all(campaign.values[name] == value for name, value in given.items())
        ]
        size = self.size(asked.get("pageSize"), _DEFAULT, _MOST)
        return page_of(self, request, "campaigns", found, asked.get("page", 1), size)

    @route("GET", f"{_PATH}/{{campaign_id}}")
    def show_campaign(self, request: Request, campaign_id: str) -> Response:
        """Show a campaign."""
        parameters(request)
        no_body(request)
        return answered(self.campaign(campaign_id).shown())

    @route("PATCH", f"{_PATH}/{{campaign_id}}")
    def change_campaign(self, request: Request, campaign_id: str) -> Response:
        """Change the given properties only. Refused is 400: for states the document names no code."""
        campaign = self.campaign(campaign_id)
        parameters(request)
        given = checked(body_of(request), _PATCHED)
        if not given:
            raise invalid("at least one property is needed")
        self._must_be_changeable(campaign, given)
        campaign.values |= given
        self._touch(campaign)
        if given.keys() & {"maxTries", "nextTryDelay"}:
            self.replan(campaign)
        return answered(campaign.shown())

    @route("POST", f"{_PATH}/{{campaign_id}}/field")
    def add_fields(self, request: Request, campaign_id: str) -> Response:
        """Add custom fields, all or none; 400 if one exists already."""
        campaign = self.campaign(campaign_id)
        parameters(request)
        given = checked(body_of(request), {"newCustomFields": each(mapping)})
        fields = [
            checked(field, {"name": text, "isPhoneNumber": flag})
            for field in given.get("newCustomFields", [])
        ]
        names = [field.get("name") for field in fields]
        if not fields or any(len(field) != 2 or not field["name"] for field in fields):
            raise invalid("newCustomFields holds objects with name and isPhoneNumber")
        if len(set(names)) < len(names) or set(names) & set(campaign.values["customFields"]):
            raise invalid("the field already exists")
        if campaign.values["isArchived"]:
            raise invalid("an archived campaign can't be updated")
        campaign.values["customFields"] = [*campaign.values["customFields"], *names]
        phones = [field["name"] for field in fields if field["isPhoneNumber"]]
        campaign.values["phoneFields"] = [*campaign.values["phoneFields"], *phones]
        self._touch(campaign)
        return answered(campaign.shown())

    @route("DELETE", f"{_PATH}/{{campaign_id}}")
    def delete_campaign(self, request: Request, campaign_id: str) -> Response:
        """Delete an archived campaign with all its contacts, and show it once more."""
        campaign = self.campaign(campaign_id)
        parameters(request)
        no_body(request)
        if not campaign.values["isArchived"]:
            raise invalid("a campaign is archived before it is deleted")
        for contact in list(campaign.contacts.values()):
            self.book.remove(contact)
            self.stop(contact)
        campaign.is_deleted = True
        return answered(campaign.shown())

    def _must_be_changeable(self, campaign: Campaign, given: Mapping[str, Any]) -> None:
        values = campaign.values
        if values["isArchived"]:
            raise invalid("an archived campaign can't be updated")
        if given.get("isArchived") and (not values["isPaused"] or given.get("isPaused") is False):
            raise invalid("only a campaign that is paused already can be archived")
        if not set(given.get("displayedPhoneNumbers", ())) <= self.displayed_numbers:
            raise invalid("a displayed number is not validated")
        if "recordingPercentage" in given and not given.get("isRecorded", values["isRecorded"]):
            raise invalid("recordingPercentage goes with isRecorded only")

    def _touch(self, campaign: Campaign) -> None:
        campaign.values |= {"lastUpdatedAt": second(self.now()), "lastUpdatedBy": API_LOGIN}
