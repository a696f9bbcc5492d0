"""Threads for work that waits for others: one lane a part, so that one slow provider or receiver delays only itself.

Owns where such work runs. With one lane (tests, rehearsals) everything runs in the calling thread, in order.
"""

from __future__ import annotations

import logging
import threading
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextvars import copy_context
from functools import cache, partial
from typing import TypeVar
from uuid import UUID

from django.conf import settings
from django.db import connections

log = logging.getLogger(__name__)

Part = TypeVar("Part")
Answer = TypeVar("Answer")

#: A round of an account that takes longer goes on in its lane while the tick returns.
PATIENCE_SECONDS = 3.0
#: Threads of each kind in a process: several accounts' lanes at once; made only when they are needed.
_WIDTH = 32
_busy: set[tuple[str, UUID]] = set()
_taken: Counter[UUID] = Counter()
_lock = threading.Lock()


@cache  # a few names; threads are kept, for they hold connections and providers' sessions
def _pool(name: str) -> ThreadPoolExecutor:
    return ThreadPoolExecutor(max_workers=_WIDTH, thread_name_prefix=name)


def give_back_connections() -> None:
    """Return this thread's connections to the process's pool: threads that wait must not starve those that work."""
    for connection in connections.all(initialized_only=True):
        if connection.vendor == "postgresql" and not connection.in_atomic_block:
            connection.close()


def _closing(work: Callable[[], Answer]) -> Answer:
    try:
        return work()
    finally:
        give_back_connections()


def spread(
    items: Sequence[Part], work: Callable[[list[Part]], Answer], *, width: int, pool: str = "push"
) -> list[Answer]:
    """Work on one account's items in several lanes at once; returns each lane's answer.

    Every lane ends before this returns; the first error is raised then.
    """
    width = min(width, len(items))
    if width <= 1:
        return [work(list(items))]
    parts = [list(items[lane::width]) for lane in range(width)]
    # The task's id goes along into the log lines of its threads.
    futures = [_pool(pool).submit(copy_context().run, _closing, partial(work, part)) for part in parts]
    give_back_connections()
    wait(futures)
    return [future.result() for future in futures]


def free_lanes(account_id: UUID, width: int) -> int:
    """Say how many of an account's lanes are not waiting for an answer that they were given for earlier."""
    with _lock:
        return max(0, width - _taken[account_id])


def begin(
    account_id: UUID, items: Sequence[Part], work: Callable[[list[Part]], Answer], *, width: int
) -> list[Answer]:
    """Work on an account's items in as many lanes as are free; returns the answers of those that end within a tick.

    A lane that still waits for its provider goes on by itself: one answer that never comes must not keep the others
    of its account from being dialed.
    """
    if width <= 1:
        return [work(list(items))]
    lanes = max(1, min(free_lanes(account_id, width), len(items)))
    with _lock:
        _taken[account_id] += lanes
    pool = _pool("push")
    parts = [partial(work, list(items[lane::lanes])) for lane in range(lanes)]
    futures = [
        pool.submit(copy_context().run, _closing, partial(_one_lane, account_id, part)) for part in parts
    ]
    give_back_connections()
    done, late = wait(futures, timeout=settings.DIALER_TICK_SECONDS)
    for each in late:
        each.add_done_callback(_say_what_failed)
    return [future.result() for future in done]


def _one_lane(account_id: UUID, work: Callable[[], Answer]) -> Answer:
    try:
        return work()
    finally:
        with _lock:
            _taken[account_id] -= 1


def _say_what_failed(lane: Future[Answer]) -> None:
    if error := lane.exception():
        log.error("lane_failed", exc_info=error)


def each_account(
    name: str, ids: Sequence[UUID], work: Callable[[UUID], int], *, pool: str = "accounts"
) -> int:
    """Run a step for every account; one that is still busy with its last round is left out.

    A failure of one account is logged and leaves the others alone. Work of another kind has a pool of its own, so that
    receivers that are slow take no thread from providers.
    """
    if settings.DIALER_PUSH_THREADS <= 1:
        return sum(guarded(name, account_id, partial(work, account_id)) for account_id in ids)
    futures: set[Future[int]] = set()
    for account_id in ids:
        if _enter(name, account_id):
            lane = partial(_leave, name, account_id, work)
            futures.add(_pool(pool).submit(copy_context().run, _closing, lane))
    done, _ = wait(futures, timeout=PATIENCE_SECONDS)
    return sum(future.result() for future in done)


def _enter(name: str, account_id: UUID) -> bool:
    with _lock:
        if (name, account_id) in _busy:
            return False
        _busy.add((name, account_id))
        return True


def _leave(name: str, account_id: UUID, work: Callable[[UUID], int]) -> int:
    try:
        return guarded(name, account_id, partial(work, account_id))
    finally:
        with _lock:
            _busy.discard((name, account_id))


def guarded(name: str, key: UUID, work: Callable[[], int]) -> int:
    """Do one row's part of a tick; its failure is logged and leaves the others alone."""
    try:
        return work()
    except Exception:  # the edge of a tick: one row's trouble must not stop the others
        log.exception("tick_failed", extra={"tick": name, "row": str(key)})
        return 0
