"""Own the contract's methods for Targg: each is a few lines over the modules beside it.

Never talks HTTP itself and never looks at the wall clock.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from providers.contract import (
    Account,
    CallOrder,
    CampaignSpec,
    Handle,
    HookRequest,
    Observation,
    Provider,
    Receipt,
    Recording,
    RemoteCampaign,
    RemoteItem,
    Report,
)
from providers.effects import MISREADINGS, Answer
from providers.errors import HookRejected, Refused, Unsupported
from providers.targg.campaigns import open_campaign, steer
from providers.targg.client import TarggClient
from providers.targg.declared import CAPABILITIES, TarggCredentials, TarggSettings
from providers.targg.finding import calls_of
from providers.targg.looking import Look
from providers.targg.pushing import push
from providers.targg.reporting import reports_of
from providers.targg.wire import identified
from providers.targg.withdrawing import withdraw
from providers.targg.words import audio_url, duration, report_of
from providers.vocabulary import Catalogue, Steering, Why, Withdrawal

__all__ = ["Targg", "TarggCredentials", "TarggSettings"]


class Targg(Provider):
    """Targg, by its public API document: bearer key, JSON bodies, calls made one by one."""

    slug = "targg"
    name = "Targg"
    default_base_url = "https://api.targg.com"
    Credentials = TarggCredentials
    Settings = TarggSettings
    capabilities = CAPABILITIES

    def __init__(self, **given: Any) -> None:
        """Prepare, without connecting."""
        super().__init__(**given)
        self.client = TarggClient(
            api_key=self.credentials.api_key,
            base_url=self.base_url,
            now=self.now,
            options=self.http_options,
            transport=self.transport,
        )

    def check(self) -> Account:
        """Read the balance; wrong keys raise `AccountBlocked`."""
        credits = self.client.credits()
        is_empty = credits.value <= 0 and not credits.recharges
        return Account(
            ok=True,
            detail="No credit is left, and none is bought automatically." if is_empty else "",
            balance=credits.value,
            currency=credits.currency,
        )

    def open_campaign(self, spec: CampaignSpec) -> RemoteCampaign:
        """Find the campaign by its id or our reference, or make it from a template."""
        with self.client.budget():
            return open_campaign(self.client, spec, self.settings.default_template_id)

    def push(self, campaign: RemoteCampaign, calls: Sequence[CallOrder]) -> list[Receipt]:
        """Make a contact and its call, one order a push."""
        if len(calls) > self.capabilities.batch_size:
            raise ValueError("Targg takes one order a push.")
        with self.client.budget() as left:
            return [push(self.client, campaign, order, self.now(), left) for order in calls]

    def observe(self, campaign: RemoteCampaign, calls: Sequence[Handle], cursor: str | None) -> Observation:
        """Read what Targg lists of these calls; without any, all of the campaign from the cursor's day on."""
        with self.client.budget() as left:
            look = Look(self.client, campaign, calls, cursor, left=left, now=self.now())
            look.run()
        reports = reports_of(
            look.seen.values(), calls, campaign, key=self.credentials.api_key, base_url=self.base_url
        )
        return Observation(reports=tuple(reports), cursor=look.cursor, complete=look.is_complete)

    def steer(self, campaign: RemoteCampaign, to: Steering) -> bool:
        """Set the campaign's status: paused, active, or inactive to close it."""
        with self.client.budget():
            return steer(self.client, campaign, to)

    def withdraw(self, campaign: RemoteCampaign, call: Handle, why: Why) -> Withdrawal:
        """Delete the call while it is scheduled, for whatever reason."""
        if not self.capabilities.can_withdraw(why):
            raise Unsupported(f"Targg takes nothing back because of {why}.", provider=self.slug)
        with self.client.budget():
            return withdraw(
                self.client,
                campaign,
                call,
                why,
                now=self.now(),
                visible_after=self.capabilities.visible_after,
            )

    def parse_webhook(self, request: HookRequest) -> list[Report]:
        """Read the call object that Targg posts at each change of status; it is not signed."""
        try:
            call = identified(Answer(200, {}, request.body).json())
            if not isinstance(call.get("status"), str) or not call["status"]:
                raise ValueError
            return [report_of(call, key=self.credentials.api_key, base_url=self.base_url)]
        except MISREADINGS:
            raise HookRejected("It is no call object of Targg.", provider=self.slug) from None

    def browse(self, kind: Catalogue) -> Iterator[RemoteItem]:
        """List campaigns that are not deleted, or templates."""
        if kind not in self.capabilities.browse:
            raise Unsupported(f"Targg has no list of {kind}.", provider=self.slug, operation="browse")
        is_campaigns = kind is Catalogue.CAMPAIGNS
        for item in self.client.campaigns() if is_campaigns else self.client.templates():
            shown = ("templateId", "externalId") if is_campaigns else ("language", "type", "description")
            yield RemoteItem(
                id=item["_id"],
                name=str(item.get("title" if is_campaigns else "name") or ""),
                state=str(item.get("status") or ""),
                detail={name: str(item[name]) for name in shown if item.get(name)},
            )

    def recording(self, call: Handle) -> Recording:
        """Give the address of a finished call's recording; it is fetched without our key."""
        with self.client.budget():
            known = call.remote_id or call.remote.get("call_id")
            if known:
                found = [self.client.call(known, operation="recording")]
            else:
                found = calls_of(self.client, None, call)
        for each in reversed(found):
            url = audio_url(each, self.base_url)
            if url is not None:
                return Recording(media_type="audio/wav", url=url, seconds=duration(each))
        raise Refused("The call has no recording.", provider=self.slug, operation="recording")
