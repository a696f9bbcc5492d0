"""Own how a seed becomes a world: its accounts, campaigns, timelines and people, and how bad its weather is.

Makes rows through the factories and nothing else; whatever it makes is legal input.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

from dialer.models import Campaign, Contact, ProviderAccount
from tests import factories
from tests.scenarios.simulation.judge import RING_SECONDS, TALK_SECONDS
from tests.scenarios.simulation.places import FAMILIES, LONDON

#: Days with something in them: changes of the clocks, holidays, ends of month and year; others are drawn.
DAYS = (
    datetime(2026, 3, 6, tzinfo=UTC),  # New York puts its clocks on two days later
    datetime(2026, 3, 27, tzinfo=UTC),  # Europe does two days later
    datetime(2026, 4, 2, tzinfo=UTC),  # before Good Friday
    datetime(2026, 10, 23, tzinfo=UTC),  # Europe puts its clocks back two days later
    datetime(2026, 12, 23, tzinfo=UTC),
    datetime(2026, 2, 27, tzinfo=UTC),
)
MAGIC = ("00", "01", "02", "03", "04", "05", "06", "07", "08")
STEP_WAITS = ("PT5S", "PT30S", "PT10M", "PT2H", "PT26H", "P1D", "P2D", "P3D")
STEP_RESULTS = (
    [],
    [],
    [],
    ["busy"],
    ["no_answer", "voicemail"],
    ["failed", "carrier_error", "abandoned"],
    ["unknown"],
    ["invalid_number", "no_answer"],
    ["rejected", "busy"],
)
WEEK = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
WINDOWS: tuple[list[dict[str, Any]], ...] = (
    [],
    [],
    [{"days": WEEK, "start": "09:00", "end": "18:00"}],
    [
        {"days": WEEK[:5], "start": "08:30", "end": "12:00"},
        {"days": WEEK[:5], "start": "14:00", "end": "20:15"},
    ],
    [{"days": WEEK, "start": "00:00", "end": "24:00"}],
    # Overnight is two entries.
    [{"days": WEEK, "start": "20:00", "end": "24:00"}, {"days": WEEK, "start": "00:00", "end": "02:30"}],
    [{"days": ["sat", "sun"], "start": "10:00", "end": "17:00"}],
)
ZONES = ("contact", "contact", "America/Sao_Paulo", "Europe/Berlin", "Asia/Kolkata")


@dataclass(frozen=True, slots=True)
class Plan:
    """The weather of a world: how often what goes wrong, until when."""

    begins: datetime
    fault_rate: float  # of requests
    kill_rate: float  # of ticks
    between_rate: float  # of points at which another worker could run
    skip_rate: float  # of ticks whose message is lost
    stormy: timedelta  # all of it is over then
    operators: int  # what people do, in number


def plan_of(seed: int) -> Plan:
    """Draw the weather."""
    rng = Random(f"plan {seed}")
    day = (
        rng.choice(DAYS)
        if rng.random() < 0.4
        else datetime(2026, 1, 1, tzinfo=UTC) + timedelta(days=rng.randrange(360))
    )
    badness = rng.choice((0.0, 0.15, 0.4, 0.7))
    return Plan(
        begins=day + timedelta(seconds=rng.randrange(86_400)),
        fault_rate=badness * rng.random(),
        kill_rate=rng.choice((0.0, 0.2, 0.5)) * (badness > 0),
        between_rate=rng.choice((0.0, 0.03, 0.1)),
        skip_rate=rng.choice((0.0, 0.1, 0.4)),
        stormy=timedelta(hours=rng.choice((1, 6, 48))),
        operators=rng.choice((0, 3, 8, 14)),
    )


class Maker:
    """Make the rows of a world from one stream of chance."""

    def __init__(self, seed: int, begins: datetime) -> None:
        self.rng = Random(f"rows {seed}")
        self.begins = begins
        self.numbers: list[str] = []
        #: A world of one place has few zones to wait for; most have one or two.
        self.families = self.rng.sample(FAMILIES, self.rng.choice((1, 1, 2, 3)))
        if self.rng.random() < 0.3:
            self.families = [LONDON]

    def maybe(self, chance: float, *values: Any) -> Any:
        """Give one of the values with this chance, else None."""
        return self.rng.choice(values) if self.rng.random() < chance else None

    def account(self) -> ProviderAccount:
        """Make a provider account."""
        rng = self.rng
        visible = rng.choice((5, 15, 60, 120))
        return factories.account(
            max_requests_per_second=self.maybe(0.4, 0.5, 2.0, 10.0),
            max_concurrent_calls=self.maybe(0.4, 1, 2, 5),
            visible_after_seconds=visible,
            give_up_after_seconds=rng.choice((max(visible, 300), 3600, 21_600)),
            settings={
                "ring_after_seconds": rng.choice((0, 1, 1, 5, 25)),
                "ring_seconds": RING_SECONDS,
                "talk_seconds": TALK_SECONDS,
            },
        )

    def _step(self) -> dict[str, Any]:
        after = self.rng.choice(STEP_WAITS)
        return {
            "after": after,
            "day_rule": "business" if after.endswith("D") and self.rng.random() < 0.5 else "any",
            "phone": self.rng.choice(("same", "same", "next")),
            "on": self.rng.choice(STEP_RESULTS),
        }

    def campaign(self, account: ProviderAccount) -> Campaign:
        """Make a draft campaign."""
        rng = self.rng
        starts_at = self.begins + timedelta(minutes=rng.randrange(600)) if rng.random() < 0.15 else None
        ends_at = self.begins + timedelta(hours=rng.randrange(12, 96)) if rng.random() < 0.15 else None
        return factories.campaign(
            provider_account=account,
            retry_timeline=factories.timeline([self._step() for _ in range(rng.randrange(5))]),
            purpose=rng.choice(("service", "service", "marketing")),
            calling_windows=rng.choice(WINDOWS),
            timezone=rng.choice(ZONES),
            holidays=rng.choice(("ignore", "observe")),
            starts_at=starts_at,
            ends_at=ends_at,
            priority=rng.randrange(11),
            max_attempts_per_contact=self.maybe(0.2, 1, 2, 3),
            max_attempts_per_day=self.maybe(0.2, 1, 2),
            daily_call_limit=self.maybe(0.15, 3, 8),
            auto_complete=rng.random() < 0.2,
        )

    def _phone(self, position: int) -> dict[str, Any]:
        rng = self.rng
        if self.numbers and rng.random() < 0.08:
            number = rng.choice(self.numbers)  # a family's, shared
        else:
            ending = rng.choice(MAGIC) if rng.random() < 0.6 else f"{rng.randrange(9, 100):02d}"
            number = rng.choice(self.families).number(rng, ending)
            self.numbers.append(number)
        return {
            "number": number,
            "position": position,
            "is_main": position == 0,
            "do_not_disturb": rng.random() < 0.05,
        }

    def person(self) -> Contact:
        """Make a person with one to three numbers, of which another person may have one, too."""
        phones = {
            phone["number"]: phone
            for phone in (self._phone(place) for place in range(self.rng.choice((1, 1, 2, 3))))
        }
        zone = self.maybe(0.15, "America/Sao_Paulo", "Europe/London", "Etc/Unknown")
        return factories.contact(list(phones.values()), timezone=zone)

    def enrol(self, campaign: Campaign, now: datetime, *, known: float = 0.15) -> Any:
        """Enrol a person, sometimes one who is in another campaign already."""
        rng = self.rng
        elsewhere = list(Contact.objects.exclude(enrolments__campaign=campaign).order_by("pk"))
        person = rng.choice(elsewhere) if elsewhere and rng.random() < known else self.person()
        return factories.enrolled(
            campaign=campaign,
            contact=person,
            priority=rng.randrange(11),
            next_phone=person.phones.order_by("-is_main", "position").first(),
            not_before=self.maybe(0.05, now + timedelta(minutes=30)),
            not_after=self.maybe(0.05, now + timedelta(hours=5)),
        )
