"""The lines by which a person at the terminal watches campaigns dial."""

from __future__ import annotations

import pytest

from dialer.management import progress
from tests import factories

pytestmark = pytest.mark.django_db


def test_a_running_campaign_is_one_line_of_counts() -> None:
    campaign = factories.campaign(name="Reminders", status="running")
    for fields in (
        {},
        {},
        {"state": "in_progress"},
        {"state": "indeterminate"},
        {"state": "finished"},
        {"state": "finished"},
        {"state": "finished", "finish_reason": "exhausted"},
    ):
        factories.enrolled(campaign=campaign, **fields)

    assert progress.lines() == {
        "Reminders": "Reminders: 3 of 7 finished (2 reached, 1 exhausted); 2 at work, 2 waiting"
    }


def test_campaigns_that_do_not_run_are_not_told() -> None:
    for status in ("draft", "paused", "completed"):
        factories.campaign(status=status)

    assert progress.lines() == {}
