"""Own the one-process way to run everything: web server, ticks and, if there is a broker, Celery below it.

Never needed in production; docker-compose.yml starts the parts there, each by itself.
"""

from __future__ import annotations

import contextlib
import errno
import os
import threading
from typing import Any

import structlog
from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import connection

from dialer.management.embedded import Embedded
from dialer.management.progress import Progress
from dialer.management.stopping import StopSignal
from dialer.management.webserver import Web
from dialer.management.workers import Workers

log = structlog.get_logger(__name__)

# Together under the five seconds in which Ctrl-C is promised to have stopped everything.
TICKS_PATIENCE_SECONDS = 2.5
WEB_PATIENCE_SECONDS = 1.0
# How often a worker that died by itself is noticed; no other work hangs on this look.
CHILD_LOOK_SECONDS = 2.0
FAREWELL = "\nStopping after the work in hand (Ctrl-C again: at once).\n"


class Command(BaseCommand):
    """Start API, admin, worker and beat in one terminal."""

    help = "Start API, admin, worker and beat in one terminal; Ctrl-C stops them."

    def add_arguments(self, parser: CommandParser) -> None:
        """Take the address and whether to play the demo."""
        parser.add_argument("--host", default="127.0.0.1")
        parser.add_argument("--port", type=int, default=8000)
        parser.add_argument(
            "--demo", action="store_true", help="import the demo contacts and start the demo campaigns"
        )

    def handle(self, *, host: str, port: int, demo: bool, **_: Any) -> None:
        """Run until a signal asks to stop."""
        stop = StopSignal(FAREWELL)  # before anything that takes time
        web = self._listen(host, port)
        settings.DIALER_LOCAL_URL = os.environ[settings.LOCAL_URL_NAME] = f"http://127.0.0.1:{port}"
        call_command("migrate", verbosity=0, interactive=False)
        ticks = Embedded() if settings.IS_EMBEDDED else Workers()
        ticks.start()
        web.start()
        progress = Progress(self._say)
        self._say_what_runs(host, port)
        if demo:
            threading.Thread(target=self._play_demo, name="demo", daemon=True).start()
            progress.start()
        failed = self._wait(stop, ticks)
        progress.stop()
        web.stop(WEB_PATIENCE_SECONDS)
        cut = ticks.stop(TICKS_PATIENCE_SECONDS)
        if cut:
            log.warning("stopped_before_the_end", cut=cut)
        with contextlib.suppress(OSError):  # a terminal that is gone
            self._say("Stopped.")
        # Not sys.exit: a thread that is still in a provider's answer would be waited for.
        os._exit(1 if failed else 0)

    def _listen(self, host: str, port: int) -> Web:
        try:
            return Web(host, port)
        except OSError as error:
            if error.errno == errno.EADDRINUSE:
                raise CommandError(
                    f"Port {port} is taken. Stop what runs there, or try --port {port + 1} (make run PORT={port + 1})."
                ) from None
            raise CommandError(f"Cannot listen on {host}:{port}: {error.strerror or error}.") from None

    def _wait(self, stop: StopSignal, ticks: Embedded | Workers) -> bool:
        """Wait for the signal; true if a child process ended before it."""
        if isinstance(ticks, Embedded):
            stop.wait()
            return False
        while not stop.wait(CHILD_LOOK_SECONDS):
            if ended := ticks.ended():
                self.stderr.write(f"{' and '.join(ended)} ended by itself; stopping.")
                return True
        return False

    def _play_demo(self) -> None:
        try:
            call_command("demo")
        except Exception:  # the edge of a thread: the rest runs on without the demo
            log.exception("demo_failed")
        finally:
            connection.close()

    def _say(self, line: str) -> None:
        self.stdout.write(line)
        self.stdout.flush()

    def _say_what_runs(self, host: str, port: int) -> None:
        shown = f"[{host}]" if ":" in host else host
        base = f"http://{'127.0.0.1' if host in ('0.0.0.0', '::') else shown}:{port}"  # noqa: S104  (compared only)
        base_name = settings.DATABASES["default"]["NAME"]
        bell = (
            "none: the ticks run in this process"
            if settings.IS_EMBEDDED
            else "Celery worker and beat run below this process"
        )
        self.stdout.write(
            f"The dialer runs.\n"
            f"  API       {base}/api/v1/\n"
            f"  API docs  {base}/api/docs\n"
            f"  Admin     {base}/admin/\n"
            f"  Health    {base}/readyz  {base}/metrics\n"
            f"  Database  {connection.display_name} {base_name}\n"
            f"  Broker    {bell}\n"
            f"Ctrl-C stops everything.\n"
        )
        self.stdout.flush()
