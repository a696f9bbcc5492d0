"""A peer that answers as Targg's document says, request by request: what the tests of its adapter listen to.

Everything in it is invented. `answers` maps "METHOD /path" to a body, a status with a body, or a function.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from providers.contract import CallOrder, Handle, HttpOptions, RemoteCampaign
from providers.http import httpx
from providers.secrets import Secret
from providers.targg import Targg, TarggCredentials, TarggSettings
from providers.testing.clock import VirtualClock

KEY = "invented-targg-key-0042"
REF = "018f2b7a-0000-7000-8000-000000000001"
CAMPAIGN_REF = "018f2b7a-0000-7000-8000-0000000000c1"
NUMBER = "12025550123"
CAMPAIGN, CONTACT, CALL = "c" * 24, "a" * 24, "b" * 24
OK = {"response": True}
OFF = RemoteCampaign(remote_id=CAMPAIGN, name="Autumn", state="active", remote={"timeline_retry": "[]"})

Answering = Callable[[httpx.Request], Any]


def campaign(**changes: Any) -> dict[str, Any]:
    return {
        "_id": CAMPAIGN,
        "title": "Autumn",
        "status": "active",
        "templateId": "template-1",
        "tags": [],
        "allDays": [],
        "externalId": CAMPAIGN_REF,
        "calls_per_day": 0,
        "has_holiday": False,
        **changes,
    }


def contact(**changes: Any) -> dict[str, Any]:
    return {"_id": CONTACT, "tags": [REF], "status": "active", "blacklist": False, **changes}


def call(**changes: Any) -> dict[str, Any]:
    return {
        "_id": CALL,
        "campaign": CAMPAIGN,
        "contact": CONTACT,
        "toNumber": NUMBER,
        "externalId": REF,
        "authorization": f"Bearer {KEY}",
        "id_custom": f"{NUMBER}_1780333200",
        "call_uuid": "5f0c1a52-0000-4000-8000-000000000001",
        "status": "scheduled",
        "timestamp": 1780333200,
        "balance": [],
        "audios": {},
        **changes,
    }


def docs(name: str, *items: dict[str, Any], total: int | None = None) -> dict[str, Any]:
    count = len(items) if total is None else total
    return {**OK, name: {"docs": list(items), "totalDocs": count, "limit": 50, "offset": 0}}


def listed(*items: dict[str, Any], total: int | None = None, name: str = "calls") -> dict[str, Any]:
    count = len(items) if total is None else total
    counted = [{"_id": None, "total": count}] if count else []
    return {**OK, name: [{"data": list(items), "count": counted}]}


class Peer:
    """Answer from a table; remember what came."""

    def __init__(self, answers: dict[str, Any] | None = None, *, template: str = "") -> None:
        self.answers: dict[str, Any] = dict(answers or {})
        self.requests: list[httpx.Request] = []
        self.clock = VirtualClock()
        self.seconds = 0.0  # that each answer takes
        self.targg = Targg(
            credentials=TarggCredentials(api_key=Secret(KEY)),
            settings=TarggSettings(default_template_id=template),
            now=self.clock.now,
            base_url="https://peer.invalid",
            transport=httpx.MockTransport(self._answer),
            http=HttpOptions(account="tests", clock=self.clock.monotonic),
        )

    def _answer(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        self.clock.advance(self.seconds)
        found = self.answers.get(f"{request.method} {request.url.path}", (404, {"response": False}))
        if callable(found):
            found = found(request)
        if isinstance(found, Exception):
            raise found
        status, body = found if isinstance(found, tuple) else (200, found)
        return httpx.Response(status, json=body)

    @property
    def sent(self) -> list[str]:
        """List what was asked, without the query."""
        return [f"{request.method} {request.url.path}" for request in self.requests]

    def body(self, place: int = -1) -> Any:
        return json.loads(self.requests[place].content)

    def query(self, place: int = -1) -> dict[str, str]:
        return dict(self.requests[place].url.params)


def lost(request: httpx.Request) -> Exception:
    return httpx.ReadError("gone", request=request)


def order(**changes: Any) -> CallOrder:
    return CallOrder(**{"ref": REF, "phone": f"+{NUMBER}", "name": "Ada Fiction", **changes})


def handle(number: int = 1, peer: Peer | None = None, **changes: Any) -> Handle:
    clock = peer.clock if peer else VirtualClock()
    given = {
        "ref": ref(number),
        "phone": f"+{NUMBER}",
        "pushed_at": clock.now() - timedelta(minutes=1),
        **changes,
    }
    return Handle(**given)


def ref(number: int) -> str:
    return f"018f2b7a-0000-7000-8000-{number:012d}"


def ids(text: str) -> list[str]:
    return list(json.loads(text))
