"""An account at the Diabolocom sandbox with its adapter: a clock, what was sent, and short ways to act."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from providers.configuration import built
from providers.contract import (
    CallOrder,
    CampaignSpec,
    Handle,
    NativePlan,
    NativeStep,
    Receipt,
    RemoteCampaign,
)
from providers.diabolocom import Diabolocom
from providers.http import httpx
from providers.sandbox import sandbox_class
from providers.sandbox.transport import SandboxTransport
from providers.testing import Faulty, VirtualClock
from providers.values import Report
from providers.vocabulary import Result, Unit

CREDENTIALS = dict(sandbox_class("diabolocom").credentials)
BASE_URL = "https://sandbox.invalid"
V1, V2 = "/api/v1/voice/campaigns", "/api/v2/voice/campaigns"


def phone(number: int) -> str:
    """Give a fiction number whose ending means nothing to a sandbox."""
    return f"+12025550{110 + number}"


def order(number: int = 0, **changes: Any) -> CallOrder:
    given = {"ref": f"018f2b7a-0000-7000-8000-{number:012d}", "phone": phone(number), "name": "Ada Fiction"}
    return CallOrder(**{**given, **changes})


def handle(wish: CallOrder, receipt: Receipt | None = None) -> Handle:
    """Make what the engine knows of an order after its receipt, or after none."""
    known = {"remote_id": receipt.remote_id, "remote": receipt.remote} if receipt else {}
    return Handle(ref=wish.ref, phone=wish.phone, **known)


def plan(seconds: int, count: int) -> NativePlan:
    return NativePlan(steps=(NativeStep(amount=seconds, unit=Unit.SECOND),) * count)


class Hand(httpx.BaseTransport):
    """Answers by hand where a test has put an answer, else by the sandbox."""

    def __init__(self, inner: httpx.BaseTransport) -> None:
        self._inner = inner
        self._answers: list[tuple[str, str, httpx.Response | Callable[[], None]]] = []

    def put(self, method: str, path: str, answer: httpx.Response | Callable[[], None]) -> None:
        """Answer the next such request once; a function is called before the sandbox answers."""
        self._answers.append((method, path, answer))

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        for place, (method, path, answer) in enumerate(self._answers):
            if request.method == method and request.url.path.endswith(path):
                del self._answers[place]
                if isinstance(answer, httpx.Response):
                    return answer
                answer()
                break
        return self._inner.handle_request(request)


class Desk:
    def __init__(self, settings: dict[str, Any] | None = None, **options: Any) -> None:
        self.clock = VirtualClock()
        self.sandbox = sandbox_class("diabolocom")(now=self.clock.now, is_automatic=False, **options)
        self.hand = Hand(SandboxTransport(self.sandbox))
        self.wire = Faulty(self.hand, self.clock)
        self.settings = settings or {}
        self.provider = self.another()
        self.campaign_id = self.sandbox.campaigns()[0]

    def another(self) -> Diabolocom:
        """Build a new instance for the same account."""
        return Diabolocom(
            credentials=built(Diabolocom.Credentials, CREDENTIALS, "/credentials"),
            settings=built(Diabolocom.Settings, self.settings, "/settings"),
            base_url=BASE_URL,
            transport=self.wire,
            now=self.clock.now,
        )

    # ---- acting

    def open(self, retry: NativePlan | None = None, remote_id: str | None = None) -> RemoteCampaign:
        spec = CampaignSpec(ref="ours", name="Ours", remote_id=remote_id or self.campaign_id, retry=retry)
        return self.provider.open_campaign(spec)

    def push(self, campaign: RemoteCampaign, wish: CallOrder) -> Receipt:
        return self.provider.push(campaign, [wish])[0]

    def pushed(self, campaign: RemoteCampaign, wish: CallOrder) -> Handle:
        receipt = self.push(campaign, wish)
        assert receipt.accepted
        return handle(wish, receipt)

    def look(self, campaign: RemoteCampaign, *handles: Handle) -> tuple[Report, ...]:
        return self.provider.observe(campaign, handles, None).reports

    def dial(self, number: int, result: Result | str | None) -> None:
        self.sandbox.dial(phone(number), result)

    # ---- asking the sandbox beside the adapter

    def ask(self, method: str, path: str, body: Any = None) -> Any:
        """Ask as somebody else would: nothing of it is in `sent`."""
        client = httpx.Client(transport=SandboxTransport(self.sandbox), base_url=BASE_URL)
        headers = {"Private-Token": CREDENTIALS["private_token"]}
        answer = client.request(method, path, json=body, headers=headers)
        assert answer.is_success, answer.text
        return answer.json() if answer.content else None

    def campaign(self) -> dict[str, Any]:
        return dict(self.ask("GET", f"{V1}/{self.campaign_id}"))

    def change_campaign(self, **changes: Any) -> None:
        self.ask("PATCH", f"{V1}/{self.campaign_id}", changes)

    def contact(self, contact_id: int = 1) -> dict[str, Any]:
        return dict(self.ask("GET", f"{V2}/{self.campaign_id}/contacts/{contact_id}"))

    def change(self, contact_id: int, **changes: Any) -> None:
        self.ask("PUT", f"{V2}/{self.campaign_id}/contacts/{contact_id}", changes)

    # ---- what was sent

    def forget(self) -> None:
        self.wire.seen.clear()

    @property
    def sent(self) -> list[str]:
        """List the requests as method and path, the latter without what all have in common."""
        return [f"{seen.method} {short(seen.path)}" for seen in self.wire.seen]

    def body(self, place: int = -1) -> Any:
        return json.loads(self.wire.seen[place].body)

    def url(self, place: int = -1) -> str:
        return self.wire.seen[place].url


def short(path: str) -> str:
    return path.replace(V1, "v1").replace(V2, "v2")


def answer(status: int, data: Any = None, text: str = "") -> httpx.Response:
    content = text if data is None else json.dumps(data)
    return httpx.Response(status, content=content.encode())


def page(contact: dict[str, Any]) -> httpx.Response:
    """Answer a search with this one contact."""
    return answer(200, {"content": [contact], "last": True, "number": 0})


def crowded(**options: Any) -> Desk:
    """Make a desk with three contacts, as somebody else."""
    desk = Desk(**options)
    for number in range(3):
        desk.ask(
            "POST",
            f"{V2}/4101/contacts",
            {"customFields": {"phone1": phone(number).removeprefix("+")}},
        )
    return desk
