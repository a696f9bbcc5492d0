"""Importing a file of contacts, whole, against the server's own COPY of the rows that came out.

Owns this measurement and its file; the numbers are from ranges for fiction, and dialed by nobody.
"""

from __future__ import annotations

import io
import resource
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import phonenumbers
from django.db import connection, transaction

from benchmarks import crowd
from benchmarks.database import copy_of, fresh
from benchmarks.measuring import Section, aim, median, rate, ratio, seconds
from dialer import clock
from dialer.intake.contacts import ITEMS_LIMIT, add_contacts
from dialer.intake.jobs import create_import, run_due
from dialer.models import Campaign, Job, JobState

TABLES = ("dialer_contact", "dialer_contactphone", "dialer_campaigncontact")
#: French numbers for film and books: the blocks of ten thousand that the phone library calls valid.
FRENCH = ("19900", "26191", "35301", "46571", "53649")
#: All that there are, with the American ones.
MOST_ROWS = 95_000

TEXT = """\
A CSV file of {rows:,} people ({mib:.1f} MiB; names, numbers in national and international form, e-mail, one attribute),
from its upload to the last commit: reading, mapping, phone parsing, duplicates, three tables, verdicts. The yardstick
is the server's own `COPY ... FROM` file of exactly the rows that came out into the same three tables, indexes and
foreign keys on, in one transaction. Each run starts on a new copy of the database, nothing of it in memory; that
counts for the filled one. "API": the same people in calls of 10,000 items. Memory is how much higher the process's
peak was for the whole file than for a tenth of it: {grown:.0f} MiB. COPY into the filled database runs at {copied:.2f}
of its rate into the empty one."""

_WHY = """\
Python spends as much processor time on a row as the server does: a third on reading and phones, a third on its ids and
on who is the same. Only the reading runs beside the server's work, and that needs a second core at rest."""


def _numbers() -> Iterator[str]:
    """Give valid numbers that are reserved for fiction: American ones, then French ones."""
    for area in range(201, 990):
        if phonenumbers.is_valid_number(phonenumbers.parse(f"+1{area}5550100")):
            yield from (f"({area}) 555-01{line:02}" for line in range(100))
    for block in FRENCH:
        yield from (
            f"+33 {block[0]} {block[1:3]} {block[3:]} {n // 100:02} {n % 100:02}" for n in range(10_000)
        )


def _people(rows: int) -> list[dict[str, str]]:
    return [
        {
            "external_id": f"E{place:07}",
            "name": f"Person Number {place}",
            "phone": number,
            "email": f"person{place}@example.com",
            "city": f"City {place % 500}",
        }
        for place, number in zip(range(rows), _numbers(), strict=False)
    ]


def _csv(people: list[dict[str, str]]) -> bytes:
    lines = [",".join(people[0]), *(",".join(person.values()) for person in people)]
    return "\n".join(lines).encode()


def _by_job(campaign_id: UUID, data: bytes) -> Job:
    now = clock.now()
    job = create_import(
        campaign_id=campaign_id,
        stream=io.BytesIO(data),
        filename="people.csv",
        mapping={"city": "attributes.city"},
        default_country="US",
        now=now,
    )
    while run_due(now=clock.now() + timedelta(seconds=1), budget_seconds=60):
        pass
    job.refresh_from_db()
    assert job.state == JobState.COMPLETED, (job.state, job.error)
    return job


def _by_calls(campaign_id: UUID, people: list[dict[str, str]]) -> None:
    items = [
        {
            **{name: value for name, value in person.items() if name != "city"},
            "attributes": {"city": person["city"]},
        }
        for person in people
    ]
    for start in range(0, len(items), ITEMS_LIMIT):
        found = add_contacts(
            campaign_id=campaign_id,
            items=items[start : start + ITEMS_LIMIT],
            default_country="US",
            now=clock.now(),
        )
        assert not found.rejected


@contextmanager
def _shared_folder() -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="dialer-bench-"))
    folder.chmod(0o777)  # the server writes here under a user of its own
    try:
        yield folder
    finally:
        shutil.rmtree(folder)


def _copy_out(folder: Path, campaign_id: UUID) -> None:
    """Write what an import made into files of the server, without what was there before."""
    people = f"SELECT contact_id FROM dialer_campaigncontact WHERE campaign_id = '{campaign_id}'"
    wheres = (f"id IN ({people})", f"contact_id IN ({people})", f"campaign_id = '{campaign_id}'")
    with connection.cursor() as cursor:
        for table, where in zip(TABLES, wheres, strict=True):
            cursor.execute(f"COPY (SELECT * FROM {table} WHERE {where}) TO '{folder / table}'")


def _copy_in(folder: Path) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        for table in TABLES:
            cursor.execute(f"COPY {table} FROM '{folder / table}'")


def _peak_mib() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def imports(*, rows: int, filled: int, repeats: int) -> Section:
    """Measure imports into an empty and into a filled database."""
    people = _people(min(rows, MOST_ROWS))
    data, part = _csv(people), _csv(people[: len(people) // 10])
    count = len(people)
    with fresh() as template, _shared_folder() as folder:
        campaign = crowd.campaign()
        with copy_of(template):
            _by_job(campaign.pk, part)
            small = _peak_mib()
            _by_job(campaign.pk, data)
            grown = _peak_mib() - small
        bare = _bare(template, campaign, data, folder, repeats)
        empty = median([_timed_job(template, campaign, data) for _ in range(repeats)])
        api = median([_timed_calls(template, campaign, people) for _ in range(repeats)])
        crowd.enrol(crowd.campaign().pk, rows=filled, base=10_000_000)
        crowd.settle_down()
        bare_full = _bare(template, campaign, data, folder, repeats)
        full = median([_timed_job(template, campaign, data) for _ in range(repeats)])
    return Section(
        "Imports",
        TEXT.format(rows=count, mib=len(data) / 1024**2, grown=grown, copied=bare / bare_full),
        ("Into", "COPY by the server, rows/s", "import job, rows/s", "ratio", "API, rows/s", "ratio"),
        [
            ("an empty database", *_compared(count, bare, empty), *_compared(count, bare, api)[1:]),
            (f"{filled:,} contacts", *_compared(count, bare_full, full), "", ""),
        ],
        after="\n".join(
            (
                aim("import job to COPY", bare / empty, 1 / 3, _WHY),
                aim("import job to COPY", bare / empty, 0.45, _WHY),
                aim("the same into the filled database", bare_full / full, 1 / 3, _WHY),
                aim("filled to empty", empty / full, 0.7, "Its look-ups read a table that is not in memory."),
                aim("memory", grown, 50, "A batch or its rows are kept too long.", at_most=True, unit=" MiB"),
            )
        ),
    )


def _compared(count: int, bare: float, ours: float) -> tuple[str, str, str]:
    return rate(count / bare), rate(count / ours), ratio(bare / ours)


def _bare(template: str, campaign: Campaign, data: bytes, folder: Path, repeats: int) -> float:
    with copy_of(template):
        _by_job(campaign.pk, data)
        _copy_out(folder, campaign.pk)
    times = []
    for _ in range(repeats):
        with copy_of(template):
            connection.ensure_connection()
            times.append(seconds(lambda: _copy_in(folder)))
    return median(times)


def _timed_job(template: str, campaign: Campaign, data: bytes) -> float:
    with copy_of(template):
        connection.ensure_connection()
        return seconds(lambda: _by_job(campaign.pk, data))


def _timed_calls(template: str, campaign: Campaign, people: list[dict[str, str]]) -> float:
    with copy_of(template):
        connection.ensure_connection()
        return seconds(lambda: _by_calls(campaign.pk, people))
