"""Targg keeps the contract, against a stand-in that was written from the vendor's document by somebody else."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from providers.contract import CampaignSpec
from providers.sandbox import sandbox_class
from providers.sandbox.targg.state import CALLBOT_TEMPLATE, Redials
from providers.targg import Targg
from providers.testing import ProviderContract, StandIn
from providers.testing.sandboxed import SandboxStandIn


class TestTargg(ProviderContract):
    provider_class = Targg
    credentials = sandbox_class("targg").credentials
    wrong_credentials = {"api_key": "another-targg-key-0009"}
    samples = Path(__file__).parent / "samples/targg"
    #: 10,000 contacts, 50 in a request, is 200; the campaign's own list is read page by page beside them.
    requests_for_10_000 = 200

    def stand_in(self) -> StandIn:
        return SandboxStandIn(sandbox_class("targg")(now=self.clock.now, is_automatic=False))

    def written(self, phone: str) -> str:
        return phone.removeprefix("+")

    def spec(self) -> CampaignSpec:
        return replace(super().spec(), template_id=CALLBOT_TEMPLATE)


class TestTarggNewCalls(TestTargg):
    """The other reading of the document: a redial is another call object."""

    def stand_in(self) -> StandIn:
        kind = sandbox_class("targg")
        return SandboxStandIn(kind(now=self.clock.now, is_automatic=False, redials=Redials.NEW))
