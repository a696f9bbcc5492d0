"""Own what every group of the kit shares: clock, stand-in, faulty wire, and short ways to push and look.

Never asserts anything about a provider itself.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar, TypeVar, get_type_hints

import pytest

from providers import registry
from providers.configuration import built
from providers.contract import (
    CallOrder,
    CampaignSpec,
    Capabilities,
    Handle,
    HttpOptions,
    NativePlan,
    NativeStep,
    Observation,
    Provider,
    Receipt,
    RemoteCampaign,
    Report,
)
from providers.ledger import MemoryLedger
from providers.secrets import Secret
from providers.testing.clock import VirtualClock
from providers.testing.faulty import Faulty
from providers.testing.standin import LedgerStandIn, StandIn
from providers.vocabulary import CampaignSource, Result

#: Fiction numbers of the United States.
_FICTION = "+12025550"


def digits(phone: str) -> str:
    """Give the digits of a number, as phones are compared."""
    return re.sub(r"\D", "", phone)


Test = TypeVar("Test", bound=Callable[..., None])


def when(applies: Callable[[Capabilities], object]) -> Callable[[Test], Test]:
    """Keep a test only for providers that declare a capability: the one way to leave a test out."""

    def mark(test: Test) -> Test:
        test.applies = applies  # type: ignore[attr-defined]
        return test

    return mark


def has_network(capabilities: Capabilities) -> bool:
    """Say whether requests are made at all."""
    return not capabilities.in_process


class Kit:
    """What a subclass may set, and what the tests use."""

    provider_class: ClassVar[type[Provider]]
    #: Good credentials for the stand-in, and settings beyond the defaults.
    credentials: ClassVar[Mapping[str, Any]] = {}
    settings: ClassVar[Mapping[str, Any]] = {}
    #: Credentials that the stand-in refuses.
    wrong_credentials: ClassVar[Mapping[str, Any]] = {}
    base_url: ClassVar[str] = "https://stand-in.invalid"
    #: A folder with `statuses.csv` (raw,progress,result): the vendor's documented words.
    samples: ClassVar[Path | None] = None
    #: An id that no campaign at the stand-in has.
    unknown_campaign: ClassVar[str] = "999999999"
    #: A number that the vendor refuses to take.
    refused_phone: ClassVar[str] = f"{_FICTION}104"
    #: Operations whose 2xx body says nothing by the vendor's document, so that half a body is no fault.
    ignores_bodies_of: ClassVar[frozenset[str]] = frozenset()
    #: The most requests for looking at 10,000 calls; None = 1 a call where each costs one, else 1,000.
    requests_for_10_000: ClassVar[int | None] = None

    clock: VirtualClock
    stand: StandIn
    ledger: MemoryLedger
    wire: Faulty | None

    def stand_in(self) -> StandIn:
        """Make the vendor in miniature; `self.clock` is the time that it should use."""
        assert self.capabilities.in_process, "Give a stand_in() for a provider that talks over a network."
        return LedgerStandIn(self.ledger, self.clock)

    def written(self, phone: str) -> str:
        """Write an E.164 number as the vendor's document wants it on the wire."""
        return phone

    def spec(self) -> CampaignSpec:
        """Describe the remote campaign that the tests use."""
        binds = self.capabilities.campaigns is CampaignSource.BIND
        remote_id = self.stand.campaigns()[0] if binds else None
        return CampaignSpec(ref="campaign-1", name="Kit campaign", remote_id=remote_id)

    def native_plan(self) -> NativePlan:
        """Give a plan that the declared native retry can express."""
        native = self.capabilities.native_retry
        assert native is not None
        count = min(native.max_steps or 2, 2)
        amounts = [2] * count if native.uniform else list(range(2, 2 + count))
        return NativePlan(steps=tuple(NativeStep(amount=each, unit=native.smallest) for each in amounts))

    def phone_for(self, result: Result) -> str:
        """Give a number that can be made to end so; the simulator's endings are chosen by number."""
        endings = {Result.ANSWERED: 100, Result.NO_ANSWER: 101, Result.BUSY: 102, Result.VOICEMAIL: 103}
        return f"{_FICTION}{endings[result]}" if self.capabilities.in_process else self.phone(0)

    # ---- how tests are chosen

    def __init_subclass__(cls) -> None:
        """Take out the tests that the provider's capabilities rule out: they don't exist, nothing skips."""
        super().__init_subclass__()
        provider_class: type[Provider] | None = getattr(cls, "provider_class", None)
        if provider_class is None:
            return
        for name in dir(cls):
            applies = getattr(getattr(cls, name), "applies", None)
            if applies is not None and not applies(provider_class.capabilities):
                setattr(cls, name, None)

    def pytest_generate_tests(self, metafunc: pytest.Metafunc) -> None:
        """Give each test that asks for `x` the values of `each_x`."""
        for name in metafunc.fixturenames:
            values = getattr(self, f"each_{name}", None)
            if values is not None:
                metafunc.parametrize(name, values(), ids=str)

    # ---- what the tests use

    @pytest.fixture(autouse=True)
    def _set_up(self) -> None:
        self.fresh()

    def fresh(self) -> None:
        """Begin again: a new clock, ledger, stand-in and wire."""
        self.clock = VirtualClock()
        self.ledger = MemoryLedger()
        self.stand = self.stand_in()
        inner = self.stand.transport
        self.wire = Faulty(inner, self.clock) if inner is not None else None

    @property
    def capabilities(self) -> Capabilities:
        """Give what the provider declares."""
        return self.provider_class.capabilities

    @property
    def faulty(self) -> Faulty:
        """Give the wire of a provider that has one."""
        assert self.wire is not None
        return self.wire

    def provider(self, credentials: Mapping[str, Any] | None = None, wire: Faulty | None = None) -> Provider:
        """Build a new instance on the same stand-in."""
        cls = self.provider_class
        given = self.credentials if credentials is None else credentials
        return cls(
            credentials=built(cls.Credentials, given, "/credentials"),
            settings=built(cls.Settings, self.settings, "/settings"),
            base_url="" if self.capabilities.in_process else self.base_url,
            transport=wire or self.wire,
            now=self.clock.now,
            ledger=self.ledger,
            http=HttpOptions(account="kit", clock=self.clock.monotonic),
        )

    def opened(self, provider: Provider) -> RemoteCampaign:
        """Open the campaign of the tests."""
        return provider.open_campaign(self.spec())

    def phone(self, number: int) -> str:
        """Give one of many fiction numbers, none of which means anything to the simulator."""
        return f"+1{202 + number // 90}5550{110 + number % 90}"

    def order(self, number: int = 0, **changes: Any) -> CallOrder:
        """Make one of many orders."""
        given: dict[str, Any] = {
            "ref": f"018f2b7a-0000-7000-8000-{number:012d}",
            "phone": self.phone(number),
            "name": "Ada Fiction",
            "language": "en-us",
            "timezone": "America/New_York",
            **changes,
        }
        return CallOrder(**given)

    def handle_of(self, order: CallOrder, receipt: Receipt | None = None) -> Handle:
        """Make what the engine would know of an order after its receipt, or after none."""
        return Handle(
            ref=order.ref,
            phone=order.phone,
            remote_id=receipt.remote_id if receipt else None,
            remote=receipt.remote if receipt else {},
            pushed_at=self.clock.now(),
            send_no=order.send_no,
        )

    def pushed(
        self, provider: Provider, campaign: RemoteCampaign, orders: Sequence[CallOrder]
    ) -> list[Handle]:
        """Push in batches of the declared size; all must be accepted."""
        handles: list[Handle] = []
        size = self.capabilities.batch_size
        for start in range(0, len(orders), size):
            batch = orders[start : start + size]
            receipts = provider.push(campaign, batch)
            assert [receipt.accepted for receipt in receipts] == [True] * len(batch)
            handles += [
                self.handle_of(order, receipt) for order, receipt in zip(batch, receipts, strict=True)
            ]
        return handles

    def looked(
        self,
        provider: Provider,
        campaign: RemoteCampaign,
        handles: Sequence[Handle],
        cursor: str | None = None,
    ) -> list[Observation]:
        """Observe in pages of the declared size."""
        seen: list[Observation] = []
        size = self.capabilities.observe_page
        for start in range(0, max(len(handles), 1), size):
            seen.append(provider.observe(campaign, handles[start : start + size], cursor))
        return seen

    def reports_on(self, handle: Handle, observations: Sequence[Observation]) -> list[Report]:
        """Give the reports that the engine would match to a handle: by ref, remote id, then phone."""
        return [
            report
            for observation in observations
            for report in observation.reports
            if _matches(report, handle)
        ]

    def secrets(self) -> list[str]:
        """List the secrets among the good credentials."""
        hints = get_type_hints(self.provider_class.Credentials)
        return [
            str(value) for name, value in self.credentials.items() if hints[name] in (Secret, Secret | None)
        ]

    def rings_of(self, order: CallOrder) -> int:
        """Count the calls at the stand-in that are this order's."""
        wanted = digits(order.phone)
        return sum(digits(ring.phone) == wanted for ring in self.stand.rings())

    @classmethod
    def schemas(cls) -> list[dict[str, Any]]:
        """Give both JSON Schemas of the provider."""
        return [
            registry.schema(cls.provider_class.Credentials),
            registry.schema(cls.provider_class.Settings),
        ]


def _matches(report: Report, handle: Handle) -> bool:
    if report.ref is not None:
        return report.ref == handle.ref
    if report.remote_id is not None and handle.remote_id is not None:
        return report.remote_id == handle.remote_id
    return report.phone is not None and digits(report.phone) == digits(handle.phone)
