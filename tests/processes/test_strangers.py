"""What a stranger does first: the README's requests, and a client made from the API's own description."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.house.processes import ROOT, eventually, free_port, manage, ready
from tests.processes.stage import Stage, cast

pytestmark = [pytest.mark.slow, pytest.mark.timeout(240)]
#: How long a campaign of a few calls may take on a busy machine.
ENOUGH_SECONDS = 120


@pytest.fixture
def server(tmp_path: Path) -> Iterator[tuple[str, str]]:
    """Run everything in one process; gives its address and an API key."""
    stage, port = Stage(tmp_path, f"sqlite:///{tmp_path / 'dialer.sqlite3'}"), free_port()
    manage("migrate", "-v0", env=stage.env)
    key = manage("create_api_key", "stranger", "--scope", "admin", env=stage.env).stdout.split()[-1]
    with cast(stage) as acting:
        acting.start("up", [sys.executable, "manage.py", "up", "--port", str(port)])
        assert eventually(lambda: ready(port).get("database") == "ok"), stage.log("up").read_text()[-2000:]
        yield f"http://127.0.0.1:{port}", key


def asked(address: str, key: str, path: str) -> Any:
    request = urllib.request.Request(address + path, headers={"Authorization": f"Bearer {key}"})
    with urllib.request.urlopen(request, timeout=20) as answer:
        return json.load(answer)


def test_the_readme_s_requests_lead_from_a_key_to_a_finished_campaign(server: tuple[str, str]) -> None:
    address, key = server
    chapter = (ROOT / "README.md").read_text().split("## From a key to a finished campaign", 1)[1]
    script = re.search(r"```sh\n(.*?)```", chapter, re.DOTALL)
    assert script is not None
    assert len(re.findall(r"^.*\bcurl\b.*$", script[1], re.MULTILINE)) == 5
    text = script[1].replace("http://127.0.0.1:8000", address)
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", text],
        env={**os.environ, "KEY": key},
        capture_output=True,
        text=True,
        timeout=ENOUGH_SECONDS,
    )
    assert done.returncode == 0, done.stderr
    (campaign,) = asked(address, key, "/api/v1/campaigns")["results"]
    stats = asked(address, key, f"/api/v1/campaigns/{campaign['id']}/stats")
    assert (stats["contacts"]["total"], stats["contacts"]["finished"]) == (2, 2)
    assert stats["finished"] | {"reached": 1, "exhausted": 1} == stats["finished"]
    assert stats["attempts"]["total"] == 3


def test_a_client_made_from_the_description_drives_a_campaign(
    server: tuple[str, str], tmp_path: Path
) -> None:
    address, key = server
    description = tmp_path / "openapi.yaml"
    with urllib.request.urlopen(f"{address}/api/schema", timeout=60) as answer:
        description.write_bytes(answer.read())
    made = subprocess.run(
        [
            *(sys.executable, "-m", "openapi_python_client", "generate", "--meta", "none"),
            *("--path", str(description), "--output-path", str(tmp_path / "dialer_client")),
        ],
        cwd=tmp_path,
        env={**os.environ, "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"},
        capture_output=True,
        text=True,
        timeout=ENOUGH_SECONDS,
    )
    assert made.returncode == 0, made.stdout + made.stderr
    assert "could not" not in made.stdout.lower(), made.stdout
    script = ROOT / "tests" / "processes" / "stranger.py"
    done = subprocess.run(
        [sys.executable, str(script), address, key],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=ENOUGH_SECONDS,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert json.loads(done.stdout) == {
        "finished": {"reached": 1, "exhausted": 1},
        "attempts": 3,
        "results": ["answered", "busy", "busy"],
        "refused": "invalid_transition",
    }
