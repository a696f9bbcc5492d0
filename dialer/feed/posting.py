"""Sends one request to a receiver that somebody named: guarded, within a deadline, reading little of the answer.

Uses httpcore, the layer below the one HTTP client of the providers: its network backend is the place of the guard,
and it follows no redirect, reads no proxy from the environment and unpacks nothing. Never decides what is sent.
"""

from __future__ import annotations

import ssl
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, cast

import httpcore

from dialer.feed.guard import Forbidden, GuardedBackend, Resolve, Unresolved
from providers.deadline import BoundedBackend, Deadline
from providers.http import CONNECT_SECONDS, KEEP_ALIVE_SECONDS, httpx

#: The specification asks receivers to answer within 15 to 30 seconds; what takes longer belongs behind their queue.
DEADLINE_SECONDS = 15.0
#: Nobody reads what a receiver says beyond its first words, and nobody waits for them: the status has said it all.
READ_BYTES = 4096
BODY_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class Answer:
    """What a receiver answered; header names are in lower case, the body is its beginning."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class NoAnswer(Exception):
    """No answer came; says why, in words that name no address."""


@lru_cache(maxsize=1)  # loading the certificates takes 20 ms
def _trusted() -> ssl.SSLContext:
    return httpx.create_ssl_context(trust_env=False)


class Poster:
    """A connection to one receiver, used by one thread and kept between requests that follow each other."""

    def __init__(
        self,
        url: str,
        *,
        allow_private: bool,
        resolve: Resolve | None = None,
        deadline_seconds: float = DEADLINE_SECONDS,
        clock: Callable[[], float] = time.monotonic,
        trusted: ssl.SSLContext | None = None,
    ) -> None:
        self._url, self._seconds = url, deadline_seconds
        self._deadline = Deadline(clock)
        guarded = GuardedBackend(self._deadline, allow_private=allow_private, resolve=resolve)
        self._pool = httpcore.ConnectionPool(
            ssl_context=trusted or _trusted(),
            max_connections=1,
            keepalive_expiry=KEEP_ALIVE_SECONDS,
            retries=0,
            network_backend=cast("Any", BoundedBackend(guarded, self._deadline)),
        )

    def post(self, body: bytes, headers: Mapping[str, str]) -> Answer:
        """Send a body; raises NoAnswer when nothing that is one came back in time."""
        self._deadline.start(self._seconds)
        try:
            return self._exchange(body, headers)
        except Forbidden:
            raise NoAnswer("its name stands for an address inside this network") from None
        except Unresolved:
            raise NoAnswer("its name has no address") from None
        except (httpcore.TimeoutException, TimeoutError):
            raise NoAnswer(f"it did not answer within {self._seconds:g} s") from None
        except (httpcore.ConnectError, ssl.SSLError) as error:
            # The library's message may quote a certificate's names, no secret; anything longer is cut when stored.
            raise NoAnswer(f"no connection: {error or type(error).__name__}") from None
        except (httpcore.NetworkError, httpcore.ProtocolError, OSError) as error:
            raise NoAnswer(f"the connection broke: {type(error).__name__}") from None
        finally:
            self._deadline.stop()

    def _exchange(self, body: bytes, headers: Mapping[str, str]) -> Answer:
        limits = {
            "connect": CONNECT_SECONDS,
            "pool": self._seconds,
            "read": self._seconds,
            "write": self._seconds,
        }
        with self._pool.stream(
            "POST",
            self._url,
            headers=[(name.encode(), value.encode()) for name, value in headers.items()],
            content=body,
            extensions={"timeout": limits},
        ) as response:
            names = {
                name.decode("latin-1").lower(): value.decode("latin-1") for name, value in response.headers
            }
            return Answer(response.status, names, self._beginning(response))

    def _beginning(self, response: httpcore.Response) -> bytes:
        """Read the first bytes; a body that is longer, breaks off or never ends, closes the connection."""
        self._deadline.start(min(BODY_SECONDS, max(self._deadline.remaining(), 0.0)))
        read = b""
        try:
            for chunk in response.iter_stream():
                read += chunk
                if len(read) >= READ_BYTES or self._deadline.remaining() <= 0:
                    break
        except (httpcore.TimeoutException, httpcore.NetworkError, httpcore.ProtocolError, OSError):
            return read
        return read[:READ_BYTES]

    def close(self) -> None:
        """Close the connection."""
        self._pool.close()
