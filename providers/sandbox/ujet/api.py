"""Own the vendor's endpoints: campaign contacts, imports, jobs, the do-not-call list, and campaign reads.

Never keeps or decides anything; `contacts.py` does.
"""

from __future__ import annotations

from typing import Any

from providers.sandbox.base import route
from providers.sandbox.messages import Refusal, Request, Response, answered
from providers.sandbox.ujet.book import Campaign, Contact, Job, echoed
from providers.sandbox.ujet.contacts import Contacts
from providers.sandbox.ujet.reading import (
    PATCH_FIELDS,
    SELECTORS,
    checked,
    contact_row,
    contacts_file,
    expect_query,
    expiry,
    is_international,
    json_body,
    selected_by,
)

_DIALER = "/apps/api/v1/outbound_dialer"
_CAMPAIGN = f"{_DIALER}/campaigns/{{campaign_id}}"
_MANAGER = "/manager/api/v1/outbound_dialer/campaigns"


class UjetSandbox(Contacts):
    """A UJET tenant in miniature."""

    @route("POST", f"{_CAMPAIGN}/contacts")
    def _add(self, request: Request, campaign_id: str) -> Response:
        """Add one contact: refused or not, the status is 200, and there is no id.

        The document does not show a refused contact: here it comes back as sent, without a reason.
        """
        campaign = self._campaign(campaign_id)
        expect_query(request, campaign_id=campaign_id)
        row = contact_row(json_body(request))
        self.door(row["phone_number"])
        is_taken = self.is_valid(row) and not campaign.holds(row["phone_number"])
        if is_taken:
            self.enrol(campaign, row)
        valid, invalid = ([echoed(row)], []) if is_taken else ([], [echoed(row)])
        return answered({"valid_contacts": valid, "invalid_contacts": invalid})

    @route("GET", f"{_CAMPAIGN}/contacts")
    def _list(self, request: Request, campaign_id: str) -> Response:
        """List the whole campaign: the document has no pages and no filters."""
        campaign = self._campaign(campaign_id)
        expect_query(request, campaign_id=campaign_id)
        newest = self.now() - self.lag
        shown = [contact for contact in campaign.contacts.values() if contact.created_at <= newest]
        if self.lists_status:
            return answered([{**self.facts(contact), **contact.listed} for contact in shown])
        return answered([contact.listed for contact in shown])

    @route("POST", f"{_CAMPAIGN}/contacts/import")
    def _import(self, request: Request, campaign_id: str) -> Response:
        """Take a file of contacts; 202, and nothing says which job it is unless the sandbox is told to."""
        campaign = self._campaign(campaign_id)
        expect_query(request, campaign_id=campaign_id)
        rows = contacts_file(request)
        is_lost = False
        for row in rows:
            self.door(row["phone_number"])
            is_lost = is_lost or self._lose_answer
        self._lose_answer = is_lost
        job = self.begin_import(campaign, rows)
        return self._accepted(job)

    @route("GET", f"{_CAMPAIGN}/contacts/jobs/{{job_id}}")
    def _job(self, request: Request, campaign_id: str, job_id: str) -> Response:
        """Show an import."""
        campaign = self._campaign(campaign_id)
        expect_query(request, campaign_id=campaign_id, job_id=job_id)
        job = self._jobs.get(_number(job_id))
        if job is None or job.campaign_id != campaign.id:
            raise Refusal(404, "There is no such job.")
        return answered(job.shown())

    @route("PATCH", f"{_CAMPAIGN}/contact")
    def _change(self, request: Request, campaign_id: str) -> Response:
        """Change one contact. Another selector than the id is not documented: taken as for a removal."""
        campaign = self._campaign(campaign_id)
        expect_query(request)
        data = checked(json_body(request), PATCH_FIELDS)
        contact = self._selected(campaign, data)
        phone = data.get("phone_number")
        if phone is not None and not is_international(phone):
            raise Refusal(422, "The phone_number is impossible.")
        if (
            phone is not None
            and campaign.holds(phone)
            and campaign.find("phone_number", phone) is not contact
        ):
            raise Refusal(422, "The phone_number is in this campaign.")
        if not data.get("name", "-").strip():
            raise Refusal(422, "The name is empty.")
        self.change(campaign, contact, {name: data[name] for name in data if name != "contact_id"})
        return answered(contact.shown(self.status_of(contact)))

    @route("DELETE", f"{_CAMPAIGN}/contact")
    def _remove(self, request: Request, campaign_id: str) -> Response:
        """Remove one contact, and show it as it was; the selector is in the body."""
        campaign = self._campaign(campaign_id)
        expect_query(request, campaign_id=campaign_id)
        contact = self._selected(campaign, checked(json_body(request), SELECTORS))
        shown = contact.shown(self.status_of(contact))
        self.remove(campaign, contact)
        return answered(shown)

    @route("POST", f"{_DIALER}/dnc")
    def _forbid(self, request: Request) -> Response:
        """Put numbers on the company's do-not-call list; 200, and each says what became of it."""
        expect_query(request)
        data = checked(json_body(request), {"contacts": list})
        if "contacts" not in data:
            raise Refusal(400, "contacts is missing.")
        entries = [checked(entry, {"phone_number": str, "expires_at": str}) for entry in data["contacts"]]
        if any("phone_number" not in entry for entry in entries):
            raise Refusal(400, "phone_number is missing.")
        return answered([self._forbidden(entry) for entry in entries])

    @route("GET", _MANAGER)
    def _campaigns(self, request: Request) -> Response:
        """List the campaigns, all at once: no paging is known."""
        self._expect_manager(request)
        return answered([campaign.shown() for campaign in self._book.values()])

    @route("GET", f"{_MANAGER}/{{campaign_id}}")
    def _one_campaign(self, request: Request, campaign_id: str) -> Response:
        """Show one campaign."""
        self._expect_manager(request)
        return answered(self._campaign(campaign_id).shown())

    # ---- how it is done

    def _campaign(self, campaign_id: str) -> Campaign:
        campaign = self._book.get(_number(campaign_id))
        if campaign is None:
            raise Refusal(404, "There is no such campaign.")
        return campaign

    def _selected(self, campaign: Campaign, data: dict[str, Any]) -> Contact:
        selector = selected_by(data)
        contact = campaign.find(selector, data[selector])
        if contact is None:
            raise Refusal(404, "There is no such contact.")
        return contact

    def _accepted(self, job: Job) -> Response:
        link = f"{_CAMPAIGN.format(campaign_id=job.campaign_id)}/contacts/jobs/{job.id}"
        if self.import_answer == "null":
            headers = {"content-type": "application/json; charset=utf-8"}
            return Response(status=202, body=b"null", headers=headers)
        if self.import_answer == "body":
            return answered({"id": job.id, "status": "created", "link": link}, 202)
        return answered(None, 202, **({"link": link} if self.import_answer == "link" else {}))

    def _forbidden(self, entry: dict[str, str]) -> dict[str, str]:
        until = expiry(entry["expires_at"]) if "expires_at" in entry else None
        if not is_international(entry["phone_number"]):
            return {**entry, "error": "no possible phone_number", "status": "failed"}
        if "expires_at" in entry and (until is None or until <= self.now()):
            return {**entry, "error": "expires_at is no future time", "status": "failed"}
        return {**entry, "status": self.forbid(entry["phone_number"], until)}

    def _expect_manager(self, request: Request) -> None:
        if not self.manager_api:
            raise Refusal(404, "There is no such path.")
        expect_query(request)


def _number(text: str) -> int:
    """Read an id from a path; what is no number is nobody's id."""
    return int(text) if text.isascii() and text.isdigit() else -1
