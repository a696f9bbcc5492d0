"""Own the verdict on one push, at the instant at which the worker decided it.

Judges by what was committed then, by the ledger and by `policy`; a fault is a text, no text is no fault.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import datetime, timedelta
from uuid import UUID

from providers.contract import CallOrder
from providers.futures import future_of
from providers.ledger import Entry, MemoryLedger
from tests.scenarios.simulation import policy
from tests.scenarios.simulation.mirror import Picture, Row

#: The simulator's ways with a call, fixed here so that the judge knows when it is over.
RING_SECONDS, TALK_SECONDS = 3.0, 5.0
UNCOUNTED = ("cancelled", "rejected")


def is_over(entry: Entry, at: datetime) -> bool:
    """Say whether an accepted call can neither ring any more nor is on, by the ledger alone."""
    if entry.withdrawn_at is not None and entry.withdrawn_at <= at:
        return True
    future = future_of(
        entry.phone,
        entry.at,
        entry.rings_at,
        entry.send_no,
        ring_seconds=RING_SECONDS,
        talk_seconds=TALK_SECONDS,
    )
    return future.result is not None and at >= future.ends_at


def is_settled(attempt: Row) -> bool:
    """Say whether people or the time limit ended it, so that the provider may still be busy with it."""
    return bool(
        attempt.state == "ended" and (attempt.result == "unknown" or attempt.reason == "settled by hand")
    )


def faults_of_push(
    order: CallOrder,
    account_id: UUID,
    seen: Picture,
    ledger: MemoryLedger,
    at: datetime,
    rushed: Collection[UUID],
) -> Iterator[str]:
    """Name every rule that a push breaks; `rushed` contacts were made due by people, whatever their step asks."""
    attempt = seen.attempts.get(UUID(order.ref))
    if attempt is None:
        yield "no attempt was written before the push"
        return
    enrolment = seen.enrolments[attempt.campaign_contact_id]
    campaign = seen.campaigns[attempt.campaign_id]
    person = seen.people[enrolment.contact_id]
    if attempt.state != "claimed" or attempt.sending_at is None or attempt.lease_until is None:
        yield f"the attempt is {attempt.state}, sending_at {attempt.sending_at}, lease {attempt.lease_until}"
    elif attempt.lease_until <= at:
        yield "the lease is over"
    if order.phone != attempt.number or order.phone not in {p.number for p in seen.phones_of(person.id)}:
        yield "the number is not the attempt's, or not the person's"
    if enrolment.state != "dispatching":
        yield f"the contact is {enrolment.state}"
    if ledger.entry(order.ref) is not None:
        yield "the provider had accepted this reference before"
    yield from _of_campaign(campaign, seen.accounts[account_id], at)
    yield from _of_person(seen, attempt, enrolment, campaign, person, at)
    yield from _of_caps(seen, ledger, attempt, campaign, at)
    yield from _of_others(seen, ledger, attempt, seen.accounts[account_id], at)
    if enrolment.id not in rushed:
        yield from _of_step(seen, attempt, enrolment, campaign, person, at)


def _of_campaign(campaign: Row, account: Row, at: datetime) -> Iterator[str]:
    if campaign.status != "running":
        yield f"the campaign is {campaign.status}"
    if campaign.provider_account_id != account.id:
        yield "it went through another account"
    if not account.is_enabled:
        yield "the account is switched off"
    if account.health_state == "open":
        yield "the account's breaker is open"
    if campaign.starts_at is not None and at < campaign.starts_at:
        yield "before starts_at"
    if campaign.ends_at is not None and at >= campaign.ends_at:
        yield "after ends_at"


def _of_person(
    seen: Picture, attempt: Row, enrolment: Row, campaign: Row, person: Row, at: datetime
) -> Iterator[str]:
    for reason in (
        policy.closed(campaign, person, attempt.number, at),
        policy.listed(seen, campaign, person, attempt.number, at),
    ):
        if reason:
            yield reason
    if enrolment.stop_reason:
        yield f"the contact is to end, {enrolment.stop_reason}"
    if enrolment.not_before is not None and at < enrolment.not_before:
        yield "before the contact's not_before"
    if enrolment.not_after is not None and at >= enrolment.not_after:
        yield "after the contact's not_after"
    phone = next((row for row in seen.phones_of(person.id) if row.number == attempt.number), None)
    if phone is not None and phone.do_not_disturb:
        yield "the number is marked do not disturb"
    if phone is not None and phone.uncallable_at is not None:
        yield "the number is known not to exist"


def _counted(seen: Picture, ledger: MemoryLedger) -> Iterator[tuple[Row, datetime]]:
    """List the rings that caps count: what the ledger accepted and was not taken back."""
    for entry in ledger.entries():
        attempt = seen.attempts.get(UUID(entry.ref))
        if attempt is not None and entry.withdrawn_at is None and attempt.state not in UNCOUNTED:
            yield attempt, entry.at


def _of_caps(seen: Picture, ledger: MemoryLedger, attempt: Row, campaign: Row, at: datetime) -> Iterator[str]:
    limits = (campaign.max_attempts_per_contact, campaign.max_attempts_per_day, campaign.daily_call_limit)
    if limits == (None, None, None):
        return
    first, last = policy.day_of(campaign, at)
    rung = [(row, when) for row, when in _counted(seen, ledger) if row.campaign_id == campaign.id]
    today = [row for row, when in rung if first <= when < last]
    mine = attempt.campaign_contact_id
    total = sum(row.campaign_contact_id == mine for row, _ in rung)
    if limits[0] is not None and total >= limits[0]:
        yield f"attempt {total + 1} of a contact that may have {limits[0]}"
    daily = sum(row.campaign_contact_id == mine for row in today)
    if limits[1] is not None and daily >= limits[1]:
        yield f"attempt {daily + 1} today of a contact that may have {limits[1]} a day"
    if limits[2] is not None and len(today) >= limits[2]:
        yield f"call {len(today) + 1} today of a campaign that may make {limits[2]} a day"


def _of_others(
    seen: Picture, ledger: MemoryLedger, attempt: Row, account: Row, at: datetime
) -> Iterator[str]:
    held = 0
    for entry in ledger.entries():
        other = seen.attempts.get(UUID(entry.ref))
        if other is None or other.id == attempt.id or is_over(entry, at) or is_settled(other):
            continue
        if other.number == attempt.number or other.contact_id == attempt.contact_id:
            yield f"another call at this person or number is on (attempt {other.sequence}, {other.state})"
        held += other.provider_account_id == account.id
    if account.max_concurrent_calls is not None and held >= account.max_concurrent_calls:
        yield f"call {held + 1} at a time of an account that may hold {account.max_concurrent_calls}"
    for other in seen.attempts.values():
        same = other.number == attempt.number or other.contact_id == attempt.contact_id
        if same and other.is_live and other.id != attempt.id and other.state != "claimed":
            yield f"another attempt at this person or number is {other.state}"


def _of_step(
    seen: Picture, attempt: Row, enrolment: Row, campaign: Row, person: Row, at: datetime
) -> Iterator[str]:
    if attempt.step is None:
        return
    steps = campaign.frozen_steps or []
    if attempt.step >= len(steps):
        yield f"there is no step {attempt.step}"
        return
    before = [row for row in seen.attempts_of(enrolment.id) if row.sequence < attempt.sequence]
    before = [row for row in before if row.state != "cancelled" and row.ended_at is not None]
    if attempt.step in enrolment.used_steps:
        yield f"step {attempt.step} was used before"
    if not before or attempt.due_at < before[-1].ended_at:
        return
    asked = policy.earliest(steps[attempt.step], before[-1].ended_at, person, attempt.number)
    if at < asked - timedelta(hours=1 if "D" in steps[attempt.step]["after"] else 0):
        yield f"step {attempt.step} asks for {asked.isoformat()}"
