"""Feed rows: what became true, written in the transaction that makes it true.

Owns the kinds of events and their content (ids and words, never a phone or a name).
"""

from __future__ import annotations

from typing import Any
from uuid import UUID

from dialer.models import Attempt, CampaignContact, FeedEvent
from dialer.models.bulk import insert_rows


class News:
    """Collects the events of one transaction and writes them in one statement."""

    def __init__(self) -> None:
        self._rows: list[FeedEvent] = []

    def campaign(self, kind: str, campaign_id: UUID, **data: Any) -> None:
        """Note that a campaign changed."""
        self._rows.append(FeedEvent(kind=f"campaign.{kind}", campaign_id=campaign_id, data=data))

    def contact(self, kind: str, contact: CampaignContact, **data: Any) -> None:
        """Note that a campaign contact changed."""
        self._rows.append(
            FeedEvent(
                kind=f"contact.{kind}",
                campaign_id=contact.campaign_id,
                campaign_contact_id=contact.pk,
                data={"state": contact.state, "finish_reason": contact.finish_reason or None} | data,
            )
        )

    def attempt(self, kind: str, attempt: Attempt, **data: Any) -> None:
        """Note that an attempt changed."""
        self._rows.append(
            FeedEvent(
                kind=f"attempt.{kind}",
                campaign_id=attempt.campaign_id,
                campaign_contact_id=attempt.campaign_contact_id,
                attempt_id=attempt.pk,
                data={"state": attempt.state, "result": attempt.result or None} | data,
            )
        )

    def write(self) -> None:
        """Write what was collected; call it last in the transaction."""
        insert_rows(self._rows)
        self._rows = []
