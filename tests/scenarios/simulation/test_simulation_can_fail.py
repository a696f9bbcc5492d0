"""A simulation that can't fail proves nothing: each of these defects is found by the seeds that are named."""

from __future__ import annotations

import pytest

from tests.scenarios.simulation.mutations import FOUND_BY, applied
from tests.scenarios.simulation.runner import run_world


@pytest.mark.timeout(300)
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("name", FOUND_BY)
def test_a_defect_is_found(name: str) -> None:
    with applied(name), pytest.raises(AssertionError) as found:
        for seed in FOUND_BY[name]:
            run_world(seed)
    assert "see it again: .venv/bin/python -m tests.scenarios.simulation" in str(found.value)


@pytest.mark.django_db(transaction=True)
def test_a_seed_makes_the_same_world_each_time() -> None:
    assert run_world(14) == run_world(14)
