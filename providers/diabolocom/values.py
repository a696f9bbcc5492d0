"""Own the vendor's objects as the adapter reads them: campaigns, contacts, wrap-ups, batches, licences.

Never interpret them: what a contact's fields mean for a call is `words`'.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from providers.effects import Unreadable
from providers.secrets import scrub

Json = Mapping[str, Any]


def number(data: Json, name: str) -> int:
    """Read a whole number that must be there."""
    value = data[name]
    if isinstance(value, bool) or not isinstance(value, int):
        raise Unreadable(f"`{name}` is no whole number.")
    return value


def text(data: Json, name: str) -> str:
    """Read a text; null and absent are empty."""
    value = data.get(name)
    return "" if value is None else str(value)


def flag(data: Json, name: str) -> bool:
    """Read a boolean that must be there."""
    value = data[name]
    if not isinstance(value, bool):
        raise Unreadable(f"`{name}` is neither true nor false.")
    return value


def moment(data: Json, name: str) -> datetime | None:
    """Read a time; all of the vendor's are UTC, also where the zone is left out (sheet: 2, Dates)."""
    value = data.get(name)
    if value is None:
        return None
    found = datetime.fromisoformat(str(value))
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def written(at: datetime, *, later: bool = False) -> str:
    """Write a time as every example of the vendor has it, in whole seconds; `later` rounds up."""
    at = at.astimezone(UTC)
    if later and at.microsecond:
        at += timedelta(seconds=1)
    return at.strftime("%Y-%m-%dT%H:%M:%SZ")


@dataclass(frozen=True, slots=True, kw_only=True)
class Campaign:
    """What a campaign tells about how it dials and which fields its contacts have (seed: Data structure)."""

    id: int
    name: str
    is_paused: bool
    is_archived: bool
    max_tries: int
    next_try_delay: int  # seconds
    custom_fields: tuple[str, ...]
    phone_fields: tuple[str, ...]
    mode: str
    purges: bool  # contacts may vanish by themselves

    @classmethod
    def read(cls, data: Json) -> Campaign:
        """Read a campaign from an answer."""
        return cls(
            id=number(data, "id"),
            name=text(data, "name"),
            is_paused=flag(data, "isPaused"),
            is_archived=flag(data, "isArchived"),
            max_tries=number(data, "maxTries"),
            next_try_delay=number(data, "nextTryDelay"),
            custom_fields=tuple(str(each) for each in data["customFields"]),
            phone_fields=tuple(str(each) for each in data["phoneFields"]),
            mode=text(data, "mode"),
            purges=_purges(data.get("autoPurge")),
        )


def _purges(options: Json | None) -> bool:
    """Say whether contacts are removed for what became of them; removal after whole days comes too late to matter.

    `enabled` is in the list of the PATCH only, so that its absence says nothing (seed: autoPurge).
    """
    if not options or options.get("enabled") is False:
        return False
    return any(options.get(name) for name in ("maxTriesReached", "excluded", "notToCall"))


#: What of a contact is kept with a report: how the call stands, nothing about the person.
_KEPT = (
    "id",
    "campaignId",
    "contactId",
    "state",
    "excluded",
    "excludedDetail",
    "retryDate",
    "triesNumber",
    "wrapupId",
    "agentId",
    "lastCallTime",
    "lastAttemptTime",
    "lastCallerType",
    "lastUpdatedAt",
)


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Contact:
    """One contact of a campaign; `contact_id` counts within the campaign, `id` over the account (sheet: 2)."""

    id: int
    contact_id: int
    state: str
    excluded: bool
    excluded_detail: str
    tries: int
    wrapup_id: int | None
    last_call_at: datetime | None
    last_attempt_at: datetime | None  # possibly without a call
    updated_at: datetime | None
    custom_fields: Json
    facts: Json

    def __repr__(self) -> str:
        # The rest is about a person.
        return f"Contact(contact_id={self.contact_id}, state={self.state!r}, tries={self.tries})"

    @classmethod
    def read(cls, data: Json) -> Contact:
        """Read a contact from an answer."""
        return cls(
            id=number(data, "id"),
            contact_id=number(data, "contactId"),
            state=str(data["state"]),
            excluded=flag(data, "excluded"),
            excluded_detail=text(data, "excludedDetail"),
            tries=number(data, "triesNumber"),
            # Without a wrap-up it is null, or left out: then nothing ends.
            wrapup_id=None if data.get("wrapupId") is None else number(data, "wrapupId"),
            last_call_at=moment(data, "lastCallTime"),
            last_attempt_at=moment(data, "lastAttemptTime"),
            updated_at=moment(data, "lastUpdatedAt"),
            custom_fields=dict(data.get("customFields") or {}),
            facts=scrub({name: data[name] for name in _KEPT if name in data}),
        )

    def field(self, name: str) -> str:
        """Give a custom field's text; absent is empty."""
        return text(self.custom_fields, name)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wrapup:
    """A wrap-up code: how somebody or the system qualified a call (seed: WRAPUP CODES)."""

    id: int
    name: str
    status: str
    path: str
    is_system: bool
    is_hidden: bool

    @classmethod
    def read(cls, data: Json) -> Wrapup:
        """Read a wrap-up from an answer."""
        return cls(
            id=number(data, "id"),
            name=text(data, "name"),
            status=str(data["status"]),
            path=text(data, "wrapupPath"),
            is_system=bool(data.get("isSystem")),
            is_hidden=bool(data.get("isHidden")),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Folder:
    """A folder of wrap-ups."""

    id: int
    name: str
    path: str
    parent_id: int | None

    @classmethod
    def read(cls, data: Json) -> Folder:
        """Read a folder from an answer."""
        parent = data.get("parentFolderId")
        return cls(
            id=number(data, "id"),
            name=text(data, "name"),
            path=text(data, "folderPath"),
            parent_id=None if parent is None else int(parent),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchResult:
    """How far a batch is; it never tells the ids of the contacts that it made (sheet: 4.8)."""

    status: str  # ACCEPTED, IN_PROGRESS, COMPLETED, FAILED
    modified: int
    failed: tuple[int, ...]  # contact ids that were meant and not changed
    excluded: Mapping[str, tuple[int, ...]]  # contact ids by reason

    @property
    def is_over(self) -> bool:
        """Say whether the campaign takes another batch; an unknown word does not say so."""
        return self.status in ("COMPLETED", "FAILED")

    @classmethod
    def read(cls, data: Json) -> BatchResult:
        """Read the state of a batch from an answer."""
        return cls(
            status=str(data["status"]),
            modified=int(data.get("modifiedElementsCount") or 0),
            failed=tuple(int(each) for each in data.get("failed") or ()),
            excluded={
                str(reason): tuple(int(each) for each in ids)
                for reason, ids in (data.get("excluded") or {}).items()
            },
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Licence:
    """One model of a month's bill: licences, not the cost of calls (sheet: 10)."""

    model: str
    count: int
    users: tuple[str, ...]
    peak_at: datetime | None  # of the model "Peak Users" only

    @classmethod
    def read(cls, data: Json) -> Licence:
        """Read one line of a month's bill from an answer."""
        return cls(
            model=text(data, "model"),
            count=number(data, "count"),
            users=tuple(str(each) for each in data.get("users") or ()),
            peak_at=moment(data, "peakDateTime"),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Licences:
    """What a month was billed by."""

    month: str
    billed_model: str
    current_model: str
    details: tuple[Licence, ...]

    @classmethod
    def read(cls, data: Json) -> Licences:
        """Read a month's bill from an answer."""
        return cls(
            month=text(data, "month"),
            billed_model=text(data, "licenseModelBilled"),
            current_model=text(data, "currentAccountLicenseModel"),
            details=tuple(Licence.read(each) for each in data.get("details") or ()),
        )
