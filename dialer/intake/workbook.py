"""Reads the first sheet of an Excel workbook (.xlsx) as CSV text, cell by cell.

Owns how cells become text, and the limits of an unpacked workbook; never knows what a column means.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from datetime import date, datetime, time
from typing import IO, Any
from zipfile import BadZipFile, LargeZipFile, ZipFile

from openpyxl import load_workbook
from openpyxl.utils.exceptions import InvalidFileException

#: How every workbook begins: it is a ZIP archive.
MAGIC = b"PK\x03\x04"
#: A sheet of a million rows unpacks to some hundred megabytes; more is a mistake or a ZIP bomb.
MAX_UNPACKED_BYTES = 1024**3
#: The table of texts is held in memory while the sheet is read.
MAX_TEXTS_BYTES = 256 * 1024**2
#: CSV text given at a time.
PIECE_BYTES = 65_536
_TEXTS = "xl/sharedStrings.xml"
_NO_WORKBOOK = "this is a ZIP archive and no Excel workbook; save the sheet as CSV (UTF-8) or as .xlsx"


class Unreadable(Exception):
    """The workbook cannot be read; the message tells people why and what to do."""


def pieces(file: IO[bytes]) -> Iterator[tuple[bytes, float]]:
    """Give the first sheet as CSV in UTF-8, each piece with the share of the rows that was read by then.

    The same workbook gives the same bytes each time, so that an offset into them is a place to go on at.
    """
    try:
        _check_sizes(file)
        book = load_workbook(file, read_only=True, data_only=True, keep_links=False)
        try:
            yield from _sheet(book)
        finally:
            book.close()
    except (BadZipFile, LargeZipFile, InvalidFileException, KeyError):
        raise Unreadable(_NO_WORKBOOK) from None
    except (ValueError, TypeError, SyntaxError, OSError, EOFError) as error:
        # What a damaged sheet makes the reader raise depends on the place of the damage.
        raise Unreadable(
            f"the workbook is damaged ({type(error).__name__}); open it, save it again, or save the sheet as CSV"
        ) from None


def _check_sizes(file: IO[bytes]) -> None:
    with ZipFile(file) as archive:
        sizes = {item.filename: item.file_size for item in archive.infolist()}
    if sum(sizes.values()) > MAX_UNPACKED_BYTES or sizes.get(_TEXTS, 0) > MAX_TEXTS_BYTES:
        raise Unreadable("the workbook is too large; save the sheet as CSV (UTF-8), or split it")
    file.seek(0)


def _sheet(book: Any) -> Iterator[tuple[bytes, float]]:
    if not book.worksheets:
        raise Unreadable("the workbook has no sheet with cells")
    sheet = book.worksheets[0]
    expected, text = sheet.max_row or 0, io.StringIO()
    sheet.reset_dimensions()  # what programs write there is often wrong, and cells beyond it would be lost
    lines = csv.writer(text, lineterminator="\n")
    width = 0
    for number, row in enumerate(sheet.iter_rows(values_only=True), start=1):
        cells = [_text(value) for value in row]
        while cells and not cells[-1]:
            cells.pop()
        if not cells:
            continue
        # Cells at the end of a row that nobody filled in are not in the file.
        width = width or len(cells)
        lines.writerow(cells + [""] * (width - len(cells)))
        if text.tell() >= PIECE_BYTES:
            yield text.getvalue().encode(), min(1.0, number / expected) if expected else 0.0
            text.seek(0)
            text.truncate()
    yield text.getvalue().encode(), 1.0


def _text(value: Any) -> str:
    """Write a cell as a person would type it: a phone number is a whole number to a spreadsheet."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, datetime):
        # A day without a time is a time of midnight to a workbook.
        return (value.date() if value.time() == time() else value).isoformat()
    if isinstance(value, date | time):
        return value.isoformat()
    return str(value).replace("\r\n", "\n").replace("\r", "\n").strip()
