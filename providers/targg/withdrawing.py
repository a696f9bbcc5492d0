"""Own taking back a call that has not rung, always by its one id.

Never says that a call is gone while it may only not be listed yet.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from providers.errors import Refused, Unavailable
from providers.targg.client import TarggClient
from providers.targg.finding import calls_of
from providers.targg.retries import read_back
from providers.targg.wire import Missing
from providers.targg.words import is_scheduled
from providers.values import Handle, RemoteCampaign
from providers.vocabulary import Withdrawal


def withdraw(
    client: TarggClient, campaign: RemoteCampaign, call: Handle, now: datetime, visible_after: timedelta
) -> Withdrawal:
    """Delete the scheduled call of a handle; of native retries, each object that may still ring."""
    known = call.remote_id or call.remote.get("call_id")
    if known and read_back(campaign.remote) == ():
        return _deleted(client, known)
    there = calls_of(client, campaign, call)
    if not there and not known and _may_come(call, now, visible_after):
        raise Unavailable("Targg took the call, but does not list it yet.")
    if not there:
        return Withdrawal.GONE
    outcomes = [_deleted(client, each["_id"]) for each in there if is_scheduled(each)]
    for outcome in (Withdrawal.WITHDRAWN, Withdrawal.TOO_LATE):
        if outcome in outcomes:
            return outcome
    return Withdrawal.GONE if outcomes else Withdrawal.TOO_LATE


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
