"""Own the comparison of the tallies with the rows they count, for people who doubt a number.

Changes nothing unless asked to; safe to repeat, and safe while the server runs.
"""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import connection

from dialer.models import tally_triggers
from dialer.reports import counters

SHOWN = 50  # differences; what is systematic shows in fewer


class Command(BaseCommand):
    """Compare the tallies with the rows."""

    help = (
        "Compare the counters behind statistics and metrics with the rows they count; reads all of them once."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """Take whether to correct."""
        parser.add_argument(
            "--repair", action="store_true", help="put missing triggers back, correct the counters"
        )

    def handle(self, *, repair: bool, **_: Any) -> None:
        """Name each difference; without --repair they are an error."""
        missing = tally_triggers.missing(connection)
        if missing and repair:
            tally_triggers.create(connection)
        found = counters.repair(connection) if repair else counters.differences(connection)
        for name in missing:
            self.stdout.write(f"the trigger {name} is missing")
        for difference in found[:SHOWN]:
            self.stdout.write(str(difference))
        if len(found) > SHOWN:
            self.stdout.write(f"... and {len(found) - SHOWN} more")
        if not (missing or found):
            self.stdout.write("All counters equal the rows.")
        elif repair:
            self.stdout.write(f"Put right: {len(missing)} triggers, {len(found)} counters.")
        else:
            raise CommandError(
                f"{len(missing)} triggers are missing and {len(found)} counters differ from the rows;"
                " --repair puts them right."
            )
