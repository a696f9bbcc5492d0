"""Own the Celery processes that `manage.py up` starts below itself when a broker is configured.

Never used without a broker, and not in production, where each process has its own supervisor.
"""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
import sys
import time

# Started by a person at a terminal, often as root in a container: no ground for a page of warning.
QUIET = "ignore:You're running the worker with superuser privileges"
PR_SET_PDEATHSIG = 1  # linux/prctl.h: the signal a child gets when its parent dies

# Threads: no grandchildren to lose, and a laptop needs no more than one core for the workers.
COMMANDS = {
    "worker": ["worker", "--pool=threads", "--concurrency=4", "--without-gossip",
               "--without-mingle", "--without-heartbeat"],
    "beat": ["beat"],
}  # fmt: skip


class Workers:
    """One worker and one beat."""

    def __init__(self) -> None:
        self._running: dict[str, subprocess.Popen[bytes]] = {}

    def start(self) -> None:
        """Start both; they end with this process, however it ends."""
        for name, arguments in COMMANDS.items():
            self._running[name] = subprocess.Popen(  # noqa: S603  (fixed arguments)
                [sys.executable, "-m", "celery", "--quiet", "-A", "config", *arguments],
                stdin=subprocess.DEVNULL,
                env={**os.environ, "PYTHONWARNINGS": QUIET},
                process_group=0,  # Ctrl-C comes to the parent alone, which stops them in order
                preexec_fn=_die_with_parent,
            )

    def ended(self) -> list[str]:
        """Name those that are not running any more."""
        return [name for name, process in self._running.items() if process.poll() is not None]

    def stop(self, patience: float) -> list[str]:
        """Stop both after the tasks in hand; return those that had to be killed after `patience` seconds."""
        deadline = time.monotonic() + patience
        for process in self._running.values():
            process.terminate()
        cut = []
        for name, process in self._running.items():
            try:
                process.wait(max(0.0, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
                cut.append(name)
        return cut

    def kill(self) -> None:
        """End both at once; what they held is recovered when its lease runs out."""
        for process in self._running.values():
            process.kill()


def _die_with_parent() -> None:
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
