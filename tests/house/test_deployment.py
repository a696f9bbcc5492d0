"""What others run it with: compose file, image, pinned packages; and its commands, started for real."""

from __future__ import annotations

import os
import re
import shlex
import signal
import subprocess
import sys
import time
from contextlib import ExitStack
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psycopg
import pytest
import redis
import yaml

from tests.house.processes import KEYS, ROOT, ask, environment, eventually, free_port, manage, ready, running

COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
PARTS = ("web", "worker", "beat")


def command(name: str) -> list[str]:
    """Return a service's command as the interpreter of these tests runs it."""
    given = SERVICES[name]["command"]
    words = shlex.split(given) if isinstance(given, str) else list(given)
    return [str(Path(sys.executable).with_name(words[0])), *words[1:]]


def test_every_dependency_is_a_service_that_can_fulfil_it() -> None:
    for name, service in SERVICES.items():
        for other, how in service.get("depends_on", {}).items():
            assert other in SERVICES, name
            if how["condition"] == "service_healthy":
                assert "test" in SERVICES[other]["healthcheck"], other


def test_every_part_waits_for_the_migrations() -> None:
    for part in PARTS:
        assert SERVICES[part]["depends_on"]["migrate"] == {"condition": "service_completed_successfully"}


def test_every_long_lived_service_has_a_health_check() -> None:
    image = (ROOT / "Dockerfile").read_text()

    assert "HEALTHCHECK" in image  # web has the image's
    assert all("test" in SERVICES[name]["healthcheck"] for name in ("db", "redis", "worker", "beat"))


def test_every_volume_is_declared() -> None:
    used = {mount.split(":")[0] for service in SERVICES.values() for mount in service.get("volumes", [])}

    assert used == set(COMPOSE["volumes"])


def test_no_secret_stands_in_the_file_and_a_missing_one_stops_the_start() -> None:
    for name in ("SECRET_KEY", "CREDENTIALS_KEY"):
        assert SERVICES["web"]["environment"][name].startswith(f"${{{name}:?")
    assert SERVICES["db"]["environment"]["POSTGRES_PASSWORD"].startswith("${POSTGRES_PASSWORD:?")
    assert urlsplit(SERVICES["web"]["environment"]["DATABASE_URL"].replace(":?", "")).scheme == "postgres"


def test_what_the_file_sets_is_a_setting() -> None:
    known = set(re.findall(r"^#?([A-Z_]+)=", (ROOT / ".env.example").read_text(), re.MULTILINE))

    for part in PARTS:
        assert set(SERVICES[part]["environment"]) <= known


def test_every_setting_of_the_example_reaches_the_processes() -> None:
    settings = set(re.findall(r"^#?([A-Z_]+)=", (ROOT / ".env.example").read_text(), re.MULTILINE))
    fixed_by_the_image = {"DIALER_DATA_DIR", "DIALER_LEDGER_PATH", "DIALER_ENV_FILE", "LOG_FORMAT"}
    only_for_developers = {"DEBUG"}

    for part in PARTS:
        assert settings - set(SERVICES[part]["environment"]) == fixed_by_the_image | only_for_developers


def test_bells_that_nobody_hears_do_not_fill_the_memory() -> None:
    command = SERVICES["redis"]["command"]

    assert command[command.index("--maxmemory-policy") + 1] == "allkeys-lru"
    assert command[command.index("--maxmemory") + 1] == "128mb"


def test_the_web_server_writes_no_query_string() -> None:
    from config import gunicorn

    assert gunicorn.accesslog is None
    assert gunicorn.control_socket_disable is True


@pytest.mark.parametrize("name", ["base.txt", "dev.txt", "bootstrap.txt"])
def test_packages_are_pinned_with_hashes_and_no_host(name: str) -> None:
    text = (ROOT / "requirements" / name).read_text()
    pins = re.findall(r"^([a-z0-9._-]+(?:\[[^\]]+\])?)(==)?", text, re.MULTILINE)

    assert pins
    assert all(pinned for _, pinned in pins)
    assert text.count("--hash=sha256:") >= len(pins)
    assert not re.search(r"https?://|--(extra-)?index-url|--find-links", text)


def test_the_image_runs_as_nobody_special_and_installs_only_what_is_hashed() -> None:
    text = (ROOT / "Dockerfile").read_text()

    assert re.search(r"^USER 10001$", text, re.MULTILINE)
    assert "--require-hashes -r /tmp/base.txt" in text


@pytest.mark.slow
def test_both_files_pass_their_linters() -> None:
    bin_folder = Path(sys.executable).parent
    compose = [
        bin_folder / "check-jsonschema",
        "--builtin-schema",
        "vendor.compose-spec",
        "docker-compose.yml",
    ]

    assert subprocess.run(compose, cwd=ROOT, check=False, capture_output=True).returncode == 0
    assert subprocess.run([bin_folder / "hadolint", "Dockerfile"], cwd=ROOT, check=False).returncode == 0


@pytest.fixture
def production(own_postgres: str, own_redis: str, tmp_path: Path) -> dict[str, str]:
    """Give the environment of a production of one's own, with its database migrated."""
    env = environment(
        **KEYS,
        DATABASE_URL=own_postgres,
        CELERY_BROKER_URL=own_redis,
        DIALER_DATA_DIR=str(tmp_path),
        PORT=str(free_port()),
        LOG_FORMAT="json",
    )
    manage("migrate", "-v0", env=env)
    return env


@pytest.mark.slow
@pytest.mark.postgres
@pytest.mark.redis
class TestTheCommands:
    """The very commands of the compose file, against a real PostgreSQL and Redis."""

    def test_web_worker_and_beat_get_ready_together_and_stop(
        self, production: dict[str, str], tmp_path: Path
    ) -> None:
        port = int(production["PORT"])
        with ExitStack() as stack:
            processes = [
                stack.enter_context(running(command(part), production, tmp_path / part)) for part in PARTS
            ]

            assert eventually(lambda: ask(f"http://127.0.0.1:{port}/readyz")[0] == 200, 40), logs(tmp_path)
            assert ready(port) == {"database": "ok", "broker": "ok", "ticks": "ok"}
            for process in processes:
                process.terminate()
            assert [process.wait(15) for process in processes] == [0, 0, 0]

    def test_a_flushed_broker_delays_and_stops_nothing(
        self, production: dict[str, str], tmp_path: Path
    ) -> None:
        with (
            running(command("worker"), production, tmp_path / "worker"),
            running(command("beat"), production, tmp_path / "beat"),
        ):
            assert eventually(lambda: beats(production) > 0, 40), logs(tmp_path)
            with redis.Redis.from_url(production["CELERY_BROKER_URL"]) as bell:
                bell.flushdb()
            before = latest(production)

            assert eventually(lambda: latest(production) > before, 15), logs(tmp_path)

    def test_up_with_a_broker_runs_all_parts_and_leaves_none_behind(
        self, production: dict[str, str], tmp_path: Path
    ) -> None:
        port = free_port()
        up = [sys.executable, "manage.py", "up", "--port", str(port)]
        with running(up, production, tmp_path / "up") as process:
            assert eventually(lambda: ready(port).get("ticks") == "ok", 40), logs(tmp_path)
            children = children_of(process.pid)
            assert len(children) == 2
            began = time.monotonic()
            process.send_signal(signal.SIGINT)
            assert process.wait(10) == 0
            assert time.monotonic() - began < 5
        assert not any(alive(child) for child in children)

        with running(up, production, tmp_path / "up") as process:
            assert eventually(lambda: len(children_of(process.pid)) == 2)
            children = children_of(process.pid)
            process.kill()
            assert eventually(lambda: not any(alive(child) for child in children), 5)


def logs(folder: Path) -> str:
    return "\n".join(
        (folder / part).read_text()[-2000:] for part in (*PARTS, "up") if (folder / part).exists()
    )


def beats(env: dict[str, str]) -> int:
    with psycopg.connect(env["DATABASE_URL"]) as database:
        return database.execute("SELECT count(*) FROM dialer_heartbeat").fetchone()[0]


def latest(env: dict[str, str]) -> Any:
    with psycopg.connect(env["DATABASE_URL"]) as database:
        return database.execute("SELECT max(beat_at) FROM dialer_heartbeat").fetchone()[0]


def children_of(pid: int) -> list[int]:
    path = Path(f"/proc/{pid}/task/{pid}/children")
    return [int(child) for child in path.read_text().split()] if path.exists() else []


def alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
