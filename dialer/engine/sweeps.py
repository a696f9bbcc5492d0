"""Works off what a campaign's status and dates ask of many contacts, a batch at a time.

Owns: pausing to paused, contacts of a completed campaign, idle, ends_at, and holds that a changed policy frees.
"""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import F

from dialer.engine import campaigns
from dialer.engine.decide import ending_of
from dialer.engine.errors import Conflict, InvalidTransition
from dialer.engine.news import News
from dialer.engine.suppression import stop_contacts
from dialer.models import Attempt, Campaign, CampaignContact
from dialer.rules.transitions import AttemptState, CampaignStatus
from providers.vocabulary import Why

BATCH = 500
#: Batches of one campaign in one tick: a million contacts are ended over some minutes, beside other work.
BATCHES = 20


def sweep(*, now: datetime) -> int:
    """Bring campaigns on: paused, completed, idle, ended by date; returns how many changed."""
    steps = (_ask_back, _pause_done, _end_by_date, _end_waiting, _note_idle, _free_holds)
    return sum(step(now) for step in steps)


#: What a stopped campaign wishes of the calls that a provider still holds.
_WISHES = {
    CampaignStatus.PAUSING: Why.PAUSE,
    CampaignStatus.PAUSED: Why.PAUSE,
    CampaignStatus.COMPLETED: Why.COMPLETION,
}


def _ask_back(now: datetime) -> int:
    """Ask back calls of stopped campaigns that nobody asked back: they were sent while the stop was committed."""
    live = Attempt.objects.filter(is_live=True, withdraw_why="", campaign__status__in=list(_WISHES))
    sent = live.exclude(state=AttemptState.CONNECTED).exclude(
        state=AttemptState.CLAIMED, lease_until__isnull=True
    )
    found = dict(sent.order_by().values_list("campaign_id", "campaign__status"))
    for campaign_id, status in found.items():
        with transaction.atomic():
            campaigns.ask_back_all(campaign_id, _WISHES[CampaignStatus(status)], now)
    return len(found)


def _may_ring(campaign_id: UUID) -> bool:
    """Whether a call of the campaign is, or may be, with the provider or in a worker's hands."""
    live = Attempt.objects.filter(campaign_id=campaign_id, is_live=True)
    return live.exclude(state=AttemptState.CLAIMED, lease_until__isnull=True).exists()


def _pause_done(now: datetime) -> int:
    done = 0
    for campaign_id in Campaign.objects.filter(status=CampaignStatus.PAUSING).values_list("pk", flat=True):
        if not _may_ring(campaign_id):
            done += _set(campaign_id, CampaignStatus.PAUSING, now, status=CampaignStatus.PAUSED.value)
    return done


def _set(campaign_id: UUID, was: CampaignStatus, now: datetime, **values: str) -> int:
    """Set status or reason if the status is still what it was; a status, and `idle`, are told."""
    rows = Campaign.objects.filter(pk=campaign_id, status=was)
    status, reason = values.get("status"), values.get("status_reason") or None
    # A note is no change that an editor would have to look at again: the version stays.
    marks = {"updated_at": now, "version": F("version") + 1} if status else {}
    with transaction.atomic():
        moved = rows.update(**values, **marks)
        if moved and (status or reason):
            news = News()
            news.campaign(status or str(reason), campaign_id, status=status or was.value, reason=reason)
            news.write()
    return moved


def _end_by_date(now: datetime) -> int:
    live = [CampaignStatus.RUNNING, CampaignStatus.PAUSING, CampaignStatus.PAUSED]
    ended = 0
    for campaign_id in Campaign.objects.filter(status__in=live, ends_at__lte=now).values_list(
        "pk", flat=True
    ):
        ended += _complete(campaign_id, now, "ends_at")
    return ended


def _complete(campaign_id: UUID, now: datetime, reason: str, *, only_idle: bool = False) -> int:
    try:
        campaigns.complete(campaign_id=campaign_id, now=now, reason=reason, only_idle=only_idle)
    except (InvalidTransition, Conflict):
        return 0  # somebody completed it meanwhile, or added contacts
    return 1


def _end_waiting(now: datetime) -> int:
    """End what still waits in completed campaigns: expired by their date, else cancelled."""
    ending = Campaign.objects.filter(ending_at__isnull=False)
    return sum(_end_batches(pk, why, now) for pk, why in ending.values_list("pk", "status_reason"))


def _end_batches(campaign_id: UUID, why: str, now: datetime) -> int:
    # Asked before who waits: a live call may yet put its contact back into the queue.
    is_live = Attempt.objects.filter(campaign_id=campaign_id, is_live=True).exists()
    waiting = CampaignContact.objects.filter(campaign_id=campaign_id, next_attempt_at__isnull=False)
    ended = 0
    for _ in range(BATCHES):
        ids = list(waiting.order_by("priority", "next_attempt_at", "pk").values_list("pk", flat=True)[:BATCH])
        if not ids:
            if not is_live:
                Campaign.objects.filter(pk=campaign_id).update(ending_at=None)
            break
        ended += stop_contacts(ids, ending_of(why), now=now)
    return ended


def _note_idle(now: datetime) -> int:
    """Say `idle` of a running campaign in which nobody waits and nothing rings; complete it if it asked for that."""
    changed = 0
    running = Campaign.objects.filter(status=CampaignStatus.RUNNING, opened_at__isnull=False)
    for campaign in running:
        is_idle = campaigns.is_idle(campaign)
        if is_idle and campaign.auto_complete and CampaignContact.objects.filter(campaign=campaign).exists():
            changed += _complete(campaign.pk, now, "all contacts finished", only_idle=True)
        elif is_idle and campaign.status_reason != "idle":
            changed += _set(campaign.pk, CampaignStatus.RUNNING, now, status_reason="idle")
        elif not is_idle and campaign.status_reason == "idle":
            changed += _set(campaign.pk, CampaignStatus.RUNNING, now, status_reason="")
    return changed


def _free_holds(now: datetime) -> int:
    """Make held contacts due again after a change of policy: the gates will judge them anew."""
    freed = 0
    for campaign_id, asked_at in Campaign.objects.filter(release_holds_at__isnull=False).values_list(
        "pk", "release_holds_at"
    ):
        last = UUID(int=0)
        for _ in range(BATCHES):
            ids = _free_batch(campaign_id, last)
            if not ids:
                Campaign.objects.filter(pk=campaign_id, release_holds_at=asked_at).update(
                    release_holds_at=None
                )
                break
            freed += len(ids)
            last = ids[-1]
    return freed


def _free_batch(campaign_id: UUID, last: UUID) -> list[UUID]:
    """Free the next held contacts behind `last`, by rising id as everybody locks them."""
    held = CampaignContact.objects.filter(
        campaign_id=campaign_id, pk__gt=last, next_attempt_at__isnull=False, hold_until__isnull=False
    )
    with transaction.atomic():
        ids = list(held.order_by("pk").select_for_update(no_key=True).values_list("pk", flat=True)[:BATCH])
        CampaignContact.objects.filter(pk__in=ids).update(
            next_attempt_at=F("due_at"), hold_gate="", hold_reason="", hold_until=None
        )
    return ids
