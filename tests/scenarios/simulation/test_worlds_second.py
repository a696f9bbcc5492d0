"""The second half of the worlds; two modules, so that two processes share them."""

from __future__ import annotations

import pytest

from tests.scenarios.simulation.chunks import chunks, name_of, run_all


@pytest.mark.timeout(600)
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("seeds", chunks(1), ids=name_of)
def test_every_invariant_holds_in_worlds(seeds: range) -> None:
    ran = run_all(seeds)
    assert sum(world.rings for world in ran) > 0
