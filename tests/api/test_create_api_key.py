"""Making an API key at the command line where the database is not ready for one."""

from __future__ import annotations

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from dialer.models import ApiKey

pytestmark = pytest.mark.django_db


def test_a_life_beyond_the_calendar_is_refused():
    with pytest.raises(CommandError, match="--expires takes a number of days, 1 to 36500"):
        call_command("create_api_key", "crm", "--expires", "99999999")
    assert ApiKey.objects.count() == 0


def test_a_database_that_was_not_migrated_is_told_with_the_way_out():
    with connection.cursor() as cursor:
        cursor.execute(f"ALTER TABLE {ApiKey._meta.db_table} RENAME TO not_made_yet")
    with pytest.raises(CommandError, match=r"run `manage\.py migrate` first"):
        call_command("create_api_key", "crm")
