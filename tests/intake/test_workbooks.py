"""Excel workbooks: the first sheet is read like CSV, from any place on; broken and hostile ones say why."""

from __future__ import annotations

import io
import zipfile
from datetime import date, datetime
from typing import Any

import pytest
from openpyxl import Workbook

from dialer.intake import workbook
from dialer.intake.opening import CHUNK_BYTES, Opened, UnreadableFile
from dialer.intake.sources import inspect, rows


def book(*lines: list[Any], more: list[Any] | None = None) -> bytes:
    """Make a workbook of one sheet, or of two."""
    made = Workbook()
    for line in lines:
        made.active.append(line)
    if more is not None:
        made.create_sheet("other").append(more)
    out = io.BytesIO()
    made.save(out)
    return out.getvalue()


def opened(content: bytes) -> Opened:
    return Opened(lambda place: content[place * CHUNK_BYTES : (place + 1) * CHUNK_BYTES] or None)


def read(content: bytes, offset: int | None = None) -> list[Any]:
    source = inspect(opened(content), {})
    found = rows(opened(content), source, {}, source["offset"] if offset is None else offset)
    return [[error["code"] for error in row.errors] if row.errors else row.item for row in found]


def test_the_first_sheet_is_read_and_the_others_are_not() -> None:
    content = book(["name", "phone"], ["Ana", "+442079460140"], more=["phone"])
    assert read(content) == [{"name": "Ana", "phone": "+442079460140"}]


def test_numbers_dates_and_truths_become_what_a_person_would_type() -> None:
    content = book(
        ["phone", "since", "at", "vip", "debt", "empty"],
        [442079460140, date(2026, 3, 1), datetime(2026, 3, 1, 9, 30), True, 12.5, None],  # noqa: DTZ001
        [442079460141.0, None, None, False, 12.0, None],
    )
    first, second = read(content)
    assert first["phone"] == "442079460140"
    assert first["attributes"] == {
        "since": "2026-03-01",
        "at": "2026-03-01T09:30:00",
        "vip": "true",
        "debt": "12.5",
    }
    assert second["phone"] == "442079460141"
    assert second["attributes"]["debt"] == "12"


def test_empty_rows_and_missing_cells_at_the_end_are_no_errors() -> None:
    content = book(["phone", "name"], [], ["+442079460140"], [None, None], ["+442079460141", "B"])
    assert [row["phone"] for row in read(content)] == ["+442079460140", "+442079460141"]


def test_a_cell_behind_the_header_is_an_error_of_its_row_alone() -> None:
    content = book(["phone", "name"], ["+442079460140", "A", "x"], ["+442079460141", "B"])
    assert read(content) == [["wrong_columns"], {"phone": "+442079460141", "name": "B"}]


def test_cells_with_delimiters_quotes_and_brackets_stay_what_they_are() -> None:
    content = book(["[note;a;b;c]", "phone"], ['x,y;"z"\nnext', "+442079460140"])
    (row,) = read(content)
    assert row["attributes"] == {"[note;a;b;c]": 'x,y;"z"\nnext'}


def test_reading_goes_on_at_the_end_of_any_row() -> None:
    content = book(["phone", "name"], *([f"+4420794601{n:02}", f"N{n}"] for n in range(40, 60)))
    source = inspect(opened(content), {})
    whole = list(rows(opened(content), source, {}, source["offset"]))
    assert len(whole) == 20
    for place, row in enumerate(whole[:-1]):
        assert next(iter(rows(opened(content), source, {}, row.end))).item == whole[place + 1].item


def test_progress_moves_with_the_rows() -> None:
    content = book(["phone", "note"], *(["+442079460140", f"{n}" * 60] for n in range(5_000)))
    source, file = inspect(opened(content), {}), opened(content)
    seen = set()
    for _ in rows(file, source, {}, source["offset"]):
        seen.add(file.taken)
    assert len(seen) > 2
    assert max(seen) == len(content)


def test_a_zip_that_is_no_workbook_says_so() -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("people.csv", "phone\n+442079460140\n")
    with pytest.raises(UnreadableFile, match="no Excel workbook"):
        inspect(opened(out.getvalue()), {})


@pytest.mark.parametrize("keep", [0.3, 0.7, 0.99])
def test_a_workbook_that_was_cut_off_says_so(keep: float) -> None:
    content = book(["phone"], ["+442079460140"])
    with pytest.raises(UnreadableFile, match=r"workbook"):
        inspect(opened(content[: int(len(content) * keep)]), {})


def test_a_damaged_sheet_says_so() -> None:
    out = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(book(["phone"], ["+442079460140"]))) as good,
        zipfile.ZipFile(out, "w") as bad,
    ):
        for item in good.infolist():
            data = good.read(item)
            bad.writestr(item.filename, data[:-30] if "sheet1" in item.filename else data)
    with pytest.raises(UnreadableFile, match="damaged"):
        read(out.getvalue())


def test_a_bomb_is_refused_before_it_is_unpacked(monkeypatch: pytest.MonkeyPatch) -> None:
    content = book(["phone"], *([f"{n}" * 50] for n in range(200)))
    monkeypatch.setattr(workbook, "MAX_UNPACKED_BYTES", 10_000)
    with pytest.raises(UnreadableFile, match="too large"):
        inspect(opened(content), {})
