"""Own the change of the encryption key: every stored credential is written again under the first key.

Never shows what it decrypts; safe to repeat, and safe while the server runs.
"""

from __future__ import annotations

from typing import Any

from cryptography.fernet import InvalidToken
from django.apps import apps
from django.core.management.base import BaseCommand, CommandError
from django.db.models import Model, TextField, Value
from django.db.models.functions import Cast

from dialer.models.fields import EncryptedJSONField, rotated
from dialer.models.hashing import keys_in_need


class Command(BaseCommand):
    """Encrypt stored credentials again."""

    help = (
        "Encrypt all stored credentials with the first key of CREDENTIALS_KEY; "
        "afterwards the others may go, but for those that it names."
    )

    def handle(self, *_: Any, **__: Any) -> None:
        """Write every row again that nobody changes meanwhile, until none is left."""
        count = 0
        for model in apps.get_app_config("dialer").get_models():
            for field in model._meta.concrete_fields:
                if isinstance(field, EncryptedJSONField):
                    count += self._rotate(model, field.attname)
        self.stdout.write(f"{count} rows are encrypted with the first key of CREDENTIALS_KEY.")
        needed = sorted(place for place in keys_in_need().values() if place is not None and place > 1)
        for place in needed:
            # A hash cannot be made anew without the number, which nobody has any more.
            self.stdout.write(f"Hashes of erased numbers need key {place}: leave it in CREDENTIALS_KEY.")

    def _rotate(self, model: type[Model], column: str) -> int:
        stored = model._default_manager.annotate(stored=Cast(column, TextField())).exclude(stored=None)
        for pk in stored.values_list("pk", flat=True):
            token = stored.filter(pk=pk).values_list("stored", flat=True).first()
            if token is None:
                continue  # deleted meanwhile
            try:
                fresh = Value(rotated(token), output_field=TextField())
            except InvalidToken:
                raise CommandError(
                    f"{model._meta.verbose_name} {pk} is encrypted with a key not in CREDENTIALS_KEY; "
                    "put the old key behind the new one, separated by a comma."
                ) from None
            # Somebody saved new credentials in between: they are under the first key already.
            stored.filter(pk=pk, stored=token).update(**{column: fresh})
        return stored.count()
