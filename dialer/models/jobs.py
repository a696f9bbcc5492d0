"""Jobs: long work that people asked for (imports), its input, progress and verdicts.

Owns the rows that make such work resumable; the work itself is done in `dialer.intake`.
"""

from __future__ import annotations

from enum import StrEnum

from django.db import models
from django.db.models import Q

from dialer.models.base import Editable, one_of, words
from dialer.models.campaigns import Campaign
from dialer.models.keys import ApiKey


class JobState(StrEnum):
    """How far a job is."""

    QUEUED = "queued"
    RUNNING = "running"
    COMPLETED = "completed"
    FAILED = "failed"
    CANCELLED = "cancelled"


class JobKind(StrEnum):
    """What a job does."""

    IMPORT = "import"
    SUPPRESSIONS = "suppressions"  # an import of do-not-call entries


class Job(Editable):
    """One piece of long work; killed at any line it goes on behind the last batch that was committed."""

    kind = models.CharField(max_length=16, choices=words(JobKind))
    state = models.CharField(max_length=16, choices=words(JobState), default=JobState.QUEUED.value)
    campaign = models.ForeignKey(
        Campaign, on_delete=models.PROTECT, null=True, blank=True, related_name="jobs"
    )
    created_by = models.ForeignKey(ApiKey, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    params = models.JSONField(default=dict)
    total = models.PositiveIntegerField(null=True)
    processed = models.PositiveIntegerField(default=0)
    accepted = models.PositiveIntegerField(default=0)
    rejected = models.PositiveIntegerField(default=0)
    bytes_total = models.PositiveBigIntegerField(null=True)
    bytes_read = models.PositiveBigIntegerField(default=0)
    error = models.TextField(blank=True, default="")
    lease_until = models.DateTimeField(null=True)
    fence = models.PositiveIntegerField(default=0)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ("-id",)
        constraints = [
            one_of("state", JobState, "job_state_word"),
            one_of("kind", JobKind, "job_kind_word"),
            models.CheckConstraint(
                condition=Q(state__in=["queued", "running"], finished_at__isnull=True)
                | Q(state__in=["completed", "failed", "cancelled"], finished_at__isnull=False),
                name="job_end_has_instant",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.state}"


class JobChunk(models.Model):
    """A piece of the uploaded file: kept here so that any worker on any machine can go on."""

    id = models.BigAutoField(primary_key=True)
    job = models.ForeignKey(Job, on_delete=models.CASCADE, related_name="chunks", db_index=False)
    position = models.PositiveIntegerField()
    data = models.BinaryField()

    class Meta:
        ordering = ("job", "position")
        constraints = [models.UniqueConstraint(fields=("job", "position"), name="job_chunk_once")]


#: What may have to be said of a row; one that was taken as it is leaves nothing.
VERDICTS = ("rejected", "skipped", "warned")


class JobVerdict(models.Model):
    """Why one row of a job was not taken (or was skipped); accepted rows leave none."""

    id = models.BigAutoField(primary_key=True)
    job = models.ForeignKey(Job, on_delete=models.CASCADE, related_name="verdicts", db_index=False)
    row = models.PositiveIntegerField()
    verdict = models.CharField(max_length=8, choices=[(word, word) for word in VERDICTS])
    errors = models.JSONField(default=list)

    class Meta:
        ordering = ("job", "row")
        constraints = [
            models.UniqueConstraint(fields=("job", "row"), name="job_verdict_once"),
            models.CheckConstraint(condition=Q(verdict__in=VERDICTS), name="job_verdict_word"),
        ]


class Heartbeat(models.Model):
    """When a periodic tick last ran to its end: how readiness knows that somebody works."""

    name = models.CharField(max_length=64, primary_key=True)
    beat_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.name
