"""Statistics while others write, on PostgreSQL with a connection each: every answer adds up, and nobody waits."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest
from django.db import connection, transaction

from dialer.models import Attempt, Campaign, CampaignContact, TallyDelta
from dialer.models.bulk import insert_rows, update_rows
from dialer.reports import tallies
from dialer.reports.counters import differences
from dialer.reports.stats import campaign_stats
from tests import factories

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True), pytest.mark.timeout(120)]
NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
CONTACTS, WRITERS, ROUNDS = 24, 3, 8


class Together:
    """Threads with a connection each; whatever one of them raises fails the test."""

    def __init__(self) -> None:
        self.raised: list[BaseException] = []
        self.threads: list[threading.Thread] = []

    def start(self, work: Callable[[], object]) -> threading.Thread:
        """Let a work run in a thread."""

        def run() -> None:
            try:
                work()
            except BaseException as error:
                self.raised.append(error)
            finally:
                connection.close()

        thread = threading.Thread(target=run)
        thread.start()
        self.threads.append(thread)
        return thread

    def end(self) -> None:
        """Wait for all of them."""
        for thread in self.threads:
            thread.join()
        assert self.raised == []


def _claim(campaign: Campaign, ids: list[UUID], sequence: int) -> None:
    """Do what a claim does: contacts leave the queue and attempts are made, in one transaction."""
    with transaction.atomic():
        rows = list(CampaignContact.objects.filter(pk__in=ids).order_by("pk").select_for_update(no_key=True))
        change = ("state", "next_attempt_at", "attempt_count")
        changes = [[row.pk, "waiting", "dispatching", None, sequence] for row in rows]
        assert len(update_rows(CampaignContact, match=("id", "state"), change=change, rows=changes)) == len(
            ids
        )
        insert_rows([_attempt(campaign, row, sequence) for row in rows])


def _attempt(campaign: Campaign, row: CampaignContact, sequence: int) -> Attempt:
    assert row.next_phone is not None
    return Attempt(
        provider_account_id=campaign.provider_account_id,
        campaign=campaign,
        campaign_contact=row,
        contact_id=row.contact_id,
        number=row.next_phone.number,
        sequence=sequence,
        due_at=NOON,
        claimed_at=NOON,
    )


def _settle(ids: list[UUID]) -> None:
    """Do what a result does: the attempts end and the contacts wait again, in one transaction."""
    with transaction.atomic():
        list(CampaignContact.objects.filter(pk__in=ids).order_by("pk").select_for_update(no_key=True))
        CampaignContact.objects.filter(pk__in=ids).update(state="waiting", next_attempt_at=NOON)
        Attempt.objects.filter(campaign_contact_id__in=ids, is_live=True).update(
            state="ended", is_live=False, result="busy", ended_at=NOON, cost="0.0101", currency="EUR"
        )


def _faults(stats: dict[str, Any]) -> list[str]:
    """Say what does not add up, or was never true at one instant."""
    contacts, attempts, today = stats["contacts"], stats["attempts"], stats["today"]
    busy = attempts["by_result"]["busy"]
    cost = None if busy == 0 else f"{busy * 101 / 10_000:.4f}"
    expected = {
        "contacts": (contacts["total"], CONTACTS),
        "buckets": (sum(count for word, count in contacts.items() if word != "total"), CONTACTS),
        "results": (sum(attempts["by_result"].values()), attempts["total"]),
        "today": (today["total"], attempts["total"]),
        "calls under way": (attempts["by_result"]["pending"], contacts["dispatching"]),
        "cost": (stats["cost"]["amount"], cost),
        "next due": (stats["next_due_at"], NOON if contacts["waiting"] else None),
    }
    return [
        f"{name}: {found} is not {wanted}" for name, (found, wanted) in expected.items() if found != wanted
    ]


def _read(campaign: Campaign, until: threading.Event, seen: set[int]) -> None:
    while not until.is_set():
        stats = campaign_stats(campaign=campaign, now=NOON)
        assert _faults(stats) == []
        seen.add(stats["contacts"]["dispatching"])


def test_every_answer_adds_up_while_others_write_and_fold() -> None:
    campaign = factories.campaign(status="running")
    # Of every priority, for the dial queue has an index range for each.
    ids = [
        factories.enrolled(campaign=campaign, priority=place % 11, due_at=NOON).pk
        for place in range(CONTACTS)
    ]
    done, seen, together = threading.Event(), set[int](), Together()

    def write(part: list[UUID]) -> None:
        for sequence in range(1, ROUNDS + 1):
            _claim(campaign, part, sequence)
            _settle(part)

    def fold() -> None:
        while not done.is_set():
            tallies.fold()

    writers = [together.start(lambda part=ids[n::WRITERS]: write(part)) for n in range(WRITERS)]
    for work in (lambda: _read(campaign, done, seen), lambda: _read(campaign, done, seen), fold, fold):
        together.start(work)
    for writer in writers:
        writer.join()
    done.set()
    together.end()
    assert len(seen) > 1  # it was read while calls were under way
    stats = campaign_stats(campaign=campaign, now=NOON)
    assert (stats["attempts"]["total"], stats["contacts"]["waiting"]) == (CONTACTS * ROUNDS, CONTACTS)
    assert differences(connection) == []
    tallies.fold()
    assert (differences(connection), TallyDelta.objects.count()) == ([], 0)


def test_a_writer_waits_neither_for_another_writer_nor_for_a_fold() -> None:
    campaign = factories.campaign(status="running")
    first, second = (factories.enrolled(campaign=campaign) for _ in range(2))
    together = Together()

    def write(row: CampaignContact) -> None:
        with connection.cursor() as cursor:
            cursor.execute("SET lock_timeout = '2s'")
        CampaignContact.objects.filter(pk=row.pk).update(hold_gate="window")
        tallies.fold()

    with transaction.atomic():
        CampaignContact.objects.filter(pk=first.pk).update(hold_gate="window")
        tallies.fold()  # holds the rows of both buckets until the commit
        together.start(lambda: CampaignContact.objects.filter(pk=second.pk).update(hold_gate="window"))
        together.end()
        assert tallies.skips_by_gate(campaign.pk) == {"window": 2}
    together.start(lambda: write(second))
    together.end()
    assert differences(connection) == []


def test_a_fold_that_is_killed_has_done_nothing() -> None:
    factories.enrolled()
    before = TallyDelta.objects.count()
    with transaction.atomic():
        assert tallies.fold() == before > 0
        transaction.set_rollback(True)
    assert TallyDelta.objects.count() == before
    assert differences(connection) == []
