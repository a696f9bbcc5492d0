"""Own what an account at 360NRS holds, and what all parts of the API share: credentials, money, lag, events.

Never answers a request.
"""

from __future__ import annotations

import base64
import secrets
from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, ClassVar

from providers.sandbox.base import Sandbox
from providers.sandbox.line import Call
from providers.sandbox.messages import Refusal, Request, Response, answered
from providers.sandbox.nrs360.errors import CREDENTIALS, coded
from providers.sandbox.nrs360.shapes import MOST_LIMIT

#: Invented: the document has no prices. The balance is enough for 250,000 messages.
PRICE, BALANCE = Decimal("0.02"), Decimal(5000)
VOICE, INTERACTIVE = "text2speech", "voice-interactive"


@dataclass(slots=True, kw_only=True, eq=False)
class Event:
    """One thing that happened to one message."""

    word: str
    call: Call
    at: datetime


@dataclass(slots=True, kw_only=True, eq=False)
class Pressed:
    """One key that was pressed in an interactive call."""

    phone: str
    key: str
    message: str
    at: datetime


@dataclass(slots=True, kw_only=True, eq=False)
class Sending:
    """Messages that were sent together, or one after another under one campaign's name."""

    id: int
    channel: str
    status: str
    created_at: datetime
    updated_at: datetime
    campaign: Campaign | None = None  # None: sent by API without a campaign's name
    total: int = 0
    processed: int = 0
    cost: Decimal = Decimal(0)
    events: list[Event] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)
    keys: list[Pressed] = field(default_factory=list)


@dataclass(slots=True, kw_only=True, eq=False)
class Campaign:
    """A name over one sending."""

    id: int
    name: str
    kind: str
    created_at: datetime
    sending: Sending
    is_by_people: bool


@dataclass(slots=True, kw_only=True, eq=False)
class Contact:
    """A person in the vendor's address book."""

    id: int
    data: dict[str, Any]  # email, phone, landline, countryIso, name, surname
    external_id: str | None
    fields: list[dict[str, Any]]
    groups: list[int]
    created_at: datetime
    updated_at: datetime


class Account(Sandbox):
    """What the parts of the API share; each part is a subclass, and the sandbox is all of them."""

    slug: ClassVar[str] = "nrs360"
    credentials = {"username": "sandbox-user", "api_password": "sandbox-api-password"}

    def __init__(
        self,
        *,
        page_limit: int = MOST_LIMIT,
        lag_seconds: float = 0.0,
        duplicates: bool = False,
        is_terse: bool = False,
        blacklist_refuses: bool = False,
        blacklist_stops: bool = True,
        **given: Any,
    ) -> None:
        """Open an account.

        page_limit: no page is longer, whatever was asked for. lag_seconds: so long new things are not listed.
        duplicates: every notification comes twice. is_terse: the answer to a sending has no `campaignId` and
        no `to`, of which no public program tells. blacklist_refuses: numbers on the black list are refused at
        once, else taken and then `rejected`. blacklist_stops: it also stops messages that were taken before.
        The document is silent about all of it.
        """
        super().__init__(**given)
        self.page_limit, self.lag = page_limit, timedelta(seconds=lag_seconds)
        self.duplicates, self.is_terse = duplicates, is_terse
        self.blacklist_refuses, self.blacklist_stops = blacklist_refuses, blacklist_stops
        self.is_address_allowed = True
        self.balance = BALANCE
        self.opened_at = self.now()
        self.campaigns_by_id: dict[int, Campaign] = {}
        self.campaigns_by_name: dict[str, Campaign] = {}
        self.sendings: dict[int, Sending] = {}
        self.contacts: dict[int, Contact] = {}
        self.contacts_by_phone: dict[str, Contact] = {}
        self.groups: dict[int, tuple[str, datetime]] = {}
        self.blacklists: dict[str, dict[str, dict[str, Any]]] = {"sms": {}, "mailing": {}, "voice": {}}

    def authorize(self, request: Request) -> None:
        """Let in who brings user and API password by HTTP Basic ("Autenticação")."""
        pair = f"{self.credentials['username']}:{self.credentials['api_password']}"
        wanted = f"Basic {base64.b64encode(pair.encode()).decode()}"
        if not secrets.compare_digest(request.headers.get("authorization", "").encode(), wanted.encode()):
            raise coded(CREDENTIALS)
        if not self.is_address_allowed:
            raise coded(112)

    def refused(self, refusal: Refusal) -> Response:
        """Write the vendor's error object; where its table has no number, the HTTP status stands for it."""
        code = refusal.data.get("code", refusal.status)
        return answered({"error": {"code": code, "description": refusal.message}}, refusal.status)

    def is_listed(self, created_at: datetime) -> bool:
        """Say whether lists show by now what was created then."""
        return created_at + self.lag <= self.now()

    def open_sending(self, channel: str, name: str | None, *, status: str, is_by_people: bool) -> Sending:
        """Begin a sending, under a campaign if it has a name."""
        now = self.now()
        sending = Sending(id=self.number(), channel=channel, status=status, created_at=now, updated_at=now)
        self.sendings[sending.id] = sending
        if name is not None:
            campaign = Campaign(
                id=self.number(),
                name=name,
                kind="basic",
                created_at=now,
                sending=sending,
                is_by_people=is_by_people,
            )
            sending.campaign = campaign
            self.campaigns_by_id[campaign.id] = campaign
            self.campaigns_by_name[name.lower()] = campaign
        return sending

    def sending_of(self, call: Call) -> Sending:
        """Give the sending of a call."""
        found: Sending = call.facts["sending"]
        return found

    def blacklist(self, kind: str, recipient: str, sending: Sending | None = None) -> dict[str, Any]:
        """Put a recipient on a list; one that asked for it in a call is there for good."""
        named = sending.campaign.name if sending and sending.campaign else None
        entry = {
            "type": kind,
            "recipient": recipient,
            "isDefinitive": sending is not None,
            "sendingId": sending.id if sending else None,
            "campaignName": named,
            "createdAt": self.now(),
        }
        return self.blacklists[kind].setdefault(recipient, entry)
