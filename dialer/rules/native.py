"""Own whether a provider can carry out a retry timeline by itself, and what that would cost in promises.

All or nothing: never a part of the timeline by the provider and the rest by us. Never asks a provider.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from dialer.rules.durations import Duration
from dialer.rules.timeline import RETRYABLE, Step
from providers.capabilities import NativeRetry
from providers.values import NativePlan, NativeStep
from providers.vocabulary import Remainder, RetryScope, Unit

Mode = Literal["auto", "native", "orchestrated"]

_SECONDS = {Unit.SECOND: 1, Unit.MINUTE: 60, Unit.HOUR: 3600}
#: What is lost when a plan is interrupted: by a pause, or by an order that was refused.
_INTERRUPTED = {
    Remainder.SINGLE: "after a pause or a refused order the dialer makes the calls that are left of that contact's "
    "timeline one by one, each without the provider's redials",
    Remainder.NONE: "after a pause or a refused order the rest of that contact's timeline is not called: the contact "
    "ends as exhausted",
}
#: Waits that are counted on a calendar; a day is no fixed number of hours where clocks change.
_CALENDAR = {"days": Unit.DAY, "weeks": Unit.WEEK, "months": Unit.MONTH, "years": Unit.YEAR}
_DAY_SECONDS = {Unit.DAY: 86_400, Unit.WEEK: 604_800}


@dataclass(frozen=True, slots=True, kw_only=True)
class RetryPlan:
    """Who owns the retries; `obstacles` make native impossible, `waivers` are promises that native gives up."""

    mode: Literal["native", "orchestrated"]
    native: NativePlan | None = None
    obstacles: tuple[str, ...] = ()
    waivers: tuple[str, ...] = ()


def compile_retry(
    steps: Sequence[Step],
    native: NativeRetry | None,
    mode: Mode,
    *,
    gates: Sequence[str] = (),
    is_bound: bool = False,
) -> RetryPlan:
    """Compile a timeline into what a provider can do itself, as far as `mode` wants that.

    `gates` names what would have to be asked between two rings (windows, caps, ...): the provider asks nothing.
    `is_bound`: the remote campaign is not of our making. `auto` takes native only where nothing at all is lost.
    """
    if native is None:
        return RetryPlan(mode="orchestrated", obstacles=("the provider cannot redial by itself",))
    written = [_written(step.after, native) for step in steps]
    obstacles = [*_obstacles(steps, written, native), *_gate_obstacles(gates)]
    waivers = _waivers(steps, native, is_bound)
    lossless = not obstacles and not waivers
    if not steps or obstacles or mode == "orchestrated" or (mode == "auto" and not lossless):
        return RetryPlan(mode="orchestrated", obstacles=tuple(obstacles), waivers=tuple(waivers))
    plan = NativePlan(
        steps=tuple(
            NativeStep(
                amount=wait[0],
                unit=wait[1],
                business_day=step.day_rule == "business",
                other_phone=step.phone == "next",
            )
            for step, wait in zip(steps, written, strict=True)
            if wait is not None
        )
    )
    return RetryPlan(mode="native", native=plan, waivers=tuple(waivers))


def _written(after: Duration, native: NativeRetry) -> tuple[int, Unit] | None:
    """Write a wait in one unit that the provider counts in; None if there is none."""
    parts = [(getattr(after, name), unit) for name, unit in _CALENDAR.items() if getattr(after, name)]
    elapsed = int(after.elapsed.total_seconds())
    if not parts:
        return _elapsed(elapsed, native)
    if len(parts) > 1 or elapsed:
        return None
    amount, unit = parts[0]
    if unit.value <= native.largest.value:
        return amount, unit
    return _elapsed(amount * _DAY_SECONDS[unit], native) if unit in _DAY_SECONDS else None


def _elapsed(seconds: int, native: NativeRetry) -> tuple[int, Unit] | None:
    """Write seconds in the largest unit of fixed length that divides them and that the provider counts in."""
    for unit in (Unit.HOUR, Unit.MINUTE, Unit.SECOND):
        is_known = native.smallest.value <= unit.value <= native.largest.value
        if is_known and seconds and seconds % _SECONDS[unit] == 0:
            return seconds // _SECONDS[unit], unit
    return None


def _obstacles(
    steps: Sequence[Step], written: Sequence[tuple[int, Unit] | None], native: NativeRetry
) -> list[str]:
    found = []
    if native.max_steps is not None and len(steps) > native.max_steps:
        found.append(f"the provider takes {native.max_steps} further attempts, the timeline has {len(steps)}")
    for place, (step, wait) in enumerate(zip(steps, written, strict=True), start=1):
        if wait is None:
            unit = native.smallest.name.lower()
            found.append(
                f"step {place} waits {step.after}, which is no whole number of {unit}s or longer units"
            )
        if step.day_rule == "business" and not native.business_days:
            found.append(f"step {place} counts business days, which the provider does not know")
        if step.phone == "next" and not native.other_phone:
            found.append(f"step {place} goes to another number, which the provider cannot do")
        if native.retries_on is not None and (step.on or RETRYABLE) != native.retries_on:
            found.append(f"step {place} follows other results than those after which the provider redials")
    if native.uniform and len({wait for wait in written if wait is not None}) > 1:
        found.append("the provider waits equally long before every attempt, the timeline does not")
    return found


def _gate_obstacles(gates: Sequence[str]) -> list[str]:
    if not gates:
        return []
    return [f"between the provider's own redials no gate would be applied, and there are: {', '.join(gates)}"]


def _waivers(steps: Sequence[Step], native: NativeRetry, is_bound: bool) -> list[str]:
    found = []
    if native.retries_on is None:
        found.append("after which results the provider redials is not documented")
    if not native.keeps_windows:
        found.append(
            "the provider's redials pass no gate: a suppression between two rings stops the next one only if the "
            "provider still takes it back"
        )
    if native.scope is RetryScope.CAMPAIGN and is_bound:
        found.append("it changes the settings of a remote campaign that the dialer did not make")
    if native.remainder in _INTERRUPTED:
        found.append(_INTERRUPTED[native.remainder])
    if not native.units_documented:
        found.append("the unit of the wait is not documented by the provider")
    if any(step.after.calendar and native.largest.value < Unit.DAY.value for step in steps):
        found.append("days are counted as 24 hours, an hour off where the clocks change in between")
    return found
