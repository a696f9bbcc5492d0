"""The client of the 360NRS sandbox's tests: plain requests in process, no adapter."""

from __future__ import annotations

import csv
import io
from typing import Any
from urllib.parse import parse_qsl

from providers.http import httpx
from providers.sandbox.nrs360 import Nrs360Sandbox
from providers.sandbox.transport import SandboxTransport
from providers.testing import VirtualClock

FIRST, SECOND, THIRD = "12025550110", "12025550111", "12025550112"
REFUSED = "12025550104"
HOOK = "https://dialer.example/hooks/voice"


class Api:
    """A sandbox, its time, and a client with its credentials."""

    def __init__(self, *, is_automatic: bool = False, **given: Any) -> None:
        self.clock = VirtualClock()
        self.sandbox = Nrs360Sandbox(now=self.clock.now, is_automatic=is_automatic, **given)
        self.client = httpx.Client(
            transport=SandboxTransport(self.sandbox),
            base_url="https://vendor.invalid",
            auth=(self.sandbox.credentials["username"], self.sandbox.credentials["api_password"]),
        )

    def ask(self, method: str, path: str, **given: Any) -> httpx.Response:
        return self.client.request(method, f"/api/rest/{path}", **given)

    def get(self, path: str, **params: Any) -> Any:
        answer = self.ask("GET", path, params=params)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def refusal(self, method: str, path: str, **given: Any) -> tuple[int, int]:
        """Give HTTP status and code of the error object, which must be all there is."""
        answer = self.ask(method, path, **given)
        body = answer.json()
        assert list(body) == ["error"]
        assert sorted(body["error"]) == ["code", "description"]
        return answer.status_code, body["error"]["code"]

    def send(self, *phones: str, path: str = "voice", **changes: Any) -> dict[str, Any]:
        """Send and be taken whole; give the answer."""
        answer = self.ask("POST", path, json=spoken(*phones, **changes))
        assert answer.status_code == 202, answer.text
        body: dict[str, Any] = answer.json()
        return body

    def report(self, sending: int, kind: str = "events", **params: Any) -> list[dict[str, str]]:
        answer = self.ask("GET", f"sendings/{sending}/reports/{kind}", params=params)
        assert answer.status_code == 200
        assert answer.headers["content-type"].startswith("text/csv")
        return list(csv.DictReader(io.StringIO(answer.text)))

    def words(self, sending: int) -> list[str]:
        return [row["event"] for row in self.report(sending)]

    def told(self) -> list[tuple[str, dict[str, str]]]:
        """Take what was notified so far: address and form."""
        hooks = [
            (url, dict(parse_qsl(hook.body.decode(), keep_blank_values=True)))
            for url, hook in self.sandbox.outbox
        ]
        self.sandbox.outbox.clear()
        return hooks

    def pass_seconds(self, seconds: float) -> None:
        self.clock.advance(seconds)
        self.sandbox.pass_time()


def spoken(*phones: str, **changes: Any) -> dict[str, Any]:
    """Make the body of a sending; a change to None leaves the field out."""
    given = {"to": list(phones), "message": "Your parcel waits.", "language": "en_US", "gender": "F"}
    return {name: value for name, value in {**given, **changes}.items() if value is not None}


def menu(*options: dict[str, Any], **changes: Any) -> dict[str, Any]:
    """Make what an interactive sending has beyond a spoken one."""
    return {"speechType": "text", "menu": list(options), **changes}
