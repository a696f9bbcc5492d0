"""The counters behind statistics: equal to the rows after every statement, whoever writes it."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection, transaction

from dialer.models import Attempt, CampaignContact, ProviderEvent, Tally, TallyDelta
from dialer.models.bulk import insert_rows, update_rows
from dialer.reports import tallies
from dialer.reports.counters import differences
from tests import factories

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


def counted(kind: str, *columns: str) -> dict[Any, int]:
    """Sum the tallies of a kind by some columns."""
    counts: Counter[Any] = Counter()
    for *key, count in tallies.sums(*columns, kind=kind):
        counts[tuple(key) if len(key) > 1 else key[0]] += count
    return {key: count for key, count in counts.items() if count}


def stored() -> list[tuple[Any, ...]]:
    """Read both tables as they are."""
    columns = ("pk", "owner_id", "state", "detail", "total", "priced", "cost")
    return [*Tally.objects.order_by("pk").values_list(*columns), *TallyDelta.objects.values_list(*columns)]


def test_contacts_are_counted_as_they_move() -> None:
    campaign = factories.campaign(status="running")
    rows = [factories.enrolled(campaign=campaign) for _ in range(3)]
    assert counted("contact", "state") == {"waiting": 3}
    now = rows[0].created_at
    CampaignContact.objects.filter(pk=rows[0].pk).update(
        state="dispatching", next_attempt_at=None, attempt_count=1
    )
    CampaignContact.objects.filter(pk=rows[1].pk).update(
        state="finished", next_attempt_at=None, finish_reason="expired", finished_at=now
    )
    assert counted("contact", "state", "detail", "number") == {
        ("waiting", "", 0): 1,
        ("dispatching", "", 1): 1,
        ("finished", "expired", 0): 1,
    }
    CampaignContact.objects.filter(campaign=campaign).delete()
    assert counted("contact", "state") == {}
    assert differences(connection) == []


def test_a_statement_for_many_rows_is_counted_whole() -> None:
    campaign = factories.campaign(status="running")
    rows = [factories.enrolled(campaign=campaign) for _ in range(4)]
    made = [
        Attempt(
            provider_account_id=campaign.provider_account_id,
            campaign=campaign,
            campaign_contact=row,
            contact_id=row.contact_id,
            number=f"+4420794601{place:02}",
            sequence=1,
            due_at=NOON,
            claimed_at=NOON,
        )
        for place, row in enumerate(rows)
    ]
    with transaction.atomic():
        insert_rows(made)
        assert counted("attempt", "state", "day") == {("claimed", NOON.date()): 4}
        changes = [[row.pk, "claimed", "ended", False, "busy", NOON] for row in made[:3]]
        change = ("state", "is_live", "result", "ended_at")
        update_rows(Attempt, match=("id", "state"), change=change, rows=changes)
        assert differences(connection) == []
    assert counted("attempt", "state", "detail") == {("claimed", ""): 1, ("ended", "busy"): 3}


def test_what_is_rolled_back_was_never_counted() -> None:
    campaign = factories.campaign(status="running")
    before = stored()
    with transaction.atomic():
        factories.enrolled(campaign=campaign)
        assert counted("contact", "state") == {"waiting": 1}
        transaction.set_rollback(True)
    assert stored() == before


def test_a_statement_that_moves_nobody_writes_nothing() -> None:
    attempt = factories.attempt(state="claimed", cost=Decimal("0.5"), currency="EUR")
    before = stored()
    Attempt.objects.filter(pk=attempt.pk).update(sending_at=NOON, sends=5, reason="x")
    CampaignContact.objects.update(priority=3, last_result="busy", version=7)
    # Written again as they are.
    Attempt.objects.filter(pk=attempt.pk).update(state="claimed", cost=Decimal("0.5"), currency="EUR")
    assert stored() == before


def test_costs_are_summed_exactly() -> None:
    campaign = factories.campaign(status="running")
    made = [factories.attempt(factories.enrolled(campaign=campaign)) for _ in range(30)]
    for row in made[:-1]:
        # A tenth of a cent is no binary fraction.
        Attempt.objects.filter(pk=row.pk).update(cost=Decimal("0.1001"), currency="EUR")
    Attempt.objects.filter(pk=made[0].pk).update(cost=Decimal("12.3456"))
    Attempt.objects.filter(pk=made[1].pk).update(currency="USD")
    Attempt.objects.filter(pk=made[2].pk).update(cost=None)
    cost: Counter[str] = Counter()
    priced: Counter[str] = Counter()
    for table in (Tally, TallyDelta):
        for row in table.objects.filter(kind="attempt"):
            cost[row.currency] += row.cost
            priced[row.currency] += row.priced
    assert dict(cost) == {"": 0, "EUR": 123456 + 26 * 1001, "USD": 1001}
    assert dict(priced) == {"": 0, "EUR": 27, "USD": 1}
    assert differences(connection) == []


def test_an_attempt_counts_for_the_utc_day_of_its_claim() -> None:
    late = datetime(2026, 3, 2, 23, 59, 59, 999_999, tzinfo=UTC)
    attempt = factories.attempt(state="claimed", claimed_at=late)
    assert counted("attempt", "day") == {late.date(): 1}
    Attempt.objects.filter(pk=attempt.pk).update(claimed_at=late + timedelta(microseconds=1))
    assert counted("attempt", "day") == {late.date() + timedelta(days=1): 1}


def test_facts_of_providers_are_counted_once() -> None:
    account = factories.account()

    def fact(key: str) -> ProviderEvent:
        return ProviderEvent(provider_account=account, dedupe_key=key, source="poll", state="unmatched")

    insert_rows([fact("a"), fact("b")], ignore_conflicts=True)
    insert_rows([fact("b"), fact("c")], ignore_conflicts=True)
    assert counted("event", "owner_id", "state") == {(account.pk, "unmatched"): 3}
    ProviderEvent.objects.filter(dedupe_key="a").update(state="applied")
    assert counted("event", "state") == {"unmatched": 2, "applied": 1}


def test_holds_are_summed_by_gate() -> None:
    campaign = factories.campaign(status="running")
    for gate, until in (("window", NOON), ("window", NOON), ("caps", NOON), ("", None)):
        factories.enrolled(campaign=campaign, hold_gate=gate, hold_until=until)
    factories.enrolled(campaign=campaign, hold_gate="caps", state="finished")
    factories.enrolled(hold_gate="window")  # of another campaign
    assert tallies.skips_by_gate(campaign.pk) == {"caps": 1, "window": 2}


def test_folding_leaves_every_sum_and_forgetting_only_what_is_empty() -> None:
    campaign = factories.campaign(status="running")
    for _ in range(3):
        factories.attempt(factories.enrolled(campaign=campaign), cost=Decimal("0.01"), currency="EUR")
    gone = factories.enrolled()
    gone.delete()
    before = counted("contact", "owner_id", "state", "detail"), counted("attempt", "owner_id", "state")
    folded = tallies.fold()
    assert folded == (0 if connection.vendor == "sqlite" else 8)
    assert tallies.fold() == 0
    assert not TallyDelta.objects.exists()
    assert Tally.objects.filter(total=0).exists()
    assert tallies.forget_empty() == 1
    assert not Tally.objects.filter(total=0).exists()
    assert before == (
        counted("contact", "owner_id", "state", "detail"),
        counted("attempt", "owner_id", "state"),
    )
    assert differences(connection) == []


@pytest.mark.postgres
def test_a_turn_of_folding_is_bounded_and_the_next_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tallies, "_FOLD", tallies._FOLD.replace(f"LIMIT {tallies.FOLD_ROWS}", "LIMIT 2"))
    monkeypatch.setattr(tallies, "FOLD_ROWS", 2)
    monkeypatch.setattr(tallies, "FOLDS", 2)
    campaign = factories.campaign(status="running")
    for _ in range(5):
        factories.enrolled(campaign=campaign)
    assert (tallies.fold(), TallyDelta.objects.count()) == (4, 1)
    assert counted("contact", "state") == {"waiting": 5}
    assert (tallies.fold(), TallyDelta.objects.count()) == (1, 0)
    assert Tally.objects.get().total == 5
