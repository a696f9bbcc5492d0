"""Own how one setting is read from the environment: typed, and refused by its own name where it makes no sense.

Never holds a setting and never shows the value of an address, which may hold a password.
"""

from __future__ import annotations

import math
from typing import Any

import environ
from django.core.exceptions import ImproperlyConfigured

ENGINES = ("django.db.backends.sqlite3", "django.db.backends.postgresql")
TRUE = ("true", "yes", "on", "1")
FALSE = ("false", "no", "off", "0", "")


class Environment(environ.Env):
    """Read settings strictly: django-environ by itself takes `10m` for ten and `maybe` for false."""

    def whole(self, name: str, *, default: int) -> int:
        """Read a whole number, 1 or more."""
        text = self.str(name, default="").strip()
        if not text:
            return default
        if not (text.isascii() and text.isdigit()) or int(text) < 1:
            raise ImproperlyConfigured(f"{name} must be a whole number, 1 or more, not {text!r}.")
        return int(text)

    def seconds(self, name: str, *, default: float) -> float:
        """Read a length of time, more than 0."""
        text = self.str(name, default="").strip()
        try:
            value = float(text) if text else default
        except ValueError:
            value = math.nan
        if not 0 < value < math.inf:
            raise ImproperlyConfigured(f"{name} must be a number of seconds, more than 0, not {text!r}.")
        return value

    def switch(self, name: str, *, default: bool) -> bool:
        """Read true or false."""
        text = self.str(name, default=str(default)).strip().lower()
        if text not in TRUE + FALSE:
            raise ImproperlyConfigured(f"{name} must be true or false, not {text!r}.")
        return text in TRUE

    def database(self, name: str, *, default: str) -> dict[str, Any]:
        """Read the address of a database of one of our two kinds."""
        try:
            found = self.db_url_config(self.str(name, default="") or default)
        except ValueError:
            found = {}
        if found.get("ENGINE") not in ENGINES:
            raise ImproperlyConfigured(
                f"{name} must be like sqlite:////absolute/file or postgres://user:password@host:5432/name;"
                " a / or ? in a password is written %2F or %3F."
            )
        return found
