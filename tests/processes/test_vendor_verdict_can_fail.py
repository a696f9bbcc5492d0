"""A verdict that can't fail proves nothing: a campaign that went as scripted passes, each way to go wrong is found."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest

from providers.sandbox.line import digits
from tests.processes.vendor_runs import PEOPLE
from tests.processes.vendor_verdict import (
    FINAL,
    assert_a_no_is_kept,
    assert_everybody_ended_rightly,
    assert_the_ledger_is_ours,
    life,
)
from tests.processes.vendors import ENDINGS, VENDORS, number

NUMBERS = [number(place) for place in range(PEOPLE)]


class Told:
    """What a stage and a sandbox would tell of a campaign, to be falsified."""

    def __init__(self, slug: str) -> None:
        lives = {
            each: life(each, VENDORS[slug], is_lost=slug == "nrs360" and each.endswith("08"))
            for each in NUMBERS
        }
        self.results = {each: list(results) for each, (results, _) in lives.items()}
        self.reasons = {each: reason for each, (_, reason) in lives.items()}
        self.rung = [
            each
            for each, results in self.results.items()
            for result in results
            if ENDINGS[each[-2:]] and result != "unknown"
        ]
        self.listed = [each for each in NUMBERS if FINAL.get(self.results[each][-1]) == "suppressed"]  # type: ignore[call-overload]

    def read(self, statement: str) -> list[tuple[Any, ...]]:
        """Answer the verdict's three questions."""
        if "dialer_suppression" in statement:
            return [(each,) for each in self.listed]
        if "dialer_attempt" in statement:
            return [
                (each, "rejected" if not ENDINGS[each[-2:]] else "ended", result, result == "unknown")
                for each, results in self.results.items()
                for result in results
            ]
        return [
            (each, self.reasons[each], results[-1], len(results)) for each, results in self.results.items()
        ]

    def judge(self, slug: str, *, is_calm: bool) -> None:
        """Hold it to the verdict."""
        rings = [SimpleNamespace(phone=digits(each), ref=None) for each in self.rung]
        sandbox: Any = SimpleNamespace(sandbox=SimpleNamespace(line=SimpleNamespace(rings=rings)))
        stage: Any = self
        assert_the_ledger_is_ours(stage, slug, sandbox)
        assert_everybody_ended_rightly(stage, slug, people=PEOPLE, is_calm=is_calm)
        assert_a_no_is_kept(stage, slug)


def rings_twice(told: Told) -> None:
    told.rung.append(NUMBERS[0])


def is_forgotten(told: Told) -> None:
    told.rung.remove(NUMBERS[0])


def ends_for_another_reason(told: Told) -> None:
    told.reasons[NUMBERS[0]] = "exhausted"


def has_another_result(told: Told) -> None:
    told.results[NUMBERS[0]] = ["failed"]


def is_called_too_often(told: Told) -> None:
    told.results[NUMBERS[1]].append(told.results[NUMBERS[1]][-1])
    told.rung.append(NUMBERS[1])


def loses_a_no(told: Told) -> None:
    told.listed.append(NUMBERS[0])


def is_unknown_though_it_rang(told: Told) -> None:
    told.results[NUMBERS[0]], told.reasons[NUMBERS[0]] = ["unknown"], "exhausted"


WRONGS = (
    rings_twice,
    is_forgotten,
    ends_for_another_reason,
    has_another_result,
    is_called_too_often,
    loses_a_no,
)


@pytest.mark.parametrize("slug", sorted(VENDORS))
@pytest.mark.parametrize("is_calm", [True, False])
def test_a_campaign_that_went_as_scripted_passes(slug: str, is_calm: bool) -> None:
    Told(slug).judge(slug, is_calm=is_calm)


@pytest.mark.parametrize("slug", sorted(VENDORS))
@pytest.mark.parametrize("wrong", WRONGS)
def test_what_went_wrong_is_found_in_every_weather(slug: str, wrong: Callable[[Told], None]) -> None:
    for is_calm in (True, False):
        told = Told(slug)
        wrong(told)
        with pytest.raises(AssertionError):
            told.judge(slug, is_calm=is_calm)


@pytest.mark.parametrize("slug", ["targg", "ujet", "diabolocom", "nrs360"])
def test_nothing_that_rang_may_end_unknown_where_it_can_be_found(slug: str) -> None:
    told = Told(slug)
    is_unknown_though_it_rang(told)
    with pytest.raises(AssertionError):
        told.judge(slug, is_calm=False)


@pytest.mark.parametrize("slug", sorted(VENDORS))
def test_in_calm_nothing_more_ends_unknown(slug: str) -> None:
    told = Told(slug)
    is_unknown_though_it_rang(told)
    told.rung.remove(NUMBERS[0])
    with pytest.raises(AssertionError):
        told.judge(slug, is_calm=True)


def test_what_360nrs_never_had_may_end_unknown_in_a_storm() -> None:
    told = Told("nrs360")
    is_unknown_though_it_rang(told)
    told.rung.remove(NUMBERS[0])
    told.judge("nrs360", is_calm=False)
