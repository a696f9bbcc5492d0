"""Random batches against a small oracle that knows the rules and no database: verdicts and rows must be equal.

The same test runs on every database, so the writers are compared with each other through it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dialer.intake.contacts import add_contacts
from dialer.models import Campaign, CampaignContact, Contact
from tests.intake.making import NOW, campaign

NUMBERS = [f"+3319900000{n}" for n in range(4)]
LATER = NOW + timedelta(hours=5)


@dataclass
class Somebody:
    external_id: str | None
    name: str
    phones: list[list[Any]]  # number, do not disturb; the first is the main one


@dataclass
class Place:
    who: Somebody
    state: str = "waiting"
    reason: str = ""
    tags: list[str] = field(default_factory=list)
    next_number: str = ""
    due: Any = NOW


class Oracle:
    """Every rule in its plainest form: lists that are searched from the oldest on."""

    def __init__(self) -> None:
        self.people: list[Somebody] = []
        self.places: dict[int, list[Place]] = {0: [], 1: []}

    def add(self, where: int, item: dict[str, Any], policy: str) -> str:
        main, ext = item["phones"][0]["number"], item.get("external_id")
        person = next(
            (
                p
                for p in self.people
                if (p.external_id == ext if ext else p.external_id is None and p.phones[0][0] == main)
            ),
            None,
        )
        place = next((q for q in self.places[where] if q.who is person), None) if person else None
        if place is None:
            place = next(
                (q for q in self.places[where] if q.state != "finished" and q.who.phones[0][0] == main), None
            )
            if place is None:
                return self._create(where, person, item)
            if policy in ("merge", "rearm") and ext:
                if person or place.who.external_id:
                    return "rejected"
                place.who.external_id = ext
        if policy == "reject":
            return "rejected"
        if policy == "skip":
            return "skipped"
        self._update(place.who, item)
        place.tags += [tag for tag in item.get("tags", []) if tag not in place.tags]
        if policy == "rearm" and place.state == "finished" and place.reason != "suppressed":
            place.state, place.reason, place.due = "waiting", "", self._due(item)
            place.next_number = self._first(place.who, main)
            return "rearmed"
        if "not_before" in item and place.state == "waiting":
            place.due = self._due(item)
        return "merged"

    def _create(self, where: int, person: Somebody | None, item: dict[str, Any]) -> str:
        if person is None:
            person = Somebody(item.get("external_id"), "", [])
            self.people.append(person)
        self._update(person, item)
        main = item["phones"][0]["number"]
        self.places[where].append(
            Place(
                person,
                tags=list(item.get("tags", [])),
                next_number=self._first(person, main),
                due=self._due(item),
            )
        )
        return "created"

    @staticmethod
    def _due(item: dict[str, Any]) -> Any:
        return LATER if "not_before" in item else NOW

    @staticmethod
    def _update(person: Somebody, item: dict[str, Any]) -> None:
        person.name = item.get("name") or person.name
        for phone in item["phones"]:
            known = next((line for line in person.phones if line[0] == phone["number"]), None)
            if known is None:
                person.phones.append([phone["number"], bool(phone.get("do_not_disturb"))])
            elif phone.get("do_not_disturb") is not None:
                known[1] = phone["do_not_disturb"]

    @staticmethod
    def _first(person: Somebody, main: str) -> str:
        order = sorted(person.phones, key=lambda line: line[0] != main)
        return next((number for number, quiet in order if not quiet), main)

    def finish(self, where: int, position: int, reason: str) -> None:
        if self.places[where]:
            place = self.places[where][position % len(self.places[where])]
            if place.state == "waiting":
                place.state, place.reason, place.next_number, place.due = "finished", reason, "", None


phones = st.lists(
    st.fixed_dictionaries(
        {"number": st.sampled_from(NUMBERS)}, optional={"do_not_disturb": st.sampled_from([True, False])}
    ),
    min_size=1,
    max_size=3,
    unique_by=lambda phone: phone["number"],
)
items = st.fixed_dictionaries(
    {"phones": phones},
    optional={
        "external_id": st.sampled_from(["a", "b", "c"]),
        "name": st.sampled_from(["Ana", "Bia\tb\\n", 'C "c"\n']),
        "tags": st.lists(st.sampled_from(["x", "y", "\\N"]), unique=True, max_size=2),
        "not_before": st.just(LATER.isoformat()),
    },
)
steps = st.lists(
    st.one_of(
        st.tuples(
            st.just("add"),
            st.integers(0, 1),
            st.lists(items, max_size=5),
            st.sampled_from(["reject", "skip", "merge", "rearm"]),
        ),
        st.tuples(
            st.just("finish"),
            st.integers(0, 1),
            st.integers(0, 5),
            st.sampled_from(["reached", "suppressed"]),
        ),
    ),
    max_size=7,
)


@pytest.mark.django_db
@settings(
    max_examples=100,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(steps=steps)
def test_verdicts_and_rows_equal_the_oracle(steps: list[Any]) -> None:
    oracle, targets = Oracle(), [campaign(), campaign()]
    CampaignContact.objects.all().delete()
    Contact.objects.all().delete()
    for kind, where, *rest in steps:
        if kind == "finish":
            _finish(targets[where], *rest)
            oracle.finish(where, *rest)
            continue
        batch, policy = rest
        verdicts = add_contacts(campaign_id=targets[where].pk, items=batch, on_duplicate=policy, now=NOW)
        said = {v["index"]: v["outcome"] for v in verdicts.accepted}
        said |= {v["index"]: "rejected" for v in verdicts.rejected}
        assert [said[n] for n in range(len(batch))] == [oracle.add(where, item, policy) for item in batch]
        assert _rows(targets) == _expected(oracle)


def _finish(target: Campaign, position: int, reason: str) -> None:
    rows = list(target.contacts.order_by("pk"))
    if rows and rows[position % len(rows)].state == "waiting":
        CampaignContact.objects.filter(pk=rows[position % len(rows)].pk).update(
            state="finished",
            finish_reason=reason,
            finished_at=NOW,
            next_attempt_at=None,
            due_at=None,
            next_phone=None,
        )


def _rows(targets: list[Campaign]) -> Any:
    people = [
        (
            person.external_id,
            person.name,
            [[line.number, line.do_not_disturb] for line in person.phones.order_by("position")],
        )
        for person in Contact.objects.order_by("pk")
    ]
    places = [
        [
            (
                row.contact.name,
                row.state,
                row.finish_reason,
                row.tags,
                row.next_phone.number if row.next_phone else "",
                row.due_at,
                row.next_attempt_at,
            )
            for row in target.contacts.order_by("pk").select_related("contact", "next_phone")
        ]
        for target in targets
    ]
    return people, places


def _expected(oracle: Oracle) -> Any:
    people = [(person.external_id, person.name.strip(), person.phones) for person in oracle.people]
    places = [
        [
            (q.who.name.strip(), q.state, q.reason, q.tags, q.next_number, q.due, q.due)
            for q in oracle.places[where]
        ]
        for where in (0, 1)
    ]
    return people, places
