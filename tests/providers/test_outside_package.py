"""A provider from a package of its own is found by its entry point, and is as good as ours."""

from __future__ import annotations

from pathlib import Path

import pytest

from providers import registry
from tests.house.processes import environment, manage

PACKAGE = Path(__file__).resolve().parents[1] / "packages" / "megaphone"


@pytest.fixture
def installed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Put the package where pip would."""
    monkeypatch.syspath_prepend(str(PACKAGE))
    registry.forget()
    yield
    registry.forget()


@pytest.mark.slow
def test_every_command_finds_it(tmp_path: Path) -> None:
    env = environment(DIALER_DATA_DIR=str(tmp_path), PYTHONPATH=str(PACKAGE))
    assert "megaphone\tMegaphone" in manage("providers", env=env).stdout.splitlines()
    assert "megaphone" not in manage("providers", "--matrix", env=env).stdout


def test_it_is_listed_built_and_described(installed: None) -> None:
    assert "megaphone" in registry.slugs()
    provider = registry.build("megaphone", credentials={}, settings={"seconds": 1})
    assert provider.check().ok
    assert registry.schema(type(provider).Settings)["properties"]["seconds"]["maximum"] == 60


def test_its_settings_are_checked_like_ours(installed: None) -> None:
    faults = registry.validate("megaphone", credentials={}, settings={"seconds": 61})
    assert [(fault.pointer, fault.code) for fault in faults] == [("/settings/seconds", "out_of_range")]
