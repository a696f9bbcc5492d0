"""Own the reading of a list of many pages: where it ends, whether it goes in circles, whether it was read whole.

Never takes a short page for the last one: a page may be shorter than asked.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import count
from typing import Any

from providers.errors import Unavailable
from providers.targg.wire import Page


class Listing:
    """One reading of a list, from a page to its end, then of what is before that page."""

    def __init__(self, fetch: Callable[[int], Page], start: int = 1) -> None:
        self._fetch, self._start = fetch, start
        self._known: set[str] = set()
        self._total = 0
        self._is_shrinking = False
        self._is_over = False
        self.is_circular = False

    def pages(self) -> Iterator[list[dict[str, Any]]]:
        """Give what is new on each page."""
        for numbers in (count(self._start), range(1, self._start)):
            for number in numbers:
                got = self._fetch(number)
                new = [item for item in got.items if item["_id"] not in self._known]
                self._known.update(item["_id"] for item in new)
                self._count(got)
                yield new
                if not got.items:
                    break
                if not new:
                    self.is_circular = True
                    return
                if got.total is not None and len(self._known) >= got.total:
                    self._is_over = True
                    return
        self._is_over = True

    def _count(self, got: Page) -> None:
        if got.total is not None:
            self._is_shrinking = self._is_shrinking or got.total < self._total
            self._total = got.total

    @property
    def is_whole(self) -> bool:
        """Say whether nothing can have been missed: as many were seen as there are.

        A list that shrank meanwhile moved some to pages that had been read before.
        """
        return self._is_over and not self._is_shrinking and len(self._known) >= self._total


def every(fetch: Callable[[int], Page]) -> Iterator[dict[str, Any]]:
    """Give all items of a list; one that goes in circles raises `Unavailable`."""
    listing = Listing(fetch)
    for items in listing.pages():
        yield from items
    if listing.is_circular:
        raise Unavailable("The list goes round in circles.", provider="targg")
