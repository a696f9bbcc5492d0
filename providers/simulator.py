"""Own a provider without a network: a call's future follows from its number, when it came, and now.

Never keeps state of its own: what it accepted, took back and rang stands in the injected ledger.

The last two digits of the number choose the future (all other endings: a plausible mix by hash):

    00 answered      03 voicemail                         06 throttled on the first request, then answered
    01 no answer     04 invalid number, refused           07 accepted, rings, and never reports an end
    02 busy          05 accepted, but the answer is lost  08 first request lost, not accepted; then answered
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from providers.configuration import option
from providers.contract import (
    Account,
    CallOrder,
    CampaignSpec,
    Capabilities,
    Handle,
    HttpOptions,
    Observation,
    Provider,
    Receipt,
    RemoteCampaign,
    Report,
)
from providers.errors import Ambiguous, CampaignBlocked, Throttled
from providers.futures import (
    LOST_AFTER_ENDING,
    LOST_BEFORE_ENDING,
    MIX,
    REFUSED_ENDING,
    THROTTLED_ENDING,
    Future,
    future_of,
)
from providers.ledger import Entry, Ledger, MemoryLedger
from providers.vocabulary import (
    CampaignSource,
    Correlate,
    Progress,
    Result,
    Schedule,
    Seeing,
    Why,
    Withdrawal,
)

if TYPE_CHECKING:
    import httpx

_WAIT_WHEN_THROTTLED_SECONDS = 1.0  # long enough to be seen in a log, short enough for a demo
_CAMPAIGN_PREFIX = "sim-"  # ids that the simulator knows; anything else was never made by it


@dataclass(frozen=True, slots=True, kw_only=True)
class NoCredentials:
    """The simulator needs none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SimulatorSettings:
    """How fast the simulated calls go and what they cost."""

    ring_after_seconds: float = field(
        default=1.0,
        metadata=option(label="Delay", help="From the push to the first ring.", minimum=0, maximum=86_400),
    )
    ring_seconds: float = field(
        default=3.0,
        metadata=option(
            label="Ringing",
            help="How long a phone rings before it is picked up or given up.",
            minimum=0,
            maximum=600,
        ),
    )
    talk_seconds: float = field(
        default=5.0,
        metadata=option(label="Talking", help="How long an answered call lasts.", minimum=0, maximum=86_400),
    )
    cost_per_second: Decimal = field(
        default=Decimal("0.0005"),
        metadata=option(label="Cost", help="Price of a second of conversation.", minimum=0),
    )
    currency: str = field(default="USD", metadata=option(label="Currency", help="ISO 4217 code of the cost."))


class Simulator(Provider):
    """Dial nobody, and report on it like a provider would."""

    slug = "simulator"
    name = "Simulator"
    Credentials = NoCredentials
    Settings = SimulatorSettings
    capabilities = Capabilities(
        campaigns=CampaignSource.CREATE,
        withdraw=True,
        batch_size=1,  # a lost answer would otherwise speak for its neighbours, too
        schedule=Schedule.NONE,
        correlate=Correlate.REF,
        observe=Seeing.SNAPSHOT,
        observe_page=500,
        visible_after=timedelta(
            seconds=5
        ),  # its ledger lags by nothing; a little, so that waiting is exercised
        results=frozenset({result for result, _ in MIX} | {Result.INVALID_NUMBER, Result.CANCELLED}),
        in_process=True,
        notes={"results": "By the last two digits of the number; other endings by hash."},
    )

    def __init__(
        self,
        *,
        credentials: Any = None,
        settings: Any = None,
        now: Callable[[], datetime],
        base_url: str = "",
        transport: httpx.BaseTransport | None = None,
        ledger: Ledger | None = None,
        http: HttpOptions | None = None,
    ) -> None:
        super().__init__(
            credentials=credentials or NoCredentials(),
            settings=settings or SimulatorSettings(),
            now=now,
            base_url=base_url,
            transport=transport,
            ledger=ledger,
            http=http,
        )
        self._ledger: Ledger = ledger if ledger is not None else MemoryLedger()

    def check(self) -> Account:
        """Answer that all is well."""
        return Account(ok=True, detail="The simulator is always ready.", currency=self.settings.currency)

    def open_campaign(self, spec: CampaignSpec) -> RemoteCampaign:
        """Give the one remote campaign of this spec: its id follows from our reference."""
        remote_id = spec.remote_id or f"{_CAMPAIGN_PREFIX}{spec.ref}"
        self._know(remote_id, "open_campaign")
        return RemoteCampaign(remote_id=remote_id, name=spec.name, state="open", redials=False)

    def push(self, campaign: RemoteCampaign, calls: Sequence[CallOrder]) -> list[Receipt]:
        """Accept calls into the ledger, with the fate that their numbers ask for."""
        self._know(campaign.remote_id, "push")
        if len(calls) > self.capabilities.batch_size:
            raise ValueError(f"The simulator takes {self.capabilities.batch_size} order a push.")
        return [self._accept(order) for order in calls]

    def _accept(self, order: CallOrder) -> Receipt:
        ending = order.phone[-2:]
        if ending == REFUSED_ENDING:
            return Receipt(
                ref=order.ref, accepted=False, result=Result.INVALID_NUMBER, reason="No such number."
            )
        if ending == THROTTLED_ENDING and order.send_no == 1:
            raise Throttled(
                "Too many requests.",
                retry_after=_WAIT_WHEN_THROTTLED_SECONDS,
                provider=self.slug,
                operation="push",
                http_status=429,
            )
        if ending == LOST_BEFORE_ENDING and order.send_no == 1:
            raise Ambiguous("The answer was lost.", provider=self.slug, operation="push")
        at = self.now()
        rings_at = max(at + timedelta(seconds=self.settings.ring_after_seconds), at)
        self._ledger.accept(order.ref, order.phone, at, rings_at, order.send_no)
        if ending == LOST_AFTER_ENDING:
            raise Ambiguous("The answer was lost.", provider=self.slug, operation="push")
        return Receipt(ref=order.ref, accepted=True, remote_id=_remote_id(order.ref))

    def observe(self, campaign: RemoteCampaign, calls: Sequence[Handle], cursor: str | None) -> Observation:
        """Report on every call that was accepted; one that is not mentioned never came."""
        self._know(campaign.remote_id, "observe")
        now = self.now()
        found = (self._ledger.entry(call.ref) for call in calls)
        reports = tuple(self._report(entry, now) for entry in found if entry is not None)
        return Observation(reports=reports, cursor=None, complete=True)

    def withdraw(self, campaign: RemoteCampaign, call: Handle, why: Why) -> Withdrawal:
        """Take back a call that has not rung."""
        self._know(campaign.remote_id, "withdraw")
        return self._ledger.withdraw(call.ref, self.now)

    def _know(self, remote_id: str, operation: str) -> None:
        if not remote_id.startswith(_CAMPAIGN_PREFIX):
            raise CampaignBlocked(
                f"The simulator has no campaign {remote_id!r}; its ids begin with {_CAMPAIGN_PREFIX!r}.",
                provider=self.slug,
                operation=operation,
            )

    def _report(self, entry: Entry, now: datetime) -> Report:
        if entry.withdrawn_at is not None:
            return _fact(
                entry,
                Progress.ENDED,
                at=entry.withdrawn_at,
                result=Result.CANCELLED,
                raw_status="withdrawn",
                ended_at=entry.withdrawn_at,
            )
        future = future_of(
            entry.phone,
            entry.at,
            entry.rings_at,
            entry.send_no,
            ring_seconds=self.settings.ring_seconds,
            talk_seconds=self.settings.talk_seconds,
        )
        if now < future.rings_at or future.result is None:
            return _fact(entry, Progress.QUEUED, at=entry.at)
        if now >= future.ends_at:
            return self._ended(entry, future, future.result)
        if future.picked_up_at is not None and now >= future.picked_up_at:
            return _fact(
                entry,
                Progress.CONNECTED,
                at=future.picked_up_at,
                started_at=future.rings_at,
                answered_at=future.picked_up_at,
            )
        return _fact(entry, Progress.RINGING, at=future.rings_at, started_at=future.rings_at)

    def _ended(self, entry: Entry, future: Future, result: Result) -> Report:
        picked_up_at = future.picked_up_at
        seconds = (future.ends_at - picked_up_at).total_seconds() if picked_up_at else 0.0
        return _fact(
            entry,
            Progress.ENDED,
            at=future.ends_at,
            result=result,
            raw_status=str(result),
            started_at=future.rings_at,
            answered_at=picked_up_at,
            ended_at=future.ends_at,
            seconds=seconds,
            cost=self.settings.cost_per_second * Decimal(str(seconds)),
            currency=self.settings.currency,
        )


def _remote_id(ref: str) -> str:
    return f"{_CAMPAIGN_PREFIX}{ref}"


def _fact(entry: Entry, progress: Progress, *, at: datetime, raw_status: str = "", **rest: Any) -> Report:
    raw = raw_status or str(progress)
    return Report(
        ref=entry.ref,
        remote_id=_remote_id(entry.ref),
        phone=entry.phone,
        progress=progress,
        raw_status=raw,
        at=at,
        ring_no=1,
        # The same fact, however often it is seen and by whichever process.
        event_id=f"{entry.ref}:{entry.id}:{raw}",
        **rest,
    )
