"""Own `/jobs` and the upload that makes one: long work, its progress, its errors.

The work itself is the intake's, done by ticks; nothing here waits for it.
"""

from __future__ import annotations

from typing import Any

from django.http import StreamingHttpResponse
from django.shortcuts import get_object_or_404
from django_filters import rest_framework as filters
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from dialer import clock
from dialer.api.base import Listed, Resource, Retrieved
from dialer.api.csv_files import CSV_ANSWER, csv_stream
from dialer.api.fields import Text
from dialer.api.filters import word
from dialer.intake import jobs as intake
from dialer.models import Job, JobKind, JobState

#: What the caller asked for; the rest of a job's parameters is the worker's notebook.
ASKED = ("filename", "mapping", "default_country", "on_duplicate", "dry_run")


class JobFilters(filters.FilterSet):
    """What jobs can be searched by."""

    kind = word(JobKind)
    state = word(JobState)
    campaign = filters.UUIDFilter(field_name="campaign_id")


class JobOut(serializers.ModelSerializer[Any]):
    """One piece of long work."""

    error = Text(read_only=True)
    errors_url = serializers.SerializerMethodField(help_text="A CSV file of the rows that were not taken.")
    result_url = serializers.SerializerMethodField(help_text="A CSV file with a verdict for every row.")
    progress = serializers.SerializerMethodField(help_text="0 to 1; null while nothing is known.")
    params = serializers.SerializerMethodField(help_text="What was asked for.")

    class Meta:
        model = Job
        fields = (
            "id",
            "kind",
            "state",
            "campaign",
            "params",
            "total",
            "processed",
            "accepted",
            "rejected",
            "errors_url",
            "result_url",
            "progress",
            "error",
            "created_at",
            "updated_at",
            "finished_at",
            "version",
        )

    def get_params(self, row: Job) -> dict[str, Any]:
        """Show what the caller asked for."""
        return {name: row.params[name] for name in ASKED if name in row.params}

    def get_errors_url(self, row: Job) -> str | None:
        """Build the address of the error file, if there is one."""
        if not row.rejected:
            return None
        return self._address(row, "errors")

    def get_result_url(self, row: Job) -> str | None:
        """Build the address of the file of verdicts, once all rows have theirs."""
        return self._address(row, "result") if row.finished_at is not None else None

    def _address(self, row: Job, name: str) -> str:
        return str(self.context["request"].build_absolute_uri(f"/api/v1/jobs/{row.pk}/{name}"))

    def get_progress(self, row: Job) -> float | None:
        """Say how much of the work is done."""
        if row.state == JobState.COMPLETED:
            return 1.0
        done, whole = (row.processed, row.total) if row.total else (row.bytes_read, row.bytes_total)
        return round(min(done / whole, 1.0), 4) if whole else None


class Jobs(Listed, Retrieved, Resource):
    """Jobs."""

    queryset = Job.objects.all()
    serializer_class = JobOut
    filterset_class = JobFilters

    @extend_schema(request=None, responses=JobOut)
    @action(detail=True, methods=["post"])
    def cancel(self, request: Request, pk: str) -> Response:
        """Stop a job behind the rows it has done; those stay."""
        self.no_body()
        self.locked()
        return self.one(intake.cancel(job_id=self.kwargs["pk"], now=clock.now()))

    @extend_schema(responses=CSV_ANSWER, filters=False)
    @action(detail=True)
    def errors(self, request: Request, pk: str) -> StreamingHttpResponse:
        """Stream the rows that were not taken, one line an error."""
        job = get_object_or_404(Job.objects.only("pk"), pk=pk)
        return csv_stream(intake.errors_csv(job), f"job-{job.pk}-errors.csv")

    @extend_schema(responses=CSV_ANSWER, filters=False)
    @action(detail=True)
    def result(self, request: Request, pk: str) -> StreamingHttpResponse:
        """Stream a verdict for every row that was read; of a dry run, what would become of it."""
        job = get_object_or_404(Job.objects.only("pk", "processed"), pk=pk)
        return csv_stream(intake.verdicts_csv(job), f"job-{job.pk}-result.csv")
