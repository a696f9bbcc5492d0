"""Own the registration of the product with Django; never start work."""

from __future__ import annotations

from django.apps import AppConfig
from django.db.models.signals import post_migrate


class DialerConfig(AppConfig):
    """The dialer, one Django app."""

    name = "dialer"
    verbose_name = "Dialer"

    def ready(self) -> None:
        """Register the system checks, and what is looked after when migrations have run."""
        from dialer import checks  # noqa: F401  (registers by import)
        from dialer.reports.counters import restore_triggers

        post_migrate.connect(restore_triggers, sender=self, dispatch_uid="dialer.tally_triggers")
