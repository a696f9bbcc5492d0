"""Feed rows: what became true, written in the transaction that makes it true.

Owns the content of events: ids and words, never a phone or a name; free text is masked. Their kinds are a rule's.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from dialer.models import Attempt, CampaignContact, FeedEvent, Job, Suppression
from dialer.models.bulk import insert_rows
from dialer.rules.events import KINDS
from providers.secrets import mask_text

#: Texts in events are codes and short reasons.
LONGEST_TEXT = 300


class News:
    """Collects the events of one transaction and writes them in one statement."""

    def __init__(self) -> None:
        self._rows: list[FeedEvent] = []

    def campaign(self, kind: str, campaign_id: UUID, **data: Any) -> None:
        """Note that a campaign changed."""
        self._add(f"campaign.{kind}", data, campaign_id=campaign_id)

    def contact(self, kind: str, contact: CampaignContact, **data: Any) -> None:
        """Note that a campaign contact changed."""
        self._add(
            f"campaign_contact.{kind}",
            {"state": contact.state, "finish_reason": contact.finish_reason or None} | data,
            campaign_id=contact.campaign_id,
            campaign_contact_id=contact.pk,
            contact_id=contact.contact_id,
        )

    def planned(self, kind: str, contact: CampaignContact) -> None:
        """Note when a waiting campaign contact is to be called."""
        self.contact(
            kind, contact, next_attempt_at=contact.next_attempt_at, last_result=contact.last_result or None
        )

    def attempt(self, kind: str, attempt: Attempt, **data: Any) -> None:
        """Note that an attempt changed."""
        self._add(
            f"attempt.{kind}",
            {
                "state": attempt.state,
                "result": attempt.result or None,
                "disposition": attempt.disposition or None,
                "sequence": attempt.sequence,
                "origin": attempt.origin,
                "provider_account": attempt.provider_account_id,
            }
            | data,
            campaign_id=attempt.campaign_id,
            campaign_contact_id=attempt.campaign_contact_id,
            contact_id=attempt.contact_id,
            attempt_id=attempt.pk,
        )

    def suppression(self, kind: str, entry: Suppression) -> None:
        """Note that a do-not-call entry came or went; whose number it is stays in the entry."""
        self._add(
            f"suppression.{kind}",
            {
                "suppression": entry.pk,
                "scope": entry.scope,
                "names": "contact" if entry.contact_id else "phone",
                "provider_account": entry.provider_account_id,
                "source": entry.source or None,
                "expires_at": entry.expires_at,
            },
            campaign_id=entry.campaign_id,
            contact_id=entry.contact_id,
        )

    def job(self, kind: str, job: Job) -> None:
        """Note that long work began or ended."""
        counts = {"processed": job.processed, "accepted": job.accepted, "rejected": job.rejected}
        self._add(f"job.{kind}", {"job": job.pk, "kind": job.kind, **counts}, campaign_id=job.campaign_id)

    def account(self, kind: str, account_id: UUID, **data: Any) -> None:
        """Note how a provider account is doing."""
        self._add(f"provider_account.{kind}", {"provider_account": account_id} | data)

    def endpoint(self, kind: str, endpoint_id: UUID, **data: Any) -> None:
        """Note that an endpoint of outgoing webhooks changed."""
        self._add(f"webhook_endpoint.{kind}", {"webhook_endpoint": endpoint_id} | data)

    def write(self) -> None:
        """Write what was collected; call it last in the transaction."""
        insert_rows(self._rows)
        self._rows = []

    def _add(self, kind: str, data: dict[str, Any], **about: UUID | None) -> None:
        assert kind in KINDS, f"{kind} is missing from dialer.rules.events"
        said = {name: _said(value) for name, value in data.items()}
        self._rows.append(FeedEvent(kind=kind, data=said, **about))


def _said(value: Any) -> Any:
    """Make a value fit for JSON, and free text free of phones, addresses and keys."""
    if isinstance(value, UUID):
        return str(value)
    if isinstance(value, datetime):
        return value.isoformat().replace("+00:00", "Z")
    # Our own code words have neither blanks nor digits: only what people or providers wrote costs the masking.
    if isinstance(value, str) and not value.replace("_", "").isalpha():
        return mask_text(value)[:LONGEST_TEXT]
    return value
