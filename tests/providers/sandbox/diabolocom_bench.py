"""A Diabolocom sandbox on a desk: a clock that is set by hand, and short ways to ask it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from providers.http import httpx
from providers.sandbox.diabolocom import DiabolocomSandbox
from providers.sandbox.transport import SandboxTransport

START = datetime(2026, 5, 4, 9, 0, 0, tzinfo=UTC)
TOKEN = DiabolocomSandbox.credentials["private_token"]
V1, V2 = "/api/v1/voice/campaigns", "/api/v2/voice/campaigns"


def phone(number: int) -> str:
    """Give a fiction number whose ending means nothing to a sandbox."""
    return f"12025550{110 + number}"


class Bench:
    def __init__(self, **options: Any) -> None:
        self.at = START
        self.sandbox = DiabolocomSandbox(now=lambda: self.at, **options)
        self.campaign = self.sandbox.campaigns()[0]
        self.client = httpx.Client(
            transport=SandboxTransport(self.sandbox),
            base_url="https://sandbox.invalid",
            headers={"Private-Token": TOKEN},
        )

    def wait(self, seconds: float) -> None:
        self.at += timedelta(seconds=seconds)
        self.sandbox.pass_time()

    def ask(self, method: str, path: str, body: Any = None, **query: Any) -> httpx.Response:
        return self.client.request(method, path, json=body, params=query or None)

    # ---- contacts

    @property
    def contacts(self) -> str:
        return f"{V2}/{self.campaign}/contacts"

    @property
    def batch(self) -> str:
        return f"{V2}/{self.campaign}/contact-batch"

    def create(
        self, number: int = 0, *, custom: dict[str, str] | None = None, **fields: Any
    ) -> dict[str, Any]:
        fields["customFields"] = {"phone1": phone(number), **(custom or {})}
        answer = self.ask("POST", self.contacts, fields)
        assert answer.status_code == 201, answer.text
        return dict(answer.json())

    def show(self, contact_id: int) -> dict[str, Any]:
        answer = self.ask("GET", f"{self.contacts}/{contact_id}")
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    def change(self, contact_id: int, **fields: Any) -> httpx.Response:
        return self.ask("PUT", f"{self.contacts}/{contact_id}", fields)

    def search(self, query: Any = None, **pageable: Any) -> dict[str, Any]:
        answer = self.ask("POST", f"{self.contacts}/search", {"pageable": pageable, "query": query or {}})
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    def ids(self, query: Any = None) -> list[int]:
        return [each["contactId"] for each in self.search(query, pageSize=500)["content"]]

    def changed(self, **query: Any) -> dict[str, Any]:
        answer = self.ask("GET", f"{self.contacts}/search/by-date", **query)
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    def followed(self, answer: dict[str, Any], name: str, body: Any = None) -> list[int]:
        """Follow `next` to the end; give the ids of all pages."""
        seen = [each["id"] for each in answer[name]]
        while answer["next"] is not None:
            answer = self.ask("GET" if body is None else "POST", answer["next"], body).json()
            seen += [each["id"] for each in answer[name]]
        return seen

    # ---- campaigns and the line

    def patch(self, **fields: Any) -> httpx.Response:
        return self.ask("PATCH", f"{V1}/{self.campaign}", fields)

    def rings(self) -> list[str]:
        return [ring.phone for ring in self.sandbox.line.rings]

    def status_of(self, contact_id: int) -> str | None:
        wrapup = self.show(contact_id)["wrapupId"]
        return (
            None if wrapup is None else self.ask("GET", f"/api/v1/account/wrapups/{wrapup}").json()["status"]
        )
