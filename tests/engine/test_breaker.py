"""When an account stops asking its provider, and how it comes back."""

from __future__ import annotations

from datetime import timedelta

import pytest

from dialer.engine import accounts
from dialer.models import ProviderAccount
from providers.errors import AccountBlocked, Unavailable
from tests import factories
from tests.engine.conftest import START

pytestmark = pytest.mark.django_db


def fail(account: ProviderAccount, seconds: float, times: int = 1) -> ProviderAccount:
    for _ in range(times):
        error = Unavailable("no answer")
        accounts.failed(account_id=account.pk, error=error, now=START + timedelta(seconds=seconds))
    account.refresh_from_db()
    return account


def test_a_burst_of_failures_among_successes_stops_nobody() -> None:
    account = fail(factories.account(), 0, times=9)
    assert account.health_state == "degraded"
    accounts.succeeded(account_id=account.pk, now=START + timedelta(seconds=1))
    assert fail(account, 11, times=9).health_state == "degraded"


def test_nothing_but_failures_for_some_seconds_opens_the_breaker() -> None:
    account = fail(factories.account(), 0, times=4)
    assert fail(account, 9.9).health_state == "degraded"
    assert fail(account, 10).health_state == "open"
    assert account.probe_at == START + timedelta(seconds=10) + accounts.FIRST_PAUSE * 2


def test_few_failures_open_nothing_however_long_they_last() -> None:
    account = fail(factories.account(), 0)
    assert fail(account, 3600, times=3).health_state == "degraded"


def test_wrong_credentials_open_it_at_once() -> None:
    account = factories.account()
    accounts.failed(account_id=account.pk, error=AccountBlocked("wrong key"), now=START)
    account.refresh_from_db()
    assert account.health_state == "open"


def test_half_open_the_next_failure_opens_it_again_and_a_success_closes_it() -> None:
    for outcome, state in (("fails", "open"), ("works", "healthy")):
        account = fail(fail(factories.account(), 0, times=5), 11)
        assert account.health_state == "open"
        accounts.check(
            account_id=account.pk, now=START + timedelta(seconds=90)
        )  # the simulator is always well
        account.refresh_from_db()
        assert account.health_state == "degraded"
        if outcome == "fails":
            fail(account, 91)
        else:
            accounts.succeeded(account_id=account.pk, now=START + timedelta(seconds=91))
            account.refresh_from_db()
        assert account.health_state == state
