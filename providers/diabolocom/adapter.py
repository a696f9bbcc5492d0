"""The adapter: Diabolocom's contacts as calls, its campaigns as remote campaigns.

Owns the order of requests and what each outcome means to the engine. Never makes a contact twice, never deletes one,
never uses a batch.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any

from providers.contract import Provider
from providers.diabolocom.account import DiabolocomCredentials, DiabolocomSettings, address
from providers.diabolocom.api import NoSuchContact
from providers.diabolocom.client import DiabolocomClient
from providers.diabolocom.declaration import CAPABILITIES
from providers.diabolocom.looking import Looking, WrapupBook, contact_id_of
from providers.diabolocom.orders import contact_of, plan_of
from providers.diabolocom.values import Campaign, Contact
from providers.diabolocom.words import (
    IN_PROGRESS,
    TO_CALL,
    reading,
    refusal_of,
    remote_id,
    report_of,
    rings_of,
)
from providers.errors import CampaignBlocked, ProviderError, Refused, Unsupported
from providers.values import (
    Account,
    CallOrder,
    CampaignSpec,
    Handle,
    Observation,
    Receipt,
    RemoteCampaign,
    RemoteItem,
)
from providers.vocabulary import Catalogue, Result, Steering, Why, Withdrawal

#: People change a campaign in the portal at any time, and a wrong `maxTries` would let a call ring twice: what is
#: known of it is read again after so long.
CAMPAIGN_FRESH = timedelta(seconds=60)


class Diabolocom(Provider):
    """One account at Diabolocom."""

    slug = "diabolocom"
    name = "Diabolocom"
    capabilities = CAPABILITIES
    Credentials = DiabolocomCredentials
    Settings = DiabolocomSettings

    def __init__(self, **given: Any) -> None:
        super().__init__(**given)
        self.base_url = address(self.base_url, self.settings.platform)
        self.client = DiabolocomClient(self, self.base_url, self.credentials.private_token)
        self._looking = Looking(self.client, self.settings)
        self._wrapups = WrapupBook(self.client)
        self._campaigns: dict[int, tuple[datetime, Campaign]] = {}

    # ---- account and campaign

    def check(self) -> Account:
        """Try the token; a balance is not told (sheet: 10)."""
        self.client.campaigns.probe()
        return Account(ok=True)

    def open_campaign(self, spec: CampaignSpec) -> RemoteCampaign:
        """Verify the campaign, give it the fields that we need and, for a native plan, its tries and wait.

        Without a plan nothing of how it dials is changed: each contact is made with one try left.
        """
        wanted = plan_of(spec.retry)
        with self.client.budget():
            campaign = self.client.campaigns.get(_number(spec.remote_id))
            if campaign.is_paused and not campaign.is_archived:
                # Resumed by us, it would call everybody else in it, too, whom people have stopped.
                raise CampaignBlocked(
                    f"The campaign {campaign.name!r} is paused at Diabolocom; start it there.",
                    provider=self.slug,
                )
            campaign = self._fit(campaign)
            if wanted and (campaign.max_tries, campaign.next_try_delay) != (1 + wanted[0], wanted[1]):
                self.client.campaigns.patch(campaign.id, maxTries=1 + wanted[0], nextTryDelay=wanted[1])
                campaign = self._kept(self.client.campaigns.get(campaign.id))
        return RemoteCampaign(
            remote_id=str(campaign.id), name=campaign.name, state=_state(campaign), redials=False
        )

    def steer(self, campaign: RemoteCampaign, to: Steering) -> bool | None:
        """Pause, resume, or pause and archive the campaign (seed: Update campaign by Id)."""
        campaign_id = _number(campaign.remote_id)
        with self.client.budget():
            if to is Steering.CLOSE and self.settings.archive_on_close:
                self.client.campaigns.archive(campaign_id)
                return None
            # Only of a pause it matters whose it is.
            rested = to is Steering.PAUSE and self.client.campaigns.get(campaign_id).is_paused
            self.client.campaigns.patch(campaign_id, isPaused=to is not Steering.RESUME)
        return False if rested else None

    def _fit(self, campaign: Campaign) -> Campaign:
        """See that contacts can be made in it and carry our reference; add what is missing."""
        if campaign.is_archived:
            raise CampaignBlocked(
                f"The campaign {campaign.name!r} is archived at Diabolocom.", provider=self.slug
            )
        if not campaign.phone_fields:
            raise CampaignBlocked(f"The campaign {campaign.name!r} has no phone field.", provider=self.slug)
        ours = (self.settings.ref_field, self.settings.tries_field)
        if set(ours) & set(campaign.phone_fields):
            raise CampaignBlocked(
                f"{' or '.join(ours)} is a phone field of the campaign; set another ref_field.",
                provider=self.slug,
            )
        if missing := [name for name in ours if name not in campaign.custom_fields]:
            campaign = self._with_fields(campaign.id, missing)
        return self._kept(campaign)

    def _with_fields(self, campaign_id: int, missing: Sequence[str]) -> Campaign:
        try:
            campaign = self.client.campaigns.add_fields(campaign_id, missing)
        except Refused:  # there already, by another worker of ours: that is as good (sheet: 9)
            campaign = self.client.campaigns.get(campaign_id)
        if not set(missing) <= set(campaign.custom_fields):
            raise CampaignBlocked(
                f"The campaign does not take the custom field {missing[0]!r}.", provider=self.slug
            )
        return campaign

    def _kept(self, campaign: Campaign) -> Campaign:
        self._campaigns[campaign.id] = (self.now(), campaign)
        return campaign

    def _campaign(self, campaign_id: int) -> Campaign:
        """Give what is known of a campaign, read again if it is no longer fresh."""
        read_at, campaign = self._campaigns.get(campaign_id, (None, None))
        if read_at is None or campaign is None or not timedelta(0) <= self.now() - read_at < CAMPAIGN_FRESH:
            campaign = self._kept(self.client.campaigns.get(campaign_id))
        return campaign

    # ---- calls

    def push(self, campaign: RemoteCampaign, calls: Sequence[CallOrder]) -> list[Receipt]:
        """Make one contact; it rings once, or as often as its native plan says."""
        if len(calls) > self.capabilities.batch_size:
            raise ValueError("Diabolocom takes one order a push.")
        with self.client.budget():
            return [self._pushed(_number(campaign.remote_id), order) for order in calls]

    def _pushed(self, campaign_id: int, order: CallOrder) -> Receipt:
        fields = contact_of(order, self._fit(self._campaign(campaign_id)), self.settings)
        try:
            contact = self.client.contacts.create(campaign_id, ref=order.ref, **fields)
        except Refused as error:
            # It may be the campaign that is refused: its archiving is no documented code (sheet: 12).
            self._fit(self.client.campaigns.get(campaign_id))
            reason = f"Diabolocom refuses the contact: HTTP {error.http_status} {error.code}".strip()
            return Receipt(ref=order.ref, accepted=False, result=error.result, reason=reason)
        if contact is None:
            contact = self._read_back(campaign_id, order.ref)
        return _receipt(campaign_id, order.ref, contact)

    def _read_back(self, campaign_id: int, ref: str) -> Contact | None:
        """Look for a contact that was made for certain (201): without an answer its receipt tells less, no more."""
        try:
            return self._looking.by_ref(campaign_id, ref)
        except ProviderError:
            return None

    def observe(self, campaign: RemoteCampaign, calls: Sequence[Handle], cursor: str | None) -> Observation:
        """Search the given calls, and read on in the feed of changes.

        The cursor is the instant until which the feed was read, and the link of a reading that is not finished.
        """
        campaign_id, now = _number(campaign.remote_id), self.now()
        with self.client.budget():
            found, is_whole = self._looking.asked(campaign_id, calls)
            seen = {ref for _, ref in found}
            if any(call.ref not in seen for call in calls):
                is_whole = is_whole and self._keeps_ours(campaign_id)
            more, following = self._looking.changes(campaign_id, cursor, now, is_asked=bool(calls))
            reports = [
                report_of(campaign_id, contact, self._wrapups.of(contact, now), ref, self.settings, now=now)
                for contact, ref in [*found, *more]
            ]
        by_fact = {report.event_id: report for report in reports}
        return Observation(reports=tuple(by_fact.values()), cursor=following, complete=is_whole)

    def _keeps_ours(self, campaign_id: int) -> bool:
        """Say whether what is not found was never there: not if contacts are purged, or lose our reference."""
        campaign = self._campaign(campaign_id)
        return not campaign.purges and self.settings.ref_field in campaign.custom_fields

    def withdraw(self, campaign: RemoteCampaign, call: Handle, why: Why) -> Withdrawal:
        """Exclude the contact, unless its last ring has begun: `excluded` means "never dialed" (seed: Contacts).

        Not by DELETE, which says 409 during a call but would take the result of one that has just ended with it.
        """
        campaign_id = _number(campaign.remote_id)
        with self.client.budget():
            contact = self._found(campaign_id, call)
            if contact is None:
                return Withdrawal.GONE
            rings = rings_of(contact, self.settings)
            redial = rings > 0 and self._may_redial(campaign_id, contact)
            has_rung = rings >= call.ring_no
            if contact.state == IN_PROGRESS or (has_rung and (not redial or why is Why.PAUSE)):
                return Withdrawal.TOO_LATE
            if rings and not redial:
                return Withdrawal.WITHDRAWN  # the ring that is asked about will not come
            if not contact.excluded:
                self.client.contacts.update(campaign_id, contact.contact_id, excluded=True)
                tries = contact.tries
                # A call may have begun between the two requests; what the PUT then does is not documented.
                contact = self._read(campaign_id, contact.contact_id)
                if contact is None:
                    return Withdrawal.GONE
                if contact.state == IN_PROGRESS or contact.tries != tries:
                    return Withdrawal.TOO_LATE
        # A ring that is not qualified yet has its result to come; the exclusion only stops the next one.
        is_open = rings > 0 and contact.wrapup_id is None
        return Withdrawal.TOO_LATE if has_rung or is_open else Withdrawal.WITHDRAWN

    def _found(self, campaign_id: int, call: Handle) -> Contact | None:
        contact_id = contact_id_of(campaign_id, call)
        if contact_id is None:
            return self._looking.by_ref(campaign_id, call.ref)
        return self._read(campaign_id, contact_id)

    def _read(self, campaign_id: int, contact_id: int) -> Contact | None:
        try:
            return self.client.contacts.get(campaign_id, contact_id)
        except NoSuchContact:
            return None

    def _may_redial(self, campaign_id: int, contact: Contact) -> bool:
        """Say whether a further ring may come, or is waited for: tries are left, and nobody was reached yet.

        After `unreachable` the vendor makes none, but the plan has it: it will not come, and is taken back as well.
        """
        if contact.tries >= self._campaign(campaign_id).max_tries:
            return False
        now = self.now()
        wrapup = self._wrapups.of(contact, now)
        if wrapup is not None and wrapup.status == TO_CALL:
            return True
        result = reading(contact, wrapup, self.settings, now=now).result
        return result not in (Result.ANSWERED, Result.TRANSFERRED)

    # ---- catalogue

    def browse(self, kind: Catalogue) -> Iterator[RemoteItem]:
        """List the campaigns, or the wrap-ups that are shown to agents as dispositions."""
        if kind is Catalogue.CAMPAIGNS:
            for campaign in self.client.campaigns.list():
                detail = {"mode": campaign.mode, "phone_fields": ", ".join(campaign.phone_fields)}
                yield RemoteItem(
                    id=str(campaign.id), name=campaign.name, state=_state(campaign), detail=detail
                )
        elif kind is Catalogue.DISPOSITIONS:
            for wrapup in self.client.wrapups.list():
                yield RemoteItem(
                    id=str(wrapup.id), name=wrapup.name, state=wrapup.status, detail={"path": wrapup.path}
                )
        else:
            raise Unsupported(f"It has no list of {kind}.", provider=self.slug, operation="browse")


def _number(remote_id: str | None) -> int:
    """Read a campaign's id; all of the vendor's are whole numbers (sheet: 2)."""
    if remote_id is None or not (remote_id.isascii() and remote_id.isdigit()):
        raise CampaignBlocked(
            "Give the id of a campaign of Diabolocom: a whole number.", provider=Diabolocom.slug
        )
    return int(remote_id)


def _state(campaign: Campaign) -> str:
    if campaign.is_archived:
        return "closed"
    return "paused" if campaign.is_paused else "active"


def _receipt(campaign_id: int, ref: str, contact: Contact | None) -> Receipt:
    if contact is None:  # taken for certain; its ids are learned by looking
        return Receipt(ref=ref, accepted=True)
    ids = {"contact_id": str(contact.contact_id), "id": str(contact.id)}
    named = remote_id(campaign_id, contact.contact_id)
    refused = refusal_of(contact)
    if refused is not None:
        result, reason = refused
        return Receipt(ref=ref, accepted=False, remote_id=named, remote=ids, result=result, reason=reason)
    return Receipt(ref=ref, accepted=True, remote_id=named, remote=ids)
