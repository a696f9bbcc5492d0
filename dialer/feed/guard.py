"""Resolves the name of a receiver once, checks what came out, and connects to exactly that.

Owns the guard against requests into our own network: no redirect, no changed answer of a name server and no odd
spelling leads around it, because what is checked is the address that is connected to. Speaks no HTTP.
"""

from __future__ import annotations

import queue
import socket
import threading
from collections.abc import Callable, Iterable, Sequence
from typing import Any
from urllib.parse import urlsplit

import httpcore

from dialer.rules.addresses import Address, is_allowed, parse
from providers.deadline import Deadline

#: Gives the addresses of a name; raises OSError where there are none.
Resolve = Callable[[str, int], Sequence[str]]
#: A name of many addresses is tried at so many; the next try of the schedule may choose others.
MOST_ADDRESSES = 3
#: While somebody waits for the answer to a form, a name server gets this long.
LOOK_SECONDS = 2.0


class Unresolved(Exception):
    """The name has no address now."""


class Forbidden(Exception):
    """The name stands for an address that must not be connected to."""


def by_system(host: str, port: int) -> list[str]:
    """Ask the system's resolver; it also reads decimal and hexadecimal spellings of an address."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


def addresses_of(
    host: str, port: int, *, allow_private: bool, seconds: float, resolve: Resolve | None = None
) -> list[Address]:
    """Resolve a name within some seconds; every address that it stands for must be allowed."""
    found = [parse(text) for text in _within(seconds, resolve or by_system, host, port)]
    if not found:
        raise Unresolved
    # One bad address among good ones is a trap or a mistake: which of them is tried must not decide.
    if not all(is_allowed(address, allow_private=allow_private) for address in found):
        raise Forbidden
    return found


def _within(seconds: float, resolve: Resolve, host: str, port: int) -> Sequence[str]:
    """Resolve in a thread that can be left behind: the system's resolver takes no time limit."""
    answers: queue.SimpleQueue[Sequence[str] | Exception] = queue.SimpleQueue()

    def ask() -> None:
        try:
            answers.put(resolve(host, port))
        except (
            OSError,
            UnicodeError,
        ) as error:  # UnicodeError: a label that no name server could be asked for
            answers.put(error)

    threading.Thread(target=ask, name="resolve", daemon=True).start()
    try:
        answer = answers.get(timeout=max(seconds, 0.001))
    except queue.Empty:
        raise Unresolved from None
    if isinstance(answer, Exception):
        raise Unresolved from None
    return answer


def is_forbidden(url: str, *, allow_private: bool, resolve: Resolve | None = None) -> bool:
    """Say whether a URL leads into our own network now; a name that does not resolve yet may do so later."""
    parts = urlsplit(url)
    port = parts.port or (443 if parts.scheme == "https" else 80)
    try:
        addresses_of(
            parts.hostname or "", port, allow_private=allow_private, seconds=LOOK_SECONDS, resolve=resolve
        )
    except Forbidden:
        return True
    except Unresolved:
        return False
    return False


class GuardedBackend:
    """Open connections to allowed addresses only; the name stays what TLS is checked against."""

    def __init__(self, deadline: Deadline, *, allow_private: bool, resolve: Resolve | None = None) -> None:
        self._inner = httpcore.SyncBackend()
        self._deadline, self._allow_private, self._resolve = deadline, allow_private, resolve

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> Any:
        """Resolve, check, and connect to what was checked."""
        seconds = self._deadline.bound(timeout) or LOOK_SECONDS
        found = addresses_of(
            host, port, allow_private=self._allow_private, seconds=seconds, resolve=self._resolve
        )
        failure: Exception = httpcore.ConnectError()
        for address in found[:MOST_ADDRESSES]:
            try:
                return self._inner.connect_tcp(
                    str(address), port, self._deadline.bound(timeout), local_address, socket_options
                )
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                failure = error
        raise failure
