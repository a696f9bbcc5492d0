"""A simulation that can't fail proves nothing: each of these defects is found by the seeds that are named."""

from __future__ import annotations

from collections.abc import Iterable

import pytest
from django.db import connection

from dialer.models import tally_triggers
from tests.scenarios.simulation.mutations import FOUND_BY, applied
from tests.scenarios.simulation.runner import run_world


def run_worlds(seeds: Iterable[int]) -> None:
    """Run worlds until one breaks."""
    for seed in seeds:
        run_world(seed)


@pytest.mark.timeout(300)
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("name", FOUND_BY)
def test_a_defect_is_found(name: str) -> None:
    with applied(name), pytest.raises(AssertionError, match=r"python -m tests\.scenarios\.simulation \d+ -v"):
        _run(FOUND_BY[name])


def _run(seeds: tuple[int, ...]) -> None:
    for seed in seeds:
        run_world(seed)


@pytest.mark.django_db(transaction=True)
def test_a_seed_makes_the_same_world_each_time() -> None:
    assert run_world(14) == run_world(14)


@pytest.mark.django_db(transaction=True)
def test_a_counter_that_forgets_a_move_is_found() -> None:
    on = " ON dialer_campaigncontact" if connection.vendor == "postgresql" else ""
    with connection.cursor() as cursor:
        cursor.execute(f"DROP TRIGGER dialer_tally_contacts_update{on}")
    try:
        with pytest.raises(AssertionError, match=r"the tally of \('contact', "):
            run_world(14)
    finally:
        tally_triggers.create(connection)
    run_world(14)
