"""Whether a provider can carry out a timeline itself: obstacles, waivers, all or nothing."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from dialer.rules.native import compile_retry
from dialer.rules.timeline import parse_steps
from providers.capabilities import NativeRetry
from providers.values import NativeStep
from providers.vocabulary import Remainder, Result, RetryScope, Unit

RICH = NativeRetry(
    scope=RetryScope.CAMPAIGN,
    smallest=Unit.HOUR,
    business_days=True,
    other_phone=True,
    max_steps=None,
    remainder=Remainder.SINGLE,
)
PLAIN = NativeRetry(scope=RetryScope.CALL, smallest=Unit.SECOND, largest=Unit.SECOND, uniform=True)
#: Promises everything: nothing is lost.
EXACT = NativeRetry(
    scope=RetryScope.CALL,
    smallest=Unit.SECOND,
    keeps_windows=True,
    remainder=Remainder.SHORTER,
    retries_on=frozenset(
        {
            Result.NO_ANSWER,
            Result.BUSY,
            Result.VOICEMAIL,
            Result.ABANDONED,
            Result.CARRIER_ERROR,
            Result.FAILED,
        }
    ),
)


def steps(*waits: str | dict[str, Any]) -> Any:
    return parse_steps([{"after": wait} if isinstance(wait, str) else wait for wait in waits])


def test_without_native_retry_the_core_retries() -> None:
    plan = compile_retry(steps("PT2H"), None, "native")
    assert (plan.mode, plan.native, plan.obstacles) == (
        "orchestrated",
        None,
        ("the provider cannot redial by itself",),
    )


def test_auto_takes_native_only_where_nothing_is_lost() -> None:
    assert compile_retry(steps("PT2H"), EXACT, "auto").mode == "native"
    lossy = compile_retry(steps("PT2H"), RICH, "auto")
    assert (lossy.mode, lossy.native, lossy.obstacles, len(lossy.waivers)) == ("orchestrated", None, (), 3)


def test_native_is_taken_with_its_waivers_named() -> None:
    plan = compile_retry(steps("PT2H", {"after": "P1D", "day_rule": "business"}), RICH, "native")
    assert plan.mode == "native"
    assert plan.native is not None
    assert plan.native.steps == (
        NativeStep(amount=2, unit=Unit.HOUR),
        NativeStep(amount=1, unit=Unit.DAY, business_day=True),
    )
    assert [waiver.split()[0] for waiver in plan.waivers] == ["after", "the", "after"]


def test_orchestrated_is_never_native() -> None:
    assert compile_retry(steps("PT2H"), EXACT, "orchestrated").mode == "orchestrated"


def test_a_timeline_without_steps_needs_nobody_to_redial() -> None:
    assert compile_retry((), EXACT, "native").mode == "orchestrated"


@pytest.mark.parametrize(
    ("timeline", "native", "obstacle"),
    [
        (("PT30M",), RICH, "step 1 waits PT30M, which is no whole number of hours or longer units"),
        (("P1DT2H",), RICH, "step 1 waits P1DT2H, which is no whole number of hours or longer units"),
        (("P1M",), PLAIN, "step 1 waits P1M, which is no whole number of seconds or longer units"),
        (({"after": "P1D", "day_rule": "business"},), PLAIN, "step 1 counts business days"),
        (("PT1H", {"after": "PT1H", "phone": "next"}), PLAIN, "step 2 goes to another number"),
        (("PT1H", "PT2H"), PLAIN, "the provider waits equally long before every attempt"),
        (
            ("PT1H", "PT1H"),
            NativeRetry(scope=RetryScope.CALL, smallest=Unit.SECOND, max_steps=1),
            "the provider takes 1 further attempts, the timeline has 2",
        ),
        (({"after": "PT1H", "on": ["busy"]},), EXACT, "step 1 follows other results than those after which"),
    ],
)
def test_an_obstacle_forbids_native_and_is_named(
    timeline: tuple[Any, ...], native: NativeRetry, obstacle: str
) -> None:
    plan = compile_retry(steps(*timeline), native, "native")
    assert (plan.mode, plan.native) == ("orchestrated", None)
    assert [said for said in plan.obstacles if said.startswith(obstacle)] == list(plan.obstacles)
    assert len(plan.obstacles) == 1


def test_gates_between_rings_forbid_native() -> None:
    plan = compile_retry(steps("PT2H"), EXACT, "native", gates=["calling windows", "attempt caps"])
    assert plan.mode == "orchestrated"
    assert plan.obstacles == (
        "between the provider's own redials no gate would be applied, and there are: calling windows, attempt caps",
    )


@pytest.mark.parametrize(
    ("wait", "written"),
    [
        ("PT30M", (1800, Unit.SECOND)),
        ("PT2H", (7200, Unit.SECOND)),
        ("PT45S", (45, Unit.SECOND)),
        ("P1D", (86_400, Unit.SECOND)),
        ("P1W", (604_800, Unit.SECOND)),
    ],
)
def test_a_wait_is_written_in_the_units_that_the_provider_counts_in(
    wait: str, written: tuple[int, Unit]
) -> None:
    plan = compile_retry(steps(wait, wait), PLAIN, "native")
    assert plan.native is not None
    assert [(step.amount, step.unit) for step in plan.native.steps] == [written, written]
    assert any("24 hours" in waiver for waiver in plan.waivers) == wait.startswith("P1")


def test_minutes_that_are_whole_hours_are_hours() -> None:
    plan = compile_retry(steps("PT120M"), RICH, "native")
    assert plan.native is not None
    assert plan.native.steps == (NativeStep(amount=2, unit=Unit.HOUR),)


def test_changing_a_campaign_that_is_not_ours_is_a_waiver() -> None:
    bound = compile_retry(steps("PT2H"), RICH, "native", is_bound=True)
    assert any("did not make" in waiver for waiver in bound.waivers)
    undocumented = NativeRetry(scope=RetryScope.CALL, smallest=Unit.SECOND, units_documented=False)
    assert any(
        "unit of the wait" in waiver
        for waiver in compile_retry(steps("PT2H"), undocumented, "native").waivers
    )


@pytest.mark.parametrize(
    ("remainder", "waiver"),
    [(Remainder.SHORTER, None), (Remainder.SINGLE, "one by one"), (Remainder.NONE, "is not called")],
)
def test_what_becomes_of_an_interrupted_plan_is_a_waiver_where_something_is_lost(
    remainder: Remainder, waiver: str | None
) -> None:
    found = compile_retry(steps("PT2H"), replace(EXACT, remainder=remainder), "native").waivers
    assert [waiver in said for said in found] == ([True] if waiver else [])
