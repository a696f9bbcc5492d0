"""A campaign moves from one provider to another by its account alone."""

from __future__ import annotations

from typing import Any

import pytest

from dialer import clock
from dialer.engine import campaigns, remote
from dialer.models import Campaign
from providers import registry
from providers.sandbox import SANDBOXES, sandbox_class
from providers.sandbox.serve import ServedSandbox
from tests import factories

pytestmark = pytest.mark.django_db(transaction=True)


def settings_of(slug: str, sandbox: ServedSandbox) -> dict[str, Any]:
    """Give what an account says once, for all campaigns that say nothing themselves."""
    if slug == "targg":
        from providers.sandbox.targg.state import CALLBOT_TEMPLATE

        return {"default_template_id": CALLBOT_TEMPLATE}
    if slug == "nrs360":
        return {"message": "Good day, {name}."}
    return {"default_remote_campaign_id": sandbox.sandbox.campaigns()[0]}


@pytest.mark.parametrize("slug", sorted(SANDBOXES))
def test_a_draft_moves_to_every_provider_without_another_change(slug: str, settings: Any) -> None:
    settings.DIALER_PUSH_THREADS = 1
    draft = factories.campaign(provider_options={"message": "Hello.", "language": "en_US"})
    sandbox = ServedSandbox(sandbox_class(slug))
    sandbox.start()
    try:
        account = factories.account(
            provider=slug,
            base_url=sandbox.base_url,
            credentials=dict(sandbox_class(slug).credentials),
            settings=settings_of(slug, sandbox),
        )
        assert registry.validate(slug, credentials=account.credentials, settings=account.settings) == []
        Campaign.objects.filter(pk=draft.pk).update(provider_account=account)
        campaigns.start(campaign_id=draft.pk, now=clock.now())
        remote.open_due(now=clock.now())
    finally:
        sandbox.stop()
    draft.refresh_from_db()
    assert (draft.status, draft.status_reason) == ("running", "")
    assert draft.opened_at is not None
    assert draft.remote_campaign_id
