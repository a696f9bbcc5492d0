"""The Diabolocom sandbox tells what changed by date, with bounds that punish a careless cursor."""

from __future__ import annotations

import pytest

from tests.providers.sandbox.diabolocom_bench import Bench


@pytest.fixture
def bench() -> Bench:
    return Bench(is_automatic=False)


def test_the_feed_lists_changes_in_their_order(bench: Bench) -> None:
    ids = [bench.create(number)["id"] for number in range(3)]
    bench.wait(30)
    bench.change(1, priority=1)
    feed = bench.changed(fromDate="2026-05-04T08:59:59Z")
    assert [each["id"] for each in feed["contacts"]] == [ids[1], ids[2], ids[0]]
    assert (feed["count"], feed["next"]) == (3, None)
    assert [each["id"] for each in bench.changed(fromDate="2026-05-04T09:00:29Z")["contacts"]] == [ids[0]]


def test_the_bounds_of_the_feed_are_left_out(bench: Bench) -> None:
    bench.create()
    edge, before, after = "2026-05-04T09:00:00Z", "2026-05-04T08:59:59Z", "2026-05-04T09:00:01Z"
    assert bench.changed(fromDate=edge)["count"] == 0
    assert bench.changed(fromDate=before, toDate=edge)["count"] == 0
    assert bench.changed(fromDate=before, toDate=after, dateField="lastUpdatedAt")["count"] == 1


def test_the_feed_is_followed_through_one_second_without_loss(bench: Bench) -> None:
    ids = [bench.create(number)["id"] for number in range(7)]
    answer = bench.changed(fromDate="2026-05-04T08:00:00Z", toDate="2026-05-05T00:00:00Z", limit="3")
    assert f"fromId={ids[3]}&limit=3" in answer["next"]
    assert "toDate=2026-05-05" in answer["next"]
    assert bench.followed(answer, "contacts") == ids


def test_deleted_contacts_leave_the_feed(bench: Bench) -> None:
    bench.create()
    bench.ask("DELETE", f"{bench.contacts}/1")
    assert bench.changed(fromDate="2026-05-01T00:00:00Z")["contacts"] == []


@pytest.mark.parametrize(
    "query",
    [
        {},
        {"fromDate": "2026-05-04"},
        {"fromDate": "2026-05-04T09:00:00Z", "dateField": "createdAt"},
        {"fromDate": "2026-05-04T09:00:00Z", "since": "1"},
        {"fromDate": "2026-05-04T09:00:00Z", "limit": "many"},
    ],
)
def test_a_feed_needs_its_date(bench: Bench, query: dict[str, str]) -> None:
    assert bench.ask("GET", f"{bench.contacts}/search/by-date", **query).status_code == 400
