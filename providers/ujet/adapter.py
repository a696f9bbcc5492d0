"""Own UJET's side of the contract: campaigns that are bound, contacts that are added, looked at and taken back.

Never changes a campaign, and never a contact that is not one order of ours.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from providers.configuration import option
from providers.contract import (
    Account,
    CallOrder,
    CampaignSpec,
    Handle,
    Observation,
    Provider,
    Receipt,
    RemoteCampaign,
    RemoteItem,
)
from providers.errors import AccountBlocked, CampaignBlocked, Refused, Unsupported
from providers.secrets import Secret
from providers.ujet.client import UjetClient
from providers.ujet.declared import CAPABILITIES
from providers.ujet.looking import Look
from providers.ujet.pushing import Push
from providers.ujet.records import CampaignRecord, ContactState, NewContact, text_of
from providers.ujet.redials import Redials
from providers.ujet.words import announces_redial, may_be_followed, meaning_of
from providers.vocabulary import Catalogue, Progress, Why, Withdrawal

#: No campaign has this id: asked for when the question is only whether the credentials hold.
_NO_CAMPAIGN = "0"
#: Where a campaign's `remote` keeps how often it rings again by itself; missing = nobody could say.
_MOST_REDIALS = "max_redial_count"

#: The manager API refuses: it may be missing, or the credential is good for the contacts only. They decide then.
_NO_MANAGER = (Unsupported, AccountBlocked, Refused)


@dataclass(frozen=True, slots=True, kw_only=True)
class UjetCredentials:
    """A tenant's API credential, made in its portal: Settings, Developer Settings, API Credentials."""

    username: str = field(
        default="",
        metadata=option(
            label="Username", help="The tenant's subdomain; empty = the first label of base_url."
        ),
    )
    token: Secret = field(metadata=option(label="API credential token"))


@dataclass(frozen=True, slots=True, kw_only=True)
class UjetSettings:
    """How the adapter reads a tenant's campaigns."""

    default_remote_campaign_id: str = field(
        default="",
        metadata=option(
            label="Campaign", help="The remote campaign of campaigns that name none; one of ours at a time."
        ),
    )
    redial_patience_seconds: int = field(
        default=60,  # sheet: Native redial, "wait (e.g. a minute ...)"
        metadata=option(
            label="Redial patience",
            help="In a campaign that redials by itself, believe that nobody picked up only after so many seconds.",
            minimum=1,
            maximum=3600,
        ),
    )


class Ujet(Provider):
    """UJET outbound dialer campaigns; `base_url` is the tenant's own host and has no default."""

    slug = "ujet"
    name = "UJET (Google Cloud CCAI Platform)"
    capabilities = CAPABILITIES
    Credentials = UjetCredentials
    Settings = UjetSettings

    def __init__(self, **given: Any) -> None:
        super().__init__(**given)
        self.client = UjetClient(
            username=self.credentials.username,
            token=self.credentials.token,
            base_url=self.base_url,
            now=self.now,
            options=self.http_options,
            transport=self.transport,
        )

    def check(self) -> Account:
        """Try the credentials on the manager API, else where contacts are: no endpoint is there for it."""
        with self.client.budget():
            try:
                count = len(self.client.campaigns())
            except _NO_MANAGER:
                return self._knocked()
        return Account(ok=True, detail=f"{count} campaigns can be read.")

    def _knocked(self) -> Account:
        with suppress(CampaignBlocked, Refused):  # let in, and told that there is no such campaign
            self.client.contacts(_NO_CAMPAIGN)
        return Account(ok=True, detail="The manager API can't be read: native redials will not be known.")

    def open_campaign(self, spec: CampaignSpec) -> RemoteCampaign:
        """Verify a campaign that was made in the portal; says whether it redials, if the manager API does."""
        if not spec.remote_id:
            raise CampaignBlocked(
                "UJET campaigns are made in its portal; give remote_campaign_id.", provider=self.slug
            )
        if spec.retry is not None:
            raise Unsupported("UJET takes no retry plan.", provider=self.slug, operation="open_campaign")
        with self.client.budget():
            try:
                record = self.client.campaign(spec.remote_id)
            except _NO_MANAGER:
                # Without the manager API only the contact list can tell a campaign that is there from one that is not.
                self.client.contacts(spec.remote_id)
                record = CampaignRecord(id=spec.remote_id)
        count = record.max_redial_count
        return RemoteCampaign(
            remote_id=record.id,
            name=record.name,
            state=record.status,
            redials=None if count is None else count > 0,
            remote={} if count is None else {_MOST_REDIALS: str(count)},
        )

    def push(self, campaign: RemoteCampaign, calls: Sequence[CallOrder]) -> list[Receipt]:
        """Add one contact; an older contact of ours with the same phone makes room first."""
        if len(calls) > self.capabilities.batch_size:
            raise ValueError("UJET takes one order a push.")
        return [self._pushed(campaign, order) for order in calls]

    def _pushed(self, campaign: RemoteCampaign, order: CallOrder) -> Receipt:
        if order.retry is not None or (order.not_before is not None and order.not_before > self.now()):
            raise Unsupported("UJET takes no plan and no time.", provider=self.slug, operation="push")
        with self.client.budget():
            push = Push(self.client, campaign.remote_id, _contact_of(order), is_first=order.send_no == 1)
            return push.receipt()

    def observe(self, campaign: RemoteCampaign, calls: Sequence[Handle], cursor: str | None) -> Observation:
        """Look at each call by a PATCH that changes nothing; absent = PATCH and list both know nothing of it."""
        redials = Redials(
            cursor,
            most=_most_redials(campaign),
            patience=self.settings.redial_patience_seconds,
            now=self.now(),
        )
        with self.client.budget():
            return Look(self.client, campaign.remote_id, redials).at(calls)

    def withdraw(self, campaign: RemoteCampaign, call: Handle, why: Why) -> Withdrawal:
        """Remove a contact that waits; what rings or is over stays, or its result could never be read.

        A contact that waits for a native redial is removed too, and is TOO_LATE: it has rung.
        """
        with self.client.budget():
            try:
                state = self.client.look(campaign.remote_id, ref=call.ref)
            except Refused:
                state = None
            if state is None and not self._is_listed(campaign, call.ref):
                return Withdrawal.GONE
            if state is not None and not _may_ring(state, _most_redials(campaign)):
                return Withdrawal.TOO_LATE
            removed = self.client.remove(campaign.remote_id, external_unique_id=call.ref)
        if removed is None:
            return Withdrawal.GONE
        # Its answer tells how the contact was when it was removed: it may have begun to ring since the look.
        return Withdrawal.WITHDRAWN if _has_not_rung(removed) else Withdrawal.TOO_LATE

    def _is_listed(self, campaign: RemoteCampaign, ref: str) -> bool:
        return any(row.ref == ref for row in self.client.contacts(campaign.remote_id))

    def browse(self, kind: Catalogue) -> Iterator[RemoteItem]:
        """List the tenant's campaigns, where the manager API is there."""
        if kind not in self.capabilities.browse:
            raise Unsupported(f"UJET has no list of {kind}.", provider=self.slug, operation="browse")
        return iter(
            [RemoteItem(id=each.id, name=each.name, state=each.status) for each in self.client.campaigns()]
        )


def _contact_of(order: CallOrder) -> NewContact:
    return NewContact(
        ref=order.ref,
        phone=order.phone,
        # A contact without a name counts as invalid (sheet: Add one); agents see the number anyway.
        name=order.name.strip() or order.phone,
        email=order.email or text_of(order.fields.get("email")),
        outbound_number=order.caller_id,
    )


def _most_redials(campaign: RemoteCampaign) -> int | None:
    count = campaign.remote.get(_MOST_REDIALS, "")
    return int(count) if count.isdecimal() else None


def _may_ring(state: ContactState, most_redials: int | None) -> bool:
    """Say whether a contact may still ring; a word that nobody knows may mean so."""
    if may_be_followed(state.status):
        return most_redials != 0
    return meaning_of(state.status)[0] in (Progress.QUEUED, Progress.UNKNOWN)


def _has_not_rung(state: ContactState) -> bool:
    return meaning_of(state.status)[0] is Progress.QUEUED and not announces_redial(state.status)
