"""`manage.py up` on SQLite, killed at any moment and started again at once: the campaign ends as if nothing was."""

from __future__ import annotations

import os
import random
import signal
import sys
import time
from pathlib import Path

import pytest

from tests.house.processes import eventually, free_port, running
from tests.processes.stage import Stage
from tests.processes.verdict import (
    assert_everybody_is_finished,
    assert_nobody_was_called_too_often,
    assert_rings_are_our_attempts,
)

pytestmark = [pytest.mark.slow, pytest.mark.timeout(240)]

PEOPLE = 100
KILLS = 5
SEED = 7


def processes_of(stage: Stage) -> list[int]:
    """List the living processes that were started with this stage's environment."""
    mark = f"DIALER_DATA_DIR={stage.folder}".encode()
    found = []
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit() and int(folder.name) != os.getpid():
            try:
                if mark in (folder / "environ").read_bytes().split(b"\0"):
                    found.append(int(folder.name))
            except OSError:  # it ended meanwhile, or is somebody else's
                continue
    return found


def test_killed_at_random_and_interrupted_it_calls_everybody_once_for_each_attempt(tmp_path: Path) -> None:
    stage = Stage(tmp_path, f"sqlite:///{tmp_path / 'dialer.sqlite3'}")
    stage.prepare(accounts=1, people=PEOPLE)
    dice = random.Random(SEED)
    up = [sys.executable, "manage.py", "up", "--port", str(free_port())]
    for _ in range(KILLS):
        before = stage.attempted()
        with running(up, stage.env, stage.log("up")) as process:
            eventually(lambda seen=before: stage.attempted() > seen, 5)  # it dials, or has nothing to dial
            time.sleep(dice.uniform(0, 1.5))
            process.kill()
            process.wait(5)
        assert processes_of(stage) == []

    with running(up, stage.env, stage.log("up")) as process:
        before = stage.attempted()
        eventually(lambda: stage.attempted() > before, 30)
        process.send_signal(signal.SIGINT)
        began = time.monotonic()
        assert process.wait(10) == 0
        assert time.monotonic() - began < 5
    assert processes_of(stage) == []
    assert stage.unfinished() > 0

    with running(up, stage.env, stage.log("up")) as process:
        stage.wait_for_the_end(120)
        process.send_signal(signal.SIGINT)
        assert process.wait(10) == 0
    assert processes_of(stage) == []
    assert_rings_are_our_attempts(stage)
    assert_everybody_is_finished(stage, PEOPLE)
    assert_nobody_was_called_too_often(stage)
