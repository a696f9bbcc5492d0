"""UJET keeps the contract: the whole kit runs against the sandbox that was written from the vendor's document."""

from __future__ import annotations

from pathlib import Path

from providers.sandbox import sandbox_class
from providers.testing import ProviderContract, StandIn
from providers.testing.sandboxed import SandboxStandIn
from providers.ujet import Ujet

SANDBOX = sandbox_class("ujet")


class UjetContract(ProviderContract):
    provider_class = Ujet
    credentials = SANDBOX.credentials
    wrong_credentials = {**SANDBOX.credentials, "token": "another-token-54321"}
    samples = Path(__file__).parent / "samples/ujet"
    #: One PATCH a call, and one list for each of the 500 looks at 20 calls that miss somebody.
    requests_for_10_000 = 10_000 + 10_000 // Ujet.capabilities.observe_page

    def stand_in(self) -> StandIn:
        # The kit's clock stands still while it asks: a limit a second would refuse what is no hurry.
        sandbox = SANDBOX(now=self.clock.now, is_automatic=False, requests_per_second=None)  # type: ignore[call-arg]
        return SandboxStandIn(sandbox)


class TestUjet(UjetContract):
    pass
