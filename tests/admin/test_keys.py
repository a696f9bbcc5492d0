"""API key pages: the key is shown once, its hash never, and a revoked key opens nothing."""

from __future__ import annotations

import re

import pytest
from django.test import Client

from dialer import clock
from dialer.keys import verify
from dialer.models import ApiKey, IdempotencyKey
from tests import factories
from tests.admin.pages import add_of, errors_of, list_of, messages_of, page_of, press, sent_back

pytestmark = pytest.mark.django_db


def test_a_new_key_is_shown_once_and_works(boss: Client) -> None:
    response = boss.post(add_of(ApiKey), {"name": "crm", "scopes": ["read", "write"]}, follow=True)
    shown = re.search(r"The key, shown this once: (dk_\S+?)\s*<", response.content.decode())
    assert shown is not None
    key = verify(shown[1], clock.now())
    assert key is not None
    assert (key.name, key.scopes) == ("crm", ["read", "write"])
    assert shown[1] not in boss.get(list_of(ApiKey)).content.decode()


def test_a_key_needs_a_scope(boss: Client) -> None:
    assert list(errors_of(boss.post(add_of(ApiKey), {"name": "crm"}))) == ["scopes"]
    assert not ApiKey.objects.exists()


def test_no_page_shows_a_hash(boss: Client) -> None:
    key, _ = factories.api_key()
    for address in (list_of(ApiKey), page_of(key)):
        assert key.key_hash not in boss.get(address).content.decode()


def test_a_revoked_key_opens_nothing(boss: Client) -> None:
    key, text = factories.api_key()
    press(boss, key, "revoke")
    assert verify(text, clock.now()) is None


def test_a_key_is_revoked_once(boss: Client) -> None:
    key, _ = factories.api_key()
    press(boss, key, "revoke")
    revoked = ApiKey.objects.get().revoked_at
    assert messages_of(press(boss, key, "revoke"))[-1] == f"{key}: this key was revoked before"
    assert ApiKey.objects.get().revoked_at == revoked


def test_a_renamed_key_still_works(boss: Client) -> None:
    key, text = factories.api_key()
    boss.post(page_of(key), sent_back(boss, page_of(key)) | {"name": "renamed"})
    found = verify(text, clock.now())
    assert found is not None
    assert found.name == "renamed"


def test_a_key_cannot_be_deleted(boss: Client) -> None:
    key, _ = factories.api_key()
    assert boss.post(page_of(key).replace("/change/", "/delete/"), {"post": "yes"}).status_code == 403
    assert ApiKey.objects.filter(pk=key.pk).exists()


def test_a_stored_answer_is_not_shown(boss: Client) -> None:
    key, _ = factories.api_key()
    row = IdempotencyKey.objects.create(
        api_key=key, key="k", method="POST", path="/x", lease_until=clock.now(), body="answer-to-the-caller"
    )
    assert "answer-to-the-caller" not in boss.get(page_of(row)).content.decode()
