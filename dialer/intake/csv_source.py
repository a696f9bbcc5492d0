"""Reads CSV: its delimiter and header, then records with quoted line breaks, each with its end in the file.

Owns the text format; never knows what a column means.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from dialer.intake.mapping import CheckColumns, check_columns
from dialer.intake.opening import MAX_ROW_BYTES, UnreadableFile
from dialer.intake.records import Fault, fault

#: In the order of preference where several split the header alike.
DELIMITERS = (",", ";", "\t", "|")

Cells = tuple[list[str], list[Fault] | None, int]


def inspect(
    head: bytes,
    start: int,
    mapping: Mapping[str, Any],
    check: CheckColumns = check_columns,
    delimiters: Sequence[str] = DELIMITERS,
) -> dict[str, Any]:
    """Find line end, delimiter and header."""
    line_end = "\n" if b"\n" in head or b"\r" not in head else "\r"
    body = head[start:]
    if b"\0" in body[:1024]:
        raise UnreadableFile("this is no text file; CSV, a JSON array and NDJSON are read, each also as gzip")
    best: tuple[list[str], int, str] | None = None
    for delimiter in delimiters:
        dialect = {"delimiter": delimiter, "line_end": line_end, "columns": []}
        for cells, errors, end in _records([body], dialect, start):
            if errors is None and (best is None or len(cells) > len(best[0])):
                best = cells, end, delimiter
            break
    if best is None:
        raise UnreadableFile("the header line cannot be read: a quote in it is opened and not closed")
    cells, offset, delimiter = best
    columns = [cell.strip() for cell in cells]
    if any(not _is_unicode(column) for column in columns):
        raise UnreadableFile(
            "the header is not UTF-8 (often Windows-1252 or Latin-1); save the file as UTF-8"
        )
    check(columns, mapping)
    return {
        "format": "csv",
        "delimiter": delimiter,
        "line_end": line_end,
        "columns": columns,
        "offset": offset,
    }


def _is_unicode(value: str) -> bool:
    return all(not "\ud800" <= character <= "\udfff" for character in value)


def rows(pieces: Iterator[bytes], source: Mapping[str, Any], offset: int) -> Iterator[Cells]:
    """Give the records behind the header; one with another number of cells is an error of that row alone."""
    width = len(source["columns"])
    for cells, errors, end in _records(pieces, source, offset):
        if errors is None and len(cells) != width:
            detail = f"this row has {len(cells)} columns, the header has {width}; is a delimiter not quoted?"
            errors = [fault("", "wrong_columns", detail)]
        yield cells, errors, end


def _records(pieces: Any, source: Mapping[str, Any], offset: int) -> Iterator[Cells]:
    lines = _Lines(pieces, source["line_end"].encode(), offset)
    # Lone bytes that are no UTF-8 become lone surrogates, which the field readers name to the user.
    reader = csv.reader(lines, delimiter=source["delimiter"])
    while True:
        begin = lines.begin_record()
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error:
            limit = csv.field_size_limit() // 1024
            detail = f"a field of more than {limit} KiB: a quote is opened here and not closed"
            yield [], [fault("", "row_too_large", detail)], lines.end
            continue
        if lines.is_open_quote():
            # The reader takes the whole rest of the file for one field: good rows would vanish without a word.
            raise UnreadableFile(
                f"a quote that opens behind byte {begin} is never closed; close it and import the file again"
            )
        if any(cell.strip() for cell in cells):  # spreadsheets leave empty rows behind
            yield cells, None, lines.end


class _Lines:
    """The lines of a file as text; `end` is the offset behind the last one that was asked for."""

    def __init__(self, pieces: Any, separator: bytes, offset: int) -> None:
        self.end = offset
        self._quotes = self._taken = 0
        self._lines = self._split(iter(pieces), separator)

    def __iter__(self) -> _Lines:
        return self

    def begin_record(self) -> int:
        """Note that a record begins here; returns its offset."""
        self._quotes = self._taken = 0
        return self.end

    def is_open_quote(self) -> bool:
        """Say whether the record ran over several lines and its quotes do not pair."""
        return self._taken > 1 and self._quotes % 2 == 1

    def __next__(self) -> str:
        line = next(self._lines)
        self.end += len(line)
        self._taken += 1
        self._quotes += line.count(b'"')
        return line.decode("utf-8", "surrogateescape")

    def _split(self, pieces: Iterator[bytes], separator: bytes) -> Iterator[bytes]:
        rest = b""
        for piece in pieces:
            *lines, rest = (rest + piece).split(separator)
            for line in lines:
                yield line + separator
            if len(rest) > MAX_ROW_BYTES:
                raise UnreadableFile(f"a line of more than {MAX_ROW_BYTES // 1024} KiB; is this a CSV file?")
        if rest:
            yield rest
