"""Every kind of event in the catalogue is written by the fact that it names, in the transaction of that fact.

Long because each of the kinds has a play of its own.
"""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction

from dialer.engine import accounts, attempts, campaigns, contacts, inbox, outcomes, suppression
from dialer.engine.apply import apply
from dialer.engine.claim import claim
from dialer.engine.news import News
from dialer.feed import endpoints
from dialer.intake import jobs
from dialer.models import Attempt, DisabledReason, Disposition, EventSource, FeedEvent, HookMessage, Job
from dialer.models.ids import new_id
from dialer.rules.events import KINDS
from providers import errors
from providers.contract import Report
from providers.vocabulary import Progress, Result
from tests import factories
from tests.api.conftest import Api
from tests.engine import conftest as engine
from tests.engine.conftest import ANSWERED, BUSY, LOST_AFTER, NO_ANSWER, SILENT, Stage
from tests.feed import conftest as feed
from tests.hooks import conftest as hooks
from tests.providers.parlor_stand_in import PASSWORD, USER

stage, _parlor = engine.stage, hooks._parlor


def build(stage: Stage, number: str, **more: Any) -> Any:
    return stage.build(number, **more)[0]


def created(stage: Stage) -> None:
    Api(factories.api_key(["admin"])[1]).post(
        "campaigns",
        {
            "name": "One",
            "provider_account": str(factories.account().pk),
            "retry_timeline": str(factories.timeline().pk),
        },
    )


def paused(stage: Stage) -> None:
    build(stage, ANSWERED)
    campaigns.pause(campaign_id=stage.campaign.pk, now=stage.now)
    stage.tick("campaigns")


def resumed(stage: Stage) -> None:
    paused(stage)
    campaigns.resume(campaign_id=stage.campaign.pk, now=stage.now)


def blocked(stage: Stage) -> None:
    build(stage, ANSWERED)
    campaigns.block(campaign_id=stage.campaign.pk, reason="it is archived", now=stage.now)


def completed(stage: Stage) -> None:
    build(stage, ANSWERED)
    campaigns.complete(campaign_id=stage.campaign.pk, now=stage.now)


def archived(stage: Stage) -> None:
    completed(stage)
    campaigns.archive(campaign_id=stage.campaign.pk, now=stage.now)


def played(number: str, minutes: int = 5) -> Callable[[Stage], None]:
    def play(stage: Stage) -> None:
        build(stage, number)
        stage.play(minutes=minutes)

    return play


def rescheduled(stage: Stage) -> None:
    row = build(stage, ANSWERED)
    contacts.reschedule(campaign_contact_id=row.pk, at=stage.now + timedelta(hours=1), now=stage.now)


def rearmed(stage: Stage) -> None:
    row = build(stage, ANSWERED)
    stage.play(minutes=5)
    contacts.rearm(campaign_contact_id=row.pk, now=stage.now)


def removed(stage: Stage) -> None:
    contacts.remove(campaign_contact_id=build(stage, ANSWERED).pk)


def cancelled(stage: Stage) -> None:
    build(stage, ANSWERED)
    (order,) = claim(account_id=stage.account.pk, now=stage.now)
    attempts.cancel(attempt_id=order.attempt_id, now=stage.now)


def given_up(stage: Stage) -> None:
    build(stage, SILENT, account={"give_up_after_seconds": 120})
    stage.play(minutes=5)


def report(stage: Stage, progress: Progress, result: Result | None = None, raw: str = "x") -> None:
    attempt = Attempt.objects.get()
    said = Report(
        ref=str(attempt.pk), progress=progress, result=result, raw_status=raw, at=stage.now, event_id=raw
    )
    apply(account_id=stage.account.pk, reports=[said], source=EventSource.POLL, now=stage.now)


def pushed(stage: Stage) -> None:
    build(stage, SILENT)
    stage.tick("dispatch")


def ringing(stage: Stage) -> None:
    pushed(stage)
    report(stage, Progress.RINGING)


def connected(stage: Stage) -> None:
    pushed(stage)
    report(stage, Progress.CONNECTED)


def unknown_word(stage: Stage) -> None:
    pushed(stage)
    report(stage, Progress.UNKNOWN, raw="PARKED")


def refined(stage: Stage) -> None:
    pushed(stage)
    report(stage, Progress.ENDED, Result.UNKNOWN, raw="gone")
    report(stage, Progress.ENDED, Result.BUSY, raw="busy")


def said_no(stage: Stage) -> None:
    suppression.suppress(entries=[suppression.NewSuppression(number=ANSWERED)], now=stage.now)


def meant(**says: bool) -> Callable[[Stage], None]:
    """Give a play: a call ends, and somebody says afterwards what it meant."""

    def play(stage: Stage) -> None:
        played(ANSWERED, minutes=2)(stage)
        call, outcome = Attempt.objects.get(), Disposition.objects.create(code="said", name="Said", **says)
        outcomes.set_disposition(attempt_id=call.pk, code=outcome.code, now=stage.now)

    return play


def lifted(stage: Stage) -> None:
    entry = factories.suppression()
    assert Api(factories.api_key(["admin"])[1]).delete(f"/api/v1/suppressions/{entry.pk}").status_code == 204


def queued(stage: Stage, text: bytes = b"phone\n+12125550100\n") -> Job:
    campaign = factories.campaign()
    return jobs.create_import(
        campaign_id=campaign.pk,
        stream=io.BytesIO(text),
        filename="a.csv",
        mapping=None,
        default_country=None,
        now=stage.now,
    )


def job_done(stage: Stage) -> None:
    queued(stage)
    jobs.run_due(now=stage.now)


def job_failed(stage: Stage) -> None:
    queued(stage, b"\x1f\x8bnonsense")
    jobs.run_due(now=stage.now)


def job_cancelled(stage: Stage) -> None:
    jobs.cancel(job_id=queued(stage).pk, now=stage.now)


def ill(stage: Stage) -> None:
    account = factories.account()
    accounts.failed(account_id=account.pk, error=errors.AccountBlocked("the key is wrong"), now=stage.now)


def parked(stage: Stage) -> None:
    account = factories.account(provider="parlor", credentials={"user": USER, "password": PASSWORD})
    body = json.dumps(hooks.bell(str(new_id()), "spoke"))
    HookMessage.objects.create(
        provider_account=account, dedupe_key="k", body=body, read_after=stage.now, tries=len(inbox.WAITS)
    )
    stage.tick("hooks")


def disabled(stage: Stage) -> None:
    endpoint = feed.Stage().endpoint()
    endpoints.disable(endpoint_id=endpoint.pk, reason=DisabledReason.FAILING, now=stage.now)


FACTS: dict[str, Callable[[Stage], object]] = {
    "campaign.created": created,
    "campaign.started": lambda stage: build(stage, ANSWERED),
    "campaign.pausing": paused,
    "campaign.paused": paused,
    "campaign.blocked": blocked,
    "campaign.resumed": resumed,
    "campaign.idle": played(ANSWERED),
    "campaign.completed": completed,
    "campaign.archived": archived,
    "campaign_contact.scheduled": played(NO_ANSWER, minutes=2),
    "campaign_contact.rescheduled": rescheduled,
    "campaign_contact.finished": played(ANSWERED),
    "campaign_contact.rearmed": rearmed,
    "campaign_contact.refined": meant(is_final=True, suppresses=True),
    "campaign_contact.reopened": meant(retry=True),
    "campaign_contact.removed": removed,
    "attempt.pushed": pushed,
    "attempt.ringing": ringing,
    "attempt.connected": connected,
    "attempt.ended": played(BUSY, minutes=2),
    "attempt.rejected": played(engine.INVALID, minutes=2),
    "attempt.cancelled": cancelled,
    "attempt.indeterminate": played(LOST_AFTER, minutes=2),
    "attempt.absent": played(engine.LOST_BEFORE),
    "attempt.given_up": given_up,
    "attempt.refined": refined,
    "attempt.disposed": meant(is_success=True, is_final=True),
    "attempt.unknown_status": unknown_word,
    "suppression.created": said_no,
    "suppression.lifted": lifted,
    "job.queued": queued,
    "job.completed": job_done,
    "job.failed": job_failed,
    "job.cancelled": job_cancelled,
    "provider_account.health": ill,
    "provider_account.notification_parked": parked,
    "webhook_endpoint.disabled": disabled,
}


def test_every_kind_has_its_fact() -> None:
    assert list(FACTS) == list(KINDS)


@pytest.mark.parametrize("kind", list(KINDS))
def test_the_fact_writes_the_event_that_the_catalogue_describes(stage: Stage, kind: str) -> None:
    FACTS[kind](stage)
    written = FeedEvent.objects.filter(kind=kind)
    assert written.exists(), sorted(FeedEvent.objects.values_list("kind", flat=True))
    for event in written:
        named = {
            name
            for name in ("campaign", "campaign_contact", "contact", "attempt")
            if getattr(event, f"{name}_id") is not None
        }
        assert named == set(KINDS[kind].about) or kind.startswith("suppression."), kind
        assert set(event.data) == set(KINDS[kind].data), kind


@pytest.mark.parametrize(
    "fact",
    [paused, played(ANSWERED), played(NO_ANSWER, minutes=2), said_no, job_done, ill],
    ids=["paused", "answered", "no answer", "said no", "job done", "ill"],
)
def test_no_event_holds_a_number_or_a_name(stage: Stage, fact: Callable[[Stage], object]) -> None:
    fact(stage)
    said = str(list(FeedEvent.objects.values_list("data", flat=True)))
    assert "555" not in said
    assert "Person" not in said


def test_free_text_is_masked(stage: Stage) -> None:
    row = build(stage, ANSWERED)
    contacts.exclude(
        campaign_contact_id=row.pk, reason="ana@example.com asked, call +12125550199", now=stage.now
    )
    event = FeedEvent.objects.get(kind="campaign_contact.finished")
    assert event.data["detail"] == "***@*** asked, call +121****0199"


def test_a_fact_that_is_undone_leaves_no_event(stage: Stage) -> None:
    build(stage, ANSWERED)
    before = FeedEvent.objects.count()
    with transaction.atomic():
        campaigns.pause(campaign_id=stage.campaign.pk, now=stage.now)
        assert FeedEvent.objects.count() == before + 1
        transaction.set_rollback(True)
    assert FeedEvent.objects.count() == before


def test_a_health_that_stays_is_told_once(stage: Stage) -> None:
    account = factories.account()
    for _ in range(3):
        accounts.failed(account_id=account.pk, error=errors.Unavailable("away"), now=stage.now)
    for _ in range(3):
        accounts.succeeded(account_id=account.pk, now=stage.now)
    told = FeedEvent.objects.filter(kind="provider_account.health").order_by("pk")
    assert [event.data["state"] for event in told] == ["degraded", "healthy"]


def test_a_kind_that_nobody_has_listed_cannot_be_written() -> None:
    with pytest.raises(AssertionError, match="missing from dialer"):
        News().account("unheard_of", new_id())
