"""What follows from the end of an attempt: the next step of the timeline, or the end of the contact.

Owns that decision (what counts as reached is REACHED of `rules.timeline`); works on locked rows in memory, never saves.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from uuid import UUID

from dialer.engine import moves, rings
from dialer.engine.news import News
from dialer.gates import load
from dialer.gates.eligibility import eligibility
from dialer.gates.facts import CampaignFacts, Candidate, PhoneFacts
from dialer.gates.time_gates import zone_of
from dialer.gates.verdict import Outcome
from dialer.models import Attempt, Campaign, CampaignContact, ContactPhone, Suppression
from dialer.models.bulk import insert_rows
from dialer.rules.holidays import is_business_day, place_of
from dialer.rules.timeline import REACHED, Step, due_after, parse_steps, pick_step
from dialer.rules.transitions import AttemptState, CampaignStatus, FinishReason
from providers.vocabulary import Result


@dataclass(slots=True)
class Ground:
    """What decisions about a set of campaign contacts stand on, read once for all of them."""

    now: datetime
    campaigns: dict[UUID, Campaign] = field(default_factory=dict)
    facts: dict[UUID, CampaignFacts] = field(default_factory=dict)
    candidates: dict[UUID, Candidate] = field(default_factory=dict)
    steps: dict[UUID, tuple[Step, ...]] = field(default_factory=dict)
    dead_phones: set[UUID] = field(default_factory=set)
    refusals: list[Attempt] = field(default_factory=list)
    opened: list[Attempt] = field(default_factory=list)  # rings of a provider's own, not inserted yet


def ground(contacts: Iterable[CampaignContact], now: datetime) -> Ground:
    """Read what decisions about these (locked) campaign contacts need."""
    listed = list(contacts)
    made = Ground(now=now)
    for row in Campaign.objects.filter(pk__in={c.campaign_id for c in listed}).select_related(
        "provider_account"
    ):
        made.campaigns[row.pk] = row
        account = load.account_facts(row.provider_account, room=None)
        made.facts[row.pk] = load.campaign_facts(row, account, now, counted=False)
        made.steps[row.pk] = parse_steps(row.frozen_steps or [])
    for candidate in load.candidates(listed, made.facts, now):
        made.candidates[candidate.id] = candidate
    return made


def decide(
    contact: CampaignContact,
    attempt: Attempt,
    result: Result,
    *,
    ended_at: datetime,
    on: Ground,
    news: News,
    is_last: bool = False,
) -> None:
    """Decide what follows from `result`; the attempt has been ended (or rejected) already.

    `is_last`: the provider, which would carry out the timeline, said that it makes no further ring.
    """
    now = on.now
    _note(contact, attempt, result, on)
    campaign = on.campaigns[contact.campaign_id]
    is_carried = attempt.state == AttemptState.ENDED and rings.is_carried(campaign, attempt)
    may_ring = is_carried and not is_last
    ending = _ending(contact, result, on)
    if ending is not None:
        if may_ring and result not in REACHED and _stop_the_rest(contact, attempt, ending[0], ended_at, on):
            return
        moves.finish(contact, *ending, now=now, news=news)
        return
    index = pick_step(on.steps[contact.campaign_id], contact.used_steps, result)
    phone = _usable(on, contact, attempt, index)
    if phone is None and result is Result.INVALID_NUMBER:
        moves.finish(contact, FinishReason.UNCALLABLE, result.value, now=now, news=news)
    elif index is None:
        moves.finish(contact, FinishReason.EXHAUSTED, result.value, now=now, news=news)
    elif may_ring:
        _expect(contact, attempt, index, phone, ended_at, on)
    elif is_carried:
        moves.finish(contact, FinishReason.EXHAUSTED, rings.NO_FURTHER, now=now, news=news)
    elif rings.leaves_the_rest(campaign):
        moves.finish(contact, FinishReason.EXHAUSTED, rings.INTERRUPTED, now=now, news=news)
    else:
        _plan(contact, attempt, index, phone, ended_at=ended_at, on=on, news=news)


def _note(contact: CampaignContact, attempt: Attempt, result: Result, on: Ground) -> None:
    """Note what a result says by itself: a step is used, a number is dead, somebody said no."""
    contact.last_result = result.value
    if attempt.step is not None and attempt.step not in contact.used_steps:
        contact.used_steps = [*contact.used_steps, attempt.step]
    if result is Result.DO_NOT_CALL:
        on.refusals.append(attempt)
    if result is Result.INVALID_NUMBER and attempt.phone_id is not None:
        on.dead_phones.add(attempt.phone_id)


def _expect(
    contact: CampaignContact,
    attempt: Attempt,
    index: int,
    phone: PhoneFacts | None,
    ended_at: datetime,
    on: Ground,
) -> Attempt:
    """Wait for the ring that the provider's own plan makes next."""
    zone = zone_of(_as_it_will_be(on.candidates[contact.pk], attempt, phone))
    return rings.expect(
        contact,
        attempt,
        index,
        phone,
        ended_at=ended_at,
        zone=zone,
        is_business_day=_business_days(phone),
        on=on,
        now=on.now,
    )


def _stop_the_rest(
    contact: CampaignContact, attempt: Attempt, reason: FinishReason, ended_at: datetime, on: Ground
) -> bool:
    """Ask back the rings that a provider's own plan has left for a contact that is to end; False if none is left."""
    index = 0 if attempt.step is None else attempt.step + 1
    if index >= len(on.steps[contact.campaign_id]):
        return False
    expected = _expect(contact, attempt, index, None, ended_at, on)
    contact.stop_reason = contact.stop_reason or reason.value
    moves.ask_back(expected, moves.why_of(FinishReason(contact.stop_reason)), now=on.now)
    return True


def keep(on: Ground, now: datetime) -> None:
    """Write what decisions said about numbers and persons beyond the campaign, and the rings that they opened.

    Call it once the attempts are saved: of two live ones the database would refuse the second.
    """
    insert_rows(on.opened)
    on.opened = []
    if on.dead_phones:
        ContactPhone.objects.filter(pk__in=on.dead_phones, uncallable_at__isnull=True).update(
            uncallable_at=now
        )
    Suppression.objects.bulk_create(
        Suppression(
            number=attempt.number, reason="the called person asked not to be called", source="provider"
        )
        for attempt in on.refusals
    )


def _ending(contact: CampaignContact, result: Result, on: Ground) -> tuple[FinishReason, str] | None:
    if result in REACHED:
        return FinishReason.REACHED, result.value
    if result is Result.DO_NOT_CALL:
        return FinishReason.SUPPRESSED, result.value
    if contact.stop_reason:
        return FinishReason(contact.stop_reason), result.value
    campaign = on.campaigns[contact.campaign_id]
    if campaign.status in (CampaignStatus.COMPLETED, CampaignStatus.ARCHIVED):
        return ending_of(campaign.status_reason), "campaign_completed"
    return None


def ending_of(status_reason: str) -> FinishReason:
    """Say how contacts end whose campaign is over: expired by its date, else cancelled."""
    return FinishReason.EXPIRED if status_reason == "ends_at" else FinishReason.CANCELLED


def _usable(on: Ground, contact: CampaignContact, attempt: Attempt, index: int | None) -> PhoneFacts | None:
    """Choose the number of the next attempt as the step asks, among those that may still be rung."""
    phones = on.candidates[contact.pk].phones
    alive = [phone for phone in phones if phone.is_usable and phone.id not in on.dead_phones]
    wants_next = index is not None and on.steps[contact.campaign_id][index].phone == "next"
    place = next((n for n, phone in enumerate(phones) if phone.id == attempt.phone_id), -1)
    turned = [*phones[place + 1 :], *phones[: place + 1]]
    if not wants_next and place >= 0:
        if phones[place].suppressed_by:
            return phones[place]  # the gate will refuse it: another number would be a way round a no
        turned = [phones[place], *turned[:-1]]
    return next((phone for phone in turned if phone in alive), None)


def _plan(
    contact: CampaignContact,
    attempt: Attempt,
    index: int,
    phone: PhoneFacts | None,
    *,
    ended_at: datetime,
    on: Ground,
    news: News,
) -> None:
    """Queue the contact for a step: due when the timeline says, looked at when the gates open."""
    candidate = _as_it_will_be(on.candidates[contact.pk], attempt, phone)
    zone = zone_of(candidate)
    due = due_after(on.steps[contact.campaign_id][index], ended_at, zone, _business_days(phone))
    contact.next_step = index
    contact.next_phone_id = phone.id if phone else None
    verdict = eligibility(candidate, max(due, on.now))
    if verdict.outcome is Outcome.REFUSED and verdict.finish is FinishReason.EXPIRED:
        # Its not_after passes first; until then a later one may still save it.
        moves.wait(contact, due_at=due, at=contact.not_after)
        return
    if verdict.outcome is Outcome.REFUSED:
        assert verdict.finish is not None
        moves.finish(contact, verdict.finish, verdict.code, now=on.now, news=news)
        return
    moves.wait(contact, due_at=due)
    if verdict.outcome is Outcome.HELD and verdict.until is not None:
        moves.hold(contact, verdict, verdict.until)


def _as_it_will_be(candidate: Candidate, attempt: Attempt, phone: PhoneFacts | None) -> Candidate:
    """Look at a candidate with the chosen number, not busy, and the attempt that just ended in its caps."""
    was = attempt.state_in_database != AttemptState.CLAIMED  # type: ignore[attr-defined]
    change = int(attempt.state == AttemptState.ENDED) - int(was)
    is_today = attempt.claimed_at >= candidate.campaign.day_begins_at
    return replace(
        candidate,
        phone=phone,
        is_busy=False,
        attempts=candidate.attempts + change,
        attempts_today=candidate.attempts_today + (change if is_today else 0),
    )


def _business_days(phone: PhoneFacts | None) -> Callable[[date], bool]:
    """Say which days are business days where the number is; without a calendar Monday to Friday."""
    place = place_of(phone.number) if phone else None

    def is_business(day: date) -> bool:
        return is_business_day(day, place.country, place.region) if place else day.weekday() < 5

    return is_business
