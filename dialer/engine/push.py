"""Hands claimed attempts to their provider and settles what comes back; no transaction is open meanwhile.

Owns the last look before each request: still ours, still allowed, and durably marked as being sent.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any
from uuid import UUID

from django.db import connection

from dialer import clock
from dialer.engine import accounts, campaigns, pacing
from dialer.engine.claim_batch import Claimed
from dialer.engine.rings import plan_of
from dialer.engine.settle import Outcome, settle
from dialer.gates.eligibility import campaign_eligibility, eligibility
from dialer.gates.facts import Candidate
from dialer.models import Attempt, Campaign, CampaignContact, Health, ProviderAccount
from dialer.models.campaigns import PRIORITY_DEFAULT
from dialer.models.hashing import hashes_of
from providers import contract, errors

log = logging.getLogger(__name__)

#: Receipts are written in groups: few enough that a killed worker leaves little to reconcile.
SETTLE_EACH = 25


def push(orders: Sequence[Claimed], *, is_time_up: Callable[[], bool] = lambda: False) -> int:
    """Push one account's claimed orders one by one; returns how many were sent.

    What is left when the time is up, or after a failure that speaks of the whole account, is handed back unsent.
    """
    if not orders:
        return 0
    account = ProviderAccount.objects.get(pk=orders[0].account_id)
    by_id = Campaign.objects.in_bulk({order.campaign_id for order in orders})
    rows = CampaignContact.objects.select_related("contact").in_bulk({order.contact_id for order in orders})
    done: list[Outcome] = []
    sent = 0
    blocked: errors.ProviderError | None = None
    for order in orders:
        # The first is sent however late it is: a claim that takes a whole round must not send nobody for ever.
        if blocked is not None or (sent and is_time_up()):
            done.append(Outcome(order=order, at=clock.now(), error=blocked))
        else:
            outcome = _in_turn(account, by_id[order.campaign_id], order, rows.get(order.contact_id))
            done.append(outcome)
            error = outcome.error
            sent += outcome.receipt is not None or not isinstance(error, pacing.RateUsedUp | None)
            if isinstance(error, errors.AccountBlocked | errors.Throttled | pacing.RateUsedUp):
                blocked = error
        if len(done) >= SETTLE_EACH:
            settle(done)
            done = []
    settle(done)
    return sent


def _in_turn(
    account: ProviderAccount, campaign: Campaign, order: Claimed, row: CampaignContact | None
) -> Outcome:
    """Wait for the account's next request, and only then look whether the call may still be made."""
    try:
        with pacing.turn(account, gives_way=True):
            if not _mark_sending(order, clock.now()):
                return Outcome(order=order, at=clock.now())
            return _send(account, campaign, order, row)
    except pacing.RateUsedUp as error:
        return Outcome(order=order, at=clock.now(), error=error)


def _send(
    account: ProviderAccount, campaign: Campaign, order: Claimed, row: CampaignContact | None
) -> Outcome:
    began = clock.now()
    outcome = _answer(account, campaign, order, row)
    log.info(
        "pushed",
        extra={
            "account": str(account.pk),
            "campaign": str(campaign.pk),
            "attempt": str(order.attempt_id),
            "send_no": order.send_no,
            "outcome": type(outcome.error).__name__ if outcome.error else _word(outcome.receipt),
            "ms": round((outcome.at - began).total_seconds() * 1000),
        },
    )
    return outcome


def _word(receipt: contract.Receipt | None) -> str:
    return "accepted" if receipt is not None and receipt.accepted else "refused"


def _answer(
    account: ProviderAccount, campaign: Campaign, order: Claimed, row: CampaignContact | None
) -> Outcome:
    """Ask the provider once and turn whatever comes back into an outcome."""
    try:
        provider = accounts.provider_for(account)
        receipts = provider.push(remote_campaign(campaign), [call_order(campaign, order, row)])
    except errors.ProviderError as error:
        _note_failure(account, campaign, error)
        return Outcome(order=order, at=clock.now(), error=error)
    now = clock.now()
    _note_success(account, now)
    if len(receipts) != 1 or receipts[0].ref != str(order.attempt_id):
        # An adapter that answers for another order proves nothing about this one.
        return Outcome(order=order, at=now, error=errors.Ambiguous("the receipt is not for this order"))
    return Outcome(order=order, at=now, receipt=receipts[0])


def _note_failure(account: ProviderAccount, campaign: Campaign, error: errors.ProviderError) -> None:
    now = clock.now()
    if isinstance(error, errors.CampaignBlocked | errors.Unsupported):
        campaigns.block(campaign_id=campaign.pk, reason=error.reason, now=now)
    elif isinstance(error, errors.Refused):
        _note_success(account, now)
    elif not isinstance(error, pacing.RateUsedUp):
        account.failures_in_row += 1
        accounts.failed(account_id=account.pk, error=error, now=now, seen_factor=account.bucket_factor)


def _note_success(account: ProviderAccount, now: datetime) -> None:
    """Say so only of an account that was ill when this push began, or has failed in it: most are well."""
    if account.failures_in_row or account.health_state != Health.HEALTHY:
        accounts.succeeded(account_id=account.pk, now=now)
        account.failures_in_row, account.health_state = 0, Health.HEALTHY.value


def remote_campaign(campaign: Campaign) -> contract.RemoteCampaign:
    """Rebuild what the provider gave when the campaign was opened."""
    return contract.RemoteCampaign(
        remote_id=campaign.remote_campaign_id or "",
        name=campaign.remote_name,
        state=campaign.remote_state,
        remote=campaign.remote,
    )


def call_order(campaign: Campaign, order: Claimed, row: CampaignContact | None) -> contract.CallOrder:
    """Say to the provider whom to ring, under the attempt's id."""
    candidate = order.candidate
    assert candidate.phone is not None  # the phone gate let it through
    plan = plan_of(campaign, row.next_step if row else None)
    return contract.CallOrder(
        ref=str(order.attempt_id),
        phone=candidate.phone.number,
        name=row.contact.name if row else "",
        email=row.contact.email if row else None,
        language=row.contact.language if row else None,
        timezone=candidate.timezone,
        not_after=candidate.not_after,
        priority=row.priority if row else PRIORITY_DEFAULT,
        caller_id=campaign.caller_id,
        fields=row.attributes if row else {},
        retry=plan,
        other_phones=_others(candidate) if plan and any(step.other_phone for step in plan.steps) else (),
        send_no=order.send_no,
    )


def _others(candidate: Candidate) -> tuple[str, ...]:
    """List the person's other numbers in the order in which a redial goes on to them."""
    assert candidate.phone is not None
    numbers = [
        phone.number for phone in candidate.phones if phone.is_usable or phone.id == candidate.phone.id
    ]
    place = numbers.index(candidate.phone.number)
    return (*numbers[place + 1 :], *numbers[:place])


# One statement asks everything that may have changed since the claim, and marks the request as under way. A
# suppression that commits before it stops the call; one that commits after finds the mark and takes the call back.
# The gates judge by what the claim read: what people changed since (a campaign's hours, days and caps, which have
# its version in common; a person's zone, number or dates) sends the order back unsent, to be claimed by the new facts.
# "LIMIT 1 OFFSET 0" keeps each question an index probe of its own: joined, the planner weighs the order of seven tables
# for every call, five times as long as the statement itself takes.
_MARK = """
UPDATE dialer_attempt SET sending_at = %s, sends = sends + 1
 WHERE id = %s AND fence = %s AND state = 'claimed' AND withdraw_why = ''
   AND EXISTS (SELECT 1 FROM dialer_campaign c WHERE c.id = campaign_id AND c.status = 'running'
               AND c.version = %s LIMIT 1 OFFSET 0)
   AND EXISTS (SELECT 1 FROM dialer_provideraccount p WHERE p.id = provider_account_id
               AND p.is_enabled AND p.health_state <> 'open' LIMIT 1 OFFSET 0)
   AND EXISTS (SELECT 1 FROM dialer_campaigncontact k WHERE k.id = campaign_contact_id AND k.stop_reason = ''
               AND (k.not_before IS NULL OR k.not_before <= %s) AND (k.not_after IS NULL OR k.not_after > %s)
               LIMIT 1 OFFSET 0)
   AND EXISTS (SELECT 1 FROM dialer_contact w WHERE w.id = dialer_attempt.contact_id
               AND COALESCE(w.timezone, '') = %s LIMIT 1 OFFSET 0)
   AND EXISTS (SELECT 1 FROM dialer_contactphone h WHERE h.contact_id = dialer_attempt.contact_id
               AND h.number = dialer_attempt.number AND NOT h.do_not_disturb AND h.uncallable_at IS NULL
               LIMIT 1 OFFSET 0)
   AND NOT EXISTS (
       SELECT 1 FROM dialer_suppression s
        WHERE (s.number = dialer_attempt.number OR s.contact_id = dialer_attempt.contact_id
               OR s.number_hash IN ({hashes}))
          AND (s.expires_at IS NULL OR s.expires_at > %s)
          AND (s.campaign_id IS NULL OR s.campaign_id = dialer_attempt.campaign_id)
          AND (s.provider_account_id IS NULL OR s.provider_account_id = dialer_attempt.provider_account_id)
        LIMIT 1 OFFSET 0)
"""


def _mark_sending(order: Claimed, now: datetime) -> bool:
    """Mark an order as being sent if it is still ours and everything still allows it."""
    candidate = order.candidate
    is_allowed = campaign_eligibility(candidate.campaign, now).ok and eligibility(candidate, now).ok
    # A request must end before its lease does; with too little of it left the order goes back untouched.
    needed = timedelta(seconds=accounts.request_deadline() * 1.05)
    if order.lease_until - now < needed or not is_allowed:
        return False
    at = _prepared("sending_at", now)
    mine = [_prepared("id", order.attempt_id), order.fence]
    known = [candidate.campaign.version, at, at, candidate.timezone or ""]
    with connection.cursor() as cursor:
        hashes = hashes_of(candidate.phone.number) if candidate.phone else []
        statement = _MARK.format(hashes=", ".join(["%s"] * len(hashes)) or "NULL")
        cursor.execute(statement, [at, *mine, *known, *hashes, at])
        return bool(cursor.rowcount)


@lru_cache(maxsize=8)
def _field(name: str) -> Any:
    return Attempt._meta.get_field(name)


def _prepared(name: str, value: datetime | UUID) -> Any:
    return _field(name).get_db_prep_value(value, connection)
