"""`manage.py up` tells a receiver that fails a third of the time, and is killed meanwhile: every event arrives."""

from __future__ import annotations

import json
import random
import subprocess
import sys
import time
import urllib.request
from pathlib import Path
from typing import Any

import pytest
from standardwebhooks import Webhook

from tests.feed.receiver import Came, Receiver, Reply, receiving
from tests.house.processes import ROOT, eventually, free_port, manage, ready, running
from tests.processes.stage import Stage

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

PEOPLE = 30
FAILURES = 0.3
SEED = 11


class Application:
    """An application that follows us: it has a key, and calls the API."""

    def __init__(self, stage: Stage, port: int) -> None:
        made = manage("create_api_key", "crm", "--scope", "admin", env=stage.env)
        self._key, self._base = made.stdout.splitlines()[-1], f"http://127.0.0.1:{port}/api/v1"

    def ask(self, path: str, body: Any = None) -> Any:
        data = None if body is None else json.dumps(body).encode()
        headers = {"Authorization": f"Bearer {self._key}", "Content-Type": "application/json"}
        request = urllib.request.Request(f"{self._base}/{path}", data=data, headers=headers)
        with urllib.request.urlopen(request, timeout=30) as answer:
            return json.load(answer)

    def feed(self) -> list[str]:
        """Read the whole feed."""
        found, after = [], "0"
        while True:
            page = self.ask(f"events?after={after}&page_size=50")
            found += [event["id"] for event in page["results"]]
            after = page["next"]
            if not page["has_more"]:
                return found


class Moody(Receiver):
    """Refuses some, breaks off some, and remembers what it accepted."""

    def begin(self, secret: str) -> None:
        self.accepted: list[str] = []
        self.refused = 0
        dice = random.Random(SEED)

        def reply(came: Came) -> Reply:
            Webhook(secret).verify(came.body, came.headers)
            if dice.random() < FAILURES:
                self.refused += 1
                return dice.choice([(500, {}, b"not now"), (503, {}, b""), (0, {}, b"")])
            self.accepted.append(came.headers["webhook-id"])
            return 204, {}, b""

        self.reply = reply


def push_on(application: Application, endpoint: str) -> None:
    """Send again what failed twice: the schedule would take five minutes."""
    for delivery in application.ask(f"webhook-endpoints/{endpoint}/deliveries?state=pending&page_size=1000")[
        "results"
    ]:
        if delivery["tries"] >= 2:
            application.ask(f"webhook-endpoints/{endpoint}/deliveries/{delivery['id']}/redeliver", {})


def start_campaign(stage: Stage) -> None:
    command = [sys.executable, "-m", "tests.processes.prepare", "1", str(PEOPLE)]
    done = subprocess.run(command, cwd=ROOT, env=stage.env, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr


def test_every_event_of_a_campaign_arrives_at_least_once(tmp_path: Path) -> None:
    stage = Stage(tmp_path, f"sqlite:///{tmp_path / 'dialer.sqlite3'}")
    stage.env["DIALER_WEBHOOK_ALLOW_PRIVATE"] = "true"
    port = free_port()
    up = [sys.executable, "manage.py", "up", "--port", str(port)]
    assert manage("migrate", "-v0", env=stage.env, check=False).returncode == 0
    application = Application(stage, port)
    with receiving() as receiver:
        moody = Moody()
        with running(up, stage.env, stage.log("up")) as process:
            assert eventually(lambda: ready(port).get("ticks") == "ok", 60)
            endpoint = application.ask("webhook-endpoints", {"url": receiver.url})
            moody.begin(endpoint["secret"])
            receiver.reply = moody.reply
            start_campaign(stage)
            assert eventually(lambda: len(moody.accepted) > 20, 60), stage.states()
            process.kill()
            process.wait(5)
        with running(up, stage.env, stage.log("up")):
            stage.wait_for_the_end(120)
            time.sleep(2)  # the last facts get their numbers

            def all_arrived() -> bool:
                push_on(application, endpoint["id"])
                return set(application.feed()) <= set(moody.accepted)

            # What the killed worker had in hand comes when its hold ends, after a minute.
            assert eventually(all_arrived, 120, pause=1.0), set(application.feed()) - set(moody.accepted)
            whole = application.feed()
    assert len(whole) > 5 * PEOPLE
    assert len(set(whole)) == len(whole)
    assert set(moody.accepted) == set(whole)
    assert moody.refused > len(whole) * FAILURES / 2
