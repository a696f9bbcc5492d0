"""A notification is stored before it is answered: once, without secrets, from who knows the address alone."""

from __future__ import annotations

from urllib.parse import urlencode

import pytest
from django.db import connection
from django.test import Client

from config.logging import mask_event
from dialer.models import HookMessage, ProviderAccount
from tests.hooks.conftest import bell, post
from tests.providers.parlor_stand_in import PASSWORD

REF = "018f2b7a-0000-7000-8000-000000000001"


def test_a_notification_is_stored_and_answered_with_exactly_200(account: ProviderAccount) -> None:
    assert post(account, bell(REF, "spoke")) == 200
    message = HookMessage.objects.get()
    assert (message.state, message.provider_account_id, message.tries) == ("received", account.pk, 0)
    assert message.read_after is not None


def test_the_same_notification_again_is_one(account: ProviderAccount) -> None:
    assert [post(account, bell(REF, "spoke")) for _ in range(3)] == [200, 200, 200]
    assert HookMessage.objects.count() == 1


def test_two_accounts_may_be_told_the_same(account: ProviderAccount) -> None:
    other = ProviderAccount.objects.create(name="other", provider="parlor")
    post(account, bell(REF, "spoke"))
    post(other, bell(REF, "spoke"))
    assert HookMessage.objects.count() == 2


@pytest.mark.parametrize(
    "path", ["/hooks/parlor/wrong", "/hooks/simulator/{token}", "/hooks/parlor/", "/hooks"]
)
def test_who_does_not_know_the_address_changes_nothing(account: ProviderAccount, path: str) -> None:
    answer = Client().post(
        path.format(token=account.webhook_token), data="{}", content_type="application/json"
    )
    assert answer.status_code == 404
    assert not HookMessage.objects.exists()


@pytest.mark.parametrize("method", ["get", "head"])
def test_an_address_can_be_tried(account: ProviderAccount, method: str) -> None:
    answer = getattr(Client(), method)(f"/hooks/parlor/{account.webhook_token}/")
    assert answer.status_code == 200
    assert not HookMessage.objects.exists()


def test_other_methods_are_refused(account: ProviderAccount) -> None:
    answer = Client().put(f"/hooks/parlor/{account.webhook_token}", data="{}")
    assert (answer.status_code, answer["Allow"]) == (405, "GET, HEAD, POST")


def test_a_body_beyond_the_limit_is_refused_and_not_stored(
    account: ProviderAccount, settings: object
) -> None:
    settings.DIALER_HOOK_BYTES = 1000  # type: ignore[attr-defined]
    assert post(account, b'"' + b"x" * 998 + b'"') == 200
    assert post(account, b'"' + b"x" * 999 + b'"') == 413
    assert HookMessage.objects.count() == 1


def test_secrets_are_not_stored(account: ProviderAccount) -> None:
    post(account, bell(REF, "spoke", authorization=f"Bearer {PASSWORD}", deep={"list": [f"say {PASSWORD}"]}))
    form = urlencode({"note": REF, "apiKey": "key-000-111-222", "word": PASSWORD})
    post(account, form, content_type="application/x-www-form-urlencoded")
    post(account, f"plain {PASSWORD}", content_type="text/plain")
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM dialer_hookmessage")
        stored = repr(cursor.fetchall())
    assert HookMessage.objects.count() == 3
    assert PASSWORD not in stored
    assert "key-000-111-222" not in stored


@pytest.mark.parametrize(
    "body", [b"", b"\xff\xfe\x00", b"[" * 50_000, b"\x00", b'{"a": 1' + b"0" * 5000 + b"}"]
)
def test_no_body_provokes_an_error(account: ProviderAccount, body: bytes) -> None:
    assert post(account, body) == 200


def test_the_address_is_in_no_log_line(account: ProviderAccount) -> None:
    line = {"request": f"POST /hooks/parlor/{account.webhook_token}", "event": "request_finished"}
    shown = mask_event(None, "info", line)
    assert shown == {"request": "POST /hooks/parlor/***", "event": "request_finished"}
