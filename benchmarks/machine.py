"""Says what the numbers were measured on: processor, cores, versions; never the name of the machine.

Owns the head of the report.
"""

from __future__ import annotations

import os
import platform
import sqlite3
from pathlib import Path

import django
from django.db import connection


def processor() -> str:
    """Return the model of the processor."""
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.split(":", 1)[1].strip()
    return platform.processor() or platform.machine()


def memory_gib() -> int:
    """Return the size of the memory."""
    return round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1024**3)


def description() -> list[str]:
    """Describe machine and versions, a line each."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('server_version'), current_setting('shared_buffers')")
        server, buffers = cursor.fetchone()
    system = f"{platform.system()} {platform.release()}"
    python = f"Python {platform.python_version()}, Django {django.get_version()}"
    postgres = f"PostgreSQL {server.split()[0]} (shared_buffers {buffers}, other settings as they come)"
    return [
        f"Processor: {processor()}, {os.cpu_count()} cores, {memory_gib()} GiB; {system}",
        f"{python}, {postgres}, SQLite {sqlite3.sqlite_version}",
    ]
