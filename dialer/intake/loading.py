"""Reads what is known of the people that a batch can meet, and locks them in the order of the engine.

Owns the way from rows to `known.py`; never writes. Persons by rising id first, then their enrolments.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Any, NamedTuple
from uuid import UUID

from dialer.intake.known import Enrolment, Known, Line, Person
from dialer.models import CampaignContact, Contact, ContactPhone
from dialer.rules.transitions import ContactState, FinishReason


class Found(NamedTuple):
    """Ids of the people that the keys of a batch lead to."""

    named: list[UUID]
    nameless: list[tuple[str, UUID]]
    unfinished: list[tuple[str, UUID]]


def load(found: Found, *, campaign_id: UUID, for_merge: bool) -> Known:
    """Lock and read these people with their numbers and their enrolments in the campaign."""
    known = Known()
    ids = {*found.named, *(person for _, person in (*found.nameless, *found.unfinished))}
    if not ids:
        return known
    people = _people(ids)
    _read_lines(people)
    for person in people.values():
        if person.external_id is not None:
            known.by_external_id[person.external_id] = person
    for number, person_id in found.nameless:
        known.nameless[number] = people[person_id]
    for enrolment in _enrolments(people, campaign_id, for_merge):
        known.enrol(enrolment)
    return known


def _people(ids: Collection[UUID]) -> dict[UUID, Person]:
    # Under their lock nobody merges, claims or enrols the same people in another order.
    rows = (
        Contact.objects.filter(pk__in=ids)
        .order_by("pk")
        .select_for_update(no_key=True)
        .values_list("pk", "external_id", "name", "email", "language", "timezone", "version")
    )
    return {row[0]: Person(*row[:6], lines=[], version=row[6]) for row in rows}


def _read_lines(people: dict[UUID, Person]) -> None:
    rows: Iterable[Any] = (
        ContactPhone.objects.filter(contact__in=people)
        .order_by("contact", "position", "pk")
        .values_list(
            "contact",
            "pk",
            "number",
            "type",
            "position",
            "is_main",
            "do_not_disturb",
            "country",
            "uncallable_at",
        )
    )
    for person_id, pk, number, kind, position, is_main, quiet, country, uncallable_at in rows:
        line = Line(pk, number, kind, position, is_main, quiet, country, uncallable_at is not None)
        people[person_id].lines.append(line)


_COLUMNS = (
    "pk",
    "contact",
    "state",
    "finish_reason",
    "hold_gate",
    "hold_reason",
    "hold_until",
    "attempt_count",
    "priority",
    "not_before",
    "not_after",
    "due_at",
    "next_attempt_at",
    "attributes",
    "tags",
    "version",
)


def _enrolments(people: dict[UUID, Person], campaign_id: UUID, for_merge: bool) -> list[Enrolment]:
    rows = CampaignContact.objects.filter(campaign=campaign_id, contact__in=people).order_by("pk")
    if for_merge:
        rows = rows.select_for_update(no_key=True)
    return [_enrolment(people, *row) for row in rows.values_list(*_COLUMNS)]


def _enrolment(
    people: dict[UUID, Person],
    pk: UUID,
    person_id: UUID,
    state: str,
    finish_reason: str,
    gate: str,
    reason: str,
    until: Any,
    *rest: Any,
) -> Enrolment:
    attempt_count, priority, not_before, not_after, due_at, next_attempt_at, attributes, tags, version = rest
    return Enrolment(
        id=pk,
        person=people[person_id],
        is_finished=state == ContactState.FINISHED,
        is_suppressed=finish_reason == FinishReason.SUPPRESSED,
        is_waiting=state == ContactState.WAITING,
        hold=(gate, reason, until) if gate else None,
        attempt_count=attempt_count,
        priority=priority,
        not_before=not_before,
        not_after=not_after,
        due_at=due_at,
        next_attempt_at=next_attempt_at,
        attributes=attributes,
        tags=tags,
        version=version,
    )
