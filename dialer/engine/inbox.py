"""Reads the notifications that were stored when they came, and applies what they tell.

Owns when a notification is read again (it may outrun our own commit) and when it is left to people. Where it can't say
which ring of a provider's own plan it speaks of, it is a hint, and `observe` asks.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction

from dialer.engine import accounts, observe
from dialer.engine.apply import apply
from dialer.engine.match import matched
from dialer.engine.news import News
from dialer.engine.text import storable
from dialer.models import Attempt, EventSource, HookMessage, HookState, ProviderAccount
from providers import errors, registry
from providers.contract import HookRequest, Report

log = logging.getLogger(__name__)

#: What one round reads at most; one set-based `apply` takes as many.
LIMIT = 500
#: Holds messages against other readers for longer than a round takes.
TURN = timedelta(seconds=30)
#: A call that a notification speaks of is ours within seconds, or after a reconciliation within minutes; then a day
#: of patience for a database that was away.
WAITS = (
    timedelta(seconds=2),
    timedelta(seconds=15),
    timedelta(minutes=2),
    timedelta(minutes=15),
    timedelta(hours=2),
    timedelta(hours=22),
)


@dataclass(slots=True)
class _Read:
    message: HookMessage
    reports: list[Report] = field(default_factory=list)
    state: HookState = HookState.DONE
    reason: str = ""
    is_partly_unknown: bool = False


def read_due(*, now: datetime) -> int:
    """Read the notifications whose turn it is; returns how many facts they told."""
    messages = _take(now)
    by_account: dict[UUID, list[HookMessage]] = {}
    for message in messages:
        by_account.setdefault(message.provider_account_id, []).append(message)
    told = 0
    for account in ProviderAccount.objects.filter(pk__in=by_account):
        told += _read_all(account, by_account[account.pk], now)
    return told


def _take(now: datetime) -> list[HookMessage]:
    """Take the oldest due messages: what another reader holds is left to it."""
    due = HookMessage.objects.filter(read_after__lte=now).order_by("read_after", "pk")
    if not due.exists():
        return []
    with transaction.atomic():
        messages = list(due.select_for_update(skip_locked=True)[:LIMIT])
        HookMessage.objects.filter(pk__in=[row.pk for row in messages]).update(read_after=now + TURN)
    return messages


def _read_all(account: ProviderAccount, messages: Sequence[HookMessage], now: datetime) -> int:
    reads = [_parsed(account, message) for message in messages]
    try:
        told = _applied(account, reads, now)
    except Exception:  # one message that the database refuses must not stop its neighbours
        log.exception("hooks_failed", extra={"account": str(account.pk), "messages": len(reads)})
        if len(messages) > 1:
            return sum(_read_all(account, [message], now) for message in messages)
        reads[0].is_partly_unknown, reads[0].reason, told = True, "it could not be stored", 0
    for read in reads:
        _conclude(account, read, now)
    return told


def _parsed(account: ProviderAccount, message: HookMessage) -> _Read:
    """Let the adapter read one message; what it cannot read is rejected for good."""
    request = HookRequest(
        body=message.body.encode(),
        headers={"content-type": message.content_type},
        query=message.query,
        received_at=message.created_at,
    )
    try:
        return _Read(message, list(accounts.provider_for(account).parse_webhook(request)))
    except errors.HookRejected as error:
        return _Read(message, state=HookState.REJECTED, reason=error.reason)
    except (errors.ProviderError, registry.UnknownProvider) as error:
        # The account's configuration does not fit at the moment: that may be mended.
        return _Read(message, is_partly_unknown=True, reason=str(error))


def _applied(account: ProviderAccount, reads: Sequence[_Read], now: datetime) -> int:
    """Apply the facts whose call is known, in one go."""
    known: list[tuple[UUID, Report]] = []
    for read in reads:
        matches = matched(account.pk, read.reports, None)
        found = [(match.attempt_id, match.report) for match in matches if match.attempt_id is not None]
        if len(found) < len(matches):
            read.is_partly_unknown, read.reason = True, "no call of ours has this reference"
        known += found
    hints = _hints(account, {attempt_id for attempt_id, _ in known})
    facts = [report for attempt_id, report in known if attempt_id not in hints]
    told = apply(account_id=account.pk, reports=facts, source=EventSource.HOOK, now=now)
    return sum(told.values()) + (observe.look_again(account, hints) if hints else 0)


def _hints(account: ProviderAccount, attempt_ids: set[UUID]) -> set[UUID]:
    """List the orders of which a notification may mean any ring."""
    native = accounts.capabilities_of(account).native_retry
    if native is None or native.numbers_hooks or not attempt_ids:
        return set()
    orders = Attempt.objects.filter(pk__in=attempt_ids, campaign__retry_plan__mode="native")
    return {native_of or key for key, native_of in orders.values_list("pk", "native_of_id")}


def _conclude(account: ProviderAccount, read: _Read, now: datetime) -> None:
    """Write what became of a message; one whose call never turned up is parked where people see it."""
    message = read.message
    change: dict[str, object] = {"read_after": None, "state": read.state.value}
    if read.is_partly_unknown and message.tries < len(WAITS):
        change = {"read_after": now + WAITS[message.tries], "state": HookState.WAITING.value}
    elif read.is_partly_unknown:
        change["state"] = HookState.PARKED.value
        apply(account_id=account.pk, reports=read.reports, source=EventSource.HOOK, now=now)
    elif read.state is HookState.DONE:
        # The facts are stored; a copy with the person's number would only have to be erased one day.
        change["body"] = ""
    reason = storable(read.reason)[:300]
    with transaction.atomic():
        HookMessage.objects.filter(pk=message.pk).update(**change, tries=message.tries + 1, reason=reason)
        if change["state"] == HookState.PARKED.value:
            news = News()
            news.account("notification_parked", account.pk, notification=message.pk, reason=reason)
            news.write()
