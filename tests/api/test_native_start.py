"""Who retries is decided at the start: `native` where the provider can and nothing has to be asked in between."""

from __future__ import annotations

from typing import Any

import pytest

from providers.sandbox import sandbox_class
from tests import factories
from tests.api.conftest import Api, refused

pytestmark = pytest.mark.django_db


def campaign_at(slug: str, steps: Any, **fields: Any) -> str:
    account = factories.account(
        provider=slug, credentials=dict(sandbox_class(slug).credentials), base_url="http://127.0.0.1:9"
    )
    row = factories.campaign(
        provider_account=account,
        retry_timeline=factories.timeline(steps),
        remote_campaign_id="4101" if slug in ("ujet", "qvoice", "diabolocom") else None,
        template_id="template" if slug == "targg" else None,
        **({"retry_mode": "native"} | fields),
    )
    return str(row.pk)


@pytest.mark.parametrize(
    ("slug", "steps", "waivers"),
    [
        ("targg", ("PT2H", {"after": "P1D", "day_rule": "business"}), 3),
        ("targg", ("PT4H", "PT4H"), 3),
        ("qvoice", ("PT30M", "PT30M", "PT30M"), 3),
        ("diabolocom", ("PT45S", "PT45S"), 3),
    ],
)
def test_native_is_accepted_with_its_waivers(api: Api, slug: str, steps: Any, waivers: int) -> None:
    answer = api.post(f"campaigns/{campaign_at(slug, steps)}/start")
    assert answer.status_code == 200, answer.content
    plan = answer.json()["retry_plan"]
    assert set(plan) == {"mode", "obstacles", "waivers"}
    assert (plan["mode"], plan["obstacles"], len(plan["waivers"])) == ("native", [], waivers)


@pytest.mark.parametrize(
    ("slug", "steps", "fields"),
    [
        ("targg", ("PT30M",), {}),
        ("targg", ("PT2H",), {"holidays": "observe"}),
        ("targg", ("PT2H",), {"purpose": "marketing"}),
        ("targg", ("PT2H",), {"max_attempts_per_day": 1}),
        ("qvoice", ("PT30M", "PT1H"), {}),
        ("diabolocom", ("PT1H", {"after": "PT1H", "phone": "next"}), {}),
        ("ujet", ("PT1H",), {}),
        ("nrs360", ("PT1H",), {}),
        ("simulator", ("PT1H",), {}),
    ],
)
def test_native_is_refused_with_the_reason_and_changes_nothing(
    api: Api, slug: str, steps: Any, fields: dict[str, Any]
) -> None:
    key = (
        str(factories.campaign(retry_timeline=factories.timeline(steps), retry_mode="native").pk)
        if slug == "simulator"
        else campaign_at(slug, steps, **fields)
    )
    problem = refused(api.post(f"campaigns/{key}/start"), 422, "invalid_campaign")
    assert [error["code"] for error in problem["errors"]] == ["native_impossible"]
    assert api.get(f"campaigns/{key}").json()["status"] == "draft"


@pytest.mark.parametrize("slug", ["targg", "qvoice", "diabolocom", "ujet", "nrs360"])
def test_auto_is_orchestrated_everywhere(api: Api, slug: str) -> None:
    answer = api.post(f"campaigns/{campaign_at(slug, ('PT2H', 'PT2H'), retry_mode='auto')}/start")
    assert answer.json()["retry_plan"]["mode"] == "orchestrated"
