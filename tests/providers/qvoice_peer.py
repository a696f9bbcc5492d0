"""A QVoice adapter and a peer that answers as a test wants, for what the sandbox never says."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

from providers.configuration import built
from providers.contract import CallOrder, Handle, HttpOptions, Observation, RemoteCampaign
from providers.http import httpx
from providers.qvoice import QVoice, QVoiceCredentials, QVoiceSettings
from providers.testing import VirtualClock
from providers.vocabulary import Progress, Result

CAMPAIGN_ID = "aa11bb22cc33dd44ee55ff6600000001"
CAMPAIGN = RemoteCampaign(remote_id=CAMPAIGN_ID, name="Autumn")
PHONE, OTHER = "+12025550110", "+12025550111"
REF, REF_2, REF_3 = (f"018f2b7a-0000-7000-8000-00000000000{number}" for number in (1, 2, 3))
PASSWORD, ACCOUNT_ID = "nine-blue-lamps-40", "0c0ffee00c0ffee00c0ffee00c0ffee0"
LOGIN = "/api/v2/login"
LEADS = f"/api/v2/config/campaigns/{CAMPAIGN_ID}/leads"
ADD = f"/api/v2/config/campaigns/{CAMPAIGN_ID}/lead"
COUNTS = "/api/v2/reports/campaigns/leads/status"
HISTORY = "/api/v2/reports/campaigns/leads/history"

Reply = Callable[[httpx.Request], httpx.Response]


def json_of(data: Any, **headers: str) -> httpx.Response:
    return httpx.Response(200, json=data, headers=headers)


class Bench:
    """One adapter on one peer; `leads`, `campaigns` and `dials` are what the peer lists."""

    def __init__(self, **settings: Any) -> None:
        self.clock = VirtualClock()
        self.leads: list[dict[str, Any]] = []
        self.dials: list[dict[str, Any]] = []
        self.campaigns: dict[str, Any] = {CAMPAIGN_ID: counts("Autumn")}
        self.date: str | None = None
        self.instead: dict[str, Reply] = {}  # by "METHOD path"
        self.sent: list[httpx.Request] = []
        self.settings = settings
        self.qvoice = self.another()

    def another(self) -> QVoice:
        return QVoice(
            credentials=built(
                QVoiceCredentials,
                {
                    "username": "operator",
                    "password": PASSWORD,
                    "domain": "tenant",
                    "account_id": ACCOUNT_ID,
                },
                "/credentials",
            ),
            settings=built(QVoiceSettings, self.settings, "/settings"),
            base_url="https://portal.invalid:9443",
            transport=httpx.MockTransport(self._answer),
            now=self.clock.now,
            http=HttpOptions(clock=self.clock.monotonic),
        )

    @property
    def now(self) -> float:
        return self.clock.now().timestamp()

    def _answer(self, request: httpx.Request) -> httpx.Response:
        self.sent.append(request)
        path = request.url.path
        reply = self.instead.get(f"{request.method} {path}")
        if reply is not None:
            return reply(request)
        if path == LOGIN:
            return json_of({"user": {}, "access_token": f"token-{len(self.sent)}", "refresh_token": "r"})
        if path == COUNTS:
            return json_of(self.campaigns)
        if path == HISTORY:
            since, until = (int(request.url.params[name]) for name in ("startDate", "endDate"))
            return json_of([each for each in self.dials if since <= each["timestamp"] <= until])
        if path == LEADS:
            return self._page(request)
        if request.method == "DELETE":
            self.leads = [each for each in self.leads if each["id"] != path.rsplit("/", 1)[1]]
        return httpx.Response(200, text="Done.")

    def _page(self, request: httpx.Request) -> httpx.Response:
        ids = [each["id"] for each in self.leads]
        start_key = request.url.params.get("next_start_key", "")
        if start_key and start_key not in ids:
            return httpx.Response(400, text="Ada Fiction is invalid")
        start = ids.index(start_key) if start_key else 0
        end = start + int(request.url.params["page_size"])
        following = ids[end] if end < len(ids) else ""
        headers = {"Date": self.date} if self.date else {}
        return json_of({"data": self.leads[start:end], "next_start_key": following}, **headers)

    # ---- short ways

    def lead(self, number: int = 1, *, age: float = 0, phone: str = PHONE, **more: Any) -> dict[str, Any]:
        """List one more lead, created `age` seconds ago by the vendor's clock."""
        made = {
            "created": int(self.now - age),
            "campaign_id": CAMPAIGN_ID,
            "number": phone,
            "status": "new",
            "retries": 0,
            "first_name": "Ada",
            "last_name": "Fiction",
            "priority": 5,
            "id": lead_id(number),
            **more,
        }
        self.leads.append(made)
        return made

    def dial(self, call: str, *, age: float = 0, phone: str = PHONE, campaign: str = "Autumn") -> None:
        """Note one dial that began `age` seconds ago."""
        self.dials.append(dial_of(call, int(self.now - age), phone, campaign))

    def handle(self, ref: str = REF, phone: str = PHONE, **more: Any) -> Handle:
        return Handle(**{"ref": ref, "phone": phone, "pushed_at": self.clock.now(), **more})

    def look(self, *handles: Handle, cursor: str | None = None) -> Observation:
        return self.qvoice.observe(CAMPAIGN, handles or [self.handle()], cursor)

    def told(self, *handles: Handle) -> list[tuple[str | None, str, str | None, int]]:
        return [
            (each.remote_id, str(each.progress), each.result and str(each.result), each.ring_no)
            for each in self.look(*handles).reports
        ]

    def paths(self, method: str | None = None) -> list[str]:
        return [
            each.url.path for each in self.sent if each.url.path != LOGIN and method in (None, each.method)
        ]


class Vendor(Bench):
    """A peer that keeps the leads it is given: shown after `lag` seconds, with a clock of its own.

    `tells`: None = no time, "true" = its own clock's, "ours" = that of a server before it, which is right.
    """

    def __init__(
        self, *, skew: float = 0, lag: float = 0, tells: str | None = None, newest_first: bool = False
    ):
        super().__init__()
        self.skew, self.lag, self.tells, self.newest_first = skew, lag, tells, newest_first
        self.taken: list[tuple[float, dict[str, Any]]] = []

    def _answer(self, request: httpx.Request) -> httpx.Response:
        if f"{request.method} {request.url.path}" == f"PUT {ADD}":
            self.lead(len(self.taken) + 1, age=-self.skew, phone=body_of(request)["number"])
            self.taken.append((self.now + self.lag, self.leads[-1]))
        self.leads = [lead for shown_at, lead in self.taken if shown_at <= self.now]
        if self.newest_first:
            self.leads.reverse()
        answer = super()._answer(request)
        if self.tells is not None:
            time = self.clock.now() + timedelta(seconds=self.skew if self.tells == "true" else 0)
            answer.headers["Date"] = format_datetime(time, usegmt=True)
        return answer

    def push(self, ref: str = REF, *, ends: str = "new", phone: str = PHONE) -> Handle:
        """Add a lead, give it its status at once, and say what the engine knows of it."""
        receipt = self.qvoice.push(CAMPAIGN, [order(ref, phone)])[0]
        self.taken[-1][1]["status"] = ends
        return self.handle(ref, phone, remote=receipt.remote)

    def lost(self, ref: str = REF, *, ends: str | None = "new") -> Handle:
        """Lose the answer to a push; without an end the request itself was lost."""
        handle = self.push(ref, ends=ends or "new")
        if ends is None:
            self.taken.pop()
        kept = {name: value for name, value in handle.remote.items() if name in ("sent_at", "redials")}
        return replace(handle, remote=kept)


def lead_id(number: int) -> str:
    return f"{number:032x}"


def counts(name: str, status: str = "running") -> dict[str, Any]:
    return {"name": name, "status": status, "total_leads": 3, "leads_by_status": {"new": 2, "failed": 1}}


def dial_of(call: str, at: int, phone: str = PHONE, campaign: str = "Autumn") -> dict[str, Any]:
    return {
        "datetime": f"{datetime.fromtimestamp(at, UTC):%Y-%m-%d %H:%M:%S} +0000 UTC",
        "timestamp": at,
        "campaign_name": campaign,
        "lead_name": "Ada Fiction",
        "lead_number": phone,
        "agent_name": "Bo Fiction",
        "agent_extension": "2001",
        "lead_history": [{"event": "campaign dial", "type": "dial agent", "uuid": f"{call}-clicktocall"}],
    }


def order(ref: str = REF, phone: str = PHONE, **more: Any) -> CallOrder:
    return CallOrder(**{"ref": ref, "phone": phone, "name": "Ada Maria Fiction", **more})


def body_of(request: httpx.Request) -> Any:
    return json.loads(request.content)


def looks(vendor: Vendor, handle: Handle, seconds: float, *, each: float = 0.5) -> list[Observation]:
    """Look now and then."""
    seen = [vendor.look(handle)]
    for _ in range(int(seconds / each)):
        vendor.clock.advance(each)
        seen.append(vendor.look(handle))
    return seen


def ends_of(seen: list[Observation]) -> set[tuple[str | None, Result | None]]:
    return {
        (each.remote_id, each.result)
        for observation in seen
        for each in observation.reports
        if each.progress is Progress.ENDED
    }


def learned(vendor: Vendor) -> None:
    """Have calls to somebody else, at all fractions of a second, that show the clock of `created`."""
    for _ in range(10):
        vendor.clock.advance(1.1)
        vendor.look(vendor.push(REF_3, phone=OTHER))
        vendor.clock.advance(1)
        vendor.taken[-1][1]["status"] = "failed"


def after_a_failure(vendor: Vendor, fraction: float = 0.0) -> None:
    """Have a first call whose end was seen, a second ago."""
    vendor.clock.advance(fraction)
    first = vendor.push(REF, ends="failed")
    vendor.clock.advance(vendor.lag)
    vendor.look(first)
    # What was listed late was over for long: the second order comes a second after the first one was taken.
    vendor.clock.advance(1)
    vendor.taken[-1][1]["created"] = int(vendor.now + vendor.skew - 1)
