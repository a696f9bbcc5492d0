"""What a whole campaign writes into the log: every push with its ids, and nothing of a person."""

from __future__ import annotations

import io
import json

from django.test import Client

from dialer.models import Attempt, Contact, ContactPhone
from tests import factories
from tests.engine.conftest import ANSWERED, BUSY, INVALID, LOST_AFTER, LOST_BEFORE, SILENT, THROTTLED, Stage
from tests.house.test_logging import lines  # noqa: F401  (a fixture)

NUMBERS = (ANSWERED, BUSY, INVALID, SILENT, LOST_AFTER, LOST_BEFORE, THROTTLED)


def test_a_whole_campaign_leaves_no_phone_email_or_key_in_the_log(
    stage: Stage,
    lines: io.StringIO,  # noqa: F811
) -> None:
    stage.build(*NUMBERS, steps=("PT1M", "PT2M"), caller_id="+12125550199")
    Contact.objects.update(email="ann.somebody@example.com")
    key = factories.api_key(("admin",))[1]
    client = Client(headers={"Authorization": f"Bearer {key}"})

    stage.play(minutes=10)
    client.get(f"/api/v1/campaigns/{stage.campaign.pk}/contacts", {"phone": ANSWERED})
    client.post(
        f"/api/v1/campaigns/{stage.campaign.pk}/contacts",
        {"phone": "+12125550111", "email": "bob.somebody@example.com"},
        content_type="application/json",
    )

    written = lines.getvalue()
    assert ContactPhone.objects.count() == len(NUMBERS) + 1
    for number in (*NUMBERS, "+12125550111", "+12125550199"):
        assert number.removeprefix("+1") not in written
    assert "somebody" not in written
    assert key not in written
    assert key.rsplit("_", 1)[1] not in written


def test_every_push_has_its_line_with_the_ids_to_find_it_by(
    stage: Stage,
    lines: io.StringIO,  # noqa: F811
) -> None:
    stage.build(ANSWERED, BUSY, INVALID, LOST_AFTER, steps=())

    stage.play(minutes=5)

    pushed = [line for line in map(json.loads, lines.getvalue().splitlines()) if line["event"] == "pushed"]
    assert sorted(line["attempt"] for line in pushed) == sorted(
        str(pk) for pk in Attempt.objects.values_list("pk", flat=True)
    )
    assert {line["campaign"] for line in pushed} == {str(stage.campaign.pk)}
    assert {line["account"] for line in pushed} == {str(stage.account.pk)}
