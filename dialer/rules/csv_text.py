"""Own CSV text as it leaves the product: in pieces, and harmless to a spreadsheet.

Pure; never knows what a row means.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

#: A spreadsheet takes what begins so for a formula.
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
#: Rows that go out in one piece: a piece a row would cost more than the row.
_ROWS_A_PIECE = 500


def csv_pieces(header: Sequence[str], rows: Iterable[Sequence[Any]]) -> Iterator[str]:
    """Write rows as CSV text, never all of them at once."""
    out = io.StringIO()
    lines = csv.writer(out)
    lines.writerow(header)
    for count, row in enumerate(rows, start=1):
        lines.writerow([inert(cell) for cell in row])
        if count % _ROWS_A_PIECE == 0:
            yield out.getvalue()
            out.seek(0)
            out.truncate()
    yield out.getvalue()


def inert(cell: Any) -> Any:
    """Keep a spreadsheet from reading text as a formula; a phone number in E.164 is none."""
    if not isinstance(cell, str) or not cell.startswith(_FORMULA):
        return "" if cell is None else cell
    return cell if cell[0] == "+" and cell[1:].isdigit() else f"'{cell}"
