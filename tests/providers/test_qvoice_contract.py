"""QVoice keeps the contract: the whole kit, against the sandbox that was written from the same document."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from providers.contract import CallOrder, Handle, Provider, RemoteCampaign
from providers.qvoice import QVoice
from providers.sandbox import sandbox_class
from providers.testing import ProviderContract, StandIn
from providers.testing.sandboxed import SandboxStandIn

CREDENTIALS = dict(sandbox_class("qvoice").credentials)


class TestQVoice(ProviderContract):
    provider_class = QVoice
    credentials = CREDENTIALS
    wrong_credentials = {**CREDENTIALS, "password": "seven-loud-geese-22"}
    samples = Path(__file__).parent / "samples/qvoice"
    unknown_campaign = "0123456789abcdef0123456789abcdef"
    #: Adding and deleting answer with a sentence, not with data.
    ignores_bodies_of = frozenset({"push", "withdraw"})
    #: The 300 leads that are there fit on one page of 1,000, and one look asks about all 10,000 calls.
    requests_for_10_000 = 1

    def stand_in(self) -> StandIn:
        return SandboxStandIn(sandbox_class("qvoice")(now=self.clock.now, is_automatic=False))

    def _two_held(self) -> tuple[Provider, RemoteCampaign, list[CallOrder], list[Handle]]:
        """Let each handle have its lead's id, as the engine's have after one look: the receipt has none."""
        provider, campaign, orders, handles = super()._two_held()
        seen = self.looked(provider, campaign, handles)
        ids = [self.reports_on(handle, seen)[-1].remote_id for handle in handles]
        return (
            provider,
            campaign,
            orders,
            [replace(handle, remote_id=each) for handle, each in zip(handles, ids, strict=True)],
        )
