"""A campaign of fifty people at each vendor's sandbox, over real HTTP: calm, and with every third answer spoiled."""

from __future__ import annotations

import logging
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from providers.registry import provider_class
from providers.sandbox import sandbox_class
from providers.sandbox.faults import FaultPlan
from providers.sandbox.line import Pace, digits
from providers.sandbox.serve import ServedSandbox
from tests.house.processes import ROOT, free_port, manage
from tests.processes.stage import BEAT, WORKER, Stage, cast
from tests.processes.vendors import ENDINGS, PLAIN, VENDORS

pytestmark = [pytest.mark.slow, pytest.mark.timeout(500), pytest.mark.usefixtures("_quiet")]

PEOPLE = 50
#: A storm opens the breaker now and then, which rests for half a minute.
PATIENCE_SECONDS = 400
#: Fast enough for a test, slow enough that calls are under way at every instant.
PACE = Pace(wait=0.3, ring=0.5, talk=0.5)
STORM = FaultPlan(rate=0.3, seed=5, hang_seconds=1.5)
CALM = FaultPlan()
#: What the vendor was never asked to ring, or was asked not to.
NEVER_RANG = ("rejected", "cancelled")


@pytest.fixture
def _quiet() -> None:
    """Keep thousands of request lines out of the report of a failure."""
    logging.getLogger("providers.sandbox").setLevel(logging.WARNING)


@contextmanager
def served(slug: str, plan: FaultPlan) -> Iterator[ServedSandbox]:
    sandbox = ServedSandbox(sandbox_class(slug), pace=PACE, faults=plan)
    sandbox.start()
    try:
        yield sandbox
    finally:
        sandbox.stop()


def prepared(stage: Stage, slug: str, sandbox: ServedSandbox) -> None:
    # As often as the other tests look, a dozen calls in doubt would use up a rate of ten requests a second.
    stage.env["DIALER_RECONCILE_SECONDS"] = "2"
    made = manage("migrate", "-v0", env=stage.env, check=False)
    assert made.returncode == 0, made.stderr
    command = [sys.executable, "-m", "tests.processes.vendors", slug, sandbox.base_url, str(PEOPLE)]
    done = subprocess.run(command, cwd=ROOT, env=stage.env, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr


def assert_the_ledger_is_ours(stage: Stage, sandbox: ServedSandbox) -> None:
    """Each number rang as often as we have attempts; only what nobody could find out may not have rung."""
    rung = Counter(ring.phone for ring in sandbox.sandbox.line.rings)
    rows = stage.read("SELECT number, state, result FROM dialer_attempt")
    ours = Counter(digits(number) for number, state, _ in rows if state not in NEVER_RANG)
    doubtful = Counter(digits(number) for number, _, result in rows if result == "unknown")
    twice = {phone: count for phone, count in rung.items() if count > ours[phone]}
    forgotten = {phone: count for phone, count in ours.items() if rung[phone] < count - doubtful[phone]}
    assert (twice, forgotten) == ({}, {})
    refs = Counter(ring.ref for ring in sandbox.sandbox.line.rings if ring.ref)
    assert [ref for ref, count in refs.items() if count > 1] == []


def assert_everybody_ended_rightly(stage: Stage, slug: str, *, is_calm: bool) -> None:
    rows = stage.read(
        "SELECT p.number, k.finish_reason, k.last_result, k.attempt_count FROM dialer_campaigncontact k"
        " JOIN dialer_contactphone p ON p.contact_id = k.contact_id WHERE k.state = 'finished'"
    )
    assert len(rows) == PEOPLE
    expected = PLAIN | VENDORS[slug].reasons
    # What nobody could find out is counted and not repeated: only where the vendor proves no absence.
    may_be_unknown = not is_calm and not provider_class(slug).capabilities.proves_absence
    wrong = [
        row
        for row in rows
        if row[1] != expected[row[0][-2:]] and not (may_be_unknown and row[2] == "unknown")
    ]
    assert wrong == []
    assert {row[0][-2:] for row in rows} == set(ENDINGS)


def check(stage: Stage, slug: str, sandbox: ServedSandbox, *, is_calm: bool) -> None:
    assert_the_ledger_is_ours(stage, sandbox)
    assert_everybody_ended_rightly(stage, slug, is_calm=is_calm)


@pytest.mark.parametrize("plan", [CALM, STORM], ids=["calm", "storm"])
@pytest.mark.parametrize("slug", sorted(VENDORS))
def test_a_campaign_runs_through_a_vendor_in_one_process(slug: str, plan: FaultPlan, tmp_path: Path) -> None:
    stage = Stage(tmp_path, f"sqlite:///{tmp_path / 'dialer.sqlite3'}")
    with served(slug, plan) as sandbox:
        prepared(stage, slug, sandbox)
        with cast(stage) as acting:
            acting.start("up", [sys.executable, "manage.py", "up", "--port", str(free_port())])
            stage.wait_for_the_end(PATIENCE_SECONDS)
        check(stage, slug, sandbox, is_calm=plan is CALM)


@pytest.mark.parametrize("slug", ["nrs360", "targg"])
def test_notifications_alone_bring_a_campaign_to_its_end(slug: str, tmp_path: Path) -> None:
    port = free_port()
    stage = Stage(tmp_path, f"sqlite:///{tmp_path / 'dialer.sqlite3'}")
    stage.env |= {"DIALER_POLL_SECONDS": "600", "DIALER_PUBLIC_URL": f"http://127.0.0.1:{port}"}
    with served(slug, CALM) as sandbox:
        prepared(stage, slug, sandbox)
        ((token,),) = stage.read("SELECT webhook_token FROM dialer_provideraccount")
        # What a person enters in the vendor's portal; 360NRS is told with each order as well.
        sandbox.sandbox.hook_url = f"http://127.0.0.1:{port}/hooks/{slug}/{token}"
        with cast(stage) as acting:
            acting.start("up", [sys.executable, "manage.py", "up", "--port", str(port)])
            stage.wait_for_the_end(PATIENCE_SECONDS)
        check(stage, slug, sandbox, is_calm=True)
    assert stage.read("SELECT DISTINCT source FROM dialer_providerevent WHERE source = 'hook'") == [("hook",)]


@pytest.mark.postgres
@pytest.mark.redis
@pytest.mark.parametrize("plan", [CALM, STORM], ids=["calm", "storm"])
@pytest.mark.parametrize("slug", sorted(VENDORS))
def test_a_campaign_runs_through_a_vendor_with_two_workers(
    slug: str, plan: FaultPlan, tmp_path: Path, own_postgres: str, own_redis: str
) -> None:
    stage = Stage(tmp_path, own_postgres, own_redis)
    with served(slug, plan) as sandbox:
        prepared(stage, slug, sandbox)
        with cast(stage) as acting:
            acting.start("beat", BEAT)
            for name in ("one", "two"):
                acting.start(name, WORKER)
            stage.wait_for_the_end(PATIENCE_SECONDS)
        check(stage, slug, sandbox, is_calm=plan is CALM)
