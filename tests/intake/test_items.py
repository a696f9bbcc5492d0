"""One item in: what is taken as it is, and what is refused with which code at which place."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from dialer.intake.records import Record, Refusal, read_item

MAIN = "+33199001234"


def faults(item: Any, country: str | None = None) -> list[tuple[str, str]]:
    read = read_item(0, item, country)
    assert type(read) is Refusal, "the item was taken"
    return [(error["pointer"], error["code"]) for error in read.errors]


def nested(levels: int) -> list[Any]:
    made: list[Any] = []
    for _ in range(levels - 1):
        made = [made]
    return made


def record(item: Any, country: str | None = None) -> Record:
    read = read_item(3, item, country)
    assert type(read) is Record, read
    return read


def test_the_short_form_is_one_main_phone() -> None:
    read = record({"phone": "01 99 00 12 34"}, "FR")
    assert (read.main, [(line.number, line.country) for line in read.phones]) == (MAIN, [(MAIN, "FR")])


def test_without_a_mark_the_first_phone_is_the_main_one() -> None:
    read = record({"phones": [{"number": MAIN}, {"number": "+33199001235"}]})
    assert read.main == MAIN


def test_the_marked_phone_is_the_main_one_and_the_order_stays() -> None:
    read = record({"phones": [{"number": MAIN}, {"number": "+33199001235", "is_main": True, "type": "work"}]})
    assert read.main == "+33199001235"
    assert [(line.number, line.type) for line in read.phones] == [(MAIN, None), ("+33199001235", "work")]


def test_phone_beside_phones_names_the_main_one_of_them() -> None:
    both = {"phone": MAIN, "phones": [{"number": "01 99 00 12 35"}, {"number": MAIN, "type": "home"}]}
    read = record(both, "FR")
    assert read.main == MAIN
    assert {(line.number, line.type) for line in read.phones} == {(MAIN, "home"), ("+33199001235", None)}


def test_the_same_number_twice_is_one_phone_and_do_not_disturb_wins() -> None:
    read = record({"phones": [{"number": MAIN}, {"number": "0199001234", "do_not_disturb": True}]}, "FR")
    assert [(line.number, line.do_not_disturb) for line in read.phones] == [(MAIN, True)]


def test_every_field_is_read() -> None:
    read = record(
        {
            "external_id": " crm 42 ",
            "name": " Ana Souza ",
            "email": "ana@example.com",
            "language": "pt-br",
            "timezone": "America/Sao_Paulo",
            "phone": MAIN,
            "priority": 0,
            "not_before": "2026-03-01T10:00:00.123456789-03:00",
            "not_after": "2026-03-02T00:00:00Z",
            "attributes": {"debt": "120.00", "n": 1, "x": 1.5, "yes": True, "none": None},
            "tags": ["a", " b", "a"],
        }
    )
    assert (read.external_id, read.name, read.email) == (" crm 42 ", "Ana Souza", "ana@example.com")
    assert (read.language, read.timezone, read.priority) == ("pt-br", "America/Sao_Paulo", 0)
    assert read.not_before == datetime(2026, 3, 1, 13, 0, 0, 123456, tzinfo=UTC)
    assert read.not_after == datetime(2026, 3, 2, tzinfo=UTC)
    assert read.attributes == {"debt": "120.00", "n": 1, "x": 1.5, "yes": True, "none": None}
    assert read.tags == ["a", "b"]


def test_null_is_not_given() -> None:
    read = record({"phone": MAIN, "external_id": None, "phones": None, "email": None, "not_before": None})
    assert (read.external_id, read.email, read.not_before) == (None, None, None)


def test_a_zone_that_says_unknown_is_no_zone() -> None:
    assert record({"phone": MAIN, "timezone": "Etc/Unknown"}).timezone is None


def test_attributes_may_be_any_json_that_fits() -> None:
    given = {"orders": [{"id": 7, "lines": [1.5, None, True, "x"]}], "deep": nested(15)}
    assert record({"phone": MAIN, "attributes": given}).attributes == given


@pytest.mark.parametrize(
    ("item", "expected"),
    [
        ([], [("", "invalid_type")]),
        ({}, [("/phone", "required")]),
        ({"phones": []}, [("/phones", "required")]),
        ({"phones": {}}, [("/phones", "invalid_type")]),
        ({"phones": ["+33199001234"]}, [("/phones/0", "invalid_type")]),
        ({"phones": [{"type": "mobile"}]}, [("/phones/0/number", "required")]),
        ({"phones": [{"number": MAIN, "type": "fax"}]}, [("/phones/0/type", "invalid_choice")]),
        ({"phones": [{"number": MAIN, "is_main": "yes"}]}, [("/phones/0/is_main", "invalid_type")]),
        ({"phones": [{"number": MAIN, "kind": "x"}]}, [("/phones/0/kind", "unknown_field")]),
        ({"phones": [{"number": f"+3319900123{n}"} for n in range(10)] * 3}, [("/phones", "too_many")]),
        (
            {"phones": [{"number": MAIN, "is_main": True}, {"number": "+33199001235", "is_main": True}]},
            [("/phones/1/is_main", "several_main")],
        ),
        ({"phone": MAIN, "nmae": "x", "a/b": 1}, [("/nmae", "unknown_field"), ("/a~1b", "unknown_field")]),
        ({"phone": 33199001234}, [("/phone", "invalid_type")]),
        ({"phone": "01 99 00 12 34"}, [("/phone", "phone_no_country")]),
        ({"phone": "+" + "1" * 200}, [("/phone", "too_long")]),
        ({"phone": MAIN, "external_id": ""}, [("/external_id", "blank")]),
        ({"phone": MAIN, "external_id": "x" * 201}, [("/external_id", "too_long")]),
        ({"phone": MAIN, "external_id": 42}, [("/external_id", "invalid_type")]),
        ({"phone": MAIN, "name": "a\0b"}, [("/name", "invalid_text")]),
        ({"phone": MAIN, "name": "a\ud800b"}, [("/name", "invalid_text")]),
        ({"phone": MAIN, "name": "Jo\udce3o"}, [("/name", "not_utf8")]),
        ({"phone": MAIN, "email": "ana at example"}, [("/email", "invalid_email")]),
        ({"phone": MAIN, "language": "português"}, [("/language", "invalid_language")]),
        ({"phone": MAIN, "timezone": "America/Springfield"}, [("/timezone", "invalid_timezone")]),
        ({"phone": MAIN, "priority": 11}, [("/priority", "out_of_range")]),
        ({"phone": MAIN, "priority": True}, [("/priority", "invalid_type")]),
        ({"phone": MAIN, "priority": "5"}, [("/priority", "invalid_type")]),
        ({"phone": MAIN, "not_before": "2026-03-01T10:00:00"}, [("/not_before", "invalid_instant")]),
        ({"phone": MAIN, "not_before": "2026-03-01"}, [("/not_before", "invalid_instant")]),
        ({"phone": MAIN, "not_before": "2026-02-30T10:00:00Z"}, [("/not_before", "invalid_instant")]),
        ({"phone": MAIN, "not_after": "0001-01-01T00:00:00+14:00"}, [("/not_after", "invalid_instant")]),
        ({"phone": MAIN, "not_after": 1772370000}, [("/not_after", "invalid_type")]),
        (
            {"phone": MAIN, "not_before": "2026-03-02T00:00:00Z", "not_after": "2026-03-02T00:00:00Z"},
            [("/not_after", "not_after_not_before")],
        ),
        ({"phone": MAIN, "attributes": []}, [("/attributes", "invalid_type")]),
        ({"phone": MAIN, "attributes": {"a/b": [{"c": "\0"}]}}, [("/attributes/a~1b/0/c", "invalid_text")]),
        ({"phone": MAIN, "attributes": {"a": {"b\0": 1}}}, [("/attributes/a", "invalid_text")]),
        ({"phone": MAIN, "attributes": {"a": [1 << 63]}}, [("/attributes/a/0", "out_of_range")]),
        ({"phone": MAIN, "attributes": {"a": nested(16)}}, [("/attributes/a" + "/0" * 15, "too_deep")]),
        ({"phone": MAIN, "attributes": {"a": ["x" * 1000] * 17}}, [("/attributes", "too_long")]),
        ({"phone": MAIN, "attributes": {"a": float("nan")}}, [("/attributes/a", "invalid_number")]),
        ({"phone": MAIN, "attributes": {"a": 1 << 63}}, [("/attributes/a", "out_of_range")]),
        ({"phone": MAIN, "attributes": {"a": "x\0"}}, [("/attributes/a", "invalid_text")]),
        ({"phone": MAIN, "attributes": {"\ud800": "x"}}, [("/attributes", "invalid_text")]),
        ({"phone": MAIN, "attributes": {"": "x"}}, [("/attributes", "invalid_name")]),
        (
            {"phone": MAIN, "attributes": {str(n): "x" * 1000 for n in range(17)}},
            [("/attributes", "too_long")],
        ),
        ({"phone": MAIN, "tags": "a,b"}, [("/tags", "invalid_type")]),
        ({"phone": MAIN, "tags": ["a", 1]}, [("/tags/1", "invalid_type")]),
        ({"phone": MAIN, "tags": ["a", " "]}, [("/tags/1", "blank")]),
        ({"phone": MAIN, "tags": ["a"] * 51}, [("/tags", "too_many")]),
    ],
)
def test_a_fault_is_named_at_its_place(item: Any, expected: list[tuple[str, str]]) -> None:
    assert faults(item) == expected


def test_all_faults_of_an_item_are_reported_at_once() -> None:
    item = {"phones": [{"number": "12"}, {"number": MAIN, "type": "fax"}], "email": "x", "colour": "red"}
    assert faults(item, "FR") == [
        ("/email", "invalid_email"),
        ("/colour", "unknown_field"),
        ("/phones/0/number", "phone_too_short"),
        ("/phones/1/type", "invalid_choice"),
    ]


def test_no_message_repeats_a_phone_number() -> None:
    read = read_item(0, {"phone": "+33 1 99 00 12 34 56 78 90"})
    assert type(read) is Refusal
    assert "99" not in read.errors[0]["detail"]
