"""Own how a running command learns that it shall stop: Ctrl-C, SIGTERM, a terminal that is gone.

Never stops anything itself, but for a second signal, which ends the process at once.
"""

from __future__ import annotations

import contextlib
import os
import select
import signal

EXIT_INTERRUPTED = 130  # what shells report for Ctrl-C
SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class StopSignal:
    """Listen for signals from the moment it is made; only in the main thread.

    A pipe and not an Event: a handler that takes a lock hangs when it interrupts the one who holds it.
    """

    def __init__(self, farewell: str = "") -> None:
        self._farewell = farewell.encode()
        self._asked = False
        self._reading, self._writing = os.pipe()
        self._poll = select.poll()
        self._poll.register(self._reading, select.POLLIN)
        for signum in SIGNALS:
            if signum == signal.SIGHUP and signal.getsignal(signum) == signal.SIG_IGN:
                continue  # nohup: it shall outlive its terminal
            signal.signal(signum, self._ask)
        if os.isatty(1) and signal.getsignal(signal.SIGHUP) != signal.SIG_IGN:
            # SIGHUP goes to the leader of the session alone, and make, when it leads, does not pass it on.
            self._poll.register(1, 0)  # a hang-up is always reported

    def wait(self, seconds: float | None = None) -> bool:
        """Wait for a signal or the end of the terminal, `seconds` at most; true if it came, now or before."""
        return bool(self._poll.poll(None if seconds is None else seconds * 1000))

    def _ask(self, signum: int, frame: object) -> None:
        if self._asked:
            os._exit(EXIT_INTERRUPTED)  # children follow by their death signal
        self._asked = True
        os.write(self._writing, b"!")
        with contextlib.suppress(OSError):  # a closed terminal
            os.write(1, self._farewell)
