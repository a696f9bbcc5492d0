"""The beat of a process without a broker: each tick by itself, nothing made up for, stopped at once."""

from __future__ import annotations

import threading
import time
from datetime import datetime
from types import SimpleNamespace
from typing import Any

from dialer.management.embedded import Embedded
from dialer.management.webserver import Counted
from tests.house.processes import eventually


def tick(name: str, queue: str = "push", every_seconds: float = 0.02) -> Any:
    return SimpleNamespace(name=name, queue=queue, every_seconds=every_seconds)


def test_a_slow_import_does_not_delay_a_push() -> None:
    let_go = threading.Event()
    pushes: list[datetime] = []

    def run(name: str, now: datetime) -> None:
        if name == "jobs":
            let_go.wait(10)
        else:
            pushes.append(now)

    beat = Embedded([tick("claim", "push"), tick("jobs", "bulk")], run)
    beat.start()
    assert eventually(lambda: len(pushes) >= 5, 5)
    let_go.set()
    assert beat.stop(patience=2) == []


def test_a_tick_that_fails_is_run_again_and_disturbs_no_other() -> None:
    ran: list[str] = []

    def run(name: str, now: datetime) -> None:
        ran.append(name)
        if name == "broken":
            raise ValueError("always")

    beat = Embedded([tick("broken"), tick("sound")], run)
    beat.start()
    assert eventually(lambda: ran.count("broken") >= 3 and ran.count("sound") >= 3, 5)
    assert beat.stop(patience=2) == []


def test_stop_does_not_wait_for_the_next_turn() -> None:
    ran = threading.Event()
    beat = Embedded([tick("claim", every_seconds=3600)], lambda name, now: ran.set())
    beat.start()
    assert ran.wait(5)

    began = time.monotonic()
    assert beat.stop(patience=5) == []
    assert time.monotonic() - began < 1


def test_a_tick_that_does_not_end_is_named_after_the_patience() -> None:
    let_go = threading.Event()
    busy = threading.Event()

    def run(name: str, now: datetime) -> None:
        busy.set()
        let_go.wait(10)

    beat = Embedded([tick("claim")], run)
    beat.start()
    assert busy.wait(5)
    assert beat.stop(patience=0.1) == ["tick-claim"]
    let_go.set()


def test_missed_turns_are_not_made_up_for() -> None:
    ran: list[float] = []

    def run(name: str, now: datetime) -> None:
        ran.append(time.monotonic())
        if len(ran) == 1:
            time.sleep(0.5)  # five turns pass

    beat = Embedded([tick("claim", every_seconds=0.1)], run)
    beat.start()
    assert eventually(lambda: len(ran) >= 4, 5)
    beat.stop(patience=2)
    assert ran[3] - ran[1] > 0.15


def test_the_server_waits_for_the_answer_in_hand() -> None:
    inside, let_go, answered = threading.Event(), threading.Event(), threading.Event()

    def application(environ: object, start_response: object) -> list[bytes]:
        inside.set()
        let_go.wait(10)
        answered.set()
        return []

    counted = Counted(application)
    threading.Thread(target=counted, args=({}, lambda *_: None), daemon=True).start()
    assert inside.wait(5)
    assert counted.wait_until_idle(0.05) is False
    let_go.set()
    assert counted.wait_until_idle(5) is True
    assert answered.is_set()
