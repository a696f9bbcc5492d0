"""A campaign of fifty people at a vendor's sandbox, over real HTTP: how it is run.

Owns running; the tests choose the vendor, the processes and the weather, `vendor_verdict.py` judges.
"""

from __future__ import annotations

import logging
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from providers.sandbox import sandbox_class
from providers.sandbox.faults import FaultPlan, ServedFault
from providers.sandbox.line import Pace, digits
from providers.sandbox.serve import ServedSandbox
from tests.house.processes import ROOT, free_port, manage
from tests.processes.stage import BEAT, WORKER, Stage, cast
from tests.processes.vendor_verdict import (
    assert_a_no_is_kept,
    assert_everybody_ended_rightly,
    assert_the_ledger_is_ours,
)
from tests.processes.vendors import SCRIPTED, VENDORS, number

PEOPLE = 50
#: A storm takes one to three minutes; a busy machine more. An open breaker rests for half a minute, or a whole one.
PATIENCE_SECONDS = 600
#: Fast enough for a test, slow enough that calls are under way at every instant.
PACE = Pace(wait=0.3, ring=0.5, talk=0.5)
#: A request may take two fifths of it: a hang outlasts that.
LEASE_SECONDS = 8
#: It holds until everybody is finished. By this seed each kind of fault comes among the first hundred requests.
STORM = FaultPlan(rate=0.3, seed=25, hang_seconds=4)
CALM = FaultPlan()


@contextmanager
def served(slug: str, plan: FaultPlan) -> Iterator[ServedSandbox]:
    """Serve a vendor's sandbox while the block runs."""
    # Thousands of request lines would hide what a failure says.
    logging.getLogger("providers.sandbox").setLevel(logging.WARNING)
    sandbox = ServedSandbox(sandbox_class(slug), pace=PACE, faults=plan)
    for place in range(PEOPLE):
        if script := SCRIPTED.get(number(place)[-2:]):
            sandbox.sandbox.line.script[digits(number(place))] = list(script)
    if plan.rate and (rate := VENDORS[slug].agreed_rate):
        sandbox.sandbox.requests_per_second = rate  # type: ignore[attr-defined]
    sandbox.start()
    try:
        yield sandbox
    finally:
        sandbox.stop()


def prepared(stage: Stage, slug: str, sandbox: ServedSandbox) -> None:
    """Make the tables, the account, the people and the running campaign."""
    # As often as the other tests look, a dozen calls in doubt would use up a rate of ten requests a second.
    stage.env["DIALER_RECONCILE_SECONDS"] = "3"
    stage.env["DIALER_LEASE_SECONDS"] = str(LEASE_SECONDS)
    made = manage("migrate", "-v0", env=stage.env, check=False, patience=PATIENCE_SECONDS)
    assert made.returncode == 0, made.stderr
    command = [sys.executable, "-m", "tests.processes.vendors", slug, sandbox.base_url, str(PEOPLE)]
    if sandbox.faults.plan.rate and (rate := VENDORS[slug].agreed_rate):
        command.append(str(rate))
    done = subprocess.run(
        command, cwd=ROOT, env=stage.env, capture_output=True, text=True, timeout=PATIENCE_SECONDS
    )
    assert done.returncode == 0, done.stderr


def check(stage: Stage, slug: str, sandbox: ServedSandbox, *, is_calm: bool) -> None:
    """Hold the end of a campaign to all of it."""
    assert_the_ledger_is_ours(stage, slug, sandbox)
    assert_everybody_ended_rightly(stage, slug, people=PEOPLE, is_calm=is_calm)
    assert_a_no_is_kept(stage, slug)
    chosen = sandbox.faults.chosen
    if not is_calm:  # to the very end, and of every kind
        assert set(chosen) >= set(ServedFault)
        assert 0.25 < 1 - chosen[None] / chosen.total() < 0.35


def run_in_one_process(slug: str, plan: FaultPlan, folder: Path) -> None:
    """Run the campaign through `manage.py up` on SQLite."""
    stage = Stage(folder, f"sqlite:///{folder / 'dialer.sqlite3'}")
    with served(slug, plan) as sandbox:
        prepared(stage, slug, sandbox)
        with cast(stage) as acting:
            acting.start("up", [sys.executable, "manage.py", "up", "--port", str(free_port())])
            stage.wait_for_the_end(PATIENCE_SECONDS)
        check(stage, slug, sandbox, is_calm=plan is CALM)


def run_with_two_workers(slug: str, plan: FaultPlan, folder: Path, database: str, broker: str) -> None:
    """Run the campaign through beat and two workers on PostgreSQL and Redis."""
    stage = Stage(folder, database, broker)
    with served(slug, plan) as sandbox:
        prepared(stage, slug, sandbox)
        with cast(stage) as acting:
            acting.start("beat", BEAT)
            for name in ("one", "two"):
                acting.start(name, WORKER)
            stage.wait_for_the_end(PATIENCE_SECONDS)
        check(stage, slug, sandbox, is_calm=plan is CALM)
