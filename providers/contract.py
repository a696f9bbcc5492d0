"""Own the interface of a provider: four methods that all have, five that some have.

Never import Django, a concrete provider or an HTTP library: adapters depend on this, not it on them.
"""

from __future__ import annotations

import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, ClassVar

from providers.capabilities import Capabilities, NativeRetry, Rate
from providers.codec import from_json, to_json
from providers.errors import Unsupported
from providers.values import (
    Account,
    CallOrder,
    CampaignSpec,
    Handle,
    HookRequest,
    NativePlan,
    NativeStep,
    Observation,
    Receipt,
    Recording,
    RemoteCampaign,
    RemoteItem,
    Report,
)
from providers.vocabulary import Catalogue, Steering, Why, Withdrawal

if TYPE_CHECKING:
    import httpx

    from providers.ledger import Ledger

__all__ = [
    "OPTIONAL_METHODS",
    "TOTAL_DEADLINE_SECONDS",
    "Account",
    "Blocklist",
    "CallOrder",
    "CampaignSpec",
    "Capabilities",
    "Handle",
    "HookRequest",
    "HttpOptions",
    "NativePlan",
    "NativeRetry",
    "NativeStep",
    "Observation",
    "Provider",
    "Rate",
    "Receipt",
    "Recording",
    "RemoteCampaign",
    "RemoteItem",
    "Report",
    "from_json",
    "to_json",
]

#: The longest that one method of a provider may take over the network, whatever the peer does. It must stay
#: well below the lease of a claim (60 s): a worker that waits longer than its lease works on a row that is
#: no longer its own.
TOTAL_DEADLINE_SECONDS = 20.0

#: The largest answer that is read: a page of some thousand calls is below 5 MB in every vendor's format.
MAX_ANSWER_BYTES = 16 * 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpOptions:
    """How an adapter's requests travel; nothing of it is read from the environment."""

    account: str = ""  # label in log lines, never a credential
    proxy: str | None = None
    allow_http: bool = False  # http:// to other machines; loopback is always allowed
    deadline_seconds: float = TOTAL_DEADLINE_SECONDS
    max_bytes: int = MAX_ANSWER_BYTES
    read_again: int = 0  # how often a read that brought no usable answer is asked again at once
    clock: Callable[[], float] = time.monotonic  # measures deadlines; tests replace it
    # Called before each request with the seconds that are left for it: may wait, so that a rate can be kept.
    on_request: Callable[[float], None] | None = None
    # Called again once the connection stands, just before the first byte goes out: connecting may have taken long.
    on_sending: Callable[[float], None] | None = None


class Blocklist(ABC):
    """A provider's own list of numbers that it calls for none of its campaigns; phones are E.164 with plus."""

    @abstractmethod
    def holds(self, phone: str) -> bool:
        """Say whether a number is on the list, whoever put it there."""

    @abstractmethod
    def add(self, phone: str) -> None:
        """Put a number on the list; repeating it does no harm."""

    @abstractmethod
    def remove(self, phone: str) -> None:
        """Take a number off the list; repeating it does no harm."""


class Provider(ABC):
    """One configured account at one provider; an instance belongs to one thread and shares no state."""

    slug: ClassVar[str]
    name: ClassVar[str]
    capabilities: ClassVar[Capabilities]
    Credentials: ClassVar[type]
    Settings: ClassVar[type]
    default_base_url: ClassVar[str] = ""
    #: Where the provider shall send notifications, for those that are told so with each order; set by `registry.build`
    #: where the public address of this installation is known.
    hook_url: str = ""
    #: The list that `withdraw` puts a suppressed number on, so that the engine can take it off again when nobody says
    #: no any more; there if and only if the capability `blocks` declares it.
    blocklist: Blocklist | None = None

    def __init__(
        self,
        *,
        credentials: Any,
        settings: Any,
        now: Callable[[], datetime],
        base_url: str = "",
        transport: httpx.BaseTransport | None = None,
        ledger: Ledger | None = None,
        http: HttpOptions | None = None,
    ) -> None:
        self.credentials = credentials
        self.settings = settings
        self.now = now
        self.base_url = base_url or self.default_base_url
        self.transport = transport
        self.ledger = ledger
        self.http_options = http or HttpOptions()

    def __repr__(self) -> str:
        return f"{type(self).__name__}(account={self.http_options.account!r})"

    @classmethod
    def overrides(cls, method: str) -> bool:
        """Say whether the adapter brings this method itself."""
        return getattr(cls, method) is not getattr(Provider, method)

    @abstractmethod
    def check(self) -> Account:
        """Try the credentials now; wrong ones raise `AccountBlocked`."""

    @abstractmethod
    def open_campaign(self, spec: CampaignSpec) -> RemoteCampaign:
        """Find, create or verify the remote campaign; calling twice gives the same one.

        A given id that the provider does not know raises `CampaignBlocked`.
        """

    @abstractmethod
    def push(self, campaign: RemoteCampaign, calls: Sequence[CallOrder]) -> list[Receipt]:
        """Hand over at most `batch_size` orders; one receipt an order, same sequence.

        A refusal of one order is a receipt; an exception speaks of the whole request. More orders than
        `batch_size` are the caller's mistake: `ValueError`.
        """

    @abstractmethod
    def observe(self, campaign: RemoteCampaign, calls: Sequence[Handle], cursor: str | None) -> Observation:
        """Report on the given calls and, for feeds, on all that changed since `cursor`."""

    def steer(self, campaign: RemoteCampaign, to: Steering) -> bool | None:
        """Pause, resume or close the remote campaign; repeating it does no harm.

        False says that it was so already, which tells the work of people from ours; None that nobody knows.
        """
        raise Unsupported("A remote campaign can't be steered.", provider=self.slug, operation="steer")

    def withdraw(self, campaign: RemoteCampaign, call: Handle, why: Why) -> Withdrawal:
        """Take back one call that has not rung; repeating it does no harm."""
        raise Unsupported("A held call can't be taken back.", provider=self.slug, operation="withdraw")

    def parse_webhook(self, request: HookRequest) -> list[Report]:
        """Turn one notification into reports: no network, no database; junk raises `HookRejected`."""
        raise Unsupported("It sends no notifications.", provider=self.slug, operation="parse_webhook")

    def browse(self, kind: Catalogue) -> Iterator[RemoteItem]:
        """List what the provider has of one kind."""
        raise Unsupported(f"It has no list of {kind}.", provider=self.slug, operation="browse")

    def recording(self, call: Handle) -> Recording:
        """Fetch the recording of one call."""
        raise Unsupported("It gives no recordings.", provider=self.slug, operation="recording")


#: Each optional method with the question whether a capability declares it; the kit asserts
#: "overridden if and only if declared", and the matrix is drawn from it.
OPTIONAL_METHODS: dict[str, Callable[[Capabilities], bool]] = {
    "steer": lambda capabilities: bool(capabilities.steer),
    "withdraw": lambda capabilities: capabilities.withdraw,
    "parse_webhook": lambda capabilities: capabilities.webhooks,
    "browse": lambda capabilities: bool(capabilities.browse),
    "recording": lambda capabilities: capabilities.recordings,
}
