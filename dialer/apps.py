"""Own the registration of the product with Django; never start work."""

from __future__ import annotations

from django.apps import AppConfig


class DialerConfig(AppConfig):
    """The dialer, one Django app."""

    name = "dialer"
    verbose_name = "Dialer"

    def ready(self) -> None:
        """Register the system checks."""
        from dialer import checks  # noqa: F401  (registers by import)
