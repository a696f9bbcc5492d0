"""UJET adapters at two kinds of peers: the sandbox, and a list of answers for what the sandbox never says."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from providers import registry
from providers.contract import CallOrder, CampaignSpec, Handle, HttpOptions, RemoteCampaign, Report
from providers.http import httpx
from providers.sandbox import sandbox_class
from providers.sandbox.transport import SandboxTransport
from providers.testing import VirtualClock
from providers.ujet import Ujet

PHONE, OTHER = "+12025550110", "+12025550111"
REF, OLD = "018f2b7a-0000-7000-8000-000000000001", "018f2b7a-0000-7000-8000-0000000000ff"
CONTACTS = "/apps/api/v1/outbound_dialer/campaigns/21/contacts"
CONTACT = "/apps/api/v1/outbound_dialer/campaigns/21/contact"
MANAGER = "/manager/api/v1/outbound_dialer/campaigns"
#: A campaign that is known not to redial.
STILL = RemoteCampaign(remote_id="21", remote={"max_redial_count": "0"})


def order(ref: str = REF, phone: str = PHONE, **more: Any) -> CallOrder:
    return CallOrder(**{"ref": ref, "phone": phone, "name": "Ada Fiction", **more})


def handle(ref: str = REF, phone: str = PHONE) -> Handle:
    return Handle(ref=ref, phone=phone)


def row(ref: str | None = REF, phone: str | None = "+1 202-555-0110", **more: Any) -> dict[str, Any]:
    return {"name": "Ada Fiction", "phone_number": phone, "external_unique_id": ref, **more}


def state(
    status: str | None = "Upcoming", phone: str | None = "+1 202-555-0110", **more: Any
) -> dict[str, Any]:
    metadata = {"NAME (REQUIRED)": "Ada Fiction", "PHONE (REQUIRED)": phone}
    return {"id": 7001, "campaign_id": 21, "status": status, "user_custom_metadata": metadata, **more}


class _Wire(httpx.BaseTransport):
    """Remember what was sent."""

    def __init__(self, inner: httpx.BaseTransport) -> None:
        self.inner = inner
        self.sent: list[httpx.Request] = []

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        request.read()
        self.sent.append(request)
        return self.inner.handle_request(request)


class Bench:
    """One adapter, its clock and all that it sent."""

    def __init__(self, transport: httpx.BaseTransport, clock: VirtualClock, **credentials: str) -> None:
        self.clock = clock
        self.wire = _Wire(transport)
        provider = registry.build(
            "ujet",
            credentials={"token": "invented-token", **credentials},
            settings={},
            base_url="https://fjord.dialer.invalid",
            transport=self.wire,
            now=clock.now,
            http=HttpOptions(account="north", clock=clock.monotonic),
        )
        assert isinstance(provider, Ujet)
        self.provider = provider

    @property
    def sent(self) -> list[tuple[str, str]]:
        return [(request.method, request.url.path) for request in self.wire.sent]

    def bodies(self, method: str) -> list[Any]:
        return [json.loads(each.content) for each in self.wire.sent if each.method == method]

    def forget(self) -> None:
        self.wire.sent.clear()


def scripted(*answers: Any) -> Bench:
    """Answer with these, in turn: a status and a body, or an exception; one request more fails the test."""
    left = list(answers)

    def reply(request: httpx.Request) -> httpx.Response:
        answer = left.pop(0)
        if isinstance(answer, Exception):
            raise answer
        status, body, *headers = answer
        if isinstance(body, bytes):
            return httpx.Response(status, content=body, headers=dict(*headers))
        return httpx.Response(status, json=body, headers=dict(*headers))

    return Bench(httpx.MockTransport(reply), VirtualClock())


class Tenant(Bench):
    """An adapter at the sandbox."""

    def __init__(self, *, campaign: dict[str, Any] | None = None, **options: Any) -> None:
        clock = VirtualClock()
        kind: Callable[..., Any] = sandbox_class("ujet")
        given = {"is_automatic": False, "requests_per_second": None, **options}
        self.sandbox = kind(now=clock.now, **given)
        super().__init__(SandboxTransport(self.sandbox), clock, **self.sandbox.credentials)
        remote_id = self.sandbox.campaigns()[0] if campaign is None else self.sandbox.add_campaign(**campaign)
        self.campaign = self.provider.open_campaign(
            CampaignSpec(ref="campaign-1", name="Ours", remote_id=remote_id)
        )
        self.cursor: str | None = None
        self.forget()

    def push(self, *orders: CallOrder) -> list[bool]:
        return [self.provider.push(self.campaign, [each])[0].accepted for each in orders]

    def look(self, ref: str = REF, phone: str = PHONE) -> Report:
        """Look as the engine does: with the cursor of the look before."""
        seen = self.provider.observe(self.campaign, [handle(ref, phone)], self.cursor)
        self.cursor = seen.cursor
        return seen.reports[0]

    def listed(self) -> list[tuple[str | None, str | None]]:
        rows = self.provider.client.contacts(self.campaign.remote_id)
        return [(each.ref, each.phone) for each in rows]
