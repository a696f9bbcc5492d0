"""Own a cheap, current picture of the tables: read again only after a statement has written to them.

Never writes, and is read only while no transaction is open, so that it shows what is committed.
"""

from __future__ import annotations

import re
from functools import lru_cache
from types import SimpleNamespace
from typing import Any
from uuid import UUID

from django.db import connection, models

from dialer.models import (
    Attempt,
    Campaign,
    CampaignContact,
    Contact,
    ContactPhone,
    ProviderAccount,
    Suppression,
)

Row = Any
MODELS: dict[str, type[models.Model]] = {
    "accounts": ProviderAccount,
    "campaigns": Campaign,
    "people": Contact,
    "phones": ContactPhone,
    "enrolments": CampaignContact,
    "attempts": Attempt,
    "suppressions": Suppression,
}
#: Columns that cost much to read and judge nothing: encrypted ones and JSON.
LEFT_OUT = {
    "attributes",
    "budgets",
    "credentials",
    "gates",
    "poll_cursor",
    "provider_options",
    "remote",
    "retry_plan",
    "settings",
    "tags",
}
_NAMES = {model._meta.db_table: name for name, model in MODELS.items()}
_TARGET = re.compile(r'^\s*(?:INSERT INTO|UPDATE|DELETE FROM)\s+"?(\w+)"?', re.IGNORECASE)


def written_table(sql: str) -> str | None:
    """Give the table that a statement writes to, None if it only reads."""
    found = _TARGET.match(sql)
    return found.group(1) if found else None


class Picture:
    """All rows at one instant, by table and key."""

    __slots__ = tuple(MODELS)

    def __init__(self, tables: dict[str, dict[UUID, Row]]) -> None:
        self.accounts = tables["accounts"]
        self.campaigns = tables["campaigns"]
        self.people = tables["people"]
        self.phones = tables["phones"]
        self.enrolments = tables["enrolments"]
        self.attempts = tables["attempts"]
        self.suppressions = tables["suppressions"]

    def phones_of(self, person: UUID) -> list[Row]:
        """List a person's numbers in their order."""
        found = [row for row in self.phones.values() if row.contact_id == person]
        return sorted(found, key=lambda row: (not row.is_main, row.position))

    def attempts_of(self, enrolment: UUID) -> list[Row]:
        """List the attempts at a campaign contact by sequence."""
        found = [row for row in self.attempts.values() if row.campaign_contact_id == enrolment]
        return sorted(found, key=lambda row: row.sequence)


class Mirror:
    """Read tables when they have changed."""

    def __init__(self) -> None:
        self._tables: dict[str, dict[UUID, Row]] = {}
        self._stale = set(MODELS)
        self.version = 0  # rises with every write to a table that matters

    def wrote(self, table: str) -> None:
        """Note a statement that writes."""
        name = _NAMES.get(table)
        if name is not None:
            self._stale.add(name)
            self.version += 1

    def rolled_back(self) -> None:
        """Note that writes were undone: whatever was read meanwhile may be wrong."""
        self._stale = set(MODELS)
        self.version += 1

    def picture(self) -> Picture:
        """Give the committed rows; a picture given earlier stays as it was."""
        for name in sorted(self._stale):
            self._tables[name] = _read(MODELS[name])
        self._stale.clear()
        return Picture(dict(self._tables))


@lru_cache(maxsize=len(MODELS))
def _reader(model: type[models.Model]) -> tuple[list[str], str, Any, Any]:
    """Compile the query of a table once: a world asks it some hundred times."""
    columns = [field.attname for field in model._meta.concrete_fields if field.attname not in LEFT_OUT]
    query = model._default_manager.order_by("pk").values_list(*columns).query
    compiler = query.get_compiler(connection=connection)
    sql, _ = compiler.as_sql()
    return columns, sql, compiler, compiler.get_converters([found[0] for found in compiler.select])


def _read(model: type[models.Model]) -> dict[UUID, Row]:
    columns, sql, compiler, converters = _reader(model)
    with connection.cursor() as cursor:
        cursor.execute(sql)
        rows = compiler.apply_converters(cursor.fetchall(), converters)
        key = columns.index("id")
        return {row[key]: SimpleNamespace(**dict(zip(columns, row, strict=True))) for row in rows}
