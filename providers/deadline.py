"""Own the hard end of a request: no peer, however slowly it drips, can hold a worker beyond it.

Never decides how long is long enough, and knows no HTTP: it bounds single reads and writes of a connection.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any

#: A read or write with no time left fails by itself after this; 0 would mean "do not wait", another error.
_INSTANT_SECONDS = 0.001

#: Bytes written before the remaining time is looked at again: one system call's worth.
_WRITE_CHUNK = 16 * 1024


class Deadline:
    """The instant at which the request in hand must be over."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self.ends_at: float | None = None

    def start(self, seconds: float) -> None:
        """Begin to count."""
        self.ends_at = self._clock() + seconds

    def stop(self) -> None:
        """Bound nothing any more."""
        self.ends_at = None

    @contextmanager
    def shortened(self, share: float) -> Iterator[None]:
        """Let what is inside have a share of the time that is left."""
        whole = self.ends_at
        if whole is not None:
            self.ends_at = self._clock() + self.remaining() * share
        try:
            yield
        finally:
            self.ends_at = whole

    def remaining(self) -> float:
        """Give the seconds left, below 0 when over."""
        return float("inf") if self.ends_at is None else self.ends_at - self._clock()

    def bound(self, timeout: float | None) -> float | None:
        """Shorten a timeout to what is left."""
        left = self.remaining()
        if left == float("inf"):
            return timeout
        return max(min(left, timeout if timeout is not None else left), _INSTANT_SECONDS)


class BoundedBackend:
    """Open connections whose every single operation ends with the deadline.

    Timeouts of the HTTP library count from the last byte: a peer that sends one now and then, in its headers
    or its body, would never be late.
    """

    def __init__(self, inner: Any, deadline: Deadline) -> None:
        self._inner = inner
        self._deadline = deadline

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> BoundedStream:
        """Connect to a host."""
        stream = self._inner.connect_tcp(
            host,
            port,
            timeout=self._deadline.bound(timeout),
            local_address=local_address,
            socket_options=socket_options,
        )
        return BoundedStream(stream, self._deadline)


class BoundedStream:
    """One connection; reads and writes end with the deadline."""

    def __init__(self, inner: Any, deadline: Deadline) -> None:
        self._inner = inner
        self._deadline = deadline

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        """Read what has come."""
        received: bytes = self._inner.read(max_bytes, timeout=self._deadline.bound(timeout))
        return received

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        """Write all of it."""
        for start in range(0, len(buffer), _WRITE_CHUNK):
            self._inner.write(buffer[start : start + _WRITE_CHUNK], timeout=self._deadline.bound(timeout))

    def close(self) -> None:
        """Close the connection."""
        self._inner.close()

    def start_tls(
        self, ssl_context: Any, server_hostname: str | None = None, timeout: float | None = None
    ) -> BoundedStream:
        """Go on encrypted."""
        stream = self._inner.start_tls(ssl_context, server_hostname, self._deadline.bound(timeout))
        return BoundedStream(stream, self._deadline)

    def get_extra_info(self, info: str) -> Any:
        """Tell about the socket."""
        return self._inner.get_extra_info(info)
