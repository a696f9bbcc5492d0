"""API keys and the encryption of credentials, from the command line."""

from __future__ import annotations

import hashlib
from datetime import timedelta
from io import StringIO

import pytest
from cryptography.fernet import Fernet
from django.contrib.auth import get_user_model
from django.core.exceptions import ImproperlyConfigured
from django.core.management import CommandError, call_command
from django.db import connection
from pytest_django import Settings

from dialer import clock
from dialer.keys import issue_api_key, verify
from dialer.models import ApiKey, ProviderAccount

pytestmark = pytest.mark.django_db


def command(*arguments: str) -> list[str]:
    out = StringIO()
    call_command(*arguments, stdout=out)
    return out.getvalue().splitlines()


def test_the_command_prints_the_key_alone_on_its_last_line() -> None:
    key = command("create_api_key", "crm", "--scope", "write", "--scope", "read")[-1]

    row = ApiKey.objects.get()
    assert key.startswith(f"dk_{row.prefix}_")
    assert (row.name, row.scopes, row.expires_at) == ("crm", ["read", "write"], None)
    assert row.key_hash == hashlib.sha256(key.encode()).hexdigest()
    assert verify(key, clock.now()) == row


def test_a_key_without_scopes_may_read() -> None:
    command("create_api_key", "crm")

    assert ApiKey.objects.get().scopes == ["read"]


@pytest.mark.parametrize("arguments", [("crm", "--scope", "all"), ("crm", "--expires", "0"), (" ",)])
def test_a_wrong_command_makes_no_key(arguments: tuple[str, ...]) -> None:
    with pytest.raises(CommandError):
        call_command("create_api_key", *arguments)

    assert ApiKey.objects.count() == 0


def test_a_key_works_until_it_expires() -> None:
    now = clock.now()
    row, key = issue_api_key("crm", ["read"], now + timedelta(days=1))

    assert verify(key, now + timedelta(days=1) - timedelta(seconds=1)) == row
    assert verify(key, now + timedelta(days=1)) is None


def test_a_revoked_key_does_not_work() -> None:
    now = clock.now()
    row, key = issue_api_key("crm", ["read"])
    ApiKey.objects.filter(pk=row.pk).update(revoked_at=now)

    assert verify(key, now) is None


def test_what_only_looks_like_the_key_does_not_work() -> None:
    row, key = issue_api_key("crm", ["read"])

    for wrong in (
        key[:-1],
        key + "x",
        f"dk_{row.prefix}_",
        f"dk_{row.prefix}",
        "dk",
        "",
        "x" + key,
        "dk_é_\udcff",
    ):
        assert verify(wrong, clock.now()) is None
    row.refresh_from_db()
    assert row.last_used_at is None


def test_the_last_use_is_noted_once_a_minute() -> None:
    now = clock.now()
    row, key = issue_api_key("crm", ["read"])

    noted = []
    for seconds in (0, 59, 60):
        verify(key, now + timedelta(seconds=seconds))
        row.refresh_from_db()
        noted.append((row.last_used_at - now).total_seconds() if row.last_used_at else None)

    assert noted == [0, 0, 60]


def test_an_unknown_scope_makes_no_key() -> None:
    with pytest.raises(ValueError, match="unknown scope root: choose from read, write, admin"):
        issue_api_key("crm", ["root"])

    assert ApiKey.objects.count() == 0


def test_the_first_run_makes_one_admin_and_one_key_and_shows_them_once() -> None:
    first, second = command("first_run"), command("first_run")

    admin = get_user_model().objects.get()
    assert admin.check_password(first[1].split()[-1])
    assert (admin.username, admin.is_superuser, admin.is_staff) == ("admin", True, True)
    key = verify(first[2].split()[-1], clock.now())
    assert key is not None
    assert key.scopes == ["read", "write", "admin"]
    assert ApiKey.objects.count() == 1
    assert not any("dk_" in line for line in second)


def stored() -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT credentials FROM dialer_provideraccount")
        return str(cursor.fetchone()[0])


def test_credentials_move_to_the_first_key_and_the_old_one_may_go(settings: Settings) -> None:
    old, new = Fernet.generate_key().decode(), Fernet.generate_key().decode()
    settings.CREDENTIALS_KEYS = [old]
    ProviderAccount.objects.create(name="a", provider="simulator", credentials={"token": "quiet"})
    settings.CREDENTIALS_KEYS = [new, old]

    said = command("rotate_credentials")

    assert said == ["1 rows are encrypted with the first key of CREDENTIALS_KEY."]
    settings.CREDENTIALS_KEYS = [new]
    assert ProviderAccount.objects.get().credentials["token"] == "quiet"
    settings.CREDENTIALS_KEYS = [old]
    with pytest.raises(ImproperlyConfigured):
        ProviderAccount.objects.get()


def test_credentials_of_a_lost_key_are_named_and_left_alone(settings: Settings) -> None:
    settings.CREDENTIALS_KEYS = [Fernet.generate_key().decode()]
    ProviderAccount.objects.create(name="a", provider="simulator", credentials={"token": "quiet"})
    before = stored()
    settings.CREDENTIALS_KEYS = [Fernet.generate_key().decode()]

    with pytest.raises(CommandError, match="is encrypted with a key not in CREDENTIALS_KEY"):
        call_command("rotate_credentials")

    assert stored() == before
