"""Writes the demonstration's contact files again, byte by byte the same.

Owns the options; the content is made in `dialer.demo.files`.
"""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand

from dialer.demo import files


class Command(BaseCommand):
    """`manage.py make_demo_file`."""

    help = "Writes the shipped demo files, or with --output one file of any size from any seed."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--seed", type=int, default=files.SEED)
        parser.add_argument("--rows", type=int, default=files.ROWS)
        parser.add_argument("--output", type=Path, help="write one file here instead of the shipped ones")

    def handle(self, *args: Any, **options: Any) -> None:
        output = options["output"]
        made = (
            {output: files.contacts_csv(seed=options["seed"], rows=options["rows"])}
            if output
            else files.shipped()
            | {files.CONTACTS: files.contacts_csv(seed=options["seed"], rows=options["rows"])}
        )
        for path, content in made.items():
            path.write_bytes(content)
            self.stdout.write(f"{path}: {len(content)} bytes")
