"""How much work an account may begin now, and how many calls it may hold.

Owns the order of those who want requests and the room for calls; each request then waits for its instant in `pacing`.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings

from dialer.engine import pacing
from dialer.engine.accounts import FAILURES_TO_OPEN
from dialer.models import Attempt, Health, ProviderAccount
from dialer.rules.pace import Pace, until_turn
from dialer.rules.transitions import AttemptState

#: Work is granted so far ahead of its instants: what it does before and after its requests must not let them pass
#: unused. Withdrawals line up behind no more than this.
AHEAD = timedelta(seconds=0.5)
#: Each claim costs an instant or two of a fast account; so it takes calls for longer, and hands back what it could
#: not send when somebody is to be taken back meanwhile.
PUSHES_AHEAD = timedelta(seconds=1)
#: Withdrawals are granted as far ahead as they may begin: a tick.
WITHDRAWALS_AHEAD = timedelta(seconds=1)
#: Without threads all that one tick does comes in its one round.
AHEAD_INLINE = timedelta(seconds=1)
#: Pushes leave this share of the rate to those who look and take back: otherwise a full queue would starve the
#: polls that empty it.
PUSH_SHARE = 0.8
#: A poll that is due for so many ticks was refused at one of them at least.
STARVING_TICKS = 1.5
#: Calls that the provider has for certain: what polling asks about. Doubtful ones are reconciliation's.
POLLED = [AttemptState.PUSHED.value, AttemptState.RINGING.value, AttemptState.CONNECTED.value]
#: How many calls a half-open account gets to show that it works.
HALF_OPEN_CALLS = 1


def rate_of(account: ProviderAccount) -> float | None:
    """Return the requests a second that are allowed; a throttled account's by its factor. None = no limit known."""
    rate = pacing.rate_of(account)
    return None if rate is None else rate * account.bucket_factor


def _is_inline() -> bool:
    return bool(settings.DIALER_PUSH_THREADS <= 1)


def _free(account: ProviderAccount, now: datetime, ahead: timedelta) -> int | None:
    """Count the requests that are free within a while; None = no limit known."""
    pace = pacing.pace_now(account, now)
    return None if pace is None else pace.free(account.bucket_next_at, now, ahead)


def seconds_to_next(account_id: UUID, now: datetime) -> float | None:
    """Return after how many seconds work is granted again; None where nobody may wait or no rate is known."""
    account = ProviderAccount.objects.get(pk=account_id)
    pace = pacing.pace_now(account, now)
    if pace is None or _is_inline():
        return None
    busy = pace.instant(account.bucket_next_at, now) - now - AHEAD
    # A little more: at exactly the limit nothing is granted.
    return max(0.0, busy.total_seconds() + 0.01) if busy >= timedelta(0) else 0.0


def pushes_from(account: ProviderAccount, now: datetime) -> datetime:
    """Return the instant from which pushes are granted again, as far as the rate is concerned."""
    pace = pacing.pace_now(account, now)
    if pace is None:
        return now
    return max(
        now, pace.instant(account.bucket_next_at, now) - (AHEAD_INLINE if _is_inline() else PUSHES_AHEAD)
    )


def requests_a_poll(account: ProviderAccount) -> float | None:
    """Return how many requests a second looking may use: what pushes leave; None where no rate is known."""
    rate = rate_of(account)
    return None if rate is None else rate * (1 - PUSH_SHARE)


def take(*, account_id: UUID, wanted: int, now: datetime, is_withdrawal: bool = False) -> int:
    """Say how many of the wanted requests may begin now; withdrawals that wait go before everything else.

    Nothing is booked yet: each request does so when its work has come to it.
    """
    account = ProviderAccount.objects.filter(pk=account_id).first()
    if account is None:
        return 0
    ahead = AHEAD_INLINE if _is_inline() else WITHDRAWALS_AHEAD if is_withdrawal else AHEAD
    free = _free(account, now, ahead)
    if free is None:
        return wanted
    first = 0 if is_withdrawal else pacing.waiting_withdrawals(account_id, now)
    return max(0, min(wanted, free - first))


def push_allowance(account: ProviderAccount, now: datetime, limit: int) -> int:
    """Return how many pushes a locked account allows now by its rate; withdrawals that wait go first."""
    if account.health_state == Health.DEGRADED and account.failures_in_row >= FAILURES_TO_OPEN - 1:
        limit = min(limit, HALF_OPEN_CALLS)
    pace = pacing.pace_now(account, now)
    if pace is None:
        return limit
    free = pace.free(account.bucket_next_at, now, _pushes_ahead(account, pace, now))
    if _is_inline():
        held = Attempt.objects.filter(provider_account=account, is_live=True).exclude(state="claimed")
        free = max(1, int(free * PUSH_SHARE)) if free and held.exists() else free
    return max(0, min(limit, free - pacing.waiting_withdrawals(account.pk, now)))


def _pushes_ahead(account: ProviderAccount, pace: Pace, now: datetime) -> timedelta:
    """Say how far ahead pushes are granted: into no turn of those who look, while one of them starves."""
    if _is_inline():
        return AHEAD_INLINE
    # Each turn lasts until the request before it has had its gap, and a tick then comes to look.
    left = until_turn(now, pace.gap + timedelta(seconds=settings.DIALER_TICK_SECONDS), 1 - PUSH_SHARE)
    return left if left < PUSHES_AHEAD and _is_starving(account, now) else PUSHES_AHEAD


def _is_starving(account: ProviderAccount, now: datetime) -> bool:
    due = now - timedelta(seconds=settings.DIALER_TICK_SECONDS * STARVING_TICKS)
    held = Attempt.objects.filter(provider_account=account, is_live=True, state__in=POLLED)
    return held.filter(campaign__next_poll_at__lte=due).exists()


def room(account: ProviderAccount) -> int | None:
    """Return how many more calls the account may hold; None = no limit.

    Counted are calls that are, or may be, with the provider; an attempt that waits to be sent again is not.
    """
    if account.max_concurrent_calls is None:
        return None
    live = Attempt.objects.filter(provider_account=account, is_live=True)
    return account.max_concurrent_calls - live.exclude(state="claimed", lease_until__isnull=True).count()
