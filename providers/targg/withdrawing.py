"""Own taking back a call that has not rung, always by its one id.

Never says that a call is gone while it may only not be listed yet, nor deletes one whose end is still to be learned.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from providers.errors import Refused
from providers.targg.client import TarggClient
from providers.targg.drafts import ContactDraft, ContactPhone
from providers.targg.finding import calls_of
from providers.targg.retries import read_back, timeline_for
from providers.targg.ringing import rings_of
from providers.targg.wire import Missing
from providers.targg.words import is_scheduled
from providers.values import Handle, RemoteCampaign
from providers.vocabulary import Why, Withdrawal

#: The vendor's word for a person who is not to be called ("Create contact", `status`).
_QUIET = "not_disturb"


def withdraw(
    client: TarggClient,
    campaign: RemoteCampaign,
    call: Handle,
    why: Why,
    *,
    now: datetime,
    visible_after: timedelta,
) -> Withdrawal:
    """Delete the scheduled call of a handle; of native retries, each object that may still ring.

    When a redial's object comes into being is not said (document, `timeline_retry`): one that is not there yet is asked
    for again.
    """
    known = call.remote_id or call.remote.get("call_id")
    if known and read_back(campaign.remote) == ():
        return _deleted(client, known)
    there = calls_of(client, campaign, call)
    if not there:
        may_come = not known and _may_come(call, now, visible_after)
        return Withdrawal.NOT_YET if may_come else Withdrawal.GONE
    timeline = timeline_for(campaign, there[0])
    begun = [ring.number for ring in rings_of(there, timeline, call) if ring.has_begun]
    if begun and max(begun) >= call.ring_no:
        # An object that waits for the ring after it may show this one's end no more once it is deleted.
        return Withdrawal.TOO_LATE
    outcomes = [_deleted(client, each["_id"]) for each in there if is_scheduled(each)]
    if not outcomes and call.ring_no <= 1 + len(timeline):
        if why is not Why.PAUSE:
            _quieted(client, there[-1].get("contact"))
        return Withdrawal.NOT_YET
    for outcome in (Withdrawal.WITHDRAWN, Withdrawal.TOO_LATE):
        if outcome in outcomes:
            return outcome
    return Withdrawal.GONE if outcomes else Withdrawal.TOO_LATE


def _quieted(client: TarggClient, contact_id: Any) -> None:
    """Mark the contact of an order as not to be disturbed: it was made for this order alone.

    What that does to its redials is not said (sheet: Gaps 14), so nothing is believed of it; a contact that can't be
    written back is left as it is.
    """
    if not isinstance(contact_id, str) or not contact_id:
        return
    try:
        shown = client.contact(contact_id)
        if shown.get("status") == "active":
            client.update_contact(contact_id, replace(_as_shown(shown), status=_QUIET))
    except (Refused, LookupError, TypeError, ValueError):
        return


def _as_shown(shown: dict[str, Any]) -> ContactDraft:
    """Write a shown contact as PUT takes it, with all that an order gives one (sheet: Gaps 6)."""
    return ContactDraft(
        phones=tuple(
            ContactPhone(
                phone=each["number"],
                main=each["main"],
                not_disturb=each["not_disturb"],
                type=each.get("type") or "other",
            )
            for each in shown["phones"]
        ),
        language=shown["language"],
        name=shown.get("name") or "",
        email=shown.get("email") or "",
        tags=tuple(shown.get("tags") or ()),
        external_id=shown.get("externalId"),
        fields={each["key"]: each["value"] for each in shown.get("aditionalFields") or ()},
    )


def _may_come(call: Handle, now: datetime, visible_after: timedelta) -> bool:
    """Say whether a call that was accepted may only be too new for the list (sheet: Gaps 1)."""
    is_accepted = bool(call.remote.get("contact_id"))
    return is_accepted and call.pushed_at is not None and now - call.pushed_at < visible_after


def _deleted(client: TarggClient, call_id: str) -> Withdrawal:
    """Delete one call; how a call that is no longer scheduled is refused is not documented: then it is read."""
    try:
        client.delete_call(call_id)
    except Missing:
        return Withdrawal.GONE
    except Refused:
        try:
            shown: dict[str, Any] = client.call(call_id, operation="withdraw")
        except Missing:
            return Withdrawal.GONE
        if is_scheduled(shown):  # refused for another reason, which the caller shall see
            raise
        return Withdrawal.TOO_LATE
    return Withdrawal.WITHDRAWN
