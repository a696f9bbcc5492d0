"""Own the making of an API key at the command line; the key is the last line, so that scripts can take it.

Never shows a key a second time.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import connection

from dialer import clock
from dialer.keys import issue_api_key
from dialer.models import SCOPES, ApiKey

#: A century; a key that is to live longer is one without expiry.
LONGEST_LIFE = 36_500


class Command(BaseCommand):
    """Make an API key."""

    help = "Make an API key and print it, once, alone on the last line."

    def add_arguments(self, parser: CommandParser) -> None:
        """Take the name, the scopes and the life of the key."""
        parser.add_argument("name")
        parser.add_argument(
            "--scope", action="append", choices=SCOPES, dest="scopes", help="may be repeated; default read"
        )
        parser.add_argument(
            "--expires", type=int, metavar="DAYS", help="days until the key stops working; default never"
        )

    def handle(self, *, name: str, scopes: list[str] | None, expires: int | None, **_: Any) -> None:
        """Store the key's hash and print the key."""
        if expires is not None and not 1 <= expires <= LONGEST_LIFE:
            raise CommandError(f"--expires takes a number of days, 1 to {LONGEST_LIFE}.")
        if not name.strip():
            raise CommandError("NAME says who uses the key; it must not be empty.")
        if ApiKey._meta.db_table not in connection.introspection.table_names():
            raise CommandError("The database has no tables for API keys yet; run `manage.py migrate` first.")
        expires_at = clock.now() + timedelta(days=expires) if expires else None
        row, plaintext = issue_api_key(name.strip(), scopes or ["read"], expires_at)
        until = f"until {expires_at:%Y-%m-%d %H:%M} UTC" if expires_at else "without expiry"
        self.stdout.write(
            f"API key for {row.name}, scopes {', '.join(row.scopes)}, {until}. It is shown only now:"
        )
        self.stdout.write(plaintext)
