"""The facts that gates judge by: plain values, read once, the same for claim, explain and preview.

Owns their shape; reading them from the database is `load`'s.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from dialer.rules.windows import Window


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountFacts:
    """How the provider account is doing. `room` is how many more calls it may hold; None = no limit."""

    id: UUID
    name: str
    is_enabled: bool
    health_state: str
    health_last_error: str
    probe_at: datetime | None
    room: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class BudgetFacts:
    """One budget and how much of it is used."""

    unit: str
    per: str
    limit: Decimal
    currency: str
    used: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class CampaignFacts:
    """A campaign's policy and how far its day is; `version` is the row's when the policy was read."""

    id: UUID
    version: int
    account: AccountFacts
    status: str
    is_open: bool
    purpose: str
    timezone: str
    windows: tuple[Window, ...]
    observes_holidays: bool
    starts_at: datetime | None
    ends_at: datetime | None
    max_attempts_per_contact: int | None
    max_attempts_per_day: int | None
    daily_call_limit: int | None
    calls_today: int
    daily_budget: Decimal | None
    spent_today: Decimal
    day_begins_at: datetime
    day_ends_at: datetime
    budgets: tuple[BudgetFacts, ...] = ()
    overridden_rules: frozenset[str] = frozenset()

    @property
    def calls_left(self) -> int | None:
        """How many more calls its counted limits leave; None = no limit."""
        left = [int(each.limit - each.used) for each in self.budgets if each.unit == "attempts"]
        if self.daily_call_limit is not None:
            left.append(self.daily_call_limit - self.calls_today)
        return min(left, default=None)


@dataclass(frozen=True, slots=True, kw_only=True)
class PhoneFacts:
    """One number and whether it may be used at all."""

    id: UUID | None
    number: str  # empty in a preview that knows only the country
    country: str
    do_not_disturb: bool = False
    is_uncallable: bool = False
    suppressed_by: str | None = None  # id of the entry

    @property
    def is_usable(self) -> bool:
        """Whether nothing about the number itself forbids it."""
        return not (self.do_not_disturb or self.is_uncallable or self.suppressed_by)


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A campaign contact that might be called on `phone`."""

    campaign: CampaignFacts
    id: UUID
    contact_id: UUID
    timezone: str | None
    phone: PhoneFacts | None
    phones: tuple[PhoneFacts, ...]
    not_before: datetime | None = None
    not_after: datetime | None = None
    stop_reason: str = ""
    suppressed_by: str | None = None  # id of an entry that names the person
    attempts: int = 0  # that count in caps
    attempts_today: int = 0
    is_busy: bool = False  # a live attempt elsewhere: same person or same number
    extra: dict[str, Any] = field(default_factory=dict)
