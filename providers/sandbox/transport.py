"""Own the way to a sandbox inside one process, for tests: an httpx transport.

Never adds a fault of its own.
"""

from __future__ import annotations

from urllib.parse import parse_qsl

from providers.http import httpx
from providers.sandbox.base import Sandbox
from providers.sandbox.messages import Lost, Request


class SandboxTransport(httpx.BaseTransport):
    """Hand requests to a sandbox."""

    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Answer one request."""
        try:
            response = self._sandbox.respond(
                Request(
                    method=request.method,
                    path=request.url.path,
                    query=tuple(parse_qsl(request.url.query.decode(), keep_blank_values=True)),
                    headers={name.lower(): value for name, value in request.headers.items()},
                    body=request.read(),
                )
            )
        except Lost:
            raise _broken(request) from None
        if response.is_lost:
            raise _broken(request)
        return httpx.Response(response.status, headers=dict(response.headers), content=response.body)


def _broken(request: httpx.Request) -> httpx.RemoteProtocolError:
    return httpx.RemoteProtocolError("Server disconnected without sending a response.", request=request)
