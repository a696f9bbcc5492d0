"""A scripted peer for the adapter of 360NRS: answers by path, and everything that was asked.

Knows nothing of the vendor beyond the shapes that its document shows.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from providers.contract import CallOrder, CampaignSpec, Handle, HttpOptions
from providers.http import httpx
from providers.nrs360 import Nrs360
from providers.nrs360.client import Nrs360Client
from providers.nrs360.configuration import Nrs360Credentials, Nrs360Settings
from providers.secrets import Secret

NOW = datetime(2026, 6, 1, 17, 0, tzinfo=UTC)
BASE = "https://nrs.invalid"
REF = "01a00000-0000-7000-8000-000000000001"
OTHER_REF = "01a00000-0000-7000-8000-000000000002"
PHONE = "+12025550121"
OPTIONS = {"message": "Your order {order} is ready, {name}.", "language": "en_US", "gender": "F"}

Given = Any  # a body, or (status, body), or a function of the request


@dataclass(frozen=True, kw_only=True)
class Asked:
    """One request as it arrived."""

    method: str
    path: str
    query: str  # raw, as it was encoded
    params: dict[str, str]
    body: Any
    headers: Mapping[str, str]


class Peer:
    """Answers `"METHOD /path"` with what it was given; anything else is a 404."""

    def __init__(self, **answers: Given) -> None:
        self.answers: dict[str, Given] = dict(answers)
        self.asked: list[Asked] = []
        self.seconds = 0.0

    def on(self, request: str, answer: Given) -> Peer:
        self.answers[request] = answer
        return self

    def _handle(self, request: httpx.Request) -> httpx.Response:
        raw = request.read()
        asked = Asked(
            method=request.method,
            path=request.url.path.removeprefix("/api/rest"),
            query=request.url.query.decode(),
            params=dict(request.url.params),
            body=json.loads(raw) if raw else None,
            headers=request.headers,
        )
        self.asked.append(asked)
        given = self.answers.get(f"{asked.method} {asked.path}")
        if callable(given):
            given = given(asked)
        if given is None:
            return httpx.Response(404, json={"error": {"code": 404, "description": "nothing here"}})
        status, body = given if isinstance(given, tuple) else (200, given)
        if isinstance(body, str):
            return httpx.Response(status, text=body, headers={"Content-Type": "text/csv"})
        return httpx.Response(status, json=body) if body is not None else httpx.Response(status)

    def clock(self) -> float:
        return self.seconds

    @property
    def requests(self) -> list[str]:
        return [f"{asked.method} {asked.path}" for asked in self.asked]

    def adapter(self, **settings: Any) -> Nrs360:
        return Nrs360(
            credentials=Nrs360Credentials(username="ada", api_password=Secret("made-up-word-1")),
            settings=Nrs360Settings(**settings),
            now=lambda: NOW,
            base_url=BASE,
            transport=httpx.MockTransport(self._handle),
            http=HttpOptions(clock=self.clock),
        )

    def client(self) -> Nrs360Client:
        return self.adapter().client


def spec(**changes: Any) -> CampaignSpec:
    return CampaignSpec(**{"ref": "campaign-7", "name": "June", "options": OPTIONS, **changes})


def order(**changes: Any) -> CallOrder:
    given = {"ref": REF, "phone": PHONE, "name": "Ada", "fields": {"order": 17}, **changes}
    return CallOrder(**given)


def handle(ref: str = REF, **changes: Any) -> Handle:
    return Handle(**{"ref": ref, "phone": PHONE, "remote_id": "m1", "pushed_at": NOW, **changes})


def taken(message_id: str = "m1") -> tuple[int, Any]:
    """Answer a send as accepted."""
    result = [{"accepted": True, "to": PHONE[1:], "id": message_id}]
    return 202, {"campaignId": 11, "sendingId": 22, "result": result}


def error(status: int, code: object) -> tuple[int, Any]:
    return status, {"error": {"code": code, "description": f"about {PHONE[1:]}"}}


def campaign(name: str = REF, *, number: int = 1, **sending: Any) -> dict[str, Any]:
    """Write a campaign with one sending as the list does; its links are a list, as some answers have it."""
    inner = {
        "id": number + 100,
        "campaignName": name,
        "status": "OPENED",
        "channel": "text2speech",
        "total": 1,
        "processed": 1,
        "cost": 0.03,
        "currency": "EUR",
        "tags": [],
        "createdAt": "2026-06-01T16:59:00+00:00",
        "updatedAt": "2026-06-01T16:59:30+00:00",
        "events": {"sent": 0, "delivered": 0},
        "links": [],
        **sending,
    }
    return {"id": number, "name": name, "type": "basic", "links": [], "sendings": {"data": [inner]}} | {
        "createdAt": "2026-06-01T16:59:00+00:00",
        "updatedAt": "2026-06-01T16:59:30+00:00",
    }


def listing(*campaigns: dict[str, Any]) -> Callable[[Asked], Any]:
    """Answer a list of campaigns by its name filter."""

    def answer(asked: Asked) -> Any:
        wanted = asked.params.get("name", "*").lower()
        start = wanted.rstrip("*")
        is_open = wanted.endswith("*")
        fits = [
            each
            for each in campaigns
            if each["name"].lower() == wanted or (is_open and each["name"].lower().startswith(start))
        ]
        return {"data": fits}

    return answer


CSV_HEADER = (
    "campaignName,campaignId,sendingId,contactId,event,phone,email,landline,countryIso,"
    "callDurationSeconds,createdAt"
)


def csv_row(
    event: str, *, phone: str = PHONE[1:], seconds: str = "", at: str = "2026-06-01T16:59:20+00:00"
) -> str:
    return f"{REF},1,101,,{event},{phone},,,US,{seconds},{at}"
