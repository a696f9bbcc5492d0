"""What comes after an attempt, judged without a row: the next step, its number and its instant, or the end.

Owns that judgement for decisions, for a contact's timeline and for previews alike; never reads and never writes.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from dialer.gates.facts import Candidate, PhoneFacts
from dialer.gates.time_gates import zone_of
from dialer.rules import dispositions
from dialer.rules.dispositions import Meaning
from dialer.rules.holidays import is_business_day, place_of
from dialer.rules.places import Place
from dialer.rules.timeline import Step, due_after
from dialer.rules.transitions import FinishReason
from providers.vocabulary import Result


@dataclass(frozen=True, slots=True)
class Over:
    """No attempt follows: how the contact ends."""

    reason: FinishReason
    detail: str


@dataclass(frozen=True, slots=True)
class Choice:
    """An attempt follows: its step and its number; no number leaves it to the gate that refuses that."""

    step: int
    phone: PhoneFacts | None


def final(result: Result, meaning: Meaning | None = None) -> Over | None:
    """Say how a contact ends whatever its timeline says: reached, asked not to be called, or done with."""
    reason = dispositions.ending(result, meaning)
    if reason is None:
        return None
    # An outcome is told as the reason only where the result alone would have ended otherwise.
    is_by_outcome = meaning is not None and reason is not dispositions.ending(result, None)
    return Over(reason, meaning.code if meaning is not None and is_by_outcome else result.value)


def choose(
    steps: Sequence[Step],
    used: Collection[int],
    result: Result,
    *,
    phones: Sequence[PhoneFacts],
    rung: UUID | None,
    dead: Collection[UUID] = (),
    meaning: Meaning | None = None,
) -> Choice | Over:
    """Choose step and number after a result; `rung` is the number of the attempt that ended, `dead` are numbers
    found not to exist.
    """
    index = dispositions.next_step(steps, used, result, meaning)
    wants_next = index is not None and steps[index].phone == "next"
    phone = _usable(phones, rung, dead, wants_next=wants_next)
    if phone is None and result is Result.INVALID_NUMBER:
        return Over(FinishReason.UNCALLABLE, result.value)
    if index is None:
        return Over(FinishReason.EXHAUSTED, result.value)
    return Choice(index, phone)


def _usable(
    phones: Sequence[PhoneFacts], rung: UUID | None, dead: Collection[UUID], *, wants_next: bool
) -> PhoneFacts | None:
    """Choose the number of the next attempt as the step asks, among those that may still be rung."""
    alive = [phone for phone in phones if phone.is_usable and phone.id not in dead]
    place = next((n for n, phone in enumerate(phones) if phone.id == rung), -1)
    turned = [*phones[place + 1 :], *phones[: place + 1]]
    if not wants_next and place >= 0:
        if phones[place].suppressed_by:
            return phones[place]  # the gate will refuse it: another number would be a way round a no
        turned = [phones[place], *turned[:-1]]
    return next((phone for phone in turned if phone in alive), None)


def due_at(step: Step, ended_at: datetime, candidate: Candidate) -> datetime:
    """Give the instant that a step asks for, on the candidate's number, in the zone that counts its days."""
    return due_after(step, ended_at, zone_of(candidate), business_days(candidate.phone))


def business_days(phone: PhoneFacts | None) -> Callable[[date], bool]:
    """Say which days are business days where the number is; without a calendar Monday to Friday."""
    place = place_of(phone.number) if phone and phone.number else Place(phone.country) if phone else None

    def is_business(day: date) -> bool:
        return is_business_day(day, place.country, place.region) if place else day.weekday() < 5

    return is_business
