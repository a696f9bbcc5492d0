"""Own the tests of `push`: one receipt an order, nothing lost, nothing rung more often than ordered.

Never spoils a request; `faults.py` does.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from providers.contract import Receipt
from providers.errors import Refused
from providers.testing.base import Kit, digits, has_network, when
from providers.vocabulary import Schedule

#: The nights in which clocks change in New York in 2026, from both sides, to the second.
_AROUND_THE_CHANGES = (
    datetime(2026, 3, 8, 6, 59, 59, tzinfo=UTC),
    datetime(2026, 3, 8, 7, 0, 0, tzinfo=UTC),
    datetime(2026, 10, 31, 17, 30, 1, tzinfo=UTC),
    datetime(2026, 11, 1, 17, 30, 1, tzinfo=UTC),
)


class PushingTests(Kit):
    """Groups 4, 5 and 6."""

    def test_each_order_gets_one_receipt_in_sequence(self) -> None:
        provider = self.provider()
        campaign = self.opened(provider)
        orders = [self.order(number) for number in range(self.capabilities.batch_size)]
        receipts = provider.push(campaign, orders)
        assert [receipt.ref for receipt in receipts] == [order.ref for order in orders]

    def test_every_order_rings_once(self) -> None:
        provider = self.provider()
        orders = [self.order(number) for number in range(self.capabilities.batch_size + 2)]
        self.pushed(provider, self.opened(provider), orders)
        assert [self.rings_of(order) for order in orders] == [1] * len(orders)

    def test_our_reference_reaches_the_provider_if_it_keeps_one(self) -> None:
        provider = self.provider()
        order = self.order()
        self.pushed(provider, self.opened(provider), [order])
        kept = [ring.ref for ring in self.stand.rings()]
        assert kept in ([order.ref], [None])

    def test_more_than_a_batch_is_refused_before_anything_is_sent(self) -> None:
        provider = self.provider()
        campaign = self.opened(provider)
        orders = [self.order(number) for number in range(self.capabilities.batch_size + 1)]
        with pytest.raises(ValueError, match=r"\S"):
            provider.push(campaign, orders)
        assert self.stand.rings() == []

    def test_one_bad_order_does_not_lose_the_others(self) -> None:
        provider = self.provider()
        campaign = self.opened(provider)
        bad = self.order(1, phone=self.refused_phone)
        good = [self.order(0), self.order(2)]
        orders = [good[0], bad, good[1]]
        accepted: dict[str, bool] = {}
        size = self.capabilities.batch_size
        for start in range(0, len(orders), size):
            batch = orders[start : start + size]
            try:
                receipts = provider.push(campaign, batch)
            except Refused as error:  # an exception speaks of the whole request
                receipts = [Receipt(ref=order.ref, accepted=False, result=error.result) for order in batch]
            accepted |= {receipt.ref: receipt.accepted for receipt in receipts}
        assert accepted == {good[0].ref: True, bad.ref: False, good[1].ref: True}
        assert [self.rings_of(order) for order in orders] == [1, 0, 1]

    @when(has_network)
    def test_a_phone_is_written_as_documented(self) -> None:
        provider = self.provider()
        campaign = self.opened(provider)
        order = self.order()
        before = len(self.faulty.seen)
        self.pushed(provider, campaign, [order])
        written = self.written(order.phone)
        sent = self.faulty.seen[before:]
        assert digits(written) == digits(order.phone)
        assert any(seen.holds(written) for seen in sent)
        if not written.startswith("+"):
            assert not any(seen.holds(f"+{written}") for seen in sent)

    def test_without_a_plan_a_call_rings_at_most_once(self) -> None:
        provider = self.provider()
        self.pushed(provider, self.opened(provider), [self.order(retry=None)])
        assert [ring.most for ring in self.stand.rings()] == [1]

    @when(lambda can: can.native_retry)
    def test_a_native_plan_is_carried_out_exactly(self) -> None:
        provider = self.provider()
        plan = self.native_plan()
        campaign = provider.open_campaign(replace(self.spec(), retry=plan))
        self.pushed(provider, campaign, [self.order(retry=plan)])
        ring = self.stand.rings()[0]
        assert ring.most == 1 + len(plan.steps)
        assert ring.waits == plan.steps

    @when(lambda can: can.schedule is not Schedule.NONE)
    @pytest.mark.parametrize("instant", _AROUND_THE_CHANGES, ids=str)
    def test_not_before_is_kept_to_the_second(self, instant: datetime) -> None:
        self.clock.advance((instant - timedelta(days=2) - self.clock.now()).total_seconds())
        provider = self.provider()
        self.pushed(provider, self.opened(provider), [self.order(not_before=instant)])
        assert [ring.not_before for ring in self.stand.rings()] == [instant]
