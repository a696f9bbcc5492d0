"""Provider accounts at work: the instance of a thread, the account's health, its circuit breaker and probe.

Owns when an account may be asked at all; how fast is `limits`'.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any, cast
from urllib.parse import urlsplit
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import F

from dialer import clock
from dialer.engine import pacing
from dialer.engine.errors import Conflict, NotFound
from dialer.engine.news import News
from dialer.engine.text import storable
from dialer.models import Ailment, Health, ProviderAccount
from dialer.rules.pace import LEAST_FACTOR
from providers import contract, errors, registry
from providers.ledger import Ledger, SqliteLedger

log = logging.getLogger(__name__)

#: So many failures in a row are no accident; fewer would stop an account for one bad minute of a network.
FAILURES_TO_OPEN = 5
#: And not before nothing has succeeded for so long: a busy account at a provider that loses every third answer fails
#: five times in a row every few seconds, and goes on all the same.
FAILING_FOR = timedelta(seconds=10)
#: First pause of an open breaker; it doubles with every failed probe up to the longest.
FIRST_PAUSE = timedelta(seconds=30)
LONGEST_PAUSE = timedelta(minutes=10)
#: Wrong credentials and empty credit mend slowly, by people.
BLOCKED_PAUSE = timedelta(minutes=1)
#: A probe holds the account against other probers for longer than any request can take.
PROBE_LEASE = timedelta(seconds=contract.TOTAL_DEADLINE_SECONDS * 2)

#: What a provider's status says of an account that it blocks; of others nobody knows more.
_AILMENTS = {401: Ailment.CREDENTIALS, 402: Ailment.CREDIT, 403: Ailment.CREDENTIALS}
#: A look of several pages fails as a whole when one of them does: at a provider that loses every third answer, five
#: pages succeed once in six looks; asked for up to three times each, in nine of ten.
READ_AGAIN = 2

_instances = threading.local()
Wrap = Callable[[contract.Provider, ProviderAccount], contract.Provider]
_wrap: Wrap | None = None
_ledger: Ledger | None = None


def wrap_providers(wrap: Wrap | None, *, ledger: Ledger | None = None) -> None:
    """Let scenario tests and rehearsals stand between the engine and every provider it builds."""
    global _wrap, _ledger
    _wrap, _ledger = wrap, ledger
    _instances.__dict__.clear()


@lru_cache(maxsize=1)
def _file_ledger(path: str) -> Ledger:
    return SqliteLedger(path)


def provider_for(account: ProviderAccount) -> contract.Provider:
    """Return this thread's instance for an account, made anew when its configuration changed."""
    mark = (account.version, account.updated_at)
    kept: dict[UUID, tuple[Any, contract.Provider]] = _instances.__dict__.setdefault("kept", {})
    found = kept.get(account.pk)
    if found is not None and found[0] == mark:
        return found[1]
    provider = build(account)
    kept[account.pk] = (mark, provider)
    return provider


def request_deadline() -> float:
    """Return the seconds that one request may take: the common limit, or less where leases are short."""
    return min(contract.TOTAL_DEADLINE_SECONDS, settings.DIALER_LEASE_SECONDS * 0.4)


def build(account: ProviderAccount) -> contract.Provider:
    """Build an instance from what is stored; stored values that no longer fit block the account."""
    cls = registry.provider_class(account.provider)
    ledger = (_ledger or _file_ledger(settings.DIALER_LEDGER_PATH)) if cls.capabilities.in_process else None
    try:
        provider = registry.build(
            account.provider,
            credentials=cast("dict[str, Any]", account.credentials),
            settings=account.settings,
            base_url=account.base_url,
            now=clock.now,
            ledger=ledger,
            http=pacing.paced(
                account,
                contract.HttpOptions(
                    account=account.name,
                    allow_http=settings.DIALER_ALLOW_HTTP_BASE_URLS,
                    deadline_seconds=request_deadline(),
                    read_again=READ_AGAIN,
                ),
            ),
            hook_url=_told_hook_url(account) if cls.capabilities.webhooks else "",
        )
    except registry.InvalidConfiguration as fault:
        raise errors.AccountBlocked(f"the stored configuration is not valid: {fault}") from fault
    return _wrap(provider, account) if _wrap is not None else provider


def _told_hook_url(account: ProviderAccount) -> str:
    """Give the address to tell a provider: the public one; this machine's own only to what runs on it, a sandbox."""
    is_here = urlsplit(account.base_url).hostname in ("127.0.0.1", "localhost", "::1")
    return hook_url(account, settings.DIALER_PUBLIC_URL or (settings.DIALER_LOCAL_URL if is_here else ""))


def hook_url(account: ProviderAccount, public_url: str) -> str:
    """Write the address for an account's notifications below this installation's own; nothing without that."""
    return f"{public_url}/hooks/{account.provider}/{account.webhook_token}" if public_url else ""


def capabilities_of(account: ProviderAccount) -> contract.Capabilities:
    """Return what the account's provider declares."""
    return registry.provider_class(account.provider).capabilities


def default_visible_after(slug: str) -> int:
    """Return the seconds that a new account of this provider waits before it believes an absence."""
    return int(registry.provider_class(slug).capabilities.visible_after.total_seconds())


# --- health ---------------------------------------------------------------------------------------------------


def succeeded(*, account_id: UUID, now: datetime) -> None:
    """Note that the provider answered sensibly: the account is healthy again, unless only a probe may say so."""
    rows = ProviderAccount.objects.filter(pk=account_id).exclude(health_state=Health.OPEN)
    ill = rows.exclude(failures_in_row=0, health_state=Health.HEALTHY)
    if not ill.exists():  # after nearly every request: no transaction for that
        return
    with transaction.atomic():
        mended = ill.update(
            failures_in_row=0,
            health_state=Health.HEALTHY,
            health_since=now,
            health_last_error="",
            probe_at=None,
        )
        if mended:
            _tell(account_id, Health.HEALTHY)


def _tell(account_id: UUID, state: Health, error: str = "", cause: str = "") -> None:
    """Write the event of a new state, in the transaction that sets it."""
    news = News()
    news.account("health", account_id, state=state.value, cause=cause or None, error=error or None)
    news.write()


def failed(
    *,
    account_id: UUID,
    error: errors.ProviderError,
    now: datetime,
    is_probe: bool = False,
    seen_factor: float = 1.0,
) -> None:
    """Note a failure; enough of them in a row, or a blocked account, open the breaker.

    `seen_factor` is the bucket's factor when the failing work began: one burst of refusals halves it once.
    While it is open only a failed probe lengthens the pause: withdrawals and looks go on and may fail.
    """
    if isinstance(error, pacing.RateUsedUp):
        return  # nobody was asked
    if isinstance(error, errors.Refused | errors.Unsupported | errors.CampaignBlocked):
        # An answer about one call or campaign: the account is well.
        succeeded(account_id=account_id, now=now)
        return
    text = storable(str(error))[:500]
    log.warning(
        "provider_failed", extra={"account": str(account_id), "error": type(error).__name__, "detail": text}
    )
    rows = ProviderAccount.objects.filter(pk=account_id)
    if not is_probe and rows.filter(health_state=Health.OPEN).update(health_last_error=text):
        return
    if isinstance(error, errors.AccountBlocked):
        _open(
            account_id, text, now + BLOCKED_PAUSE, now, _AILMENTS.get(error.http_status or 0, Ailment.BLOCKED)
        )
        return
    if isinstance(error, errors.Throttled):
        # Too fast is not ill: only the bucket shrinks, unless this burst has shrunk it already.
        rows.filter(bucket_factor__gt=max(LEAST_FACTOR, seen_factor * 0.75)).update(
            bucket_factor=F("bucket_factor") * 0.5, bucket_at=now
        )
        return
    _count_failure(account_id, text, now, is_probe=is_probe)


def _count_failure(account_id: UUID, text: str, now: datetime, *, is_probe: bool) -> None:
    rows = ProviderAccount.objects.filter(pk=account_id)
    rows.update(failures_in_row=F("failures_in_row") + 1, health_last_error=text)
    with transaction.atomic():
        healthy = rows.filter(health_state=Health.HEALTHY)
        if healthy.update(health_state=Health.DEGRADED, health_since=now):
            _tell(account_id, Health.DEGRADED, text)
    row = rows.first()
    if row is None or row.failures_in_row < FAILURES_TO_OPEN:
        return
    is_half_open = row.probe_at is not None
    if is_half_open or is_probe or now - row.health_since >= FAILING_FOR:
        _open(account_id, text, now + _pause_after(row.failures_in_row), now, Ailment.OUTAGE)


def _pause_after(failures: int) -> timedelta:
    """Say how long an open breaker rests; failed probes make it longer."""
    return min(FIRST_PAUSE * 2 ** min(max(0, failures - FAILURES_TO_OPEN), 10), LONGEST_PAUSE)


def _open(account_id: UUID, text: str, probe_at: datetime, now: datetime, cause: Ailment) -> None:
    rows = ProviderAccount.objects.filter(pk=account_id)
    with transaction.atomic():
        is_new = rows.exclude(health_state=Health.OPEN).update(health_since=now)
        rows.update(
            health_state=Health.OPEN, health_last_error=text, health_cause=cause.value, probe_at=probe_at
        )
        if is_new:
            _tell(account_id, Health.OPEN, text, cause.value)


def check(*, account_id: UUID, now: datetime, is_probe: bool = False) -> contract.Account:
    """Try the account now; what the provider says of the credentials is an answer, not an error.

    Raises `RateUsedUp` where the account's rate leaves no request for it.
    """
    account = ProviderAccount.objects.filter(pk=account_id).first()
    if account is None:
        raise NotFound("provider account")
    try:
        with pacing.turn(account) if is_probe else pacing.asking(account):
            answer = provider_for(account).check()
    except registry.UnknownProvider as error:
        raise Conflict("unknown_provider", str(error)) from error
    except pacing.RateUsedUp:
        raise
    except errors.ProviderError as error:
        failed(account_id=account_id, error=error, now=now, is_probe=True)
        return contract.Account(ok=False, detail=str(error))
    if answer.ok:
        _half_open(account_id, now)
    return answer


def _half_open(account_id: UUID, now: datetime) -> None:
    """Let a few calls through: the next failure opens the breaker again, the next success closes it.

    `probe_at` stays: that is how a half-open account differs from one that has begun to fail.
    """
    is_open = ProviderAccount.objects.filter(pk=account_id, health_state=Health.OPEN)
    with transaction.atomic():
        if is_open.update(
            health_state=Health.DEGRADED, health_since=now, failures_in_row=FAILURES_TO_OPEN - 1
        ):
            _tell(account_id, Health.DEGRADED)


def probe_due(*, now: datetime) -> int:
    """Probe the open accounts whose pause is over; returns how many were probed."""
    probed = 0
    for account in ProviderAccount.objects.filter(
        health_state=Health.OPEN, is_enabled=True, probe_at__lte=now
    ):
        mine = ProviderAccount.objects.filter(pk=account.pk, probe_at=account.probe_at).update(
            probe_at=now + PROBE_LEASE
        )
        if mine:
            probed += _probe(account.pk, now)
    return probed


def _probe(account_id: UUID, now: datetime) -> int:
    try:
        check(account_id=account_id, now=now, is_probe=True)
    except pacing.RateUsedUp:
        # Not asked: the next tick tries again.
        ProviderAccount.objects.filter(pk=account_id, health_state=Health.OPEN).update(probe_at=now)
        return 0
    return 1
