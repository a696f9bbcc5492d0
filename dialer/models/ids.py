"""Makes the ids of all rows: UUIDv7, rising within a process, so that they sort by age.

Owns the one id function; never reads a database.
"""

from __future__ import annotations

import os
import threading
import uuid

from dialer import clock

_lock = threading.Lock()
_last_ms = 0
_counter = 0
#: Random bits below the counter; 12 bits of counter + 62 random bits are what version 7 leaves beside the time.
_COUNTER_MAX = 0xFFF


def new_id() -> uuid.UUID:
    """Make the next id; ids of one process rise strictly, also when the clock stands still or steps back."""
    global _last_ms, _counter
    ms = int(clock.now().timestamp() * 1000)
    with _lock:
        if ms > _last_ms:
            # Start low so that a burst inside one millisecond has room to count up.
            _last_ms, _counter = ms, 0
        else:
            _counter += 1
            if _counter > _COUNTER_MAX:
                _last_ms, _counter = _last_ms + 1, 0
        stamp, count = _last_ms, _counter
    tail = int.from_bytes(os.urandom(8), "big") & ((1 << 62) - 1)
    value = (stamp & ((1 << 48) - 1)) << 80 | 0x7 << 76 | count << 64 | 0b10 << 62 | tail
    return uuid.UUID(int=value)
