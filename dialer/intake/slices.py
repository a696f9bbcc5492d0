"""Works on one leased import: reads on behind the last committed batch, writes a batch a transaction.

Owns that rows, verdicts, counters and place in the file are committed together, under the lease's fence.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice
from typing import Any
from uuid import UUID

import structlog
from django.conf import settings
from django.db import transaction

from dialer.engine.errors import InvalidTransition
from dialer.engine.news import News
from dialer.intake.opening import Opened, UnreadableFile
from dialer.intake.people import Placed, Policy
from dialer.intake.records import Fault, Record, Refusal, fault, read_item
from dialer.intake.seen import Seen
from dialer.intake.sources import Row, inspect, rows
from dialer.intake.warnings import window_warnings
from dialer.intake.writers import StoredVerdict, no_collection, open_campaign, write_records, writer
from dialer.models import Job, JobChunk, JobKind, JobState

log = structlog.get_logger(__name__)

#: A dry run forgets its rows at the end of a slice and must read them again to know their duplicates, so it gets
#: time enough to end in one slice with nearly every file.
DRY_RUN_SECONDS = 30.0


@dataclass(slots=True)
class Lease:
    """Our hold on a job."""

    job_id: UUID
    fence: int
    until: datetime
    kind: str = JobKind.IMPORT.value


@dataclass(slots=True)
class Batch:
    """Some rows of the file: how many, where they end in it, and what the check says of each."""

    size: int
    end: int
    taken: int
    broken: UnreadableFile | None
    read: Future[list[Record | Refusal]]


class LostLease(Exception):
    """Somebody else took the job, or it was cancelled: our batch must leave nothing behind."""


class Slice:
    """One stretch of work on one job."""

    def __init__(self, lease: Lease, now: datetime) -> None:
        self.lease, self.now = lease, now
        self.started = time.monotonic()
        self.job = Job.objects.get(pk=lease.job_id)
        self.params: dict[str, Any] = self.job.params
        self.policy: Policy = self.params.get("on_duplicate", "reject")
        self.dry_run: bool = self.params["dry_run"]
        self.seen = Seen()
        self.opened: Opened | None = None

    @property
    def at(self) -> datetime:
        """The instant by the caller's clock plus the time that this slice has taken: leases are real time."""
        return self.now + timedelta(seconds=time.monotonic() - self.started)

    def _chunk(self, position: int) -> bytes | None:
        data = (
            JobChunk.objects.filter(job=self.job.pk, position=position).values_list("data", flat=True).first()
        )
        return None if data is None else bytes(data)

    # -- reading -----------------------------------------------------------------------------------------------

    def rows(self) -> Iterator[Row]:
        """Give the rows behind those that were processed."""
        self.opened = opened = Opened(self._chunk)
        if "source" not in self.params:
            self.params["source"] = self.look(opened)
        source = self.params["source"]
        if self.dry_run and self.job.processed:
            for row in islice(self.walk(opened, source["offset"]), self.job.processed):
                read = self.read(0, row)
                if type(read) is Record:
                    self.seen.add(read)
        return self.walk(opened, self.params.get("offset", source["offset"]))

    def look(self, opened: Opened) -> dict[str, Any]:
        """Find out what the file is."""
        return inspect(opened, self.params["mapping"])

    def walk(self, opened: Opened, offset: int) -> Iterator[Row]:
        """Give the file's rows from an offset on."""
        return rows(opened, self.params["source"], self.params["mapping"], offset)

    def take(self, source: Iterator[Row], size: int, first: int, checker: Executor) -> Batch:
        """Take the next rows and have them checked; where the file becomes unreadable, those before are kept."""
        taken: list[Row] = []
        broken = None
        try:
            for row in islice(source, size):
                taken.append(row)
        except UnreadableFile as reason:
            broken = reason
        return Batch(
            size=len(taken),
            end=taken[-1].end if taken else 0,
            taken=self.opened.taken if self.opened else 0,
            broken=broken,
            read=checker.submit(lambda: [self.read(first + place, row) for place, row in enumerate(taken)]),
        )

    def read(self, index: int, row: Row) -> Record | Refusal:
        """Check one row."""
        if row.errors is not None:
            return Refusal(index, row.errors)
        return read_item(index, row.item, row.country or self.params["default_country"])

    # -- writing -----------------------------------------------------------------------------------------------

    def commit(self, batch: Batch) -> None:
        """Write one batch with everything that it changes, or nothing if the lease is lost."""
        read = batch.read.result()
        with transaction.atomic():
            self._hold()
            records = [one for one in read if type(one) is Record]
            outcomes, warnings = self._place(records)
            verdicts = _verdicts(read, outcomes, warnings)
            if verdicts:
                writer().insert_verdicts(self.job.pk, verdicts)
            rejected = sum(verdict.verdict == "rejected" for verdict in verdicts)
            self.params |= {"offset": batch.end, "tries": 0}
            self._progress(
                processed=self.job.processed + batch.size,
                accepted=self.job.accepted + batch.size - rejected,
                rejected=self.job.rejected + rejected,
                bytes_read=batch.taken,
                params=self.params,
            )

    def _hold(self) -> None:
        """Lock the job row while it is ours, so that no cancel comes between."""
        held = Job.objects.select_for_update().filter(
            pk=self.job.pk, fence=self.lease.fence, state=JobState.RUNNING.value
        )
        if not held.values_list("pk").first():
            raise LostLease

    def _place(self, records: list[Record]) -> tuple[dict[int, Placed | Refusal], dict[int, list[Fault]]]:
        campaign_id = self.job.campaign_id
        assert campaign_id is not None  # an import names its campaign from the beginning
        repeated = {record.index: self._repeated(record) for record in records if self.seen.has(record)}
        fresh = [record for record in records if record.index not in repeated]
        with transaction.atomic():
            open_campaign(campaign_id, fresh)
            placed = write_records(campaign_id, fresh, policy=self.policy, now=self.now)
            warnings = window_warnings(campaign_id, fresh, now=self.now)
            if self.dry_run:
                transaction.set_rollback(True)
        if self.dry_run:
            for record, outcome in zip(fresh, placed, strict=True):
                if type(outcome) is Placed:
                    self.seen.add(record)
        return repeated | {outcome.row: outcome for outcome in placed}, warnings

    def _repeated(self, record: Record) -> Placed | Refusal:
        """Judge a row of a dry run whose person was in a batch before."""
        if self.policy == "reject":
            return Refusal(
                record.index,
                [fault("/phone", "duplicate", "an earlier row of this file has the same contact")],
            )
        outcome: Any = "skipped" if self.policy == "skip" else "merged"
        return Placed(record.index, self.job.pk, record.external_id, record.main, outcome)

    def _progress(self, **values: Any) -> None:
        """Write counters and a longer lease; raises LostLease if the job is not ours any more."""
        until = self.at + timedelta(seconds=settings.DIALER_LEASE_SECONDS)
        values = {"version": self.job.version + 1, "updated_at": self.now, "lease_until": until} | values
        ours = Job.objects.filter(pk=self.job.pk, fence=self.lease.fence, state=JobState.RUNNING.value)
        if not ours.update(**values):
            raise LostLease
        for name, value in values.items():
            setattr(self.job, name, value)

    def end(self, state: JobState, error: str = "") -> None:
        """End the job and tell of it."""
        with transaction.atomic():
            self._progress(
                state=state.value,
                error=error,
                lease_until=None,
                finished_at=self.now,
                total=self.job.processed,
                params=self.params,
            )
            news = News()
            news.job(state.value, self.job)
            news.write()
            forget_file(self.job.pk)
        log.info(
            "import ended",
            job=str(self.job.pk),
            campaign=str(self.job.campaign_id),
            state=state.value,
            processed=self.job.processed,
            accepted=self.job.accepted,
            rejected=self.job.rejected,
        )

    def release(self) -> None:
        """Let go of an unfinished job, so that anybody can go on at once."""
        self._progress(lease_until=None)


def _verdicts(
    read: list[Record | Refusal], outcomes: dict[int, Placed | Refusal], warnings: dict[int, list[Fault]]
) -> list[StoredVerdict]:
    """Give what is worth storing: rows that were rejected, skipped or taken with a warning."""
    stored = []
    for one in read:
        outcome = outcomes[one.index] if isinstance(one, Record) else one
        if type(outcome) is Refusal:
            stored.append(StoredVerdict(outcome.row, "rejected", outcome.errors))
        elif type(outcome) is Placed and outcome.outcome == "skipped":
            detail = f"this campaign has the contact already (campaign contact {outcome.id})"
            stored.append(StoredVerdict(outcome.row, "skipped", [fault("/phone", "duplicate", detail)]))
        elif outcome.row in warnings:
            stored.append(StoredVerdict(outcome.row, "warned", warnings[outcome.row]))
    return stored


def forget_file(job_id: UUID) -> None:
    """Delete the file of a job that has ended: nobody reads it again, and it is full of people."""
    JobChunk.objects.filter(job=job_id).delete()


def work_on(lease: Lease, *, now: datetime, budget_seconds: float, make: type[Slice] = Slice) -> None:
    """Go on with a leased job until its end or until the budget is used."""
    part = make(lease, now)
    budget = max(budget_seconds, DRY_RUN_SECONDS) if part.dry_run else budget_seconds
    try:
        _work(part, budget)
    except UnreadableFile as reason:
        _end(part, JobState.FAILED, str(reason))
    except InvalidTransition as reason:
        _end(part, JobState.FAILED, f"{reason}; {part.job.processed} rows were processed before")
    except LostLease:
        return  # cancelled, or somebody else goes on: nothing of ours is left to write


def _work(part: Slice, budget: float) -> None:
    size = writer().BATCH_ROWS
    source = part.rows()
    # While the database works on one batch, a thread checks the next one; it never touches the database.
    with no_collection(), ThreadPoolExecutor(1) as checker:
        batch = part.take(source, size, part.job.processed + 1, checker)
        while True:
            is_last = batch.size < size or batch.broken is not None
            has_time = time.monotonic() - part.started < budget
            following = part.job.processed + batch.size + 1
            ahead = None if is_last or not has_time else part.take(source, size, following, checker)
            if batch.size:
                part.commit(batch)
            if batch.broken is not None:
                raise batch.broken
            if is_last:
                part.end(JobState.COMPLETED)
                return
            if ahead is None:
                part.release()
                return
            batch = ahead


def _end(part: Slice, state: JobState, reason: str) -> None:
    try:
        part.end(state, reason)
    except LostLease:
        return
