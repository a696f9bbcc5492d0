"""The comparison of counters with rows: it finds what is wrong, and nothing else; it corrects only when asked."""

from __future__ import annotations

from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from dialer.models import CampaignContact, Tally, TallyDelta, tally_triggers
from dialer.reports import tallies
from dialer.reports.counters import differences
from dialer.reports.stats import campaign_stats
from tests import factories

pytestmark = pytest.mark.django_db


def check(*options: str) -> str:
    """Run the command and return what it says."""
    said = StringIO()
    call_command("check_counters", *options, stdout=said)
    return said.getvalue()


def stored() -> list[tuple[Any, ...]]:
    """Read the counters as they stand."""
    return [*Tally.objects.order_by("pk").values_list(), *TallyDelta.objects.order_by("pk").values_list()]


def test_right_counters_are_called_right() -> None:
    factories.attempt(cost="0.1", currency="EUR")
    assert check() == "All counters equal the rows.\n"


def test_a_wrong_counter_is_named_and_left_alone() -> None:
    row = factories.attempt(cost="0.25", currency="EUR", result="busy")
    tallies.fold()
    Tally.objects.filter(kind="attempt").update(total=3, cost=0)
    before = stored()
    with pytest.raises(CommandError, match=r"0 triggers are missing and 1 counters differ.* --repair"):
        check()
    assert stored() == before
    (found,) = differences(connection)
    assert str(found) == (
        f"campaign {row.campaign_id}, attempt ended busy number 1 {row.claimed_at:%Y-%m-%d} EUR:"
        " the tables hold -2 rows, +0.2500 of cost against the tally"
    )


def test_a_wrong_counter_is_corrected_when_asked() -> None:
    row = factories.enrolled()
    tallies.fold()
    Tally.objects.filter(kind="contact").update(total=9)
    said = check("--repair")
    assert said.endswith("the tables hold -8 rows against the tally\nPut right: 0 triggers, 1 counters.\n")
    assert campaign_stats(campaign=row.campaign, now=row.created_at)["contacts"]["total"] == 1
    assert check() == "All counters equal the rows.\n"


def test_what_was_written_past_the_triggers_is_found_and_counted() -> None:
    row = factories.enrolled()
    assert tally_triggers.missing(connection) == []
    tally_triggers.drop(connection)
    CampaignContact.objects.filter(pk=row.pk).update(hold_gate="window")
    factories.attempt(row)
    with pytest.raises(CommandError, match="9 triggers are missing and 3 counters differ"):
        check()
    assert tallies.skips_by_gate(row.campaign_id) == {}
    said = check("--repair")
    assert "the trigger dialer_tally_contacts_update is missing\n" in said
    assert "Put right: 9 triggers, 3 counters." in said
    assert tallies.skips_by_gate(row.campaign_id) == {"window": 1}
    CampaignContact.objects.filter(pk=row.pk).update(hold_gate="")
    assert tallies.skips_by_gate(row.campaign_id) == {}
    assert check() == "All counters equal the rows.\n"
