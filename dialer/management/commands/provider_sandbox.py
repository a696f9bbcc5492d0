"""Own the command that serves a provider's sandbox: try the product without an account at the vendor.

Never touches the database.
"""

from __future__ import annotations

import errno
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from dialer.management.stopping import StopSignal
from providers.sandbox import SANDBOXES, sandbox_class
from providers.sandbox.faults import FaultPlan
from providers.sandbox.line import Pace
from providers.sandbox.serve import ServedSandbox, shown


class Command(BaseCommand):
    """Serve a stand-in of a provider's HTTP API."""

    help = "Serve a stand-in of a provider's HTTP API on a local port; Ctrl-C stops it."
    requires_system_checks: list[str] = []  # it needs no database and no settings of the product

    def add_arguments(self, parser: CommandParser) -> None:
        """Take which, where and how fast."""
        parser.add_argument("slug", choices=sorted(SANDBOXES))
        parser.add_argument("--host", default="127.0.0.1")
        parser.add_argument("--port", type=int, default=9100)
        parser.add_argument("--speed", type=float, default=1.0, help="how fast its clock runs")
        parser.add_argument("--wait-seconds", type=float, default=1.0, help="from due to ringing")
        parser.add_argument("--ring-seconds", type=float, default=2.0)
        parser.add_argument("--talk-seconds", type=float, default=3.0)
        parser.add_argument("--fault-rate", type=float, default=0.0, help="share of spoiled requests, 0 to 1")
        parser.add_argument("--seed", type=int, default=1, help="of the faults")
        parser.add_argument("--hook-url", default="", help="where notifications go")

    def handle(self, *, slug: str, host: str, port: int, hook_url: str, **given: Any) -> None:
        """Serve until a signal asks to stop."""
        stop = StopSignal()
        pace = Pace(wait=given["wait_seconds"], ring=given["ring_seconds"], talk=given["talk_seconds"])
        plan = FaultPlan(rate=given["fault_rate"], seed=given["seed"])
        try:
            served = ServedSandbox(
                sandbox_class(slug), host=host, port=port, speed=given["speed"], pace=pace, faults=plan
            )
        except OSError as error:
            taken = error.errno == errno.EADDRINUSE
            why = f"taken; try --port {port + 1}" if taken else str(error.strerror or error)
            raise CommandError(f"Port {port} of {host}: {why}.") from None
        served.sandbox.hook_url = hook_url or None
        served.start()
        self.stdout.write(f"{shown(served)}\nCtrl-C stops it.")
        self.stdout.flush()
        stop.wait()
        served.stop()
