"""Own the shape of what the vendor answers about campaigns, sendings, sends and the account.

Never sends anything; what can't be as documented raises, and the HTTP client calls it unreadable.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import Any, TypeVar

from providers.http import Answer, Unreadable
from providers.nrs360.codes import code_in, refusal_of_send
from providers.values import Value

T = TypeVar("T")

#: A zone at the end of a time.
_ZONE = re.compile(r":\d{2}(?:\.\d+)?\s*(?:Z|[+-]\d{2}:?\d{2})$", re.IGNORECASE)


def record(value: Any) -> Mapping[str, Any]:
    """Give an object, or raise."""
    if not isinstance(value, Mapping):
        raise Unreadable("An object was expected.")
    return value


def data_of(answer: Answer) -> Mapping[str, Any]:
    """Give the object under `data`."""
    return record(record(answer.json())["data"])


def rows_of(value: Any) -> list[Mapping[str, Any]]:
    """Give the objects of a list."""
    if not isinstance(value, list):
        raise Unreadable("A list was expected.")
    return [record(item) for item in value]


def text_of(value: Any) -> str:
    """Give a text or an id as text; missing is empty."""
    return str(value) if isinstance(value, str | int) and not isinstance(value, bool) else ""


def id_of(value: Any) -> str:
    """Give an id as text, or raise where there is none."""
    found = text_of(value)
    if not found:
        raise Unreadable("An id was expected.")
    return found


def when_of(value: Any) -> datetime | None:
    """Read a time as UTC: ISO 8601, or without a zone, which is UTC (sheet: Gaps 9); else None."""
    try:
        moment = datetime.fromisoformat(value.strip())
    except (ValueError, AttributeError):
        return None
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def zoned_of(value: Any) -> datetime | None:
    """Read a time that names its zone: one that does not is no ground for the next attempt's time."""
    return when_of(value) if isinstance(value, str) and _ZONE.search(value.strip()) else None


def money_of(value: Any) -> Decimal | None:
    """Read an amount, as number or text."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        amount = Decimal(str(value))
    except InvalidOperation:
        return None
    return amount if amount.is_finite() else None


@dataclass(frozen=True, slots=True, kw_only=True)
class SendingRecord:
    """One sending: `events` counts how often each event came. Times are UTC."""

    id: str
    campaign_name: str = ""
    status: str = ""
    channel: str = ""
    total: int = 1
    processed: int = 0
    cost: Decimal | None = None
    currency: str = ""
    events: Mapping[str, int] = field(default_factory=dict)
    tags: tuple[str, ...] = ()
    scheduled_at: datetime | None = None
    expires_at: datetime | None = None
    started_at: datetime | None = None
    finished_at: datetime | None = None
    created_at: datetime | None = None
    updated_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CampaignRecord:
    """One campaign with its sendings; a basic one has exactly one."""

    id: str
    name: str = ""
    type: str = ""
    created_at: datetime | None = None
    updated_at: datetime | None = None
    sendings: tuple[SendingRecord, ...] = ()


def sending_of(item: Mapping[str, Any]) -> SendingRecord:
    """Read a sending."""
    tags = item.get("tags")
    return SendingRecord(
        id=id_of(item["id"]),
        campaign_name=text_of(item.get("campaignName")),
        status=text_of(item.get("status")),
        channel=text_of(item.get("channel")),
        total=_count(item.get("total"), 1),
        processed=_count(item.get("processed"), 0),
        cost=money_of(item.get("cost")),
        currency=text_of(item.get("currency")),
        events=_events_of(item.get("events")),
        tags=tuple(map(text_of, tags)) if isinstance(tags, list) else (),
        scheduled_at=when_of(item.get("scheduledAt")),
        expires_at=when_of(item.get("expiresAt")),
        started_at=when_of(item.get("startedAt")),
        finished_at=when_of(item.get("finishedAt")),
        created_at=when_of(item.get("createdAt")),
        updated_at=when_of(item.get("updatedAt")),
    )


def campaign_of(item: Mapping[str, Any]) -> CampaignRecord:
    """Read a campaign; its links are not followed, so their shape does not matter."""
    sendings = item.get("sendings")
    # Shown as an object with `data`; an empty one may be written as a list, and so may another.
    listed = sendings.get("data", []) if isinstance(sendings, Mapping) else sendings
    rows = rows_of(listed) if isinstance(sendings, Mapping | list) else []
    return CampaignRecord(
        id=id_of(item["id"]),
        name=text_of(item.get("name")),
        type=text_of(item.get("type")),
        created_at=when_of(item.get("createdAt")),
        updated_at=when_of(item.get("updatedAt")),
        sendings=tuple(map(sending_of, rows)),
    )


def campaigns_of(answer: Answer) -> list[CampaignRecord]:
    """Read the list of campaigns."""
    return [campaign_of(item) for item in rows_of(record(answer.json())["data"])]


def _events_of(value: Any) -> dict[str, int]:
    if not isinstance(value, Mapping):
        return {}
    return {str(word): _count(count, 0) for word, count in value.items()}


def _count(value: Any, otherwise: int) -> int:
    try:
        return int(value)
    except (TypeError, ValueError):
        return otherwise


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class SendVerdict(Value):
    """What a send says about one recipient; `id` is the message's, `code` the reason of a refusal."""

    phone: str  # as it was sent: digits
    accepted: bool
    id: str | None = None
    code: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SendAnswer:
    """The answer to a send: one verdict a recipient, in their sequence."""

    campaign_id: str | None
    sending_id: str | None
    verdicts: tuple[SendVerdict, ...]


def send_answer_of(answer: Answer, to: Sequence[str]) -> SendAnswer:
    """Read the 2xx answer to a send, 207 included; `campaignId` and each `to` may be missing (sheet: Answer)."""
    data = record(answer.json())
    if "result" not in data and code_in(data) is not None:
        raise refusal_of_send(code_in(data))
    rows = rows_of(data["result"])
    if len(rows) != len(to):
        raise Unreadable("It does not speak of as many recipients as were sent.")
    by_phone = {text_of(row.get("to")): row for row in rows}
    # By number where each is named, else by place.
    placed = [by_phone[phone] for phone in to] if set(by_phone) == set(to) else rows
    return SendAnswer(
        campaign_id=text_of(data.get("campaignId")) or None,
        sending_id=text_of(data.get("sendingId")) or None,
        verdicts=tuple(_verdict_of(phone, row) for phone, row in zip(to, placed, strict=True)),
    )


def _verdict_of(phone: str, row: Mapping[str, Any]) -> SendVerdict:
    accepted = row["accepted"]
    if not isinstance(accepted, bool):
        raise Unreadable("It says neither yes nor no to a recipient.")
    return SendVerdict(phone=phone, accepted=accepted, id=text_of(row.get("id")) or None, code=code_in(row))


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountRecord:
    """The account; the document names what is in it and shows no answer, so every field may be missing."""

    balance: Decimal | None = None
    currency: str = ""
    timezone: str = ""
    language: str = ""
    country: str = ""
    created_at: datetime | None = None


def account_of(answer: Answer) -> AccountRecord:
    """Read the account, with or without an envelope."""
    body = record(answer.json())
    inner = body.get("data")
    data = inner if isinstance(inner, Mapping) else body
    return AccountRecord(
        balance=money_of(data.get("balance")),
        currency=text_of(data.get("currency")),
        timezone=text_of(data.get("timezone")),
        language=text_of(data.get("language")),
        country=text_of(data.get("country")),
        created_at=when_of(data.get("createdAt")),
    )
