"""When a webhook that was not taken is sent again, and when its endpoint is left alone.

Owns the waits; pure: takes counts and a share of chance, gives lengths of time.
"""

from __future__ import annotations

from datetime import timedelta

#: The schedule that the Standard Webhooks specification proposes: ten tries over a good three days.
WAITS = (
    timedelta(seconds=5),
    timedelta(minutes=5),
    timedelta(minutes=30),
    timedelta(hours=2),
    timedelta(hours=5),
    timedelta(hours=10),
    timedelta(hours=14),
    timedelta(hours=20),
    timedelta(hours=24),
)
#: A tenth more or less, so that what failed together does not come back together.
JITTER = 0.1
#: Longer than the whole schedule and than a long weekend: nobody has looked after the receiver by then.
DISABLE_AFTER = timedelta(days=5)
#: So many failures in a row are no accident: the endpoint as a whole rests, and deliveries keep their tries.
FAILURES_TO_REST = 5
FIRST_REST = timedelta(seconds=2)
#: A dead endpoint costs one request a minute, and is noticed within one when it is back.
LONGEST_REST = timedelta(minutes=1)
#: What a receiver asks for by Retry-After is done, within reason.
ASKED_LONGEST = timedelta(hours=1)


def next_wait(tries: int, chance: float) -> timedelta | None:
    """Give the wait after so many failed tries, `chance` being 0 to 1; None when it was the last one."""
    if tries > len(WAITS):
        return None
    return WAITS[tries - 1] * (1 - JITTER + 2 * JITTER * chance)


def rest(failures_in_row: int) -> timedelta:
    """Say how long an endpoint rests after so many failures in a row."""
    over = failures_in_row - FAILURES_TO_REST
    return timedelta(0) if over < 0 else min(FIRST_REST * 2 ** min(over, 10), LONGEST_REST)


def asked(seconds: float | None) -> timedelta:
    """Read what the receiver asked for."""
    return min(timedelta(seconds=min(max(seconds or 0.0, 0.0), 1e6)), ASKED_LONGEST)
