"""Who may call: keys, scopes, the rate of a key."""

from __future__ import annotations

from datetime import timedelta

import pytest

from dialer import clock
from dialer.models import ApiKey, ProviderAccount, RetryTimeline
from tests import factories
from tests.api.conftest import Api, refused

pytestmark = pytest.mark.django_db


def test_no_key_is_401_with_the_way_in():
    answer = Api().get("campaigns")
    refused(answer, 401, "not_authenticated")
    assert answer["WWW-Authenticate"].startswith("Bearer")


@pytest.mark.parametrize(
    "header", ["Bearer", "Bearer ", "Bearer wrong", "Basic abc", "Bearer dk_1_2", "x" * 9000]
)
def test_a_wrong_key_is_401(header):
    refused(Api().get("campaigns", HTTP_AUTHORIZATION=header), 401, "not_authenticated")


def test_an_expired_or_revoked_key_is_401():
    expired = factories.api_key(expires_at=clock.now() - timedelta(seconds=1))[1]
    revoked = factories.api_key(revoked_at=clock.now())[1]
    refused(Api(expired).get("campaigns"), 401, "not_authenticated")
    refused(Api(revoked).get("campaigns"), 401, "not_authenticated")


def test_the_last_use_is_written_at_most_once_a_minute():
    row, text = factories.api_key()
    assert row.last_used_at is None
    Api(text).get("campaigns")
    first = ApiKey.objects.get().last_used_at
    assert first is not None
    Api(text).get("campaigns")
    assert ApiKey.objects.get().last_used_at == first


def test_reading_needs_read_and_writing_needs_write(caller):
    assert caller("read").get("retry-timelines").status_code == 200
    refused(caller("read").post("retry-timelines", {"name": "x", "steps": []}), 403, "insufficient_scope")
    assert RetryTimeline.objects.count() == 0
    assert caller("write").post("retry-timelines", {"name": "x", "steps": []}).status_code == 201


def test_writing_accounts_needs_admin(caller):
    body = {"name": "x", "provider": "simulator"}
    refused(caller("read", "write").post("provider-accounts", body), 403, "insufficient_scope")
    assert ProviderAccount.objects.count() == 0
    assert caller("admin").post("provider-accounts", body).status_code == 201


def test_a_wider_scope_includes_the_narrower_ones(caller):
    assert caller("admin").get("campaigns").status_code == 200
    assert caller("write").get("campaigns").status_code == 200
    refused(caller().get("campaigns"), 403, "insufficient_scope")


def test_too_many_requests_of_one_key_are_429_and_hold_back_nobody_else(caller, settings):
    settings.DIALER_REQUESTS_PER_MINUTE = 2
    busy, other = caller("read"), caller("read")
    answers = [busy.get("campaigns") for _ in range(3)]
    assert [answer.status_code for answer in answers] in (
        [200, 200, 429],
        [200, 200, 200],
    )  # a minute may turn
    if answers[-1].status_code == 429:
        problem = refused(answers[-1], 429, "rate_limited")
        assert problem["retryable"] is True
        assert 1 <= int(answers[-1]["Retry-After"]) <= 60
    assert other.get("campaigns").status_code == 200
