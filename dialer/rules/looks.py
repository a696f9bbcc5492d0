"""Own when a call in doubt is looked for again.

Never decides what a look proves.
"""

from __future__ import annotations

from datetime import datetime, timedelta

#: Where no look can prove an absence, a call that shows late is found within five minutes.
LONGEST_REST = timedelta(minutes=5)


def next_look(
    *, sent_at: datetime, settled_at: datetime, now: datetime, shortest: timedelta, can_prove: bool
) -> datetime:
    """Say when to look again for what a look did not show; from `settled_at` on an absence may be believed.

    Most calls that came show at once, so the rests grow as the doubt ages: over 15 minutes eight looks find what sixty
    would, and leave the account's requests to pushes. The look that may prove an absence is never late.
    """
    rest = max(shortest, min(now - sent_at, LONGEST_REST))
    if now < settled_at:
        return max(now + shortest, min(now + rest, settled_at))
    return now + (shortest if can_prove else rest)
