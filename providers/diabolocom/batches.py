"""Own the batches: many contacts in one task, one task at a time per campaign, looked after by its token.

Never sends a batch without a filter that is known and not empty, nor a phone in an update. The engine does not use
them: they tell neither ids nor verdicts (DECISIONS 13).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from providers.diabolocom.api import Api, campaign_verdict
from providers.diabolocom.campaigns import Campaigns
from providers.diabolocom.contacts import WRITABLE, fields_of, texts_of
from providers.diabolocom.filters import Query, query_of
from providers.diabolocom.values import BatchResult
from providers.effects import Answer, Effect
from providers.errors import ProviderError, Unavailable

#: The most contacts of a create (seed: Create a batch).
MOST_CONTACTS = 300
#: What an update in number can't carry, although one contact's can (seed: Update a batch, Data part).
_UPDATABLE = WRITABLE - {"comment", "assignedGroupId"}
_ROOT = "/api/v2/voice/campaigns"


class Batches:
    """Batches of contacts; each call gives a token for `result`."""

    def __init__(self, api: Api, campaigns: Campaigns) -> None:
        self._api = api
        self._campaigns = campaigns
        self._running: dict[int, str] = {}

    def create(
        self,
        campaign_id: int,
        contacts: Sequence[Mapping[str, Any]],
        *,
        priority_mode: bool = False,
        **fields: Any,
    ) -> str:
        """Make up to 300 contacts from their custom fields; the other fields hold for all of them.

        Their ids are never told: put a reference into a custom field (seed: Create a batch; sheet: 8).
        """
        if not 1 <= len(contacts) <= MOST_CONTACTS:
            raise ValueError(f"A batch has 1 to {MOST_CONTACTS} contacts.")
        body = {**fields_of(fields), "customFields": [texts_of(each) for each in contacts]}
        params = {"priorityMode": "true" if priority_mode else "false"}
        return self._send(campaign_id, "create", body, params)

    def update(
        self,
        campaign_id: int,
        query: Query,
        *,
        custom_fields: Mapping[str, Any] | None = None,
        **fields: Any,
    ) -> str:
        """Change what is given of all contacts that match (seed: Update a batch).

        An empty or unknown filter, and a phone among the custom fields, raise `ValueError`: the first would hit every
        contact, the second makes doubles that are called.
        """
        data = fields_of(fields, allowed=_UPDATABLE)
        campaign = self._campaigns.get(campaign_id)
        checked = query_of(query, custom_fields=campaign.custom_fields, purge=True)
        if custom_fields:
            if set(custom_fields) & set(campaign.phone_fields):
                raise ValueError("A batch can't change phones; change them contact by contact.")
            if set(custom_fields) - set(campaign.custom_fields):
                raise ValueError("The campaign has no such custom field.")
            data["customFields"] = texts_of(custom_fields)
        if not data:
            raise ValueError("An update needs a field at least.")
        return self._send(campaign_id, "update", {"query": checked, "data": data})

    def delete(self, campaign_id: int, query: Query) -> str:
        """Remove all contacts that match, for good (seed: Delete a batch).

        Whether filters stand in `query` or at the top is not said, and what stands in the wrong place is discarded:
        they stand in both, so that each reading finds them (sheet: 6).
        """
        campaign = self._campaigns.get(campaign_id)
        checked = query_of(query, custom_fields=campaign.custom_fields)
        return self._send(campaign_id, "delete", {**checked, "query": checked})

    def result(self, token: str) -> BatchResult:
        """Say how far a batch is; ask again while it is not over (seed: Get batch result)."""
        return self._api.read(
            f"{_ROOT}/contact-batch/status/{UUID(token)}",
            operation="batch_result",
            decode=lambda answer: BatchResult.read(answer.json()),
        )

    def _send(self, campaign_id: int, kind: str, body: Any, params: Mapping[str, str] | None = None) -> str:
        running = self._running.get(campaign_id)
        if running is not None and not self.result(running).is_over:
            raise Unavailable(_BUSY, provider="diabolocom", operation=f"batch_{kind}")
        # A repeated update would set back what calls have changed since: it is as much once as a create.
        token = self._api.http.request(
            "POST",
            f"{_ROOT}/{int(campaign_id)}/contact-batch/{kind}",
            operation=f"batch_{kind}",
            effect=Effect.ONCE,
            params=params,
            json=body,
            decode=lambda answer: str(UUID(answer.json()["token"])),
            verdict=_busy,
        )
        self._running[campaign_id] = token
        return token


_BUSY = "Another batch of this campaign is going on; try again when it is over."


def _busy(answer: Answer) -> ProviderError | None:
    """Read 409 as "later" (documented for update and delete, expected for create; sheet: 4.8)."""
    return Unavailable(_BUSY) if answer.status == 409 else campaign_verdict(answer)
