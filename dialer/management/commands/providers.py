"""Own the command that tells what the installed providers can do.

Never touches the database; the table in the README is its output.
"""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from providers import registry
from providers.matrix import details
from providers.matrix import matrix as drawn_of


class Command(BaseCommand):
    """Tell what the installed providers can do."""

    help = "List the installed providers; --matrix draws the table of the README, a name tells all about one."
    requires_system_checks: list[str] = []  # it must also work where the database is away

    def add_arguments(self, parser: CommandParser) -> None:
        """Take what to show."""
        parser.add_argument("slug", nargs="?", help="tell everything about this provider")
        parser.add_argument("--matrix", action="store_true", help="draw the table in Markdown")

    def handle(self, *, slug: str | None, matrix: bool, **_: Any) -> None:
        """Print it."""
        if slug is not None:
            try:
                self.stdout.write(details(slug))
            except registry.UnknownProvider as error:
                raise CommandError(str(error)) from None
        elif matrix:
            self.stdout.write(drawn())
        else:
            for name in registry.slugs():
                self.stdout.write(f"{name}\t{registry.provider_class(name).name}")
        for name, error in registry.broken().items():
            self.stderr.write(f"{name}: its package cannot be imported: {error!r}")


def drawn() -> str:
    """Draw the table of the providers that come with the product."""
    return drawn_of(registry.BUILTIN)
