"""Rings that a provider makes by itself: each is an attempt of its own, so that caps and ledger still count.

Owns the chain of attempts behind one order: the next ring expected, and rings that came unexpected. Never sends.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import TYPE_CHECKING
from uuid import UUID

from dialer.engine import moves, rows
from dialer.engine.news import News
from dialer.models import Attempt, Campaign, CampaignContact
from dialer.models.attempts import Origin
from dialer.rules.transitions import AttemptState, ContactState, FinishReason
from providers.codec import from_json
from providers.contract import NativePlan, Report
from providers.vocabulary import Progress, Remainder, Result

if TYPE_CHECKING:
    from dialer.engine.decide import Ground
    from dialer.gates.facts import PhoneFacts


#: Why the contact of a native plan ends before its timeline does.
NO_FURTHER, INTERRUPTED = "no_further_ring", "plan_interrupted"
#: Where an attempt keeps which of a person's several numbers its order named: a redial goes on to them in this order.
NAMED = "phones"


def is_native(campaign: Campaign) -> bool:
    """Say whether the provider carries out the timeline of this campaign."""
    return (campaign.retry_plan or {}).get("mode") == "native"


def remainder_of(campaign: Campaign) -> Remainder:
    """Say what becomes of the calls that are left when a contact's plan is interrupted."""
    return Remainder((campaign.retry_plan or {}).get("remainder", Remainder.SHORTER))


def leaves_the_rest(campaign: Campaign) -> bool:
    """Say whether nobody makes the calls that are left when a contact's plan is interrupted."""
    return is_native(campaign) and remainder_of(campaign) is Remainder.NONE


def is_carried(campaign: Campaign, attempt: Attempt) -> bool:
    """Say whether the provider goes on by itself after this ring: its own, or an order that carried a plan."""
    if not is_native(campaign):
        return False
    if attempt.origin == Origin.NATIVE:
        return attempt.step is not None  # else it came unplanned
    return attempt.step is None or remainder_of(campaign) is Remainder.SHORTER


def plan_of(campaign: Campaign, step: int | None = None) -> NativePlan | None:
    """Give what the provider shall do by itself after the call of this step (None: the first); None = nothing."""
    stored = (campaign.retry_plan or {}).get("native")
    if not stored or (step is not None and remainder_of(campaign) is not Remainder.SHORTER):
        return None
    plan = from_json(NativePlan, stored)
    left = plan.steps[0 if step is None else step + 1 :]
    return NativePlan(steps=left) if left else None


def root_of(attempt: Attempt) -> UUID:
    """Give the attempt whose id is the reference that the provider has."""
    return attempt.native_of_id or attempt.pk


def expect(
    contact: CampaignContact,
    attempt: Attempt,
    index: int,
    phone: PhoneFacts | None,
    *,
    due: datetime,
    on: Ground,
    now: datetime,
) -> Attempt:
    """Open the attempt of the ring that the provider's own plan makes next; the contact stays in progress.

    It is live, so it is looked at, asked back and waited for like any call that the provider holds.
    """
    expected = _next(contact, attempt, attempt.ring_no + 1, due_at=due, now=now, on=on)
    expected.step = index
    if phone is not None:
        expected.number, expected.phone_id = phone.number, phone.id
    on.opened.append(expected)
    return expected


def ring_of(
    report: Report,
    contact: CampaignContact,
    matched: Attempt,
    attempts: Mapping[UUID, Attempt],
    *,
    on: Ground,
    now: datetime,
    news: News,
) -> Attempt:
    """Give the attempt of the ring that a report speaks of; rings nobody expected are opened, and counted."""
    chain = _chain(root_of(matched), attempts, on)
    number = report.ring_no
    if number in chain or number < max(chain) or report.progress.rank < Progress.RINGING.rank:
        return chain.get(number, matched)  # a redial that is only announced opens nothing
    last = chain[max(chain)]
    for missed in range(last.ring_no + 1, number):
        last = _unexpected(contact, last, missed, attempts.values(), is_over=True, on=on, now=now, news=news)
    return _unexpected(contact, last, number, attempts.values(), is_over=False, on=on, now=now, news=news)


def end_unrung(contact: CampaignContact, attempt: Attempt, *, now: datetime, news: News) -> None:
    """End a ring that was expected and never came: it rang nobody, and no other will follow."""
    moves.end_attempt(
        attempt, AttemptState.CANCELLED, Result.CANCELLED, at=now, reason="no further ring", news=news
    )
    reason = FinishReason(contact.stop_reason) if contact.stop_reason else FinishReason.EXHAUSTED
    moves.finish(contact, reason, NO_FURTHER, now=now, news=news)


def is_unrung(attempt: Attempt) -> bool:
    """Say whether an attempt waits for a ring of the provider's that nobody has seen."""
    return (
        attempt.origin == Origin.NATIVE
        and attempt.state == AttemptState.PUSHED
        and attempt.heard_at is None
        and attempt.started_at is None
    )


def _chain(root: UUID, attempts: Mapping[UUID, Attempt], on: Ground) -> dict[int, Attempt]:
    """Give the attempts of an order by ring: those that were locked, and those opened in this transaction."""
    known = [row for row in attempts.values() if root_of(row) == root]
    opened = [row for row in on.opened if root_of(row) == root]
    return {row.ring_no: row for row in [*known, *opened]}


def _unexpected(
    contact: CampaignContact,
    last: Attempt,
    number: int,
    locked: Collection[Attempt],
    *,
    is_over: bool,
    on: Ground,
    now: datetime,
    news: News,
) -> Attempt:
    """Open a ring that nobody expected; what rang before it is over, with a result that was never told."""
    if last.is_live:
        moves.end_attempt(
            last, AttemptState.ENDED, Result.UNKNOWN, at=now, reason="the provider rang again", news=news
        )
    ring = _next(contact, last, number, due_at=now, now=now, on=on)
    others = [row for row in [*locked, *on.opened] if row.campaign_contact_id == contact.pk and row.is_live]
    if is_over or others or contact.state == ContactState.FINISHED:
        # Another call of ours is on, or the contact is done: this ring is counted, and its result may be told later.
        moves.end_attempt(
            ring, AttemptState.ENDED, Result.UNKNOWN, at=now, reason="rung by the provider", news=news
        )
    elif contact.state == ContactState.WAITING:
        moves.in_progress(contact)
    on.opened.append(ring)
    return ring


def _next(
    contact: CampaignContact, last: Attempt, number: int, *, due_at: datetime, now: datetime, on: Ground
) -> Attempt:
    contact.attempt_count += 1
    contact.last_attempt_at = now
    steps = on.steps.get(contact.campaign_id, ())
    step = 0 if last.step is None else last.step + 1
    is_planned = is_carried(on.campaigns[contact.campaign_id], last) and step < len(steps)
    ring = Attempt(
        provider_account_id=last.provider_account_id,
        campaign_id=last.campaign_id,
        campaign_contact_id=last.campaign_contact_id,
        contact_id=last.contact_id,
        phone_id=last.phone_id,
        number=last.number,
        sequence=contact.attempt_count,
        step=step if is_planned else None,
        origin=Origin.NATIVE.value,
        native_of_id=root_of(last),
        ring_no=number,
        state=AttemptState.PUSHED.value,
        is_live=True,
        due_at=due_at,
        claimed_at=now,
        # The order went out with the first ring; silence counts from when this one is due.
        sending_at=last.sending_at,
        sent_at=last.sent_at,
        pushed_at=max(due_at, now),
        sends=last.sends,
        provider_ref=last.provider_ref,
        remote=last.remote,
        gates={NAMED: last.gates[NAMED]} if NAMED in last.gates else {},
        created_at=now,
    )
    rows.remembered(ring)
    # Caps were loaded without it.
    ring.state_in_database = AttemptState.CLAIMED  # type: ignore[attr-defined]
    return ring
