"""Own the batches: accepted with a token, one at a time per campaign, done later, and merciless about filters.

Never tells the ids of the contacts that a batch made: the document's status does not.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import uuid4

from providers.sandbox.base import route
from providers.sandbox.diabolocom.fields import (
    Check,
    body_of,
    flag_text,
    invalid,
    mapping,
    no_body,
    parameters,
)
from providers.sandbox.diabolocom.filters import Filtering
from providers.sandbox.diabolocom.store import Campaign, Contact
from providers.sandbox.diabolocom.writing import CREATED, Writing
from providers.sandbox.messages import Refusal, Request, Response, answered

_PATH = "/api/v2/voice/campaigns/{campaign_id}/contact-batch"
#: The limit of one create batch, in its description.
MOST_CONTACTS = 300
#: The data part of an update lacks these fields of a create.
_NOT_IN_UPDATE = ("comment", "assignedGroupId", "assignedAgentExpirationTime", "assignedGroupExpirationTime")
UPDATED: dict[str, Check] = {name: check for name, check in CREATED.items() if name not in _NOT_IN_UPDATE}


@dataclass(slots=True, kw_only=True, eq=False)
class Batch:
    """One batch task."""

    campaign: Campaign
    accepted_at: datetime
    run: Callable[[Batch], None]
    status: str = "ACCEPTED"
    modified: int = 0
    failed: list[int] = field(default_factory=list)
    excluded: dict[str, list[int]] = field(default_factory=dict)


class BatchRoutes(Writing, Filtering):
    """Section "Contacts v2", its batches."""

    def __init__(self, **options: Any) -> None:
        """Begin without batches."""
        super().__init__(**options)
        self._batches: dict[str, Batch] = {}
        self._busy: dict[int, Batch] = {}  # by campaign

    # ---- time

    def respond(self, request: Request) -> Response:
        """Answer, after batches that are due have done their work."""
        with self._lock:
            self._settle()
            return super().respond(request)

    def pass_time(self) -> None:
        """Let batches and calls do what is due."""
        with self._lock:
            self._settle()
            super().pass_time()

    def _settle(self) -> None:
        for number, batch in list(self._busy.items()):
            age = (self.now() - batch.accepted_at).total_seconds()
            if age >= self.batch_seconds:
                del self._busy[number]
                if batch.campaign.is_deleted:
                    batch.status = "FAILED"
                else:
                    batch.run(batch)
                    batch.status = "COMPLETED"
            elif age > 0:
                batch.status = "IN_PROGRESS"

    # ---- requests

    @route("POST", f"{_PATH}/create")
    def batch_create(self, request: Request, campaign_id: str) -> Response:
        """Make up to 300 contacts that share every field but the custom ones."""
        campaign = self.campaign(campaign_id)
        is_prioritized = parameters(request, priorityMode=flag_text).get("priorityMode", False)
        given = body_of(request)
        rows = given.pop("customFields", None)
        if not isinstance(rows, list) or not 1 <= len(rows) <= MOST_CONTACTS:
            raise invalid(f"customFields is an array of 1 to {MOST_CONTACTS} objects")
        customs = [self.custom(campaign, row) for row in rows]
        values = self.checked(campaign, given, CREATED)

        def run(batch: Batch) -> None:
            for custom in customs:
                made = self.create_contact(campaign, dict(values), custom, is_prioritized=is_prioritized)
                _count(batch, made)

        self._free(campaign)
        self.doors([phone for custom in customs for phone in self.main_phone(campaign, custom)])
        return self._accepted(campaign, run)

    @route("POST", f"{_PATH}/update")
    def batch_update(self, request: Request, campaign_id: str) -> Response:
        """Change whoever the query finds; without one filter that counts: everybody.

        Phones, in `phones` or among the custom fields, are not changed: each contact found gets a double with
        the new number, which is called as well. What a body without `query` does is not documented: everybody.
        """
        campaign = self.campaign(campaign_id)
        parameters(request)
        given = body_of(request)
        if set(given) - {"query", "data"} or not mapping(given.get("data")):
            raise invalid("the body has query and data")
        data = dict(given["data"])
        custom = self.custom(
            campaign, {**mapping(data.pop("customFields", {})), **mapping(data.pop("phones", {}))}
        )
        values = self.checked(campaign, data, UPDATED)
        query = mapping(given.get("query", {}))
        self.found(campaign, query, is_batch=True)  # a bad value is refused at once
        phones = {name: custom.pop(name) for name in campaign.values["phoneFields"] if name in custom}

        def run(batch: Batch) -> None:
            for contact in self.found(campaign, query, is_batch=True):
                self.change_contact(contact, values, custom)
                batch.modified += 1
                if phones:
                    self._double(contact, phones)

        self._free(campaign)
        return self._accepted(campaign, run)

    @route("POST", f"{_PATH}/delete")
    def batch_delete(self, request: Request, campaign_id: str) -> Response:
        """Delete whoever the filters find; without one filter that counts: everybody.

        Whether filters stand in the body or under `query` is not clear from the document: `delete_query` says,
        and the other way hits everybody. Contacts on a call stay, and are told as failed.
        """
        campaign = self.campaign(campaign_id)
        parameters(request)
        given = body_of(request)
        query = given if self.delete_query == "flat" else mapping(given.get("query", {}))
        if campaign.values["isArchived"]:
            raise invalid("the campaign is archived")
        self.found(campaign, query, is_batch=True)

        def run(batch: Batch) -> None:
            for contact in self.found(campaign, query, is_batch=True):
                if contact.is_on_call:
                    batch.failed.append(contact.contact_id)
                else:
                    self.remove_contact(contact)
                    batch.modified += 1

        self._free(campaign)
        return self._accepted(campaign, run)

    @route("GET", "/api/v2/voice/campaigns/contact-batch/status/{token}")
    def batch_status(self, request: Request, token: str) -> Response:
        """Tell how far a batch is."""
        parameters(request)
        no_body(request)
        batch = self._batches.get(token)
        if batch is None:
            raise Refusal(404, "error.batch.unknown")  # the document gives no name
        return answered(
            {
                "status": batch.status,
                "modifiedElementsCount": batch.modified,
                "failed": batch.failed,
                "excluded": batch.excluded,
            }
        )

    def _free(self, campaign: Campaign) -> None:
        """Refuse a second batch at a time; documented for update and delete, taken to hold for create too."""
        if campaign.id in self._busy:
            raise Refusal(409, "another batch task is going on in this campaign")

    def _accepted(self, campaign: Campaign, run: Callable[[Batch], None]) -> Response:
        token = str(uuid4())
        batch = Batch(campaign=campaign, accepted_at=self.now(), run=run)
        self._batches[token] = self._busy[campaign.id] = batch
        return answered({"token": token})

    def _double(self, contact: Contact, phones: dict[str, str]) -> None:
        custom = {**contact.custom, **phones}
        values = {name: contact.values[name] for name in UPDATED}
        double = self.create_contact(contact.campaign, values, custom, is_prioritized=False)
        double.values["duplicateContactIds"] = [contact.contact_id]


def _count(batch: Batch, made: Contact) -> None:
    detail = made.values["excludedDetail"]
    if detail is None or detail == "manual":
        batch.modified += 1
    else:
        batch.excluded.setdefault(detail, []).append(made.contact_id)
