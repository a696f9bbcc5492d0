"""Reads the facts that gates judge by, in a fixed number of queries whatever the number of contacts.

Owns the queries; never judges and never writes.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from django.db.models import Count, Q, Sum

from dialer.gates import budgets
from dialer.gates.facts import AccountFacts, CampaignFacts, Candidate, PhoneFacts
from dialer.gates.time_gates import day_bounds
from dialer.models import (
    Attempt,
    Campaign,
    CampaignContact,
    Contact,
    ContactPhone,
    ProviderAccount,
    Suppression,
)
from dialer.models.hashing import numbers_by_hash
from dialer.rules.transitions import UNCOUNTED_ATTEMPTS
from dialer.rules.windows import parse_windows

_UNCOUNTED = [state.value for state in UNCOUNTED_ATTEMPTS]


def account_facts(account: ProviderAccount, *, room: int | None) -> AccountFacts:
    """Gather what the account gates need."""
    return AccountFacts(
        id=account.pk,
        name=account.name,
        is_enabled=account.is_enabled,
        health_state=account.health_state,
        health_last_error=account.health_last_error,
        probe_at=account.probe_at,
        room=room,
    )


def campaign_facts(
    campaign: Campaign, account: AccountFacts, now: datetime, *, counted: bool = True
) -> CampaignFacts:
    """Gather a campaign's policy and, where a limit asks for it, how far its day is.

    `counted=False` leaves out the day's counts: for contact gates, which do not ask.
    """
    begins, ends = day_bounds(campaign.timezone, now)
    calls = spent = None
    if counted and (campaign.daily_call_limit is not None or campaign.daily_budget is not None):
        today = budgets.spending(campaign).filter(claimed_at__gte=begins, claimed_at__lt=ends)
        sums = today.aggregate(calls=Count("pk"), spent=Sum("cost"))
        calls, spent = sums["calls"], sums["spent"]
    return CampaignFacts(
        id=campaign.pk,
        version=campaign.version,
        account=account,
        status=campaign.status,
        is_open=campaign.opened_at is not None,
        purpose=campaign.purpose,
        timezone=campaign.timezone,
        windows=parse_windows(campaign.calling_windows),
        observes_holidays=campaign.holidays == "observe",
        starts_at=campaign.starts_at,
        ends_at=campaign.ends_at,
        max_attempts_per_contact=campaign.max_attempts_per_contact,
        max_attempts_per_day=campaign.max_attempts_per_day,
        daily_call_limit=campaign.daily_call_limit,
        calls_today=calls or 0,
        daily_budget=campaign.daily_budget,
        spent_today=spent or Decimal(0),
        budgets=budgets.spent(campaign, (begins, ends)) if counted else (),
        overridden_rules=frozenset(item["rule"] for item in campaign.rule_overrides),
        day_begins_at=begins,
        day_ends_at=ends,
    )


@dataclass(slots=True)
class People:
    """Persons and numbers around a set of campaign contacts."""

    timezones: dict[UUID, str | None] = field(default_factory=dict)
    phones: dict[UUID, list[ContactPhone]] = field(default_factory=lambda: defaultdict(list))

    def numbers(self) -> set[str]:
        """Every number of every person."""
        return {phone.number for phones in self.phones.values() for phone in phones}


def people(contact_ids: Collection[UUID]) -> People:
    """Read persons and their phones, the main one first."""
    persons = Contact.objects.filter(pk__in=contact_ids).order_by()
    found = People(timezones=dict(persons.values_list("pk", "timezone")))
    # Without the model's own order, which joins and sorts by person; here and below.
    phones = ContactPhone.objects.filter(contact_id__in=contact_ids).order_by()
    for phone in sorted(phones, key=lambda phone: (not phone.is_main, phone.position, phone.pk)):
        found.phones[phone.contact_id].append(phone)
    return found


@dataclass(slots=True)
class Entries:
    """Suppressions in force that could matter, by number and by person."""

    rows: list[Suppression] = field(default_factory=list)

    def hits(
        self, campaign: CampaignFacts, *, number: str | None = None, contact_id: UUID | None = None
    ) -> str | None:
        """Return the id of an entry that stops this number, or this person, in this campaign."""
        for row in self.rows:
            same = row.number == number if number is not None else row.contact_id == contact_id
            if same and _reaches(row, campaign):
                return str(row.pk)
        return None


def _reaches(row: Suppression, campaign: CampaignFacts) -> bool:
    if row.campaign_id is not None:
        return bool(row.campaign_id == campaign.id)
    if row.provider_account_id is not None:
        return bool(row.provider_account_id == campaign.account.id)
    return True


def entries(contact_ids: Collection[UUID], numbers: Collection[str], now: datetime) -> Entries:
    """Read the suppressions in force that name one of these persons or numbers, those of erased people too."""
    rows = Suppression.objects.filter(Suppression.in_force(now))
    hashed = numbers_by_hash(numbers)
    by_number = list(rows.filter(Q(number__in=numbers) | Q(number_hash__in=hashed))) if numbers else []
    for row in by_number:
        row.number = row.number or hashed[row.number_hash or ""]  # in memory alone, for the comparison
    by_person = list(rows.filter(contact_id__in=contact_ids)) if contact_ids else []
    return Entries(rows=by_number + by_person)


@dataclass(frozen=True, slots=True)
class Live:
    """A live attempt: whose, where, and whether it waits unsent to be sent again."""

    enrolment: UUID
    person: UUID
    number: str
    campaign: UUID
    is_unsent: bool

    def blocks(self, row: CampaignContact) -> bool:
        """Whether it keeps this campaign contact from being called.

        One that waits unsent cannot ring, so an account that is down holds up nobody elsewhere; within its own
        campaign it keeps its number, which two live attempts must not share.
        """
        return self.enrolment != row.pk and (not self.is_unsent or self.campaign == row.campaign_id)


def live_around(contact_ids: Collection[UUID], numbers: Collection[str]) -> list[Live]:
    """Read every live attempt at these persons or numbers."""
    rows = Attempt.objects.filter(is_live=True).filter(Q(contact_id__in=contact_ids) | Q(number__in=numbers))
    found = rows.order_by().values_list(
        "campaign_contact_id", "contact_id", "number", "campaign_id", "state", "lease_until"
    )
    return [Live(*row[:4], is_unsent=row[4] == "claimed" and row[5] is None) for row in found]


def counts(contact_ids: Collection[UUID], since: Mapping[UUID, datetime]) -> dict[UUID, tuple[int, int]]:
    """Count the attempts of campaign contacts that use caps: in all, and since the given instants (their day)."""
    found: dict[UUID, list[datetime]] = defaultdict(list)
    rows = Attempt.objects.filter(campaign_contact_id__in=contact_ids).exclude(state__in=_UNCOUNTED)
    rows = rows.exclude(state="claimed").order_by()
    for contact_id, at in rows.values_list("campaign_contact_id", "claimed_at"):
        found[contact_id].append(at)
    return {key: (len(ats), sum(at >= since[key] for at in ats)) for key, ats in found.items()}


def choose_phone(
    phones: Sequence[PhoneFacts], wanted: UUID | None, *, number: str | None = None
) -> PhoneFacts | None:
    """Choose the number to ring: the wanted one, else the next one after it that may be used.

    `number` fixes the choice while it may be rung: an attempt that waits to be sent again keeps its number. A
    wanted number that is on a do-not-call list is returned all the same: the person said no, another number would
    be a way round it.
    """
    kept = next((phone for phone in phones if phone.number == number), None)
    if kept is not None and (kept.is_usable or kept.suppressed_by):
        return kept
    place = next((index for index, phone in enumerate(phones) if phone.id == wanted), 0)
    turned = [*phones[place:], *phones[:place]]
    if turned and turned[0].suppressed_by:
        return turned[0]
    return next((phone for phone in turned if phone.is_usable), None)


def phone_facts(
    campaign: CampaignFacts, phones: Iterable[ContactPhone], listed: Entries
) -> tuple[PhoneFacts, ...]:
    """Gather what is known of a person's numbers in one campaign."""
    return tuple(
        PhoneFacts(
            id=phone.pk,
            number=phone.number,
            country=phone.country,
            do_not_disturb=phone.do_not_disturb,
            is_uncallable=phone.uncallable_at is not None,
            suppressed_by=listed.hits(campaign, number=phone.number),
        )
        for phone in phones
    )


def candidates(
    contacts: Sequence[CampaignContact],
    campaigns: Mapping[UUID, CampaignFacts],
    now: datetime,
    *,
    kept_numbers: Mapping[UUID, str] | None = None,
) -> list[Candidate]:
    """Gather the facts about campaign contacts; `kept_numbers` are those of attempts that wait to be sent again."""
    if not contacts:
        return []
    around = _around({row.contact_id for row in contacts}, now)
    tally = _tally(contacts, campaigns)
    kept = kept_numbers or {}
    return [
        around.candidate(row, campaigns[row.campaign_id], kept.get(row.pk), tally.get(row.pk, (0, 0)))
        for row in contacts
    ]


@dataclass(slots=True)
class _Around:
    """What is known around a set of persons."""

    people: People
    entries: Entries
    by_person: dict[UUID, list[Live]]
    by_number: dict[str, list[Live]]

    def candidate(
        self, row: CampaignContact, campaign: CampaignFacts, kept: str | None, tally: tuple[int, int]
    ) -> Candidate:
        """Put together the facts about one campaign contact."""
        phones = phone_facts(campaign, self.people.phones[row.contact_id], self.entries)
        phone = choose_phone(phones, row.next_phone_id, number=kept)
        live = self.by_person[row.contact_id] + (self.by_number[phone.number] if phone else [])
        return Candidate(
            campaign=campaign,
            id=row.pk,
            contact_id=row.contact_id,
            timezone=self.people.timezones.get(row.contact_id),
            phone=phone,
            phones=phones,
            not_before=row.not_before,
            not_after=row.not_after,
            stop_reason=row.stop_reason,
            suppressed_by=self.entries.hits(campaign, contact_id=row.contact_id),
            attempts=tally[0],
            attempts_today=tally[1],
            is_busy=any(one.blocks(row) for one in live),
        )


def _around(person_ids: Collection[UUID], now: datetime) -> _Around:
    who = people(person_ids)
    numbers = who.numbers()
    found = _Around(who, entries(person_ids, numbers, now), defaultdict(list), defaultdict(list))
    for one in live_around(person_ids, numbers):
        found.by_person[one.person].append(one)
        found.by_number[one.number].append(one)
    return found


def _tally(
    contacts: Sequence[CampaignContact], campaigns: Mapping[UUID, CampaignFacts]
) -> dict[UUID, tuple[int, int]]:
    """Count attempts where a campaign names a cap."""
    capped = {}
    for row in contacts:
        campaign = campaigns[row.campaign_id]
        if campaign.max_attempts_per_contact is not None or campaign.max_attempts_per_day is not None:
            capped[row.pk] = campaign.day_begins_at
    return counts(list(capped), capped) if capped else {}
