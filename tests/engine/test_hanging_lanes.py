"""One answer that never comes keeps one lane, not the account: the others go on being dialed."""

from __future__ import annotations

import threading
import time
from typing import Any
from uuid import uuid4

import pytest

from dialer.engine import lanes

WIDTH = 4


@pytest.fixture(autouse=True)
def _short_tick(settings: Any) -> None:
    settings.DIALER_TICK_SECONDS = 0.3


def eventually_free(account: object, wanted: int) -> bool:
    until = time.monotonic() + 5
    while time.monotonic() < until:
        if lanes.free_lanes(account, WIDTH) == wanted:  # type: ignore[arg-type]
            return True
        time.sleep(0.01)
    return False


def test_a_lane_that_hangs_goes_on_alone_and_is_counted(transactional_db: None) -> None:
    account, answer = uuid4(), threading.Event()

    def work(part: list[int]) -> int:
        if 0 in part:
            answer.wait(10)
        return len(part)

    began = time.monotonic()
    done = lanes.begin(account, list(range(8)), work, width=WIDTH)
    assert time.monotonic() - began < 5
    assert sorted(done) == [2, 2, 2]  # the lane with the first order is still out
    assert lanes.free_lanes(account, WIDTH) == WIDTH - 1
    assert lanes.free_lanes(uuid4(), WIDTH) == WIDTH  # another account's are its own
    assert sorted(lanes.begin(account, [1, 2, 3, 4, 5, 6], work, width=WIDTH)) == [2, 2, 2]
    answer.set()
    assert eventually_free(account, WIDTH)


def test_a_lane_that_fails_gives_its_place_back_and_says_so(
    transactional_db: None, caplog: pytest.LogCaptureFixture
) -> None:
    account, answer = uuid4(), threading.Event()

    def work(part: list[int]) -> int:
        answer.wait(10)
        raise LookupError("late and wrong")

    assert lanes.begin(account, [1, 2], work, width=WIDTH) == []
    answer.set()
    assert eventually_free(account, WIDTH)
    until = time.monotonic() + 5
    while "lane_failed" not in caplog.text and time.monotonic() < until:
        time.sleep(0.01)
    assert "lane_failed" in caplog.text
    with pytest.raises(LookupError):
        lanes.begin(account, [1, 2], work, width=WIDTH)
    assert eventually_free(account, WIDTH)
