"""Provider account pages: fields from the provider's schema, credentials never shown, health left alone."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from importlib import metadata
from typing import Any

import pytest
from django.test import Client

from dialer.models import ProviderAccount
from providers import registry
from providers.contract import Account, Provider
from providers.errors import AccountBlocked
from providers.registry import option
from providers.secrets import Secret
from providers.simulator import Simulator
from tests import factories
from tests.admin.pages import add_of, choose, errors_of, messages_of, page_of, press, sent_back

pytestmark = pytest.mark.django_db
SECRET = "sk-very-secret-4711"


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyAndUser:
    """What the locked provider asks for."""

    user: str = field(metadata=option(label="User", help="Your user."))
    api_key: Secret = field(metadata=option(label="API key"))


class Locked(Simulator):
    """A simulator behind a key."""

    slug = "locked"
    name = "Locked"
    Credentials = KeyAndUser

    def check(self) -> Account:
        """Know one key only."""
        if self.credentials.api_key.reveal() != SECRET:
            raise AccountBlocked("wrong key")
        return Account(ok=True, detail="welcome", balance=None, currency=None)


@pytest.fixture(autouse=True)
def locked(monkeypatch: pytest.MonkeyPatch) -> Iterator[type[Provider]]:
    """Announce the locked provider as a package of others would."""
    group = registry.ENTRY_POINT_GROUP
    point = metadata.EntryPoint(name="locked", value=f"{__name__}:Locked", group=group)
    monkeypatch.setattr(registry, "_announced", lambda: [point])
    registry.forget()
    yield Locked
    monkeypatch.undo()
    registry.forget()


def filled(**fields: Any) -> dict[str, Any]:
    """Give what a person writes into an add page."""
    return {
        "name": "Main",
        "provider": "locked",
        "is_enabled": "on",
        "give_up_after_seconds": "86400",
        "locked_credentials_user": "operator-17",
        "locked_credentials_api_key": SECRET,
    } | fields


def stored(**fields: Any) -> ProviderAccount:
    """Make an account of the locked provider."""
    return factories.account(
        provider="locked", credentials={"user": "operator-17", "api_key": SECRET}, **fields
    )


def columns(account: ProviderAccount) -> dict[str, Any]:
    """Give the stored row."""
    return ProviderAccount.objects.filter(pk=account.pk).values().get()


def test_an_account_is_made_with_the_credentials_of_its_provider(boss: Client) -> None:
    assert boss.post(add_of(ProviderAccount), filled()).status_code == 302
    account = ProviderAccount.objects.get()
    assert account.credentials == {"user": "operator-17", "api_key": SECRET}
    assert account.settings == {}


def test_an_account_without_a_word_about_absence_takes_the_providers(boss: Client) -> None:
    boss.post(add_of(ProviderAccount), filled())
    expected = int(Locked.capabilities.visible_after.total_seconds())
    assert ProviderAccount.objects.get().visible_after_seconds == expected


def test_fields_of_other_providers_are_not_stored(boss: Client) -> None:
    boss.post(add_of(ProviderAccount), filled(provider="simulator", simulator_settings_ring_seconds="9"))
    account = ProviderAccount.objects.get()
    assert (account.credentials, account.settings) == ({}, {"ring_seconds": 9.0})


def test_a_missing_credential_is_named(boss: Client) -> None:
    response = boss.post(add_of(ProviderAccount), filled(locked_credentials_api_key=""))
    assert errors_of(response) == {"locked_credentials_api_key": ["Give `api_key`."]}
    assert not ProviderAccount.objects.exists()


def test_a_wrong_setting_is_named(boss: Client) -> None:
    data = filled(provider="simulator", simulator_settings_ring_seconds="-1")
    response = boss.post(add_of(ProviderAccount), data)
    assert list(errors_of(response)) == ["simulator_settings_ring_seconds"]
    assert not ProviderAccount.objects.exists()


def test_settings_that_the_provider_itself_refuses_are_named(boss: Client) -> None:
    data = filled(
        provider="diabolocom",
        diabolocom_credentials_private_token="t",
        diabolocom_settings_wrapup_results='{"Sale": "sold"}',
    )
    response = boss.post(add_of(ProviderAccount), data)
    (place,) = errors_of(response)
    assert place == "diabolocom_settings_wrapup_results"
    assert "may name these results only" in errors_of(response)[place][0]
    assert not ProviderAccount.objects.exists()


@pytest.mark.parametrize(
    ("fields", "place"),
    [
        ({"max_requests_per_second": "0"}, "max_requests_per_second"),
        ({"max_requests_per_second": "-1"}, "max_requests_per_second"),
        ({"max_requests_per_second": "1e308"}, "max_requests_per_second"),
        ({"max_concurrent_calls": "0"}, "max_concurrent_calls"),
        ({"visible_after_seconds": "100", "give_up_after_seconds": "10"}, "give_up_after_seconds"),
    ],
)
def test_a_limit_that_cannot_be_kept_is_refused_at_its_field(
    boss: Client, fields: dict[str, str], place: str
) -> None:
    response = boss.post(add_of(ProviderAccount), filled(**fields))
    assert list(errors_of(response)) == [place]
    assert "onstraint" not in str(errors_of(response))
    assert not ProviderAccount.objects.exists()


def test_two_accounts_may_have_one_name(boss: Client) -> None:
    for _ in range(2):
        assert boss.post(add_of(ProviderAccount), filled(name="demo")).status_code == 302
    assert ProviderAccount.objects.filter(name="demo").count() == 2


def test_an_address_in_the_clear_is_refused(boss: Client) -> None:
    response = boss.post(add_of(ProviderAccount), filled(base_url="http://dialer.example"))
    assert list(errors_of(response)) == ["base_url"]
    assert not ProviderAccount.objects.exists()


def test_an_unknown_provider_is_refused(boss: Client) -> None:
    response = boss.post(add_of(ProviderAccount), filled(provider="nobody"))
    assert list(errors_of(response)) == ["provider"]
    assert not ProviderAccount.objects.exists()


def test_no_page_shows_a_stored_credential(boss: Client) -> None:
    account = stored()
    addresses = [page_of(account), page_of(account).rsplit("/", 3)[0] + "/"]
    addresses.append(page_of(account).replace("/change/", "/history/"))
    for address in addresses:
        page = boss.get(address, follow=True).content.decode()
        assert SECRET not in page
        assert "operator-17" not in page


def test_a_refused_form_does_not_show_the_credentials_that_were_sent(boss: Client) -> None:
    page = boss.post(add_of(ProviderAccount), filled(name="")).content.decode()
    assert SECRET not in page
    assert "operator-17" not in page


def test_empty_credentials_keep_what_is_stored(boss: Client) -> None:
    account = stored()
    boss.post(page_of(account), sent_back(boss, page_of(account)) | {"name": "Renamed"})
    account.refresh_from_db()
    assert (account.name, account.credentials["api_key"]) == ("Renamed", SECRET)


def test_a_new_credential_replaces_its_own_and_keeps_the_others(boss: Client) -> None:
    account = stored()
    boss.post(
        page_of(account), sent_back(boss, page_of(account)) | {"locked_credentials_api_key": "new-key-1"}
    )
    account.refresh_from_db()
    assert account.credentials == {"user": "operator-17", "api_key": "new-key-1"}
    assert account.version == 2


def test_forgotten_credentials_are_asked_for_again(boss: Client) -> None:
    account = stored()
    response = boss.post(page_of(account), sent_back(boss, page_of(account)) | {"forget_credentials": "on"})
    assert set(errors_of(response)) == {"locked_credentials_user", "locked_credentials_api_key"}
    account.refresh_from_db()
    assert account.credentials["api_key"] == SECRET


def test_the_provider_of_an_account_cannot_be_sent_in(boss: Client) -> None:
    account = stored()
    boss.post(page_of(account), sent_back(boss, page_of(account)) | {"provider": "simulator"})
    assert columns(account)["provider"] == "locked"


def test_an_emptied_setting_falls_back_to_its_default(boss: Client) -> None:
    account = factories.account(settings={"ring_seconds": 9.0})
    data = sent_back(boss, page_of(account))
    assert data["simulator_settings_ring_seconds"] == 9.0
    boss.post(page_of(account), data | {"simulator_settings_ring_seconds": ""})
    account.refresh_from_db()
    assert account.settings == {}


def test_saving_without_a_change_writes_nothing(boss: Client) -> None:
    account = stored(settings={"ring_seconds": 9.0})
    before = columns(account)
    boss.post(page_of(account), sent_back(boss, page_of(account)))
    assert columns(account) == before


def test_a_save_leaves_alone_what_the_engine_wrote_meanwhile(
    boss: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    from dialer import clock
    from dialer.admin.accounts import ProviderAccountAdmin

    account = stored()
    data = sent_back(boss, page_of(account)) | {"max_concurrent_calls": "7"}
    save = ProviderAccountAdmin.save_model

    def engine_first(*args: Any, **kwargs: Any) -> None:
        ProviderAccount.objects.filter(pk=account.pk).update(
            health_state="open", probe_at=clock.now(), failures_in_row=5, bucket_factor=0.5
        )
        save(*args, **kwargs)

    monkeypatch.setattr(ProviderAccountAdmin, "save_model", engine_first)
    assert boss.post(page_of(account), data).status_code == 302
    after = columns(account)
    assert [
        after[name] for name in ("max_concurrent_calls", "health_state", "failures_in_row", "bucket_factor")
    ] == [
        7,
        "open",
        5,
        0.5,
    ]


def test_check_now_says_what_the_provider_says(boss: Client) -> None:
    account = stored(name="Main")
    response = press(boss, account, "check_now")
    assert messages_of(response) == [
        "Main: the provider accepts the credentials. welcome",
        "1 provider account checked.",
    ]


def test_checking_wrong_credentials_tells_so(boss: Client) -> None:
    account = factories.account(
        name="Main", provider="locked", credentials={"user": "u", "api_key": "wrong-key-1"}
    )
    text = messages_of(choose(boss, ProviderAccount, "check_selected", account))[0]
    assert text.startswith("Main: the provider refuses.")
    assert "wrong-key-1" not in text
    assert columns(account)["health_state"] == "open"


def test_an_account_that_campaigns_use_cannot_be_deleted(boss: Client) -> None:
    account = factories.campaign().provider_account
    boss.post(page_of(account).replace("/change/", "/delete/"), {"post": "yes"})
    assert ProviderAccount.objects.filter(pk=account.pk).exists()


def test_an_account_of_a_provider_that_is_gone_still_has_a_page(boss: Client) -> None:
    assert boss.get(page_of(factories.account(provider="gone"))).status_code == 200
