"""Own the shape of "this part of your input is wrong": where, which code, in words.

Never decides how a fault is shown; API, admin and intake print the same faults.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is wrong with the input."""

    pointer: str  # JSON pointer (RFC 6901) into what was sent
    code: str  # stable, for programs
    detail: str  # for people; never holds a phone number


class Faults(ValueError):
    """Everything that is wrong with one input, all at once."""

    def __init__(self, faults: Iterable[Fault]) -> None:
        self.faults: tuple[Fault, ...] = tuple(faults)
        super().__init__("; ".join(f"{fault.pointer}: {fault.detail}" for fault in self.faults))


Found = Callable[[str, str, str], None]
"""Takes pointer, code and detail of one fault; readers go on after it."""


class Findings:
    """Collect faults while an input is read, so that one answer names them all."""

    def __init__(self) -> None:
        self._faults: list[Fault] = []

    def add(self, pointer: str, code: str, detail: str) -> None:
        """Note one fault and go on reading."""
        self._faults.append(Fault(pointer, code, detail))

    def check(self) -> None:
        """Raise `Faults` if anything was noted."""
        if self._faults:
            raise Faults(self._faults)


def token(name: object) -> str:
    """Escape one key for a JSON pointer."""
    return str(name).replace("~", "~0").replace("/", "~1")


def read_items(data: object, *, pointer: str, limit: int, found: Found) -> list[object]:
    """Give the items of a list, at most `limit`; anything else is a fault and no items."""
    if not isinstance(data, list | tuple):
        found(pointer, "invalid_type", "This must be a list.")
        return []
    if len(data) > limit:
        found(pointer, "too_many", f"At most {limit} entries are taken; these are {len(data)}.")
        return []
    return list(data)


def read_object(
    item: object, *, pointer: str, known: tuple[str, ...], found: Found
) -> Mapping[str, object] | None:
    """Give an object whose keys are all known; unknown keys are faults, a non-object gives None."""
    if not isinstance(item, Mapping):
        found(pointer, "invalid_type", "This must be an object.")
        return None
    for key in item:
        if key not in known:
            # An unknown key is most often a misspelt one, and its default would call people at a wrong time.
            found(
                f"{pointer}/{token(key)}",
                "unknown_field",
                f"This field is not known; use {', '.join(known)}.",
            )
    return item


def read_choice(
    value: object, *, pointer: str, choices: tuple[str, ...], found: Found, code: str = "invalid_choice"
) -> str | None:
    """Give a value that is one of `choices`; anything else is a fault and None."""
    if isinstance(value, str) and value in choices:
        return value
    found(pointer, code, f"This must be one of {', '.join(choices)}.")
    return None
