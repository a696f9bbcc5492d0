"""The one clock of the product: aware UTC, replaceable by a virtual clock for rehearsals and simulations.

Owns "what time is it"; never sleeps and never knows a zone other than UTC.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

_source: Callable[[], datetime] | None = None


def now() -> datetime:
    """Return the present instant, aware and in UTC."""
    return _source() if _source is not None else datetime.now(UTC)


def is_virtual() -> bool:
    """Say whether somebody else makes the time pass: then waiting for it would wait for ever."""
    return _source is not None


@contextmanager
def using(source: Callable[[], datetime]) -> Iterator[None]:
    """Replace the clock for the whole process while the block runs."""
    global _source
    before, _source = _source, source
    try:
        yield
    finally:
        _source = before
