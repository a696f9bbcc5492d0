"""Own the Celery app: the broker is a bell, so messages are few, short-lived and never retried.

Never holds business time: what is due stands in the database. Only beat publishes.
"""

from __future__ import annotations

import os
from typing import Any

import django
from celery import Celery
from celery.signals import beat_init, celeryd_init, setup_logging
from django.conf import settings
from kombu import Queue

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
django.setup()

from dialer.rhythm import TICKS  # noqa: E402  (models need a Django that is set up)
from dialer.tasks import TASK_NAME  # noqa: E402

QUEUES = ("push", "watch", "bulk")  # by patience: an import of a million rows cannot delay a hang-up
NO_BROKER = (
    "CELERY_BROKER_URL is empty: without a broker `python manage.py up` runs everything in one process. "
    "Set CELERY_BROKER_URL to use separate workers."
)

app = Celery("dialer", include=["dialer.tasks"])
app.conf.update(
    broker_url=settings.CELERY_BROKER_URL or "memory://localhost/",
    broker_connection_retry_on_startup=True,
    broker_connection_max_retries=None,  # a broker that comes back after a day finds its workers waiting
    task_ignore_result=True,
    task_publish_retry=False,  # the next tick is the retry
    # A bell is heard when it is taken. An acknowledgement that fails while the broker is away would cost the worker
    # a place of its prefetch for ever: two of them, and it never listens again.
    task_queues=[Queue(name, no_ack=True) for name in QUEUES],
    task_default_queue="watch",
    worker_prefetch_multiplier=1,
    # A tick is bounded to a few seconds; these catch one that hangs in a driver.
    task_soft_time_limit=60,
    task_time_limit=90,
    worker_hijack_root_logger=False,
    worker_redirect_stdouts=False,
    worker_enable_remote_control=False,  # one thing less to lose when the broker is flushed
    worker_send_task_events=False,
    beat_scheduler="celery.beat:Scheduler",  # in memory: two beats do no harm, and no file is left behind
    beat_max_loop_interval=1,
    beat_schedule={
        tick.name: {
            "task": TASK_NAME.format(tick.name),
            "schedule": tick.every_seconds,
            "options": {"queue": tick.queue, "expires": tick.every_seconds},
        }
        for tick in TICKS
    },
)


@setup_logging.connect
def keep_our_logging(**_: Any) -> None:
    """Keep the logging that Django has configured; connecting is what stops Celery's own."""


@beat_init.connect
def give_up_quickly(**_: Any) -> None:
    """Let beat wait one second for a mute broker instead of most of a minute; workers must wait longer."""
    app.conf.broker_transport_options = {"socket_timeout": 1, "socket_connect_timeout": 1}


@celeryd_init.connect
@beat_init.connect
def refuse_without_broker(**_: Any) -> None:
    """Stop a worker or beat that nobody could ever reach."""
    if settings.IS_EMBEDDED:
        raise SystemExit(NO_BROKER)
