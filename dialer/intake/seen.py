"""Remembers what a dry run has taken so far, since nothing of it is in the database.

Owns that memory; what a repetition means is the slice's.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from dialer.intake.records import Record


@dataclass(slots=True)
class Seen:
    """What a dry run has taken so far: nothing of it is in the database."""

    external_ids: set[str] = field(default_factory=set)
    mains: set[str] = field(default_factory=set)

    def has(self, record: Record) -> bool:
        """Whether a row before had the same person or main number."""
        return record.external_id in self.external_ids or record.main in self.mains

    def add(self, record: Record) -> None:
        """Remember an accepted row."""
        self.mains.add(record.main)
        if record.external_id is not None:
            self.external_ids.add(record.external_id)
