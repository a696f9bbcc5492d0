"""Show one world again: `python -m tests.scenarios.simulation SEED -v`; a range of seeds as FIRST-LAST.

Runs on an own, empty SQLite file unless DATABASE_URL names another database to make a test database on.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
import traceback


def main(arguments: list[str]) -> int:
    """Run the seeds; returns 1 if one of them is broken."""
    parser = argparse.ArgumentParser(prog="python -m tests.scenarios.simulation", description=__doc__)
    parser.add_argument("seeds", help="one seed, or FIRST-LAST")
    parser.add_argument("-v", "--verbose", action="store_true", help="print the trace as it happens")
    chosen = parser.parse_args(arguments)
    first, _, last = chosen.seeds.partition("-")
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")
    import django  # the settings are read here, after the environment is complete

    django.setup()
    from django.test.runner import DiscoverRunner

    from tests.scenarios.simulation.runner import run_world

    runner = DiscoverRunner(verbosity=0, interactive=False)
    made = runner.setup_databases()
    broken = []
    try:
        for seed in range(int(first), int(last or first) + 1):
            began = time.process_time()
            try:
                ran = run_world(seed, show=print if chosen.verbose else None)
            except Exception:
                broken.append(seed)
                traceback.print_exc(limit=-6)
                continue
            print(
                f"seed {seed}: {ran.rings} rings of {ran.pushes} pushes in {ran.days:.2f} days, {ran.rounds} "
                f"rounds, {ran.killed} killed; {time.process_time() - began:.2f} s of CPU"
            )
    finally:
        runner.teardown_databases(made)
    if broken:
        print(f"broken: {broken}")
    return bool(broken)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
