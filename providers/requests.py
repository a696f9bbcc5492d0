"""Own how an adapter describes one request: its parts, its effect, and small builders for them.

Never sends it.
"""

from __future__ import annotations

import base64
import json as json_module
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from providers.contract import HttpOptions
from providers.effects import Answer, Effect
from providers.errors import ProviderError
from providers.secrets import Secret

Headers = Mapping[str, str | Secret]
#: Says what an answer that is not a 2xx means, where the vendor documents it; None = as everywhere.
Verdict = Callable[[Answer], ProviderError | None]


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Call:
    """One request as the adapter asked for it."""

    method: str
    path: str
    operation: str
    effect: Effect
    ref: str
    authorized: bool
    parts: dict[str, Any]
    headers: Headers

    def __repr__(self) -> str:
        # Path, body and headers hold phones and keys.
        return f"Call(operation={self.operation!r}, method={self.method!r}, effect={self.effect.value!r})"


def segment(value: str) -> str:
    """Quote a text for use as one segment of a path."""
    return quote(value, safe="")


def basic_auth(username: str, password: Secret) -> Secret:
    """Make the value of an `Authorization` header."""
    pair = f"{username}:{password.reveal()}".encode()
    return Secret(f"Basic {base64.b64encode(pair).decode('ascii')}")


def body_of(
    *, params: Any = None, json: Any = None, form: Any = None, files: Any = None
) -> tuple[dict[str, Any], dict[str, str]]:
    """Arrange query and body for the HTTP library, with the header that names a JSON body."""
    parts = {"params": params, "data": form, "files": files}
    given = {key: value for key, value in parts.items() if value is not None}
    if json is None:
        return given, {}
    given["content"] = json_module.dumps(json, ensure_ascii=False, separators=(",", ":")).encode()
    return given, {"Content-Type": "application/json"}


def revealed(value: str | Secret) -> str:
    """Give the text that goes over the wire."""
    return value.reveal() if isinstance(value, Secret) else value


def held(options: HttpOptions, left: Callable[[], float]) -> dict[str, Any]:
    """Let a rate hold a request back; gives what the request carries so that it can once more when it is connected."""
    if options.on_request is not None:
        options.on_request(left())
    if options.on_sending is None:
        return {}
    on_sending = options.on_sending

    def traced(event: str, _: Mapping[str, Any]) -> None:
        if event.endswith("send_request_headers.started"):
            on_sending(left())

    return {"trace": traced}
