"""Takes due contacts and writes their attempts before anything is sent: the only place that claims.

One short transaction an account, no HTTP. The intent is durable before the act.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import Count

from dialer.engine import limits, queue, rows
from dialer.engine.accounts import capabilities_of
from dialer.engine.claim_batch import ClaimBatch, Claimed, Turns
from dialer.gates import load
from dialer.gates.eligibility import campaign_eligibility
from dialer.gates.facts import CampaignFacts
from dialer.models import Attempt, Campaign, CampaignContact, Contact, ContactPhone, Health, ProviderAccount
from dialer.models.campaigns import STANDING
from dialer.rules.transitions import AttemptState, CampaignStatus, ContactState
from providers.vocabulary import Steering

#: The largest set-based statement: more rows a transaction gained nothing and hold their locks longer.
CLAIM_LIMIT = 500
#: Look at more candidates than there is allowance for, or a slow account could never work off a crowd of held ones.
LOOK_AT_LEAST = 50
#: And at some more than the allowance, for those that are held: one that is only looked at costs locks and reading
#: like one that is claimed, and the next claim goes on behind those that were held.
LOOK_AHEAD = 1.25
#: Push little ahead of need: what a campaign may have at the provider is about two minutes of dialing.
AHEAD_SECONDS = 120
AHEAD_UNLIMITED = 2_000


def claim(*, account_id: UUID, now: datetime, limit: int = CLAIM_LIMIT) -> list[Claimed]:
    """Claim what is due on an account, as far as rate, room and gates allow; safe on any number of workers."""
    with transaction.atomic():
        account = (
            ProviderAccount.objects.select_for_update(skip_locked=True, no_key=True)
            .filter(pk=account_id, is_enabled=True)
            .exclude(health_state=Health.OPEN)
            .first()
        )
        if account is None:
            return []
        room = limits.room(account)
        campaigns = _open_campaigns(account, room, now)
        if not campaigns:
            return []
        allowance = limits.push_allowance(account, now, limit)
        if room is not None:
            allowance = min(allowance, room)
        if allowance <= 0:
            return []
        quotas = _quotas(account, campaigns)
        return _take(campaigns, allowance, quotas, now)


def _open_campaigns(
    account: ProviderAccount, room: int | None, now: datetime
) -> dict[UUID, tuple[Campaign, CampaignFacts]]:
    facts = load.account_facts(account, room=room)
    running = Campaign.objects.filter(provider_account=account, status=CampaignStatus.RUNNING)
    told = [row for row in running if not is_told_first(row, account)]
    judged = {row.pk: (row, load.campaign_facts(row, facts, now)) for row in told}
    return {key: pair for key, pair in judged.items() if campaign_eligibility(pair[1], now).ok}


def is_told_first(campaign: Campaign, account: ProviderAccount) -> bool:
    """Say whether the provider has to be told to go on first: what it holds paused takes orders and keeps them."""
    return campaign.remote_state in STANDING and Steering.RESUME in capabilities_of(account).steer


def _quotas(
    account: ProviderAccount, campaigns: dict[UUID, tuple[Campaign, CampaignFacts]]
) -> dict[UUID, int]:
    """Say how many more calls each campaign may have: what is ahead of need, and what its limits leave."""
    rate = limits.rate_of(account)
    ahead = AHEAD_UNLIMITED if rate is None else max(10, int(rate * AHEAD_SECONDS))
    live = Attempt.objects.filter(provider_account=account, is_live=True)
    sent = live.exclude(state=AttemptState.CLAIMED, lease_until__isnull=True)
    held = dict(sent.order_by().values_list("campaign_id").annotate(calls=Count("pk")))
    quotas = {}
    for key, (_, facts) in campaigns.items():
        left = ahead - held.get(key, 0)
        if facts.calls_left is not None:
            left = min(left, facts.calls_left)
        quotas[key] = max(0, left)
    return quotas


def _take(
    campaigns: dict[UUID, tuple[Campaign, CampaignFacts]],
    allowance: int,
    quotas: dict[UUID, int],
    now: datetime,
) -> list[Claimed]:
    open_ones = [row for row, _ in campaigns.values() if quotas[row.pk] > 0]
    look_at = max(LOOK_AT_LEAST, int(allowance * LOOK_AHEAD))
    ids = queue.in_turn(open_ones, now, min(CLAIM_LIMIT, look_at))
    if not ids:
        return []
    contacts, turns = _lock(ids, now)
    attempts = rows.lock_live_attempts([row.pk for row in contacts])
    facts = {key: pair[1] for key, pair in campaigns.items()}
    people = load.candidates(
        contacts, facts, now, kept_numbers={key: row.number for key, row in attempts.items()}
    )
    batch = ClaimBatch(now=now, allowance=allowance, quotas=quotas, attempts=attempts, turns=turns)
    for contact, candidate in zip(contacts, people, strict=True):
        batch.judge(contact, candidate)
    return batch.write()


def _lock(ids: Sequence[UUID], now: datetime) -> tuple[list[CampaignContact], Turns]:
    """Lock the persons by rising id, then their campaign contacts, skipping what somebody else holds.

    Persons who share one of the numbers are locked too: two accounts must not ring one number at once.
    """
    wanted = dict(CampaignContact.objects.filter(pk__in=ids).order_by().values_list("pk", "contact_id"))
    # Two plain queries: joined in one, the planner hashes the whole table of phones. The model's own order would
    # join and sort by person.
    lines = ContactPhone.objects.order_by()
    numbers = set(lines.filter(contact_id__in=wanted.values()).values_list("number", flat=True))
    owners: dict[str, set[UUID]] = defaultdict(set)
    for number, person in lines.filter(number__in=numbers).values_list("number", "contact_id"):
        owners[number].add(person)
    people = set(wanted.values()).union(*owners.values())
    locked = set(
        Contact.objects.filter(pk__in=people)
        .order_by("pk")
        .select_for_update(skip_locked=True, no_key=True)
        .values_list("pk", flat=True)
    )
    mine = [key for key, person in wanted.items() if person in locked]
    held = (
        CampaignContact.objects.filter(pk__in=mine, state=ContactState.WAITING, next_attempt_at__lte=now)
        .order_by("pk")
        .select_for_update(skip_locked=True, no_key=True)
    )
    by_id = {row.pk: rows.remembered(row) for row in held}
    return [by_id[key] for key in ids if key in by_id], Turns(owners=owners, locked=locked)
