"""The other kind of vendor: campaigns must exist, changes come as a feed, reports know the number only."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from providers.contract import CallOrder, CampaignSpec, Handle, Observation, Receipt, RemoteCampaign
from providers.errors import CampaignBlocked
from providers.testing import StandIn
from providers.vocabulary import CampaignSource, Correlate, Seeing
from tests.providers.parlor import Parlor, _report
from tests.providers.parlor_stand_in import ParlorStandIn
from tests.providers.test_parlor_contract import ParlorContract


class FeedParlor(Parlor):
    capabilities = replace(
        Parlor.capabilities,
        campaigns=CampaignSource.BIND,
        batch_size=1,
        correlate=Correlate.PHONE,
        one_live_per_phone=True,
        observe=Seeing.FEED,
        proves_absence=False,
    )

    def open_campaign(self, spec: CampaignSpec) -> RemoteCampaign:
        if spec.remote_id is None:
            raise CampaignBlocked("Name the hall: they are made in Parlor's portal.", provider=self.slug)
        return super().open_campaign(spec)

    def push(self, campaign: RemoteCampaign, calls: Sequence[CallOrder]) -> list[Receipt]:
        if len(calls) > 1:
            raise ValueError("One order a push.")
        return [replace(receipt, remote_id=None) for receipt in super().push(campaign, calls)]

    def observe(self, campaign: RemoteCampaign, calls: Sequence[Handle], cursor: str | None) -> Observation:
        asked = {call.phone.removeprefix("+") for call in calls}
        path = f"/halls/{campaign.remote_id}/bells"
        items = list(self._pages("observe", path))
        since = cursor or ""
        shown = [item for item in items if item["number"] in asked or (cursor and item["at"] >= since)]
        reports = tuple(replace(_report(item), ref=None, remote_id=None) for item in shown)
        return Observation(reports=reports, cursor=max((item["at"] for item in items), default=cursor))


class TestFeedParlor(ParlorContract):
    provider_class = FeedParlor

    def stand_in(self) -> StandIn:
        stand = ParlorStandIn(self.clock)
        stand.halls.append({"id": "hall-1", "name": "Made in the portal", "note": "", "state": "open"})
        return stand
