"""Own the pages of jobs, their verdicts, and of the heartbeat: long work to look at.

Never starts or changes a job; imports are asked for by API or command.
"""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import F, Q, QuerySet
from django.db.models.functions import Length
from django.http import HttpRequest
from django.utils.safestring import SafeString
from unfold.contrib.filters.admin import AutocompleteSelectFilter
from unfold.decorators import display

from dialer import clock
from dialer.admin.badges import badge
from dialer.admin.base import ReadOnlyAdmin
from dialer.admin.links import to_list, to_row
from dialer.admin.search import DirectSearch, as_uuid
from dialer.models import Heartbeat, Job, JobChunk, JobVerdict

JOB_COLOURS = {
    "queued": "info",
    "running": "primary",
    "completed": "success",
    "failed": "danger",
    "cancelled": "default",
}


@admin.register(Job)
class JobAdmin(ReadOnlyAdmin):
    """Jobs."""

    list_display = (
        "created_at",
        "kind",
        "state_label",
        "campaign",
        "progress",
        "accepted",
        "rejected_link",
        "finished_at",
    )
    list_select_related = ("campaign",)
    list_filter = ("kind", "state", ("campaign", AutocompleteSelectFilter))
    search_fields = ("id", "campaign__name", "campaign__id", "error")
    search_help_text = "Campaign, error, or an id"
    fields = (
        "kind",
        "state_label",
        "campaign",
        "progress",
        ("processed", "accepted", "rejected_link"),
        "error",
        "params",
        ("bytes_read", "bytes_total"),
        ("created_at", "finished_at", "created_by"),
        ("lease_until", "fence", "version"),
        "id",
    )

    @display(description="state", ordering="state")
    def state_label(self, job: Job) -> SafeString:
        """Show the state in its colour."""
        return badge(job.state, job.get_state_display(), JOB_COLOURS)

    @display(description="progress")
    def progress(self, job: Job) -> str:
        """Show rows of rows, or the share of the file while its rows are not counted."""
        if job.total:
            return f"{job.processed} of {job.total}"
        if job.bytes_total:
            return f"{job.processed} ({100 * job.bytes_read // job.bytes_total} %)"
        return str(job.processed)

    @display(description="rejected", ordering="rejected")
    def rejected_link(self, job: Job) -> SafeString:
        """Link to the verdicts."""
        return to_list(job.rejected, JobVerdict, job__id__exact=job.pk)


@admin.register(JobVerdict)
class JobVerdictAdmin(DirectSearch, ReadOnlyAdmin):
    """Why rows of a job were not taken."""

    ordering = ("-job_id", "row")
    list_display = ("job_link", "row", "verdict", "reasons")
    list_display_links = ("row",)
    list_filter = ("verdict",)
    sortable_by = ()
    search_help_text = "Row number, or the id of a job"

    def matching(self, term: str) -> Q:
        """Find verdicts of a job, or of a row."""
        if key := as_uuid(term):
            return Q(job_id=key)
        return Q(row=int(term)) if term.isascii() and term.isdigit() and len(term) < 10 else Q(pk=None)

    @display(description="job")
    def job_link(self, verdict: JobVerdict) -> SafeString | str:
        """Link to the job."""
        return to_row(Job, verdict.job_id, verdict.job_id)

    @display(description="reasons")
    def reasons(self, verdict: JobVerdict) -> str:
        """Show the faults in one line."""
        faults = [fault for fault in verdict.errors if isinstance(fault, dict)]
        return "; ".join(f"{fault.get('pointer', '')} {fault.get('detail', '')}".strip() for fault in faults)


@admin.register(JobChunk)
class JobChunkAdmin(DirectSearch, ReadOnlyAdmin):
    """Pieces of uploaded files, by size: what is in them is personal data and stays unread."""

    ordering = ("-job_id", "position")
    list_display = ("job_link", "position", "size")
    list_display_links = ("position",)
    sortable_by = ()
    search_help_text = "The id of a job"
    fields = ("job_link", "position", "size")

    def get_queryset(self, request: HttpRequest) -> QuerySet[JobChunk]:
        """Leave the data in the database and ask only how long it is."""
        return super().get_queryset(request).defer("data").annotate(data_size=Length(F("data")))

    def matching(self, term: str) -> Q:
        """Find the pieces of a job."""
        return Q(job_id=as_uuid(term))

    @display(description="job")
    def job_link(self, chunk: JobChunk) -> SafeString | str:
        """Link to the job."""
        return to_row(Job, chunk.job_id, chunk.job_id)

    @display(description="bytes")
    def size(self, chunk: Any) -> int:
        """Show how many bytes it holds."""
        return chunk.data_size


@admin.register(Heartbeat)
class HeartbeatAdmin(ReadOnlyAdmin):
    """When each periodic step last ran to its end."""

    ordering = ("name",)
    list_display = ("name", "beat_at", "age")
    search_fields = ("name",)

    @display(description="seconds ago")
    def age(self, beat: Heartbeat) -> int:
        """Show how long ago that was."""
        return int((clock.now() - beat.beat_at).total_seconds())
