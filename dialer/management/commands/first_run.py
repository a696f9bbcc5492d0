"""Own what a new installation needs to be used: an admin user and an API key, each printed once.

Never changes an installation that has an admin user.
"""

from __future__ import annotations

import secrets
from typing import Any

from django.contrib.auth import get_user_model
from django.core.management.base import BaseCommand
from django.db import transaction

from dialer.keys import issue_api_key
from dialer.models import SCOPES

ADMIN_NAME = "admin"
KEY_NAME = "first run"
PASSWORD_BYTES = 12  # 96 bits, 16 letters: beyond guessing and still typed by hand


class Command(BaseCommand):
    """Make the first admin user and the first API key."""

    help = "Make an admin user and an API key on an installation that has none; both are printed once."

    def handle(self, *_: Any, **__: Any) -> None:
        """Make both together, or nothing."""
        users = get_user_model()
        with transaction.atomic():
            if users.objects.filter(is_superuser=True).exists():
                self.stdout.write("The admin user and the API key were made and shown at the first start.")
                self.stdout.write("Lost them? manage.py changepassword admin, manage.py create_api_key NAME.")
                return
            password = secrets.token_urlsafe(PASSWORD_BYTES)
            users.objects.create_superuser(username=ADMIN_NAME, password=password)
            key = issue_api_key(KEY_NAME, SCOPES)[1]
        self.stdout.write("Made for you, shown only now:")
        self.stdout.write(f"  admin user  {ADMIN_NAME}  password  {password}")
        self.stdout.write(f"  API key     {key}")
