"""Own the starting and watching of real processes for the tests of this folder; never asserts."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
KEYS = {
    "SECRET_KEY": "only-for-tests-and-never-for-service-0123456789-0123456789",
    "CREDENTIALS_KEY": "b25seS1mb3ItdGVzdHMtb25seS1mb3ItdGVzdHMtMTI=",
}


def free_port() -> int:
    """Find a port that nothing listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def environment(**more: str) -> dict[str, str]:
    """Return an environment in which only what is named here decides the settings."""
    ours = ("PATH", "HOME", "LANG", "TMPDIR", "PYTHONPATH")
    base = {name: value for name, value in os.environ.items() if name in ours}
    return {**base, "DIALER_ENV_FILE": "", "DJANGO_SETTINGS_MODULE": "config.settings", **more}


def manage(
    *arguments: str, env: dict[str, str], check: bool = True, patience: float = 60
) -> subprocess.CompletedProcess[str]:
    """Run one management command to its end."""
    return subprocess.run(
        [sys.executable, "manage.py", *arguments],
        cwd=ROOT, env=env, capture_output=True, text=True, timeout=patience, check=check,
    )  # fmt: skip


def hears_everything() -> None:
    """Undo what `nohup` may have done to the tests themselves: an ignored signal is inherited."""
    signal.signal(signal.SIGHUP, signal.SIG_DFL)


@contextmanager
def running(command: Sequence[str], env: dict[str, str], log: Path) -> Iterator[subprocess.Popen[bytes]]:
    """Run a process while the block runs; kill it and its children at the end, if it still runs."""
    with (
        log.open("ab") as output,
        subprocess.Popen(
            command,
            cwd=ROOT,
            env=env,
            stdout=output,
            stderr=output,
            process_group=0,
            preexec_fn=hears_everything,
        ) as process,
    ):
        try:
            yield process
        finally:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
            process.wait(10)


def ask(url: str) -> tuple[int, str]:
    """Return the status and the body of one GET; status 0 if nobody answers."""
    try:
        with urllib.request.urlopen(url, timeout=5) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()
    except OSError:
        return 0, ""


def ready(port: int) -> dict[str, str]:
    """Return what readiness says of each part; empty if nobody answers."""
    _, body = ask(f"http://127.0.0.1:{port}/readyz")
    return json.loads(body)["checks"] if body else {}


def eventually(true: Callable[[], object], seconds: float = 90.0, pause: float = 0.05) -> bool:
    """Wait until something is true; a busy machine may take long to start a process."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if true():
            return True
        time.sleep(pause)
    return False
