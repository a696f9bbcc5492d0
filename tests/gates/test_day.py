"""The campaign's day, by which limits a day count: from midnight to midnight, also where the clocks change."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from dialer.gates import load
from dialer.gates.time_gates import day_bounds
from tests import factories

NEW_YORK = "America/New_York"
#: Clocks go back at two o'clock, six in UTC: a day of 25 hours, from 04:00 UTC to 05:00 UTC.
LONG = (datetime(2026, 11, 1, 4, tzinfo=UTC), datetime(2026, 11, 2, 5, tzinfo=UTC))
#: And forward: 23 hours.
SHORT = (datetime(2026, 3, 8, 5, tzinfo=UTC), datetime(2026, 3, 9, 4, tzinfo=UTC))


@pytest.mark.parametrize(
    ("timezone", "now", "bounds"),
    [
        (NEW_YORK, LONG[0], LONG),
        (NEW_YORK, datetime(2026, 11, 2, 4, 59, tzinfo=UTC), LONG),
        (NEW_YORK, SHORT[0], SHORT),
        (NEW_YORK, datetime(2026, 3, 9, 3, 59, tzinfo=UTC), SHORT),
        ("contact", LONG[0], (datetime(2026, 11, 1, tzinfo=UTC), datetime(2026, 11, 2, tzinfo=UTC))),
        # Midnight is skipped there: the day begins at one o'clock.
        (
            "America/Santiago",
            datetime(2026, 9, 6, 12, tzinfo=UTC),
            (datetime(2026, 9, 6, 4, tzinfo=UTC), datetime(2026, 9, 7, 3, tzinfo=UTC)),
        ),
    ],
)
def test_a_day_goes_from_midnight_to_midnight(
    timezone: str, now: datetime, bounds: tuple[datetime, datetime]
) -> None:
    assert day_bounds(timezone, now) == bounds


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("claimed_at", "now", "counted"),
    [
        (LONG[0], datetime(2026, 11, 1, 4, 30, tzinfo=UTC), 1),  # the first of the 25 hours
        (
            datetime(2026, 3, 8, 4, 30, tzinfo=UTC),
            datetime(2026, 3, 8, 12, tzinfo=UTC),
            0,
        ),  # the evening before
    ],
)
def test_limits_a_day_count_the_whole_day_and_no_more(
    claimed_at: datetime, now: datetime, counted: int
) -> None:
    campaign = factories.campaign(
        status="running", timezone=NEW_YORK, daily_call_limit=1, max_attempts_per_day=1
    )
    row = factories.enrolled(campaign=campaign)
    factories.attempt(row, claimed_at=claimed_at, ended_at=claimed_at)
    facts = load.campaign_facts(campaign, load.account_facts(campaign.provider_account, room=None), now)
    (candidate,) = load.candidates([row], {campaign.pk: facts}, now)
    assert (facts.calls_today, candidate.attempts_today) == (counted, counted)
