"""Counters come into a database that has rows, survive what migrations do to tables, and go without a trace."""

from __future__ import annotations

import pytest
from django.core.management import call_command
from django.db import connection

from dialer.models import Attempt, CampaignContact, tally_triggers
from dialer.reports.counters import differences
from tests import factories

BEFORE = "0010_change_feed_and_webhooks"


def migrate(*to: str) -> None:
    """Migrate as people do: by the command, which looks after the triggers at its end."""
    call_command("migrate", "dialer", *to, verbosity=0, interactive=False)


@pytest.mark.django_db(transaction=True)
def test_rows_that_were_there_are_counted() -> None:
    rows = [factories.attempt(cost="0.5", currency="EUR") for _ in range(3)]
    try:
        migrate(BEFORE)
        assert "dialer_tally" not in connection.introspection.table_names()
        # Without its counters the table takes writes as before.
        with connection.cursor() as cursor:
            cursor.execute("UPDATE dialer_attempt SET state = 'rejected', result = 'rejected'")
    finally:
        migrate()
    assert tally_triggers.missing(connection) == []
    assert differences(connection) == []
    Attempt.objects.filter(pk=rows[0].pk).update(cost="0.75")
    assert differences(connection) == []


@pytest.mark.django_db(transaction=True)
def test_triggers_that_a_migration_lost_come_back_with_its_end() -> None:
    row = factories.enrolled()
    with connection.schema_editor() as editor:
        if connection.vendor == "sqlite":
            editor._remake_table(CampaignContact)  # as for a changed constraint
        else:
            tally_triggers.drop(connection)
    assert "dialer_tally_contacts_update" in tally_triggers.missing(connection)
    CampaignContact.objects.filter(pk=row.pk).update(hold_gate="window")
    assert len(differences(connection)) == 2
    migrate()
    assert tally_triggers.missing(connection) == []
    assert differences(connection) == []
