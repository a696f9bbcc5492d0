"""A stage for the engine: virtual clock, ledger in memory, and a provider whose next answers a test may script.

Owns the stage; what must happen on it stands in the tests.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from dialer import clock
from dialer.engine import accounts, campaigns, ticks
from dialer.models import Attempt, Campaign, CampaignContact, ProviderAccount
from providers.contract import CallOrder, Provider, Receipt, RemoteCampaign
from providers.ledger import MemoryLedger, Ring
from providers.simulator import Simulator
from providers.vocabulary import Why, Withdrawal
from tests import factories

#: A Monday noon in winter: no daylight change, no holiday near.
START = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
#: Numbers of a fictional range whose last two digits choose what the simulator does.
ANSWERED, NO_ANSWER, BUSY, INVALID, SILENT = (
    "+12125550100",
    "+12125550101",
    "+12125550102",
    "+12125550104",
    "+12125550107",
)
LOST_AFTER, THROTTLED, LOST_BEFORE = "+12125550105", "+12125550106", "+12125550108"

Script = Callable[[Provider, RemoteCampaign, Sequence[CallOrder]], list[Receipt]]


def columns(model: type, pk: object) -> dict[str, object]:
    """Give a row as the database has it, to show that a refusal changed nothing."""
    return model.objects.filter(pk=pk).values().get()


class Stage:
    """What a test acts on."""

    def __init__(self) -> None:
        self.now = START
        self.ledger = MemoryLedger()
        self.before_push: list[Callable[[CallOrder], None]] = []
        self.after_push: list[Callable[[CallOrder], None]] = []
        self.before_observe: list[Callable[[], None]] = []
        self.account: ProviderAccount
        self.campaign: Campaign

    def read(self) -> datetime:
        return self.now

    def build(
        self, *numbers: str, steps: Sequence[Any] = ("PT10M", "PT20M"), **campaign: Any
    ) -> list[CampaignContact]:
        """Make a started campaign with one person a number; returns its contacts."""
        fields = campaign.pop("account", {})
        self.account = factories.account(**({"visible_after_seconds": 60} | fields))
        self.campaign = factories.campaign(
            provider_account=self.account, retry_timeline=factories.timeline(steps), **campaign
        )
        rows = [factories.enrolled([number], campaign=self.campaign) for number in numbers]
        campaigns.start(campaign_id=self.campaign.pk, now=self.now)
        ticks.run_one("remote", self.now)
        return rows

    def tick(self, *names: str) -> None:
        """Run the named steps once, or all of them."""
        for name in names or [tick.name for tick in ticks.TICKS]:
            ticks.run_one(name, self.now)

    def wait(self, *, seconds: float = 0, minutes: float = 0, hours: float = 0, days: float = 0) -> None:
        """Let time pass without any work."""
        self.now += timedelta(seconds=seconds, minutes=minutes, hours=hours, days=days)

    def play(self, *, seconds: int = 0, minutes: int = 0) -> None:
        """Let time pass with full rounds: every 5 seconds of a short play, every minute of a long one."""
        step = 60 if minutes > 5 else 5
        until = self.now + timedelta(seconds=seconds, minutes=minutes)
        while self.now < until:
            self.tick()
            self.wait(seconds=step)
        self.tick()

    def rings(self) -> list[Ring]:
        return self.ledger.rings(self.now)

    def attempt(self, row: CampaignContact) -> Attempt:
        """The latest attempt of a contact."""
        return Attempt.objects.filter(campaign_contact=row).order_by("-sequence")[0]

    def wrap(self, provider: Provider, account: ProviderAccount) -> Provider:
        push, observe = provider.push, provider.observe

        def scripted_push(campaign: RemoteCampaign, calls: Sequence[CallOrder]) -> list[Receipt]:
            for step in list(self.before_push):
                step(calls[0])
            receipts = push(campaign, calls)
            for step in list(self.after_push):
                step(calls[0])
            return receipts

        def scripted_observe(*args: Any) -> Any:
            for step in list(self.before_observe):
                step()
            return observe(*args)

        provider.push, provider.observe = scripted_push, scripted_observe  # type: ignore[method-assign]
        return provider


@pytest.fixture
def stage(transactional_db: None, settings: Any) -> Iterator[Stage]:
    settings.DIALER_PUSH_THREADS = 1
    made = Stage()
    accounts.wrap_providers(made.wrap, ledger=made.ledger)
    with clock.using(made.read):
        yield made
    accounts.wrap_providers(None)


@pytest.fixture
def paper(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Let the simulator act as a provider that has nothing but its list against a suppression."""
    from tests.engine.paper import Paper

    made = Paper()
    declared = replace(Simulator.capabilities, blocks=True, withdraw_why=frozenset({Why.SUPPRESSION}))

    def withdraw(provider: Simulator, campaign: Any, call: Any, why: Why) -> Withdrawal:
        made.add(call.phone)
        return Withdrawal.TOO_LATE

    monkeypatch.setattr(Simulator, "capabilities", declared)
    monkeypatch.setattr(Simulator, "blocklist", made)
    monkeypatch.setattr(Simulator, "withdraw", withdraw)
    accounts.wrap_providers(stage.wrap, ledger=stage.ledger)
    return made
