"""Every provider of ours through the API: described, configured, checked; its secrets are written and never read."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from providers import registry
from providers.sandbox import SANDBOXES, sandbox_class
from providers.sandbox.serve import ServedSandbox
from tests.api.conftest import Api, refused

pytestmark = pytest.mark.django_db


@pytest.fixture(params=sorted(SANDBOXES))
def sandbox(request: pytest.FixtureRequest) -> Iterator[ServedSandbox]:
    served = ServedSandbox(sandbox_class(request.param))
    served.start()
    yield served
    served.stop()


def made(api: Api, sandbox: ServedSandbox, **change: str) -> dict[str, Any]:
    kind = type(sandbox.sandbox)
    body = {
        "name": "Desk",
        "provider": kind.slug,
        "base_url": sandbox.base_url,
        "credentials": {**kind.credentials, **change},
    }
    answer = api.post("provider-accounts", body)
    assert answer.status_code == 201, answer.content
    account: dict[str, Any] = answer.json()
    return account


def secrets_of(slug: str) -> list[str]:
    schema = registry.schema(registry.provider_class(slug).Credentials)
    return [name for name, field in schema["properties"].items() if field.get("writeOnly")]


def test_it_is_listed_with_what_it_wants_to_know(api: Api) -> None:
    listed = {each["slug"]: each for each in api.every("providers")}
    assert set(SANDBOXES) < set(listed)
    for slug in SANDBOXES:
        wanted = set(sandbox_class(slug).credentials)
        assert set(listed[slug]["credentials_schema"]["properties"]) == wanted
        assert secrets_of(slug)


def test_good_credentials_are_good_and_wrong_ones_an_answer(api: Api, sandbox: ServedSandbox) -> None:
    account = made(api, sandbox)
    answer = api.post(f"provider-accounts/{account['id']}/check")
    assert (answer.status_code, answer.json()["ok"]) == (200, True)
    (secret,) = secrets_of(sandbox.sandbox.slug)
    wrong = made(api, sandbox, **{secret: "not-the-one-of-this-desk"})
    answer = api.post(f"provider-accounts/{wrong['id']}/check")
    assert (answer.status_code, answer.json()["ok"]) == (200, False)
    assert "not-the-one-of-this-desk" not in answer.content.decode()


def test_no_answer_holds_a_credential(api: Api, sandbox: ServedSandbox) -> None:
    account = made(api, sandbox)
    said = repr(account) + api.get(f"provider-accounts/{account['id']}").content.decode()
    said += api.get("provider-accounts").content.decode()
    hidden = [sandbox.sandbox.credentials[name] for name in secrets_of(sandbox.sandbox.slug)]
    assert [value for value in hidden if value in said] == []


@pytest.mark.parametrize("kind", ["remote-campaigns", "templates", "queues", "dispositions"])
def test_what_can_be_listed_is_listed_and_the_rest_is_refused(
    api: Api, sandbox: ServedSandbox, kind: str
) -> None:
    account = made(api, sandbox)
    answer = api.get(f"provider-accounts/{account['id']}/{kind}")
    known = registry.provider_class(sandbox.sandbox.slug).capabilities.browse
    if kind.removeprefix("remote-") not in known:
        refused(answer, 422, "unsupported_capability")
        return
    assert answer.status_code == 200
    found = {item["id"] for item in answer.json()["results"]}
    assert kind != "remote-campaigns" or set(sandbox.sandbox.campaigns()) <= found
