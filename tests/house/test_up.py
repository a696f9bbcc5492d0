"""`manage.py up` as a person uses it: starts, says what runs, stops in time, comes back after a kill."""

from __future__ import annotations

import os
import re
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import pytest
from django.db import connections

from tests.house.processes import (
    ROOT,
    ask,
    environment,
    eventually,
    free_port,
    hears_everything,
    manage,
    ready,
    running,
)

pytestmark = pytest.mark.slow
UP = [sys.executable, "manage.py", "up", "--port"]


@pytest.fixture(autouse=True)
def _no_connection_of_ours() -> None:
    connections.close_all()


def is_ready(port: int) -> bool:
    return ready(port).get("ticks") == "ok"


def came_up(process: subprocess.Popen[bytes], port: int) -> bool:
    """Wait until it is ready, or has ended before it was."""
    return eventually(lambda: is_ready(port) or process.poll() is not None) and process.poll() is None


def interrupted(process: subprocess.Popen[bytes]) -> int | None:
    """Interrupt it; returns its exit code once it has one."""
    process.send_signal(signal.SIGINT)
    return process.poll()


@pytest.mark.parametrize("signum", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_one_signal_stops_everything_within_five_seconds(signum: signal.Signals, tmp_path: Path) -> None:
    port, env = free_port(), environment(DIALER_DATA_DIR=str(tmp_path))
    with running([*UP, str(port)], env, tmp_path / "log") as process:
        assert came_up(process, port), (tmp_path / "log").read_text()
        began = time.monotonic()
        process.send_signal(signum)
        assert process.wait(10) == 0
        assert time.monotonic() - began < 5
    assert ask(f"http://127.0.0.1:{port}/healthz") == (0, "")


def test_a_terminal_that_is_gone_stops_everything(tmp_path: Path) -> None:
    port, env = free_port(), environment(DIALER_DATA_DIR=str(tmp_path))
    ours, terminal = os.openpty()
    command = [*UP, str(port)]
    with subprocess.Popen(
        command, cwd=ROOT, env=env, stdout=terminal, stderr=terminal, preexec_fn=hears_everything
    ) as process:
        os.close(terminal)
        try:
            assert came_up(process, port)
            os.close(ours)
            assert process.wait(5) == 0
        finally:
            process.kill()


def test_with_nohup_it_outlives_its_terminal(tmp_path: Path) -> None:
    port, env = free_port(), environment(DIALER_DATA_DIR=str(tmp_path))
    with running(["nohup", *UP, str(port)], env, tmp_path / "log") as process:
        assert came_up(process, port)
        process.send_signal(signal.SIGHUP)
        time.sleep(1)
        assert is_ready(port)
        process.send_signal(signal.SIGINT)
        assert process.wait(5) == 0


def test_it_says_what_runs_and_no_secret(tmp_path: Path) -> None:
    port, env = free_port(), environment(DIALER_DATA_DIR=str(tmp_path))
    with running([*UP, str(port)], env, tmp_path / "log") as process:
        assert came_up(process, port)
        process.send_signal(signal.SIGINT)
        process.wait(10)

    said = (tmp_path / "log").read_text()
    assert f"http://127.0.0.1:{port}/api/v1/" in said
    assert f"http://127.0.0.1:{port}/admin/" in said
    assert f"SQLite {tmp_path / 'dialer.sqlite3'}" in said
    assert "none: the ticks run in this process" in said
    for line in (tmp_path / "dialer.sqlite3.keys").read_text().splitlines():
        assert line.split("=", 1)[1] not in said


def test_a_second_interrupt_stops_at_once(tmp_path: Path) -> None:
    port, env = free_port(), environment(DIALER_DATA_DIR=str(tmp_path))
    with running([*UP, str(port)], env, tmp_path / "log") as process:
        assert came_up(process, port)
        # Signals that come before a process runs again melt into one, so a fixed number proves nothing on a
        # busy machine; sent without a pause, some arrive in the middle of another one's handler.
        eventually(lambda: interrupted(process) is not None, pause=0.0005)
        assert process.wait(2) == 130


def test_a_taken_port_is_named_and_nothing_else_happens(tmp_path: Path) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        answer = manage(
            "up", "--port", str(port), env=environment(DIALER_DATA_DIR=str(tmp_path)), check=False
        )

    assert answer.returncode == 1
    assert f"Port {port} is taken" in answer.stderr
    assert not (tmp_path / "dialer.sqlite3").exists()


def test_killed_it_starts_again_at_once_on_the_same_port_and_database(tmp_path: Path) -> None:
    port, env = free_port(), environment(DIALER_DATA_DIR=str(tmp_path))
    for _ in range(2):
        with running([*UP, str(port)], env, tmp_path / "log") as process:
            assert came_up(process, port), (tmp_path / "log").read_text()
            os.killpg(process.pid, signal.SIGKILL)
            process.wait(5)


def test_a_key_can_be_made_while_it_runs(tmp_path: Path) -> None:
    port, env = free_port(), environment(DIALER_DATA_DIR=str(tmp_path))
    with running([*UP, str(port)], env, tmp_path / "log") as process:
        assert came_up(process, port)
        for _ in range(3):
            made = manage("create_api_key", "crm", "--scope", "admin", env=env)
            assert re.fullmatch(r"dk_[0-9a-f]{8}_[\w-]{43}", made.stdout.splitlines()[-1])


def test_the_admin_has_its_styles_without_any_preparation(tmp_path: Path) -> None:
    port, env = free_port(), environment(DIALER_DATA_DIR=str(tmp_path))
    with running([*UP, str(port)], env, tmp_path / "log") as process:
        assert came_up(process, port)
        status, page = ask(f"http://127.0.0.1:{port}/admin/login/")
        styles = re.findall(r'href="(/static/[^"]+\.css[^"]*)"', page)
        assert status == 200
        assert styles
        assert [ask(f"http://127.0.0.1:{port}{style}")[0] for style in styles] == [200] * len(styles)


def test_a_round_can_be_run_by_hand(tmp_path: Path) -> None:
    env = environment(DIALER_DATA_DIR=str(tmp_path))
    manage("migrate", "-v0", env=env)

    assert manage("tick", env=env).returncode == 0


def rounds(folder: Path) -> int:
    """Count the ticks that have run to their end."""
    with sqlite3.connect(f"file:{folder / 'dialer.sqlite3'}?mode=ro", uri=True) as database:
        return int(database.execute("SELECT count(*) FROM dialer_heartbeat").fetchone()[0])


def test_rounds_go_on_until_a_signal(tmp_path: Path) -> None:
    env = environment(DIALER_DATA_DIR=str(tmp_path), DIALER_TICK_SECONDS="0.1")
    manage("migrate", "-v0", env=env)
    with running([sys.executable, "manage.py", "tick", "--forever"], env, tmp_path / "log") as process:
        assert eventually(lambda: rounds(tmp_path) or process.poll() is not None)
        process.terminate()
        assert process.wait(5) == 0
