"""Own the Celery face of the ticks: one task each, without arguments, that only says "look now".

Never decides anything; what a tick does and how often stands in `dialer.rhythm`.
"""

from __future__ import annotations

import structlog
from celery import Task, shared_task

from dialer import clock
from dialer.engine.ticks import Tick
from dialer.rhythm import TICKS, run_one

TASK_NAME = "dialer.tasks.{}"


def _register(tick: Tick) -> None:
    @shared_task(name=TASK_NAME.format(tick.name), bind=True)
    def look_now(self: Task) -> None:
        with structlog.contextvars.bound_contextvars(task=tick.name, task_id=self.request.id):
            run_one(tick.name, clock.now())


for _tick in TICKS:
    _register(_tick)
