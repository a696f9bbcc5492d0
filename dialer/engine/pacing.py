"""Waits for an account's next request: each one that is sent has an instant of its own, across all workers.

Owns the booking of instants and the wait; how many requests a piece of work may begin is `limits`'. An account
without a rate costs nothing here.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction

from dialer import clock
from dialer.models import Attempt, ProviderAccount
from dialer.rules.pace import LONGEST_WAIT, Pace, pace_of
from providers import errors, registry
from providers.contract import HttpOptions

#: A request goes out this long after its instant at the latest, else it waits for another one: half of what
#: `rules.pace` leaves for requests that are late; the other half is the network's.
FRESH = timedelta(seconds=0.05)
#: Work that was granted finds its instant within a second or so; what has to wait longer comes again at a later tick.
PATIENCE_SECONDS = 5.0
#: Somebody who waits for an answer of the API lets dialing go first for so long, and then waits in line.
LETS_OTHERS_FIRST_SECONDS = 1.0
ASKING_SECONDS = 3.0
#: A throttled account wins its full rate back in some twenty seconds.
RECOVERY_A_SECOND = 0.05

#: What gave way is not due again at once: its round would claim it and hand it back without end.
GIVES_WAY_SECONDS = 0.5
_COLUMNS = ("provider", "max_requests_per_second", "bucket_next_at", "bucket_at", "bucket_factor")

_mine = threading.local()
_asking: dict[UUID, threading.Lock] = {}
#: Requests of an instant that were booked together and not sent yet, in this process.
_left: dict[UUID, deque[datetime]] = {}


class RateUsedUp(errors.Unavailable):
    """The account's own rate leaves no request for now: nothing was sent, and the provider is not to blame."""


def rate_of(account: ProviderAccount) -> float | None:
    """Return the requests a second that the account may be sent when all is well; None = no limit known."""
    declared = registry.provider_class(account.provider).capabilities.rate
    return account.max_requests_per_second or (declared.per_second if declared else None)


def factor_of(account: ProviderAccount, now: datetime) -> float:
    """Return how much of its rate a throttled account may use by now."""
    passed = max(0.0, (now - account.bucket_at).total_seconds()) if account.bucket_at else 0.0
    return min(1.0, account.bucket_factor + passed * RECOVERY_A_SECOND)


def pace_now(account: ProviderAccount, now: datetime) -> Pace | None:
    """Return how the account's requests are spaced now; None where no rate is known."""
    rate = rate_of(account)
    return None if rate is None else pace_of(rate, factor_of(account, now))


def paced(account: ProviderAccount, options: HttpOptions) -> HttpOptions:
    """Let an adapter's HTTP client wait before each request; as it was where no rate is known."""
    if rate_of(account) is None:
        return options
    return replace(
        options,
        on_request=lambda left: _before_request(account.pk, left),
        on_sending=lambda left: _before_sending(account.pk, left),
    )


@contextmanager
def turn(
    account: ProviderAccount, *, patience: float = PATIENCE_SECONDS, gives_way: bool = False
) -> Iterator[None]:
    """Wait for the account's next instant; the first request inside uses it, each further one waits for its own.

    A provider in our own process sends no requests: there the work inside counts as one. Work that gives way does
    not even begin while calls are to be taken back.
    """
    if rate_of(account) is None:
        yield
        return
    if gives_way and waiting_withdrawals(account.pk, clock.now()):
        raise RateUsedUp("Calls that are to be taken back go first.", retry_after=GIVES_WAY_SECONDS)
    _mine.at, _mine.is_taken = _wait(account.pk, patience), False
    try:
        yield
    finally:
        _mine.at = None


@contextmanager
def asking(account: ProviderAccount) -> Iterator[None]:
    """Wait for a turn on behalf of somebody who waits for an answer: behind all dialing, one at a time a process.

    After a moment it stands in line like any other, so that a busy account can be asked too; whoever would have to
    wait longer than a few seconds is told to come again.
    """
    if rate_of(account) is None:
        yield
        return
    began = time.monotonic()
    line = _asking.setdefault(account.pk, threading.Lock())
    if not line.acquire(timeout=ASKING_SECONDS):
        raise RateUsedUp("Others are asking over this account already.", retry_after=1)
    try:
        _let_others_first(account.pk, began + LETS_OTHERS_FIRST_SECONDS)
        with turn(account, patience=max(0.0, began + ASKING_SECONDS - time.monotonic())):
            yield
    finally:
        line.release()


def _let_others_first(account_id: UUID, until: float) -> None:
    while not clock.is_virtual():
        now = clock.now()
        account = _bucket(account_id)
        pace = pace_now(account, now) if account else None
        if account is None or pace is None:
            return
        pause = (pace.instant(account.bucket_next_at, now) - now).total_seconds()
        left = until - time.monotonic()
        if left <= 0 or (pause <= 0 and not waiting_withdrawals(account_id, now)):
            return
        time.sleep(min(left, max(pause, 0.05)))


def waiting_withdrawals(account_id: UUID, now: datetime) -> int:
    """Count the calls that are to be taken back now."""
    return Attempt.objects.filter(
        provider_account_id=account_id, is_live=True, withdraw_after__lte=now
    ).count()


def _before_request(account_id: UUID, left: float) -> None:
    """Use the instant that this thread's work has waited for, or wait for another one."""
    if not _holds_fresh() or _mine.is_taken:
        _mine.at = _wait(account_id, left)
    _mine.is_taken = True


def _before_sending(account_id: UUID, left: float) -> None:
    """Wait again if connecting took so long that the request would go out too late."""
    if not _holds_fresh():
        _mine.at = _wait(account_id, left)


def _holds_fresh() -> bool:
    at: datetime | None = getattr(_mine, "at", None)
    return at is not None and clock.now() - at <= FRESH


def _wait(account_id: UUID, patience: float) -> datetime:
    """Book an instant and sleep until it has come; a thread that overslept books another one."""
    until = time.monotonic() + patience
    while True:
        at = _booked(account_id, patience)
        # Where a test makes the time pass, the request counts as sent at its instant.
        if clock.is_virtual():
            return at
        time.sleep(max(0.0, (at - clock.now()).total_seconds()))
        if clock.now() - at <= FRESH:
            return at
        patience = max(0.0, until - time.monotonic())


def _booked(account_id: UUID, patience: float) -> datetime:
    """Take the next instant of an account, if it comes soon enough; raises `RateUsedUp` and takes nothing else."""
    longest = timedelta(seconds=min(patience, LONGEST_WAIT.total_seconds()))
    # No lock: nobody may wait for another thread's statement, and one that books beside it takes instants of its own.
    left = _left.setdefault(account_id, deque())
    while left:
        try:
            at = left.popleft()
        except IndexError:  # another thread was faster
            break
        # One that stands far ahead was booked by a clock that was set back since.
        if -FRESH <= at - clock.now() <= longest:
            return at
    at, together = _book(account_id, longest)
    left.extend([at] * (together - 1))
    return at


def _bucket(account_id: UUID, *, is_locked: bool = False) -> ProviderAccount | None:
    rows = ProviderAccount.objects.filter(pk=account_id).only(*_COLUMNS)
    return (rows.select_for_update(no_key=True) if is_locked else rows).first()


def _book(account_id: UUID, patience: timedelta) -> tuple[datetime, int]:
    with transaction.atomic():
        account = _bucket(account_id, is_locked=True)
        # Read under the lock: it may have taken a while to get it.
        now = clock.now()
        pace = pace_now(account, now) if account else None
        if account is None or pace is None:
            return now, 1
        at = pace.instant(account.bucket_next_at, now)
        if at - now > patience:
            wait = (at - now).total_seconds()
            raise RateUsedUp(
                f"The account's rate leaves no request for the next {wait:.1f} s.", retry_after=wait
            )
        changes: dict[str, Any] = {
            "bucket_next_at": at + pace.gap,
            "bucket_factor": factor_of(account, now),
            "bucket_at": now,
        }
        ProviderAccount.objects.filter(pk=account_id).update(**changes)
        return at, pace.together
