"""Own the lines that let a person at the terminal watch campaigns dial.

Never says the same twice, and nothing of a person: only names of campaigns and counts.
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable

import structlog
from django.db import DatabaseError, connection

from dialer import clock
from dialer.models import Campaign
from dialer.reports.stats import campaign_stats
from dialer.rules.transitions import CampaignStatus, ContactState

log = structlog.get_logger(__name__)

EACH_SECONDS = 5.0  # often enough to see it live, seldom enough to cost nothing
SHOWN = 10  # campaigns; a terminal is no place for more
NOW_AT_WORK = (ContactState.DISPATCHING, ContactState.IN_PROGRESS, ContactState.INDETERMINATE)


class Progress:
    """Tells how the running campaigns are doing, whenever that has changed."""

    def __init__(self, say: Callable[[str], object]) -> None:
        self._say = say
        self._said: dict[str, str] = {}
        self._stop = threading.Event()
        # A daemon: a write to a terminal that is gone must not keep the process.
        self._thread = threading.Thread(target=self._watch, name="progress", daemon=True)

    def start(self) -> None:
        """Begin to watch."""
        self._thread.start()

    def stop(self) -> None:
        """Say nothing more."""
        self._stop.set()

    def _watch(self) -> None:
        while not self._stop.wait(EACH_SECONDS):
            try:
                for name, line in lines().items():
                    if self._said.get(name) != line:
                        self._say(line)
                        self._said[name] = line
            except DatabaseError:
                log.warning("progress_unknown", exc_info=True)
                connection.close()


def lines() -> dict[str, str]:
    """Put each running campaign into one line."""
    running = Campaign.objects.filter(status=CampaignStatus.RUNNING).order_by("pk")[:SHOWN]
    return {campaign.name: _line(campaign) for campaign in running}


def _line(campaign: Campaign) -> str:
    stats = campaign_stats(campaign=campaign, now=clock.now())
    states, reasons = stats["contacts"], Counter(stats["finished"])
    ends = ", ".join(f"{count} {reason}" for reason, count in reasons.most_common() if count) or "none yet"
    return (
        f"{campaign.name}: {states[ContactState.FINISHED]} of {states['total']} finished ({ends}); "
        f"{sum(states[state] for state in NOW_AT_WORK)} at work, {states[ContactState.WAITING]} waiting"
    )
