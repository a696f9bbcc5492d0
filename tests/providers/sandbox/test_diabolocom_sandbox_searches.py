"""The Diabolocom sandbox finds contacts in three ways, with three kinds of paging and their traps."""

from __future__ import annotations

import time
from typing import Any

import pytest

from providers.vocabulary import Result
from tests.providers.sandbox.diabolocom_bench import V2, Bench, phone

BY_PHONE = f"{V2}/contacts/search/by-phone"


@pytest.fixture
def bench() -> Bench:
    return Bench(is_automatic=False)


# ---- by filters


def test_pages_count_from_0_and_totals_are_not_to_be_trusted(bench: Bench) -> None:
    for number in range(25):
        bench.create(number)
    pages = [bench.search(page=page) for page in range(4)]
    assert bench.search() == pages[0]
    assert [page["numberOfElements"] for page in pages] == [10, 10, 5, 0]
    assert [page["number"] for page in pages] == [0, 1, 2, 3]
    assert [page["first"] for page in pages] == [True, False, False, False]
    assert [page["last"] for page in pages] == [False, False, True, True]
    assert [page["empty"] for page in pages] == [False, False, False, True]
    assert {(page["totalElements"], page["totalPages"]) for page in pages} == {(18, 2)}
    seen = [each["contactId"] for page in pages for each in page["content"]]
    assert seen == list(range(1, 26))


def test_a_page_has_at_most_500(bench: Bench) -> None:
    body = {"customFields": [{"phone1": phone(0)}] * 300}
    for _ in range(2):
        bench.ask("POST", f"{bench.batch}/create", body)
        bench.wait(1)
    page = bench.search(pageSize=600)
    assert (page["numberOfElements"], page["last"]) == (500, False)


def test_a_page_limit_makes_many_pages() -> None:
    bench = Bench(is_automatic=False, page_limit=3)
    for number in range(7):
        bench.create(number)
    assert bench.search(pageSize=500)["numberOfElements"] == 3
    assert len(bench.followed(bench.changed(fromDate="2026-05-01T00:00:00Z"), "contacts")) == 7
    first = bench.ask("POST", BY_PHONE, {}, limit=100).json()
    assert (first["count"], len(bench.followed(first, "contacts", {}))) == (3, 7)


def _three(bench: Bench) -> None:
    """1: plain; 2: second number, priority 2, retry; 3: excluded; then a call of 1 is answered."""
    bench.create(0, custom={"full_name": "Ada Fiction"})
    bench.wait(10)
    bench.create(1, custom={"phone2": phone(9), "full_name": "Bo Fiction"}, priority=2, triesNumber=2)
    bench.change(2, retryDate="2026-05-06T09:00:00Z", region=4)
    bench.wait(10)
    bench.create(2, excluded=True, assignedAgentId=611)
    bench.wait(10)
    bench.sandbox.dial(phone(0), Result.ANSWERED)


@pytest.mark.parametrize(
    ("query", "ids"),
    [
        ({"contactIds": [3, 1, 44]}, [1, 3]),
        ({"phones": [phone(9), phone(0)]}, [1, 2]),
        ({"excluded": True}, [3]),
        ({"excluded": False}, [1, 2]),
        ({"excludedCause": "manual"}, [3]),
        ({"retryIsNull": True}, [1, 3]),
        ({"retryAfter": "2026-05-06T08:59:59Z"}, [2]),
        ({"retryBefore": "2026-05-06T09:00:00Z"}, []),
        ({"minPriority": 10}, [1, 3]),
        ({"maxPriority": 2}, [2]),
        ({"minTries": 1, "maxTries": 1}, [1]),
        ({"createdAfter": "2026-05-04T09:00:00Z"}, [2, 3]),
        ({"createdBefore": "2026-05-04T09:00:10Z"}, [1]),
        ({"updateAfter": "2026-05-04T09:00:20Z"}, [1]),
        ({"lastCallAfter": "2026-05-04T09:00:29Z"}, [1]),
        ({"wrapupStatuses": ["argued"]}, [1]),
        ({"wrapupStatuses": ["new_contact", "tocall"]}, [2, 3]),
        ({"wrapupStatuses": None}, [2, 3]),
        ({"lastWrapupIds": [8201]}, [1]),
        ({"lastWrapupIds": None}, [2, 3]),
        ({"lastCallerType": "system"}, [1]),
        ({"assignedAgentIds": [611]}, [3]),
        ({"assignedAgentIds": [None, 611]}, [1, 2, 3]),
        ({"agentIds": [611]}, [1]),
        ({"regions": [4]}, [2]),
        ({"contactIds": [1, 2], "excluded": False, "maxPriority": 5}, [2]),
    ],
)
def test_filters_keep_what_they_name(bench: Bench, query: dict[str, Any], ids: list[int]) -> None:
    _three(bench)
    assert bench.ids(query) == ids


@pytest.mark.parametrize(
    ("condition", "value", "ids"),
    [
        ("eq", "Ada Fiction", [1]),
        ("eq", "ada fiction", []),
        ("eq", None, [3]),
        ("notEq", "Ada Fiction", [2, 3]),
        ("notEq", None, [1, 2]),
        ("lt", "Bo", [1]),
        ("lte", "Bo Fiction", [1, 2]),
        ("gt", "Ada Fiction", [2]),
        ("gte", "Ada Fiction", [1, 2]),
        ("startsWith", "Bo", [2]),
        ("endsWith", "Fiction", [1, 2]),
        ("notStartswith", "Bo", [1]),
        ("notEndswith", "Fiction", []),
        ("contains", "a F", [1]),
        ("notContains", "a F", [2]),
        ("like", "A%n", [1]),
    ],
)
def test_conditions_on_custom_fields(bench: Bench, condition: str, value: str | None, ids: list[int]) -> None:
    _three(bench)
    wish = {"customFieldName": "full_name", "condition": condition, "value": value}
    assert bench.ids({"customFieldConditions": [wish]}) == ids


def test_conditions_all_hold(bench: Bench) -> None:
    _three(bench)
    name = {"customFieldName": "full_name", "condition": "endsWith", "value": "Fiction"}
    number = {"customFieldName": "phone2", "condition": "eq", "value": phone(9)}
    assert bench.ids({"customFieldConditions": [name, number]}) == [2]


@pytest.mark.parametrize(
    "query",
    [
        {},
        {"contactId": [1]},
        {"phone": phone(0)},
        {"contactIds": []},
        {"contactIds": None},
        {"phones": None},
        {"lastAgentIds": [611]},
        {"purgeDateBefore": "2026-05-04T09:00:00Z"},
        {
            "customFieldConditions": [
                {"customFieldName": "ful_name", "condition": "eq", "value": "Ada Fiction"}
            ]
        },
    ],
)
def test_a_filter_that_does_not_count_finds_everybody(bench: Bench, query: dict[str, Any]) -> None:
    _three(bench)
    assert bench.ids(query) == [1, 2, 3]


@pytest.mark.parametrize(
    "body",
    [
        {"query": {"contactIds": ["1"]}},
        {"query": {"contactIds": 1}},
        {"query": {"contactIds": [1] * 501}},
        {"query": {"phones": ["+12025550110"]}},
        {"query": {"createdAfter": "yesterday"}},
        {"query": {"wrapupStatuses": ["happy"]}},
        {"query": {"excludedCause": "tooLong"}},
        {"query": {"customFieldConditions": [{"customFieldName": "full_name", "value": "x"}]}},
        {
            "query": {
                "customFieldConditions": [{"customFieldName": "phone1", "condition": "is", "value": "x"}]
            }
        },
        {
            "query": {
                "customFieldConditions": [{"customFieldName": "phone1", "condition": "lt", "value": None}]
            }
        },
        {"pageable": {"page": -1}},
        {"pageable": {"size": 5}},
        {"pageable": {"pageSize": "5"}},
        {"filters": {}},
    ],
)
def test_a_search_with_a_wrong_value_is_refused(bench: Bench, body: dict[str, Any]) -> None:
    assert bench.ask("POST", f"{bench.contacts}/search", body).status_code == 400


def test_a_lagging_search_finds_a_contact_later_than_its_id_does() -> None:
    bench = Bench(is_automatic=False, lag_seconds=5)
    bench.create()
    bench.wait(4)
    since = "2026-05-01T00:00:00Z"
    assert bench.show(1)["contactId"] == 1
    assert bench.ids() == []
    assert bench.changed(fromDate=since)["contacts"] == []
    assert bench.ask("POST", BY_PHONE, {"phones": [phone(0)]}).json()["contacts"] == []
    bench.wait(1)
    assert bench.ids() == [1]
    assert bench.changed(fromDate=since)["count"] == 1
    assert bench.ask("POST", BY_PHONE, {"phones": [phone(0)]}).json()["count"] == 1


# ---- by phone


def test_phones_are_found_over_campaigns_by_system_id(bench: Bench) -> None:
    first = bench.create(0)["id"]
    other = bench.campaign = bench.sandbox.add_campaign()
    second = bench.create(1, custom={"phone2": phone(0)})["id"]
    third = bench.create(2)["id"]
    asked = {"phones": [phone(0)]}
    answer = bench.ask("POST", BY_PHONE, asked, limit="1").json()
    assert answer["next"] == f"{BY_PHONE}?fromId={second}&limit=1"
    assert bench.followed(answer, "contacts", asked) == [first, second]
    inside = bench.ask("POST", BY_PHONE, {**asked, "campaignIds": [int(other)]}).json()
    assert ([each["id"] for each in inside["contacts"]], inside["count"], inside["next"]) == (
        [second],
        1,
        None,
    )
    after = bench.ask("POST", BY_PHONE, {"phones": None}, fromId=str(second)).json()
    assert [each["id"] for each in after["contacts"]] == [second, third]


def test_a_search_by_phone_knows_its_campaigns_and_words(bench: Bench) -> None:
    unknown = bench.ask("POST", BY_PHONE, {"campaignIds": [999_999_999]})
    assert (unknown.status_code, unknown.text) == (404, "error.campaign.not.exists")
    assert bench.ask("POST", BY_PHONE, {"phone": phone(0)}).status_code == 400
    assert bench.ask("POST", BY_PHONE, {"phones": ["+1"]}).status_code == 400
    assert bench.ask("POST", BY_PHONE, {}, limit="0").status_code == 400
    assert bench.ask("GET", BY_PHONE).status_code == 405


def test_at_most_100_are_found_by_phone_at_once(bench: Bench) -> None:
    bench.ask("POST", f"{bench.batch}/create", {"customFields": [{"phone1": phone(0)}] * 150})
    bench.wait(1)
    assert bench.ask("POST", BY_PHONE, {}, limit="500").json()["count"] == 100
    assert bench.ask("POST", BY_PHONE, {}).json()["count"] == 10


# ---- many


def test_10_000_contacts_make_no_request_slow(bench: Bench) -> None:
    for _ in range(34):
        rows = [{"phone1": phone(number % 80), "full_name": f"Fiction {number}"} for number in range(300)]
        bench.ask("POST", f"{bench.batch}/create", {"customFields": rows})
        bench.wait(1)
    wish = {"customFieldName": "full_name", "condition": "eq", "value": "Fiction 7"}
    began = time.process_time()
    for _ in range(20):
        bench.create(90)
        assert bench.search({"customFieldConditions": [wish]})["content"][0]["contactId"] == 8
        assert bench.search({"contactIds": [9_000]})["content"][0]["contactId"] == 9_000
        assert bench.changed(fromDate="2026-05-04T09:00:00Z", limit="5")["count"] == 5
        assert bench.ask("POST", BY_PHONE, {"phones": [phone(1)]}).json()["count"] == 10
    assert (
        time.process_time() - began < 2.0
    )  # 100 requests: far more than they need, far less than scans cost
