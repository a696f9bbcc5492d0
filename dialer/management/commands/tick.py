"""Own one round of all ticks in this process, for cron, for a look at what happens, and for tests.

Never needs a broker or a second process.
"""

from __future__ import annotations

from typing import Any

import structlog
from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser
from django.db import close_old_connections

from dialer import clock, rhythm
from dialer.management.stopping import StopSignal

log = structlog.get_logger(__name__)


class Command(BaseCommand):
    """Run each tick once."""

    help = "Run each tick once, or with --forever round after round, without a broker."

    def add_arguments(self, parser: CommandParser) -> None:
        """Take whether to go on."""
        parser.add_argument(
            "--forever", action="store_true", help="a round every DIALER_TICK_SECONDS until a signal"
        )

    def handle(self, *, forever: bool, **_: Any) -> None:
        """Run one round, or rounds until a signal asks to stop."""
        if not forever:
            self.stdout.write(str(rhythm.run(clock.now())))
            return
        stop = StopSignal()
        wait = 0.0
        while not stop.wait(wait):
            try:
                rhythm.run(clock.now())
            except Exception:  # the edge of a round: the next one may succeed
                log.exception("round_failed")
            close_old_connections()
            wait = settings.DIALER_TICK_SECONDS
