"""Runs the measurements and writes docs/benchmarks.md; `--quick` is smaller, `--only NAME` one part, on the screen.

Owns the order and the sizes; needs a PostgreSQL that may make databases, and an otherwise idle machine.
"""

from __future__ import annotations

import argparse
import atexit
import os
import shutil
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from tests import backends
from tests.house.processes import KEYS

REPORT = Path(__file__).resolve().parent.parent / "docs" / "benchmarks.md"
HEAD = """\
# Benchmarks

Written by `make bench`. Trust the ratios, not the rates: both sides of each were measured in one run on one machine,
medians of {repeats} repetitions. Differences under a quarter are no finding.

{machine}
- Load average: {before:.1f} before the run, {after:.1f} at its end; the run itself brings about 2, what is above came
  from others, and the rates are too low by it
"""


def _set_up() -> None:
    url = backends.postgres_url()
    if url is None:
        sys.exit("The benchmarks need PostgreSQL: set DATABASE_URL, or start one on 127.0.0.1:5432.")
    scratch = tempfile.mkdtemp(prefix="dialer-bench-")
    atexit.register(shutil.rmtree, scratch, ignore_errors=True)
    os.environ.update(
        KEYS,
        DATABASE_URL=url,
        DJANGO_SETTINGS_MODULE="config.settings",
        DIALER_ENV_FILE="",
        DIALER_DATA_DIR=scratch,
        LOG_LEVEL="ERROR",
        ALLOWED_HOSTS="testserver",
        DIALER_REQUESTS_PER_MINUTE="1000000",
    )
    import django

    django.setup()


def _parts(quick: bool, repeats: int) -> dict[str, Callable[[], list]]:
    from benchmarks import calls, dispatch, idle, imports, sizes

    sizes_of = (10_000, 50_000, 200_000) if quick else (10_000, 100_000, 1_000_000)
    return {
        "claims": lambda: [calls.claims(contacts=1_000 if quick else 1_500, repeats=repeats)],
        "sizes": lambda: sizes.by_size(sizes_of, rounds=repeats * 2),
        "dispatch": lambda: [
            dispatch.dispatch(
                calls=1_000 if quick else 2_000, slow_calls=200 if quick else 400, repeats=repeats
            )
        ],
        "polls": lambda: [calls.polls(calls=1_000 if quick else 5_000, repeats=repeats)],
        "imports": lambda: [
            imports.imports(
                rows=20_000 if quick else 50_000,
                filled=100_000 if quick else 1_000_000,
                repeats=repeats,
            )
        ],
        "idle": lambda: [idle.idle(wait=15 if quick else 60)],
    }


def main() -> None:
    """Run what was asked for."""
    asked = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    asked.add_argument("--quick", action="store_true", help="smaller sizes; nothing is written to docs/")
    asked.add_argument("--only", action="append", help="run one part; nothing is written to docs/")
    asked.add_argument("--repeats", type=int, default=3)
    options = asked.parse_args()
    _set_up()
    from benchmarks import provider
    from benchmarks.database import fresh
    from benchmarks.machine import description

    provider.announce()
    with fresh():
        machine = description()
    before = os.getloadavg()[0]
    lines: list[str] = []
    for name, run in _parts(options.quick, options.repeats).items():
        if options.only and name not in options.only:
            continue
        print(f"{name} ...", file=sys.stderr, flush=True)
        for section in run():
            print("\n".join(section.lines()), flush=True)
            lines += ["", *section.lines()]
    if not (options.quick or options.only):
        head = HEAD.format(
            repeats=options.repeats,
            machine="\n".join(f"- {line}" for line in machine),
            before=before,
            after=os.getloadavg()[0],
        )
        REPORT.parent.mkdir(exist_ok=True)
        REPORT.write_text("\n".join([*head.splitlines(), *lines]).replace("\n\n\n", "\n\n").rstrip() + "\n")
        print(f"Written to {REPORT.relative_to(Path.cwd())}.")


if __name__ == "__main__":
    main()
