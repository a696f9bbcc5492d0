"""Own the value objects that cross the door between the engine and a provider.

Never hold behaviour beyond validating themselves; their `repr` shows no full phone and no secret.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import datetime
from decimal import Decimal
from typing import Any

from providers.secrets import mask_phone, mask_text
from providers.vocabulary import Progress, Result, Unit

#: Metadata of a field whose content is about a person: `repr` hides it.
PRIVATE = {"private": True}


class Value:
    """Give a `repr` that may be logged, and refuse times without a zone."""

    __slots__ = ()

    def __post_init__(self) -> None:
        for item in fields(self):  # type: ignore[arg-type]  # every subclass is a dataclass
            value = getattr(self, item.name)
            if isinstance(value, datetime) and value.tzinfo is None:
                raise ValueError(
                    f"{type(self).__name__}.{item.name} is a time without a zone; give it in UTC."
                )

    def __repr__(self) -> str:
        shown = []
        for item in fields(self):  # type: ignore[arg-type]  # every subclass is a dataclass
            value = getattr(self, item.name)
            if item.name == "phone" and value:
                shown.append(f"phone={mask_phone(value)}")
            elif item.metadata.get("private") and value:
                shown.append(f"{item.name}=<hidden>")
            else:
                shown.append(f"{item.name}={mask_text(repr(value))}")
        return f"{type(self).__name__}({', '.join(shown)})"


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class NativeStep(Value):
    """One wait of a native retry plan, before one further ring."""

    amount: int
    unit: Unit
    business_day: bool = False  # the wait counts business days
    other_phone: bool = False  # the next ring goes to the person's next phone


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class NativePlan(Value):
    """Rings that the provider shall make by itself after the first one."""

    steps: tuple[NativeStep, ...]


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class CampaignSpec(Value):
    """The remote campaign we want; `retry=None` means that native redialing must be off."""

    ref: str
    name: str
    remote_id: str | None = None
    template_id: str | None = None
    caller_id: str | None = None
    retry: NativePlan | None = None
    options: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class RemoteCampaign(Value):
    """A campaign at the provider; `remote` is opaque to the engine and handed back unchanged."""

    remote_id: str
    name: str = ""
    state: str = ""
    redials: bool | None = None  # True: it rings again by itself and that can't be switched off per contact
    remote: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class CallOrder(Value):
    """One intended ring; `ref` is the attempt's id and the only correlation key."""

    ref: str
    phone: str = field(metadata=PRIVATE)  # E.164 with plus; the adapter writes it as its vendor wants it
    other_phones: tuple[str, ...] = field(
        default=(), metadata=PRIVATE
    )  # for native plans that go on to the next phone
    name: str = field(default="", metadata=PRIVATE)
    email: str | None = field(default=None, metadata=PRIVATE)
    language: str | None = None
    timezone: str | None = None
    not_before: datetime | None = None
    not_after: datetime | None = None
    priority: int = 5
    caller_id: str | None = None
    fields: Mapping[str, Any] = field(default_factory=dict, metadata=PRIVATE)
    retry: NativePlan | None = None
    send_no: int = 1  # 1 for the first request about this ref, 2 after a proven absence, ...

    def __post_init__(self) -> None:
        Value.__post_init__(self)
        if not self.ref:
            raise ValueError("CallOrder.ref is empty; every push carries our reference.")
        if not self.phone.startswith("+"):
            raise ValueError("CallOrder.phone must be E.164 with a plus.")


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Receipt(Value):
    """The provider's answer to one order; a refusal is a value, with `result` and `reason`."""

    ref: str
    accepted: bool
    remote_id: str | None = None
    remote: Mapping[str, str] = field(default_factory=dict)
    result: Result | None = None
    reason: str = ""

    def __post_init__(self) -> None:
        if not self.accepted and self.result is None:
            raise ValueError("A refused Receipt needs a result: Result.REJECTED if nothing better is known.")


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Handle(Value):
    """What we know of one call that may be with the provider."""

    ref: str
    phone: str = field(metadata=PRIVATE)
    remote_id: str | None = None
    remote: Mapping[str, str] = field(default_factory=dict)
    pushed_at: datetime | None = None
    send_no: int = 1
    #: Ids that other calls of ours to this number have; told where reports carry the number alone.
    others: tuple[str, ...] = ()
    #: The ring that is asked about: above 1 the earlier rings of a native plan are known to be over.
    ring_no: int = 1
    #: How far that ring has come, as far as we know.
    progress: Progress = Progress.QUEUED


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Report(Value):
    """One fact about one call, by poll or by notification; needs `ref`, `remote_id` or `phone`."""

    ref: str | None = None
    remote_id: str | None = None
    phone: str | None = field(default=None, metadata=PRIVATE)  # E.164 with plus
    progress: Progress
    result: Result | None = None
    raw_status: str = ""
    disposition: str | None = None
    at: datetime | None = None  # when the provider says it happened
    ring_no: int = 1  # above 1 only for rings of a native plan
    is_last: bool = False  # no further ring follows this one, whatever was planned
    started_at: datetime | None = None
    answered_at: datetime | None = None
    ended_at: datetime | None = None
    seconds: float | None = None  # of conversation
    cost: Decimal | None = None
    currency: str | None = None
    recording_url: str | None = field(default=None, metadata=PRIVATE)
    keys: str | None = field(default=None, metadata=PRIVATE)  # pressed keys, in order
    event_id: str = ""  # equal for the same fact, however often it is told
    detail: Mapping[str, Any] = field(default_factory=dict, metadata=PRIVATE)  # scrubbed

    def __post_init__(self) -> None:
        Value.__post_init__(self)
        if not (self.ref or self.remote_id or self.phone):
            raise ValueError("A Report needs a ref, a remote_id or a phone: it can't be matched otherwise.")
        if self.result is not None and self.progress is not Progress.ENDED:
            raise ValueError("A Report with a result must have progress ENDED.")


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Observation(Value):
    """What one look showed; `complete`: a call that was asked for and is not in `reports` is not there."""

    reports: tuple[Report, ...] = ()
    cursor: str | None = None
    complete: bool = False


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Account(Value):
    """The answer of `check`."""

    ok: bool
    detail: str = ""
    balance: Decimal | None = None
    currency: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class RemoteItem(Value):
    """One row of a provider's catalogue."""

    id: str
    name: str = ""
    state: str = ""
    detail: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Recording(Value):
    """A recorded conversation: its bytes, or a URL where they can be fetched without our credentials."""

    media_type: str
    content: bytes | None = field(default=None, metadata=PRIVATE)
    url: str | None = field(default=None, metadata=PRIVATE)
    seconds: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class HookRequest(Value):
    """A stored notification, as it came (secrets scrubbed by whoever stored it)."""

    body: bytes = field(metadata=PRIVATE)
    headers: Mapping[str, str] = field(default_factory=dict, metadata=PRIVATE)
    query: Mapping[str, str] = field(default_factory=dict, metadata=PRIVATE)
    method: str = "POST"
    received_at: datetime

    def header(self, name: str) -> str | None:
        """Give a header by its name, whatever its case."""
        wanted = name.lower()
        return next((value for key, value in self.headers.items() if key.lower() == wanted), None)
