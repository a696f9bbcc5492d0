"""Own Targg's endpoints, each as one typed method: path, body, effect, and what a refusal means.

Never decides when to ask or asks twice; a destructive method names exactly one object.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from providers.http import Answer, Effect
from providers.targg.drafts import CampaignDraft, ContactDraft
from providers.targg.sending import Sender, days, path_of
from providers.targg.wire import (
    Page,
    acknowledged,
    ids_text,
    page_of,
    refused_contact,
    single,
    unusable_campaign,
)

#: How the balance names its currency (document, "Remaining Credits", "Create campaign").
_CURRENCIES = {"R$": "BRL", "US$": "USD"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Credits:
    """What is left to spend."""

    value: Decimal
    currency: str | None  # ISO 4217
    recharges: bool  # bought again by itself


class TarggClient(Sender):
    """One account's requests; days are in the vendor's own sense, ids are opaque texts."""

    # ---- credits

    def credits(self) -> Credits:
        """Read the account's balance (GET /v1/remaining_credits/)."""

        def read(answer: Answer) -> Credits:
            balance = acknowledged(answer)["balance"]
            return Credits(
                value=Decimal(str(balance["value"])),
                currency=_CURRENCIES.get(str(balance.get("currency"))),
                recharges=balance.get("automatic_recharge") is True,
            )

        return self._read("/v1/remaining_credits/", "credits", read)

    def spend(
        self, campaigns: Sequence[str] | None = None, since: date | None = None, until: date | None = None
    ) -> dict[str, Decimal]:
        """Give what each campaign has cost, by id (GET /v1/use_per_campaign/); days in the vendor's own sense."""
        params = days(since, until) | ({"campaigns": ids_text(campaigns)} if campaigns is not None else {})

        def read(answer: Answer) -> dict[str, Decimal]:
            rows = acknowledged(answer)["results"]
            return {str(row["_id"]): Decimal(str(row["totalAmount"])) for row in rows}

        return self._read("/v1/use_per_campaign/", "spend", read, params)

    # ---- templates and campaigns

    def templates(self) -> Iterator[dict[str, Any]]:
        """List the templates (GET /v1/templates)."""
        return self._every("/v1/templates", "templates", page_of("templates"))

    def template(self, template_id: str) -> dict[str, Any]:
        """Read one template, or raise `Missing` (GET /v1/template/:id)."""
        return self._read(path_of("template", template_id), "template", single("template"))

    def campaigns(
        self, title: str | None = None, *, with_deleted: bool = False, order_by: str = "title"
    ) -> Iterator[dict[str, Any]]:
        """List campaigns (GET /v1/campaigns); the document shows deleted ones unless told otherwise."""
        params = {"showDeleted": str(with_deleted).lower(), "orderBy": order_by}
        params |= {"title": title} if title else {}
        return self._every("/v1/campaigns", "campaigns", page_of("campaigns"), params)

    def campaign(self, campaign_id: str) -> dict[str, Any]:
        """Read one campaign, or raise `Missing` (GET /v1/campaign/:id)."""
        return self._read(path_of("campaign", campaign_id), "campaign", single("campaign"))

    def create_campaign(self, draft: CampaignDraft) -> dict[str, Any]:
        """Make a campaign (POST /v1/campaign); refused: `CampaignBlocked`."""
        return self._write(
            "POST",
            "/v1/campaign",
            "create_campaign",
            Effect.ONCE,
            decode=single("campaign"),
            body=draft.body(),
            verdict=unusable_campaign,
        )

    def update_campaign(self, campaign_id: str, draft: CampaignDraft) -> None:
        """Replace a campaign (PUT /v1/campaign/:id)."""
        path = path_of("campaign", campaign_id)
        body = draft.body()
        self._write("PUT", path, "update_campaign", Effect.REPEATABLE, body=body, verdict=unusable_campaign)

    def delete_campaign(self, campaign_id: str) -> None:
        """Delete one campaign (DELETE /v1/campaign/:id); what its due calls do is not documented."""
        self._write("DELETE", path_of("campaign", campaign_id), "delete_campaign", Effect.REPEATABLE)

    # ---- contacts

    def contacts(
        self,
        *,
        name: str | None = None,
        campaign: str | None = None,
        tags: Sequence[str] | None = None,
        order_by: str = "name",
    ) -> Iterator[dict[str, Any]]:
        """List contacts (GET /v1/contacts); older ones have `phone1`, `phone2` and no `phones`."""
        params = {"orderBy": order_by}
        params |= {"name": name} if name else {}
        params |= {"campaign": campaign} if campaign else {}
        params |= {"tags": ids_text(tags)} if tags is not None else {}
        return self._every("/v1/contacts", "contacts", page_of("contacts"), params)

    def contact(self, contact_id: str) -> dict[str, Any]:
        """Read one contact, or raise `Missing` (GET /v1/contact/:id)."""
        return self._read(path_of("contact", contact_id), "contact", single("contact"))

    def create_contact(self, draft: ContactDraft, *, ref: str = "") -> dict[str, Any]:
        """Make a contact (POST /v1/contact); nothing is unique, so a repeat makes a second one."""
        return self._write(
            "POST",
            "/v1/contact",
            "create_contact",
            Effect.ONCE,
            decode=single("contact"),
            body=draft.body(),
            verdict=refused_contact,
            ref=ref,
        )

    def update_contact(self, contact_id: str, draft: ContactDraft) -> None:
        """Replace a contact (PUT /v1/contact/:id)."""
        path = path_of("contact", contact_id)
        self._write("PUT", path, "update_contact", Effect.REPEATABLE, body=draft.body())

    def delete_contact(self, contact_id: str) -> None:
        """Delete one contact (DELETE /v1/contact/:id)."""
        self._write("DELETE", path_of("contact", contact_id), "delete_contact", Effect.REPEATABLE)

    def blacklist(self) -> Iterator[dict[str, Any]]:
        """List the blacklisted contacts (GET /v1/blacklist); it can't be changed by API."""
        return self._every("/v1/blacklist", "blacklist", page_of("contacts"))

    # ---- calls

    def create_call(
        self,
        *,
        contact: str | ContactDraft,
        campaign: str | CampaignDraft,
        ref: str,
        wall: str | None = None,
    ) -> None:
        """Make a call (POST /v1/call), now or at the called person's wall time; the answer gives no id.

        A draft instead of an id makes a new contact or campaign with each call.
        """
        body: dict[str, Any] = {"externalId": ref} | ({"date": wall} if wall else {})
        body |= {"contactId": contact} if isinstance(contact, str) else {"fullContact": contact.body()}
        body |= {"campaignId": campaign} if isinstance(campaign, str) else {"fullCampaign": campaign.body()}
        self._write("POST", "/v1/call", "push", Effect.ONCE, body=body, ref=ref)

    def reschedule(self, call_id: str, wall: str | None = None) -> None:
        """Move a scheduled call to the called person's wall time; without one it is made now (PUT /v1/call/{id})."""
        # Without a date it rings: then a repeat could ring again.
        effect = Effect.REPEATABLE if wall else Effect.ONCE
        body = {"date": wall} if wall else {}
        self._write("PUT", path_of("call", call_id), "reschedule", effect, body=body)

    def ring(self, call_id: str) -> None:
        """Ring a scheduled call now (POST /v1/call/{id}/ring; the sample lacks `/ring`, sheet: Gaps 10)."""
        self._write("POST", f"{path_of('call', call_id)}/ring", "ring", Effect.ONCE)

    def delete_call(self, call_id: str) -> None:
        """Delete one scheduled call (DELETE /v1/call/{id}); any other is refused in an undocumented way."""
        self._write("DELETE", path_of("call", call_id), "withdraw", Effect.REPEATABLE)

    def call(self, call_id: str, *, operation: str = "call") -> dict[str, Any]:
        """Read one call, or raise `Missing` (GET /v1/call/:id)."""
        return self._read(path_of("call", call_id), operation, single("call"))

    def calls(
        self,
        page: int,
        *,
        campaigns: Sequence[str] | None = None,
        contacts: Sequence[str] | None = None,
        statuses: Sequence[str] | None = None,
        since: date | None = None,
        until: date | None = None,
        operation: str = "calls",
    ) -> Page:
        """Read one page of calls (GET /v1/calls) of the named campaigns or contacts; one of them is needed."""
        named = {"campaigns": campaigns, "contacts": contacts, "status": statuses}
        if campaigns is None and contacts is None:
            raise ValueError("Name campaigns or contacts: a list of everybody's calls is never wanted.")
        params = {name: ids_text(ids) for name, ids in named.items() if ids is not None}
        return self._page("/v1/calls", operation, page_of("calls"), page, params | days(since, until))
