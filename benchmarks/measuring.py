"""Times work in repetitions and keeps what was found as tables.

Owns medians and the shape of a finding; never decides what is measured.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field


@dataclass(slots=True)
class Section:
    """One part of the report."""

    title: str
    text: str
    header: Sequence[str] = ()
    rows: list[Sequence[str]] = field(default_factory=list)
    after: str = ""

    def lines(self) -> list[str]:
        """Write the section as Markdown."""
        made = [f"## {self.title}", "", self.text, ""]
        if self.header:
            made += [_row(self.header), _row(["---"] * len(self.header)), *map(_row, self.rows), ""]
        return made + ([self.after, ""] if self.after else [])


def _row(cells: Sequence[str]) -> str:
    return "| " + " | ".join(cells) + " |"


def seconds(work: Callable[[], object]) -> float:
    """Time one run."""
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def median(values: Sequence[float]) -> float:
    """Return the middle of some measurements."""
    return statistics.median(values)


def rate(value: float) -> str:
    """Write a rate so that nobody reads more into it than is there."""
    digits = max(0, len(str(int(value))) - 2)
    return f"{round(value, -digits):,.0f}"


def ratio(value: float) -> str:
    """Write a ratio."""
    return f"{value:.2f}"


def aim(
    what: str, found: float, wanted: float, why_missed: str, *, at_most: bool = False, unit: str = ""
) -> str:
    """Write a line that says whether an aim is met by what was found, and if not, why."""
    bound = f"{'at most' if at_most else 'at least'} {wanted:.2g}{unit}"
    if found <= wanted if at_most else found >= wanted:
        return f"- Aim: {what} {bound}: met."
    return f"- Aim: {what} {bound}: missed ({found:.3g}{unit}). {why_missed}".replace("\n", " ")
