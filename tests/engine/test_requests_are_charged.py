"""An operation that sends several requests is charged for each: the rate is the provider's, not ours."""

from __future__ import annotations

import pytest

from dialer import clock
from dialer.engine import accounts, limits
from dialer.models import ProviderAccount
from tests import factories

pytestmark = pytest.mark.django_db


def tokens(account: ProviderAccount) -> float | None:
    return ProviderAccount.objects.get(pk=account.pk).bucket_tokens


@pytest.mark.parametrize(("sent", "left"), [(0, 5.0), (1, 5.0), (4, 2.0)])
def test_what_was_not_granted_is_paid_afterwards(sent: int, left: float) -> None:
    account = factories.account(max_requests_per_second=10, bucket_tokens=5.0, bucket_at=clock.now())
    with limits.metered(account):
        for _ in range(sent):
            accounts._count_request()
    assert tokens(account) == left


def test_it_is_paid_also_when_the_operation_fails() -> None:
    account = factories.account(max_requests_per_second=10, bucket_tokens=5.0, bucket_at=clock.now())
    with pytest.raises(LookupError):
        _fail_after_three(account)
    assert tokens(account) == 4.0


def _fail_after_three(account: ProviderAccount) -> None:
    with limits.metered(account, granted=2):
        for _ in range(3):
            accounts._count_request()
        raise LookupError


def test_without_a_known_rate_nothing_is_charged() -> None:
    account = factories.account()
    with limits.metered(account):
        accounts._count_request()
        accounts._count_request()
    assert tokens(account) is None
