"""Where one contact stands: its rows and the facts that its next claim would judge by, read once.

Owns that reading, and the two gates that only the engine knows (rate, remote campaign); never judges a contact.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from dialer.engine import limits, pacing
from dialer.engine.claim import is_told_first
from dialer.engine.errors import NotFound
from dialer.gates import load
from dialer.gates.facts import CampaignFacts, Candidate
from dialer.gates.opening import LIVE_GATES
from dialer.gates.sources import entry_of, source_of, words_of
from dialer.gates.verdict import Verdict, allowed, held
from dialer.models import Attempt, Campaign, CampaignContact, ProviderAccount, Suppression


@dataclass(frozen=True, slots=True)
class Standing:
    """One contact with everything around it."""

    contact: CampaignContact
    attempt: Attempt | None  # the live one
    campaign: Campaign
    account: ProviderAccount
    candidate: Candidate


def standing(*, campaign_contact_id: UUID, now: datetime) -> Standing:
    """Read a contact and the facts about it as of now."""
    contact = (
        CampaignContact.objects.select_related("campaign__provider_account")
        .filter(pk=campaign_contact_id)
        .first()
    )
    if contact is None:
        raise NotFound("campaign contact")
    campaign, account = contact.campaign, contact.campaign.provider_account
    attempt = Attempt.objects.filter(campaign_contact=contact, is_live=True).first()
    facts = {campaign.pk: whole_facts(campaign, account, now)}
    kept = {contact.pk: attempt.number} if attempt is not None else None
    (candidate,) = load.candidates([contact], facts, now, kept_numbers=kept)
    return Standing(contact, attempt, campaign, account, candidate)


def whole_facts(campaign: Campaign, account: ProviderAccount, now: datetime) -> CampaignFacts:
    """Gather a campaign's facts as a claim does, the room of its account included."""
    return load.campaign_facts(campaign, load.account_facts(account, room=limits.room(account)), now)


def engine_gates(campaign: Campaign, account: ProviderAccount, now: datetime) -> list[Verdict]:
    """Ask what a claim asks besides the gates: is the remote campaign told to go on, and does the rate leave room."""
    return [_remote(campaign, account), _rate(account, now)]


def _remote(campaign: Campaign, account: ProviderAccount) -> Verdict:
    if not is_told_first(campaign, account):
        return allowed("remote")
    reason = "the campaign is paused at the provider; it is told to go on before anybody is called"
    return held("remote", "paused", reason, None)


def _rate(account: ProviderAccount, now: datetime) -> Verdict:
    if limits.push_allowance(account, now, 1) > 0:
        return allowed("rate")
    # Up to the next millisecond, and one more: at exactly the limit nothing is granted.
    wait = (limits.pushes_from(account, now) - now).total_seconds()
    until = now + timedelta(milliseconds=math.ceil(wait * 1000) + 1)
    if waiting := pacing.waiting_withdrawals(account.pk, now):
        reason = f"{waiting} calls are being taken back first"
        return held("rate", "withdrawals_first", reason, max(until, now + timedelta(seconds=1)))
    factor = pacing.factor_of(account, now)
    rate = (pacing.rate_of(account) or 0.0) * factor
    if factor < 1:
        reason = f"the provider asked us to go slower; {rate:.3g} requests a second are allowed now"
        return held("rate", "throttled", reason, until)
    return held("rate", "exhausted", f"the {rate:.3g} requests a second are used up", until)


def lines(
    verdicts: Iterable[Verdict], campaign: CampaignFacts, *, is_now: bool = True
) -> list[dict[str, Any]]:
    """Show verdicts with their words, rules and sources; `is_now` is false for another instant than the present."""
    listed = list(verdicts)
    ids = {key for key in map(entry_of, listed) if key}
    entries = {str(row.pk): row for row in Suppression.objects.filter(pk__in=ids)} if ids else {}
    shown = []
    for verdict in listed:
        source = source_of(verdict, campaign, entries.get(entry_of(verdict) or ""))
        shown.append(
            {
                "gate": verdict.gate,
                "outcome": verdict.outcome.value,
                "code": verdict.code,
                "reason": words_of(verdict),
                "rule": source.rule,
                "source": source.text,
                "until": verdict.until,
                "is_foreseen": is_now or verdict.gate not in LIVE_GATES,
            }
        )
    return shown
