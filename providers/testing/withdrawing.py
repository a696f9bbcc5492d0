"""Own the tests of `withdraw` and `steer`.

Never lets a destructive request pass that names another call, or none.
"""

from __future__ import annotations

import pytest

from providers.contract import CallOrder, Handle, Provider, RemoteCampaign
from providers.effects import Effect
from providers.errors import ProviderError, Unavailable, Unsupported
from providers.testing.base import Kit, digits, has_network, when
from providers.testing.faulty import Fault, Seen
from providers.vocabulary import Result, Steering, Why, Withdrawal


class WithdrawingTests(Kit):
    """Group 11, and that steering may be repeated."""

    @when(lambda can: can.withdraw)
    def test_a_call_that_has_not_rung_never_rings(self) -> None:
        provider, campaign, orders, handles = self._two_held()
        assert provider.withdraw(campaign, handles[0], self._why()) is Withdrawal.WITHDRAWN
        assert [self.rings_of(order) for order in orders] == [0, 1]

    @when(lambda can: can.withdraw)
    def test_a_withdrawal_may_be_repeated(self) -> None:
        provider, campaign, orders, handles = self._two_held()
        provider.withdraw(campaign, handles[0], self._why())
        again = self.provider().withdraw(campaign, handles[0], self._why())
        assert again in (Withdrawal.WITHDRAWN, Withdrawal.GONE)
        assert [self.rings_of(order) for order in orders] == [0, 1]

    @when(lambda can: can.withdraw and has_network(can))
    def test_a_withdrawal_whose_answer_was_lost_may_be_repeated(self) -> None:
        provider, campaign, orders, handles = self._two_held()
        self.faulty.spoil(0, Fault.DROP_AFTER)
        with pytest.raises(ProviderError):
            provider.withdraw(campaign, handles[0], self._why())
        again = provider.withdraw(campaign, handles[0], self._why())
        assert again in (Withdrawal.WITHDRAWN, Withdrawal.GONE)
        assert [self.rings_of(order) for order in orders] == [0, 1]

    @when(lambda can: can.withdraw)
    def test_it_is_too_late_once_it_rings(self) -> None:
        provider, campaign, orders, handles = self._two_held()
        self.stand.dial(orders[0].phone, None)
        assert provider.withdraw(campaign, handles[0], self._why()) is Withdrawal.TOO_LATE
        assert self.rings_of(orders[0]) == 1

    @when(lambda can: can.withdraw)
    def test_it_is_too_late_once_it_is_over(self) -> None:
        provider, campaign, orders, handles = self._two_held()
        self.stand.dial(orders[0].phone, Result.ANSWERED)
        late = provider.withdraw(campaign, handles[0], self._why())
        assert late in (Withdrawal.TOO_LATE, Withdrawal.GONE)
        assert self.rings_of(orders[0]) == 1

    @when(lambda can: can.withdraw)
    def test_an_unknown_call_is_gone(self) -> None:
        provider, campaign, orders, _ = self._two_held()
        unknown = self.handle_of(self.order(50))
        assert provider.withdraw(campaign, unknown, self._why()) is Withdrawal.GONE
        assert [self.rings_of(order) for order in orders] == [1, 1]

    @when(lambda can: can.withdraw and has_network(can))
    def test_it_names_its_own_call_and_no_other(self) -> None:
        provider, campaign, orders, handles = self._two_held()
        before = len(self.faulty.seen)
        provider.withdraw(campaign, handles[0], self._why())
        writing = [seen for seen in self.faulty.seen[before:] if seen.effect is not Effect.READ]
        assert writing
        for seen in writing:
            assert _names(seen, handles[0]), f"{seen.method} {seen.path} names no call: it may hit all."
            assert not _names(seen, handles[1])
        assert self.rings_of(orders[1]) == 1

    @when(lambda can: can.withdraw)
    @pytest.mark.parametrize("why", list(Why))
    def test_it_withdraws_for_the_declared_reasons_only(self, why: Why) -> None:
        provider, campaign, orders, handles = self._two_held()
        if self.capabilities.can_withdraw(why):
            assert provider.withdraw(campaign, handles[0], why) is Withdrawal.WITHDRAWN
            return
        with pytest.raises(Unsupported):
            provider.withdraw(campaign, handles[0], why)
        assert [self.rings_of(order) for order in orders] == [1, 1]

    def test_a_list_of_its_own_is_there_if_and_only_if_it_is_declared(self) -> None:
        assert (self.provider().blocklist is not None) is self.capabilities.blocks

    @when(lambda can: can.blocks)
    def test_a_suppressed_number_is_on_its_list_until_it_is_taken_off(self) -> None:
        provider, campaign, orders, handles = self._two_held()
        listed = provider.blocklist
        assert listed is not None
        assert [listed.holds(order.phone) for order in orders] == [False, False]
        provider.withdraw(campaign, handles[0], Why.SUPPRESSION)
        assert [listed.holds(order.phone) for order in orders] == [True, False]
        for _ in range(2):
            listed.remove(orders[0].phone)
            assert listed.holds(orders[0].phone) is False
        for _ in range(2):
            listed.add(orders[1].phone)
            assert listed.holds(orders[1].phone) is True

    @when(lambda can: can.blocks and has_network(can))
    def test_a_lost_answer_of_its_list_may_be_asked_for_again(self) -> None:
        listed, phone = self.provider().blocklist, self.order().phone
        assert listed is not None
        for act, is_held in ((listed.add, True), (listed.remove, False)):
            self.faulty.spoil(0, Fault.DROP_AFTER)
            with pytest.raises(Unavailable):
                act(phone)
            act(phone)
            assert listed.holds(phone) is is_held

    @when(lambda can: can.steer)
    def test_steering_may_be_repeated(self, declared: Steering) -> None:
        provider = self.provider()
        campaign = self.opened(provider)
        provider.steer(campaign, declared)
        provider.steer(campaign, declared)

    @when(lambda can: can.steer != frozenset(Steering))
    def test_steering_that_is_not_declared_is_unsupported(self, undeclared: Steering) -> None:
        provider = self.provider()
        campaign = self.opened(provider)
        with pytest.raises(Unsupported):
            provider.steer(campaign, undeclared)

    def each_declared(self) -> list[Steering]:
        """List what the remote campaign can be told."""
        return sorted(self.capabilities.steer)

    def each_undeclared(self) -> list[Steering]:
        """List what it can't be told."""
        return sorted(frozenset(Steering) - self.capabilities.steer)

    def _why(self) -> Why:
        return min(self.capabilities.withdraw_why)

    def _two_held(self) -> tuple[Provider, RemoteCampaign, list[CallOrder], list[Handle]]:
        provider = self.provider()
        campaign = self.opened(provider)
        orders = [self.order(number) for number in range(2)]
        return provider, campaign, orders, self.pushed(provider, campaign, orders)


def _names(seen: Seen, handle: Handle) -> bool:
    """Say whether a request names this call, by any of its names; short ids must stand alone."""
    if seen.holds(handle.ref) or digits(handle.phone) in digits(seen.body.decode("utf-8", "replace")):
        return True
    names = {handle.remote_id, *handle.remote.values()} - {None, ""}
    words = {*seen.path.split("/"), *seen.body.decode("utf-8", "replace").replace('"', " ").split()}
    return any(name in words or f":{name}" in seen.body.decode("utf-8", "replace") for name in names)
