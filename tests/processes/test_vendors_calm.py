"""A campaign of fifty people at each vendor's sandbox, and one that is followed by notifications alone."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from tests.house.processes import free_port
from tests.processes.stage import Stage, cast
from tests.processes.vendor_runs import (
    CALM,
    PATIENCE_SECONDS,
    check,
    prepared,
    run_in_one_process,
    run_with_two_workers,
    served,
)
from tests.processes.vendors import VENDORS

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]


@pytest.mark.parametrize("slug", sorted(VENDORS))
def test_a_campaign_ends_rightly_in_one_process(slug: str, tmp_path: Path) -> None:
    run_in_one_process(slug, CALM, tmp_path)


@pytest.mark.postgres
@pytest.mark.redis
@pytest.mark.parametrize("slug", sorted(VENDORS))
def test_a_campaign_ends_rightly_with_two_workers(
    slug: str, tmp_path: Path, own_postgres: str, own_redis: str
) -> None:
    run_with_two_workers(slug, CALM, tmp_path, own_postgres, own_redis)


@pytest.mark.parametrize("slug", ["nrs360", "targg"])
def test_notifications_alone_bring_a_campaign_to_its_end(slug: str, tmp_path: Path) -> None:
    port = free_port()
    stage = Stage(tmp_path, f"sqlite:///{tmp_path / 'dialer.sqlite3'}")
    stage.env["DIALER_POLL_SECONDS"] = "600"
    with served(slug, CALM) as sandbox:
        prepared(stage, slug, sandbox)
        if slug == "targg":  # in its portal a person enters the address; 360NRS is told with each order
            ((token,),) = stage.read("SELECT webhook_token FROM dialer_provideraccount")
            sandbox.sandbox.hook_url = f"http://127.0.0.1:{port}/hooks/{slug}/{token}"
        with cast(stage) as acting:
            acting.start("up", [sys.executable, "manage.py", "up", "--port", str(port)])
            stage.wait_for_the_end(PATIENCE_SECONDS)
        check(stage, slug, sandbox, is_calm=True)
    assert stage.read("SELECT DISTINCT source FROM dialer_providerevent WHERE source = 'hook'") == [("hook",)]
