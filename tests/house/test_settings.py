"""What the settings promise: nothing needed embedded, everything named when it is missing."""

from __future__ import annotations

import json
import re
import stat
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from config.keys import kept_keys
from tests.house.processes import KEYS, ROOT, environment, manage

SHOW = """
import json
from django.conf import settings as s
database = s.DATABASES["default"]
print(json.dumps({
    "engine": database["ENGINE"], "name": str(database["NAME"]), "options": dict(database["OPTIONS"]),
    "debug": s.DEBUG, "hosts": s.ALLOWED_HOSTS, "embedded": s.IS_EMBEDDED, "poll": s.DIALER_POLL_SECONDS,
    "secret": s.SECRET_KEY, "keys": s.CREDENTIALS_KEYS, "ledger": s.DIALER_LEDGER_PATH,
    "cache": s.CACHES["default"]["BACKEND"],
}))
"""


def load(**env: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", SHOW],
        cwd=ROOT,
        env=environment(**env),
        capture_output=True,
        text=True,
        timeout=60,
    )


def test_nothing_has_to_be_set_for_the_embedded_mode(tmp_path: Path) -> None:
    shown = json.loads(load(DIALER_DATA_DIR=str(tmp_path)).stdout)

    assert shown["engine"] == "django.db.backends.sqlite3"
    assert shown["name"] == str(tmp_path / "dialer.sqlite3")
    assert shown["options"]["transaction_mode"] == "IMMEDIATE"
    assert shown["options"]["timeout"] == 20
    assert "journal_mode=WAL" in shown["options"]["init_command"]
    assert shown["debug"] is False
    assert shown["hosts"] == ["localhost", "127.0.0.1", "[::1]"]
    assert shown["embedded"] is True
    assert shown["poll"] == 5.0
    assert shown["ledger"] == str(tmp_path / "simulator-ledger.sqlite3")
    assert shown["cache"] == "django.core.cache.backends.locmem.LocMemCache"


@pytest.mark.parametrize("name", ["C# and more", "a?b", "100%20", "a+b", "Überall & nirgends@home"])
def test_the_database_is_in_its_folder_whatever_that_is_called(name: str, tmp_path: Path) -> None:
    shown = json.loads(load(DIALER_DATA_DIR=str(tmp_path / name)).stdout)

    assert shown["name"] == str(tmp_path / name / "dialer.sqlite3")
    assert [path.name for path in tmp_path.iterdir()] == [name]


def test_keys_are_made_once_beside_the_database_for_its_owner_alone(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'here.sqlite3'}"
    first, second = json.loads(load(DATABASE_URL=url).stdout), json.loads(load(DATABASE_URL=url).stdout)

    assert first["secret"] == second["secret"]
    assert first["keys"] == second["keys"]
    file = tmp_path / "here.sqlite3.keys"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert sorted(path.name for path in tmp_path.iterdir()) == ["here.sqlite3.keys"]


def test_commands_that_start_at_once_get_the_same_keys(tmp_path: Path) -> None:
    for turn in range(20):
        path = tmp_path / f"{turn}.keys"
        with ThreadPoolExecutor(8) as pool:
            answers = list(pool.map(lambda _, path=path: kept_keys(path), range(8)))

        assert all(answer == answers[0] for answer in answers)
        assert set(answers[0]) == {"SECRET_KEY", "CREDENTIALS_KEY"}


def test_a_key_of_the_environment_wins_over_the_kept_one(tmp_path: Path) -> None:
    shown = json.loads(load(DIALER_DATA_DIR=str(tmp_path), CREDENTIALS_KEY=KEYS["CREDENTIALS_KEY"]).stdout)

    assert shown["keys"] == [KEYS["CREDENTIALS_KEY"]]
    assert len(shown["secret"]) > 50


@pytest.mark.parametrize(
    ("given", "named"),
    [
        ({}, "SECRET_KEY and CREDENTIALS_KEY must be set"),
        ({"SECRET_KEY": "x"}, "CREDENTIALS_KEY must be set"),
        ({"CREDENTIALS_KEY": "x"}, "SECRET_KEY must be set"),
    ],
)
def test_postgresql_without_keys_does_not_start_and_says_how_to_make_them(
    given: dict[str, str], named: str, tmp_path: Path
) -> None:
    answer = load(
        DATABASE_URL="postgres://nobody@127.0.0.1:5432/none", DIALER_DATA_DIR=str(tmp_path), **given
    )

    assert answer.returncode != 0
    assert named in answer.stderr
    assert "Fernet.generate_key()" in answer.stderr
    assert list(tmp_path.iterdir()) == []


def test_a_command_says_only_what_is_missing(tmp_path: Path) -> None:
    env = environment(
        DATABASE_URL="postgres://nobody@127.0.0.1:5432/none", DIALER_DATA_DIR=str(tmp_path), SECRET_KEY="x"
    )
    answer = manage("migrate", env=env, check=False)

    assert answer.returncode == 1
    assert answer.stderr.startswith("CREDENTIALS_KEY must be set when DATABASE_URL is not SQLite.\n")
    assert "Traceback" not in answer.stderr


def test_the_environment_wins_over_the_env_file(tmp_path: Path) -> None:
    file = tmp_path / "env"
    file.write_text("DIALER_POLL_SECONDS=7\nALLOWED_HOSTS=from.file\n")
    answer = load(DIALER_ENV_FILE=str(file), DIALER_DATA_DIR=str(tmp_path), ALLOWED_HOSTS="from.environment")
    shown = json.loads(answer.stdout)

    assert (shown["poll"], shown["hosts"]) == (7.0, ["from.environment"])


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("DIALER_TICK_SECONDS", ["0", "-1", "soon", "10m", "nan", "inf"]),
        ("DIALER_PUSH_THREADS", ["0", "-1", "four", "2.5", "4 threads"]),
        ("DIALER_REQUESTS_PER_MINUTE", ["0", "many"]),
        ("DEBUG", ["maybe"]),
        ("LOG_LEVEL", ["loud"]),
        ("LOG_FORMAT", ["xml"]),
        (
            "DATABASE_URL",
            ["here.sqlite3", "mysql://me:hidden@db/name", "postgres://me:hidden/word@db:5432/name"],
        ),
    ],
)
def test_a_useless_value_stops_the_start_by_its_name(name: str, values: list[str], tmp_path: Path) -> None:
    for value in values:
        answer = load(**{"DIALER_DATA_DIR": str(tmp_path), name: value})
        last = answer.stderr.strip().splitlines()[-1]

        assert answer.returncode != 0, value
        assert last.startswith(f"django.core.exceptions.ImproperlyConfigured: {name} must be "), value
        assert "hidden" not in answer.stderr


def test_an_empty_value_is_none(tmp_path: Path) -> None:
    names = re.findall(r"^#?([A-Z_]+)=", (ROOT / ".env.example").read_text(), re.MULTILINE)
    empty = {name: "" for name in names if name not in ("DIALER_DATA_DIR", "LOG_LEVEL", "LOG_FORMAT")}
    shown = json.loads(load(**empty, DIALER_DATA_DIR=str(tmp_path)).stdout)

    assert (shown["poll"], shown["debug"], shown["embedded"]) == (5.0, False, True)
    assert shown["name"] == str(tmp_path / "dialer.sqlite3")
    assert shown["ledger"] == str(tmp_path / "simulator-ledger.sqlite3")


def test_the_level_of_the_log_may_be_written_small(tmp_path: Path) -> None:
    assert load(DIALER_DATA_DIR=str(tmp_path), LOG_LEVEL="debug").returncode == 0


def test_the_example_names_every_setting_and_no_other() -> None:
    read = set(re.findall(r"env(?:\.\w+)?\(\s*\"([A-Z_]+)\"", (ROOT / "config/settings.py").read_text()))
    read |= set(re.findall(r"environ\.get\(\"([A-Z_]+)\"", (ROOT / "config/settings.py").read_text()))
    shown = set(re.findall(r"^#?([A-Z_]+)=", (ROOT / ".env.example").read_text(), re.MULTILINE))

    assert read == shown
