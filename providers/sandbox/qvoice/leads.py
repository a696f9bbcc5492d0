"""Own campaigns and their leads: ids, pages in the order of ids, counts by status, and the status word.

Never decides when a phone rings; a lead's call is with the line.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from typing import Any

from providers.sandbox.line import Call, Stage
from providers.vocabulary import Result

#: The words that the document shows for a lead.
NEW, SUCCESS, FAILED = "new", "success", "failed"
#: The word that the document shows for a campaign, and one that it does not show for the opposite.
STOPPED, RUNNING = "stopped", "running"
#: The person was connected. A machine counts too: the vendor knows it only once somebody says so.
CONNECTED = frozenset({Result.ANSWERED, Result.TRANSFERRED, Result.VOICEMAIL})
#: Lead ids grow with time, as the samples': a fixed head of 20 characters, then a number of 12.
_LEAD_HEAD = sha256(b"leads").hexdigest()[:20]


def hex_id(kind: str, number: int, length: int = 32) -> str:
    """Make an id of the documented shape, the same in every run."""
    return sha256(f"{kind}|{number}".encode()).hexdigest()[:length]


def lead_id(number: int) -> str:
    """Make the id of a lead: above all earlier ones."""
    return f"{_LEAD_HEAD}{number:012x}"


@dataclass(slots=True, kw_only=True, eq=False)
class Campaign:
    """A campaign, as people made it in the portal; `lead_ids` ascend."""

    id: str
    name: str
    status: str
    lead_ids: list[str] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)

    def summary(self) -> dict[str, Any]:
        """Show it with its counts; a status that no lead has is left out, as nothing promises it."""
        by_status = {word: count for word, count in self.counts.items() if count}
        return {
            "name": self.name,
            "status": self.status,
            "total_leads": len(self.lead_ids),
            "leads_by_status": by_status,
        }


@dataclass(slots=True, kw_only=True, eq=False)
class Lead:
    """A lead: what was sent, and its latest call."""

    id: str
    campaign: Campaign
    given: Mapping[str, Any]
    created_at: datetime
    call: Call
    counted: str = ""  # the word under which the campaign counts it

    def shown(self, word: str) -> dict[str, Any]:
        """Show it as the list does: without ticket_id, note, type and cool_off."""
        return {
            "created": int(self.created_at.timestamp()),
            "campaign_id": self.campaign.id,
            "number": self.given["number"],
            "status": word,
            "retries": self._retries_left(),
            "first_name": self.given["first_name"],
            "last_name": self.given["last_name"],
            "priority": self.given["priority"],
            "id": self.id,
        }

    def _retries_left(self) -> int:
        """Count down. Silent document: the configured number would be as good; the vendor says "counters"."""
        return self.given["retries"] - max(self.call.ring_no - 1, 0)


class Leads:
    """All campaigns and leads of the account."""

    def __init__(self, busy_word: str) -> None:
        self._busy_word = busy_word
        self.campaigns: dict[str, Campaign] = {}
        self.by_id: dict[str, Lead] = {}

    def word(self, call: Call) -> str:
        """Give the status word of a call; between its first ring and its end it is the unnamed fourth."""
        if call.word is not None:
            return call.word
        if call.stage is Stage.WAITING and call.ring_no == 0:
            return NEW
        if call.stage is Stage.ENDED:
            return SUCCESS if call.result in CONNECTED else FAILED
        return FAILED if call.stage is Stage.WITHDRAWN else self._busy_word

    def add(self, lead: Lead) -> None:
        """Keep a new lead, the latest of all."""
        self.by_id[lead.id] = lead
        lead.campaign.lead_ids.append(lead.id)
        self.recount(lead)

    def remove(self, lead: Lead) -> None:
        """Forget a lead."""
        ids = lead.campaign.lead_ids
        del ids[bisect_left(ids, lead.id)], self.by_id[lead.id]
        lead.campaign.counts[lead.counted] -= 1

    def recount(self, lead: Lead) -> None:
        """Count a lead under its present word; kept up to date, so that the report costs no search."""
        counts, word = lead.campaign.counts, self.word(lead.call)
        if lead.counted:
            counts[lead.counted] -= 1
        counts[word] += 1
        lead.counted = word

    def page(
        self, campaign: Campaign, start: str, size: int, seen_until: datetime
    ) -> tuple[list[dict[str, Any]], str]:
        """Give leads from an id on, and the id of the next page's first; "" = there is no next page."""
        first = bisect_left(campaign.lead_ids, start)
        found = [self.by_id[each] for each in campaign.lead_ids[first : first + size + 1]]
        listed = [lead for lead in found if lead.created_at <= seen_until]
        shown = [lead.shown(self.word(lead.call)) for lead in listed[:size]]
        return shown, listed[size].id if len(listed) > size else ""
