"""Claim, then push, until nothing is due or the time is up: the beat of dialing for one account.

Owns the time budget of one round; claiming and pushing are `claim`'s and `push`'s.
"""

from __future__ import annotations

import threading
import time
from datetime import datetime
from uuid import UUID

from django.conf import settings

from dialer import clock
from dialer.engine import accounts, limits, queue
from dialer.engine.claim import CLAIM_LIMIT, claim
from dialer.engine.claim_batch import Claimed
from dialer.engine.lanes import begin, free_lanes
from dialer.engine.push import push
from dialer.models import ProviderAccount

#: The share of a tick that one round may take; what is left is the next tick's, and a stop waits for little.
BUDGET_SHARE = 0.8
#: A rate that is not used in every instant is lost: its round goes on until the next one begins.
BUDGET_SHARE_PACED = 1.0
#: What is claimed and not sent within the round goes back unsent: begin small, and go on with what was managed.
FIRST_CLAIM = 64
#: Where the rate left nothing although it was not used up, others go first: asking at once again would only load the
#: database.
BREATH_SECONDS = 0.05
_never = threading.Event()


def dispatch_account(account_id: UUID, now: datetime) -> int:
    """Dial what is due on one account; returns how many orders were sent."""
    began = time.monotonic()
    account = ProviderAccount.objects.filter(pk=account_id, is_enabled=True).first()
    if account is None:
        return 0
    share = BUDGET_SHARE if limits.rate_of(account) is None else BUDGET_SHARE_PACED
    until = began + settings.DIALER_TICK_SECONDS * share
    # A provider in our own process waits for nothing: threads would only contend for the database.
    width = 1 if accounts.capabilities_of(account).in_process else settings.DIALER_PUSH_THREADS
    sent, limit = 0, FIRST_CLAIM
    while True:
        if width > 1 and not free_lanes(account_id, width):
            return sent
        orders = claim(account_id=account_id, now=clock.now(), limit=limit)
        sent += sum(begin(account_id, orders, lambda part: _push(part, until), width=width)) if orders else 0
        if time.monotonic() > until or not _goes_on(account, bool(orders), until):
            return sent
        limit = _manageable(sent, began, until)


def _manageable(sent: int, began: float, until: float) -> int:
    """Say how many more calls can be sent in what is left of the round, at the pace so far."""
    at = time.monotonic()
    pace = sent / max(at - began, 0.001)
    return min(CLAIM_LIMIT, max(FIRST_CLAIM // 4, int(pace * (until - at))))


def _goes_on(account: ProviderAccount, found: bool, until: float) -> bool:
    """Wait for the bucket's next request where a rate paces the account; else go on while something is due."""
    pace = limits.seconds_to_next(account.pk, clock.now())
    if pace is None:
        return found
    if not found:
        pace = max(pace, BREATH_SECONDS)
    if time.monotonic() + pace > until or account.pk not in queue.accounts_with_due(clock.now()):
        return False
    _never.wait(pace)
    return True


def _push(part: list[Claimed], until: float) -> int:
    return push(part, is_time_up=lambda: time.monotonic() > until)
