"""Several writers at once, and workers that die at any moment: nobody twice, nobody lost, the counts exact."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.db import connection, transaction

from dialer import clock
from dialer.engine.errors import InvalidTransition
from dialer.intake.jobs import run_slice
from dialer.intake.writers import writer
from dialer.models import Campaign, CampaignContact, Contact, ContactPhone, Job
from tests import factories
from tests.intake.making import NOW, add, campaign, import_job, phone

ROOT = Path(__file__).resolve().parents[2]
MANAGE = [sys.executable, str(ROOT / "manage.py")]


def together(*tasks: Callable[[], Any]) -> list[Any]:
    """Run each task in a thread with a connection of its own; returns results or exceptions."""
    start, results = threading.Barrier(len(tasks)), [None] * len(tasks)

    def run(position: int, task: Callable[[], Any]) -> None:
        try:
            start.wait(timeout=20)
            results[position] = task()
        except Exception as error:  # a race's outcome is compared, not raised in a thread
            results[position] = error
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=task) for task in enumerate(tasks)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    return results


@pytest.mark.django_db(transaction=True)
def test_the_same_external_id_from_two_connections_is_one_person() -> None:
    targets = [campaign(), campaign()]
    for turn in range(10):
        item = {"external_id": f"x{turn}", "phone": phone()}
        answers = together(*(lambda target=target, item=item: add(target, item) for target in targets))
        assert [len(answer.accepted) for answer in answers] == [1, 1], answers
    assert (Contact.objects.count(), CampaignContact.objects.count()) == (10, 20)


@pytest.mark.django_db(transaction=True)
def test_the_same_phone_from_two_connections_is_one_contact() -> None:
    target = campaign()
    for _ in range(10):
        item = {"phone": phone()}
        answers = together(*[lambda item=item: add(target, item)] * 2)
        assert sorted(len(answer.accepted) for answer in answers) == [0, 1], answers
    assert (Contact.objects.count(), CampaignContact.objects.count()) == (10, 10)


@pytest.mark.django_db(transaction=True)
def test_batches_that_share_people_in_opposite_orders_do_not_block_each_other() -> None:
    items = [{"external_id": f"x{n}", "phone": f"+3319900{n:04d}"} for n in range(300)]
    one, two = campaign(), campaign()
    for policy in ("reject", "merge", "rearm"):
        answers = together(
            lambda policy=policy: add(one, *items, on_duplicate=policy),
            lambda policy=policy: add(two, *reversed(items), on_duplicate=policy),
        )
        assert [len(answer.accepted) for answer in answers] == [300, 300], answers
    assert Contact.objects.count() == 300


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_a_person_whom_somebody_else_makes_meanwhile_is_found_on_the_second_look(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    target, find, calls = campaign(), writer().find, []

    def late(*arguments: Any) -> Any:
        found = find(*arguments)
        if not calls:  # the API's own form for people takes none of our locks
            calls.append(1)
            together(lambda: factories.contact(["+33199000001"], external_id="a"))
        return found

    monkeypatch.setattr(writer(), "find", staticmethod(late))
    assert len(add(target, {"external_id": "a", "phone": "+33199000002"}).accepted) == 1
    assert (Contact.objects.count(), ContactPhone.objects.count()) == (1, 2)


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_a_campaign_that_is_being_completed_gets_no_contact_behind_its_end() -> None:
    target = campaign(status="running")
    completing, let_go = threading.Event(), threading.Event()

    def complete() -> None:
        with transaction.atomic():
            Campaign.objects.filter(pk=target.pk).update(status="completed", completed_at=NOW)
            completing.set()
            assert let_go.wait(timeout=20)

    def add_late() -> Any:
        assert completing.wait(timeout=20)
        threading.Timer(0.3, let_go.set).start()
        return add(target, {"phone": phone()})

    answers = together(complete, add_late)
    assert isinstance(answers[1], InvalidTransition)
    assert CampaignContact.objects.count() == 0


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_completing_waits_for_the_contacts_that_are_being_added() -> None:
    target = campaign(status="running")
    with transaction.atomic():
        add(target, {"phone": phone()})
        blocked = together(_complete_at_once(target))
    assert "lock timeout" in str(blocked[0])


def _complete_at_once(target: Campaign) -> Callable[[], Any]:
    def complete() -> None:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SET LOCAL lock_timeout = '200ms'")
            Campaign.objects.filter(pk=target.pk).update(status="completed", completed_at=NOW)

    return complete


def _rows(count: int) -> bytes:
    people = [f"c{n},Person {n},+3319900{n % 10_000:04d}" for n in range(count)]
    return ("external_id,name,phone\n" + "\n".join(people)).encode()


@pytest.mark.django_db(transaction=True)
def test_two_workers_race_for_one_job_and_do_it_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writer(), "BATCH_ROWS", 100)
    job = import_job(campaign(), _rows(3_000), now=clock.now())

    def work() -> None:
        while Job.objects.get(pk=job.pk).state in ("queued", "running"):
            run_slice(now=clock.now(), budget_seconds=0.01)

    assert together(work, work) == [None, None]
    job.refresh_from_db()
    assert (job.state, job.processed, job.accepted, job.rejected) == ("completed", 3_000, 3_000, 0)
    assert CampaignContact.objects.count() == 3_000


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def own_database(request: pytest.FixtureRequest, tmp_path: Path) -> dict[str, str]:
    """Give the environment of child processes with a migrated database of their own."""
    url = f"sqlite:///{tmp_path}/own.sqlite3"
    if request.param == "postgres":
        url = request.getfixturevalue("own_postgres")
    environment = os.environ | {
        "DATABASE_URL": url,
        "DIALER_DATA_DIR": str(tmp_path),
        "DIALER_LEASE_SECONDS": "1",
        "COLUMNS": "200",
    }
    subprocess.run([*MANAGE, "migrate", "-v0"], env=environment, cwd=ROOT, check=True)
    return environment


def _manage(environment: dict[str, str], code: str) -> str:
    done = subprocess.run(
        [*MANAGE, "shell", "-v0", "-c", code], env=environment, cwd=ROOT, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip().splitlines()[-1]


MAKE = """
from tests import factories
print(factories.campaign(name="big").pk)
"""
COUNT = """
from dialer.models import *
job = Job.objects.get()
print(job.state, job.processed, job.accepted, job.rejected, Contact.objects.count(), ContactPhone.objects.count(),
      CampaignContact.objects.count(), JobVerdict.objects.count())
"""


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_an_import_that_is_killed_again_and_again_ends_with_exact_counts(
    own_database: dict[str, str], tmp_path: Path
) -> None:
    people = [
        f"c{n},Person {n},+3319900{n % 10_000:04d}" if n % 10 else f"c{n},Bad {n},12" for n in range(40_000)
    ]
    path = tmp_path / "people.csv"
    path.write_text("external_id,name,phone\n" + "\n".join(people))
    _manage(own_database, MAKE)
    command = [*MANAGE, "import_contacts", "big", str(path), "--on-duplicate", "reject"]
    # Killed behind its first rows, then thrice further on, at a moment that nobody chose.
    for behind in (-1, 0, 9_000, 21_000):
        child = subprocess.Popen(
            command, env=own_database, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        while _processed(own_database["DATABASE_URL"]) <= behind and child.poll() is None:
            time.sleep(0.01)
        child.send_signal(signal.SIGKILL)
        assert child.wait() == -signal.SIGKILL, "the import was over before it could be killed"
    last = subprocess.run(command, env=own_database, cwd=ROOT, capture_output=True, text=True)
    assert last.returncode == 0, last.stdout + last.stderr
    assert "going on with job" in last.stdout
    # 9,000 numbers end in other digits than 0; each comes four times, and the first one wins.
    assert _manage(own_database, COUNT) == "completed 40000 9000 31000 9000 9000 9000 31000"


def _processed(url: str) -> int:
    """Read how far the job is, -1 without one, from outside and without any of our code."""
    statement = "SELECT processed FROM dialer_job"
    if url.startswith("sqlite"):
        with closing(sqlite3.connect(url.removeprefix("sqlite:///"), timeout=20)) as database:
            row = database.execute(statement).fetchone()
    else:
        with psycopg.connect(url) as server:
            row = server.execute(statement).fetchone()
    return -1 if row is None else int(row[0])
