"""Own when a read whose answer did not come is asked again at once: how often, and how long each try may wait.

Never repeats what changes something, nor what the provider asked us to do later; never outlasts the deadline.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from providers.deadline import Deadline
from providers.errors import Throttled, Unavailable

T = TypeVar("T")

#: A try that may be followed by another waits for no more of the time that is left: one answer that never comes must
#: not cost the whole look. A page that takes half a deadline would make a look of several pages impossible anyway.
SHARE = 0.5


def ask_again(ask: Callable[[], T], deadline: Deadline, times: int) -> T:
    """Ask, and at most so many times again while no usable answer comes; the last failure is raised."""
    for _ in range(times):
        try:
            with deadline.shortened(SHARE):
                return ask()
        except Throttled:
            raise  # too fast: once more would be faster still
        except Unavailable as error:
            if error.retry_after is not None or deadline.remaining() <= 0:
                raise
    return ask()
