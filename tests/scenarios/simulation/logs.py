"""Own what a world's log may not say: a whole number of anybody's, or a secret.

Reads finished lines, as they would be written, with their tracebacks.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from django.conf import settings
from django.utils.module_loading import import_string

from tests.scenarios.simulation.faults import SECRET


class Lines(logging.Handler):
    """Keep every line as the product's own formatter writes it."""

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.lines: list[str] = []
        made = dict(settings.LOGGING["formatters"]["line"])
        maker = import_string(made.pop("()")) if isinstance(made["()"], str) else made.pop("()")
        self.setFormatter(maker(**made))

    def emit(self, record: logging.LogRecord) -> None:
        """Keep a line."""
        self.lines.append(self.format(record))

    def faults(self, numbers: Iterable[str]) -> Iterator[str]:
        """Name each line that says too much."""
        digits = [number.removeprefix("+") for number in numbers]
        for line in self.lines:
            if SECRET in line or any(number in line for number in digits):
                yield f"a log line holds a number or a secret: {line[:400]}"


@contextmanager
def captured() -> Iterator[Lines]:
    """Capture all lines instead of writing them."""
    root, lines = logging.getLogger(), Lines()
    kept, root.handlers = root.handlers, [lines]
    try:
        yield lines
    finally:
        root.handlers = kept
