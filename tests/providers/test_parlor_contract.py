"""An invented provider over HTTP keeps the contract: the kit runs through every capability."""

from __future__ import annotations

from pathlib import Path

from providers.testing import ProviderContract, StandIn
from tests.providers.parlor import Parlor
from tests.providers.parlor_stand_in import PASSWORD, USER, ParlorStandIn


class ParlorContract(ProviderContract):
    provider_class = Parlor
    credentials = {"user": USER, "password": PASSWORD}
    wrong_credentials = {"user": USER, "password": "another-word-54321"}
    samples = Path(__file__).parent / "samples/parlor"
    #: 20 looks of 500 calls, each at the 30 pages of ten on which the 300 that are there stand, and at the empty one.
    requests_for_10_000 = 20 * 31

    def stand_in(self) -> StandIn:
        return ParlorStandIn(self.clock)

    def written(self, phone: str) -> str:
        return phone.removeprefix("+")


class TestParlor(ParlorContract):
    pass
