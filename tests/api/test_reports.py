"""Reports: what was dialed, pressed and paid, by day and campaign, and as files."""

from __future__ import annotations

import csv
import io
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from dialer import clock
from dialer.models import ProviderEvent
from tests import factories
from tests.api.conftest import refused

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
SPAN = "from=2026-03-01T00:00:00Z&to=2026-03-04T00:00:00Z"


def lines(answer: Any) -> list[dict[str, str]]:
    assert answer["Content-Type"] == "text/csv; charset=utf-8"
    text = b"".join(answer.streaming_content).decode()
    return list(csv.DictReader(io.StringIO(text)))


@pytest.fixture
def two_days(db):
    """Give a campaign with three attempts on one day and one late on the day before, and another campaign."""
    campaign = factories.campaign(status="running", name="March")
    person = factories.enrolled(campaign=campaign)
    factories.attempt(person, result="busy", claimed_at=NOON, duration_seconds=0)
    factories.attempt(
        person, result="answered", claimed_at=NOON, duration_seconds=40, cost=Decimal("0.03"), currency="EUR"
    )
    factories.attempt(person, state="cancelled", claimed_at=NOON)
    other = factories.enrolled(campaign=campaign)
    late = NOON - timedelta(hours=12, minutes=30)
    factories.attempt(other, claimed_at=late, cost=Decimal("0.01"), currency="EUR")
    factories.attempt(claimed_at=NOON)
    return campaign


def test_activity_is_counted_by_campaign_and_day(api, two_days):
    page = api.get(f"reports/campaign-activity?campaign={two_days.pk}&{SPAN}").json()
    newest, oldest = page["results"]
    assert (newest["date"], oldest["date"]) == ("2026-03-02", "2026-03-01")
    assert newest["campaign_name"] == "March"
    assert (newest["attempts"]["total"], newest["attempts"]["made"]) == (3, 2)
    assert newest["attempts"]["by_result"]["answered"] == newest["attempts"]["by_result"]["busy"] == 1
    assert sum(newest["attempts"]["by_result"].values()) == newest["attempts"]["made"]
    assert (newest["contacts_attempted"], newest["connect_rate"]) == (1, 0.5)
    assert newest["duration_seconds"] == 40


def test_days_are_those_of_the_zone_that_was_asked_for(api, two_days):
    page = api.get(f"reports/campaign-activity?campaign={two_days.pk}&{SPAN}&timezone=Asia/Tokyo").json()
    (day,) = page["results"]
    assert (day["date"], day["attempts"]["total"]) == ("2026-03-02", 4)


def test_reports_come_in_pages(api, two_days):
    first = api.get(f"reports/campaign-activity?{SPAN}&page_size=2").json()
    assert len(first["results"]) == 2
    second = api.get(first["next"]).json()
    assert (len(second["results"]), second["next"]) == (1, None)


def test_costs_are_summed_by_currency_and_divided(api, two_days):
    (line,) = [
        line
        for line in api.get(f"reports/costs?campaign={two_days.pk}&{SPAN}").json()["results"]
        if line["currency"]
    ]
    assert (line["currency"], line["amount"]) == ("EUR", "0.0400")
    assert (line["attempts"], line["attempts_charged"]) == (2, 2)
    assert (line["per_attempt"], line["per_answer"]) == ("0.0200", "0.0400")


def test_attempts_leave_as_csv_oldest_first(api, two_days):
    rows = lines(api.get(f"reports/attempts.csv?campaign={two_days.pk}&{SPAN}"))
    assert [row["result"] for row in rows] == ["busy", "answered", "cancelled", "no_answer"]
    shown = api.get(f"attempts/{rows[0]['id']}").json()
    assert rows[0]["number"] == shown["number"]
    assert rows[0]["due_at"] == shown["due_at"]
    assert rows[0]["campaign_contact"] == shown["campaign_contact"]
    only = lines(api.get(f"reports/attempts.csv?result=busy&{SPAN}"))
    assert [row["id"] for row in only] == [rows[0]["id"]]


def test_a_name_that_is_a_formula_stays_text(api):
    person = factories.contact(external_id="=1+1")
    factories.attempt(factories.enrolled(contact=person))
    (row,) = lines(api.get("reports/attempts.csv"))
    assert row["external_id"] == "'=1+1"


def test_pressed_keys_leave_once_a_call(api):
    call = factories.attempt()
    for number, keys in enumerate(("12", "12", "", None)):
        ProviderEvent.objects.create(
            provider_account=call.provider_account,
            dedupe_key=f"k{number}",
            source="poll",
            state="applied",
            attempt=call,
            report={"keys": keys, "at": "2026-03-02T12:00:00Z"},
            created_at=clock.now(),
        )
    (row,) = lines(api.get("reports/key-presses.csv"))
    assert (row["attempt"], row["keys"], row["number"]) == (str(call.pk), "12", call.number)


@pytest.mark.parametrize(
    ("query", "pointer"),
    [
        ("from=yesterday", "?from"),
        ("from=2026-03-02T00:00:00Z&to=2026-03-01T00:00:00Z", "?to"),
        ("from=2024-03-02T00:00:00Z&to=2026-03-01T00:00:00Z", "?to"),
        ("campaign=x", "?campaign"),
        ("timezone=Mars/Base", "?timezone"),
        ("colour=red", "?colour"),
    ],
)
def test_a_wrong_parameter_is_named(api, query, pointer):
    answer = api.get(f"reports/campaign-activity?{query}")
    assert answer.status_code == (422 if pointer in ("?timezone", "?to") else 400), answer.content
    assert answer.json()["errors"][0]["pointer"] == pointer


def test_a_report_needs_a_key():
    from tests.api.conftest import Api

    refused(Api().get("/api/v1/reports/costs"), 401, "not_authenticated")
