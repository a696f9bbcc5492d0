"""A campaign of fifty people at a vendor's sandbox, over real HTTP: how it is run, and what must hold at its end.

Owns running and judging; the tests choose the vendor, the processes and the weather.
"""

from __future__ import annotations

import logging
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from providers.registry import provider_class
from providers.sandbox import sandbox_class
from providers.sandbox.faults import FaultPlan
from providers.sandbox.line import Pace, digits
from providers.sandbox.serve import ServedSandbox
from providers.vocabulary import Correlate
from tests.house.processes import ROOT, eventually, free_port, manage
from tests.processes.stage import BEAT, WORKER, Stage, cast
from tests.processes.vendors import ENDINGS, PLAIN, VENDORS

PEOPLE = 50
#: Most of a campaign happens in the storm; then it passes, so that chance does not decide how long a test takes.
STORM_SECONDS = 75
#: An open breaker rests for half a minute, or a whole one.
PATIENCE_SECONDS = 300
#: Fast enough for a test, slow enough that calls are under way at every instant.
PACE = Pace(wait=0.3, ring=0.5, talk=0.5)
STORM = FaultPlan(rate=0.3, seed=5, hang_seconds=1.5)
CALM = FaultPlan()
#: What the vendor was never asked to ring, or was asked not to.
NEVER_RANG = ("rejected", "cancelled")
#: What it took and then told to be impossible, where the receipt was lost.
NEVER_DIALED = ("invalid_number",)


@contextmanager
def served(slug: str, plan: FaultPlan) -> Iterator[ServedSandbox]:
    """Serve a vendor's sandbox while the block runs."""
    # Thousands of request lines would hide what a failure says.
    logging.getLogger("providers.sandbox").setLevel(logging.WARNING)
    sandbox = ServedSandbox(sandbox_class(slug), pace=PACE, faults=plan)
    sandbox.start()
    try:
        yield sandbox
    finally:
        sandbox.stop()


def prepared(stage: Stage, slug: str, sandbox: ServedSandbox) -> None:
    """Make the tables, the account, the people and the running campaign."""
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
    ours = Counter(
        digits(number)
        for number, state, result in rows
        if state not in NEVER_RANG and result not in NEVER_DIALED
    )
    doubtful = Counter(digits(number) for number, _, result in rows if result == "unknown")
    twice = {phone: count for phone, count in rung.items() if count > ours[phone]}
    forgotten = {phone: count for phone, count in ours.items() if rung[phone] < count - doubtful[phone]}
    assert (twice, forgotten) == ({}, {})
    refs = Counter(ring.ref for ring in sandbox.sandbox.line.rings if ring.ref)
    assert [ref for ref, count in refs.items() if count > 1] == []


def assert_everybody_ended_rightly(stage: Stage, slug: str, *, is_calm: bool) -> None:
    """Everybody is finished, for the reason that the vendor's words allow."""
    rows = stage.read(
        "SELECT p.number, k.finish_reason, k.last_result, k.attempt_count FROM dialer_campaigncontact k"
        " JOIN dialer_contactphone p ON p.contact_id = k.contact_id WHERE k.state = 'finished'"
    )
    assert len(rows) == PEOPLE
    expected = PLAIN | VENDORS[slug].reasons
    # What nobody could find out is counted and not repeated: only where the vendor proves no absence, or tells no
    # reference of ours.
    can = provider_class(slug).capabilities
    may_be_unknown = not is_calm and not (can.proves_absence and can.correlate is Correlate.REF)
    wrong = [
        row
        for row in rows
        if row[1] != expected[row[0][-2:]] and not (may_be_unknown and row[2] == "unknown")
    ]
    assert wrong == []
    assert {row[0][-2:] for row in rows} == set(ENDINGS)


def check(stage: Stage, slug: str, sandbox: ServedSandbox, *, is_calm: bool) -> None:
    """Hold the end of a campaign to all of it."""
    assert_the_ledger_is_ours(stage, sandbox)
    assert_everybody_ended_rightly(stage, slug, is_calm=is_calm)


def wait_for_the_end(stage: Stage, sandbox: ServedSandbox) -> None:
    """Wait until everybody is finished; a storm passes meanwhile."""
    if not eventually(lambda: stage.unfinished() == 0, STORM_SECONDS):
        sandbox.faults.follow(CALM)
    stage.wait_for_the_end(PATIENCE_SECONDS)


def run_in_one_process(slug: str, plan: FaultPlan, folder: Path) -> None:
    """Run the campaign through `manage.py up` on SQLite."""
    stage = Stage(folder, f"sqlite:///{folder / 'dialer.sqlite3'}")
    with served(slug, plan) as sandbox:
        prepared(stage, slug, sandbox)
        with cast(stage) as acting:
            acting.start("up", [sys.executable, "manage.py", "up", "--port", str(free_port())])
            wait_for_the_end(stage, sandbox)
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
            wait_for_the_end(stage, sandbox)
        check(stage, slug, sandbox, is_calm=plan is CALM)
