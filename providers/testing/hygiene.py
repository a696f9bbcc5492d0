"""Own the tests of manners: nothing personal in logs, no sleeping, no straying, no shared state.

Never looks into an adapter's code; it watches what comes out.
"""

from __future__ import annotations

import logging
import time
from contextlib import suppress
from typing import Any

import pytest

from providers.contract import TOTAL_DEADLINE_SECONDS
from providers.errors import ProviderError
from providers.testing.base import Kit, digits, has_network, when
from providers.testing.faulty import TABLE, Fault
from providers.vocabulary import Result, Why

#: A connection that hangs is waited for by its own, shorter timeout; all together stay below this.
_SLACK_SECONDS = 1.0
_WAITING_FAULTS = (Fault.CONNECT_HANGS, Fault.HANG_BEFORE, Fault.HANG_AFTER, Fault.DRIP)


class HygieneTests(Kit):
    """Groups 13 and 14."""

    def test_nothing_personal_is_logged_printed_or_raised(self, caplog: pytest.LogCaptureFixture) -> None:
        caplog.set_level(logging.DEBUG)
        said: list[str] = []
        self._day(said)
        if self.wire is not None:
            for fault in TABLE:
                self.fresh()
                self._broken_day(fault, said)
        # A body at DEBUG may hold a name, which nobody can recognise; a number or a key never.
        loud = [record for record in caplog.records if record.levelno > logging.DEBUG]
        said += [record.getMessage() for record in loud]
        assert [line[:300] for line in said if "Ada Fiction" in line] == []
        said += [record.getMessage() + repr(record.__dict__) for record in caplog.records]
        text = "\n".join(said)
        written = self.written(self.order().phone)
        leaked = [each for each in (digits(written), written, *self.secrets()) if each in text]
        assert leaked == []

    @when(has_network)
    def test_each_request_is_one_log_line(self, caplog: pytest.LogCaptureFixture) -> None:
        caplog.set_level(logging.INFO, logger="providers.http")
        before = len(self.faulty.seen)
        self._day([])
        lines = [record for record in caplog.records if record.name == "providers.http"]
        assert len(lines) == len(self.faulty.seen) - before
        assert all(f"provider={self.provider_class.slug}" in line.getMessage() for line in lines)

    def test_nobody_sleeps(self, monkeypatch: pytest.MonkeyPatch) -> None:
        def refuse(seconds: float) -> None:
            raise AssertionError(f"It slept {seconds} s; waiting is the engine's affair.")

        monkeypatch.setattr(time, "sleep", refuse)
        self._day([])

    @when(has_network)
    def test_no_request_leaves_the_base_url(self) -> None:
        self._day([])
        assert [seen.url for seen in self.faulty.seen if not seen.url.startswith(f"{self.base_url}/")] == []

    @when(has_network)
    def test_every_request_has_every_timeout(self) -> None:
        self._day([])
        for seen in self.faulty.seen:
            assert sorted(seen.timeouts) == ["connect", "pool", "read", "write"]
            assert all(
                value is not None and 0 < value <= TOTAL_DEADLINE_SECONDS for value in seen.timeouts.values()
            )

    @when(has_network)
    @pytest.mark.parametrize("fault", _WAITING_FAULTS)
    def test_a_push_ends_within_the_deadline(self, fault: Fault) -> None:
        provider = self.provider()
        campaign = self.opened(provider)
        self.faulty.spoil_all(fault)
        started = self.clock.monotonic()
        with pytest.raises(ProviderError):
            provider.push(campaign, [self.order()])
        assert self.clock.monotonic() - started <= TOTAL_DEADLINE_SECONDS + _SLACK_SECONDS

    @when(has_network)
    def test_a_push_of_slow_requests_ends_within_the_deadline(self) -> None:
        provider = self.provider()
        campaign = self.opened(provider)
        self.faulty.slow(TOTAL_DEADLINE_SECONDS - 1)
        started = self.clock.monotonic()
        # The one push that may succeed is one of a single request.
        with suppress(ProviderError):
            provider.push(campaign, [self.order()])
        assert self.clock.monotonic() - started <= TOTAL_DEADLINE_SECONDS + _SLACK_SECONDS

    @when(has_network)
    def test_two_instances_share_nothing(self) -> None:
        self._day([])
        mine = {value for seen in self.faulty.seen for value in _credentials_in(seen.headers)}
        self.fresh()
        other = self.provider(credentials=self.wrong_credentials)
        with suppress(ProviderError):
            other.check()
        theirs = {value for seen in self.faulty.seen for value in _credentials_in(seen.headers)}
        assert mine & theirs == set()

    def _day(self, said: list[str]) -> None:
        """Do a little of everything, and note what is printed on the way."""
        provider = self.provider()
        campaign = self.opened(provider)
        order = self.order()
        handles = self.pushed(provider, campaign, [order])
        handles += self.pushed(provider, campaign, [self.order(1)])
        seen = self.looked(provider, campaign, handles)
        if self.capabilities.withdraw:
            provider.withdraw(campaign, handles[1], min(self.capabilities.withdraw_why))
        if self.capabilities.webhooks:
            self.stand.dial(order.phone, Result.ANSWERED)
            said += [repr(each) for each in provider.parse_webhook(self.stand.hook(order.phone))]
        said += [repr(each) for each in (provider, vars(provider), campaign, order, *handles, *seen)]

    def _broken_day(self, fault: Fault, said: list[str]) -> None:
        provider = self.provider()
        campaign = self.opened(provider)
        order = self.order()
        acts: list[Any] = [
            provider.check,
            lambda: provider.push(campaign, [order]),
            lambda: provider.observe(campaign, [self.handle_of(order)], None),
            lambda: provider.withdraw(campaign, self.handle_of(order), Why.SUPPRESSION),
        ]
        self.faulty.spoil_all(fault)
        for act in acts:
            try:
                act()
            except ProviderError as error:
                said += [str(error), repr(error), repr(error.args), error.detail, repr(vars(error))]


def _credentials_in(headers: dict[str, str]) -> list[str]:
    harmless = {"accept", "accept-encoding", "user-agent", "host", "connection", "content-length"}
    return [
        value for name, value in headers.items() if name not in harmless and not name.startswith("content-")
    ]
