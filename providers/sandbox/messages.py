"""Own the requests and answers of a sandbox, whichever way they travel, and how a request is refused.

Never knows a vendor, a server or an HTTP library.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One request as it arrived; header names are in lower case, the path is decoded and has no query."""

    method: str
    path: str
    query: tuple[tuple[str, str], ...] = ()
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""

    def param(self, name: str, default: str | None = None) -> str | None:
        """Give the last value of a query parameter."""
        return dict(self.query).get(name, default)

    def params(self, name: str) -> list[str]:
        """Give every value of a query parameter, also where it is written with brackets (`name[]`)."""
        return [value for key, value in self.query if key in (name, f"{name}[]")]

    def json(self) -> Any:
        """Decode the body, or refuse it with 400."""
        try:
            return json.loads(self.body)
        except ValueError:
            raise Refusal(400, "The body is no JSON.") from None

    def form(self) -> dict[str, str]:
        """Decode a form-encoded body."""
        return dict(parse_qsl(self.body.decode("utf-8", "replace"), keep_blank_values=True))


@dataclass(frozen=True, slots=True, kw_only=True)
class Response:
    """One answer; `is_lost`: all was done, and the connection breaks before anything is said."""

    status: int
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    is_lost: bool = False


class Refusal(Exception):
    """The vendor does not do it; `data` is what its error body is made of, by the sandbox's `refused`."""

    def __init__(self, status: int, message: str = "", **data: Any) -> None:
        super().__init__(message)
        self.status, self.message, self.data = status, message, data


class Lost(Exception):
    """The connection breaks before the vendor has read the request."""


def answered(data: Any = None, status: int = 200, **headers: str) -> Response:
    """Answer with JSON; `None` is an empty body."""
    if data is None:
        return Response(status=status, headers=headers)
    kind = {"content-type": "application/json; charset=utf-8"}
    return Response(status=status, body=json.dumps(data).encode(), headers={**kind, **headers})
