"""Own how one person's contacts and calls are found by our reference, for a push, a withdrawal or a recording.

Never takes a list that was not read to its end for a proof that something is not there.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

from providers.targg.client import TarggClient
from providers.targg.listing import every
from providers.targg.retries import ids_of
from providers.targg.ringing import oldest_first
from providers.targg.words import ref_of
from providers.values import Handle, RemoteCampaign

#: What `ini_date` compares and in which zone is not said (sheet: Gaps 9): a day covers every zone of the earth.
_OVERLAP = timedelta(days=1)


def contacts_of(client: TarggClient, ref: str) -> list[dict[str, Any]]:
    """Give the contacts that were made for a reference, deleted ones too: by its tag, compared again here."""
    return [contact for contact in client.contacts(tags=[ref]) if _has_ref(contact, ref)]


def _has_ref(contact: dict[str, Any], ref: str) -> bool:
    return ref in (contact.get("tags") or ()) or contact.get("externalId") == ref


def calls_of_contacts(client: TarggClient, contacts: Sequence[str], ref: str) -> list[dict[str, Any]]:
    """Give the calls of a reference among those of its contacts, oldest first."""
    found = every(lambda page: client.calls(page, contacts=contacts, operation="find_call"))
    return oldest_first([call for call in found if ref_of(call) == ref])


def calls_of(client: TarggClient, campaign: RemoteCampaign | None, call: Handle) -> list[dict[str, Any]]:
    """Give all call objects of a handle, oldest first, from its reference alone if need be."""
    known = call.remote.get("contact_id")
    contacts = [known] if known else [each["_id"] for each in contacts_of(client, call.ref)]
    found = calls_of_contacts(client, contacts, call.ref) if contacts else []
    if found or known or campaign is None:
        return found
    # The tag may have been taken away in the web console: only the campaign's own calls prove anything.
    listed = every(
        lambda page: client.calls(
            page, campaigns=ids_of(campaign), since=first_day(call.pushed_at), operation="find_call"
        )
    )
    return oldest_first([each for each in listed if ref_of(each) == call.ref])


def first_day(moment: datetime | None) -> date | None:
    """Give the first day that a list must cover to hold a call that was made at a moment."""
    return (moment.astimezone(UTC) - _OVERLAP).date() if moment is not None else None
