"""The sandbox of 360NRS: scheduled messages, and what is done to all of them where none is named."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from providers.sandbox.line import Stage
from tests.providers.sandbox.nrs360_api import FIRST, SECOND, THIRD, Api

LATER, LATEST = "20260602120000", "20260603120000"


@pytest.fixture
def api() -> Api:
    return Api()


@pytest.fixture
def three(api: Api) -> Iterator[tuple[Api, list[str]]]:
    """Two scheduled voice messages, and one text that people have scheduled."""
    api.send(FIRST, SECOND, scheduleDate=LATER, campaignName="June")
    due = api.clock.now() + timedelta(days=2)
    text = api.sandbox.add_scheduled(phone=THIRD, message="Hello.", due_at=due)
    listed = api.get("scheduled")
    assert listed["total"] == 3
    guids = [row["guid"] for row in listed["result"]]
    assert guids[2] == text
    return api, guids


def stages(api: Api) -> list[Stage]:
    return [call.stage for call in api.sandbox.calls()]


def test_scheduled_messages_are_listed_without_their_content(three: tuple[Api, list[str]]) -> None:
    api, guids = three
    assert api.get("scheduled", guid=guids[:2])["result"][0] == {
        "guid": guids[0],
        "type": "VOICE",
        "sending_id": api.get("campaigns", name="June")["data"][0]["sendings"]["data"][0]["id"],
        "created_at": "2026-06-01 17:00:00",
        "updated_at": "2026-06-01 17:00:00",
        "scheduled_at": "2026-06-02 12:00:00",
    }
    assert [row["guid"] for row in api.get("scheduled", type="SMS")["result"]] == guids[2:]
    assert api.get("scheduled", type="MAILING") == {"result": [], "total": 0}
    assert api.get("scheduled", **{"guid[]": guids[:2]})["total"] == 2


def test_one_guid_shows_an_object_with_its_content(three: tuple[Api, list[str]]) -> None:
    api, guids = three
    shown = api.get("scheduled", guid=guids[0])
    assert (shown["total"], shown["result"]["guid"]) == (1, guids[0])
    assert (shown["result"]["content"]["to"], shown["result"]["content"]["message"]) == (
        FIRST,
        "Your parcel waits.",
    )
    found = api.get("scheduled", sendingId=shown["result"]["sending_id"])
    assert [row["guid"] for row in found["result"]] == guids[:2]


def test_a_strange_guid_or_type_is_refused(three: tuple[Api, list[str]]) -> None:
    api, _ = three
    assert api.refusal("GET", "scheduled?guid=abc") == (400, 120)
    assert api.refusal("GET", "scheduled?guid=987654") == (400, 120)
    assert api.refusal("GET", "scheduled?type=VOICE") == (422, 422)
    assert api.refusal("GET", "scheduled?campaignId=1") == (422, 422)
    assert api.refusal("DELETE", "scheduled", json={"guid": 987654}) == (400, 120)
    assert api.refusal("DELETE", "scheduled", json={"guids": [1]}) == (422, 422)
    assert api.refusal("PUT", "scheduled", json={"guid": [[]], "scheduleDate": LATEST}) == (400, 120)
    assert api.get("scheduled")["total"] == 3


def test_named_messages_are_moved_and_no_other(three: tuple[Api, list[str]]) -> None:
    api, guids = three
    answer = api.ask("PUT", "scheduled", json={"guid": [int(guids[0])], "scheduleDate": LATEST})
    assert answer.json() == {"result": True, "updated": 1}
    moved = [row["scheduled_at"] for row in api.get("scheduled")["result"]]
    assert moved == ["2026-06-03 12:00:00", "2026-06-02 12:00:00", "2026-06-03 17:00:00"]
    assert [call.due_at.day for call in api.sandbox.calls()] == [3, 2]


def test_a_move_needs_a_readable_date_to_come(three: tuple[Api, list[str]]) -> None:
    api, guids = three
    assert api.refusal("PUT", "scheduled", json={"guid": guids[0]}) == (400, 121)
    assert api.refusal("PUT", "scheduled", json={"guid": guids[0], "scheduleDate": "2026-06-03"}) == (
        400,
        121,
    )
    assert api.refusal("PUT", "scheduled", json={"guid": guids[0], "scheduleDate": "20250101000000"}) == (
        400,
        108,
    )


def test_named_messages_are_deleted_and_no_other(three: tuple[Api, list[str]]) -> None:
    api, guids = three
    assert api.ask("DELETE", "scheduled", json={"guid": guids[1]}).json() == {"result": True, "deleted": 1}
    assert stages(api) == [Stage.WAITING, Stage.WITHDRAWN]
    assert api.get("scheduled")["total"] == 2


@pytest.mark.parametrize(
    "body", [None, {}, {"guid": []}, {"guid": None}, {"guid": ""}, {"guid": 0}], ids=["no body", *"abcde"]
)
def test_deleting_without_a_guid_deletes_everything(
    three: tuple[Api, list[str]], body: dict[str, Any] | None
) -> None:
    api, _ = three
    given = {} if body is None else {"json": body}
    assert api.ask("DELETE", "scheduled", **given).json() == {"result": True, "deleted": 3}
    assert stages(api) == [Stage.WITHDRAWN] * 2
    assert api.get("scheduled") == {"result": [], "total": 0}


def test_moving_without_a_guid_moves_everything(three: tuple[Api, list[str]]) -> None:
    api, _ = three
    assert api.ask("PUT", "scheduled", json={"scheduleDate": LATEST}).json() == {"result": True, "updated": 3}
    assert {row["scheduled_at"] for row in api.get("scheduled")["result"]} == {"2026-06-03 12:00:00"}


def test_a_type_spares_the_others_but_still_takes_all_of_its_kind(three: tuple[Api, list[str]]) -> None:
    api, _ = three
    assert api.ask("DELETE", "scheduled", json={"type": "SMS"}).json() == {"result": True, "deleted": 1}
    assert stages(api) == [Stage.WAITING] * 2


def test_what_was_sent_at_once_cannot_be_taken_back(api: Api) -> None:
    api.send(FIRST)
    assert api.ask("DELETE", "scheduled").json() == {"result": True, "deleted": 0}
    assert stages(api) == [Stage.WAITING]


def test_a_scheduled_message_rings_when_it_is_due_and_is_no_more_listed() -> None:
    api = Api(is_automatic=True)
    api.send("12025550100", scheduleDate=LATER)
    api.pass_seconds(19 * 3600)
    assert api.get("scheduled")["total"] == 0
    api.pass_seconds(1)
    assert [ring.at.hour for ring in api.sandbox.line.rings] == [12]
