"""Why a campaign as a whole does not dial: one staged test a cause, with its code and the instant at which it ends."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from dialer.engine import accounts, campaigns, pacing
from dialer.models import Attempt, Campaign, Heartbeat, ProviderAccount
from providers.errors import AccountBlocked, CampaignBlocked, Throttled, Unavailable
from providers.simulator import Simulator
from providers.vocabulary import Steering
from tests import factories
from tests.engine.conftest import ANSWERED, NO_ANSWER, SILENT, START, Stage
from tests.reports.conftest import Reports, dials_at, first

OTHER = "+12125550200"
MIDNIGHT = START.replace(hour=0) + timedelta(days=1)


def refused(stage: Stage, *, dialed: int = 0) -> None:
    """Check that a full round calls nobody."""
    stage.tick()
    assert Attempt.objects.filter(sending_at__isnull=False).count() == dialed


def test_a_draft(stage: Stage, reports: Reports) -> None:
    stage.campaign = factories.campaign()
    factories.enrolled([ANSWERED], campaign=stage.campaign)
    told = reports.why()
    first(told, code="draft", until=None)
    assert (told["is_dialing"], told["next_dial_at"], told["status"]) == (False, None, "draft")
    refused(stage)


def test_pausing_while_a_call_may_still_ring_then_paused(stage: Stage, reports: Reports) -> None:
    stage.build(SILENT, OTHER)
    stage.tick("dispatch")
    campaigns.pause(campaign_id=stage.campaign.pk, now=stage.now)
    told = reports.why()
    cause = first(told, code="pausing", until=None)
    assert (cause["count"], told["is_dialing"], told["live_calls"]) == (2, True, 2)
    Attempt.objects.update(is_live=False, state="cancelled", result="cancelled")
    Campaign.objects.update(status="paused")
    told = reports.why()
    first(told, code="paused", until=None)
    assert (told["is_dialing"], told["next_dial_at"]) == (False, None)


@pytest.mark.parametrize("status", ["completed", "archived"])
def test_a_campaign_that_is_over(stage: Stage, reports: Reports, status: str) -> None:
    stage.build(ANSWERED)
    Campaign.objects.update(status=status, status_reason="by request", completed_at=stage.now)
    told = reports.why()
    cause = first(told, code=status, until=None)
    assert told["next_dial_at"] is None
    assert ("by request" in cause["text"]) == (status == "completed")
    refused(stage)


def test_not_open_yet_at_the_provider(stage: Stage, reports: Reports) -> None:
    stage.account = factories.account()
    stage.campaign = factories.campaign(provider_account=stage.account)
    factories.enrolled([ANSWERED], campaign=stage.campaign)
    campaigns.start(campaign_id=stage.campaign.pk, now=stage.now)
    told = reports.why()
    first(told, code="preparing", until=None)
    assert told["next_dial_at"] is None
    stage.tick("dispatch")
    assert not Attempt.objects.exists()
    stage.tick("remote", "dispatch")
    assert reports.why()["is_dialing"]


def test_blocked_by_the_provider(stage: Stage, reports: Reports) -> None:
    (row,) = stage.build(ANSWERED)

    def gone(order: object) -> None:
        raise CampaignBlocked("the remote campaign is gone")

    stage.before_push.append(gone)
    stage.tick()
    stage.wait(seconds=5)
    stage.tick()
    told = reports.why()
    cause = first(told, code="blocked_by_provider", until=None)
    assert "the remote campaign is gone" in cause["text"]
    row.refresh_from_db()
    assert row.state == "waiting"


def test_it_starts_later(stage: Stage, reports: Reports) -> None:
    starts_at = START + timedelta(hours=3)
    stage.build(ANSWERED, OTHER, starts_at=starts_at)
    told = reports.why()
    assert first(told, code="not_started", until=starts_at)["count"] == 2
    assert told["next_dial_at"] == "2026-03-02T15:00:00Z"
    dials_at(stage, starts_at)


def test_it_has_ended(stage: Stage, reports: Reports) -> None:
    stage.build(ANSWERED, starts_at=START + timedelta(hours=1), ends_at=START + timedelta(hours=2))
    stage.wait(hours=2)
    told = reports.why()
    first(told, code="ended", until=None)
    assert told["next_dial_at"] is None
    refused(stage)
    assert reports.why()["causes"][0]["code"] == "completed"


def test_the_account_is_switched_off(stage: Stage, reports: Reports) -> None:
    stage.build(ANSWERED)
    ProviderAccount.objects.update(is_enabled=False)
    first(told := reports.why(), code="account_disabled", until=None)
    assert told["next_dial_at"] is None
    refused(stage)
    ProviderAccount.objects.update(is_enabled=True)
    stage.tick("dispatch")
    assert Attempt.objects.exists()


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (AccountBlocked("wrong key", http_status=401), "account_credentials"),
        (AccountBlocked("no credit", http_status=402), "account_credit"),
        (AccountBlocked("the login was refused"), "account_blocked"),
    ],
)
def test_a_blocked_account_until_its_next_probe(
    stage: Stage, reports: Reports, error: AccountBlocked, code: str
) -> None:
    stage.build(ANSWERED)
    accounts.failed(account_id=stage.account.pk, error=error, now=stage.now)
    told = reports.why()
    until = START + accounts.BLOCKED_PAUSE
    cause = first(told, code=code, until=until)
    assert str(error) in cause["text"]
    assert told["next_dial_at"] == "2026-03-02T12:01:00Z"
    dials_at(stage, until)


def test_an_outage_until_its_next_probe(stage: Stage, reports: Reports) -> None:
    stage.build(ANSWERED)
    for seconds in (0, 3, 6, 9, 12):
        error, moment = Unavailable("no answer"), START + timedelta(seconds=seconds)
        accounts.failed(account_id=stage.account.pk, error=error, now=moment)
    stage.wait(seconds=12)
    until = stage.now + accounts.FIRST_PAUSE
    first(reports.why(), code="account_outage", until=until)
    dials_at(stage, until)


def test_the_rate_is_used_up_until_it_grants_a_call(stage: Stage, reports: Reports) -> None:
    stage.build(ANSWERED, account={"max_requests_per_second": 0.5})
    stage.wait(seconds=10)
    with pacing.turn(stage.account):
        pass
    # Requests of 0.5 a second go 2.2 s apart, and are granted a second ahead.
    until = stage.now + timedelta(seconds=1.201)
    told = reports.why()
    first(told, code="rate_exhausted", until=until)
    assert told["next_dial_at"] == "2026-03-02T12:00:11.201000Z"
    dials_at(stage, until)


def test_throttled_until_the_slower_rate_grants_a_call(stage: Stage, reports: Reports) -> None:
    stage.build(ANSWERED, account={"max_requests_per_second": 0.5})
    stage.wait(seconds=10)
    accounts.failed(account_id=stage.account.pk, error=Throttled("slow down"), now=stage.now)
    stage.account.refresh_from_db()
    with pacing.turn(stage.account):
        pass
    # Half of 0.5 a second is one request in 4.4 s.
    until = stage.now + timedelta(seconds=3.401)
    first(reports.why(), code="throttled", until=until)
    dials_at(stage, until)


def test_the_account_holds_as_many_calls_as_it_may(stage: Stage, reports: Reports) -> None:
    stage.build(SILENT, account={"max_concurrent_calls": 1})
    stage.tick("dispatch")
    stage.campaign = factories.campaign(
        provider_account=stage.account, status="running", remote_campaign_id="sim-other"
    )
    row = factories.enrolled([OTHER], campaign=stage.campaign)
    told = reports.why()
    first(told, code="account_full", until=None)
    assert (told["is_dialing"], told["next_dial_at"]) == (False, None)
    refused(stage, dialed=1)
    Attempt.objects.update(is_live=False, state="ended", result="unknown", ended_at=stage.now)
    stage.tick("dispatch")
    row.refresh_from_db()
    assert row.state == "in_progress"


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"daily_call_limit": 1}, "daily_limit_reached"),
        ({"daily_budget": Decimal("0.0010")}, "daily_budget_spent"),
    ],
)
def test_the_day_is_used_up_until_midnight(
    stage: Stage, reports: Reports, fields: dict[str, Any], code: str
) -> None:
    stage.build(ANSWERED, **fields)
    stage.tick("dispatch")
    stage.wait(seconds=9)
    stage.tick("observe")
    factories.enrolled([OTHER], campaign=stage.campaign)
    told = reports.why()
    first(told, code=code, until=MIDNIGHT)
    assert told["next_dial_at"] == "2026-03-03T00:00:00Z"
    dials_at(stage, MIDNIGHT)


def test_paused_in_the_vendors_console(
    stage: Stage, reports: Reports, monkeypatch: pytest.MonkeyPatch
) -> None:
    stage.build(ANSWERED)
    monkeypatch.setattr(Simulator, "capabilities", replace(Simulator.capabilities, steer=frozenset(Steering)))
    Campaign.objects.update(remote_state="paused")
    first(told := reports.why(), code="remote_paused", until=None)
    assert told["next_dial_at"] is None
    stage.tick("dispatch")
    assert not Attempt.objects.exists()
    Campaign.objects.update(remote_state="active")
    assert reports.why()["causes"][0]["code"] == "ready"


def test_no_worker(stage: Stage, reports: Reports) -> None:
    stage.build(ANSWERED)
    last = stage.now
    reports.beat(last)
    path = f"campaigns/{stage.campaign.pk}/why-not-dialing"
    stage.wait(seconds=33)
    assert reports.get(path)["causes"][0]["code"] == "ready", "late is not dead"
    stage.wait(seconds=1)
    told = reports.get(path)
    cause = first(told, code="no_worker", until=None)
    assert (cause["since"], told["next_dial_at"]) == ("2026-03-02T12:00:00Z", None)
    Heartbeat.objects.all().delete()
    assert first(reports.get(path), code="no_worker", until=None)["since"] is None


def test_while_it_dials_it_says_so(stage: Stage, reports: Reports) -> None:
    stage.build(NO_ANSWER, SILENT)
    told = reports.why()
    first(told, code="ready", until=stage.now)
    assert (told["is_dialing"], told["next_dial_at"]) == (False, "2026-03-02T12:00:00Z")
    stage.tick("dispatch")
    told = reports.why()
    assert (told["is_dialing"], told["live_calls"], told["causes"]) == (True, 2, [])


def test_stopped_in_a_portal_that_we_cannot_steer_is_told_beside_the_rest(
    stage: Stage, reports: Reports
) -> None:
    stage.build(SILENT)
    Campaign.objects.update(remote_state="Paused")
    assert [cause["code"] for cause in reports.why()["causes"]] == ["ready", "remote_stopped"]
    stage.tick("dispatch")
    told = reports.why()
    assert "'Paused'" in first(told, code="remote_stopped", until=None)["text"]
    assert told["is_dialing"]
