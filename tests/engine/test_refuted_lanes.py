"""Lanes: threads are kept, so that connections and providers' sessions are."""

from __future__ import annotations

import threading
import time

from dialer.engine.lanes import spread


def test_lanes_are_kept_however_many_orders_a_round_has(transactional_db: None) -> None:
    seen = threading.local()
    fresh: list[int] = []

    def work(part: list[int]) -> int:
        if not hasattr(seen, "before"):
            seen.before = True
            fresh.append(len(part))
        time.sleep(0.05)  # so that no lane is free for a second part
        return 0

    for items in (8, 7, 6, 5, 4, 3, 2) * 3:
        spread(list(range(items)), work, width=8)
    assert len(fresh) == 8
