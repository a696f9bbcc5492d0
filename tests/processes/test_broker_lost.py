"""The broker is a bell: flushed, or gone for a while, it costs time and nothing else."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import redis

from tests.house.processes import eventually, free_port
from tests.processes.stage import BEAT, WORKER, Stage, cast
from tests.processes.verdict import (
    assert_everybody_is_finished,
    assert_nobody_was_called_too_often,
    assert_rings_are_our_attempts,
)

pytestmark = [pytest.mark.postgres, pytest.mark.redis, pytest.mark.slow, pytest.mark.timeout(240)]

PEOPLE = 150
#: Longer than every wait of a worker or of beat for its broker.
AWAY_SECONDS = 5


class OwnRedis:
    """A Redis that may be stopped, because nobody else uses it."""

    def __init__(self) -> None:
        self.port = free_port()
        self.url = f"redis://127.0.0.1:{self.port}/0"
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        command = [
            "redis-server",
            "--port",
            str(self.port),
            "--bind",
            "127.0.0.1",
            "--save",
            "",
            "--appendonly",
            "no",
        ]
        self._process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
        assert eventually(self._answers, 10)

    def flush(self) -> None:
        with redis.Redis.from_url(self.url) as bell:
            bell.flushall()

    def stop(self) -> None:
        assert self._process is not None
        self._process.kill()
        self._process.wait(10)

    def _answers(self) -> bool:
        try:
            with redis.Redis.from_url(self.url) as bell:
                return bool(bell.ping())
        except redis.RedisError:
            return False


@contextmanager
def own_server() -> Iterator[OwnRedis]:
    server = OwnRedis()
    server.start()
    try:
        yield server
    finally:
        server.stop()


def test_a_campaign_survives_a_flushed_and_a_stopped_broker(tmp_path: Path, own_postgres: str) -> None:
    with own_server() as server:
        stage = Stage(tmp_path, own_postgres, server.url)
        stage.prepare(accounts=1, people=PEOPLE)
        with cast(stage) as acting:
            acting.start("beat", BEAT)
            acting.start("worker", WORKER)
            assert eventually(lambda: stage.attempted() > 20, 30), stage.log("worker").read_text()
            for _ in range(5):
                server.flush()
                time.sleep(0.3)
            server.stop()
            time.sleep(AWAY_SECONDS)
            left = stage.unfinished()
            server.start()
            stage.wait_for_the_end(120)

    assert left > PEOPLE // 10  # it was the middle of the campaign
    assert_rings_are_our_attempts(stage)
    assert_everybody_is_finished(stage, PEOPLE)
    assert_nobody_was_called_too_often(stage)
