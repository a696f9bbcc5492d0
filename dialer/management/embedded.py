"""Own the heart beat of a process that has no broker: each tick in a thread of its own.

Never decides what a tick does; a slow import or a mute provider cannot delay a withdrawal: they wait in different
threads.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from datetime import datetime

import structlog
from django.db import close_old_connections

from dialer import clock
from dialer.engine.ticks import Tick
from dialer.rhythm import TICKS, run_one

log = structlog.get_logger(__name__)

Run = Callable[[str, datetime], object]


class Embedded:
    """The running ticks; made stopped, started once, stopped once."""

    def __init__(self, ticks: Sequence[Tick] = TICKS, run: Run = run_one) -> None:
        self._run = run
        self._stop = threading.Event()
        self._threads = [
            threading.Thread(
                target=self._beat,
                args=(tick,),
                name=f"tick-{tick.name}",
                # A tick that outlives the patience of `stop` must not keep the process; its lease covers it.
                daemon=True,
            )
            for tick in ticks
        ]

    def start(self) -> None:
        """Begin to run the ticks, each for the first time at once."""
        for thread in self._threads:
            thread.start()

    def stop(self, patience: float) -> list[str]:
        """Let the ticks in hand end; return the threads that were still busy after `patience` seconds."""
        self._stop.set()
        deadline = time.monotonic() + patience
        for thread in self._threads:
            thread.join(max(0.0, deadline - time.monotonic()))
        return [thread.name for thread in self._threads if thread.is_alive()]

    def _beat(self, tick: Tick) -> None:
        due = time.monotonic()
        while not self._stop.wait(max(0.0, due - time.monotonic())):
            self._once(tick)
            # Turns that were missed are not made up for.
            due = max(due + tick.every_seconds, time.monotonic())

    def _once(self, tick: Tick) -> None:
        close_old_connections()
        with structlog.contextvars.bound_contextvars(task=tick.name):
            try:
                self._run(tick.name, clock.now())
            except Exception:  # the edge of a tick: one that fails must not end the beat
                log.exception("tick_failed")
            finally:
                close_old_connections()
