"""Campaigns whose vendor redials by itself: its ledger of rings is our attempts, through a no, a pause and a resume."""

from __future__ import annotations

import logging
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from providers.sandbox import sandbox_class
from providers.sandbox.line import Pace, digits
from providers.sandbox.serve import ServedSandbox
from tests.house.processes import ROOT, eventually, free_port, manage
from tests.processes.natives import NO_SAYER, SCRIPTS, number, rings_of
from tests.processes.stage import Stage, cast

pytestmark = [pytest.mark.slow, pytest.mark.timeout(240)]

#: An hour of Targg's is twelve seconds of ours, and a call takes as long as at the others.
SPEED = {"targg": 300.0}
PATIENCE_SECONDS = 110
#: Long enough that a redial would be seen.
PAUSE_SECONDS = 4


class Desk:
    """Does what people do, in a process of its own."""

    def __init__(self, stage: Stage, slug: str, base_url: str) -> None:
        command = [sys.executable, "-m", "tests.processes.natives", slug, base_url]
        self._process = subprocess.Popen(
            command, cwd=ROOT, env=stage.env, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        self._heard("ready")

    def ask(self, word: str) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(f"{word}\n")
        self._process.stdin.flush()
        self._heard("done")

    def _heard(self, word: str) -> None:
        assert self._process.stdout is not None
        assert self._process.stdout.readline().strip() == word

    def end(self) -> None:
        self._process.kill()
        self._process.wait(10)


@contextmanager
def vendor(slug: str) -> Iterator[ServedSandbox]:
    logging.getLogger("providers.sandbox").setLevel(logging.WARNING)
    speed = SPEED.get(slug, 1.0)
    pace = Pace(wait=0.3 * speed, ring=0.8 * speed, talk=0.4 * speed)
    sandbox = ServedSandbox(sandbox_class(slug), speed=speed, pace=pace)
    for place, script in enumerate(SCRIPTS):
        sandbox.sandbox.line.script[digits(number(place))] = list(script)
    sandbox.start()
    try:
        yield sandbox
    finally:
        sandbox.stop()


@contextmanager
def campaign(slug: str, folder: Path, port: int, **env: str) -> Iterator[tuple[Stage, ServedSandbox, Desk]]:
    """Run a native campaign through `manage.py up` while the block runs."""
    stage = Stage(folder, f"sqlite:///{folder / 'dialer.sqlite3'}")
    stage.env |= env
    made = manage("migrate", "-v0", env=stage.env, check=False)
    assert made.returncode == 0, made.stderr
    with vendor(slug) as sandbox, cast(stage) as acting:
        desk = Desk(stage, slug, sandbox.base_url)
        try:
            if env:
                ((token,),) = stage.read("SELECT webhook_token FROM dialer_provideraccount")
                sandbox.sandbox.hook_url = f"http://127.0.0.1:{port}/hooks/{slug}/{token}"
            acting.start("up", [sys.executable, "manage.py", "up", "--port", str(port)])
            yield stage, sandbox, desk
        finally:
            desk.end()


def rung(sandbox: ServedSandbox) -> Counter[str]:
    return Counter(ring.phone for ring in sandbox.sandbox.line.rings)


def has_waited(sandbox: ServedSandbox) -> bool:
    """Say whether everybody's first ring is over, and the redials of those who did not answer wait."""
    return len(rung(sandbox)) == len(SCRIPTS) and all(
        call.stage.name in ("WAITING", "ENDED") for call in sandbox.sandbox.calls()
    )


def assert_the_ledger_is_ours(stage: Stage, sandbox: ServedSandbox, *, no_sayer: int) -> None:
    """Everybody was rung as often as the timeline says, and each ring is one attempt with its number."""
    rows = stage.read("SELECT number, origin, state FROM dialer_attempt ORDER BY number, sequence")
    counted = Counter(digits(phone) for phone, _, state in rows if state not in ("cancelled", "rejected"))
    expected = {digits(number(place)): rings_of(place) for place in range(len(SCRIPTS))}
    expected[digits(number(NO_SAYER))] = no_sayer
    assert dict(rung(sandbox)) == expected
    assert dict(counted) == expected
    assert stage.read("SELECT count(*) FROM dialer_attempt WHERE is_live") == [(0,)]


def assert_everybody_ended_rightly(stage: Stage, no_sayer: str) -> None:
    rows = stage.read(
        "SELECT p.number, k.finish_reason FROM dialer_campaigncontact k"
        " JOIN dialer_contactphone p ON p.contact_id = k.contact_id"
    )
    reached = {number(place) for place, script in enumerate(SCRIPTS) if script[-1].value == "answered"}
    expected = {
        number(place): "reached" if number(place) in reached else "exhausted" for place in range(len(SCRIPTS))
    }
    assert dict(rows) == expected | {number(NO_SAYER): no_sayer}


@pytest.mark.parametrize("slug", ["diabolocom", "qvoice", "targg"])
def test_a_native_campaign_survives_a_no_a_pause_and_a_resume(slug: str, tmp_path: Path) -> None:
    with campaign(slug, tmp_path, free_port()) as (stage, sandbox, desk):
        assert eventually(lambda: has_waited(sandbox), 40), stage.states()
        desk.ask("suppress")
        desk.ask("pause")
        if slug != "qvoice":  # a lead that cools off looks like one that rings: it is left to ring
            paused = "SELECT status FROM dialer_campaign"
            assert eventually(lambda: stage.read(paused) == [("paused",)], 10), stage.states()
            before = rung(sandbox)
            time.sleep(PAUSE_SECONDS)
            assert rung(sandbox) == before
        desk.ask("resume")
        until = time.monotonic() + PATIENCE_SECONDS
        while stage.unfinished() and time.monotonic() < until:
            desk.ask("hurry")
            time.sleep(1)
        assert stage.unfinished() == 0, stage.states()
        assert_the_ledger_is_ours(stage, sandbox, no_sayer=1)
        assert_everybody_ended_rightly(stage, "suppressed")


def test_notifications_alone_bring_a_native_campaign_to_its_end(tmp_path: Path) -> None:
    with campaign("targg", tmp_path, free_port(), DIALER_POLL_SECONDS="600") as (stage, sandbox, _):
        stage.wait_for_the_end(PATIENCE_SECONDS)
        assert_the_ledger_is_ours(stage, sandbox, no_sayer=3)
        assert_everybody_ended_rightly(stage, "exhausted")
    natives = stage.read("SELECT count(*) FROM dialer_attempt WHERE origin = 'native'")
    assert natives == [(sum(rings_of(place) - 1 for place in range(len(SCRIPTS))),)]
