"""Import jobs: stores an uploaded file with its job row, and finds the job that wants work next.

Owns the life of a job (queued, leased, ended); reading and writing its rows is `slices.py`.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any, Protocol
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import F, Q

from dialer.engine.errors import Invalid, InvalidTransition, NotFound
from dialer.engine.news import News
from dialer.intake import do_not_call_rows
from dialer.intake.contacts import read_country, read_policy
from dialer.intake.do_not_call import DoNotCallSlice
from dialer.intake.mapping import check_mapping
from dialer.intake.opening import CHUNK_BYTES, MAX_BYTES
from dialer.intake.slices import Lease, Slice, forget_file, work_on
from dialer.models import ApiKey, Campaign, Job, JobChunk, JobKind, JobState, JobVerdict
from dialer.rules.csv_text import csv_pieces
from dialer.rules.faults import Fault
from dialer.rules.transitions import CampaignStatus, allowed_actions

#: Longer than one base tick would make the other periodic work of the same process wait.
RUN_SECONDS = 1.0
#: A job that was leased so often without one more batch stops its worker every time.
TRIES_WITHOUT_PROGRESS = 10
OPEN_STATES = (JobState.QUEUED.value, JobState.RUNNING.value)
ENDED_CAMPAIGNS = (CampaignStatus.COMPLETED.value, CampaignStatus.ARCHIVED.value)
_FILENAME_LENGTH = 255
_HEADER = ("row", "verdict", "code", "pointer", "detail")
#: Who works on which kind of file.
_SLICES: dict[str, type[Slice]] = {
    JobKind.IMPORT.value: Slice,
    JobKind.SUPPRESSIONS.value: DoNotCallSlice,
}


class Readable(Protocol):
    """An upload or an open file."""

    def read(self, size: int, /) -> bytes:
        """Return at most this many bytes; none at the end."""


def create_import(
    *,
    campaign_id: UUID,
    stream: Readable,
    filename: str,
    mapping: Mapping[str, Any] | None,
    default_country: str | None,
    on_duplicate: str = "reject",
    dry_run: bool = False,
    created_by: ApiKey | None = None,
    now: datetime,
) -> Job:
    """Store a file and the job that reads it, both or neither; a worker takes it at its next tick."""
    params = {
        "filename": filename[-_FILENAME_LENGTH:].replace("\0", ""),
        "mapping": check_mapping(mapping or {}),
        "default_country": read_country(default_country),
        "on_duplicate": read_policy(on_duplicate),
        "dry_run": bool(dry_run),
    }
    with transaction.atomic():
        job = Job(kind=JobKind.IMPORT.value, campaign=_open_campaign(campaign_id), created_by=created_by)
        return _queued(job, params, stream, now)


def _queued(job: Job, params: dict[str, Any], stream: Readable, now: datetime) -> Job:
    """Store a job with its file and tell of it; must run inside a transaction."""
    job.params, job.created_at, job.updated_at = params, now, now
    job.save(force_insert=True)
    job.bytes_total, params["sha256"] = _store(job, stream)
    job.save(update_fields=["bytes_total", "params"])
    tell("queued", job)
    return job


def tell(kind: str, job: Job) -> None:
    """Write the event of a job that began or ended, in the transaction that makes it so."""
    news = News()
    news.job(kind, job)
    news.write()


def create_suppressions_import(
    *,
    stream: Readable,
    filename: str,
    mapping: Mapping[str, Any] | None,
    default_country: str | None,
    source: str = "import",
    dry_run: bool = False,
    created_by: ApiKey | None = None,
    now: datetime,
) -> Job:
    """Store a file of do-not-call entries and the job that reads it; they hold as their batch is committed."""
    params = {
        "filename": filename[-_FILENAME_LENGTH:].replace("\0", ""),
        "mapping": do_not_call_rows.check_mapping(mapping or {}),
        "default_country": read_country(default_country),
        "origin": source,
        "dry_run": bool(dry_run),
    }
    with transaction.atomic():
        return _queued(Job(kind=JobKind.SUPPRESSIONS.value, created_by=created_by), params, stream, now)


def _open_campaign(campaign_id: UUID) -> Campaign:
    campaign = Campaign.objects.filter(pk=campaign_id).first()
    if campaign is None:
        raise NotFound("campaign")
    if campaign.status in ENDED_CAMPAIGNS:
        raise InvalidTransition(
            f"the campaign is {campaign.status}: contacts cannot be imported any more",
            state=campaign.status,
            allowed_actions=allowed_actions(campaign.status),
        )
    return campaign


def _store(job: Job, stream: Readable) -> tuple[int, str]:
    total, digest = 0, sha256()
    for position, chunk in enumerate(_whole_chunks(stream)):
        total += len(chunk)
        if total > MAX_BYTES:
            detail = f"a file may have {MAX_BYTES // 1024**2} MiB; split it, or compress it with gzip"
            raise Invalid("file_too_large", detail, [Fault("/file", "file_too_large", detail)])
        digest.update(chunk)
        JobChunk.objects.create(job=job, position=position, data=chunk)
    if not total:
        raise Invalid("empty_file", "the file is empty", [Fault("/file", "empty_file", "the file is empty")])
    return total, digest.hexdigest()


def _whole_chunks(stream: Readable) -> Iterator[bytes]:
    """Give chunks of exactly CHUNK_BYTES, the last one aside: offsets are found by division."""
    rest = b""
    while data := stream.read(CHUNK_BYTES):
        rest += data
        while len(rest) >= CHUNK_BYTES:
            yield rest[:CHUNK_BYTES]
            rest = rest[CHUNK_BYTES:]
    if rest:
        yield rest


def run_due(*, now: datetime, budget_seconds: float = RUN_SECONDS) -> int:
    """Work on the jobs that wait, for about a second; returns the number of slices done."""
    started, done = time.monotonic(), 0
    while (left := budget_seconds - (time.monotonic() - started)) > 0:
        if not run_slice(now=now, budget_seconds=left):
            break
        done += 1
    return done


def run_slice(*, now: datetime, budget_seconds: float, job_id: UUID | None = None) -> bool:
    """Lease one job (or this one) and go on with it for the budget; False if none is free.

    Safe to kill at any line: progress, verdicts and rows of a batch share one transaction.
    """
    lease = _lease(now, job_id)
    if lease is None:
        return False
    work_on(lease, now=now, budget_seconds=budget_seconds, make=_SLICES[lease.kind])
    return True


def _lease(now: datetime, job_id: UUID | None) -> Lease | None:
    """Take the free job that has waited longest, by compare-and-set on its fence."""
    free = Job.objects.filter(
        Q(lease_until__isnull=True) | Q(lease_until__lte=now),
        kind__in=_SLICES,
        state__in=OPEN_STATES,
    )
    if job_id is not None:
        free = free.filter(pk=job_id)
    length = timedelta(seconds=settings.DIALER_LEASE_SECONDS)
    # A handful: where several workers race, each soon finds one that nobody else has taken.
    columns = ("pk", "fence", "params", "kind")
    for pk, fence, params, kind in free.order_by("updated_at", "pk").values_list(*columns)[:8]:
        tries = params.get("tries", 0) + 1
        if tries > TRIES_WITHOUT_PROGRESS:
            _give_up(pk, fence, now)
            continue
        taken = free.filter(pk=pk, fence=fence).update(
            state=JobState.RUNNING.value,
            fence=fence + 1,
            lease_until=now + length,
            params=params | {"tries": tries},
            updated_at=now,
            version=F("version") + 1,
        )
        if taken:
            return Lease(job_id=pk, fence=fence + 1, until=now + length, kind=kind)
    return None


def _give_up(pk: UUID, fence: int, now: datetime) -> None:
    with transaction.atomic():
        ended = Job.objects.filter(pk=pk, fence=fence, state__in=OPEN_STATES).update(
            state=JobState.FAILED.value,
            error=f"the import stopped its worker {TRIES_WITHOUT_PROGRESS} times at the same place; see the log",
            fence=fence + 1,
            lease_until=None,
            finished_at=now,
            updated_at=now,
            version=F("version") + 1,
        )
        if ended:
            tell("failed", Job.objects.get(pk=pk))
            forget_file(pk)


def cancel(*, job_id: UUID, now: datetime) -> Job:
    """Stop a job behind its last committed batch; what it has taken stays."""
    with transaction.atomic():
        ended = Job.objects.filter(pk=job_id, state__in=OPEN_STATES).update(
            state=JobState.CANCELLED.value,
            lease_until=None,
            finished_at=now,
            updated_at=now,
            version=F("version") + 1,
        )
        job = Job.objects.filter(pk=job_id).first()
        if job is None:
            raise NotFound("job")
        if not ended:
            raise InvalidTransition(f"the job is {job.state} already", state=job.state)
        tell("cancelled", job)
        forget_file(job_id)
    return job


def errors_csv(job: Job) -> Iterator[str]:
    """Write the rows that were not taken, and the warnings, as CSV; row 1 is the first behind the header."""
    return csv_pieces(_HEADER, (line for told in _told(job) for line in _lines(*told)))


def verdicts_csv(job: Job) -> Iterator[str]:
    """Write a verdict for every row that was read, as CSV: what is not told otherwise was accepted."""
    return csv_pieces(_HEADER, _every_row(job))


def _every_row(job: Job) -> Iterator[tuple[Any, ...]]:
    told = _told(job)
    upcoming = next(told, None)
    for row in range(1, job.processed + 1):
        if upcoming is not None and upcoming[0] == row:
            yield from _lines(*upcoming)
            upcoming = next(told, None)
        else:
            yield row, "accepted", "", "", ""


def _told(job: Job) -> Iterator[tuple[int, str, list[dict[str, str]]]]:
    verdicts = JobVerdict.objects.filter(job=job).order_by("row").values_list("row", "verdict", "errors")
    return verdicts.iterator(chunk_size=1000)


def _lines(row: int, verdict: str, errors: list[dict[str, str]]) -> Iterator[tuple[Any, ...]]:
    for error in errors or [{}]:
        yield row, verdict, error.get("code", ""), error.get("pointer", ""), error.get("detail", "")
