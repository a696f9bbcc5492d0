"""How fast an account may be asked and how many calls it may hold, exactly, across all workers.

Owns the rate bucket and the room; both are counted under the account's row lock.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import F

from dialer.engine.accounts import FAILURES_TO_OPEN, capabilities_of, requests_sent
from dialer.models import Attempt, Health, ProviderAccount

#: So many seconds' worth of requests are granted at once, on credit; the next ones wait until they are repaid. So
#: the rate is kept to a quarter of a second, and used in full however slow a claim is.
CREDIT_SECONDS = 0.25
#: Without threads time passes only between ticks: then a whole tick's requests come at once.
BURST_SECONDS_INLINE = 1.0
#: A throttled account wins its full rate back in some twenty seconds.
RECOVERY_A_SECOND = 0.05
#: Pushes leave this share of the rate to those who look and take back: otherwise a full queue would starve the
#: polls that empty it.
PUSH_SHARE = 0.8
#: How many calls a half-open account gets to show that it works.
HALF_OPEN_CALLS = 1


def rate_of(account: ProviderAccount) -> float | None:
    """Return the requests a second that are allowed now; None = no limit known."""
    declared = capabilities_of(account).rate
    base = account.max_requests_per_second or (declared.per_second if declared else None)
    return None if base is None else base * account.bucket_factor


def refill(account: ProviderAccount, now: datetime) -> float | None:
    """Refill a locked account's bucket in memory and return its tokens; None = unlimited."""
    passed = max(0.0, (now - account.bucket_at).total_seconds()) if account.bucket_at else 0.0
    account.bucket_factor = min(1.0, account.bucket_factor + passed * RECOVERY_A_SECOND)
    rate = rate_of(account)
    if rate is None:
        return None
    top = max(1.0, rate * BURST_SECONDS_INLINE) if _is_inline() else 1.0
    before = top if account.bucket_tokens is None else account.bucket_tokens
    account.bucket_tokens = min(top, before + passed * rate)
    account.bucket_at = now
    return account.bucket_tokens


def _is_inline() -> bool:
    return bool(settings.DIALER_PUSH_THREADS <= 1)


def _credit(account: ProviderAccount) -> int:
    return max(1, int((rate_of(account) or 0) * CREDIT_SECONDS))


def seconds_to_next(account_id: UUID, now: datetime) -> float | None:
    """Return after how many seconds the bucket grants pushes again; None where no rate is known."""
    account = ProviderAccount.objects.get(pk=account_id)
    tokens, rate = refill(account, now), rate_of(account)
    return None if tokens is None or not rate else max(0.0, (1 - tokens) / rate)


def seconds_to_look(account_id: UUID, now: datetime) -> float | None:
    """Return after how many seconds the bucket grants looks again; None where nobody may wait or no rate is known."""
    account = ProviderAccount.objects.get(pk=account_id)
    tokens, rate = refill(account, now), rate_of(account)
    if tokens is None or not rate or _is_inline():
        return None
    # A little more than the debt: at exactly the limit nothing is granted.
    return max(0.0, (-_credit(account) - tokens) / rate) + 0.01


def requests_a_poll(account: ProviderAccount) -> float | None:
    """Return how many requests a second looking may use: what pushes leave; None where no rate is known."""
    rate = rate_of(account)
    return None if rate is None else rate * (1 - PUSH_SHARE)


@contextmanager
def metered(account: ProviderAccount, *, granted: int = 1) -> Iterator[None]:
    """Charge the bucket with the requests that the work inside sends beyond those that it was granted."""
    before = requests_sent()
    try:
        yield
    finally:
        more = requests_sent() - before - granted
        if more > 0 and account.bucket_tokens is not None:
            rows = ProviderAccount.objects.filter(pk=account.pk, bucket_tokens__isnull=False)
            rows.update(bucket_tokens=F("bucket_tokens") - more)


def save_bucket(account: ProviderAccount) -> None:
    """Write the bucket of a locked account."""
    ProviderAccount.objects.filter(pk=account.pk).update(
        bucket_tokens=account.bucket_tokens, bucket_at=account.bucket_at, bucket_factor=account.bucket_factor
    )


def take(*, account_id: UUID, wanted: int, now: datetime, is_withdrawal: bool = False) -> int:
    """Take up to `wanted` requests out of the bucket; withdrawals that wait go before everything else."""
    with transaction.atomic():
        account = ProviderAccount.objects.select_for_update(no_key=True).filter(pk=account_id).first()
        if account is None:
            return 0
        tokens = refill(account, now)
        if tokens is None:
            return wanted
        first = 0 if is_withdrawal else waiting_withdrawals(account, now)
        granted = max(0, min(wanted, _spendable(account, tokens) - first))
        account.bucket_tokens = tokens - granted
        save_bucket(account)
        return granted


def _spendable(account: ProviderAccount, tokens: float) -> int:
    """Say how much of the bucket looks and withdrawals may use; on credit also beside a queue that uses it up."""
    if _is_inline():
        return int(tokens)
    return _credit(account) if tokens > -_credit(account) else 0


def push_allowance(account: ProviderAccount, now: datetime, limit: int) -> int:
    """Return how many pushes a locked account allows now by its rate; withdrawals that wait go first."""
    if account.health_state == Health.DEGRADED and account.failures_in_row >= FAILURES_TO_OPEN - 1:
        limit = min(limit, HALF_OPEN_CALLS)
    tokens = refill(account, now)
    if tokens is None:
        return limit
    if _is_inline():
        held = Attempt.objects.filter(provider_account=account, is_live=True).exclude(state="claimed")
        share = int(tokens * PUSH_SHARE) if held.exists() else int(tokens)
        share = max(1, share) if tokens >= 1 else share
    else:
        share = _credit(account) if tokens >= 1 else 0
    return max(0, min(limit, share - waiting_withdrawals(account, now)))


def waiting_withdrawals(account: ProviderAccount, now: datetime) -> int:
    """Count the calls that are to be taken back now."""
    return Attempt.objects.filter(provider_account=account, is_live=True, withdraw_after__lte=now).count()


def room(account: ProviderAccount) -> int | None:
    """Return how many more calls the account may hold; None = no limit.

    Counted are calls that are, or may be, with the provider; an attempt that waits to be sent again is not.
    """
    if account.max_concurrent_calls is None:
        return None
    live = Attempt.objects.filter(provider_account=account, is_live=True)
    return account.max_concurrent_calls - live.exclude(state="claimed", lease_until__isnull=True).count()
