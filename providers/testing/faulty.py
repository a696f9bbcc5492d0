"""Own the faults of a network, put between an adapter and its stand-in.

Never waits: a hang or a drip moves the virtual clock.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Any
from urllib.parse import unquote_plus

from providers.effects import Effect
from providers.errors import AccountBlocked, Ambiguous, ProviderError, Throttled, Unavailable
from providers.http import httpx
from providers.testing.clock import VirtualClock

#: What a 429 and a 503 of the injector ask for.
RETRY_AFTER_SECONDS = 7
#: The pause between two bytes that was seen to outwit timeouts which count from the last byte.
DRIP_SECONDS = 0.4
#: A drip ends by itself only after hours.
_DRIP_BYTES = 100_000
_CHUNK = b" " * 65_536


class Fault(StrEnum):
    """What may go wrong; `before` = the peer has nothing of the request, `after` = it has done all of it."""

    REFUSED = "connection refused"
    CONNECT_HANGS = "connection never opens"
    DROP_BEFORE = "dropped before the peer read it"
    DROP_AFTER = "dropped after the peer did it"
    HANG_BEFORE = "hangs, nothing done"
    HANG_AFTER = "hangs, done"
    DRIP = "done, the answer drips"
    THROTTLED = "429"
    ERROR_BEFORE = "500, nothing done"
    ERROR_AFTER = "500, done"
    BUSY_BEFORE = "503 with Retry-After, nothing done"
    BUSY_AFTER = "503 with Retry-After, done"
    HTML = "a page for people, done"
    BROKEN_JSON = "half an answer, done"
    ENDLESS = "done, the answer never ends"
    REDIRECT = "302, nothing done"
    UNAUTHORIZED = "401"
    UNPAID = "402"
    FORBIDDEN = "403"
    # Not in the table; each has a test of its own.
    EXPIRED = "401, once"
    REPEAT = "every page is the first page"


_NOTHING_HAPPENED = frozenset({Fault.REFUSED, Fault.CONNECT_HANGS})
_ACCOUNT = frozenset({Fault.UNAUTHORIZED, Fault.UNPAID, Fault.FORBIDDEN})
#: The peer does what was asked, and the answer is lost or spoiled.
_DONE = frozenset(
    {
        Fault.DROP_AFTER,
        Fault.HANG_AFTER,
        Fault.DRIP,
        Fault.ERROR_AFTER,
        Fault.BUSY_AFTER,
        Fault.HTML,
        Fault.BROKEN_JSON,
        Fault.ENDLESS,
    }
)
#: All that the error table speaks of.
TABLE = tuple(fault for fault in Fault if fault not in (Fault.EXPIRED, Fault.REPEAT))


def expected(fault: Fault, effect: Effect) -> type[ProviderError]:
    """Give the class of error that the table asks for."""
    if fault in _NOTHING_HAPPENED:
        return Unavailable
    if fault is Fault.THROTTLED:
        return Throttled
    if fault in _ACCOUNT:
        return AccountBlocked
    return Ambiguous if effect is Effect.ONCE else Unavailable


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """One request as it left the adapter."""

    method: str
    url: str
    path: str
    headers: dict[str, str]
    body: bytes
    effect: Effect | None
    timeouts: dict[str, float | None]

    def holds(self, text: str) -> bool:
        """Say whether a text is in the address or the body."""
        return text in unquote_plus(self.url) or text in self.body.decode("utf-8", "replace")


class Faulty(httpx.BaseTransport):
    """Pass requests on to a stand-in, record them, and spoil those that a test chose."""

    def __init__(self, inner: httpx.BaseTransport, clock: VirtualClock) -> None:
        self._inner = inner
        self._clock = clock
        self._chosen: dict[int, Fault] = {}
        self._always: Fault | None = None
        self._pause = 0.0
        self._first_pages: dict[str, httpx.Response] = {}
        self.seen: list[Seen] = []

    def spoil(self, index: int, fault: Fault) -> None:
        """Spoil the request with this number, counted from now; account faults stay, as in life."""
        self._chosen[len(self.seen) + index] = fault

    def spoil_all(self, fault: Fault) -> None:
        """Spoil every request from now on."""
        self._always = fault

    def slow(self, seconds: float) -> None:
        """Let every answer take its time, or time out where less is allowed."""
        self._pause = seconds

    def mend(self) -> None:
        """Spoil nothing any more."""
        self._chosen.clear()
        self._always = None
        self._pause = 0.0
        self._first_pages.clear()

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Answer one request."""
        body = request.read()
        fault = self._chosen.pop(len(self.seen), None) or self._always
        self.seen.append(
            Seen(
                method=request.method,
                url=str(request.url),
                path=request.url.path,
                headers=dict(request.headers),
                body=body,
                effect=request.extensions.get("effect"),
                timeouts=dict(request.extensions.get("timeout", {})),
            )
        )
        if self._pause:
            allowed = _waited(dict(request.extensions.get("timeout", {})), "read")
            self._clock.advance(min(self._pause, allowed))
            if allowed < self._pause:
                raise httpx.ReadTimeout("timed out", request=request)
        if fault is None:
            return self._inner.handle_request(request)
        if fault in _ACCOUNT:  # wrong credentials don't become right by asking again
            self._always = fault
        return self._spoiled(fault, request)

    def _spoiled(self, fault: Fault, request: httpx.Request) -> httpx.Response:
        if fault is Fault.REPEAT:
            return self._repeated(request)
        done = self._inner.handle_request(request) if fault in _DONE else None
        self._break_off(fault, request)
        if fault is Fault.HTML:
            page = b"<!DOCTYPE html><html><body>Please sign in</body></html>"
            return httpx.Response(200, headers={"Content-Type": "text/html"}, content=page)
        if fault is Fault.BROKEN_JSON:
            half = done.read() if done is not None else b""
            return httpx.Response(200, content=half[: len(half) // 2] + b'{"')
        if fault is Fault.DRIP:
            return httpx.Response(200, stream=_Stream(b" ", _DRIP_BYTES, self._clock, DRIP_SECONDS))
        if fault is Fault.ENDLESS:
            return httpx.Response(200, stream=_Stream(_CHUNK, _DRIP_BYTES, self._clock, 0))
        return self._refusal(fault)

    def _break_off(self, fault: Fault, request: httpx.Request) -> None:
        """Raise what the library raises when no answer comes at all."""
        timeouts: dict[str, Any] = request.extensions.get("timeout", {})
        if fault is Fault.REFUSED:
            raise httpx.ConnectError("Connection refused", request=request)
        if fault is Fault.CONNECT_HANGS:
            self._clock.advance(_waited(timeouts, "connect"))
            raise httpx.ConnectTimeout("timed out", request=request)
        if fault in (Fault.DROP_BEFORE, Fault.DROP_AFTER):
            raise httpx.RemoteProtocolError(
                "Server disconnected without sending a response.", request=request
            )
        if fault in (Fault.HANG_BEFORE, Fault.HANG_AFTER):
            self._clock.advance(_waited(timeouts, "read"))
            raise httpx.ReadTimeout("timed out", request=request)

    def _refusal(self, fault: Fault) -> httpx.Response:
        wait = {"Retry-After": str(RETRY_AFTER_SECONDS)}
        if fault is Fault.REDIRECT:
            return httpx.Response(302, headers={"Location": "https://elsewhere.invalid/"})
        if fault is Fault.THROTTLED:
            return httpx.Response(429, headers=wait)
        if fault in (Fault.BUSY_BEFORE, Fault.BUSY_AFTER):
            return httpx.Response(503, headers=wait)
        statuses = {Fault.EXPIRED: 401, Fault.UNAUTHORIZED: 401, Fault.UNPAID: 402, Fault.FORBIDDEN: 403}
        return httpx.Response(statuses.get(fault, 500))

    def _repeated(self, request: httpx.Request) -> httpx.Response:
        """Answer every page of a list with its first one."""
        key = f"{request.method} {request.url.path}"
        if key not in self._first_pages:
            first = self._inner.handle_request(request)
            first.read()
            self._first_pages[key] = first
        first = self._first_pages[key]
        return httpx.Response(first.status_code, headers=first.headers, content=first.content)


def _waited(timeouts: dict[str, Any], name: str) -> float:
    seconds = timeouts.get(name)
    assert seconds is not None, f"A request without a {name} timeout would have waited for ever."
    return float(seconds)


class _Stream(httpx.SyncByteStream):
    def __init__(self, chunk: bytes, times: int, clock: VirtualClock, pause: float) -> None:
        self._chunk, self._times, self._clock, self._pause = chunk, times, clock, pause

    def __iter__(self) -> Iterator[bytes]:
        for _ in range(self._times):
            self._clock.advance(self._pause)
            yield self._chunk
