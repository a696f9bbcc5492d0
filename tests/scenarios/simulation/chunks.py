"""Own how many worlds a run has, and how they are cut into tests.

`DIALER_WORLDS` is the number of worlds of one module, `DIALER_FIRST_WORLD` where the seeds begin.
"""

from __future__ import annotations

import os

from django.db import connection

from tests.scenarios.simulation.runner import Ran, run_world

#: Two modules, for two processes, make a thousand. PostgreSQL takes several times as long a world, and differs
#: in locks only, which one connection never meets: a few show that the statements are the same.
WORLDS = 500 if connection.vendor == "sqlite" else 20
A_TEST = 20 if connection.vendor == "sqlite" else 5


def chunks(module: int) -> list[range]:
    """Cut a module's seeds into ranges of one test each."""
    worlds = int(os.environ.get("DIALER_WORLDS", WORLDS))
    first = int(os.environ.get("DIALER_FIRST_WORLD", "1")) + module * worlds
    return [range(seed, min(seed + A_TEST, first + worlds)) for seed in range(first, first + worlds, A_TEST)]


def name_of(seeds: range) -> str:
    """Name a test by its seeds."""
    return f"{seeds.start}-{seeds.stop - 1}"


def run_all(seeds: range) -> list[Ran]:
    """Run every world of a test, and tell of all that are broken, not of the first alone."""
    ran, broken = [], []
    for seed in seeds:
        try:
            ran.append(run_world(seed))
        except AssertionError as fault:
            broken.append(str(fault))
    assert not broken, "\n".join(broken)
    return ran
