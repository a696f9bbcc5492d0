"""Count the rows that were there before the triggers; others may write meanwhile, for the triggers count those."""

from __future__ import annotations

from typing import Any

from django.db import migrations

from dialer.reports.counters import repair


def fill(apps: Any, schema_editor: Any) -> None:
    repair(schema_editor.connection)


class Migration(migrations.Migration):
    dependencies = [("dialer", "0012_tally_triggers")]

    # Going back takes the tables away, and with them what is in them.
    operations = [migrations.RunPython(fill, migrations.RunPython.noop)]
