"""A campaign's numbers."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from dialer.models.campaigns import PRIORITY_MAX, PRIORITY_MIN
from dialer.reports.stats import campaign_stats
from tests import factories

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


def test_an_empty_campaign_has_zeros_and_undefined_ratios(api, django_assert_num_queries):
    campaign = factories.campaign()
    stats = api.get(f"campaigns/{campaign.pk}/stats").json()
    assert stats["contacts"] == {
        "total": 0,
        "waiting": 0,
        "dispatching": 0,
        "in_progress": 0,
        "indeterminate": 0,
        "finished": 0,
    }
    assert set(stats["finished"].values()) == {0}
    assert stats["attempts"]["total"] == 0
    assert stats["cost"] == {"amount": None, "currency": None, "by_currency": {}}
    assert stats["next_due_at"] is None
    assert set(stats["kpis"].values()) == {None}
    with django_assert_num_queries(1):
        campaign_stats(campaign=campaign, now=NOON)


def test_every_bucket_adds_up(api):
    campaign = factories.campaign(status="running")
    for state in ("waiting", "waiting", "dispatching", "in_progress", "indeterminate"):
        factories.enrolled(campaign=campaign, state=state)
    for reason in ("reached", "exhausted", "exhausted", "suppressed"):
        factories.enrolled(campaign=campaign, state="finished", finish_reason=reason, attempt_count=1)
    factories.enrolled()  # of another campaign
    stats = campaign_stats(campaign=campaign, now=NOON)
    contacts = stats["contacts"]
    assert (contacts["total"], contacts["waiting"], contacts["finished"]) == (9, 2, 4)
    assert sum(count for word, count in contacts.items() if word != "total") == contacts["total"]
    assert sum(stats["finished"].values()) == contacts["finished"]
    assert stats["finished"]["exhausted"] == 2
    assert stats["kpis"]["penetration"] == round(4 / 9, 4)
    assert stats["kpis"]["contact_rate"] == 0.25
    assert stats["kpis"]["exhaustion"] == round(2 / 9, 4)


def test_attempts_are_counted_by_result_and_day(api):
    campaign = factories.campaign(status="running")
    for result, days in (("answered", 0), ("busy", 0), ("abandoned", 1), ("transferred", 1)):
        enrolment = factories.enrolled(campaign=campaign, attempt_count=1)
        at = NOON - timedelta(days=days)
        factories.attempt(enrolment, result=result, claimed_at=at, cost=Decimal("0.01"), currency="EUR")
    for state in ("ringing", "cancelled", "rejected"):
        enrolment = factories.enrolled(campaign=campaign, attempt_count=1, state="in_progress")
        factories.attempt(enrolment, state=state, claimed_at=NOON)
    stats = campaign_stats(campaign=campaign, now=NOON)
    by_result = {word: count for word, count in stats["attempts"]["by_result"].items() if count}
    assert by_result == {
        "pending": 1,
        "answered": 1,
        "transferred": 1,
        "busy": 1,
        "abandoned": 1,
        "cancelled": 1,
        "rejected": 1,
    }
    assert stats["attempts"]["total"] == 7
    assert (stats["today"]["date"], stats["today"]["total"]) == ("2026-03-02", 5)
    assert sum(stats["today"]["by_result"].values()) == 5
    assert stats["cost"] == {"amount": "0.0400", "currency": "EUR", "by_currency": {"EUR": "0.0400"}}
    assert stats["today"]["cost"]["amount"] == "0.0200"
    # Cancelled and rejected ones were no calls, and the ringing one is not over: 2 of 4.
    assert stats["kpis"]["connect_rate"] == 0.5
    assert stats["kpis"]["abandon_rate"] == round(1 / 3, 4)
    assert stats["kpis"]["attempts_per_contact"] == round(4 / 7, 4)


def test_costs_in_two_currencies_have_no_sum():
    campaign = factories.campaign(status="running")
    for currency in ("EUR", "USD"):
        factories.attempt(factories.enrolled(campaign=campaign), cost=Decimal(1), currency=currency)
    cost = campaign_stats(campaign=campaign, now=NOON)["cost"]
    assert cost == {"amount": None, "currency": None, "by_currency": {"EUR": "1.0000", "USD": "1.0000"}}


def test_the_next_due_instant_is_the_earliest_of_those_who_wait(api):
    campaign = factories.campaign(status="running")
    for hours in (3, 1, 2):
        factories.enrolled(campaign=campaign, due_at=NOON + timedelta(hours=hours))
    factories.enrolled(campaign=campaign, state="finished")
    assert campaign_stats(campaign=campaign, now=NOON)["next_due_at"] == NOON + timedelta(hours=1)
    assert api.get(f"campaigns/{campaign.pk}/stats").json()["next_due_at"] == "2026-03-02T13:00:00Z"


def test_statistics_read_counters_and_the_head_of_the_queue_alone():
    campaign = factories.campaign(status="running")
    factories.attempt(factories.enrolled(campaign=campaign))
    with CaptureQueriesContext(connection) as seen:
        campaign_stats(campaign=campaign, now=NOON)
    (query,) = seen
    assert "dialer_attempt" not in query["sql"]
    head = re.search(r"FROM dialer_campaigncontact .*?LIMIT 1\)", query["sql"], re.DOTALL)
    # One index entry a priority, and nothing else of the contacts.
    assert head is not None
    assert "c.priority = p.priority" in head[0]
    assert query["sql"].count("dialer_campaigncontact") == 1


@pytest.mark.parametrize("priority", [PRIORITY_MIN, PRIORITY_MAX])
def test_the_next_due_instant_is_found_at_every_priority(priority):
    campaign = factories.campaign(status="running")
    factories.enrolled(campaign=campaign, priority=priority, due_at=NOON)
    factories.enrolled(campaign=campaign, due_at=NOON + timedelta(microseconds=1))
    assert campaign_stats(campaign=campaign, now=NOON)["next_due_at"] == NOON
