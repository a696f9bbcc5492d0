"""Attempts over the API."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from dialer.models import Attempt
from tests import factories
from tests.api.conftest import refused

pytestmark = pytest.mark.django_db


def test_an_attempt_is_shown_with_all_of_its_fields(api):
    attempt = factories.attempt(cost=Decimal("0.021"), currency="EUR")
    shown = api.get(f"attempts/{attempt.pk}").json()
    assert api.get("attempts").json()["results"] == [shown]
    expected = {
        "campaign": str(attempt.campaign_id),
        "campaign_contact": str(attempt.campaign_contact_id),
        "contact": str(attempt.contact_id),
        "provider_account": str(attempt.provider_account_id),
        "phone": attempt.number,
        "number": attempt.number,
        "sequence": 1,
        "state": "ended",
        "result": "no_answer",
        "disposition": None,
        "cost": "0.021",
        "currency": "EUR",
        "origin": "ours",
        "answered_at": None,
        "recording_url": None,
    }
    assert {name: shown[name] for name in expected} == expected


def test_attempts_are_found_by_every_filter(api):
    instant = datetime(2026, 3, 1, 12, tzinfo=UTC)
    attempt = factories.attempt(result="busy", claimed_at=instant)
    factories.attempt(state="ringing")
    queries = [
        f"campaign={attempt.campaign_id}",
        f"campaign_contact={attempt.campaign_contact_id}",
        f"contact={attempt.contact_id}",
        f"provider_account={attempt.provider_account_id}",
        f"phone={attempt.number[1:]}",
        "result=busy",
        "state=ended",
        "to=2026-03-02T00:00:00Z",
        "from=2026-03-01T12:00:00Z&to=2026-03-01T12:00:01Z",
    ]
    for query in queries:
        assert [row["id"] for row in api.get(f"attempts?{query}").json()["results"]] == [str(attempt.pk)], (
            query
        )
    refused(api.get("attempts?from=yesterday"), 400, "invalid")


def test_attempts_are_not_written_by_callers(api):
    refused(api.post("attempts", {}), 405, "method_not_allowed")
    refused(api.delete(f"attempts/{factories.attempt().pk}"), 405, "method_not_allowed")


def test_a_call_that_has_not_rung_is_cancelled(api):
    enrolment = factories.enrolled(campaign=factories.campaign(status="running"), state="in_progress")
    attempt = factories.attempt(enrolment, state="pushed")
    answer = api.post(f"attempts/{attempt.pk}/cancel")
    assert answer.status_code == 200, answer.content
    attempt.refresh_from_db()
    assert attempt.withdraw_why


def test_a_call_that_is_over_is_not_cancelled(api):
    attempt = factories.attempt()
    refused(api.post(f"attempts/{attempt.pk}/cancel"), 409, "invalid_transition")
    assert Attempt.objects.get().state == "ended"


def test_a_doubtful_attempt_is_settled_by_hand(api):
    enrolment = factories.enrolled(campaign=factories.campaign(status="running"), state="indeterminate")
    attempt = factories.attempt(enrolment, state="indeterminate")
    path = f"attempts/{attempt.pk}/settle"
    refused(api.post(path, {"result": "great"}), 400, "invalid")
    refused(api.post(path, {}), 400, "invalid")
    assert Attempt.objects.get().state == "indeterminate"
    answer = api.post(path, {"result": "answered"})
    assert (answer.status_code, answer.json()["state"], answer.json()["result"]) == (200, "ended", "answered")
    refused(api.post(path, {"result": "answered"}), 409, "invalid_transition")
