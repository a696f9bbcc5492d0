"""A preview is what then happens: the same instants, to the second, as the engine's on a virtual clock."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from dialer.models import Attempt, CampaignContact
from tests.engine.conftest import Stage
from tests.reports.conftest import Reports

#: How long the simulator's calls last, from the push to the end.
CALL_SECONDS = {"no_answer": 4, "busy": 1}
OFFICE = [{"days": ["mon", "tue", "wed", "thu", "fri"], "start": "09:00", "end": "17:00"}]
NEW_YORK, LONDON, PARIS = "+1212555010{}", "+44207946010{}", "+3319900010{}"
LAW = {"purpose": "marketing", "holidays": "observe"}


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


CASES: dict[str, tuple[str, str, list[Any], str, dict[str, Any]]] = {
    "hours alone": (NEW_YORK, "2026-03-02T12:00:00", ["PT2H", "PT4H"], "no_answer", {}),
    "a window moves it to the next morning": (
        NEW_YORK,
        "2026-03-02T20:30:00",
        ["PT2H", "PT8H"],
        "no_answer",
        {"calling_windows": OFFICE},
    ),
    "clocks go forward in New York": (
        NEW_YORK,
        "2026-03-06T21:00:00",
        ["P1D", "P1D"],
        "no_answer",
        {"calling_windows": OFFICE},
    ),
    "clocks go forward in London": (LONDON, "2026-03-28T10:30:00", ["P1D", "P1D"], "busy", {}),
    "clocks go back in Paris": (PARIS, "2026-10-24T16:00:00", ["P1D", "PT30H"], "busy", {}),
    "business days over Easter": (
        LONDON,
        "2026-04-02T13:00:00",
        [{"after": "P1D", "day_rule": "business"}, {"after": "PT26H", "day_rule": "business"}],
        "no_answer",
        {},
    ),
    "the law's hours and a public holiday": (
        NEW_YORK,
        "2026-07-02T22:30:00",
        ["PT5H", "P1D"],
        "no_answer",
        LAW,
    ),
    "the campaign's own zone": (
        PARIS,
        "2026-03-02T12:00:00",
        ["PT6H", "P1M"],
        "no_answer",
        {"calling_windows": OFFICE, "timezone": "America/Sao_Paulo"},
    ),
    "a cap a day": (
        NEW_YORK,
        "2026-03-02T22:00:00",
        ["PT30M", "PT30M", "PT30M"],
        "no_answer",
        {"max_attempts_per_day": 1, "calling_windows": OFFICE, "timezone": "America/New_York"},
    ),
    "the campaign starts later": (
        LONDON,
        "2026-03-02T12:00:00",
        ["PT1H"],
        "busy",
        {"starts_at": at("2026-03-03T18:30:00"), "calling_windows": OFFICE},
    ),
}
#: The simulator's last digit for each result.
DIGIT = {"no_answer": 1, "busy": 2}


def dialed(stage: Stage, row: CampaignContact, told: dict[str, Any], seconds: int) -> list[str]:
    """Let the engine dial at the told instants, a second before each of which it must not; give when it did."""
    for number, one in enumerate([told["first"], *told["attempts"]], start=1):
        due = datetime.fromisoformat(one["at"])
        for moment in (max(stage.now, due - timedelta(seconds=1)), due):
            stage.now = moment
            stage.tick("dispatch")
            row.refresh_from_db()
            if moment < due:
                assert row.attempt_count == number - 1, f"it dials before {due}"
        assert row.attempt_count == number, (
            f"it does not dial at {due}: {row.hold_gate} {row.next_attempt_at}"
        )
        stage.wait(seconds=seconds)
        stage.tick("observe")
    found = Attempt.objects.filter(campaign_contact=row).order_by("sequence")
    return [f"{attempt.pushed_at:%Y-%m-%dT%H:%M:%SZ}" for attempt in found]


@pytest.mark.parametrize("case", CASES, ids=lambda name: name.replace(" ", "-"))
def test_the_engine_dials_at_the_previewed_instants(stage: Stage, reports: Reports, case: str) -> None:
    line, begins, steps, result, fields = CASES[case]
    number, seconds = line.format(DIGIT[result]), CALL_SECONDS[result]
    results = [result] * len(steps)
    stage.now = at(begins)
    (row,) = stage.build(number, steps=steps, **fields)
    told = reports.preview(
        stage.campaign.retry_timeline,
        {
            "phone": number,
            "first_attempt_at": f"{begins}Z",
            "results": results,
            "campaign": str(stage.campaign.pk),
            "call_seconds": seconds,
        },
    )
    expected = [one["at"] for one in [told["first"], *told["attempts"]]]
    assert len(expected) == len(results) + 1
    planned = reports.get(f"campaign-contacts/{row.pk}/timeline?call_seconds={seconds}")["planned"]
    assert [one["at"] for one in planned] == expected, "the contact's own timeline tells the same"
    assert dialed(stage, row, told, seconds) == expected
