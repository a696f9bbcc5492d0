"""Providers and provider accounts over the API."""

from __future__ import annotations

import pytest

from dialer.models import ProviderAccount
from providers import registry
from providers.sandbox import sandbox_class
from tests import factories
from tests.api.conftest import refused

pytestmark = pytest.mark.django_db


def test_every_installed_provider_is_listed_with_its_schemas(api):
    page = api.get("providers").json()
    assert [row["slug"] for row in page["results"]] == registry.slugs()
    simulator = next(row for row in page["results"] if row["slug"] == "simulator")
    assert set(simulator) == {"slug", "name", "capabilities", "credentials_schema", "settings_schema"}
    assert simulator["capabilities"]["visible_after"].startswith("PT")
    assert simulator["credentials_schema"]["type"] == "object"


def test_providers_are_paged_like_every_list(api):
    first = api.get("providers?page_size=2").json()
    assert [row["slug"] for row in first["results"]] == registry.slugs()[:2]
    assert first["previous"] is None
    assert [row["slug"] for row in api.every("providers?page_size=2")] == registry.slugs()
    assert api.get("providers?page_size=1000").json()["next"] is None
    refused(api.get("providers?page_size=1001"), 400, "invalid")
    refused(api.get("providers?cursor=x"), 400, "invalid_cursor")


def test_a_simulator_account_needs_a_name_only(api):
    answer = api.post("provider-accounts", {"name": "demo", "provider": "simulator"})
    assert answer.status_code == 201, answer.content
    account = answer.json()
    assert account["health"]["state"] == "healthy"
    assert account["health"]["last_error"] is None
    assert account["settings"] == {}
    assert account["version"] == 1
    assert "credentials" not in account
    assert api.get(f"provider-accounts/{account['id']}").json() == account
    assert api.get("provider-accounts").json()["results"] == [account]


def test_settings_are_judged_by_the_adapter(api):
    body = {"name": "demo", "provider": "simulator", "settings": {"colour": "red"}}
    answer = api.post("provider-accounts", body)
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["pointer"] == "/settings/colour"
    assert ProviderAccount.objects.count() == 0


def test_an_unknown_provider_is_refused(api):
    problem = refused(api.post("provider-accounts", {"name": "x", "provider": "nobody"}), 422, "invalid")
    assert problem["errors"][0]["pointer"] == "/provider"


@pytest.mark.parametrize(
    ("address", "is_taken"),
    [
        ("https://dialer.example.org", True),
        ("https://dialer.example.org:8443/", True),
        ("http://127.0.0.1:9000", True),
        ("http://localhost", True),
        ("", True),
        (None, True),
        ("http://dialer.example.org", False),
        ("https://dialer.example.org/api", False),
        ("https://user:word@dialer.example.org", False),
        ("ftp://dialer.example.org", False),
        ("dialer.example.org", False),
        ("https://a:99999999", False),
    ],
)
def test_a_base_url_is_scheme_host_and_port(api, address, is_taken):
    answer = api.post("provider-accounts", {"name": "x", "provider": "simulator", "base_url": address})
    assert answer.status_code == (201 if is_taken else 422), answer.content
    assert ProviderAccount.objects.count() == int(is_taken)


def test_a_setting_allows_http_elsewhere(api, settings):
    settings.DIALER_ALLOW_HTTP_BASE_URLS = True
    body = {"name": "x", "provider": "simulator", "base_url": "http://portal.example.org:8080/"}
    assert api.post("provider-accounts", body).json()["base_url"] == "http://portal.example.org:8080"


def test_giving_up_before_looking_is_refused(api):
    body = {"name": "x", "provider": "simulator", "visible_after_seconds": 100, "give_up_after_seconds": 10}
    problem = refused(api.post("provider-accounts", body), 400, "invalid")
    assert [error["pointer"] for error in problem["errors"]] == ["/give_up_after_seconds"]
    assert ProviderAccount.objects.count() == 0


def test_a_change_that_would_give_up_before_looking_is_refused_at_the_same_field(api):
    account = factories.account(visible_after_seconds=10, give_up_after_seconds=100)
    answer = api.patch(f"provider-accounts/{account.pk}", {"visible_after_seconds": 200})
    problem = refused(answer, 400, "invalid")
    assert [error["pointer"] for error in problem["errors"]] == ["/give_up_after_seconds"]
    account.refresh_from_db()
    assert account.visible_after_seconds == 10


@pytest.mark.parametrize("rate", [0, -1, -0.5, 10_000.5, 1e308, 10**40])
def test_a_rate_that_cannot_be_kept_is_refused_at_its_field(api, rate):
    body = {"name": "x", "provider": "simulator", "max_requests_per_second": rate}
    problem = refused(api.post("provider-accounts", body), 400, "invalid")
    assert [(error["pointer"], error["detail"]) for error in problem["errors"]] == [
        ("/max_requests_per_second", "This must be above 0 and at most 10,000.")
    ]
    assert ProviderAccount.objects.count() == 0


@pytest.mark.parametrize("rate", [0.1, 1, 10_000, None])
def test_a_rate_that_can_be_kept_is_taken(api, rate):
    body = {"name": "x", "provider": "simulator", "max_requests_per_second": rate}
    assert api.post("provider-accounts", body).json()["max_requests_per_second"] == rate


def test_two_accounts_may_have_one_name(api):
    body = {"name": "demo", "provider": "simulator"}
    assert [api.post("provider-accounts", body).status_code for _ in range(2)] == [201, 201]
    assert api.patch(f"provider-accounts/{factories.account().pk}", {"name": "demo"}).status_code == 200


def test_a_patch_raises_the_version_and_an_old_version_is_refused(api):
    account = factories.account()
    path = f"provider-accounts/{account.pk}"
    answer = api.patch(path, {"is_enabled": False}, HTTP_IF_MATCH='"1"')
    assert (answer.status_code, answer.json()["version"], answer["ETag"]) == (200, 2, '"2"')
    problem = refused(api.patch(path, {"is_enabled": True}, HTTP_IF_MATCH='"1"'), 412, "version_mismatch")
    assert problem["version"] == 2
    refused(api.patch(path, {"is_enabled": True}, HTTP_IF_MATCH="1"), 400, "invalid_header")
    refused(api.patch(path, {"is_enabled": True}, HTTP_IF_MATCH='W/"2"'), 412, "version_mismatch")
    assert ProviderAccount.objects.get().is_enabled is False
    assert api.patch(path, {"is_enabled": True}, HTTP_IF_MATCH='"1", "2"').status_code == 200
    assert api.patch(path, {"is_enabled": True}, HTTP_IF_MATCH="*").status_code == 200


def test_a_put_sets_back_what_it_does_not_name_but_keeps_credentials(api):
    account = factories.account(max_concurrent_calls=5, credentials={})
    answer = api.put(f"provider-accounts/{account.pk}", {"name": "n", "provider": "simulator"})
    assert answer.status_code == 200, answer.content
    account.refresh_from_db()
    assert (account.name, account.max_concurrent_calls) == ("n", None)


def test_an_account_in_use_is_not_deleted(api):
    campaign = factories.campaign()
    refused(api.delete(f"provider-accounts/{campaign.provider_account_id}"), 409, "in_use")
    assert ProviderAccount.objects.count() == 1


def test_an_unused_account_is_deleted(api):
    account = factories.account()
    assert api.delete(f"provider-accounts/{account.pk}", HTTP_IF_MATCH='"1"').status_code == 204
    assert ProviderAccount.objects.count() == 0


def test_the_simulator_passes_its_check(api):
    answer = api.post(f"provider-accounts/{factories.account().pk}/check")
    assert answer.status_code == 200
    assert answer.json()["ok"] is True


def test_what_a_provider_cannot_list_is_422(api, monkeypatch):
    account = factories.account()
    listed = registry.provider_class("simulator").capabilities.browse
    for kind, path in (("queues", "queues"), ("templates", "templates"), ("campaigns", "remote-campaigns")):
        answer = api.get(f"provider-accounts/{account.pk}/{path}")
        if kind in listed:
            assert answer.status_code == 200
            assert set(answer.json()) == {"next", "previous", "results"}
        else:
            refused(answer, 422, "unsupported_capability")


# ---- what a provider's own class refuses of settings that are each well formed


def desk(**settings):
    kind = sandbox_class("diabolocom")
    made = {"name": "Desk", "provider": kind.slug, "credentials": dict(kind.credentials)}
    return made | {"base_url": "https://desk.example", "settings": settings}


def test_settings_that_the_provider_refuses_are_a_precise_400_and_make_nothing(api):
    answer = api.post("provider-accounts", desk(wrapup_results={"Sale": "sold"}))
    problem = refused(answer, 400, "invalid")
    assert [(each["pointer"], each["code"]) for each in problem["errors"]] == [
        ("/settings/wrapup_results", "invalid_choice")
    ]
    assert "answered" in problem["errors"][0]["detail"]
    assert not ProviderAccount.objects.exists()


def test_a_change_to_settings_that_the_provider_refuses_changes_nothing(api):
    made = api.post("provider-accounts", desk(wrapup_results={"Sale": "answered"})).json()
    before = ProviderAccount.objects.values().get()
    answer = api.patch(f"provider-accounts/{made['id']}", {"settings": {"wrapup_results": {"Sale": "sold"}}})
    problem = refused(answer, 400, "invalid")
    assert problem["errors"][0]["pointer"] == "/settings/wrapup_results"
    assert ProviderAccount.objects.values().get() == before
