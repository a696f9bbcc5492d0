"""Own reading what the vendor keeps of sends: campaigns, sendings, and the reports of one sending.

Never changes anything: no endpoint makes, stops or deletes a campaign or a sending.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from providers.errors import CampaignBlocked, ProviderError
from providers.http import Answer, Effect, segment
from providers.nrs360.codes import verdict_of_request
from providers.nrs360.records import (
    CampaignRecord,
    SendingRecord,
    T,
    campaign_of,
    campaigns_of,
    data_of,
    record,
    rows_of,
    sending_of,
)
from providers.nrs360.sheets import EventRow, KeyRow, event_rows, key_rows
from providers.nrs360.wire import Wire, filter_date, named

#: A report is CSV, whatever is accepted elsewhere.
_ANY = {"Accept": "*/*"}


class Campaigns:
    """Read campaigns and sendings; ids are whole numbers, as text."""

    def __init__(self, wire: Wire) -> None:
        self._wire = wire

    def find(
        self,
        *,
        name: str | None = None,
        channel: str | None = None,
        before: datetime | None = None,
        after: datetime | None = None,
        operation: str = "list_campaigns",
    ) -> list[CampaignRecord]:
        """List campaigns by name (`*` stands for anything, case does not count), channel and date.

        There are no pages: without a filter the whole account comes in one answer. Whether the dates are those of
        creation or of change is not documented.
        """
        return self._wire.request(
            "GET",
            "/campaigns",
            operation=operation,
            effect=Effect.READ,
            params={
                "name": name,
                "channel": channel,
                "beforeDate": filter_date(before) if before else None,
                "afterDate": filter_date(after) if after else None,
            },
            decode=campaigns_of,
        )

    def get(self, campaign_id: str) -> CampaignRecord:
        """Read one campaign (document: `links.self`); an unknown one is `CampaignBlocked`."""
        path = f"/campaigns/{segment(named(campaign_id, 'campaign'))}"
        return self._one(path, "get_campaign", lambda answer: campaign_of(data_of(answer)))

    def sendings(self, campaign_id: str) -> list[SendingRecord]:
        """List a campaign's sendings (document: `links.sendings`)."""
        path = f"/campaigns/{segment(named(campaign_id, 'campaign'))}/sendings"

        def read(answer: Answer) -> list[SendingRecord]:
            return [sending_of(item) for item in rows_of(record(answer.json())["data"])]

        return self._one(path, "list_sendings", read)

    def sending(self, sending_id: str) -> SendingRecord:
        """Read one sending (document: its `links.self`)."""
        return self._wire.request(
            "GET",
            f"/sendings/{segment(named(sending_id, 'sending'))}",
            operation="get_sending",
            effect=Effect.READ,
            decode=lambda answer: sending_of(data_of(answer)),
        )

    def events(
        self,
        sending_id: str,
        *,
        before: datetime | None = None,
        after: datetime | None = None,
        custom_fields: bool = False,
    ) -> list[EventRow]:
        """Read the events report of one sending; empty before its first event."""
        return self._report(sending_id, "events", event_rows, before, after, custom_fields)

    def keys(
        self, sending_id: str, *, before: datetime | None = None, after: datetime | None = None
    ) -> list[KeyRow]:
        """Read which keys were pressed in one interactive sending."""
        return self._report(sending_id, "keys", key_rows, before, after, False)

    def _report(
        self,
        sending_id: str,
        kind: str,
        rows: Callable[[str], list[T]],
        before: datetime | None,
        after: datetime | None,
        custom_fields: bool,
    ) -> list[T]:
        return self._wire.request(
            "GET",
            f"/sendings/{segment(named(sending_id, 'sending'))}/reports/{kind}",
            operation=f"report_{kind}",
            effect=Effect.READ,
            params={
                "beforeDate": filter_date(before) if before else None,
                "afterDate": filter_date(after) if after else None,
                "showCustomFields": 1 if custom_fields else None,
            },
            headers=_ANY,
            decode=lambda answer: rows(answer.text),
        )

    def _one(self, path: str, operation: str, read: Callable[[Answer], T]) -> T:
        return self._wire.request(
            "GET", path, operation=operation, effect=Effect.READ, decode=read, verdict=_no_such_campaign
        )


def _no_such_campaign(answer: Answer) -> ProviderError | None:
    if answer.status == 404:
        return CampaignBlocked("360NRS has no such campaign.", code="404")
    return verdict_of_request(answer)
