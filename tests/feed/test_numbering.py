"""The feed's order: numbers come after commit, a reader never misses one, and the old end goes without a gap."""

from __future__ import annotations

import threading
from typing import Any

import pytest
from django.db import connection, transaction

from dialer.feed import numbering, reading
from dialer.feed.reading import CursorExpired, read
from dialer.models import FeedEvent, WebhookDelivery
from dialer.models.feed import FeedState
from dialer.rules.events import KINDS
from tests.feed.conftest import Stage

PATIENCE = 20


def numbers() -> list[int | None]:
    return list(FeedEvent.objects.order_by("pk").values_list("number", flat=True))


def page(after: str | None = None, size: int = 100) -> reading.Page:
    return read(after=after, size=size, kinds=frozenset(KINDS), campaign_id=None)


def ids(found: reading.Page) -> list[str]:
    return [event["id"] for event in found.events]


def test_events_are_numbered_without_gaps_in_the_order_of_their_age(stage: Stage) -> None:
    for _ in range(3):
        stage.event()
    assert numbering.number_due() == 3
    stage.event()
    stage.event()
    assert numbering.number_due() == 2
    assert numbering.number_due() == 0
    assert numbers() == [1, 2, 3, 4, 5]


def test_a_tick_goes_on_until_nothing_is_left(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(numbering, "BATCH", 2)
    for _ in range(5):
        stage.event()
    assert numbering.number_due() == 5
    assert numbers() == [1, 2, 3, 4, 5]


def test_what_has_no_number_is_not_shown(stage: Stage) -> None:
    stage.event()
    assert page() == reading.Page([], 0, has_more=False)
    numbering.number_due()
    assert page().next == 1


def test_a_worker_that_dies_while_it_numbers_leaves_nothing_half_done(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    stage.event()
    stage.event()
    with monkeypatch.context() as patch:
        # Killed behind the numbers, before the place of the feed is written.
        patch.setattr(FeedState.objects, "filter", _dies)
        with pytest.raises(ZeroDivisionError):
            numbering.number_due()
    assert numbers() == [None, None]
    assert numbering.number_due() == 2
    assert (numbers(), numbering.position().last_number) == ([1, 2], 2)


def _dies(*_: Any, **__: Any) -> Any:
    raise ZeroDivisionError


class Open:
    """A transaction on a connection of its own, held open after its event was written."""

    def __init__(self, stage: Stage) -> None:
        self._stage, self._written, self._go = stage, threading.Event(), threading.Event()
        self.event: FeedEvent
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()
        assert self._written.wait(PATIENCE)

    def _run(self) -> None:
        try:
            with transaction.atomic():
                self.event = self._stage.event()
                self._written.set()
                assert self._go.wait(PATIENCE)
        finally:
            connection.close()

    def commit(self) -> None:
        self._go.set()
        self._thread.join(PATIENCE)
        assert not self._thread.is_alive()


@pytest.mark.postgres
def test_an_event_that_commits_late_is_numbered_late_and_read_by_whoever_was_ahead(stage: Stage) -> None:
    late = Open(stage)
    early = stage.event()  # younger than the late one, and committed first
    numbering.number_due()
    first = page()
    assert ids(first) == [str(early.pk)]

    late.commit()
    assert page(str(first.next)).events == []
    numbering.number_due()
    assert ids(page(str(first.next))) == [str(late.event.pk)]
    assert late.event.pk < early.pk
    late.event.refresh_from_db()
    assert late.event.number == 2


@pytest.mark.postgres
def test_while_one_worker_numbers_the_other_leaves_it_alone(stage: Stage) -> None:
    stage.event()
    numbering.number_due()
    stage.event()
    found: list[int] = []

    def other() -> None:
        found.append(numbering.number_due())
        connection.close()

    with transaction.atomic():
        assert numbering._locked() is not None
        thread = threading.Thread(target=other, daemon=True)
        thread.start()
        thread.join(PATIENCE)
        assert found == [0]
    assert numbering.number_due() == 1


@pytest.mark.postgres
def test_numbering_by_many_workers_while_others_write_misses_and_doubles_nothing(stage: Stage) -> None:
    stop = threading.Event()
    seen: list[str] = []

    def write() -> None:
        for _ in range(40):
            with transaction.atomic():
                stage.event()
                stage.event()
        connection.close()

    def number() -> None:
        while not stop.is_set():
            numbering.number_due()
        connection.close()

    def follow() -> None:
        after: str | None = None
        while not stop.is_set() or page(after).has_more or page(after).events:
            found = page(after, size=7)
            seen.extend(ids(found))
            after = str(found.next)
        connection.close()

    writers = [threading.Thread(target=write) for _ in range(3)]
    others = [threading.Thread(target=work) for work in (number, number, follow)]
    for thread in [*writers, *others]:
        thread.start()
    for thread in writers:
        thread.join(PATIENCE)
    while FeedEvent.objects.filter(number__isnull=True).exists():
        numbering.number_due()
    stop.set()
    for thread in others:
        thread.join(PATIENCE)
    assert sorted(FeedEvent.objects.values_list("number", flat=True)) == list(range(1, 241))
    assert seen == [str(pk) for pk in FeedEvent.objects.order_by("number").values_list("pk", flat=True)]


# --- the old end ----------------------------------------------------------------------------------------------


def aged(stage: Stage, *days: float) -> list[FeedEvent]:
    rows = []
    for age in days:
        row = stage.event()
        FeedEvent.objects.filter(pk=row.pk).update(created_at=stage.now)
        stage.wait(days=-age)
        FeedEvent.objects.filter(pk=row.pk).update(created_at=stage.now)
        stage.wait(days=age)
        rows.append(row)
    numbering.number_due()
    return rows


def test_what_is_older_than_the_feed_is_kept_goes_with_its_deliveries(stage: Stage) -> None:
    endpoint = stage.endpoint()
    rows = aged(stage, 31, 30.5, 29, 1)
    stage.tick("feed")
    assert WebhookDelivery.objects.filter(endpoint=endpoint).count() == 4
    assert numbering.trim(now=stage.now) == 2
    assert list(FeedEvent.objects.order_by("number").values_list("pk", flat=True)) == [
        row.pk for row in rows[2:]
    ]
    assert WebhookDelivery.objects.filter(endpoint=endpoint).count() == 2
    assert numbering.position().trimmed_to == 2
    assert ids(page()) == [str(row.pk) for row in rows[2:]]


def test_a_young_event_keeps_an_old_one_behind_it(stage: Stage) -> None:
    aged(stage, 31, 1, 31)
    assert numbering.trim(now=stage.now) == 1
    assert sorted(FeedEvent.objects.values_list("number", flat=True)) == [2, 3]


def test_it_is_trimmed_in_batches_and_never_before_its_number(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(numbering, "TRIM_BATCH", 2)
    aged(stage, 40, 40, 40, 40, 40)
    waiting = stage.event()
    FeedEvent.objects.filter(pk=waiting.pk).update(created_at=stage.now.replace(year=2020))
    assert numbering.trim(now=stage.now) == 5
    assert FeedEvent.objects.get() == waiting


def test_the_setting_says_how_long_and_the_tick_does_it(stage: Stage, settings: Any) -> None:
    settings.DIALER_FEED_DAYS = 3
    aged(stage, 4, 2)
    stage.tick("trim_feed")
    assert list(FeedEvent.objects.values_list("number", flat=True)) == [2]


def test_a_reader_whose_events_go_while_it_reads_is_told(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    aged(stage, 40, 40, 1)
    real = reading.matching

    def trimmed_before(*args: Any) -> Any:
        numbering.trim(now=stage.now)
        return real(*args)

    monkeypatch.setattr(reading, "matching", trimmed_before)
    with pytest.raises(CursorExpired) as expired:
        page("1")
    assert expired.value.oldest == 2
