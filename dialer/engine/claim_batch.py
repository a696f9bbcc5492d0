"""One claim's decisions, made in memory and written in a few statements.

Owns what a claim writes: holds, endings, attempts with lease and fence; locking is `claim`'s.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.conf import settings

from dialer.engine import moves, rows
from dialer.engine.news import News
from dialer.engine.rings import NAMED
from dialer.gates.eligibility import eligibility
from dialer.gates.facts import Candidate, PhoneFacts
from dialer.gates.verdict import Outcome, Verdict
from dialer.models import Attempt, CampaignContact
from dialer.models.bulk import insert_rows
from dialer.rules.transitions import AttemptState
from providers.vocabulary import Result

#: A hold that no clock ends is looked at again this soon.
RECHECK = timedelta(seconds=10)


@dataclass(frozen=True, slots=True)
class Claimed:
    """One attempt in a worker's hands: valid while the fence is still its own."""

    attempt_id: UUID
    contact_id: UUID  # the campaign contact
    campaign_id: UUID
    account_id: UUID
    fence: int
    send_no: int
    lease_until: datetime
    candidate: Candidate


@dataclass(slots=True)
class Turns:
    """Whose rows this claim holds: nobody is called whose person, or whose number's other owner, is not locked."""

    owners: dict[str, set[UUID]]
    locked: set[UUID]

    def take(self, person: UUID, number: str) -> bool:
        """Take person and number for this claim; False when they were taken or are not all ours."""
        people = self.owners.get(number, set()) | {person}
        if not people <= self.locked:
            return False
        self.locked -= people
        return True


class ClaimBatch:
    """Collects verdicts on locked contacts, then writes them."""

    def __init__(
        self,
        *,
        now: datetime,
        allowance: int,
        quotas: dict[UUID, int],
        attempts: dict[UUID, Attempt],
        turns: Turns,
    ) -> None:
        self.now, self.allowance, self.quotas = now, allowance, quotas
        self.attempts, self.turns = attempts, turns
        self.lease_until = now + timedelta(seconds=settings.DIALER_LEASE_SECONDS)
        self.contacts: list[CampaignContact] = []
        self.created: list[Attempt] = []
        self.updated: list[Attempt] = []
        self.claimed: list[Claimed] = []
        self.news = News()

    def judge(self, contact: CampaignContact, candidate: Candidate) -> None:
        """Ask the gates about one contact and note what follows."""
        verdict = eligibility(candidate, self.now)
        if verdict.outcome is Outcome.HELD:
            moves.hold(contact, verdict, verdict.until or self.now + RECHECK)
            self.contacts.append(contact)
        elif verdict.outcome is Outcome.REFUSED:
            self._refuse(contact, verdict)
        elif len(self.claimed) < self.allowance and self.quotas[contact.campaign_id] > 0:
            phone = candidate.phone
            if phone is not None and self.turns.take(candidate.contact_id, phone.number):
                self._dispatch(contact, candidate, phone, verdict)

    def _refuse(self, contact: CampaignContact, verdict: Verdict) -> None:
        assert verdict.finish is not None  # a refusal always says how the contact ends
        attempt = self.attempts.get(contact.pk)
        if attempt is not None:
            self._cancel(attempt, verdict.code)
        moves.finish(contact, verdict.finish, verdict.code, now=self.now, news=self.news)
        self.contacts.append(contact)

    def _cancel(self, attempt: Attempt, reason: str) -> None:
        moves.end_attempt(
            attempt, AttemptState.CANCELLED, Result.CANCELLED, at=self.now, reason=reason, news=self.news
        )
        self.updated.append(attempt)

    def _dispatch(
        self, contact: CampaignContact, candidate: Candidate, phone: PhoneFacts, verdict: Verdict
    ) -> None:
        gates: dict[str, Any] = {
            "at": self.now.isoformat().replace("+00:00", "Z"),
            "rules": (verdict.rule or "").split(),
        }
        if len(candidate.phones) > 1:
            gates[NAMED] = [str(each.id) for each in candidate.phones if each.is_usable]
        attempt = self.attempts.get(contact.pk)
        if attempt is not None and attempt.number != phone.number:
            # The person's numbers were changed while it waited to be sent again.
            self._cancel(attempt, "number_removed")
            attempt = None
        if attempt is None:
            attempt = self._new(contact, candidate, phone, gates)
        else:
            moves.attempt_to(attempt, AttemptState.CLAIMED)
            attempt.fence += 1
            attempt.claimed_at, attempt.lease_until, attempt.gates = self.now, self.lease_until, gates
            self.updated.append(attempt)
        contact.next_phone_id = phone.id
        moves.dispatch(contact, now=self.now)
        self.contacts.append(contact)
        self.quotas[contact.campaign_id] -= 1
        self.claimed.append(
            Claimed(
                attempt_id=attempt.pk,
                contact_id=contact.pk,
                campaign_id=contact.campaign_id,
                account_id=candidate.campaign.account.id,
                fence=attempt.fence,
                send_no=attempt.sends + 1,
                lease_until=self.lease_until,
                candidate=candidate,
            )
        )

    def _new(
        self, contact: CampaignContact, candidate: Candidate, phone: PhoneFacts, gates: dict[str, Any]
    ) -> Attempt:
        contact.attempt_count += 1
        attempt = Attempt(
            provider_account_id=candidate.campaign.account.id,
            campaign_id=contact.campaign_id,
            campaign_contact_id=contact.pk,
            contact_id=contact.contact_id,
            phone_id=phone.id,
            number=phone.number,
            sequence=contact.attempt_count,
            step=contact.next_step,
            due_at=contact.due_at or self.now,
            claimed_at=self.now,
            lease_until=self.lease_until,
            fence=1,
            gates=gates,
            created_at=self.now,
        )
        self.created.append(attempt)
        return attempt

    def write(self) -> list[Claimed]:
        """Write everything; attempts that end come before the new ones that take their place."""
        rows.save_contacts(self.contacts, now=self.now)
        rows.save_attempts(self.updated)
        insert_rows(self.created)
        self.news.write()
        return self.claimed
