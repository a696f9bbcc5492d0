"""Both ledgers tell the same truth, also between threads and processes."""

from __future__ import annotations

import itertools
import multiprocessing
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from providers.ledger import Ledger, MemoryLedger, SqliteLedger
from providers.vocabulary import Withdrawal

AT = datetime(2026, 6, 1, 12, 0, 0, 1, tzinfo=UTC)
SECOND = timedelta(seconds=1)
PHONE = "+12025550123"


@pytest.fixture(params=["memory", "sqlite"])
def ledger(request: pytest.FixtureRequest, tmp_path: Path) -> Ledger:
    return MemoryLedger() if request.param == "memory" else SqliteLedger(tmp_path / "ledger.sqlite")


def test_an_accepted_push_is_an_entry_with_exact_times(ledger: Ledger) -> None:
    assert ledger.accept("a", PHONE, AT, AT + SECOND, 2) == 1
    entry = ledger.entry("a")
    assert entry is not None
    assert (entry.ref, entry.phone, entry.at, entry.rings_at, entry.send_no, entry.withdrawn_at) == (
        "a",
        PHONE,
        AT,
        AT + SECOND,
        2,
        None,
    )
    assert ledger.entries() == [entry]
    assert ledger.entry("b") is None


def test_a_phone_rings_from_its_instant_on(ledger: Ledger) -> None:
    ledger.accept("a", PHONE, AT, AT + SECOND)
    assert ledger.rings(AT + SECOND - timedelta(microseconds=1)) == []
    assert [(ring.ref, ring.phone, ring.at) for ring in ledger.rings(AT + SECOND)] == [
        ("a", PHONE, AT + SECOND)
    ]


def test_double_dialing_shows_as_two_rings(ledger: Ledger) -> None:
    assert [ledger.accept("a", PHONE, AT + n * SECOND, AT + (n + 1) * SECOND) for n in range(2)] == [1, 2]
    assert [(ring.ref, ring.at) for ring in ledger.rings(AT + 5 * SECOND)] == [
        ("a", AT + SECOND),
        ("a", AT + 2 * SECOND),
    ]
    latest = ledger.entry("a")
    assert latest is not None
    assert latest.at == AT + SECOND


def test_rings_come_in_the_order_of_ringing(ledger: Ledger) -> None:
    ledger.accept("late", PHONE, AT, AT + 2 * SECOND)
    ledger.accept("early", PHONE, AT, AT + SECOND)
    assert [ring.ref for ring in ledger.rings(AT + 3 * SECOND)] == ["early", "late"]


def test_what_is_taken_back_before_never_rings(ledger: Ledger) -> None:
    ledger.accept("a", PHONE, AT, AT + SECOND)
    ledger.accept("b", PHONE, AT, AT + SECOND)
    assert ledger.withdraw("a", AT) is Withdrawal.WITHDRAWN
    assert ledger.withdraw("a", AT + 9 * SECOND) is Withdrawal.WITHDRAWN
    assert [ring.ref for ring in ledger.rings(AT + 9 * SECOND)] == ["b"]
    taken = ledger.entry("a")
    assert taken is not None
    assert taken.withdrawn_at == AT


def test_the_ringing_instant_itself_is_too_late(ledger: Ledger) -> None:
    ledger.accept("a", PHONE, AT, AT + SECOND)
    assert ledger.withdraw("a", AT + SECOND) is Withdrawal.TOO_LATE
    assert [ring.ref for ring in ledger.rings(AT + SECOND)] == ["a"]


def test_an_unknown_ref_is_gone(ledger: Ledger) -> None:
    assert ledger.withdraw("a", AT) is Withdrawal.GONE


def test_of_two_pushes_the_one_that_has_not_rung_is_still_stopped(ledger: Ledger) -> None:
    ledger.accept("a", PHONE, AT, AT + SECOND)
    ledger.accept("a", PHONE, AT, AT + 5 * SECOND)
    assert ledger.withdraw("a", AT + 2 * SECOND) is Withdrawal.TOO_LATE
    assert len(ledger.rings(AT + 9 * SECOND)) == 1


def test_a_clock_is_read_once_the_ledger_is_locked(ledger: Ledger) -> None:
    ledger.accept("a", PHONE, AT, AT + SECOND)
    assert ledger.withdraw("a", lambda: AT + SECOND) is Withdrawal.TOO_LATE


def test_an_entry_prints_without_its_number(ledger: Ledger) -> None:
    ledger.accept("a", PHONE, AT, AT)
    assert "2025550123" not in repr(ledger.entries()) + repr(ledger.rings(AT))


def test_threads_lose_no_entry(ledger: Ledger) -> None:
    def accept(number: int) -> int:
        return ledger.accept(f"r{number % 50}", PHONE, AT, AT)

    with ThreadPoolExecutor(8) as pool:
        counts = list(pool.map(accept, range(400)))
    assert len(ledger.entries()) == 400
    assert sorted(counts) == sorted(list(range(1, 9)) * 50)


def test_two_who_take_back_at_once_hear_the_same(ledger: Ledger) -> None:
    # Half of the calls ring while the two are at work; the clock ticks with each reading.
    ticks = itertools.count()
    for number in range(40):
        ledger.accept(f"r{number}", PHONE, AT, AT + number * timedelta(microseconds=2))
    barrier = threading.Barrier(2)

    def take_back() -> list[Withdrawal]:
        barrier.wait()
        refs = [f"r{number}" for number in range(40)]
        return [ledger.withdraw(ref, lambda: AT + next(ticks) * timedelta(microseconds=1)) for ref in refs]

    with ThreadPoolExecutor(2) as pool:
        first, second = (pool.submit(take_back) for _ in range(2))
    assert first.result() == second.result()
    rung = [ring.ref for ring in ledger.rings(AT + SECOND)]
    late = [f"r{number}" for number, said in enumerate(first.result()) if said is Withdrawal.TOO_LATE]
    assert rung == late


def _fill(path: str, worker: int) -> None:
    ledger = SqliteLedger(path)
    for number in range(200):
        ledger.accept(f"{worker}-{number}", PHONE, AT, AT)


def test_processes_that_start_together_share_one_file(tmp_path: Path) -> None:
    path = str(tmp_path / "shared.sqlite")
    context = multiprocessing.get_context("spawn")
    workers = [context.Process(target=_fill, args=(path, worker)) for worker in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(60)
    assert [worker.exitcode for worker in workers] == [0, 0, 0, 0]
    assert len(SqliteLedger(path).entries()) == 800


def test_a_ledger_goes_on_after_a_fork(tmp_path: Path) -> None:
    ledger = SqliteLedger(tmp_path / "forked.sqlite")
    ledger.accept("parent", PHONE, AT, AT)
    child = multiprocessing.get_context("fork").Process(target=ledger.accept, args=("child", PHONE, AT, AT))
    child.start()
    child.join(60)
    assert child.exitcode == 0
    assert [entry.ref for entry in ledger.entries()] == ["parent", "child"]


def test_what_was_accepted_survives_the_process(tmp_path: Path) -> None:
    path = tmp_path / "kept.sqlite"
    SqliteLedger(path).accept("a", PHONE, AT, AT)
    assert [entry.ref for entry in SqliteLedger(path).entries()] == ["a"]


def test_the_file_takes_a_thousand_a_second(tmp_path: Path) -> None:
    ledger = SqliteLedger(tmp_path / "fast.sqlite")
    started = time.perf_counter()
    for number in range(1000):
        ledger.accept(f"r{number}", PHONE, AT, AT)
    assert time.perf_counter() - started < 1.0
