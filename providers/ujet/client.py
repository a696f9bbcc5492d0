"""Own UJET's endpoints as typed methods: contacts of a campaign, and the manager API's campaigns.

Never decides what an answer means for a call, never repeats a request, never names more than one contact to change.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from providers.contract import HttpOptions
from providers.errors import CampaignBlocked, ProviderError, Unsupported
from providers.http import Answer, Client, Effect, basic_auth, httpx
from providers.secrets import Secret
from providers.ujet import imports
from providers.ujet.imports import ImportJob, ImportProgress, ImportState, ImportTicket
from providers.ujet.records import (
    AddVerdict,
    CampaignRecord,
    ContactState,
    ListedContact,
    NewContact,
    campaign_of,
    listed_of,
    state_of,
    verdict_of,
)

#: Sheet: Basics. Both APIs are on the tenant's host and take the same credentials.
_APPS = "/apps/api/v1/outbound_dialer/campaigns"
_MANAGER = "/manager/api/v1/outbound_dialer/campaigns"
#: The document lists this header for every JSON endpoint, reads included.
_JSON = {"Content-Type": "application/json"}


class UjetClient:
    """Talk to one tenant. Campaign ids are whole numbers, as text."""

    def __init__(
        self,
        *,
        username: str,
        token: Secret,
        base_url: str,
        now: Callable[[], datetime],
        options: HttpOptions,
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        # Sheet: Basics. The user is the subdomain: the left-most label of the tenant's host.
        user = username or (urlsplit(base_url).hostname or "").partition(".")[0]
        self._http = Client(
            provider="ujet",
            base_url=base_url,
            now=now,
            options=options,
            transport=transport,
            headers={"Authorization": basic_auth(user, token)},
        )

    def budget(self) -> AbstractContextManager[None]:
        """Let all requests inside share one deadline."""
        return self._http.budget()

    # ---- contacts

    def add(self, campaign_id: str, contact: NewContact) -> AddVerdict:
        """Add one contact; HTTP 200 is no success, the verdict is. `Refused` where the vendor says it by a 4xx."""
        return self._http.request(
            "POST",
            _contacts(campaign_id),
            operation="add_contact",
            effect=Effect.ONCE,
            json=contact.body(),
            decode=lambda answer: verdict_of(answer, contact),
            verdict=_no_such_campaign,
            ref=contact.ref,
        )

    def contacts(self, campaign_id: str) -> list[ListedContact]:
        """List the whole campaign: no paging and no filter are documented."""
        return self._http.request(
            "GET",
            _contacts(campaign_id),
            operation="list_contacts",
            effect=Effect.READ,
            headers=_JSON,
            decode=listed_of,
            verdict=_no_such_campaign,
        )

    def look(self, campaign_id: str, *, ref: str) -> ContactState | None:
        """Read a contact's status by a PATCH that names the contact and no value: there is nothing it could change.

        None = there is no such contact. `Refused` = the vendor wants values beside the name: see `update`.
        """
        if not ref.strip():
            raise ValueError("Name the contact by our reference.")
        return self._one_contact(
            "PATCH", campaign_id, "look_at_contact", {"external_unique_id": ref}, Effect.READ
        )

    def update(
        self,
        campaign_id: str,
        *,
        contact_id: str | None = None,
        external_unique_id: str | None = None,
        name: str | None = None,
        email: str | None = None,
        phone_number: str | None = None,
    ) -> ContactState | None:
        """Change the values that are given, of the contact with this `contact_id`, else with our reference.

        None = there is no such contact. A phone alone selects nothing: it could be anybody's.
        """
        if not (contact_id or (external_unique_id and external_unique_id.strip())):
            raise ValueError("Name the contact by contact_id or external_unique_id.")
        body: dict[str, Any] = {"contact_id": int(contact_id)} if contact_id else {}
        values = {
            "external_unique_id": external_unique_id,
            "name": name,
            "email": email,
            "phone_number": phone_number,
        }
        body |= {key: value for key, value in values.items() if value is not None}
        return self._one_contact("PATCH", campaign_id, "update_contact", body)

    def remove(
        self,
        campaign_id: str,
        *,
        contact_id: str | None = None,
        external_unique_id: str | None = None,
        phone_number: str | None = None,
    ) -> ContactState | None:
        """Remove one contact and give it as it was; None = it is not there (any more). Name it in exactly one way."""
        names: dict[str, Any] = {
            "contact_id": int(contact_id) if contact_id else None,
            "external_unique_id": (external_unique_id or "").strip() and external_unique_id,
            "phone_number": (phone_number or "").strip() and phone_number,
        }
        body = {key: value for key, value in names.items() if value}
        if len(body) != 1:
            raise ValueError(
                "Name the contact by exactly one of contact_id, external_unique_id, phone_number."
            )
        return self._one_contact("DELETE", campaign_id, "remove_contact", body)

    def _one_contact(
        self,
        method: str,
        campaign_id: str,
        operation: str,
        body: dict[str, Any],
        effect: Effect = Effect.REPEATABLE,  # sheet: Errors. The same values again, or "already gone"
    ) -> ContactState | None:
        try:
            return self._http.request(
                method,
                f"{_campaign(campaign_id)}/contact",
                operation=operation,
                effect=effect,
                json=body,
                decode=state_of,
                verdict=_not_there,
                ref=body.get("external_unique_id", ""),
            )
        except _NotThere:
            return None

    # ---- imports

    def import_contacts(self, campaign_id: str, contacts: Sequence[NewContact]) -> ImportTicket:
        """Upload many contacts as one file; which of them came in, `import_progress` tells.

        Refused before sending: an empty list, more than `imports.MOST_ROWS`, a phone or a ref twice.
        """
        file = imports.file_of(contacts)
        return self._http.request(
            "POST",
            f"{_contacts(campaign_id)}/import",
            operation="import_contacts",
            effect=Effect.ONCE,
            files={"file": ("contacts.json", file, "application/json")},
            decode=imports.ticket_of,
            verdict=_no_such_campaign,
        )

    def import_job(self, campaign_id: str, job_id: str) -> ImportJob | None:
        """Read an import's job by its number; None = there is no such job."""
        try:
            return self._http.request(
                "GET",
                f"{_contacts(campaign_id)}/jobs/{int(job_id)}",
                operation="import_job",
                effect=Effect.READ,
                headers=_JSON,
                decode=imports.job_of,
                verdict=_not_there,
            )
        except _NotThere:
            return None

    def import_progress(
        self, campaign_id: str, contacts: Sequence[NewContact], ticket: ImportTicket
    ) -> ImportProgress:
        """Say how far an import is, and whose contacts are not in the campaign; ask again later while it runs.

        Without a job id only the list tells: what is missing after a while should be added one by one, since a
        failed job names no row and single adds give a verdict each.
        """
        with self.budget():
            job = self.import_job(campaign_id, ticket.job_id) if ticket.job_id else None
            if job is not None and job.state is ImportState.RUNNING:
                return ImportProgress(job=job)
            return imports.progress_of(contacts, self.contacts(campaign_id), job)

    # ---- campaigns (manager API: seen in third-party client code only; the adapter works without it)

    def campaigns(self) -> list[CampaignRecord]:
        """List the tenant's campaigns; `Unsupported` where the manager API is not there."""
        return self._http.request(
            "GET",
            _MANAGER,
            operation="list_campaigns",
            effect=Effect.READ,
            headers=_JSON,
            decode=lambda answer: [campaign_of(item) for item in _array(answer)],
            verdict=_no_manager,
        )

    def campaign(self, campaign_id: str) -> CampaignRecord:
        """Read one campaign; `Unsupported` where it, or the whole manager API, is not there: both answer 404."""

        def read(answer: Answer) -> CampaignRecord:
            record = campaign_of(answer.json())
            if record.id != campaign_id:
                raise ValueError
            return record

        return self._http.request(
            "GET",
            f"{_MANAGER}/{_number(campaign_id)}",
            operation="read_campaign",
            effect=Effect.READ,
            headers=_JSON,
            decode=read,
            verdict=_no_manager,
        )


class _NotThere(ProviderError):
    """The contact or job is not there."""


def _number(campaign_id: str) -> str:
    # Anything else would reach another address than the one that was meant.
    if not (campaign_id.isascii() and campaign_id.isdecimal()):
        raise CampaignBlocked("A UJET campaign is named by a whole number.", provider="ujet")
    return campaign_id


def _campaign(campaign_id: str) -> str:
    return f"{_APPS}/{_number(campaign_id)}"


def _contacts(campaign_id: str) -> str:
    return f"{_campaign(campaign_id)}/contacts"


def _array(answer: Answer) -> list[Any]:
    data = answer.json()
    if not isinstance(data, list):
        raise TypeError
    return data


def _no_such_campaign(answer: Answer) -> ProviderError | None:
    return CampaignBlocked("UJET does not know the campaign.") if answer.status == 404 else None


def _not_there(answer: Answer) -> ProviderError | None:
    # Not documented; sheet: Remove one, and Errors.
    return _NotThere() if answer.status == 404 else None


def _no_manager(answer: Answer) -> ProviderError | None:
    return Unsupported("The manager API does not show it.") if answer.status in (404, 405) else None
