"""What `manage.py up` costs while nothing happens: processor and memory of the one process.

Owns this measurement; the process is real, on a new SQLite file, stopped by an interrupt at the end.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from benchmarks.measuring import Section
from tests.house.processes import ROOT, environment, eventually, free_port, ready

TEXT = """\
`manage.py up` on SQLite without a broker: web server and all ticks in one process. Processor time of {seconds} s of
idling, as a share of one core, and resident memory then. "after the demo": its
first campaign is over, its second one waits."""

#: After the start, for what it left to do.
SETTLE_SECONDS = 5
READY_SECONDS = 60


@contextmanager
def _running(folder: str, *arguments: str) -> Iterator[int]:
    port = free_port()
    command = [sys.executable, "manage.py", "up", "--port", str(port), *arguments]
    with subprocess.Popen(
        command,
        cwd=ROOT,
        env=environment(DIALER_DATA_DIR=folder, LOG_LEVEL="ERROR"),
        stdout=subprocess.DEVNULL,
    ) as process:
        try:
            assert eventually(lambda: ready(port).get("ticks") == "ok", READY_SECONDS)
            yield process.pid
        finally:
            process.send_signal(signal.SIGINT)
            process.wait(30)


def _cpu_seconds(pid: int) -> float:
    user, system = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[11:13]
    return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")


def _resident_mib(pid: int) -> float:
    line = next(
        line for line in Path(f"/proc/{pid}/status").read_text().splitlines() if line.startswith("VmRSS")
    )
    return int(line.split()[1]) / 1024


def _measure(pid: int, wait: float) -> tuple[float, float]:
    before, began = _cpu_seconds(pid), time.monotonic()
    time.sleep(wait)
    return (_cpu_seconds(pid) - before) / (time.monotonic() - began), _resident_mib(pid)


def idle(*, wait: float, demo_seconds: float) -> Section:
    """Measure the embedded mode with an empty database, and `demo_seconds` after the start of the demo (0: not)."""
    rows = []
    states = [("empty database", (), SETTLE_SECONDS), ("after the demo", ("--demo",), demo_seconds)]
    for title, arguments, first in states if demo_seconds else states[:1]:
        with tempfile.TemporaryDirectory() as folder, _running(folder, *arguments) as pid:
            time.sleep(first)
            share, memory = _measure(pid, wait)
            rows.append((title, f"{share * 100:.1f} %", f"{memory:.0f} MiB"))
    return Section("Idle", TEXT.format(seconds=round(wait)), ("State", "of one core", "resident"), rows)
