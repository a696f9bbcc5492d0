"""What people change between claim and push: the last look before a request sees it, and the order waits unsent."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db.models import F

from dialer.engine import edits
from dialer.engine.claim import claim
from dialer.engine.push import push
from dialer.models import Campaign, CampaignContact, Contact, ContactPhone
from tests.engine.conftest import ANSWERED, NO_ANSWER, START, Stage

#: New York is five hours behind START's noon, so that its day has not begun.
BY_DAY = [{"days": ["mon", "tue", "wed", "thu", "fri", "sat", "sun"], "start": "09:00", "end": "18:00"}]


def change_campaign(stage: Stage, **values: Any) -> None:
    """Change a campaign as API and admin do."""
    Campaign.objects.filter(pk=stage.campaign.pk).update(
        **values, release_holds_at=stage.now, updated_at=stage.now, version=F("version") + 1
    )


def once(act: Callable[[], object]) -> Callable[[object], None]:
    """Let something happen beside the first request alone."""
    left = [act]
    return lambda _: left.pop()() and None if left else None


@pytest.mark.parametrize(
    ("values", "gate"),
    [
        ({"calling_windows": BY_DAY}, "window"),
        ({"calling_windows": BY_DAY, "timezone": "America/New_York"}, "window"),
        ({"starts_at": START + timedelta(hours=1)}, ""),
    ],
)
def test_a_campaign_changed_while_its_calls_are_pushed_calls_on_by_the_new_policy(
    stage: Stage, values: dict[str, Any], gate: str
) -> None:
    first, second = stage.build(ANSWERED, NO_ANSWER)
    stage.after_push.append(once(lambda: change_campaign(stage, **values)))
    stage.tick("dispatch")
    assert [entry.phone for entry in stage.ledger.entries()] == [ANSWERED]
    second.refresh_from_db()
    assert (second.state, second.hold_gate) == ("waiting", gate)
    assert (stage.attempt(second).state, stage.attempt(second).sending_at) == ("claimed", None)
    assert first.attempts.count() == second.attempts.count() == 1


def test_a_change_that_forbids_nothing_keeps_nobody_waiting(stage: Stage) -> None:
    first, second = stage.build(ANSWERED, NO_ANSWER)
    stage.after_push.append(once(lambda: change_campaign(stage, name="Spring")))
    stage.tick("dispatch")
    assert [entry.phone for entry in stage.ledger.entries()] == [ANSWERED, NO_ANSWER]
    assert first.attempts.count() == second.attempts.count() == 1


def _set_date(row: CampaignContact, **dates: Any) -> None:
    edits.change_enrolment(row, dates, stored_not_before=row.not_before, now=START)


@pytest.mark.parametrize(
    "change",
    [
        lambda row: Contact.objects.filter(pk=row.contact_id).update(timezone="Pacific/Auckland"),
        lambda row: ContactPhone.objects.filter(contact=row.contact_id).update(do_not_disturb=True),
        lambda row: ContactPhone.objects.filter(contact=row.contact_id).update(uncallable_at=START),
        lambda row: ContactPhone.objects.filter(contact=row.contact_id).update(number=NO_ANSWER),
        lambda row: _set_date(row, not_before=START + timedelta(hours=1)),
        lambda row: _set_date(row, not_after=START),
    ],
    ids=["zone", "do not disturb", "uncallable", "number", "not before", "not after"],
)
def test_an_order_whose_person_was_changed_since_the_claim_goes_back_unsent(
    stage: Stage, change: Callable[[CampaignContact], object]
) -> None:
    (row,) = stage.build(ANSWERED)
    orders = claim(account_id=stage.account.pk, now=stage.now)
    row.refresh_from_db()
    change(row)
    assert (len(orders), push(orders)) == (1, 0)
    assert stage.ledger.entries() == []
    row.refresh_from_db()
    assert (row.state, stage.attempt(row).state, stage.attempt(row).sends) == ("waiting", "claimed", 0)
