"""Sets the demonstration up and starts it; done again it changes nothing.

Owns which account, timeline and campaigns there are; dialing is the engine's.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

from dialer.demo.files import CONTACTS, MARKETING
from dialer.engine import campaigns
from dialer.intake.jobs import OPEN_STATES, create_import, run_slice
from dialer.models import Campaign, Job, ProviderAccount, RetryStep, RetryTimeline
from dialer.rules.transitions import CampaignStatus

ACCOUNT, TIMELINE = "Simulator", "Demo: after 10 and 20 seconds"
#: A number without country in the demo files is read as American.
DEFAULT_COUNTRY = "US"
SLICE_SECONDS = 1.0

_SERVICE = {
    "name": "Demo: appointment reminders",
    "purpose": "service",
    "holidays": "ignore",
    "tags": ["demo"],
}
#: Calls only where people are at work: in every other country its contacts show who holds them, and until when.
_MARKETING = {
    "name": "Demo: spring offer",
    "purpose": "marketing",
    "holidays": "observe",
    "calling_windows": [{"days": ["mon", "tue", "wed", "thu", "fri"], "start": "09:00", "end": "17:00"}],
    "priority": 7,
    "tags": ["demo"],
}
CAMPAIGNS: tuple[tuple[str, dict[str, Any], Path], ...] = (
    ("demo-service", _SERVICE, CONTACTS),
    ("demo-marketing", _MARKETING, MARKETING),
)


def play(*, clock: Callable[[], datetime]) -> Iterator[str]:
    """Make what is missing, import the files, start the campaigns; tells each step in words."""
    account, timeline = _account(), _timeline()
    for external_id, fields, path in CAMPAIGNS:
        campaign, _ = Campaign.objects.get_or_create(
            external_id=external_id,
            defaults={**fields, "provider_account": account, "retry_timeline": timeline},
        )
        if campaign.status != CampaignStatus.DRAFT:
            yield f"{campaign.name}: {campaign.status}"
            continue
        job = _imported(campaign, path, clock)
        campaigns.start(campaign_id=campaign.pk, now=clock())
        yield f"{campaign.name}: {job.accepted} contacts imported, {job.rejected} rows rejected, started"


def _account() -> ProviderAccount:
    account, _ = ProviderAccount.objects.get_or_create(
        name=ACCOUNT,
        defaults={
            "provider": "simulator",
            # As fast as a small call centre; the whole demonstration takes some minutes.
            "max_requests_per_second": 10,
            "max_concurrent_calls": 60,
            # The simulator forgets nothing and lags by nothing, so doubts are settled within seconds.
            "visible_after_seconds": 5,
            "give_up_after_seconds": 600,
        },
    )
    return account


def _timeline() -> RetryTimeline:
    timeline, created = RetryTimeline.objects.get_or_create(name=TIMELINE)
    if created or not timeline.steps.exists():
        RetryStep.objects.bulk_create(
            [
                RetryStep(timeline=timeline, position=0, after="PT10S"),
                RetryStep(timeline=timeline, position=1, after="PT20S", phone="next"),
            ]
        )
    return timeline


def _imported(campaign: Campaign, path: Path, clock: Callable[[], datetime]) -> Job:
    """Import a file once: an unfinished job goes on, a finished one is taken as it is."""
    job = Job.objects.filter(campaign=campaign, params__filename=path.name).order_by("pk").first()
    if job is None:
        with path.open("rb") as stream:
            job = create_import(
                campaign_id=campaign.pk,
                stream=stream,
                filename=path.name,
                mapping=None,
                default_country=DEFAULT_COUNTRY,
                on_duplicate="reject",
                now=clock(),
            )
    while job.state in OPEN_STATES:
        run_slice(now=clock(), budget_seconds=SLICE_SECONDS, job_id=job.pk)
        job.refresh_from_db()
    return job
