"""Own what the intake tests share: an instant, items, and short ways to import a file.

Never asserts anything.
"""

from __future__ import annotations

import io
import itertools
from datetime import UTC, datetime
from typing import Any

from dialer.intake.contacts import Verdicts, add_contacts
from dialer.intake.jobs import create_import, run_slice
from dialer.models import Campaign, Job, JobVerdict
from tests import factories

NOW = datetime(2026, 3, 2, 13, 0, tzinfo=UTC)
_count = itertools.count(1)


def phone(position: int | None = None) -> str:
    """Give a number reserved for fiction; ten thousand of them."""
    return f"+3319900{(next(_count) if position is None else position) % 10_000:04d}"


def add(campaign: Campaign, *items: Any, **options: Any) -> Verdicts:
    """Add items at NOW."""
    return add_contacts(**({"campaign_id": campaign.pk, "items": items, "now": NOW} | options))


def campaign(**fields: Any) -> Campaign:
    """Make a campaign that takes contacts."""
    return factories.campaign(**fields)


def import_job(target: Campaign, content: bytes, **options: Any) -> Job:
    """Store a file as a job."""
    defaults: dict[str, Any] = {
        "filename": "people.csv",
        "mapping": None,
        "default_country": None,
        "on_duplicate": "reject",
        "dry_run": False,
        "created_by": None,
        "now": NOW,
    }
    return create_import(campaign_id=target.pk, stream=io.BytesIO(content), **(defaults | options))


def imported(target: Campaign, content: bytes, **options: Any) -> Job:
    """Import a file to its end."""
    job = import_job(target, content, **options)
    while run_slice(now=NOW, budget_seconds=60, job_id=job.pk):
        pass
    job.refresh_from_db()
    return job


def errors(job: Job) -> list[tuple[int, str, str]]:
    """List row, code and pointer of every stored error."""
    verdicts = JobVerdict.objects.filter(job=job).order_by("row")
    return [(v.row, error["code"], error["pointer"]) for v in verdicts for error in v.errors]
