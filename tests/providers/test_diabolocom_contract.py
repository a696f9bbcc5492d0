"""Diabolocom keeps the contract, by the status of its wrap-ups and by the names that an account gives them."""

from __future__ import annotations

from pathlib import Path

from providers.diabolocom import Diabolocom
from providers.sandbox import sandbox_class
from providers.testing import ProviderContract, StandIn
from providers.testing.observing import ObservingTests
from providers.testing.sandboxed import SandboxStandIn
from providers.vocabulary import Result

SAMPLES = Path(__file__).parent / "samples/diabolocom"


class Account:
    """One account of the sandbox, without settings."""

    provider_class = Diabolocom
    credentials = dict(sandbox_class("diabolocom").credentials)
    wrong_credentials = {"private_token": "another-token-98765"}
    samples = SAMPLES
    #: 20 looks of 500 calls. The first asks for 300 contacts by id and for 200 by phone, the others for 500 by phone.
    #: What the campaign is like was read when it was opened.
    requests_for_10_000 = 21

    def stand_in(self) -> StandIn:
        sandbox = sandbox_class("diabolocom")(now=self.clock.now, is_automatic=False)  # type: ignore[attr-defined]
        return SandboxStandIn(sandbox)

    def written(self, phone: str) -> str:
        return phone.removeprefix("+")


class TestDiabolocom(Account, ProviderContract):
    """By status alone, as an account is that was told nothing; what failed is `failed`."""

    def each_result(self) -> list[Result]:
        # The other ends are told by names only; they are tried below, with every test that asks for them.
        return [Result.ANSWERED]


class TestDiabolocomWithNamedWrapups(Account, ObservingTests):
    """With the sandbox's wrap-up names mapped: every easy result is told apart."""

    samples = SAMPLES / "named"
    settings = {
        "wrapup_results": {
            "Goes ahead": "transferred",
            "asked us to stop": "do_not_call",
            "Rang out": "no_answer",
            "Line engaged": "busy",
            "Mailbox picked up": "voicemail",
            "Number leads nowhere": "invalid_number",
        }
    }
