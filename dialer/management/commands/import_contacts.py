"""Imports a contact file into a campaign and shows how it goes.

Owns what the terminal shows; the import is a job like any other, so a worker may do it as well.
"""

from __future__ import annotations

import json
import time
from argparse import ArgumentParser
from hashlib import sha256
from pathlib import Path
from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

from dialer import clock
from dialer.engine.errors import EngineError, Invalid
from dialer.intake.jobs import OPEN_STATES, create_import, run_slice
from dialer.intake.opening import CHUNK_BYTES
from dialer.intake.people import POLICIES
from dialer.models import Campaign, Job, JobKind, JobState, JobVerdict

#: Often enough for a bar that moves, seldom enough not to matter.
SLICE_SECONDS = 0.5
#: Between two plain lines, where no terminal is.
LINE_SECONDS = 5.0
SHOWN_ERRORS = 10


class Command(BaseCommand):
    """`manage.py import_contacts CAMPAIGN FILE`."""

    help = (
        "Imports contacts from a CSV, JSON or NDJSON file (gzip too). Killed and started again with the same file, "
        "it goes on where it was."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("campaign", metavar="CAMPAIGN", help="id, external_id or name")
        parser.add_argument("file", metavar="FILE", type=Path)
        parser.add_argument("--mapping", default="{}", help='JSON such as {"Telefone": "phone"}')
        parser.add_argument(
            "--default-country", metavar="XX", help="country of numbers that are written without one"
        )
        parser.add_argument("--on-duplicate", choices=POLICIES, default="reject")
        parser.add_argument("--dry-run", action="store_true", help="check everything, keep nothing")

    def handle(self, *args: Any, **options: Any) -> None:
        campaign = find_campaign(options["campaign"])
        job = self._job(campaign, options)
        try:
            job = self._watch(job)
        except KeyboardInterrupt:
            raise CommandError("stopped; run the same command again to go on", returncode=130) from None
        self._summarise(job)

    def _job(self, campaign: Campaign, options: dict[str, Any]) -> Job:
        """Find the unfinished job of the same file and options, or make one."""
        path: Path = options["file"]
        choices = {
            "mapping": _mapping(options["mapping"]),
            "default_country": options["default_country"] and options["default_country"].upper(),
            "on_duplicate": options["on_duplicate"],
            "dry_run": options["dry_run"],
        }
        try:
            with path.open("rb") as stream:
                digest = _digest(stream)
                for job in Job.objects.filter(
                    kind=JobKind.IMPORT.value, campaign=campaign, state__in=OPEN_STATES, params__sha256=digest
                ):
                    if all(job.params[name] == value for name, value in choices.items()):
                        self.stdout.write(f"going on with job {job.pk}, {job.processed} rows done")
                        return job
                stream.seek(0)
                job = create_import(
                    campaign_id=campaign.pk, stream=stream, filename=path.name, now=clock.now(), **choices
                )
        except OSError as error:
            raise CommandError(f"{path}: {error.strerror}") from None
        except EngineError as error:
            raise CommandError(_in_words(error)) from None
        self.stdout.write(f"job {job.pk}")
        return job

    def _watch(self, job: Job) -> Job:
        """Work on the job, or look on while a worker does, until it has ended."""
        console = Console(file=self.stdout._out)
        if console.is_terminal:
            with Progress(
                TextColumn("[progress.description]{task.description}"),
                BarColumn(),
                TaskProgressColumn(),
                TimeRemainingColumn(),
                console=console,
            ) as bar:
                task = bar.add_task("reading", total=job.bytes_total or 1)
                for job in _states(job):  # noqa: B020
                    bar.update(task, completed=job.bytes_read, description=_counts(job))
            return job
        said = time.monotonic()
        for job in _states(job):  # noqa: B020
            if time.monotonic() - said >= LINE_SECONDS:
                said = time.monotonic()
                self.stdout.write(_counts(job))
                self.stdout.flush()
        return job

    def _summarise(self, job: Job) -> None:
        word = "checked (dry run, nothing kept)" if job.params["dry_run"] else job.state
        self.stdout.write(f"{word}: {_counts(job)}")
        rejected = JobVerdict.objects.filter(job=job, verdict="rejected").order_by("row")
        for verdict in rejected[:SHOWN_ERRORS]:
            for error in verdict.errors:
                self.stdout.write(
                    f"  row {verdict.row}: {error['pointer']} {error['code']}: {error['detail']}"
                )
        if job.rejected > SHOWN_ERRORS:
            self.stdout.write(
                f"  and {job.rejected - SHOWN_ERRORS} more rows; all are listed with the job {job.pk}"
            )
        if job.state != JobState.COMPLETED:
            raise CommandError(job.error or f"the job was {job.state}")
        if not job.accepted:
            raise CommandError("no row was accepted")


def find_campaign(text: str) -> Campaign:
    """Find a campaign by id, external_id or name."""
    try:
        found = list(Campaign.objects.filter(pk=UUID(text)))
    except ValueError:
        found = []
    found = (
        found or list(Campaign.objects.filter(external_id=text)) or list(Campaign.objects.filter(name=text))
    )
    if not found:
        raise CommandError(f"no campaign has the id, external_id or name {text!r}")
    if len(found) > 1:
        ids = ", ".join(str(campaign.pk) for campaign in found)
        raise CommandError(f"{len(found)} campaigns have the name {text!r}; name one by its id: {ids}")
    return found[0]


def _mapping(text: str) -> dict[str, Any]:
    try:
        mapping = json.loads(text)
    except ValueError as error:
        raise CommandError(f"--mapping is not JSON: {error}") from None
    if not isinstance(mapping, dict):
        raise CommandError('--mapping must be an object such as {"Telefone": "phone"}')
    return {column: "" if field is None else field for column, field in mapping.items()}


def _digest(stream: Any) -> str:
    digest = sha256()
    while data := stream.read(CHUNK_BYTES):
        digest.update(data)
    return digest.hexdigest()


def _in_words(error: EngineError) -> str:
    faults = error.errors if isinstance(error, Invalid) else []
    return "; ".join(dict.fromkeys([str(error), *(f"{fault.pointer}: {fault.detail}" for fault in faults)]))


def _states(job: Job) -> Any:
    while True:
        ours = run_slice(now=clock.now(), budget_seconds=SLICE_SECONDS, job_id=job.pk)
        job.refresh_from_db()
        yield job
        if job.state not in OPEN_STATES:
            return
        if not ours:
            time.sleep(SLICE_SECONDS)  # a worker has the lease


def _counts(job: Job) -> str:
    return f"{job.processed} rows, {job.accepted} accepted, {job.rejected} rejected"
