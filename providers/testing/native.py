"""Own the tests of a plan that the provider carries out by itself: each ring told once, and none after a no.

Never asks who redials how; only what the engine is told, and what rings.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace

import pytest

from providers.contract import CallOrder, Handle, NativePlan, Provider, RemoteCampaign
from providers.testing.base import Kit, when
from providers.values import NativeStep
from providers.vocabulary import Progress, Result, Unit, Why, Withdrawal

_SECONDS = {Unit.SECOND: 1, Unit.MINUTE: 60, Unit.HOUR: 3600, Unit.DAY: 86_400}
#: How long a phone rings, and how long after its end somebody looks.
_RINGING, _AFTER = 20.0, 5.0


class NativeTests(Kit):
    """Group 16: native plans."""

    @when(lambda can: can.native_retry)
    @pytest.mark.parametrize("is_seen_ringing", [True, False])
    def test_each_native_ring_is_told_once_with_its_number(self, is_seen_ringing: bool) -> None:
        provider, campaign, order, plan, handle = self._ordered()
        told: dict[int, set[tuple[str, Result | None]]] = defaultdict(set)
        for step in (None, *plan.steps):
            self.clock.advance(_wait_of(step))
            self.stand.dial(order.phone, None)
            if is_seen_ringing:
                handle = self._heard(provider, campaign, handle, told)
            self._end(order)
            handle = self._heard(provider, campaign, handle, told)
        assert sorted(told) == list(range(1, len(plan.steps) + 2))
        assert [len(facts) for facts in told.values()] == [1] * len(told)
        results = {result for facts in told.values() for _, result in facts}
        assert len(results) == 1
        assert results <= self.capabilities.results

    @when(lambda can: can.native_retry and can.can_withdraw(Why.SUPPRESSION))
    def test_a_suppression_between_two_rings_leaves_no_further_ring(self) -> None:
        provider, campaign, order, _, handle = self._ordered()
        self.clock.advance(1)
        self.stand.dial(order.phone, None)
        handle = self._heard(provider, campaign, handle, defaultdict(set))
        self._end(order)
        handle = self._heard(provider, campaign, handle, defaultdict(set))
        provider.withdraw(campaign, handle, Why.SUPPRESSION)
        assert sum(ring.most for ring in self.stand.rings()) == 1

    @when(lambda can: can.native_retry and can.can_withdraw(Why.PAUSE))
    def test_a_native_ring_that_was_made_is_never_told_to_be_withdrawn(self) -> None:
        provider, campaign, order, _, handle = self._ordered()
        self.clock.advance(1)
        self.stand.dial(order.phone, None)
        handle = replace(self._heard(provider, campaign, handle, defaultdict(set)), ring_no=1)
        self._end(order)
        assert provider.withdraw(campaign, handle, Why.PAUSE) is not Withdrawal.WITHDRAWN

    def _ordered(self) -> tuple[Provider, RemoteCampaign, CallOrder, NativePlan, Handle]:
        provider, plan = self.provider(), self.native_plan()
        campaign = provider.open_campaign(replace(self.spec(), retry=plan))
        order = self.order(retry=plan)
        (handle,) = self.pushed(provider, campaign, [order])
        return provider, campaign, order, plan, handle

    def _end(self, order: CallOrder) -> None:
        self.clock.advance(_RINGING)
        self.stand.dial(order.phone, Result.NO_ANSWER)
        self.clock.advance(_AFTER)

    def _heard(
        self,
        provider: Provider,
        campaign: RemoteCampaign,
        handle: Handle,
        told: dict[int, set[tuple[str, Result | None]]],
    ) -> Handle:
        """Look, note the ends that are told, and give the handle as the engine would know it then."""
        for report in self.reports_on(handle, self.looked(provider, campaign, [handle])):
            if report.progress is Progress.ENDED:
                told[report.ring_no].add((report.event_id, report.result))
                if report.ring_no >= handle.ring_no:
                    handle = replace(handle, ring_no=report.ring_no + 1, progress=Progress.QUEUED)
            elif report.ring_no >= handle.ring_no and report.progress is not Progress.UNKNOWN:
                handle = replace(handle, ring_no=report.ring_no, progress=report.progress)
        return handle


def _wait_of(step: NativeStep | None) -> float:
    return 1.0 if step is None else float(step.amount * _SECONDS[step.unit])
