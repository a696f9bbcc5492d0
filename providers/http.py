"""Own every HTTP request of every adapter: deadline, size limit, confinement, error mapping, log line.

Never repeats a request, except once after a session was renewed, and reads as `rereading` allows; never follows a
redirect; never reads a proxy or anything else from the environment. The one module that imports httpx.
"""

from __future__ import annotations

import logging
import ssl
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from functools import lru_cache
from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import Any, TypeVar

import httpx

from providers.addresses import check_base_url, path_within, same_place
from providers.contract import HttpOptions
from providers.deadline import BoundedBackend, Deadline
from providers.effects import MISREADINGS, Answer, Effect, Unreadable, failure_of, may_have_happened
from providers.errors import AccountBlocked, ProviderError, Unavailable
from providers.requests import Call, Headers, Verdict, basic_auth, body_of, held, revealed, segment
from providers.rereading import ask_again
from providers.secrets import Secret, mask_text, mute_http_libraries

__all__ = ["Answer", "Client", "Effect", "Unreadable", "basic_auth", "httpx", "segment"]

T = TypeVar("T")

log = logging.getLogger("providers.http")

#: A connection is open in well under a second or not at all; the rest of the deadline is for the answer.
CONNECT_SECONDS = 5.0
#: More make httpx slower, not faster; one thread uses one or two.
MAX_CONNECTIONS = 8
#: Below the 5 s after which common servers close idle connections: a request on a connection that closes
#: under it is ambiguous for no reason.
KEEP_ALIVE_SECONDS = 4.0
#: Enough of a body to see what is wrong, at DEBUG only.
_LOGGED_BODY_CHARACTERS = 2000

#: Only these prove that the peer has nothing of the request.
_NOTHING_SENT = (
    httpx.ConnectError,
    httpx.ConnectTimeout,
    httpx.PoolTimeout,
    httpx.ProxyError,
    httpx.UnsupportedProtocol,
)


mute_http_libraries()


@lru_cache(maxsize=1)  # loading the certificates takes 20 ms and several MB; it holds no account's data
def _ssl_context() -> ssl.SSLContext:
    return httpx.create_ssl_context(trust_env=False)


class Client:
    """Send one account's requests from one thread; the same for every adapter."""

    def __init__(
        self,
        *,
        provider: str,
        base_url: str,
        now: Callable[[], datetime],
        options: HttpOptions,
        transport: httpx.BaseTransport | None = None,
        headers: Headers | None = None,
        login: Callable[[Client], Headers] | None = None,
        renew_on: frozenset[int] = frozenset({401}),
    ) -> None:
        """Prepare, without connecting; `login` fetches the headers of a session when they are needed."""
        self._provider = provider
        self._now = now
        self._options = options
        self._base_url = base_url.rstrip("/")
        self._at = f"{self._base_url}/"  # of the request whose answer is being read
        self._headers: Headers = dict(headers or {})
        self._login = login
        self._renew_on = renew_on
        self._session: Headers | None = None
        self._deadline = Deadline(options.clock)
        faults = check_base_url(self._base_url, allow_http=options.allow_http)
        if faults:
            raise AccountBlocked(faults[0].detail, provider=provider, code=faults[0].code)
        self._http = httpx.Client(
            transport=transport or _bounded_transport(options, self._deadline),
            trust_env=False,
            follow_redirects=False,
            # A provider's cookies would be state that no adapter knows of.
            cookies=CookieJar(policy=DefaultCookiePolicy(allowed_domains=[])),
            headers={"Accept": "application/json", "User-Agent": "dialer"},
        )

    def request(
        self,
        method: str,
        path: str,
        *,
        operation: str,
        effect: Effect,
        decode: Callable[[Answer], T] = Answer.json,
        verdict: Verdict | None = None,
        params: Mapping[str, Any] | None = None,
        json: Any = None,
        form: Mapping[str, str] | None = None,
        files: Mapping[str, Any] | None = None,
        headers: Headers | None = None,
        authorized: bool = True,
        ref: str = "",
    ) -> T:
        """Send one request and decode its 2xx answer; everything else is raised as B4's error classes.

        `decode` may raise anything that misreading raises: the answer then counts as unreadable.
        """
        parts, kind = body_of(params=params, json=json, form=form, files=files)
        call = Call(
            method=method,
            path=path,
            operation=operation,
            effect=effect,
            ref=ref,
            authorized=authorized,
            parts=parts,
            headers={**kind, **(headers or {})},
        )
        times = self._options.read_again if effect is Effect.READ else 0
        with self.budget():
            return ask_again(lambda: self._asked(call, decode, verdict), self._deadline, times)

    @contextmanager
    def budget(self, seconds: float | None = None) -> Iterator[None]:
        """Let all requests inside share one deadline; an outer budget holds for inner ones."""
        if self._deadline.ends_at is not None:
            yield
            return
        self._deadline.start(seconds or self._options.deadline_seconds)
        try:
            yield
        finally:
            self._deadline.stop()

    def path_of(self, url: str) -> str:
        """Give the path and query of the provider's link, inside `decode`: elsewhere is `Unreadable`."""
        path = path_within(self._base_url, url, seen_at=self._at)
        if path is None:
            raise Unreadable("A link leads away from the account's base_url, or nowhere.")
        return path

    def _asked(self, call: Call, decode: Callable[[Answer], T], verdict: Verdict | None) -> T:
        answer = self._send(call)
        if call.authorized and self._login is not None and answer.status in self._renew_on:
            self._session = None  # a refused request did nothing: it may be sent again, once
            answer = self._send(call)
            if answer.status in self._renew_on:
                self._session = None
        return self._read(call, answer, decode, verdict)

    def _send(self, call: Call) -> Answer:
        """Send once, and write the one log line of this outside effect."""
        if call.authorized and self._login is not None and self._session is None:
            self._session = self._login(self)
        request = self._built(call)
        self._at = str(request.url)
        started = self._options.clock()
        status: object = "-"
        try:
            answer = self._exchange(request)
            status = answer.status
            return answer
        except (httpx.HTTPError, httpx.StreamError, Unreadable) as error:
            status = type(error).__name__
            # `from None`: the library's message may quote a header, that is a key.
            raise self._placed(self._failure(error, call.effect), call) from None
        finally:
            self._log(call, status, self._options.clock() - started)

    def _built(self, call: Call) -> httpx.Request:
        if not call.path.startswith("/"):
            raise ValueError("A path begins with a slash; use `path_of` for links from the provider.")
        headers = {**self._headers, **call.headers}
        if call.authorized:
            headers |= self._session or {}
        request = self._http.build_request(
            call.method,
            self._base_url + call.path,
            headers=[(name.encode(), revealed(value).encode()) for name, value in headers.items()],
            **call.parts,
        )
        request.extensions["effect"] = call.effect  # read by the conformance kit's fault injector
        if not same_place(str(request.url), self._base_url):
            raise ValueError("A request would leave the account's base_url.")
        return request

    def _exchange(self, request: httpx.Request) -> Answer:
        request.extensions |= held(self._options, self._deadline.remaining)
        left = self._deadline.remaining()
        if left <= 0:
            raise httpx.PoolTimeout("No time was left to send it.")
        connect = min(CONNECT_SECONDS, left)
        request.extensions["timeout"] = {"connect": connect, "pool": connect, "read": left, "write": left}
        response = self._http.send(request, stream=True)
        try:
            body = self._body(response)
        finally:
            response.close()
        headers = {name.lower(): value for name, value in response.headers.items()}
        answer = Answer(response.status_code, headers, body)
        if log.isEnabledFor(logging.DEBUG):
            log.debug("answer %s", mask_text(answer.text[:_LOGGED_BODY_CHARACTERS], self._secrets()))
        return answer

    def _body(self, response: httpx.Response) -> bytes:
        body = bytearray()
        for chunk in response.iter_bytes():
            body += chunk
            if self._deadline.remaining() <= 0:
                raise Unreadable("The answer did not end in time.")
            if len(body) > self._options.max_bytes:
                if response.is_success:
                    raise Unreadable(f"The answer is longer than {self._options.max_bytes} bytes.")
                break  # of a refusal the status says enough
        return bytes(body)

    def _failure(self, error: Exception, effect: Effect) -> ProviderError:
        if isinstance(error, _NOTHING_SENT):
            return Unavailable(f"{type(error).__name__}: nothing was sent.")
        if isinstance(error, Unreadable):
            return may_have_happened(effect, str(error))
        return may_have_happened(effect, f"{type(error).__name__}: no complete answer came.")

    def _read(self, call: Call, answer: Answer, decode: Callable[[Answer], T], verdict: Verdict | None) -> T:
        if not answer.ok:
            failure = (verdict(answer) if verdict else None) or failure_of(answer, call.effect, self._now())
            raise self._placed(failure, call, answer)
        try:
            if answer.is_html():
                raise Unreadable("It answered with a page for people.")
            return decode(answer)
        except ProviderError as error:
            raise self._placed(error, call, answer) from None
        except MISREADINGS as error:
            # Others may quote the body in their message: only `Unreadable` is known to be clean.
            words = str(error) if isinstance(error, Unreadable) else f"{type(error).__name__} in it."
            failure = may_have_happened(call.effect, f"The answer is not as documented: {words}")
            raise self._placed(failure, call, answer) from None

    def _placed(self, error: ProviderError, call: Call, answer: Answer | None = None) -> ProviderError:
        """Say in the error where it happened, and take every known secret out of its text."""
        error.provider = error.provider or self._provider
        error.operation = error.operation or call.operation
        if answer is not None and error.http_status is None:
            error.http_status = answer.status
        error.detail = mask_text(error.detail, self._secrets())
        error.args = (error.detail,)
        return error

    def _secrets(self) -> list[Secret]:
        values = [*self._headers.values(), *(self._session or {}).values()]
        return [value for value in values if isinstance(value, Secret)]

    def _log(self, call: Call, status: object, seconds: float) -> None:
        log.info(
            "provider=%s account=%s operation=%s effect=%s method=%s ref=%s status=%s ms=%d",
            self._provider,
            self._options.account or "-",
            call.operation,
            call.effect,
            call.method,
            call.ref or "-",
            status,
            round(seconds * 1000),
        )


def _bounded_transport(options: HttpOptions, deadline: Deadline) -> httpx.HTTPTransport:
    transport = httpx.HTTPTransport(
        verify=_ssl_context(),
        trust_env=False,
        proxy=options.proxy,
        retries=0,
        limits=httpx.Limits(
            max_connections=MAX_CONNECTIONS,
            max_keepalive_connections=MAX_CONNECTIONS,
            keepalive_expiry=KEEP_ALIVE_SECONDS,
        ),
    )
    # httpx has no public place for it (0.28); the tests with real sockets fail if it moves.
    pool: Any = transport._pool
    pool._network_backend = BoundedBackend(pool._network_backend, deadline)
    return transport
