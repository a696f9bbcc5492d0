"""Workers that are killed in the middle of a push: what they left is found out, not repeated."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.house.processes import eventually
from tests.processes.stage import BEAT, WORKER, Stage, cast, kill_at_random
from tests.processes.verdict import (
    assert_everybody_is_finished,
    assert_nobody_was_called_too_often,
    assert_rings_are_our_attempts,
)

pytestmark = [pytest.mark.postgres, pytest.mark.redis, pytest.mark.slow, pytest.mark.timeout(240)]

PEOPLE = 200
SEED = 20


def test_workers_killed_at_random_call_everybody_once_for_each_attempt(
    tmp_path: Path, own_postgres: str, own_redis: str
) -> None:
    stage = Stage(tmp_path, own_postgres, own_redis)
    stage.prepare(accounts=1, people=PEOPLE)
    with cast(stage) as acting:
        acting.start("beat", BEAT)
        for name in ("one", "two", "three"):
            acting.start(name, WORKER)
        assert eventually(lambda: stage.attempted() > 20, 30), stage.log("one").read_text()
        killed = kill_at_random(acting, ("one", "two", "three"), seed=SEED, seconds=12)
        stage.wait_for_the_end(120)

    assert len(killed) >= 8
    assert_rings_are_our_attempts(stage)
    assert_everybody_is_finished(stage, PEOPLE)
    assert_nobody_was_called_too_often(stage)
