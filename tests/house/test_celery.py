"""The broker is a bell: which tasks there are, how they are sent, and what is refused without one."""

from __future__ import annotations

import io
import json
import subprocess
import sys
from pathlib import Path

import pytest

from config.celery import QUEUES, app
from dialer import clock
from dialer.intake.jobs import create_import
from dialer.rhythm import TICKS
from tests import factories
from tests.house.processes import ROOT, environment
from tests.house.test_logging import lines  # noqa: F401  (a fixture)


def test_every_tick_is_a_task_on_its_queue_that_expires_with_its_turn() -> None:
    app.loader.import_default_modules()
    entries = {
        name: (entry["task"], entry["schedule"], entry["options"])
        for name, entry in app.conf.beat_schedule.items()
    }

    assert entries == {
        tick.name: (
            f"dialer.tasks.{tick.name}",
            tick.every_seconds,
            {"queue": tick.queue, "expires": tick.every_seconds},
        )
        for tick in TICKS
    }
    assert {task for task in app.tasks if task.startswith("dialer.")} == {
        entry[0] for entry in entries.values()
    }


def test_every_queue_of_a_tick_is_served() -> None:
    assert {tick.queue for tick in TICKS} <= set(QUEUES)
    assert all(queue.no_ack for queue in app.conf.task_queues)
    assert {queue.name for queue in app.conf.task_queues} == set(QUEUES)


def test_nothing_is_repeated_kept_or_fetched_ahead() -> None:
    conf = app.conf

    assert (conf.task_ignore_result, conf.task_publish_retry, conf.worker_prefetch_multiplier) == (
        True,
        False,
        1,
    )
    assert conf.task_acks_late is False
    assert conf.task_soft_time_limit < conf.task_time_limit


@pytest.mark.django_db
def test_what_a_task_logs_names_the_task(lines: io.StringIO) -> None:  # noqa: F811
    create_import(
        campaign_id=factories.campaign().pk, stream=io.BytesIO(b"phone\n+442079460001\n"), filename="one.csv",
        mapping=None, default_country="GB", on_duplicate="reject", now=clock.now(),
    )  # fmt: skip

    app.tasks["dialer.tasks.jobs"].apply(task_id="0192f3a4-1b2c-7d3e-8f4a-5b6c7d8e9f01")

    (line,) = [
        line for line in map(json.loads, lines.getvalue().splitlines()) if line["event"] == "import ended"
    ]
    assert (line["task"], line["task_id"]) == ("jobs", "0192f3a4-1b2c-7d3e-8f4a-5b6c7d8e9f01")


@pytest.mark.slow
@pytest.mark.parametrize("part", ["worker", "beat"])
def test_without_a_broker_a_part_says_what_to_do(part: str, tmp_path: Path) -> None:
    answer = subprocess.run(
        [sys.executable, "-m", "celery", "-A", "config", part],
        cwd=ROOT, env=environment(DIALER_DATA_DIR=str(tmp_path)), capture_output=True, text=True, timeout=60,
    )  # fmt: skip

    assert answer.returncode == 1
    assert "CELERY_BROKER_URL is empty: without a broker `python manage.py up`" in answer.stderr
