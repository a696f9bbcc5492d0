"""Diabolocom's batches by the typed client: whom they hit, and what is never sent."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from providers.diabolocom.values import BatchResult
from providers.errors import Ambiguous, Refused, Unavailable
from providers.testing import Fault
from tests.providers.diabolocom_desk import Desk, answer, crowded

AT = datetime(2026, 6, 1, 8, 0, tzinfo=UTC)
TOKEN = "5d1f2c1e-1111-4222-8333-444455556666"


def _priorities(desk: Desk) -> list[int]:
    return [desk.contact(number)["priority"] for number in (1, 2, 3)]


def test_a_batch_makes_contacts_and_is_asked_for_by_its_token() -> None:
    desk = Desk()
    batches = desk.provider.client.batches
    rows = [{"phone1": f"12025551{number:03}"} for number in range(200, 300)] * 3
    token = batches.create(4101, rows, priority=4)
    assert desk.sent == ["POST v2/4101/contact-batch/create"]
    assert desk.url().endswith("?priorityMode=false")
    assert batches.result(token).is_over is False
    desk.clock.advance(1)
    done = batches.result(token)
    assert (done.status, done.modified, done.is_over) == ("COMPLETED", 297, True)
    assert done.excluded == {"noValidPhone": (5, 105, 205)}  # its numbers end in 04
    assert desk.sent[-1] == f"GET v2/contact-batch/status/{token}"


@pytest.mark.parametrize("count", [0, 301])
def test_a_batch_of_none_or_too_many_is_never_sent(count: int) -> None:
    desk = Desk()
    with pytest.raises(ValueError, match="1 to 300"):
        desk.provider.client.batches.create(4101, [{"phone1": "12025550110"}] * count)
    assert desk.sent == []


def test_an_update_changes_whom_it_names() -> None:
    desk = crowded()
    desk.provider.client.batches.update(
        4101, {"contactIds": [1, 3]}, priority=1, custom_fields={"full_name": "N"}
    )
    assert desk.body() == {
        "query": {"contactIds": [1, 3]},
        "data": {"priority": 1, "customFields": {"full_name": "N"}},
    }
    desk.clock.advance(1)
    assert _priorities(desk) == [1, 10, 1]


@pytest.mark.parametrize(
    "given",
    [
        {"query": {}, "priority": 1},
        {"query": {"contactID": [1]}, "priority": 1},
        {"query": {"contactIds": [1]}},
        {"query": {"contactIds": [1]}, "phones": {"phone1": "12025550111"}},
        {"query": {"contactIds": [1]}, "comment": "no"},
        {"query": {"contactIds": [1]}, "custom_fields": {"phone2": "12025550111"}},
        {"query": {"contactIds": [1]}, "custom_fields": {"elsewhere": "x"}},
        {
            "query": {
                "customFieldConditions": [{"customFieldName": "teir", "condition": "eq", "value": "g"}]
            },
            "priority": 1,
        },
    ],
)
def test_an_update_that_could_hit_everybody_or_double_somebody_is_never_sent(given: dict[str, Any]) -> None:
    desk = crowded()
    with pytest.raises(ValueError):
        desk.provider.client.batches.update(4101, **given)
    assert [line for line in desk.sent if not line.startswith("GET")] == []


def test_purge_dates_are_filters_of_an_update() -> None:
    desk = crowded()
    desk.provider.client.batches.update(4101, {"purgeDateAfter": AT}, priority=1)
    assert desk.body()["query"] == {"purgeDateAfter": "2026-06-01T08:00:00Z"}


@pytest.mark.parametrize("reading", ["flat", "wrapped"])
def test_a_delete_hits_whom_it_names_wherever_the_vendor_looks_for_filters(reading: str) -> None:
    desk = crowded(delete_query=reading)
    desk.provider.client.batches.delete(4101, {"contactIds": [2]})
    assert desk.body() == {"contactIds": [2], "query": {"contactIds": [2]}}
    desk.clock.advance(1)
    left, _ = desk.provider.client.contacts.search(4101, {"excluded": False})
    assert [each.contact_id for each in left] == [1, 3]


@pytest.mark.parametrize(
    "query", [{}, {"contactIds": []}, {"contactID": [1]}, {"query": {"contactIds": [1]}}]
)
def test_a_delete_without_a_filter_that_counts_is_never_sent(query: dict[str, Any]) -> None:
    desk = crowded()
    with pytest.raises(ValueError):
        desk.provider.client.batches.delete(4101, query)
    assert [line for line in desk.sent if not line.startswith("GET")] == []


def test_one_batch_at_a_time() -> None:
    desk = crowded()
    batches = desk.provider.client.batches
    batches.update(4101, {"contactIds": [1]}, priority=1)
    with pytest.raises(Unavailable, match="Another batch"):
        batches.update(4101, {"contactIds": [2]}, priority=1)
    assert desk.sent.count("POST v2/4101/contact-batch/update") == 1
    with pytest.raises(Unavailable, match="Another batch"):  # of another instance: the vendor says so
        desk.another().client.batches.create(4101, [{"phone1": "12025550110"}])
    desk.clock.advance(1)
    batches.update(4101, {"contactIds": [2]}, priority=1)
    desk.clock.advance(1)
    assert _priorities(desk) == [1, 1, 10]


def test_a_batch_whose_answer_was_lost_is_ambiguous() -> None:
    desk = crowded()
    desk.wire.spoil(0, Fault.DROP_AFTER)
    with pytest.raises(Ambiguous):
        desk.provider.client.batches.create(4101, [{"phone1": "12025550110"}])


def test_a_batch_that_nobody_knows_is_refused() -> None:
    with pytest.raises(Refused):
        Desk().provider.client.batches.result(TOKEN)


def test_the_state_of_a_batch_is_read_whole() -> None:
    desk = Desk()
    told = {
        "status": "FAILED",
        "modifiedElementsCount": 7,
        "failed": [3],
        "excluded": {"noValidPhone": [4, 5]},
    }
    desk.hand.put("GET", TOKEN, answer(200, told))
    wanted = BatchResult(status="FAILED", modified=7, failed=(3,), excluded={"noValidPhone": (4, 5)})
    assert desk.provider.client.batches.result(TOKEN) == wanted
    assert wanted.is_over is True
