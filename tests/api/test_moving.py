"""One body, every provider: before the start a campaign moves by its account alone, and starts where it has come to."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import pytest

from dialer import clock
from dialer.engine import remote
from dialer.models import ProviderAccount
from providers.sandbox import SANDBOXES, sandbox_class
from providers.sandbox.serve import ServedSandbox
from tests import factories
from tests.api.conftest import Api
from tests.engine.test_moving import settings_of

pytestmark = pytest.mark.django_db(transaction=True)

SLUGS = ("simulator", *sorted(SANDBOXES))


@pytest.fixture
def accounts(settings: Any) -> Iterator[dict[str, ProviderAccount]]:
    """Serve every vendor, with an account at each that holds what the vendor asks for once."""
    settings.DIALER_PUSH_THREADS = 1
    with ExitStack() as stack:
        made = {"simulator": factories.account(provider="simulator")}
        for slug in sorted(SANDBOXES):
            sandbox = ServedSandbox(sandbox_class(slug))
            sandbox.start()
            stack.callback(sandbox.stop)
            made[slug] = factories.account(
                provider=slug,
                base_url=sandbox.base_url,
                credentials=dict(sandbox_class(slug).credentials),
                settings=settings_of(slug, sandbox),
            )
        yield made


@pytest.mark.parametrize("last", range(len(SLUGS)), ids=SLUGS)
def test_the_same_campaign_starts_at_every_provider(
    api: Api, accounts: dict[str, ProviderAccount], last: int
) -> None:
    assert {*SLUGS} == {*accounts}
    body = {
        "name": "Winter survey",
        "provider_account": str(accounts[SLUGS[0]].pk),
        "retry_timeline": str(factories.timeline(("PT1H",)).pk),
        "purpose": "service",
    }
    made = api.post("campaigns", body)
    assert made.status_code == 201, made.content
    address, before = f"campaigns/{made.json()['id']}", made.json()
    for slug in SLUGS[1 : last + 1]:
        moved = api.patch(address, {"provider_account": str(accounts[slug].pk)})
        assert moved.status_code == 200, (slug, moved.content)
        assert _kept(moved.json()) == _kept(before), slug
    started = api.post(f"{address}/start")
    assert started.status_code == 200, (SLUGS[last], started.content)
    remote.open_due(now=clock.now())
    now = api.get(address).json()
    assert (now["status"], now["provider_account"]) == ("running", str(accounts[SLUGS[last]].pk)), now
    assert now["remote_campaign_id"] or SLUGS[last] == "simulator"


def _kept(campaign: dict[str, Any]) -> dict[str, Any]:
    """Leave out what a move is meant to change, and what it follows from."""
    moves = {"provider_account", "provider", "updated_at", "version", "retry_plan", "_links", "etag"}
    return {name: value for name, value in campaign.items() if name not in moves}
