"""Two workers with a connection each, on PostgreSQL: both are inside a push at once, or on the same rows."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

import pytest
from django.db import connection

from dialer import clock
from dialer.engine import accounts, campaigns, ticks
from dialer.engine.suppression import NewSuppression, suppress
from dialer.models import Attempt, Campaign, CampaignContact
from providers import contract, errors
from providers.ledger import MemoryLedger
from providers.vocabulary import Why, Withdrawal
from tests import factories

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True), pytest.mark.timeout(120)]

BEGINS = datetime(2026, 3, 2, 12, tzinfo=UTC)
#: A worker that waits this long for the other at a barrier goes on alone.
PATIENCE_SECONDS = 0.05
SEEDS = range(5)


class Meeting:
    """A provider in which two workers meet before either is answered."""

    def __init__(self, inner: contract.Provider, meet: Callable[[str], None], rng: Random) -> None:
        self.inner, self.meet, self.rng = inner, meet, rng
        self.capabilities = inner.capabilities

    def __getattr__(self, name: str) -> Any:
        return getattr(self.inner, name)

    def push(
        self, campaign: contract.RemoteCampaign, calls: Sequence[contract.CallOrder]
    ) -> list[contract.Receipt]:
        self.meet("push")
        chance = self.rng.random()
        if chance < 0.15:
            raise errors.Unavailable("not now")
        receipts = self.inner.push(campaign, calls)
        self.meet("pushed")
        if chance > 0.8:
            raise errors.Ambiguous("the answer was lost")
        return receipts

    def observe(
        self, campaign: contract.RemoteCampaign, calls: Sequence[contract.Handle], cursor: str | None
    ) -> contract.Observation:
        seen = self.inner.observe(campaign, calls, cursor)
        self.meet("observe")
        return seen

    def withdraw(self, campaign: contract.RemoteCampaign, call: contract.Handle, why: Why) -> Withdrawal:
        answer = self.inner.withdraw(campaign, call, why)
        self.meet("withdraw")
        return answer


class Stage:
    """Two workers on one virtual clock, and the ledger that both ring into."""

    def __init__(self, seed: int) -> None:
        self.now, self.rng, self.ledger = BEGINS, Random(seed), MemoryLedger()
        self._barrier = threading.Barrier(2)

    def meet(self, point: str) -> None:
        """Wait for the other worker, a moment."""
        try:
            self._barrier.wait(PATIENCE_SECONDS)
        except threading.BrokenBarrierError:
            self._barrier.reset()

    def together(self, *works: Callable[[], object]) -> None:
        """Let each work run in a thread, and so on a connection, of its own."""
        raised: list[BaseException] = []

        def run(work: Callable[[], object]) -> None:
            try:
                work()
            except BaseException as error:
                raised.append(error)
            finally:
                connection.close()

        threads = [threading.Thread(target=run, args=(work,)) for work in works]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert raised == []

    def round(self) -> None:
        """Let both workers run a whole round at once."""
        self.together(lambda: ticks.run(self.now), lambda: ticks.run(self.now))


@pytest.fixture(params=SEEDS)
def stage(request: pytest.FixtureRequest) -> Iterator[Stage]:
    made = Stage(request.param)
    accounts.wrap_providers(
        lambda provider, account: Meeting(provider, made.meet, made.rng),  # type: ignore[arg-type,return-value]
        ledger=made.ledger,
    )
    with clock.using(lambda: made.now):
        yield made
    accounts.wrap_providers(None)


def _running(contacts: int, **fields: Any) -> Campaign:
    account = fields.pop("account", None) or factories.account(visible_after_seconds=5)
    made = factories.campaign(provider_account=account, retry_timeline=factories.timeline(["PT5S"]), **fields)
    for _ in range(contacts):
        factories.enrolled(campaign=made)
    campaigns.start(campaign_id=made.pk, now=BEGINS)
    return made


def _to_the_end(stage: Stage) -> None:
    for _ in range(200):
        stage.round()
        stage.now += timedelta(seconds=7)
        if not CampaignContact.objects.exclude(state="finished").exists():
            return
    left = list(CampaignContact.objects.exclude(state="finished").values_list("state", "next_attempt_at"))
    raise AssertionError(f"not at rest: {left}")


def _rings_equal_attempts(stage: Stage) -> None:
    rung = Counter(ring.ref for ring in stage.ledger.rings(stage.now + timedelta(days=1)))
    counted = Attempt.objects.exclude(state__in=("rejected", "cancelled")).values_list("pk", flat=True)
    assert rung == Counter(str(key) for key in counted)


def test_two_workers_ring_nobody_twice_and_forget_nobody(stage: Stage) -> None:
    _running(6)
    _to_the_end(stage)
    _rings_equal_attempts(stage)
    assert set(CampaignContact.objects.values_list("finish_reason", flat=True)) == {"reached"}


def test_one_person_in_two_campaigns_is_on_one_call_at_a_time(stage: Stage) -> None:
    account = factories.account(visible_after_seconds=5)
    person = factories.contact()
    for made in [_running(0, account=account), _running(0)]:
        factories.enrolled(campaign=made, contact=person)
    _to_the_end(stage)
    entries = sorted(stage.ledger.entries(), key=lambda entry: entry.at)
    assert len(entries) == 2
    # Answered: one second to the ring, three of ringing, five of talk.
    assert entries[1].at - entries[0].at >= timedelta(seconds=9)


def test_a_suppression_during_a_push_leaves_the_person_alone_or_finds_the_call(stage: Stage) -> None:
    made = _running(4, starts_at=BEGINS + timedelta(seconds=5))
    stage.round()  # prepares the campaign
    stage.now += timedelta(seconds=5)
    enrolment = made.contacts.order_by("pk").first()
    assert enrolment is not None
    number = enrolment.contact.phones.get().number
    stage.together(
        lambda: ticks.run_one("dispatch", stage.now),
        lambda: suppress(entries=[NewSuppression(number=number)], now=stage.now),
    )
    _to_the_end(stage)
    _rings_equal_attempts(stage)
    assert len([entry for entry in stage.ledger.entries() if entry.phone == number]) <= 1
    enrolment.refresh_from_db()
    assert enrolment.finish_reason in ("suppressed", "reached")


def test_a_pause_during_a_push_is_paused_only_when_nothing_can_ring(stage: Stage) -> None:
    made = _running(4, starts_at=BEGINS + timedelta(seconds=5))
    stage.round()  # prepares the campaign
    stage.now += timedelta(seconds=5)
    stage.together(
        lambda: ticks.run_one("dispatch", stage.now),
        lambda: campaigns.pause(campaign_id=made.pk, now=stage.now),
    )
    for _ in range(60):
        stage.round()
        made.refresh_from_db()
        if made.status == "paused":
            break
        stage.now += timedelta(seconds=3)
    assert made.status == "paused"
    before = len(stage.ledger.rings(stage.now))
    stage.now += timedelta(days=1)
    stage.round()
    assert len(stage.ledger.rings(stage.now)) == before
    campaigns.resume(campaign_id=made.pk, now=stage.now)
    _to_the_end(stage)
    _rings_equal_attempts(stage)
