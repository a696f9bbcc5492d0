"""A notification about a call that its provider redials by itself is a hint: that one call is looked at, no other."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from dialer import clock
from dialer.engine import accounts
from dialer.models import Attempt, Campaign, HookMessage, ProviderAccount, ProviderEvent
from providers.contract import Handle, NativePlan, NativeStep, Observation, Provider, Report, to_json
from providers.errors import Unavailable
from providers.vocabulary import Progress, Result, Unit
from tests import factories
from tests.hooks.conftest import bell, post
from tests.hooks.test_reading import read

PLAN = NativePlan(steps=(NativeStep(amount=30, unit=Unit.MINUTE),))


class Vendor:
    """What a look at the provider shows, and who was looked at."""

    def __init__(self) -> None:
        self.looked: list[Handle] = []
        self.cursors: list[str | None] = []
        self.says: list[Report] = []
        self.is_away = False

    def wrap(self, provider: Provider, account: ProviderAccount) -> Provider:
        provider.observe = self.observe  # type: ignore[method-assign]
        return provider

    def observe(self, campaign: Any, calls: Any, cursor: str | None) -> Observation:
        self.looked += calls
        self.cursors.append(cursor)
        if self.is_away:
            raise Unavailable("away")
        return Observation(reports=tuple(self.says), cursor="moved")


@pytest.fixture
def vendor() -> Iterator[Vendor]:
    made = Vendor()
    accounts.wrap_providers(made.wrap)
    yield made
    accounts.wrap_providers(None)


@pytest.fixture
def native(held: Attempt) -> Attempt:
    plan = {"mode": "native", "obstacles": [], "waivers": [], "native": to_json(PLAN), "remainder": "shorter"}
    steps = [{"after": "PT30M"}]
    Campaign.objects.filter(pk=held.campaign_id).update(
        retry_plan=plan, frozen_steps=steps, poll_cursor="far on", next_poll_at=clock.now().replace(year=2099)
    )
    # A neighbour that nothing was said of.
    other = factories.enrolled(
        ["+442079460111"], campaign=held.campaign, state="in_progress", attempt_count=1
    )
    factories.attempt(other, state="pushed")
    return held


def failed(attempt: Attempt, ring_no: int) -> Report:
    return Report(
        ref=str(attempt.pk),
        ring_no=ring_no,
        progress=Progress.ENDED,
        result=Result.FAILED,
        event_id=f"told-{ring_no}",
    )


def test_the_call_is_looked_at_and_the_look_is_believed(native: Attempt, vendor: Vendor) -> None:
    vendor.says = [failed(native, 1)]
    post(native.provider_account, bell(str(native.pk), "nobody"))
    assert read() == 1
    assert [(call.ref, call.ring_no) for call in vendor.looked] == [(str(native.pk), 1)]
    native.refresh_from_db()
    assert (native.state, native.result) == ("ended", "failed")
    assert [event.source for event in ProviderEvent.objects.all()] == ["poll"]
    assert HookMessage.objects.get().state == "done"
    # The place of the campaign's own poll is left alone.
    assert vendor.cursors == [None]
    assert Campaign.objects.get(pk=native.campaign_id).poll_cursor == "far on"


def test_a_late_word_about_an_earlier_ring_ends_no_later_one(native: Attempt, vendor: Vendor) -> None:
    vendor.says = [failed(native, 1)]
    post(native.provider_account, bell(str(native.pk), "nobody"))
    read()
    vendor.says = []
    post(native.provider_account, bell(str(native.pk), "nobody", id="bell-2"))
    read()
    expected = Attempt.objects.get(native_of=native)
    assert (expected.ring_no, expected.state) == (2, "pushed")
    assert vendor.looked[-1].ring_no == 2


def test_where_nobody_answers_the_campaign_is_polled_soon(native: Attempt, vendor: Vendor) -> None:
    vendor.is_away = True
    post(native.provider_account, bell(str(native.pk), "nobody"))
    assert read() == 0
    native.refresh_from_db()
    assert native.state == "pushed"
    assert Campaign.objects.get(pk=native.campaign_id).next_poll_at <= clock.now()


def test_a_call_that_we_redial_ourselves_is_told_by_the_notification(held: Attempt, vendor: Vendor) -> None:
    post(held.provider_account, bell(str(held.pk), "spoke"))
    assert read() == 1
    held.refresh_from_db()
    assert (held.state, vendor.looked) == ("ended", [])
