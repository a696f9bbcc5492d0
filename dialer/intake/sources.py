"""Tells what a file is (CSV, JSON array, NDJSON, workbook) and gives its rows one by one.

Owns the choice of the reader and what can be remembered of it, so that another worker goes on at an offset.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple, Protocol

from dialer.intake import csv_source, json_source
from dialer.intake.mapping import CheckColumns, Item, Mapper, check_columns
from dialer.intake.opening import Opened, UnreadableFile
from dialer.intake.records import Fault

_BOM = b"\xef\xbb\xbf"
_WIDE_BOMS = (b"\xff\xfe", b"\xfe\xff")
#: Enough to see the header of a wide file.
_HEAD_BYTES = 65_536


class Row(NamedTuple):
    """One row of a file: an item in the shape of the API, or what is wrong with it; and where it ends."""

    item: dict[str, Any] | None
    country: str | None
    errors: list[Fault] | None
    end: int


class ReadsRows(Protocol):
    """Turns rows into items: those of contacts, or of another kind of file."""

    def cells_reader(self, columns: Sequence[str]) -> Callable[[Sequence[str]], Item]:
        """Make the function that turns the cells of a row into an item."""

    def read_object(self, value: Mapping[str, Any]) -> Item:
        """Turn an object into an item."""


def inspect(
    opened: Opened, mapping: Mapping[str, Any], check: CheckColumns = check_columns
) -> dict[str, Any]:
    """Look at the beginning; returns what `rows` needs, as JSON, with the offset of the first row in it."""
    head = b""
    for piece in opened.pieces():
        head += piece
        if len(head) >= _HEAD_BYTES:
            break
    if head.startswith(_WIDE_BOMS):
        raise UnreadableFile("this is UTF-16 text; save the file as UTF-8")
    start = len(_BOM) if head.startswith(_BOM) else 0
    text = head[start:].lstrip()
    if not text:
        raise UnreadableFile("the file is empty")
    if opened.is_workbook:
        return csv_source.inspect(head, start, mapping, check, delimiters=(",",))
    if text[:1] == b"[":
        return {"format": "json", "offset": head.index(b"[") + 1}
    if text[:1] == b"{":
        return {"format": "ndjson", "offset": start}
    return csv_source.inspect(head, start, mapping, check)


def rows(
    opened: Opened,
    source: Mapping[str, Any],
    mapping: Mapping[str, Any],
    offset: int,
    make: Callable[[Mapping[str, Any]], ReadsRows] = Mapper,
) -> Iterator[Row]:
    """Give the rows from an offset on that `inspect` or an earlier row named."""
    pieces = opened.pieces(offset)
    if source["format"] == "csv":
        cells = csv_source.rows(pieces, source, offset)
        mapper = make(mapping)
        read = mapper.cells_reader(source["columns"])
        for values, errors, end in cells:
            if errors is not None:
                yield Row(None, None, errors, end)
            else:
                yield Row(*read(values), end)
        return
    objects = (
        json_source.array(pieces, offset) if source["format"] == "json" else json_source.lines(pieces, offset)
    )
    mapper = make(mapping)
    for value, errors, end in objects:
        if errors is not None:
            yield Row(None, None, errors, end)
        else:
            yield Row(*mapper.read_object(value), end)
