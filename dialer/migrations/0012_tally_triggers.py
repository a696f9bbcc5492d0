"""Let the database keep the tallies; on PostgreSQL each table waits for its running writers, for milliseconds."""

from __future__ import annotations

from typing import Any

from django.db import migrations

from dialer.models import tally_triggers


def create(apps: Any, schema_editor: Any) -> None:
    tally_triggers.create(schema_editor.connection)


def drop(apps: Any, schema_editor: Any) -> None:
    tally_triggers.drop(schema_editor.connection)


class Migration(migrations.Migration):
    dependencies = [("dialer", "0011_tallies")]

    operations = [migrations.RunPython(create, drop)]
