"""Do-not-call entries over the API."""

from __future__ import annotations

import pytest

from dialer.models import CampaignContact, Suppression
from tests import factories
from tests.api.conftest import refused

pytestmark = pytest.mark.django_db


def test_an_entry_stops_who_waits(api):
    enrolment = factories.enrolled(campaign=factories.campaign(status="running"))
    number = enrolment.next_phone.number
    answer = api.post("suppressions", {"phone": number, "reason": "asked"})
    assert answer.status_code == 201, answer.content
    entry = answer.json()
    assert (entry["phone"], entry["scope"], entry["reason"], entry["still_held"]) == (
        number,
        "global",
        "asked",
        0,
    )
    row = CampaignContact.objects.get()
    assert (row.state, row.finish_reason) == ("finished", "suppressed")
    assert api.get(f"suppressions/{entry['id']}").json() == entry


def test_what_a_provider_holds_is_counted(api):
    enrolment = factories.enrolled(campaign=factories.campaign(status="running"), state="in_progress")
    attempt = factories.attempt(enrolment, state="pushed")
    assert api.post("suppressions", {"phone": attempt.number}).json()["still_held"] == 1


def test_a_list_counts_what_is_held_for_each_entry_with_queries_that_do_not_grow(
    api, django_assert_num_queries
):
    held = factories.enrolled(campaign=factories.campaign(status="running"), state="in_progress")
    number = factories.attempt(held, state="pushed").number
    elsewhere = factories.campaign()
    factories.suppression(number, scope="campaign", campaign=elsewhere)
    factories.suppression(contact=held.contact)
    factories.suppression(number)
    api.get("suppressions")  # the key's last use is noted
    with django_assert_num_queries(5):
        few = api.get("suppressions").json()["results"]
    assert [row["still_held"] for row in few] == [1, 1, 0]
    for ending in range(100, 150):
        factories.suppression(f"+442079460{ending}")
    with django_assert_num_queries(5):
        many = api.get("suppressions").json()["results"]
    assert [row["still_held"] for row in many] == [0] * 50 + [1, 1, 0]


def test_a_text_that_is_none_is_refused_at_its_place(api):
    for body in ({"phone": 442079460133}, {"phone": "+442079460133", "reason": 5}):
        answer = api.post("suppressions", body)
        problem = refused(answer, 400, "invalid")
        assert [error["code"] for error in problem["errors"]] == ["invalid_type"]
        assert problem["errors"][0]["pointer"] in ("/phone", "/reason")
    assert Suppression.objects.count() == 0


def test_a_nul_in_one_entry_is_refused_at_its_place(api):
    problem = refused(api.post("suppressions", {"phone": "+442079460133", "reason": "a\0"}), 400, "invalid")
    assert [error["pointer"] for error in problem["errors"]] == ["/reason"]


def test_many_entries_are_judged_one_by_one(api):
    enrolment = factories.enrolled(campaign=factories.campaign(status="running"), state="in_progress")
    attempt = factories.attempt(enrolment, state="pushed")
    rows = [
        {"phone": attempt.number},
        {"phone": "x"},
        {"contact": str(enrolment.contact_id), "scope": "campaign", "campaign": str(enrolment.campaign_id)},
        {"contact": "00000000-0000-7000-8000-000000000000"},
        {"phone": "+442079460131", "scope": "campaign"},
        "text",
        {"phone": "+442079460132", "reason": "\0"},
    ]
    answer = api.post("suppressions", {"suppressions": rows})
    assert answer.status_code == 201, answer.content
    verdicts = answer.json()
    assert [(row["index"], row["still_held"]) for row in verdicts["accepted"]] == [(0, 1), (2, 1)]
    assert [(row["index"], row["errors"][0]["pointer"]) for row in verdicts["rejected"]] == [
        (1, "/phone"),
        (3, "/contact"),
        (4, "/campaign"),
        (5, ""),
        (6, "/reason"),
    ]
    assert Suppression.objects.count() == 2


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({}, "/phone"),
        ({"phone": "x"}, "/phone"),
        ({"phone": "+442079460133", "contact": "00000000-0000-7000-8000-000000000000"}, "/phone"),
        ({"contact": "00000000-0000-7000-8000-000000000000"}, "/contact"),
        ({"phone": "+442079460133", "scope": "campaign"}, "/campaign"),
        ({"phone": "+442079460133", "scope": "world"}, "/scope"),
        ({"phone": "+442079460133", "expires_at": "2020-01-01T00:00:00Z"}, "/expires_at"),
    ],
)
def test_a_wrong_entry_is_refused(api, body, pointer):
    answer = api.post("suppressions", body)
    assert answer.status_code in (400, 422)
    assert answer.json()["errors"][0]["pointer"] == pointer
    assert Suppression.objects.count() == 0


def test_nothing_but_wrong_entries_is_422(api):
    problem = refused(api.post("suppressions", {"suppressions": [{}]}), 422, "nothing_accepted")
    assert problem["rejected"][0]["index"] == 0


def test_more_than_10000_entries_are_refused_whole(api):
    refused(
        api.post("suppressions", {"suppressions": [{"phone": "+442079460134"}] * 10_001}),
        413,
        "too_many_items",
    )
    assert Suppression.objects.count() == 0


def test_entries_are_found_and_deleted(api):
    entry = factories.suppression("+442079460135", source="crm")
    factories.suppression(contact=factories.contact())
    for query in ("phone=%2B442079460135", "source=crm"):
        assert [row["id"] for row in api.get(f"suppressions?{query}").json()["results"]] == [str(entry.pk)]
    assert api.delete(f"suppressions/{entry.pk}").status_code == 204
    assert Suppression.objects.count() == 1
