"""The same with every third answer lost, refused, late or garbage: nobody is rung twice, nobody is forgotten."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.processes.vendor_runs import STORM, run_in_one_process, run_with_two_workers
from tests.processes.vendors import VENDORS

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]


@pytest.mark.parametrize("slug", sorted(VENDORS))
def test_a_campaign_ends_rightly_in_a_storm_in_one_process(slug: str, tmp_path: Path) -> None:
    run_in_one_process(slug, STORM, tmp_path)


@pytest.mark.postgres
@pytest.mark.redis
@pytest.mark.parametrize("slug", sorted(VENDORS))
def test_a_campaign_ends_rightly_in_a_storm_with_two_workers(
    slug: str, tmp_path: Path, own_postgres: str, own_redis: str
) -> None:
    run_with_two_workers(slug, STORM, tmp_path, own_postgres, own_redis)
