"""Own what a provider can declare about itself; every default means "no" or the careful value.

Never asks a provider at run time: capabilities are data, and the conformance kit holds them to it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import timedelta

from providers.vocabulary import (
    CampaignSource,
    Catalogue,
    Correlate,
    Remainder,
    Result,
    RetryScope,
    Schedule,
    Seeing,
    Steering,
    Unit,
    Why,
)

#: Where a vendor does not say how soon its lists show a new call, nothing shorter is safe: believing an
#: absence too early is how people are called twice.
CAUTIOUS_VISIBLE_AFTER = timedelta(minutes=15)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rate:
    """How fast an account may be asked."""

    per_second: float

    def __post_init__(self) -> None:
        if self.per_second <= 0:
            raise ValueError("Rate.per_second must be above 0.")


@dataclass(frozen=True, slots=True, kw_only=True)
class NativeRetry:
    """What a provider's own retry plan can express, and what it promises."""

    scope: RetryScope
    max_steps: int | None = None  # None = no documented limit
    smallest: Unit  # the smallest unit of a wait
    largest: Unit = Unit.YEAR  # the largest one; longer waits must be written in smaller units
    uniform: bool = False  # one wait for all steps
    business_days: bool = False
    other_phone: bool = False
    retries_on: frozenset[Result] | None = None  # None = which results trigger it is not documented
    keeps_windows: bool = False  # native redials stay inside calling windows
    units_documented: bool = True
    remainder: Remainder = Remainder.NONE
    numbers_hooks: bool = False  # notifications say which ring they speak of; else they only say "look"


def _note(text: str) -> dict[str, str]:
    return {"note": text}


@dataclass(frozen=True, slots=True, kw_only=True)
class Capabilities:
    """What one provider can do; `notes` tells, per field, where its document says so or is silent."""

    campaigns: CampaignSource = field(
        default=CampaignSource.BIND,
        metadata=_note("Whether the remote campaign is created by us or must exist."),
    )
    steer: frozenset[Steering] = field(
        default=frozenset(), metadata=_note("What a remote campaign can be told.")
    )
    withdraw: bool = field(
        default=False, metadata=_note("Whether a call that has not rung can be taken back.")
    )
    withdraw_why: frozenset[Why] = field(
        default=frozenset(Why),
        metadata=_note("The reasons for which a withdrawal is possible, where it is possible at all."),
    )
    blocks: bool = field(
        default=False,
        metadata=_note(
            "Whether a withdrawal for a suppression puts the number on a list of the provider's own, for all campaigns."
        ),
    )
    batch_size: int = field(default=1, metadata=_note("The most orders that one push may carry."))
    schedule: Schedule = field(
        default=Schedule.NONE, metadata=_note("Which future times the provider keeps by itself.")
    )
    correlate: Correlate = field(
        default=Correlate.REF, metadata=_note("What a report carries to be matched by.")
    )
    one_live_per_phone: bool = field(
        default=False, metadata=_note("At most one live call a number and campaign.")
    )
    observe: Seeing = field(default=Seeing.EACH, metadata=_note("How calls are looked at."))
    observe_page: int = field(default=20, metadata=_note("The most calls that one observe may ask about."))
    visible_after: timedelta = field(
        default=CAUTIOUS_VISIBLE_AFTER,
        metadata=_note("How long after a request its absence may be believed."),
    )
    proves_absence: bool = field(
        default=True, metadata=_note("Whether a complete look proves that a call is not there.")
    )
    webhooks: bool = field(default=False, metadata=_note("Whether the provider notifies us."))
    native_retry: NativeRetry | None = field(
        default=None, metadata=_note("What the provider's own retry plan can express.")
    )
    results: frozenset[Result] = field(
        default=frozenset(), metadata=_note("The results that it can tell apart.")
    )
    browse: frozenset[Catalogue] = field(default=frozenset(), metadata=_note("What can be listed."))
    recordings: bool = field(default=False, metadata=_note("Whether recordings can be fetched."))
    rate: Rate | None = field(default=None, metadata=_note("The documented rate limit."))
    sessions: bool = field(default=False, metadata=_note("Whether it logs in for a session that can expire."))
    in_process: bool = field(
        default=False, metadata=_note("It lives in our own process: no network, no credentials.")
    )
    #: The vendor's document on one field, by field name; missing = the field's meaning says it all.
    notes: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        known = {item.name for item in fields(self)} - {"notes"}
        strange = sorted(set(self.notes) - known)
        if strange:
            raise ValueError(f"Capabilities.notes names no field: {', '.join(strange)}.")
        if self.batch_size < 1 or self.observe_page < 1:
            raise ValueError("Capabilities.batch_size and observe_page must be at least 1.")

    def can_withdraw(self, why: Why) -> bool:
        """Say whether a held call can be taken back for this reason."""
        return self.withdraw and why in self.withdraw_why

    def note(self, name: str) -> str:
        """Give the vendor's note on a field, else what the field means."""
        meaning = next(str(item.metadata["note"]) for item in fields(self) if item.name == name)
        return self.notes.get(name, meaning)

    @classmethod
    def meanings(cls) -> dict[str, str]:
        """List every field with what it means, in the order of the documentation."""
        return {item.name: str(item.metadata["note"]) for item in fields(cls) if "note" in item.metadata}
