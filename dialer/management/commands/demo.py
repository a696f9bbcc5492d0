"""Sets up and starts the demonstration; a second run does nothing.

Owns the terminal's side; what the demonstration is stands in `dialer.demo`.
"""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from dialer import clock
from dialer.demo.play import play


class Command(BaseCommand):
    """`manage.py demo`."""

    help = "Imports the demo contacts and starts the demo campaigns on the simulator; safe to run again."

    def handle(self, *args: Any, **options: Any) -> None:
        for line in play(clock=clock.now):
            self.stdout.write(line)
