"""The Diabolocom sandbox does batches later, one at a time, and hits everybody where the document says so."""

from __future__ import annotations

import re
from typing import Any

import pytest

from tests.providers.sandbox.diabolocom_bench import V1, V2, Bench, phone


@pytest.fixture
def bench() -> Bench:
    return Bench(is_automatic=False, batch_seconds=2)


def _send(bench: Bench, kind: str, body: Any) -> dict[str, Any]:
    """Send a batch, wait for its end, give its status."""
    answer = bench.ask("POST", f"{bench.batch}/{kind}", body)
    assert answer.status_code == 200, answer.text
    bench.wait(2)
    return _status(bench, answer.json()["token"])


def _status(bench: Bench, token: str) -> dict[str, Any]:
    return dict(bench.ask("GET", f"{V2}/contact-batch/status/{token}").json())


def _priorities(bench: Bench) -> dict[int, int]:
    return {each["contactId"]: each["priority"] for each in bench.search(pageSize=500)["content"]}


def test_a_batch_is_accepted_goes_on_and_is_completed(bench: Bench) -> None:
    rows = [{"phone1": phone(0)}, {"phone1": "12025550104"}, {"phone1": phone(2)}]
    answer = bench.ask("POST", f"{bench.batch}/create", {"customFields": rows, "priority": 4})
    assert set(answer.json()) == {"token"}
    token = answer.json()["token"]
    assert re.fullmatch(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", token)
    waiting = {"modifiedElementsCount": 0, "failed": [], "excluded": {}}
    assert _status(bench, token) == {"status": "ACCEPTED", **waiting}
    bench.wait(1)
    assert _status(bench, token) == {"status": "IN_PROGRESS", **waiting}
    assert bench.ids() == []
    bench.wait(1)
    done = {"modifiedElementsCount": 2, "failed": [], "excluded": {"noValidPhone": [2]}}
    assert _status(bench, token) == {"status": "COMPLETED", **done}
    assert _priorities(bench) == {1: 4, 2: 4, 3: 4}
    assert [call.phone for call in bench.sandbox.calls()] == [phone(0), phone(2)]


def test_one_batch_at_a_time_in_a_campaign(bench: Bench) -> None:
    row = {"customFields": [{"phone1": phone(0)}]}
    assert bench.ask("POST", f"{bench.batch}/create", row).status_code == 200
    for kind, body in (("create", row), ("update", {"query": {}, "data": {"priority": 1}}), ("delete", {})):
        assert bench.ask("POST", f"{bench.batch}/{kind}", body).status_code == 409
    bench.campaign = bench.sandbox.add_campaign()
    assert bench.ask("POST", f"{bench.batch}/create", row).status_code == 200
    bench.campaign = "4101"
    bench.wait(2)
    assert bench.ask("POST", f"{bench.batch}/delete", {"contactIds": [9]}).status_code == 200
    assert bench.ids() == [1]


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("create", {}),
        ("create", {"customFields": {"phone1": "12025550110"}}),
        ("create", {"customFields": []}),
        ("create", {"customFields": [{"phone1": "12025550110"}] * 301}),
        ("create", {"customFields": [{"phone1": "+12025550110"}]}),
        ("create", {"customFields": [{}], "fields": 1}),
        ("update", {"query": {}}),
        ("update", {"query": {}, "data": {}}),
        ("update", {"query": {}, "data": {"comment": "x"}}),
        ("update", {"query": {}, "data": {"priority": "x"}}),
        ("update", {"query": {"contactIds": ["1"]}, "data": {"priority": 1}}),
        ("update", {"query": {}, "data": {"contactCardDisplayNumber": "12025550199"}}),
        ("update", {"filter": {}, "data": {"priority": 1}}),
        ("delete", {"createdAfter": "now"}),
        ("delete", []),
    ],
)
def test_a_bad_batch_is_refused_at_once(bench: Bench, kind: str, body: Any) -> None:
    before = bench.create()
    assert bench.ask("POST", f"{bench.batch}/{kind}", body).status_code == 400
    bench.wait(5)
    assert bench.ids() == [1]
    assert bench.show(1) == before


def test_300_contacts_are_a_batch(bench: Bench) -> None:
    assert (
        _send(bench, "create", {"customFields": [{"phone1": phone(0)}] * 300})["modifiedElementsCount"] == 300
    )


def test_an_update_changes_whom_its_query_finds(bench: Bench) -> None:
    for number in range(3):
        bench.create(number)
    query = {"contactIds": [1, 3]}
    status = _send(
        bench, "update", {"query": query, "data": {"excluded": True, "customFields": {"full_name": "x"}}}
    )
    assert (status["status"], status["modifiedElementsCount"]) == ("COMPLETED", 2)
    assert bench.ids({"excludedCause": "manual"}) == [1, 3]
    assert bench.show(1)["customFields"] == {"phone1": phone(0), "full_name": "x"}
    assert [call.phone for call in bench.sandbox.calls() if not call.is_over] == [phone(1)]


@pytest.mark.parametrize(
    "body",
    [
        {"query": {"contactId": [1]}, "data": {"priority": 1}},
        {"query": {"ContactIds": [1]}, "data": {"priority": 1}},
        {"query": {"contactIds": None}, "data": {"priority": 1}},
        {"query": {"contactIds": []}, "data": {"priority": 1}},
        {"query": {}, "data": {"priority": 1}},
        {"data": {"priority": 1}},
    ],
)
def test_an_update_without_a_filter_that_counts_hits_everybody(bench: Bench, body: dict[str, Any]) -> None:
    for number in range(3):
        bench.create(number)
    assert _send(bench, "update", body)["modifiedElementsCount"] == 3
    assert _priorities(bench) == {1: 1, 2: 1, 3: 1}


def test_one_good_filter_beside_a_misspelled_one_still_holds(bench: Bench) -> None:
    for number in range(3):
        bench.create(number)
    _send(bench, "update", {"query": {"phone": [phone(0)], "contactIds": [2]}, "data": {"priority": 1}})
    assert _priorities(bench) == {1: 10, 2: 1, 3: 10}


@pytest.mark.parametrize("data", [{"phones": {"phone1": phone(5)}}, {"customFields": {"phone1": phone(5)}}])
def test_a_phone_in_an_update_makes_doubles_that_are_called(bench: Bench, data: dict[str, Any]) -> None:
    bench.create(0, custom={"full_name": "Ada Fiction"})
    assert _send(bench, "update", {"query": {"contactIds": [1]}, "data": data})["modifiedElementsCount"] == 1
    assert bench.show(1)["phones"] == {"phone1": phone(0)}
    double = bench.show(2)
    assert (double["customFields"], double["duplicateContactIds"]) == (
        {"phone1": phone(5), "full_name": "Ada Fiction"},
        [1],
    )
    assert [call.phone for call in bench.sandbox.calls() if not call.is_over] == [phone(0), phone(5)]


def test_a_delete_spares_whom_it_does_not_name_and_who_is_on_a_call(bench: Bench) -> None:
    for number in range(3):
        bench.create(number)
    bench.sandbox.dial(phone(0), None)
    status = _send(bench, "delete", {"contactIds": [1, 2]})
    assert status == {"status": "COMPLETED", "modifiedElementsCount": 1, "failed": [1], "excluded": {}}
    assert bench.ids() == [1, 3]


@pytest.mark.parametrize("body", [{}, {"contactID": [1]}, {"query": {"contactIds": [1]}}])
def test_a_delete_without_a_filter_that_counts_deletes_everybody(bench: Bench, body: dict[str, Any]) -> None:
    for number in range(3):
        bench.create(number)
    assert _send(bench, "delete", body)["modifiedElementsCount"] == 3
    assert bench.ids() == []


def test_the_other_reading_of_a_delete_takes_its_filters_from_query() -> None:
    bench = Bench(is_automatic=False, batch_seconds=2, delete_query="wrapped")
    for number in range(3):
        bench.create(number)
    assert _send(bench, "delete", {"query": {"contactIds": [1]}})["modifiedElementsCount"] == 1
    assert _send(bench, "delete", {"contactIds": [2]})["modifiedElementsCount"] == 2


def test_purge_dates_filter_batches_only(bench: Bench) -> None:
    bench.create()
    data = {"priority": 1}
    body = {"query": {"purgeDateBefore": "2027-05-04T09:00:00Z"}, "data": data}
    assert _send(bench, "update", body)["modifiedElementsCount"] == 0
    body = {"query": {"purgeDateAfter": "2027-05-04T08:59:59Z"}, "data": data}
    assert _send(bench, "update", body)["modifiedElementsCount"] == 1


def test_a_batch_fails_when_its_campaign_is_deleted_meanwhile(bench: Bench) -> None:
    token = bench.ask("POST", f"{bench.batch}/create", {"customFields": [{"phone1": phone(0)}]}).json()[
        "token"
    ]
    bench.patch(isPaused=True)
    bench.patch(isArchived=True)
    bench.ask("DELETE", f"{V1}/4101")
    bench.wait(2)
    assert _status(bench, token)["status"] == "FAILED"
    assert bench.sandbox.calls() == []


def test_a_batch_in_an_unknown_campaign_is_refused(bench: Bench) -> None:
    bench.campaign = "999999999"
    for kind in ("create", "update", "delete"):
        assert bench.ask("POST", f"{bench.batch}/{kind}", {}).text == "error.campaign.not.exists"
