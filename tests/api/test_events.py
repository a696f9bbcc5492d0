"""`/events`: pages behind a cursor, filters that never lose a place, and what is told when events are gone."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from drf_spectacular.generators import SchemaGenerator

from dialer.feed import numbering, reading
from dialer.models import FeedEvent
from dialer.models.feed import FeedState
from dialer.models.ids import new_id
from dialer.rules.events import KINDS, example, expand, is_pattern
from tests.api.conftest import Api, refused

CAMPAIGN, OTHER = new_id(), new_id()


def events(*kinds: str, campaign: Any = CAMPAIGN) -> list[FeedEvent]:
    rows = [FeedEvent.objects.create(kind=kind, campaign_id=campaign, data={"a": 1}) for kind in kinds]
    numbering.number_due()
    return rows


def types(page: dict[str, Any]) -> list[str]:
    return [event["type"] for event in page["results"]]


def test_an_event_is_shown_whole(api: Api) -> None:
    (row,) = events("campaign.paused")
    (event,) = api.get("events").json()["results"]
    assert event == {
        "id": str(row.pk),
        "cursor": "1",
        "type": "campaign.paused",
        "occurred_at": row.created_at.isoformat().replace("+00:00", "Z"),
        "campaign": str(CAMPAIGN),
        "campaign_contact": None,
        "contact": None,
        "attempt": None,
        "data": {"a": 1},
    }


def test_next_leads_through_all_pages_and_on_from_an_empty_one(api: Api) -> None:
    events("job.queued", "job.completed", "job.failed")
    first = api.get("events?page_size=2").json()
    assert (types(first), first["next"], first["has_more"]) == (["job.queued", "job.completed"], "2", True)
    second = api.get(f"events?page_size=2&after={first['next']}").json()
    assert (types(second), second["next"], second["has_more"]) == (["job.failed"], "3", False)
    empty = api.get(f"events?after={second['next']}").json()
    assert empty == {"results": [], "next": "3", "has_more": False}
    events("job.cancelled")
    assert types(api.get(f"events?after={empty['next']}").json()) == ["job.cancelled"]


def test_the_same_page_can_be_read_again(api: Api) -> None:
    events("job.queued", "job.completed")
    assert api.get("events?after=1").json() == api.get("events?after=1").json()


def test_an_empty_feed_gives_a_cursor(api: Api) -> None:
    assert api.get("events").json() == {"results": [], "next": "0", "has_more": False}


def test_a_reader_may_begin_at_the_present(api: Api) -> None:
    events("job.queued")
    assert api.get("events?after=latest").json() == {"results": [], "next": "1", "has_more": False}


def test_filters_choose_and_next_passes_what_they_leave_out(api: Api) -> None:
    events("job.queued", "campaign.paused", "attempt.ended", "job.failed")
    events("campaign.paused", campaign=OTHER)
    page = api.get("events?type=job.*").json()
    assert (types(page), page["next"], page["has_more"]) == (["job.queued", "job.failed"], "5", False)
    assert types(api.get("events?type=attempt.ended,campaign.paused").json()) == [
        "campaign.paused",
        "attempt.ended",
        "campaign.paused",
    ]
    assert types(api.get(f"events?type=campaign.*&campaign={CAMPAIGN}").json()) == ["campaign.paused"]
    assert types(api.get(f"events?campaign={OTHER}").json()) == ["campaign.paused"]


def test_a_filter_that_few_pass_looks_at_a_bounded_stretch(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "SCAN", 2)
    events("job.queued", "job.queued", "job.queued", "job.queued", "campaign.paused")
    found, after, pages = [], "0", 0
    while True:
        page = api.get(f"events?type=campaign.paused&after={after}").json()
        found, after, pages = found + types(page), page["next"], pages + 1
        if not page["has_more"]:
            break
    assert (found, pages, after) == (["campaign.paused"], 3, "5")


def test_a_cursor_older_than_what_is_kept_is_gone_and_says_where_to_go_on(api: Api) -> None:
    events("job.queued", "job.completed", "job.failed")
    FeedEvent.objects.filter(number__lte=2).delete()
    FeedState.objects.update(trimmed_to=2)
    problem = refused(api.get("events?after=1"), 410, "cursor_expired")
    assert problem["oldest"] == "2"
    assert types(api.get(f"events?after={problem['oldest']}").json()) == ["job.failed"]
    assert types(api.get("events").json()) == ["job.failed"]


@pytest.mark.parametrize("cursor", ["-1", "x", "1.0", "LATEST", "\u0664", "9" * 30])
def test_a_cursor_that_is_none_of_ours_is_refused(api: Api, cursor: str) -> None:
    events("job.queued", "job.completed", "job.failed")
    refused(api.get("events", {"after": cursor}), 400, "invalid_cursor")


def test_a_cursor_that_the_feed_has_not_reached_is_refused(api: Api) -> None:
    events("job.queued", "job.completed", "job.failed")
    refused(api.get("events?after=4"), 422, "invalid_cursor")


@pytest.mark.parametrize(
    ("query", "pointer", "code"),
    [
        ("type=attempt.nothing", "?type", "unknown_event_type"),
        ("type=*", "?type", "unknown_event_type"),
        ("type=job.queued,", "?type", "unknown_event_type"),
        ("type=", "?type", "blank"),
        ("after=", "?after", "blank"),
        ("campaign=7", "?campaign", "invalid"),
        ("page_size=0", "?page_size", "invalid"),
        ("page_size=1001", "?page_size", "invalid"),
        ("cursor=1", "?cursor", "unknown_field"),
    ],
)
def test_a_parameter_that_cannot_be_is_named(api: Api, query: str, pointer: str, code: str) -> None:
    answer = api.get(f"events?{query}")
    assert answer.status_code == (422 if code == "unknown_event_type" else 400)
    assert [(error["pointer"], error["code"]) for error in answer.json()["errors"]] == [(pointer, code)]


def test_reading_needs_a_key_that_may_read_and_nothing_else_is_taken(caller: Callable[..., Api]) -> None:
    assert caller("read").get("events").status_code == 200
    refused(Api().get("events"), 401, "not_authenticated")
    refused(caller("admin").post("events", {}), 405, "method_not_allowed")


# --- the catalogue --------------------------------------------------------------------------------------------


def test_the_documentation_shows_every_type_with_its_meaning_and_an_example() -> None:
    operation = SchemaGenerator().get_schema(request=None, public=True)["paths"]["/api/v1/events"]["get"]
    shown = operation["responses"]["200"]["content"]["application/json"]["examples"].values()
    assert {item["summary"] for item in shown} == {kind.meaning for kind in KINDS.values()}
    assert [item["value"]["results"] for item in shown] == [[example(name)] for name in KINDS]
    assert all(f"`{name}`: {kind.meaning}" in operation["description"] for name, kind in KINDS.items())
    assert "410" in operation["responses"]


def test_no_example_holds_a_phone_or_a_name() -> None:
    for name in KINDS:
        assert not re.search(
            r"\+\d{5}|\"(phone|number|name|email)\":", str(example(name)).replace("'", '"')
        ), name


def test_patterns_are_a_type_or_a_family() -> None:
    assert all(is_pattern(text) for text in ("attempt.ended", "attempt.*", "provider_account.*"))
    assert not any(
        is_pattern(text) for text in ("attempt", "attempt.", "attempt.x", "*", ".*", "campaign.*x")
    )
    assert expand(["job.*", "attempt.ended"]) == {
        "job.queued",
        "job.completed",
        "job.failed",
        "job.cancelled",
        "attempt.ended",
    }
    assert expand([]) == set(KINDS)
