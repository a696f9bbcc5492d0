"""Own how one order becomes one contact and one call at Targg, and never two calls.

Never repeats a create. Where each step may break, and why no reference gets a second call:

1. The contact (ONCE, tagged with our reference). Broken: no call was sent. It is looked for at once; if it is not
   seen the push is ambiguous, though a contact alone rings nobody.
2. The call (ONCE). Broken: ambiguous, with the contact's id; the engine sends again only after a proven absence.
3. The call's id (READ). Broken: the call stands, the receipt only lacks its id.

From the second send on the contact is looked for before one is made, and its calls before one is made: a call that
came later than anybody waited for is then found, not doubled.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import Any

from providers.errors import Ambiguous, CampaignBlocked, ProviderError, Refused, Unavailable
from providers.targg.client import TarggClient
from providers.targg.drafts import ContactDraft, ContactPhone, written
from providers.targg.finding import calls_of_contacts, contacts_of
from providers.targg.retries import SINGLES, read_back, timeline_of
from providers.targg.wall import NoWallTime, wall_time
from providers.targg.wire import Missing
from providers.values import CallOrder, Receipt, RemoteCampaign
from providers.vocabulary import Result

#: Less of the deadline is too little to learn a call's fate: better nothing is sent than nobody knows.
_LEAST_SHARE = 0.25


def push(
    client: TarggClient,
    campaign: RemoteCampaign,
    order: CallOrder,
    now: datetime,
    left: Callable[[], float],
) -> Receipt:
    """Hand over one order within the budget that runs."""
    number = written(order.phone)
    if number is None:
        return _refused(order, "Targg takes numbers of Brazil and of +1 only.")
    fitting = _fitting(campaign, order)
    if fitting is None:
        return _refused(
            order, "Targg redials by campaign, and the campaign's plan is not the one of this call."
        )
    campaign = fitting
    try:
        # A time that has come is no time: the vendor may take a past one for anything (sheet: Gaps 7).
        is_later = order.not_before is not None and order.not_before > now
        wall = wall_time(order.not_before, number) if is_later and order.not_before else None
        draft = _contact(order, number)
    except NoWallTime as error:
        return _refused(order, f"It was not scheduled, but is held: {error}")
    try:
        known, there = _before(client, order) if order.send_no > 1 else (None, None)
        if there is not None:
            return _accepted(order, there["contact"], there["_id"], wall)
        contact = known or _made(client, draft, order.ref)
        if contact.get("blacklist") is True:
            return _refused(order, "Targg has the contact on its blacklist.", Result.DO_NOT_CALL)
        if left() < _LEAST_SHARE:
            raise Unavailable("Too little time was left to send the call; only its contact was made.")
        _call(client, campaign, order, contact["_id"], wall)
    except Missing:
        return _refused(order, "Targg does not know the contact that was made for the call.")
    except Refused as error:
        return _refused(order, error.reason)
    return _accepted(order, contact["_id"], _id_of_call(client, contact["_id"], order.ref), wall)


def _before(client: TarggClient, order: CallOrder) -> tuple[dict[str, Any] | None, dict[str, Any] | None]:
    """Give what an earlier send of this reference left: a contact that can be used, and a call."""
    try:
        contacts = contacts_of(client, order.ref)
        ids = [each["_id"] for each in contacts]
        calls = calls_of_contacts(client, ids, order.ref) if ids else []
    except Refused as error:  # a list that is refused says nothing about the order
        raise Unavailable(f"Targg would not list what it has: {error.reason}") from None
    usable = [each for each in contacts if each.get("status") != "deleted"]
    return (usable[0] if usable else None), (calls[0] if calls else None)


def _made(client: TarggClient, draft: ContactDraft, ref: str) -> dict[str, Any]:
    try:
        return client.create_contact(draft, ref=ref)
    except Ambiguous as broken:
        try:
            found = contacts_of(client, ref)
        except ProviderError:
            found = []
        if not found:
            raise broken from None
        return found[0]


def _call(
    client: TarggClient, campaign: RemoteCampaign, order: CallOrder, contact_id: str, wall: str | None
) -> None:
    try:
        client.create_call(contact=contact_id, campaign=campaign.remote_id, ref=order.ref, wall=wall)
    except Missing:
        _refuse_if_gone(_status_of(client, campaign))
        raise
    except Refused:
        _refuse_if_stopped(_status_of(client, campaign), campaign)
        raise
    except ProviderError as error:
        error.remote["contact_id"] = contact_id
        raise


def _status_of(client: TarggClient, campaign: RemoteCampaign) -> Any:
    """Read the campaign's status, to find out whether a refused call is the campaign's fault: everybody's matter."""
    try:
        return client.campaign(campaign.remote_id).get("status")
    except Missing:
        return "deleted"


def _refuse_if_gone(status: Any) -> None:
    if status == "deleted":
        raise CampaignBlocked("The remote campaign is gone.") from None


def _refuse_if_stopped(status: Any, campaign: RemoteCampaign) -> None:
    """Blame a campaign that is not active, not the person: what it does with a new call is not said (sheet: Gaps 5)."""
    _refuse_if_gone(status)
    if status == "paused" and campaign.state == "paused":
        raise Unavailable("The remote campaign is paused, and about to be resumed by us.") from None
    if status in ("paused", "inactive"):
        raise CampaignBlocked(
            f"The remote campaign is {status}; set it to active in Targg's web console."
        ) from None


def _id_of_call(client: TarggClient, contact_id: str, ref: str) -> str | None:
    """Look up the id that the create does not tell; without it all else works, a little slower."""
    try:
        there = calls_of_contacts(client, [contact_id], ref)
    except ProviderError:
        return None
    return there[0]["_id"] if there else None


def _fitting(campaign: RemoteCampaign, order: CallOrder) -> RemoteCampaign | None:
    """Give the campaign that redials as this order wants, if there is one: too often is worse than not at all."""
    known, wanted = read_back(campaign.remote), timeline_of(order.retry)
    # Not known are its owner's retries, accepted as they are.
    if known == wanted or (known is None and order.retry is None):
        return campaign
    singles = campaign.remote.get(SINGLES)
    return replace(campaign, remote_id=singles) if singles and not wanted else None


def _contact(order: CallOrder, number: str) -> ContactDraft:
    others = [written(phone) for phone in order.other_phones] if order.retry else []
    phones = [ContactPhone(phone=number)]
    phones += [
        ContactPhone(phone=each, main=False) for each in dict.fromkeys(others) if each and each != number
    ]
    return ContactDraft(
        phones=tuple(phones),
        language=_language(order.language, number),
        name=order.name.strip(),
        email=order.email or "",
        # The one way to find it again: externalId is no filter.
        tags=(order.ref,),
        external_id=order.ref,
        fields=order.fields,
    )


def _language(given: str | None, number: str) -> str:
    """Choose between the two languages that Targg has; any other person gets that of the number's country."""
    word = (given or "").lower()
    if word.startswith("pt") or (number.startswith("55") and not word.startswith("en")):
        return "pt-br"
    return "en-us"


def _accepted(order: CallOrder, contact_id: str, call_id: str | None, wall: str | None) -> Receipt:
    remote = {"contact_id": contact_id} | ({"call_id": call_id} if call_id else {})
    if wall is not None and order.not_before is not None:
        remote["not_before"] = order.not_before.isoformat()
    return Receipt(ref=order.ref, accepted=True, remote_id=call_id, remote=remote)


def _refused(order: CallOrder, reason: str, result: Result = Result.REJECTED) -> Receipt:
    # The vendor may quote what it refuses.
    clean = reason.replace(order.name, "***") if order.name else reason
    return Receipt(ref=order.ref, accepted=False, result=result, reason=clean)
