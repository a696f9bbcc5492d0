"""What follows from the end of an attempt: the next step of the timeline, or the end of the contact.

Owns that decision (what counts as reached is REACHED of `rules.timeline`); works on locked rows in memory, never saves.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime
from uuid import UUID

from dialer.engine import following, moves, onward, rings
from dialer.engine.following import Over
from dialer.engine.mappings import Words
from dialer.engine.news import News
from dialer.gates import load
from dialer.gates.eligibility import eligibility
from dialer.gates.facts import CampaignFacts, Candidate, PhoneFacts
from dialer.gates.verdict import Outcome
from dialer.models import Attempt, Campaign, CampaignContact, ContactPhone, Suppression
from dialer.models.bulk import insert_rows
from dialer.rules.dispositions import Meaning
from dialer.rules.timeline import REACHED, Step, parse_steps
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
    words: Words = field(default_factory=Words)  # what the account's own words stand for


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
    meaning = _meaning(attempt)
    if is_carried and result in REACHED and meaning is not None and meaning.retry:
        meaning = None  # whoever was reached is called no more by the provider's own plan
    chosen = _ending(contact, result, meaning, on) or _chosen(contact, attempt, result, meaning, on)
    if isinstance(chosen, Over):
        has_more = may_ring and result not in REACHED
        if not (has_more and onward.stop_the_rest(contact, attempt, chosen, ended_at, on)):
            moves.finish(contact, chosen.reason, chosen.detail, now=now, news=news)
    elif may_ring:
        onward.expect(contact, attempt, chosen.step, ended_at, on)
    elif is_carried or rings.leaves_the_rest(campaign):
        detail = rings.NO_FURTHER if is_carried else rings.INTERRUPTED
        moves.finish(contact, FinishReason.EXHAUSTED, detail, now=now, news=news)
    else:
        _plan(contact, attempt, chosen.step, chosen.phone, ended_at=ended_at, on=on, news=news)


def _chosen(
    contact: CampaignContact, attempt: Attempt, result: Result, meaning: Meaning | None, on: Ground
) -> following.Choice | Over:
    return following.choose(
        on.steps[contact.campaign_id],
        contact.used_steps,
        result,
        phones=on.candidates[contact.pk].phones,
        rung=attempt.phone_id,
        dead=on.dead_phones,
        meaning=meaning,
    )


def _note(contact: CampaignContact, attempt: Attempt, result: Result, on: Ground) -> None:
    """Note what a result says by itself: a step is used, a number is dead, somebody said no."""
    contact.last_result = result.value
    if attempt.step is not None and attempt.step not in contact.used_steps:
        contact.used_steps = [*contact.used_steps, attempt.step]
    meaning = _meaning(attempt)
    if result is Result.DO_NOT_CALL or (meaning is not None and meaning.suppresses):
        on.refusals.append(attempt)
    if result is Result.INVALID_NUMBER and attempt.phone_id is not None:
        on.dead_phones.add(attempt.phone_id)


def anew(contact: CampaignContact, attempt: Attempt, result: Result, *, on: Ground, news: News) -> None:
    """Decide once more on a finished contact whose last call turned out to end it for no reason."""
    assert attempt.ended_at is not None  # an ended attempt has its instant
    moves.reopen(contact, due_at=on.now, news=news)
    decide(contact, attempt, result, ended_at=attempt.ended_at, on=on, news=news)


def _meaning(attempt: Attempt) -> Meaning | None:
    return attempt.outcome.meaning() if attempt.outcome is not None else None


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
    entries = [_no_of(attempt) for attempt in on.refusals]
    Suppression.objects.bulk_create(entries)
    news = News()
    for entry in entries:
        news.suppression("created", entry)
    news.write()


def _no_of(attempt: Attempt) -> Suppression:
    """Make the entry of somebody who said no, by the provider's word or by the call's outcome."""
    outcome = attempt.outcome
    source = f"disposition:{outcome.code}" if outcome is not None and outcome.suppresses else "provider"
    return Suppression(
        number=attempt.number, reason="the called person asked not to be called", source=source
    )


def _ending(contact: CampaignContact, result: Result, meaning: Meaning | None, on: Ground) -> Over | None:
    over = following.final(result, meaning)
    if over is not None and over.reason in (FinishReason.REACHED, FinishReason.SUPPRESSED):
        return over
    if contact.stop_reason:
        return Over(FinishReason(contact.stop_reason), result.value)
    campaign = on.campaigns[contact.campaign_id]
    if campaign.status in (CampaignStatus.COMPLETED, CampaignStatus.ARCHIVED):
        return Over(ending_of(campaign.status_reason), "campaign_completed")
    return over


def ending_of(status_reason: str) -> FinishReason:
    """Say how contacts end whose campaign is over: expired by its date, else cancelled."""
    return FinishReason.EXPIRED if status_reason == "ends_at" else FinishReason.CANCELLED


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
    due = following.due_at(on.steps[contact.campaign_id][index], ended_at, candidate)
    contact.next_step = index
    contact.next_phone_id = phone.id if phone else None
    verdict = eligibility(candidate, max(due, on.now))
    if verdict.outcome is Outcome.REFUSED and verdict.finish is FinishReason.EXPIRED:
        # Its not_after passes first; until then a later one may still save it.
        moves.wait(contact, due_at=due, at=contact.not_after)
        news.planned("scheduled", contact)
        return
    if verdict.outcome is Outcome.REFUSED:
        assert verdict.finish is not None
        moves.finish(contact, verdict.finish, verdict.code, now=on.now, news=news)
        return
    moves.wait(contact, due_at=due)
    if verdict.outcome is Outcome.HELD and verdict.until is not None:
        moves.hold(contact, verdict, verdict.until)
    news.planned("scheduled", contact)


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
