"""Own the tests of the error table: each fault, at each request of each method.

Never asks a provider's author for anything: the wire is spoiled, and the stand-in's rings are the verdict.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from providers.contract import OPTIONAL_METHODS, CallOrder, Handle, Observation, Provider, RemoteCampaign
from providers.effects import Effect
from providers.errors import Ambiguous, ProviderError, Refused, Throttled, Unavailable
from providers.testing.base import Kit, has_network, when
from providers.testing.faulty import RETRY_AFTER_SECONDS, TABLE, Fault, Seen, expected
from providers.vocabulary import Result, Steering, Why

#: How many times an order is offered again before the test calls it lost.
_PATIENCE = 4

_METHODS = ("check", "open_campaign", "push", "observe", "withdraw", "steer", "browse", "recording")


class FaultTests(Kit):
    """Group 10."""

    @when(has_network)
    @pytest.mark.parametrize("fault", TABLE)
    def test_a_fault_raises_the_class_of_the_table(self, spoilable: str, fault: Fault) -> None:
        for index in range(len(self._requests(spoilable))):
            sent, error, answer = self._spoiled(spoilable, index, fault)
            place = f"{spoilable}, request {index + 1}, {fault}"
            if error is None:
                self._may_shrug(spoilable, sent, answer, fault, place)
                continue
            spoiled = sent[index]
            assert spoiled.effect is not None, "Requests go through providers.http.Client."
            wanted = expected(fault, spoiled.effect)
            # A create was done before, in the same method: its fate is now open, whatever this request was.
            after_a_create = any(seen.effect is Effect.ONCE for seen in sent[:index])
            assert isinstance(error, wanted) or (after_a_create and isinstance(error, Ambiguous)), (
                f"{place}: {type(error).__name__} instead of {wanted.__name__}"
            )
            if type(error) is Throttled:
                assert error.retry_after == RETRY_AFTER_SECONDS
            assert error.provider == self.provider_class.slug

    @when(has_network)
    @pytest.mark.parametrize("fault", TABLE)
    def test_nothing_happened_is_said_only_where_it_is_true(self, fault: Fault) -> None:
        for index in range(len(self._requests("push"))):
            _, error, _ = self._spoiled("push", index, fault)
            if error is not None and not isinstance(error, Ambiguous):
                assert self.stand.rings() == [], f"{type(error).__name__} after {fault}, but it rings."

    @when(has_network)
    @pytest.mark.parametrize("fault", [fault for fault in TABLE if fault.value[:2] != "40"])
    def test_a_call_whose_answer_was_spoiled_rings_once(self, fault: Fault) -> None:
        for index in range(len(self._requests("push"))):
            self.fresh()
            provider, campaign, order, _ = self._ready("push")
            self.faulty.spoil(index, fault)
            rung = self._pushed_as_the_engine_does(provider, campaign, order)
            place = f"request {index + 1}, {fault}"
            assert self.rings_of(order) == 1 or (rung is None and self.rings_of(order) == 0), place
            if self.capabilities.proves_absence:
                assert self.rings_of(order) == 1, place

    @when(lambda can: can.in_process)
    def test_a_lost_answer_of_the_simulated_kind_rings_once(self) -> None:
        for ending in ("105", "106", "108"):
            self.fresh()
            provider = self.provider()
            campaign = self.opened(provider)
            order = self.order(phone=f"+12025550{ending}")
            assert self._pushed_as_the_engine_does(provider, campaign, order) is not None
            assert self.rings_of(order) == 1

    # ---- how it is done

    def each_spoilable(self) -> list[str]:
        """List the methods that the provider has; a parser of notifications sends nothing."""
        has = {name: declared(self.capabilities) for name, declared in OPTIONAL_METHODS.items()}
        return [name for name in _METHODS if has.get(name, True)]

    def _ready(self, method: str) -> tuple[Provider, RemoteCampaign, CallOrder, Handle]:
        """Bring a new stand-in to where the method makes sense, with a session if there are any."""
        provider = self.provider()
        provider.check()
        campaign = RemoteCampaign(remote_id="", name="")
        order = self.order()
        handle = self.handle_of(order)
        if method not in ("check", "open_campaign"):
            campaign = self.opened(provider)
        if method in ("observe", "withdraw", "recording"):
            handle = self.pushed(provider, campaign, [order])[0]
        if method == "recording":
            self.stand.dial(order.phone, min(self.capabilities.results & _SPOKEN))
            handle = self._with_report(handle, self.looked(provider, campaign, [handle]))
        return provider, campaign, order, handle

    def _with_report(self, handle: Handle, seen: list[Observation]) -> Handle:
        learned = self.reports_on(handle, seen)
        remote_id = next((report.remote_id for report in learned if report.remote_id), handle.remote_id)
        return replace(handle, remote_id=remote_id)

    def _act(self, method: str) -> Callable[[], object]:
        provider, campaign, order, handle = self._ready(method)
        acts: dict[str, Callable[[], object]] = {
            "check": provider.check,
            "open_campaign": lambda: provider.open_campaign(self.spec()),
            "push": lambda: provider.push(campaign, [order]),
            "observe": lambda: provider.observe(campaign, [handle], None),
            "withdraw": lambda: provider.withdraw(campaign, handle, Why.SUPPRESSION),
            "steer": lambda: provider.steer(campaign, min(self.capabilities.steer, default=Steering.PAUSE)),
            "browse": lambda: list(provider.browse(min(self.capabilities.browse))),
            "recording": lambda: provider.recording(handle),
        }
        return acts[method]

    def _requests(self, method: str) -> list[Seen]:
        """List the requests of a method when nothing goes wrong."""
        self.fresh()
        act = self._act(method)
        before = len(self.faulty.seen)
        act()
        return self.faulty.seen[before:]

    def _spoiled(
        self, method: str, index: int, fault: Fault
    ) -> tuple[list[Seen], ProviderError | None, object]:
        self.fresh()
        act = self._act(method)
        before = len(self.faulty.seen)
        self.faulty.spoil(index, fault)
        try:
            answer = act()
        except ProviderError as error:
            return self.faulty.seen[before:], error, None
        return self.faulty.seen[before:], None, answer

    def _may_shrug(self, method: str, sent: list[Seen], answer: object, fault: Fault, place: str) -> None:
        """Accept a fault that raised nothing only where it can't have hidden anything."""
        if fault is Fault.BROKEN_JSON and method in self.ignores_bodies_of:
            return
        assert len(sent) > 1, f"{place}: nobody noticed"
        if isinstance(answer, Observation):
            assert answer.reports or not answer.complete, f"{place}: taken for an absence"
        if method == "push":
            assert len(self.stand.rings()) == 1, f"{place}: a receipt for nothing"

    def _pushed_as_the_engine_does(
        self, provider: Provider, campaign: RemoteCampaign, order: CallOrder
    ) -> Handle | None:
        """Push until it is known to be there: again after "nothing happened", never after "maybe"."""
        for send_no in range(1, _PATIENCE + 1):
            offered = replace(order, send_no=send_no)
            try:
                receipt = provider.push(campaign, [offered])[0]
                return self.handle_of(offered, receipt) if receipt.accepted else None
            except Unavailable as error:
                self.clock.advance(error.retry_after or 1)
            except Ambiguous:
                handle = self.handle_of(offered)
                self.clock.advance(self.capabilities.visible_after.total_seconds())
                seen = self.looked(provider, campaign, [handle])
                if self.reports_on(handle, seen):
                    return handle
                if not self.capabilities.proves_absence or not all(each.complete for each in seen):
                    return None
            except Refused:
                return None
        return None


#: Ends after which there is something to listen to.
_SPOKEN = frozenset({Result.ANSWERED, Result.TRANSFERRED, Result.VOICEMAIL})
