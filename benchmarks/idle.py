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
from datetime import timedelta
from pathlib import Path

from benchmarks import crowd
from benchmarks.measuring import Section, aim
from dialer import clock
from dialer.models import CampaignContact, Contact, ContactPhone
from tests.house.processes import ROOT, environment, eventually, free_port, ready

TEXT = """\
`manage.py up` on SQLite without a broker: web server and all ticks in one process. Processor time of {seconds} s of
idling, as a share of one core, and resident memory then. "waiting": a running campaign of
{waiting:,} contacts, all of them due tomorrow."""

#: After the start, for what it left to do.
SETTLE_SECONDS = 10
READY_SECONDS = 60
WAITING = 2_000
LIMIT_PERCENT = 2
_FILL = """
import django
django.setup()
from benchmarks.idle import fill
fill()
"""


def _environment(folder: str) -> dict[str, str]:
    return environment(DIALER_DATA_DIR=folder, LOG_LEVEL="CRITICAL")


@contextmanager
def _running(folder: str) -> Iterator[int]:
    port = free_port()
    command = [sys.executable, "manage.py", "up", "--port", str(port)]
    with subprocess.Popen(command, cwd=ROOT, env=_environment(folder), stdout=subprocess.DEVNULL) as process:
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


def fill() -> None:
    """Enrol people who are due tomorrow; runs in a process of its own, on the SQLite file."""
    campaign = crowd.campaign()
    tomorrow = clock.now() + timedelta(days=1)
    people = Contact.objects.bulk_create(Contact(name=f"Person {n}") for n in range(WAITING))
    phones = ContactPhone.objects.bulk_create(
        ContactPhone(contact=person, number=f"+9991{n:08}", is_main=True) for n, person in enumerate(people)
    )
    CampaignContact.objects.bulk_create(
        CampaignContact(
            campaign=campaign,
            contact=phone.contact,
            next_phone=phone,
            due_at=tomorrow,
            next_attempt_at=tomorrow,
        )
        for phone in phones
    )


def _prepare(folder: str, is_waiting: bool) -> None:
    commands = [["manage.py", "migrate", "--verbosity", "0"], *([["-c", _FILL]] if is_waiting else [])]
    for command in commands:
        subprocess.run([sys.executable, *command], cwd=ROOT, env=_environment(folder), check=True)


def idle(*, wait: float) -> Section:
    """Measure the embedded mode with an empty database and with contacts who wait."""
    rows, shares = [], []
    for title, is_waiting in (("empty database", False), ("waiting", True)):
        with tempfile.TemporaryDirectory() as folder:
            _prepare(folder, is_waiting)
            with _running(folder) as pid:
                time.sleep(SETTLE_SECONDS)
                share, memory = _measure(pid, wait)
                shares.append(share * 100)
                rows.append((title, f"{share * 100:.1f} %", f"{memory:.0f} MiB"))
    text = TEXT.format(seconds=round(wait), waiting=WAITING)
    met = aim(
        "of one core",
        max(shares),
        LIMIT_PERCENT,
        "The ticks find more to do than they should.",
        at_most=True,
        unit=" %",
    )
    return Section("Idle", text, ("State", "of one core", "resident"), rows, after=met)
