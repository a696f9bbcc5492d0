"""What all rows share: id, version and instants.

Owns the common columns; never behaviour.
"""

from __future__ import annotations

from typing import Any

from django.db import models

from dialer import clock
from dialer.models.ids import new_id


class Row(models.Model):
    """A row with a UUIDv7 id that is made in Python, so that it is known before the insert."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    created_at = models.DateTimeField(default=clock.now, editable=False)

    class Meta:
        abstract = True


class Editable(Row):
    """A row that people change: `version` rises with every change, for If-Match."""

    updated_at = models.DateTimeField(default=clock.now, editable=False)
    version = models.PositiveIntegerField(default=1, editable=False)

    class Meta:
        abstract = True


def words(enum: Any) -> list[tuple[str, str]]:
    """Turn an enum of words into choices."""
    return [(member.value, member.value.replace("_", " ")) for member in enum]


def one_of(column: str, enum: Any, name: str, *, blank: bool = False) -> models.CheckConstraint:
    """Make the database refuse any other word in a column."""
    values = [member.value for member in enum] + ([""] if blank else [])
    return models.CheckConstraint(condition=models.Q(**{f"{column}__in": values}), name=name)
