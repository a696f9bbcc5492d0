"""Own how the contract's methods are done with QVoice: push, look, take back, browse.

Never sends a lead twice, and never deletes one without looking at it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

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
from providers.errors import Ambiguous, CampaignBlocked, Refused, Unsupported
from providers.qvoice.client import QVoiceClient
from providers.qvoice.configuration import CAPABILITIES, QVoiceCredentials, QVoiceSettings
from providers.qvoice.looking import Looker
from providers.qvoice.mapping import new_lead, redials_and_wait
from providers.qvoice.sending import ANSWERED_AT, REDIALS, SENT_AT, VENDOR_AT, written
from providers.qvoice.withdrawing import Withdrawer
from providers.vocabulary import Catalogue, Result, Why, Withdrawal

#: A look stops to ask for further pages when this much of its time is used: the page under way, and the
#: activity, need the rest.
SHARE_FOR_LISTING = 0.5


class QVoice(Provider):
    """A QVoice portal: campaigns bound to queues of agents, dialed as soon as an agent is free.

    Facts are those of the vendor's "Campaigns API documentation"; "sheet" in comments is our fact sheet of it.
    """

    slug = "qvoice"
    name = "QVoice"
    Credentials = QVoiceCredentials
    Settings = QVoiceSettings
    capabilities = CAPABILITIES

    def __init__(self, **given: Any) -> None:
        super().__init__(**given)
        #: The rest of the vendor's API, for whoever needs it.
        self.client = QVoiceClient(
            credentials=self.credentials,
            base_url=self.base_url,
            now=self.now,
            options=self.http_options,
            transport=self.transport,
        )
        self._looker = Looker(self.client, self.settings, self.now)

    def check(self) -> Account:
        """Log in and list the campaigns; there is no balance."""
        with self.client.budget():
            return Account(ok=True, detail=f"{len(self.client.campaigns())} campaigns")

    def open_campaign(self, spec: CampaignSpec) -> RemoteCampaign:
        """Verify that the campaign exists; it does not redial by itself, since each lead says how often.

        Of its states only `stopped` is documented: it does not dial then, and may again later.
        """
        if not spec.remote_id:
            raise CampaignBlocked(
                "A campaign of QVoice is made in its portal; give its id.",
                provider=self.slug,
                operation="open_campaign",
            )
        with self.client.budget():
            for each in self.client.campaigns():
                if each.id == spec.remote_id:
                    return RemoteCampaign(remote_id=each.id, name=each.name, state=each.status, redials=False)
        raise CampaignBlocked(
            "There is no such campaign at QVoice.", provider=self.slug, operation="open_campaign"
        )

    def push(self, campaign: RemoteCampaign, calls: Sequence[CallOrder]) -> list[Receipt]:
        """Add one lead; its id becomes known by `observe`, since the answer has none."""
        if len(calls) > self.capabilities.batch_size:
            raise ValueError("QVoice takes one lead a request.")
        self._named(campaign, "push")
        with self.client.budget():
            return [self._pushed(campaign, order) for order in calls]

    def _pushed(self, campaign: RemoteCampaign, order: CallOrder) -> Receipt:
        lead = new_lead(order, self.settings)
        # `created` lies between the time before the request and that of the answer.
        remote = {SENT_AT: written(self.now()), REDIALS: str(redials_and_wait(order.retry)[0])}
        try:
            date = self.client.add_lead(campaign.remote_id, lead, ref=order.ref)
        except Ambiguous as error:
            error.remote |= remote
            raise
        except Refused as error:
            # 400 says "invalid" of the lead or of the campaign: a wrong campaign must not cost its contacts.
            self._looker.require(campaign)
            return Receipt(ref=order.ref, accepted=False, result=Result.REJECTED, reason=error.reason)
        remote[ANSWERED_AT] = written(self.now())
        if date is not None:
            remote[VENDOR_AT] = f"{date:.0f}"
        return Receipt(ref=order.ref, accepted=True, remote=remote)

    def observe(self, campaign: RemoteCampaign, calls: Sequence[Handle], cursor: str | None) -> Observation:
        """Read the campaign's list and report on the calls in it; whole only when read from first to last."""
        if not calls:
            return Observation(cursor=cursor)
        self._named(campaign, "observe")
        clock, share = self.http_options.clock, self.http_options.deadline_seconds * SHARE_FOR_LISTING
        until = clock() + share
        with self.client.budget():
            return self._looker.look(campaign, calls, cursor, lambda: clock() < until)

    def withdraw(self, campaign: RemoteCampaign, call: Handle, why: Why) -> Withdrawal:
        """Delete the call's lead if it still waits."""
        self._named(campaign, "withdraw")
        with self.client.budget():
            return Withdrawer(self._looker, campaign).withdraw(call, why)

    def browse(self, kind: Catalogue) -> Iterator[RemoteItem]:
        """List the campaigns with their counts, or the queues with those of their agents."""
        if kind is Catalogue.CAMPAIGNS:
            for campaign in self.client.campaigns():
                detail = {word: str(count) for word, count in campaign.by_status.items()}
                yield RemoteItem(
                    id=campaign.id,
                    name=campaign.name,
                    state=campaign.status,
                    detail={**detail, "total_leads": str(campaign.total_leads)},
                )
        elif kind is Catalogue.QUEUES:
            for queue in self.client.queues():
                counts = {name: str(count) for name, count in queue.counts.items()}
                yield RemoteItem(
                    id=queue.id, name=queue.name, detail={**counts, "extension": queue.extension}
                )
        else:
            raise Unsupported(f"QVoice has no list of {kind}.", provider=self.slug, operation="browse")

    def _named(self, campaign: RemoteCampaign, operation: str) -> None:
        if not campaign.remote_id.strip(". "):
            raise CampaignBlocked(
                "The campaign has no id at QVoice.", provider=self.slug, operation=operation
            )
