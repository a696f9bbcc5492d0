#!/usr/bin/env python
"""Own the command line entry of the project; never hold a command itself."""

from __future__ import annotations

import os
import sys


def main() -> None:
    """Run one management command with the project's settings."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    from django.core.exceptions import ImproperlyConfigured
    from django.core.management import execute_from_command_line

    try:
        execute_from_command_line(sys.argv)
    except ImproperlyConfigured as error:
        sys.exit(str(error))  # it says what to do, and a page of traceback would hide it
    except KeyboardInterrupt:
        sys.exit(130)  # what shells report for Ctrl-C


if __name__ == "__main__":
    main()
