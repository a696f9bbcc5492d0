"""Two workers, two accounts, the same people and the same numbers: nobody has two calls at once."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.house.processes import eventually
from tests.processes.stage import BEAT, WORKER, Stage, cast
from tests.processes.verdict import (
    assert_everybody_is_finished,
    assert_no_number_had_two_calls_at_once,
    assert_nobody_was_called_too_often,
    assert_rings_are_our_attempts,
)

pytestmark = [pytest.mark.postgres, pytest.mark.redis, pytest.mark.slow, pytest.mark.timeout(240)]

PEOPLE = 80


def test_accounts_that_share_people_and_numbers_never_call_one_of_them_twice_at_once(
    tmp_path: Path, own_postgres: str, own_redis: str
) -> None:
    stage = Stage(tmp_path, own_postgres, own_redis)
    stage.prepare(accounts=2, people=PEOPLE)
    with cast(stage) as acting:
        for name in ("beat one", "beat two"):
            acting.start(name, BEAT)
        for name in ("one", "two"):
            acting.start(name, WORKER)
        assert eventually(lambda: stage.attempted() > 0, 30), stage.log("one").read_text()
        stage.wait_for_the_end(150)

    assert_no_number_had_two_calls_at_once(stage)
    assert_rings_are_our_attempts(stage)
    assert_everybody_is_finished(stage, 2 * PEOPLE)
    assert_nobody_was_called_too_often(stage)
