"""A provider that counts as one across the network and sends several requests for each thing it is asked.

It sends none in truth: it calls what an HTTP client calls before each request, and keeps the instants it was given.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from typing import Any, ClassVar

from dialer.engine import pacing
from providers.contract import Account, RemoteCampaign, RemoteItem
from providers.ledger import MemoryLedger
from providers.simulator import Simulator
from providers.vocabulary import Catalogue, Steering, Withdrawal

SPEC = "tests.engine.chatty:Chatty"


class Chatty(Simulator):
    """The simulator, with requests: `each` for every method."""

    slug = "chatty"
    name = "Chatty"
    capabilities = replace(
        Simulator.capabilities,
        in_process=False,
        browse=frozenset({Catalogue.CAMPAIGNS}),
        steer=frozenset(Steering),
    )
    sent: ClassVar[list[tuple[str, datetime]]] = []
    each: ClassVar[int] = 3
    calls: ClassVar[MemoryLedger] = MemoryLedger()

    def __init__(self, **given: Any) -> None:
        super().__init__(**(given | {"ledger": self.calls}))

    def _send(self, what: str) -> None:
        for _ in range(self.each):
            if self.http_options.on_request is not None:
                self.http_options.on_request(20.0)
            if self.http_options.on_sending is not None:
                self.http_options.on_sending(20.0)
            self.sent.append((what, pacing._mine.at))

    def check(self) -> Account:
        self._send("check")
        return Account(ok=True, balance=Decimal(12), currency="EUR")

    def open_campaign(self, spec: Any) -> RemoteCampaign:
        self._send("open_campaign")
        return super().open_campaign(spec)

    def push(self, *given: Any) -> Any:
        self._send("push")
        return super().push(*given)

    def observe(self, *given: Any) -> Any:
        self._send("observe")
        return super().observe(*given)

    def steer(self, campaign: RemoteCampaign, to: Steering) -> None:
        self._send(to.value)

    def withdraw(self, *given: Any) -> Withdrawal:
        self._send("withdraw")
        return super().withdraw(*given)

    def browse(self, kind: Catalogue) -> Iterator[RemoteItem]:
        self._send("browse")
        yield RemoteItem(id="1", name="One")
