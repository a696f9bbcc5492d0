"""A kit that can't fail proves nothing: each of these Parlors is broken once, and one named test finds it."""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from providers.contract import (
    Account,
    CallOrder,
    CampaignSpec,
    Handle,
    HookRequest,
    Observation,
    Receipt,
    RemoteCampaign,
    Report,
)
from providers.errors import Ambiguous, ProviderError, Refused, Unavailable
from providers.http import Effect
from providers.testing import Fault
from providers.vocabulary import Progress, Result, Why, Withdrawal
from tests.providers import parlor
from tests.providers.parlor import Parlor
from tests.providers.test_parlor_contract import ParlorContract


class CallsALostPushUnavailable(Parlor):
    def push(self, campaign: RemoteCampaign, calls: Sequence[CallOrder]) -> list[Receipt]:
        try:
            return super().push(campaign, calls)
        except Ambiguous as error:
            raise Unavailable(error.detail, provider=self.slug, operation="push") from None


class SwallowsFaultsWhenLooking(Parlor):
    def observe(self, campaign: RemoteCampaign, calls: Sequence[Handle], cursor: str | None) -> Observation:
        try:
            return super().observe(campaign, calls, cursor)
        except ProviderError:
            return Observation(complete=True)


class ReadsTheFirstPageOnly(Parlor):
    def _pages(self, operation: str, path: str) -> Iterator[dict[str, Any]]:
        for number, item in enumerate(super()._pages(operation, path)):
            if number == 10:
                return
            yield item


class LooksTwice(Parlor):
    def observe(self, campaign: RemoteCampaign, calls: Sequence[Handle], cursor: str | None) -> Observation:
        super().observe(campaign, calls, cursor)
        return super().observe(campaign, calls, cursor)


class BelievesRepeatedPages(Parlor):
    def _refuse_circle(self, following: str, known: set[str], operation: str) -> None:
        if following in known:
            raise StopIteration

    def _pages(self, operation: str, path: str) -> Iterator[dict[str, Any]]:
        inner = super()._pages(operation, path)
        while True:
            try:
                yield next(inner)
            except (StopIteration, RuntimeError):
                return


class CreatesACampaignEachTime(Parlor):
    def open_campaign(self, spec: CampaignSpec) -> RemoteCampaign:
        if spec.remote_id is not None:
            return super().open_campaign(spec)
        return self._hall("POST", "/halls", Effect.ONCE, json={"name": spec.name, "note": spec.ref})


class SendsBatchesOfAnySize(Parlor):
    def push(self, campaign: RemoteCampaign, calls: Sequence[CallOrder]) -> list[Receipt]:
        return super().push(campaign, calls[:3]) + (self.push(campaign, calls[3:]) if calls[3:] else [])


class MixesUpReceipts(Parlor):
    def push(self, campaign: RemoteCampaign, calls: Sequence[CallOrder]) -> list[Receipt]:
        return list(reversed(super().push(campaign, calls)))


class ForgetsNativeOff(Parlor):
    def push(self, campaign: RemoteCampaign, calls: Sequence[CallOrder]) -> list[Receipt]:
        plan = ParlorContract().native_plan()
        return super().push(campaign, [replace(call, retry=call.retry or plan) for call in calls])


class SendsLocalTime(Parlor):
    def push(self, campaign: RemoteCampaign, calls: Sequence[CallOrder]) -> list[Receipt]:
        def shifted(call: CallOrder) -> CallOrder:
            if call.not_before is None:
                return call
            offset = call.not_before.astimezone(ZoneInfo("America/New_York")).utcoffset()
            assert offset is not None
            return replace(call, not_before=call.not_before + offset)

        return super().push(campaign, [shifted(call) for call in calls])


class EndsOnUnknownWords(Parlor):
    def observe(self, campaign: RemoteCampaign, calls: Sequence[Handle], cursor: str | None) -> Observation:
        found = super().observe(campaign, calls, cursor)
        reports = [
            replace(report, progress=Progress.ENDED, result=Result.NO_ANSWER)
            if report.progress is Progress.UNKNOWN
            else report
            for report in found.reports
        ]
        return replace(found, reports=tuple(reports))


class WithdrawsEverybody(Parlor):
    def withdraw(self, campaign: RemoteCampaign, call: Handle, why: Why) -> Withdrawal:
        outcome = super().withdraw(campaign, call, why)
        for other in self._pages("withdraw", f"/halls/{campaign.remote_id}/bells"):
            super().withdraw(campaign, replace(call, ref=other["note"]), why)
        return outcome


class TellsTheSecretInErrors(Parlor):
    def check(self) -> Account:
        try:
            return super().check()
        except ProviderError as error:
            error.detail = f"{error.detail} {self.credentials.password.reveal()}"
            raise


class LogsPhones(Parlor):
    def push(self, campaign: RemoteCampaign, calls: Sequence[CallOrder]) -> list[Receipt]:
        logging.getLogger("parlor").info("calling %s", calls[0].phone)
        return super().push(campaign, calls)


class Sleeps(Parlor):
    def push(self, campaign: RemoteCampaign, calls: Sequence[CallOrder]) -> list[Receipt]:
        time.sleep(0)
        return super().push(campaign, calls)


class CrashesOnJunk(Parlor):
    def parse_webhook(self, request: HookRequest) -> list[Report]:
        return [parlor._report(json.loads(request.body))]


class RandomEventIds(Parlor):
    def parse_webhook(self, request: HookRequest) -> list[Report]:
        return [
            replace(report, event_id=f"{id(report)}-{time.monotonic_ns()}")
            for report in super().parse_webhook(request)
        ]


class DeclaresWhatItCannot(Parlor):
    capabilities = replace(Parlor.capabilities, recordings=False)


class TakesEveryRefusalForARefusedOrder(Parlor):
    def push(self, campaign: RemoteCampaign, calls: Sequence[CallOrder]) -> list[Receipt]:
        try:
            return super().push(campaign, calls)
        except ProviderError as error:
            raise Refused(error.detail, provider=self.slug, operation="push") from None


#: The last second before New York's clocks go forward in 2026.
SPRING = datetime(2026, 3, 8, 6, 59, 59, tzinfo=UTC)


class NumbersNoRings(Parlor):
    def observe(self, campaign: RemoteCampaign, calls: Sequence[Handle], cursor: str | None) -> Observation:
        seen = super().observe(campaign, calls, cursor)
        return replace(seen, reports=tuple(replace(report, ring_no=1) for report in seen.reports))


class LetsRedialsRing(Parlor):
    def withdraw(self, campaign: RemoteCampaign, call: Handle, why: Why) -> Withdrawal:
        return super().withdraw(campaign, replace(call, ring_no=1), why)


class TakesBackWhatRang(Parlor):
    def withdraw(self, campaign: RemoteCampaign, call: Handle, why: Why) -> Withdrawal:
        super().withdraw(campaign, call, why)
        return Withdrawal.WITHDRAWN


BROKEN: list[tuple[type[Parlor], str, dict[str, Any]]] = [
    (
        CallsALostPushUnavailable,
        "test_a_call_whose_answer_was_spoiled_rings_once",
        {"fault": Fault.DROP_AFTER},
    ),
    (
        CallsALostPushUnavailable,
        "test_nothing_happened_is_said_only_where_it_is_true",
        {"fault": Fault.HANG_AFTER},
    ),
    (
        SwallowsFaultsWhenLooking,
        "test_a_fault_raises_the_class_of_the_table",
        {"spoilable": "observe", "fault": Fault.HTML},
    ),
    (ReadsTheFirstPageOnly, "test_every_page_is_read", {}),
    (LooksTwice, "test_looking_at_10_000_calls_stays_within_its_requests", {}),
    (BelievesRepeatedPages, "test_a_repeated_cursor_ends_and_proves_nothing", {}),
    (CreatesACampaignEachTime, "test_opening_a_campaign_twice_gives_one", {}),
    (CreatesACampaignEachTime, "test_a_lost_answer_while_opening_leaves_one_campaign", {}),
    (SendsBatchesOfAnySize, "test_more_than_a_batch_is_refused_before_anything_is_sent", {}),
    (MixesUpReceipts, "test_each_order_gets_one_receipt_in_sequence", {}),
    (ForgetsNativeOff, "test_without_a_plan_a_call_rings_at_most_once", {}),
    (SendsLocalTime, "test_not_before_is_kept_to_the_second", {"instant": SPRING}),
    (EndsOnUnknownWords, "test_an_unknown_word_ends_nothing_and_is_kept", {}),
    (WithdrawsEverybody, "test_a_call_that_has_not_rung_never_rings", {}),
    (WithdrawsEverybody, "test_it_names_its_own_call_and_no_other", {}),
    (TellsTheSecretInErrors, "test_nothing_personal_is_logged_printed_or_raised", {"caplog": "caplog"}),
    (LogsPhones, "test_nothing_personal_is_logged_printed_or_raised", {"caplog": "caplog"}),
    (Sleeps, "test_nobody_sleeps", {"monkeypatch": "monkeypatch"}),
    (CrashesOnJunk, "test_junk_is_rejected", {"name": "half"}),
    (RandomEventIds, "test_the_same_notification_has_the_same_event_ids", {}),
    (NumbersNoRings, "test_each_native_ring_is_told_once_with_its_number", {"is_seen_ringing": True}),
    (LetsRedialsRing, "test_a_suppression_between_two_rings_leaves_no_further_ring", {}),
    (TakesBackWhatRang, "test_a_native_ring_that_was_made_is_never_told_to_be_withdrawn", {}),
    (DeclaresWhatItCannot, "test_a_method_is_there_if_and_only_if_it_is_declared", {"method": "recording"}),
    (
        TakesEveryRefusalForARefusedOrder,
        "test_a_fault_raises_the_class_of_the_table",
        {"spoilable": "push", "fault": Fault.THROTTLED},
    ),
]


def _test_of(broken: type[Parlor], name: str) -> Callable[..., None]:
    kit = type(f"Kit{broken.__name__}", (ParlorContract,), {"provider_class": broken})()
    kit.fresh()
    test: Callable[..., None] = getattr(kit, name)
    return test


IDS = [f"{broken.__name__}-{name}" for broken, name, _ in BROKEN]


@pytest.fixture
def arguments(
    given: dict[str, Any], caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> dict[str, Any]:
    """Replace the names of fixtures by the fixtures."""
    fixtures = {"caplog": caplog, "monkeypatch": monkeypatch}
    return {key: fixtures.get(str(value), value) for key, value in given.items()}


@pytest.mark.parametrize(("broken", "name", "given"), BROKEN, ids=IDS)
def test_a_broken_provider_is_found(broken: type[Parlor], name: str, arguments: dict[str, Any]) -> None:
    # A crash of the adapter is a finding as good as a failed assertion.
    with pytest.raises((AssertionError, pytest.fail.Exception, ValueError)):
        _test_of(broken, name)(**arguments)


@pytest.mark.parametrize(("broken", "name", "given"), BROKEN, ids=IDS)
def test_the_same_test_passes_for_the_sound_provider(
    broken: type[Parlor], name: str, arguments: dict[str, Any]
) -> None:
    _test_of(Parlor, name)(**arguments)
