"""Budgets: what counts in each, and that a campaign whose budget is used up dials nobody and changes nobody."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from dialer import clock
from dialer.engine import claim
from dialer.gates import budgets, load
from dialer.gates.eligibility import campaign_eligibility
from dialer.gates.time_gates import day_bounds
from dialer.models import Attempt, Campaign, CampaignContact
from dialer.rules.budgets import parse_budgets
from dialer.rules.faults import Faults
from dialer.rules.money import written
from tests import factories

pytestmark = pytest.mark.django_db

EUROS = {"unit": "money", "per": "day", "limit": "1.00", "currency": "EUR"}
MINUTES = {"unit": "minutes", "per": "campaign", "limit": "3"}
ATTEMPTS = {"unit": "attempts", "per": "day", "limit": 2}


def running(*listed: dict[str, Any]) -> Campaign:
    return factories.campaign(status="running", budgets=list(listed))


def called(campaign: Campaign, **fields: Any) -> Attempt:
    row = factories.enrolled(campaign=campaign, state="finished")
    return factories.attempt(row, **fields)


def used(campaign: Campaign) -> list[Decimal]:
    now = clock.now()
    return [each.used for each in budgets.spent(campaign, day_bounds(campaign.timezone, now))]


def test_each_unit_counts_its_own_and_a_day_only_its_calls() -> None:
    campaign = running(EUROS, {**EUROS, "currency": "USD"}, MINUTES, ATTEMPTS)
    called(campaign, cost="0.40", currency="EUR", duration_seconds=90)
    called(campaign, cost="0.50", currency="", duration_seconds=30)
    called(
        campaign, cost="7", currency="USD", claimed_at=clock.now() - timedelta(days=2), duration_seconds=60
    )
    called(campaign, state="cancelled", cost="9", currency="EUR")
    called(running(EUROS), cost="9", currency="EUR")
    assert used(campaign) == [Decimal("0.90"), Decimal("0.50"), Decimal(3), Decimal(2)]


def test_nothing_is_asked_where_there_is_no_budget(django_assert_num_queries: Any) -> None:
    campaign = running()
    with django_assert_num_queries(0):
        assert used(campaign) == []


@pytest.mark.parametrize(
    ("listed", "fields"),
    [
        (EUROS, {"cost": "1.00", "currency": "EUR"}),
        (MINUTES, {"duration_seconds": 180}),
        ({**ATTEMPTS, "limit": 1}, {}),
    ],
)
def test_a_used_up_budget_dials_nobody_and_writes_nothing(listed: dict[str, Any], fields: Any) -> None:
    campaign = running(listed)
    called(campaign, **fields)
    row = factories.enrolled(campaign=campaign)
    before = CampaignContact.objects.filter(pk=row.pk).values().get()
    facts = load.campaign_facts(
        campaign, load.account_facts(campaign.provider_account, room=None), clock.now()
    )
    verdict = campaign_eligibility(facts, clock.now())
    assert (verdict.gate, verdict.code) == ("budget", "spent")
    assert claim.claim(account_id=campaign.provider_account_id, now=clock.now()) == []
    assert CampaignContact.objects.filter(pk=row.pk).values().get() == before
    Campaign.objects.update(budgets=[{**listed, "limit": "1000"}])
    assert len(claim.claim(account_id=campaign.provider_account_id, now=clock.now())) == 1


def test_attempts_are_claimed_no_further_than_their_budget() -> None:
    campaign = running(ATTEMPTS)
    for _ in range(4):
        factories.enrolled(campaign=campaign)
    assert len(claim.claim(account_id=campaign.provider_account_id, now=clock.now())) == 2
    assert claim.claim(account_id=campaign.provider_account_id, now=clock.now()) == []


def test_what_people_write_wrong_is_told_all_at_once() -> None:
    with pytest.raises(Faults) as told:
        parse_budgets([{**EUROS, "currency": None}, {**MINUTES, "currency": "EUR"}, EUROS, EUROS, "x"])
    assert [(fault.pointer, fault.code) for fault in told.value.faults] == [
        ("/budgets/0/currency", "required_with_money"),
        ("/budgets/1/currency", "not_taken"),
        ("/budgets/3", "same_limit"),
        ("/budgets/4", "invalid_type"),
    ]


@pytest.mark.parametrize(
    ("amount", "text"),
    [
        ("12.5000", "12.50"),
        ("12", "12.00"),
        ("0.0125", "0.0125"),
        ("0.0210", "0.021"),
        ("1000000", "1000000.00"),
    ],
)
def test_money_is_written_with_two_decimals_or_as_many_as_it_has(amount: str, text: str) -> None:
    assert written(Decimal(amount)) == text


def test_a_rule_that_somebody_set_aside_holds_nobody() -> None:
    from dialer.gates.time_gates import LawGate
    from tests.gates.test_eligibility import NOON, candidate
    from tests.gates.test_eligibility import campaign as plain

    night = NOON.replace(hour=3)
    person = candidate(campaign=plain(purpose="marketing"))
    assert LawGate().check(person, night).outcome == "held"
    free = candidate(campaign=plain(purpose="marketing", overridden_rules=frozenset({"default"})))
    verdict = LawGate().check(free, night)
    assert (verdict.ok, verdict.rule) == (True, "default:overridden")
