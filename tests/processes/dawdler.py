"""A simulator that takes its time, so that a kill finds requests under way: before they are accepted, and after.

It comes to the product as a third-party package does, by an entry point; never used in this test process.
"""

from __future__ import annotations

import random
import time
from collections.abc import Sequence
from pathlib import Path

from providers.contract import CallOrder, Receipt, RemoteCampaign
from providers.simulator import Simulator

LONGEST_SECONDS = 0.03  # each side of the acceptance; a request of a real provider takes about as long

_ENTRY_POINT = "[dialer.providers]\ndawdler = tests.processes.dawdler:Dawdler\n"


class Dawdler(Simulator):
    """Dial nobody, slowly."""

    slug = "dawdler"
    name = "Dawdler"

    def push(self, campaign: RemoteCampaign, calls: Sequence[CallOrder]) -> list[Receipt]:
        """Accept calls like the simulator, with a pause before and after."""
        time.sleep(random.uniform(0, LONGEST_SECONDS))
        try:
            return super().push(campaign, calls)
        finally:
            time.sleep(random.uniform(0, LONGEST_SECONDS))


def announce(folder: Path) -> Path:
    """Make a folder that, on the path of a process, announces the provider."""
    package = folder / "site" / "dawdler-1.0.dist-info"
    package.mkdir(parents=True)
    (package / "METADATA").write_text("Metadata-Version: 2.1\nName: dawdler\nVersion: 1.0\n")
    (package / "entry_points.txt").write_text(_ENTRY_POINT)
    return package.parent
