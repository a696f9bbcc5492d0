"""Pages, cursors, filters, both forms of an address, and the number of queries a page costs."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests import factories
from tests.api.conftest import refused

pytestmark = pytest.mark.django_db


def test_a_list_is_walked_by_its_links_in_both_directions(api):
    made = [str(factories.timeline().pk) for _ in range(5)]
    first = api.get("retry-timelines?page_size=2").json()
    assert first["previous"] is None
    assert [row["id"] for row in api.every("retry-timelines?page_size=2")] == made[::-1]
    second = api.get(first["next"]).json()
    assert api.get(second["previous"]).json()["results"] == first["results"]


def test_the_page_size_is_100_unless_told(api):
    for _ in range(101):
        factories.timeline(steps=())
    assert len(api.get("retry-timelines").json()["results"]) == 100
    assert len(api.get("retry-timelines?page_size=1000").json()["results"]) == 101


@pytest.mark.parametrize("size", ["0", "1001", "-1", "x", "1.5", "", "٣", "1" * 5000])
def test_a_page_size_out_of_range_is_400(api, size):
    problem = refused(api.get("retry-timelines", {"page_size": size}), 400, "invalid")
    assert problem["errors"][0]["pointer"] == "?page_size"


@pytest.mark.parametrize("cursor", ["x", "cD1mb28=", "%00", "bz0xMDAwMDAwMA==", "é"])
def test_a_cursor_that_is_not_ours_is_400(api, cursor):
    answer = api.get("retry-timelines", {"cursor": cursor})
    assert answer.status_code == 400 or answer.json()["results"] == []


@pytest.mark.parametrize("path", ["attempts?from=", "attempts?to=", "contacts?updated_after="])
@pytest.mark.parametrize("instant", ["0001-01-01T00:00:00%2B14:00", "9999-12-31T23:59:59-12:00", "x"])
def test_an_instant_that_no_calendar_has_is_400(api, path, instant):
    problem = refused(api.get(path + instant), 400, "invalid")
    assert problem["errors"][0]["pointer"] == "?" + path.split("?")[1].rstrip("=")


def test_both_forms_of_an_address_answer_also_to_a_post(api):
    for path in ("retry-timelines", "retry-timelines/"):
        assert api.get(path).status_code == 200
        assert api.post(path, {"name": path, "steps": []}).status_code == 201
    campaign = factories.campaign()
    assert api.post(f"campaigns/{campaign.pk}/archive/").status_code == 200


@pytest.mark.parametrize(
    "path", ["campaigns", "provider-accounts", "retry-timelines", "contacts", "attempts", "suppressions"]
)
def test_a_page_costs_the_same_queries_whatever_its_length(api, path):
    _fill(1)
    api.get(path)  # the first use of a key is written down
    with CaptureQueriesContext(connection) as few:
        assert api.get(path).status_code == 200
    _fill(10)
    with CaptureQueriesContext(connection) as many:
        assert len(api.get(path).json()["results"]) >= 10
    assert len(many) == len(few)
    assert len(many) <= 4


def test_a_page_of_a_campaigns_contacts_costs_the_same_queries_whatever_its_length(api):
    campaign = factories.campaign()
    factories.enrolled(campaign=campaign)
    path = f"campaigns/{campaign.pk}/contacts"
    api.get(path)
    with CaptureQueriesContext(connection) as few:
        assert len(api.get(path).json()["results"]) == 1
    for _ in range(10):
        factories.enrolled(campaign=campaign)
    with CaptureQueriesContext(connection) as many:
        assert len(api.get(path).json()["results"]) == 11
    assert len(many) == len(few) <= 5


def _fill(count: int) -> None:
    for _ in range(count):
        attempt = factories.attempt()
        factories.suppression(contact=attempt.contact)
