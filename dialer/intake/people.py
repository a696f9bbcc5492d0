"""Finds the person of each record and applies the duplicate policy: `reject`, `skip`, `merge` or `rearm`.

Owns who is the same and what a duplicate changes; later rows see earlier ones. Never touches a database.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Literal, NamedTuple, cast
from uuid import UUID

from dialer.intake.known import Changes, Enrolment, Known, Line, Person
from dialer.intake.records import PhoneLine, Record, Refusal, fault
from dialer.models.campaigns import PRIORITY_DEFAULT
from dialer.models.ids import new_id

Policy = Literal["reject", "skip", "merge", "rearm"]
POLICIES: tuple[Policy, ...] = ("reject", "skip", "merge", "rearm")
Outcome = Literal["created", "skipped", "merged", "rearmed"]

_PERSON_FIELDS = ("name", "email", "language", "timezone")


class Placed(NamedTuple):
    """One accepted row."""

    row: int
    id: UUID
    external_id: str | None
    phone: str
    outcome: Outcome


class Placement:
    """Places the records of one batch, one after the other."""

    def __init__(self, known: Known, *, policy: Policy, now: datetime) -> None:
        self.known, self.policy, self.now = known, policy, now
        self.changes = Changes()
        self._new: set[UUID] = set()

    def place(self, record: Record) -> Placed | Refusal:
        """Decide on one record and take it into account for those that follow."""
        person = self._person(record)
        enrolment = self.known.enrolments.get(person.id) if person is not None else None
        if enrolment is not None:
            return self._duplicate(enrolment, record)
        twin = self.known.unfinished.get(record.main)
        if twin is not None:
            return self._shared_number(twin, person, record)
        return self._enrol(person, record)

    def _person(self, record: Record) -> Person | None:
        if record.external_id is not None:
            return self.known.by_external_id.get(record.external_id)
        return self.known.nameless.get(record.main)

    # -- new ---------------------------------------------------------------------------------------------------

    def _enrol(self, person: Person | None, record: Record) -> Placed:
        if person is None:
            person = self._new_person(record)
        else:
            self._update_person(person, record)
        wanted = cast(Line, person.line(record.main))
        due = _later(self.now, record.not_before)
        enrolment = Enrolment(
            id=new_id(),
            person=person,
            priority=PRIORITY_DEFAULT if record.priority is None else record.priority,
            not_before=record.not_before,
            not_after=record.not_after,
            due_at=due,
            next_attempt_at=due,
            next_line=wanted if wanted.is_usable else person.first_usable(wanted),
            attributes=record.attributes or {},
            tags=record.tags or [],
        )
        self._new.add(enrolment.id)
        self.changes.new_enrolments.append(enrolment)
        self.known.enrol(enrolment)
        return Placed(record.index, enrolment.id, person.external_id, record.main, "created")

    def _new_person(self, record: Record) -> Person:
        lines = [
            _line(position, phone, is_main=phone.number == record.main)
            for position, phone in enumerate(record.phones)
        ]
        person = Person(
            new_id(),
            record.external_id,
            record.name or "",
            record.email,
            record.language,
            record.timezone,
            lines,
        )
        self._new.add(person.id)
        self.changes.new_people.append(person)
        self.changes.new_lines.extend([(person, line) for line in lines])
        if person.external_id is not None:
            self.known.by_external_id[person.external_id] = person
        else:
            self.known.nameless[record.main] = person
        return person

    # -- known already -----------------------------------------------------------------------------------------

    def _shared_number(self, twin: Enrolment, person: Person | None, record: Record) -> Placed | Refusal:
        """Somebody unfinished in this campaign has the same main number."""
        other = twin.person
        if self.policy in ("merge", "rearm") and record.external_id is not None:
            if person is not None or other.external_id is not None:
                # Two people whom the caller tells apart: their data must not run into each other.
                detail = (
                    f"another person (campaign contact {twin.id}) is waiting in this campaign with the same main "
                    "phone and cannot be merged with this external_id; give one of them another main phone"
                )
                return Refusal(record.index, [fault("/phone", "duplicate", detail)])
            self.known.nameless.pop(record.main, None)
            self.known.by_external_id[record.external_id] = other
            other.external_id = record.external_id
            self._touch(other)
        return self._duplicate(twin, record)

    def _duplicate(self, enrolment: Enrolment, record: Record) -> Placed | Refusal:
        person = enrolment.person
        if self.policy == "reject":
            same = record.external_id is not None and record.external_id == person.external_id
            detail = f"this campaign has the contact already (campaign contact {enrolment.id})"
            return Refusal(record.index, [fault("/external_id" if same else "/phone", "duplicate", detail)])
        if self.policy == "skip":
            main = person.main
            number = record.main if main is None else main.number
            return Placed(record.index, enrolment.id, person.external_id, number, "skipped")
        outcome = self._merge(enrolment, record)
        return Placed(record.index, enrolment.id, person.external_id, record.main, outcome)

    def _merge(self, enrolment: Enrolment, record: Record) -> Outcome:
        person = enrolment.person
        self._update_person(person, record)
        if record.attributes:
            enrolment.attributes = enrolment.attributes | record.attributes
        if record.tags:
            enrolment.tags = list(dict.fromkeys([*enrolment.tags, *record.tags]))
        if record.priority is not None:
            enrolment.priority = record.priority
        if record.not_before is not None or record.not_after is not None:
            self._set_dates(enrolment, record)
        self.known.enrol(enrolment)  # its person may have got a main number only now
        if enrolment.id not in self._new and enrolment.id not in self.changes.rearmed:
            self.changes.merged[enrolment.id] = enrolment
        if self.policy == "rearm" and enrolment.is_finished and not enrolment.is_suppressed:
            return self._rearm(enrolment, record)
        if enrolment.is_waiting:
            self._look_again(enrolment, record)
        return "merged"

    def _set_dates(self, enrolment: Enrolment, record: Record) -> None:
        enrolment.not_before = record.not_before or enrolment.not_before
        enrolment.not_after = record.not_after or enrolment.not_after

    def _look_again(self, enrolment: Enrolment, record: Record) -> None:
        """Let the gates judge again what they held; a first call follows its new `not_before`."""
        if record.not_before is not None and not enrolment.attempt_count:
            enrolment.due_at = enrolment.next_attempt_at = _later(self.now, record.not_before)
            enrolment.hold = None
        elif enrolment.hold is not None:
            enrolment.next_attempt_at = _later(self.now, enrolment.due_at)
            enrolment.hold = None

    def _rearm(self, enrolment: Enrolment, record: Record) -> Outcome:
        wanted = cast(Line, enrolment.person.line(record.main))
        enrolment.next_line = enrolment.person.first_usable(wanted)
        enrolment.due_at = enrolment.next_attempt_at = _later(self.now, record.not_before)
        enrolment.is_finished, enrolment.is_waiting, enrolment.hold = False, True, None
        self.changes.merged.pop(enrolment.id, None)
        self.changes.rearmed[enrolment.id] = enrolment
        self.known.enrol(enrolment)
        return "rearmed"

    def _update_person(self, person: Person, record: Record) -> None:
        """Take over what the record gives; what it leaves out stays."""
        for field in _PERSON_FIELDS:
            given = getattr(record, field)
            if given and given != getattr(person, field):
                setattr(person, field, given)
                self._touch(person)
        for phone in record.phones:
            line = person.line(phone.number)
            if line is None:
                self._add_line(person, phone)
            else:
                self._update_line(person, line, phone)

    def _add_line(self, person: Person, phone: PhoneLine) -> None:
        position = max((line.position for line in person.lines), default=-1) + 1
        line = _line(position, phone, is_main=person.main is None)
        person.lines.append(line)
        self.changes.new_lines.append((person, line))
        self._new.add(line.id)
        self._touch(person)

    def _update_line(self, person: Person, line: Line, phone: PhoneLine) -> None:
        kind = phone.type or line.type
        quiet = line.do_not_disturb if phone.do_not_disturb is None else phone.do_not_disturb
        if (kind, quiet) == (line.type, line.do_not_disturb):
            return
        line.type, line.do_not_disturb = kind, quiet
        if person.id not in self._new and line.id not in self._new:
            self.changes.lines[line.id] = line
        self._touch(person)

    def _touch(self, person: Person) -> None:
        if person.id not in self._new:
            self.changes.people[person.id] = person


def _line(position: int, phone: PhoneLine, *, is_main: bool) -> Line:
    return Line(
        id=new_id(),
        number=phone.number,
        type=phone.type or "other",
        position=position,
        is_main=is_main,
        do_not_disturb=bool(phone.do_not_disturb),
        country=phone.country,
    )


def _later(now: datetime, other: datetime | None) -> datetime:
    return other if other is not None and other > now else now


def place_all(
    known: Known, records: Sequence[Record], *, policy: Policy, now: datetime
) -> tuple[list[Any], Changes]:
    """Place the records of a batch in their order; returns a verdict a record and what is to be written."""
    placement = Placement(known, policy=policy, now=now)
    return [placement.place(record) for record in records], placement.changes
