"""Files in: CSV as spreadsheets write it, JSON arrays, NDJSON, gzip; and what is said of broken ones."""

from __future__ import annotations

import gzip
import json
import random

import pytest

from dialer.intake import opening
from dialer.intake.opening import CHUNK_BYTES, Opened, UnreadableFile
from dialer.intake.sources import inspect, rows


def opened(content: bytes) -> Opened:
    def chunk(position: int) -> bytes | None:
        return content[position * CHUNK_BYTES : (position + 1) * CHUNK_BYTES] or None

    return Opened(chunk)


def read(content: bytes, mapping: dict | None = None) -> list[tuple]:
    """Give item (or error codes) and country of every row."""
    source = inspect(opened(content), mapping or {})
    found = rows(opened(content), source, mapping or {}, source["offset"])
    return [
        ([error["code"] for error in row.errors], None) if row.errors else (row.item, row.country)
        for row in found
    ]


def items(content: bytes, mapping: dict | None = None) -> list:
    return [item for item, _ in read(content, mapping)]


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_the_delimiter_is_found(delimiter: str) -> None:
    text = f"name{delimiter}phone\nAna{delimiter}0199001234\n"
    assert items(text.encode()) == [{"name": "Ana", "phone": "0199001234"}]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_every_line_end_is_read(end: str) -> None:
    assert items(f"phone{end}1{end}2{end}".encode()) == [{"phone": "1"}, {"phone": "2"}]


def test_a_byte_order_mark_is_no_part_of_the_first_column() -> None:
    assert items("\ufeffphone\n1\n".encode()) == [{"phone": "1"}]


def test_quoted_line_breaks_delimiters_and_quotes_stay_in_their_cell() -> None:
    text = 'phone,note\n1,"a\nb, ""c"""\n2,d\n'
    assert items(text.encode()) == [
        {"phone": "1", "attributes": {"note": 'a\nb, "c"'}},
        {"phone": "2", "attributes": {"note": "d"}},
    ]


def test_a_row_with_another_number_of_columns_is_refused_alone() -> None:
    assert items(b"phone,name\n1\n2,b\n3,c,d\n") == [
        ["wrong_columns"],
        {"phone": "2", "name": "b"},
        ["wrong_columns"],
    ]


def test_empty_rows_are_no_rows() -> None:
    assert items(b"phone,name\n\n,\n  ,\n1,a\n\n") == [{"phone": "1", "name": "a"}]


def test_a_row_that_is_not_utf8_keeps_its_bytes_apart_for_the_field_to_name() -> None:
    assert items("phone,name\n1,João\n2,b\n".encode("latin-1")) == [
        {"phone": "1", "name": "Jo\udce3o"},
        {"phone": "2", "name": "b"},
    ]


def test_an_open_quote_costs_its_own_rows_and_no_more_than_a_field_may_have() -> None:
    long = b"".join(b"%d,x%d\n" % (n, n) for n in range(40_000))
    found = items(b'phone,name\n1,a\n2,"b\n' + long)
    assert found[0] == {"phone": "1", "name": "a"}
    assert found[1] == ["row_too_large"]
    assert found[-1] == {"phone": "39999", "name": "x39999"}


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "empty"),
        (b"\xef\xbb\xbf \n", "empty"),
        ("phone\n1\n".encode("utf-16"), "UTF-16"),
        (b"PK\x03\x04rest", "Excel"),
        (b"\x00\x01\x02binary\x00", "no text file"),
        ("teléfono,phone\n1,2\n".encode("latin-1"), "header is not UTF-8"),
        (b"name,city\na,b\n", "no column is known to hold a phone"),
        (b"phone,a,a\n1,2,3\n", "same name"),
        (b'"name\n1\n', "never closed"),
        (b"\x1f\x8b\x08\x00broken", "gzip"),
    ],
)
def test_a_file_that_cannot_be_read_says_why(content: bytes, words: str) -> None:
    with pytest.raises(UnreadableFile, match=words):
        items(content)


def test_columns_are_recognised_by_their_names_in_several_languages() -> None:
    header = "ID;Vorname;Nachname;E-Mail;Celular;Téléphone 2;Land;Debt (EUR)"
    row = "7;Jörg;Süß;j@example.com;11 99999-0001;0199001234;de;12,50"
    assert read(f"{header}\n{row}\n".encode()) == [
        (
            {
                "external_id": "7",
                "name": "Jörg Süß",
                "email": "j@example.com",
                "phones": [{"number": "11 99999-0001", "type": "mobile"}, {"number": "0199001234"}],
                "attributes": {"Debt (EUR)": "12,50"},
            },
            "DE",
        )
    ]


def test_a_mapping_wins_over_the_names() -> None:
    mapping = {"phone": None, "Contact": "phones.0.number", "Second": "phone_2:work", "x": "attributes.y"}
    assert items(b"phone,Contact,Second,x,tags\n1,2,3,4,a;b\n", mapping) == [
        {
            "phones": [{"number": "2"}, {"number": "3", "type": "work"}],
            "attributes": {"y": "4"},
            "tags": ["a", "b"],
        }
    ]


def test_a_strict_mapping_refuses_columns_that_it_does_not_name() -> None:
    with pytest.raises(UnreadableFile, match=r"strict.*: b"):
        items(b"phone,b\n1,2\n", {"phone": "phone", "strict": True})


def test_a_mapping_of_a_column_that_is_not_there_is_refused() -> None:
    with pytest.raises(UnreadableFile, match="has not: Tel"):
        items(b"phone\n1\n", {"Tel": "phone"})


def test_a_country_that_is_no_code_is_refused_rather_than_guessed() -> None:
    assert items(b"phone,country\n1,Brazil\n2,br\n") == [["invalid_country"], {"phone": "2"}]


def test_do_not_disturb_of_a_row_holds_for_its_phones() -> None:
    assert items(b"phone,dnd\n1,yes\n2,maybe\n", {"dnd": "do_not_disturb"}) == [
        {"phones": [{"number": "1", "do_not_disturb": True}]},
        ["invalid_choice"],
    ]


PEOPLE = [
    {"phone": "+33199001234", "name": 'a "quote" ] } , \\', "attributes": {"x": [1, {"y": "]"}]}},
    {"phones": [{"number": "1"}], "name": "É", "extra": 5},
    {"phone": 33199001234, "external_id": 7, "email": ""},
]
READ = [
    PEOPLE[0],
    {"phones": [{"number": "1"}], "name": "É", "attributes": {"extra": "5"}},
    {"phone": "33199001234", "external_id": "7"},
]


@pytest.mark.parametrize("indent", [None, 2])
def test_a_json_array_is_read(indent: int | None) -> None:
    assert items(json.dumps(PEOPLE, indent=indent).encode()) == READ


def test_lines_of_json_are_read() -> None:
    assert items("\n\n".join(map(json.dumps, PEOPLE)).encode()) == READ


def test_a_broken_line_of_json_is_refused_alone() -> None:
    assert items(b'{"phone": "1"}\n{"phone": \n[1]\n{"name": "Jo\xe3o"}\n{"phone": "2"}') == [
        {"phone": "1"},
        ["invalid_json"],
        ["invalid_type"],
        ["not_utf8"],
        {"phone": "2"},
    ]


def test_a_broken_element_of_an_array_is_refused_alone() -> None:
    assert items(b'[{"phone": "1"}, {"phone": oops}, 5, "x", null, [1], {"phone": "2"}]') == [
        {"phone": "1"},
        ["invalid_json"],
        ["invalid_type"],
        ["invalid_type"],
        ["invalid_type"],
        ["invalid_type"],
        {"phone": "2"},
    ]


@pytest.mark.parametrize("content", [b'[{"phone": "1"}, {"pho', b'[{"phone": "1"}', b'[{"phone": "1"},'])
def test_an_array_that_is_cut_off_gives_its_rows_and_then_says_so(content: bytes) -> None:
    source = inspect(opened(content), {})
    found = rows(opened(content), source, {}, source["offset"])
    assert next(found).item == {"phone": "1"}
    with pytest.raises(UnreadableFile, match="not closed"):
        next(found)


def test_text_behind_an_array_is_not_ignored() -> None:
    with pytest.raises(UnreadableFile, match="behind the JSON array"):
        items(b'[{"phone": "1"}] [{"phone": "2"}]')


def test_an_empty_array_has_no_rows() -> None:
    assert items(b" [ ] ") == []


@pytest.mark.parametrize(
    "content", [b"phone\n1\n2\n", b'[{"phone":"1"},{"phone":"2"}]', b'{"phone":"1"}\n{"phone":"2"}']
)
def test_gzip_of_each_is_read_and_several_members_are_one_file(content: bytes) -> None:
    half = len(content) // 2
    assert items(gzip.compress(content)) == [{"phone": "1"}, {"phone": "2"}]
    assert items(gzip.compress(content[:half]) + gzip.compress(content[half:])) == [
        {"phone": "1"},
        {"phone": "2"},
    ]


def test_gzip_that_ends_too_early_says_so() -> None:
    content = gzip.compress(b"".join(b"%d\n" % random.Random(n).randrange(10**9) for n in range(9000)))
    with pytest.raises(UnreadableFile, match="too early"):
        items(gzip.compress(b"phone\n") + content[: len(content) // 2])


def test_what_decompresses_to_more_than_the_limit_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(opening, "MAX_BYTES", 3 * CHUNK_BYTES)
    bomb = gzip.compress(b"phone\n" + b"12345678\n" * (CHUNK_BYTES // 2))
    assert len(bomb) < 100_000
    with pytest.raises(UnreadableFile, match="more than 3 MiB"):
        items(bomb)


@pytest.mark.parametrize(
    "content", [b"phone\n" + b"1" * 3_000_000, b'[{"phone": "' + b"1" * 3_000_000, b"{" * 3_000_000]
)
def test_a_row_without_end_is_refused_before_it_fills_the_memory(content: bytes) -> None:
    with pytest.raises(UnreadableFile, match="1024 KiB"):
        items(content)


def _big(form: str) -> bytes:
    chance = random.Random(form)
    people = [{"phone": str(n), "name": 'é"\n' * chance.randrange(300)} for n in range(6_000)]
    if form == "csv":
        quoted = (name.replace('"', '""') for name in (person["name"] for person in people))
        return "".join(
            ["phone,name\n", *(f'{p["phone"]},"{name}"\n' for p, name in zip(people, quoted, strict=True))]
        ).encode()
    texts = [json.dumps(person, ensure_ascii=False) for person in people]
    return ("[" + ", ".join(texts) + "]" if form == "json" else "\n".join(texts)).encode()


@pytest.mark.parametrize("form", ["csv", "json", "ndjson"])
@pytest.mark.parametrize("packed", [False, True])
def test_reading_on_from_the_end_of_any_row_gives_the_rest(form: str, packed: bool) -> None:
    content = gzip.compress(_big(form)) if packed else _big(form)
    source = inspect(opened(content), {})
    whole = list(rows(opened(content), source, {}, source["offset"]))
    assert len(whole) == 6_000
    for position in (0, 1, 2_999, 5_998, 5_999):
        rest = list(rows(opened(content), source, {}, whole[position].end))
        assert [row.item for row in rest] == [row.item for row in whole[position + 1 :]]


def test_a_quote_that_is_never_closed_fails_the_file_instead_of_eating_its_rows() -> None:
    good = "".join(f"+1212555{n:04d}\n" for n in range(100, 110))
    with pytest.raises(UnreadableFile, match="quote that opens behind byte"):
        items(b"phone\n" + good.encode() + b'"' + good.encode())
