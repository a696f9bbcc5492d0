"""360NRS keeps the contract: the kit runs against its sandbox."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from providers.contract import CampaignSpec
from providers.nrs360 import Nrs360
from providers.sandbox import sandbox_class
from providers.testing import ProviderContract, StandIn
from providers.testing.sandboxed import SandboxStandIn


class TestNrs360(ProviderContract):
    provider_class = Nrs360
    credentials = dict(sandbox_class("nrs360").credentials)
    wrong_credentials = {"username": "sandbox-user", "api_password": "another-word-54321"}
    samples = Path(__file__).parent / "samples/nrs360"
    # 10,000 calls / 500 a look = 20 looks. The kit's references begin alike, so each look is one list; 300 are there
    # and none has ended, so no events report is read.
    requests_for_10_000 = 20

    def stand_in(self) -> StandIn:
        return SandboxStandIn(sandbox_class("nrs360")(now=self.clock.now, is_automatic=False))

    def written(self, phone: str) -> str:
        return phone.removeprefix("+")

    def spec(self) -> CampaignSpec:
        options = {"message": "Good day, {name}.", "language": "en_US", "gender": "F"}
        return replace(super().spec(), options=options)
