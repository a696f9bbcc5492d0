"""Claim, then push, until nothing is due or the time is up: the beat of dialing for one account.

Owns the time budget of one round; claiming and pushing are `claim`'s and `push`'s.
"""

from __future__ import annotations

import time
from datetime import datetime
from uuid import UUID

from django.conf import settings

from dialer import clock
from dialer.engine import accounts
from dialer.engine.claim import claim
from dialer.engine.claim_batch import Claimed
from dialer.engine.lanes import spread
from dialer.engine.push import push
from dialer.models import ProviderAccount

#: One round may take this long; what is left is the next tick's. Short, so that a stop waits for little.
BUDGET_SECONDS = 2.0
#: Claims in one round: each takes what rate and room allow at that instant.
ROUNDS = 20


def dispatch_account(account_id: UUID, now: datetime) -> int:
    """Dial what is due on one account; returns how many orders were sent."""
    until = time.monotonic() + BUDGET_SECONDS
    account = ProviderAccount.objects.filter(pk=account_id, is_enabled=True).first()
    if account is None:
        return 0
    # A provider in our own process waits for nothing: threads would only contend for the database.
    width = 1 if accounts.capabilities_of(account).in_process else settings.DIALER_PUSH_THREADS
    sent = 0
    for _ in range(ROUNDS):
        orders = claim(account_id=account_id, now=clock.now())
        if not orders:
            break
        sent += sum(spread(orders, lambda part: _push(part, until), width=width))
        if time.monotonic() > until:
            break
    return sent


def _push(part: list[Claimed], until: float) -> int:
    return push(part, is_time_up=lambda: time.monotonic() > until)
