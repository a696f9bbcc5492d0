"""Two connections at once on PostgreSQL: whoever commits first wins, the other finds it out and changes nothing.

A thread is stopped just before a statement of its own, so that every race is met in the same order each time.

Long because every race is met on the same small set of stops.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction

from dialer.engine import campaigns
from dialer.engine.apply import apply
from dialer.engine.claim import claim
from dialer.engine.claim_batch import Claimed
from dialer.engine.push import push
from dialer.engine.recover import recover_account
from dialer.engine.settle import Outcome, settle
from dialer.engine.suppression import NewSuppression, suppress
from dialer.models import (
    Attempt,
    CampaignContact,
    Contact,
    EventSource,
    EventState,
    ProviderAccount,
    ProviderEvent,
)
from providers.contract import Receipt, Report
from providers.vocabulary import Progress, Result
from tests import factories
from tests.engine.conftest import ANSWERED, BUSY, NO_ANSWER, Stage

pytestmark = pytest.mark.postgres

PATIENCE = 20  # seconds; a thread that needs longer hangs
SOON = 0.3  # long enough for a statement that need not wait to end

MARK = "UPDATE dialer_attempt SET sending_at"
INSERT_ATTEMPTS = 'INSERT INTO "dialer_attempt"'
UPDATE_ATTEMPTS = 'UPDATE "dialer_attempt"'
INSERT_EVENTS = 'INSERT INTO "dialer_providerevent"'


class Aside:
    """Work on a connection of its own; with `before` it stops there until `go`."""

    def __init__(self, work: Callable[[], Any], *, before: str = "") -> None:
        self._work, self._before = work, before
        self._arrived, self._released = threading.Event(), threading.Event()
        self._answer: Any = None
        self._error: BaseException | None = None
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def arrived(self) -> None:
        """Wait until the thread stands before its statement."""
        assert self._arrived.wait(PATIENCE), self._error
        assert self._error is None

    def is_waiting(self) -> bool:
        """Tell whether it is still at work after a moment: it waits for somebody's lock."""
        self._thread.join(SOON)
        return self._thread.is_alive()

    def go(self) -> None:
        """Let it go on."""
        self._released.set()

    def answer(self) -> Any:
        """Let it go on, wait for its end and return what it returned."""
        self.go()
        self._thread.join(PATIENCE)
        assert not self._thread.is_alive(), "it hangs"
        if self._error is not None:
            raise self._error
        return self._answer

    def _run(self) -> None:
        try:
            with ExitStack() as stack:
                if self._before:
                    stack.enter_context(connection.execute_wrapper(self._stop))
                self._answer = self._work()
        except BaseException as error:
            self._error = error
        finally:
            self._arrived.set()
            connection.close()

    def _stop(self, execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        if sql.strip().startswith(self._before) and not self._arrived.is_set():
            self._arrived.set()
            assert self._released.wait(PATIENCE)
        return execute(sql, params, many, context)


@contextmanager
def held(rows: Any) -> Iterator[None]:
    """Keep rows locked by this connection."""
    with transaction.atomic():
        assert list(rows.select_for_update(no_key=True))
        yield


def claimed(stage: Stage, account: ProviderAccount | None = None) -> list[Claimed]:
    return claim(account_id=(account or stage.account).pk, now=stage.now)


def accepted(order: Claimed, stage: Stage) -> Outcome:
    return Outcome(
        order=order, at=stage.now, receipt=Receipt(ref=str(order.attempt_id), accepted=True, remote_id="r")
    )


def columns(row: Any) -> dict[str, Any]:
    return type(row).objects.filter(pk=row.pk).values().get()


def second_campaign(*contacts: Contact) -> tuple[ProviderAccount, list[CampaignContact]]:
    account = factories.account()
    campaign = factories.campaign(provider_account=account, status="running", remote_campaign_id="sim-second")
    return account, [factories.enrolled(campaign=campaign, contact=person) for person in contacts]


# --- claim ----------------------------------------------------------------------------------------------------


def test_a_claim_does_not_wait_for_another_one_on_the_same_account(stage: Stage) -> None:
    stage.build(ANSWERED, BUSY)
    with held(ProviderAccount.objects.filter(pk=stage.account.pk)):
        assert Aside(lambda: claimed(stage)).answer() == []

    assert len(claimed(stage)) == 2


def test_a_claim_in_the_middle_of_another_one_gets_nothing(stage: Stage) -> None:
    rows = stage.build(ANSWERED, BUSY, NO_ANSWER)
    first = Aside(lambda: claimed(stage), before=INSERT_ATTEMPTS)
    first.arrived()
    assert Aside(lambda: claimed(stage)).answer() == []

    assert {order.contact_id for order in first.answer()} == {row.pk for row in rows}
    assert Aside(lambda: claimed(stage)).answer() == []
    assert Attempt.objects.count() == 3


def test_claims_of_many_workers_share_the_contacts_without_a_duplicate(stage: Stage) -> None:
    rows = stage.build(*(factories.phone_number() for _ in range(60)))
    start = threading.Barrier(6)

    def work() -> list[Claimed]:
        start.wait(PATIENCE)
        return [
            order for _ in range(10) for order in claim(account_id=stage.account.pk, now=stage.now, limit=7)
        ]

    orders = [order for aside in [Aside(work) for _ in range(6)] for order in aside.answer()]
    orders += [
        order for _ in range(10) for order in claim(account_id=stage.account.pk, now=stage.now, limit=7)
    ]

    assert sorted(order.contact_id for order in orders) == sorted(row.pk for row in rows)
    assert Attempt.objects.count() == 60


def test_a_person_whose_row_is_locked_is_left_for_the_next_tick(stage: Stage) -> None:
    first, second = stage.build(ANSWERED, BUSY)
    with held(Contact.objects.filter(pk=first.contact_id)):
        orders = Aside(lambda: claimed(stage)).answer()

    assert [order.contact_id for order in orders] == [second.pk]
    assert [order.contact_id for order in claimed(stage)] == [first.pk]


def test_two_accounts_never_claim_the_same_person_at_once(stage: Stage) -> None:
    (row,) = stage.build(ANSWERED)
    other, (twin,) = second_campaign(row.contact)
    first = Aside(lambda: claimed(stage), before=INSERT_ATTEMPTS)
    first.arrived()
    assert Aside(lambda: claimed(stage, other)).answer() == []
    assert len(first.answer()) == 1

    assert claimed(stage, other) == []
    twin.refresh_from_db()
    assert (twin.state, twin.hold_gate) == ("waiting", "person_busy")


def test_two_accounts_never_claim_one_number_of_two_people_at_once(stage: Stage) -> None:
    stage.build(ANSWERED)
    other, (twin,) = second_campaign(factories.contact([ANSWERED]))
    first = Aside(lambda: claimed(stage), before=INSERT_ATTEMPTS)
    first.arrived()
    assert Aside(lambda: claimed(stage, other)).answer() == []
    assert len(first.answer()) == 1

    assert claimed(stage, other) == []
    twin.refresh_from_db()
    assert (twin.state, twin.hold_gate) == ("waiting", "person_busy")


# --- suppression ----------------------------------------------------------------------------------------------


def no(number: str, stage: Stage) -> Callable[[], Any]:
    return lambda: suppress(entries=[NewSuppression(number=number)], now=stage.now)


def test_a_suppression_waits_for_a_claim_and_then_stops_what_it_claimed(stage: Stage) -> None:
    (row,) = stage.build(ANSWERED)
    claiming = Aside(lambda: claimed(stage), before=INSERT_ATTEMPTS)
    claiming.arrived()
    saying_no = Aside(no(ANSWERED, stage))
    assert saying_no.is_waiting()
    orders = claiming.answer()
    saying_no.answer()

    assert push(orders) == 0
    row.refresh_from_db()
    assert (row.state, row.finish_reason) == ("finished", "suppressed")
    assert stage.ledger.entries() == []


def test_a_suppression_that_commits_before_the_mark_stops_the_push(stage: Stage) -> None:
    (row,) = stage.build(ANSWERED)
    orders = claimed(stage)
    pushing = Aside(lambda: push(orders), before=MARK)
    pushing.arrived()
    no(ANSWERED, stage)()

    assert pushing.answer() == 0
    row.refresh_from_db()
    assert (row.state, row.finish_reason) == ("finished", "suppressed")
    assert stage.ledger.entries() == []


def test_a_suppression_during_the_request_takes_the_call_back(stage: Stage) -> None:
    (row,) = stage.build(ANSWERED, account={"settings": {"ring_after_seconds": 60}})
    stage.before_push.append(lambda _: Aside(no(ANSWERED, stage)).answer())
    push(claimed(stage))
    stage.before_push.clear()
    stage.tick("withdraw")
    stage.wait(minutes=5)

    row.refresh_from_db()
    assert (row.state, row.finish_reason) == ("finished", "suppressed")
    assert stage.rings() == []


def test_a_suppression_of_the_person_stops_the_push_as_well(stage: Stage) -> None:
    (row,) = stage.build(ANSWERED)
    orders = claimed(stage)
    pushing = Aside(lambda: push(orders), before=MARK)
    pushing.arrived()
    suppress(entries=[NewSuppression(contact_id=row.contact_id)], now=stage.now)

    assert pushing.answer() == 0
    assert stage.ledger.entries() == []


# --- pause ----------------------------------------------------------------------------------------------------


def test_a_pause_before_the_mark_stops_the_push(stage: Stage) -> None:
    (row,) = stage.build(ANSWERED)
    orders = claimed(stage)
    pushing = Aside(lambda: push(orders), before=MARK)
    pushing.arrived()
    campaigns.pause(campaign_id=stage.campaign.pk, now=stage.now)

    assert pushing.answer() == 0
    row.refresh_from_db()
    assert row.state == "waiting"
    assert stage.ledger.entries() == []


def test_a_pause_during_the_request_takes_the_call_back(stage: Stage) -> None:
    (row,) = stage.build(ANSWERED, account={"settings": {"ring_after_seconds": 60}})
    stage.before_push.append(
        lambda _: Aside(lambda: campaigns.pause(campaign_id=stage.campaign.pk, now=stage.now)).answer()
    )
    push(claimed(stage))
    stage.before_push.clear()
    stage.tick("withdraw", "campaigns")
    stage.wait(minutes=5)

    row.refresh_from_db()
    stage.campaign.refresh_from_db()
    assert (row.state, stage.campaign.status) == ("waiting", "paused")
    assert stage.rings() == []


# --- the lease ------------------------------------------------------------------------------------------------


def test_a_worker_with_an_old_fence_changes_nothing(stage: Stage) -> None:
    (row,) = stage.build(ANSWERED)
    (order,) = claimed(stage)
    stage.wait(minutes=5)
    assert recover_account(account_id=stage.account.pk, now=stage.now) == 1
    before = columns(row), columns(row.attempts.get())
    late = Outcome(order=order, at=stage.now)

    assert Aside(lambda: settle([late])).answer() == 0
    assert (columns(row), columns(row.attempts.get())) == before


def test_a_worker_with_an_old_fence_cannot_send(stage: Stage) -> None:
    stage.build(ANSWERED)
    old = claimed(stage)
    stage.wait(minutes=5)
    recover_account(account_id=stage.account.pk, now=stage.now)
    new = claimed(stage)
    stage.now -= timedelta(minutes=5)  # to the late worker its lease looks good

    assert Aside(lambda: push(old)).answer() == 0
    assert stage.ledger.entries() == []
    stage.wait(minutes=5)
    assert push(new) == 1


def test_recovery_waits_for_a_worker_that_settles_and_then_leaves_it_alone(stage: Stage) -> None:
    (row,) = stage.build(ANSWERED)
    (order,) = claimed(stage)
    settling = Aside(lambda: settle([accepted(order, stage)]), before=UPDATE_ATTEMPTS)
    settling.arrived()
    stage.wait(minutes=5)
    recovering = Aside(lambda: recover_account(account_id=stage.account.pk, now=stage.now))
    assert recovering.is_waiting()

    assert settling.answer() == 1
    assert recovering.answer() == 0
    assert row.attempts.get().state == "pushed"


def test_a_worker_that_comes_while_it_is_recovered_changes_nothing(stage: Stage) -> None:
    (row,) = stage.build(ANSWERED)
    (order,) = claimed(stage)
    Attempt.objects.update(sending_at=stage.now, sends=1)
    stage.wait(minutes=5)
    recovering = Aside(
        lambda: recover_account(account_id=stage.account.pk, now=stage.now), before=UPDATE_ATTEMPTS
    )
    recovering.arrived()
    settling = Aside(lambda: settle([accepted(order, stage)]))
    assert settling.is_waiting()

    assert recovering.answer() == 1
    assert settling.answer() == 0
    attempt = row.attempts.get()
    assert (attempt.state, attempt.fence, attempt.provider_ref) == ("indeterminate", 2, "r")


# --- facts ----------------------------------------------------------------------------------------------------


def answered(stage: Stage, ref: str) -> Report:
    return Report(
        ref=ref,
        remote_id="r",
        phone=ANSWERED,
        progress=Progress.ENDED,
        result=Result.ANSWERED,
        raw_status="answered",
        at=stage.now,
        ended_at=stage.now,
        event_id="one",
    )


def applied(stage: Stage, report: Report) -> Callable[[], Any]:
    return lambda: apply(
        account_id=stage.account.pk,
        reports=[report],
        source=EventSource.HOOK,
        now=stage.now,
        campaign_id=None,
    )


def test_the_same_fact_from_two_workers_at_once_is_applied_once(stage: Stage) -> None:
    (row,) = stage.build(ANSWERED)
    (order,) = claimed(stage)
    settle([accepted(order, stage)])
    version = columns(row)["version"]
    report = answered(stage, str(order.attempt_id))
    first = Aside(applied(stage, report), before=INSERT_EVENTS)
    first.arrived()
    second = Aside(applied(stage, report))
    assert second.is_waiting()

    assert first.answer() == {EventState.APPLIED: 1}
    assert second.answer() == {}
    assert ProviderEvent.objects.count() == 1
    assert columns(row)["version"] == version + 1


def test_a_fact_about_nothing_of_ours_told_twice_at_once_is_stored_once(stage: Stage) -> None:
    stage.build(ANSWERED)
    report = answered(stage, "nothing of ours")
    first = Aside(applied(stage, report), before=INSERT_EVENTS)
    first.arrived()
    Aside(applied(stage, report)).answer()
    first.answer()

    assert list(ProviderEvent.objects.values_list("state", flat=True)) == ["unmatched"]


def test_a_receipt_and_the_end_of_the_call_at_once_leave_the_call_ended(stage: Stage) -> None:
    (row,) = stage.build(ANSWERED)
    (order,) = claimed(stage)
    ending = Aside(applied(stage, answered(stage, str(order.attempt_id))), before=UPDATE_ATTEMPTS)
    ending.arrived()
    settling = Aside(lambda: settle([accepted(order, stage)]))
    assert settling.is_waiting()

    assert ending.answer() == {EventState.APPLIED: 1}
    assert settling.answer() == 0
    row.refresh_from_db()
    assert (row.attempts.get().state, row.state, row.finish_reason) == ("ended", "finished", "reached")


# --- the last guard -------------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_the_database_refuses_a_second_live_attempt_at_a_contact() -> None:
    row = factories.enrolled([ANSWERED])
    factories.attempt(row, state="pushed")
    with pytest.raises(IntegrityError, match="attempt_one_live_a_contact"), transaction.atomic():
        factories.attempt(row, state="claimed")

    assert Attempt.objects.count() == 1


@pytest.mark.django_db
def test_the_database_refuses_a_second_live_call_to_a_number_in_a_campaign() -> None:
    campaign = factories.campaign(status="running")
    one, two = (factories.enrolled([ANSWERED], campaign=campaign) for _ in range(2))
    factories.attempt(one, state="pushed")
    with pytest.raises(IntegrityError, match="attempt_one_live_a_number"), transaction.atomic():
        factories.attempt(two, state="pushed")

    assert Attempt.objects.count() == 1
