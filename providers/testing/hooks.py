"""Own the tests of `parse_webhook`: pure, patient with odd shapes, strict with junk.

Never opens a connection; a parser that tries fails.
"""

from __future__ import annotations

import json
import random
from dataclasses import replace
from itertools import permutations
from typing import Any
from urllib.parse import parse_qsl, urlencode

import pytest

from providers.contract import Handle, HookRequest, Report
from providers.errors import HookRejected
from providers.testing.base import Kit, digits, when
from providers.vocabulary import Progress, Result

_JUNK = {
    "empty": b"",
    "bytes": b"\xff\xfe\x00\x01",
    "a list": b"[]",
    "a number": b"7",
    "null": b"null",
    "an object": b"{}",
    "a page": b"<!DOCTYPE html><html></html>",
    "half": b'{"id": "',
    "deep": b"[" * 100_000,
    "large": b"x" * 1_000_000,
}


class HookTests(Kit):
    """Group 12."""

    @when(lambda can: can.webhooks)
    def test_a_notification_tells_the_end_of_a_call(self) -> None:
        handle, hooks = self._story()
        reports = self._parsed(hooks[-1])
        assert [report.progress for report in reports if self._is_on(report, handle)] == [Progress.ENDED]
        assert all(report.result in self.capabilities.results for report in reports)

    @when(lambda can: can.webhooks)
    def test_the_same_notification_has_the_same_event_ids(self) -> None:
        _, hooks = self._story()
        for hook in hooks:
            ids = [report.event_id for report in self._parsed(hook)]
            assert all(ids)
            assert ids == [report.event_id for report in self._parsed(hook)]

    @when(lambda can: can.webhooks)
    def test_different_facts_have_different_event_ids(self) -> None:
        _, hooks = self._story()
        ids = [report.event_id for hook in hooks for report in self._parsed(hook)]
        assert len(set(ids)) == len(hooks)

    @when(lambda can: can.webhooks)
    def test_the_order_of_notifications_changes_nothing(self) -> None:
        _, hooks = self._story()
        told = {frozenset(_facts(self._parsed(hook)) for hook in order) for order in permutations(hooks)}
        assert len(told) == 1

    @when(lambda can: can.webhooks)
    def test_reordered_fields_say_the_same(self) -> None:
        _, hooks = self._story()
        for hook in hooks:
            shuffled = _with_fields(hook, lambda pairs: random.Random(7).sample(pairs, len(pairs)))
            assert _facts(self._parsed(shuffled)) == _facts(self._parsed(hook))

    @when(lambda can: can.webhooks)
    def test_unknown_fields_are_no_fault(self) -> None:
        _, hooks = self._story()
        more = _with_fields(hooks[-1], lambda pairs: [*pairs, ("zzNeverDocumented", "1")])
        assert _facts(self._parsed(more)) == _facts(self._parsed(hooks[-1]))

    @when(lambda can: can.webhooks)
    def test_a_missing_field_is_a_report_or_a_rejection(self) -> None:
        _, hooks = self._story()
        for hook in hooks:
            for index in range(len(_fields(hook))):
                shortened = _with_fields(hook, lambda pairs, at=index: pairs[:at] + pairs[at + 1 :])
                try:
                    reports = self._parsed(shortened)
                except HookRejected:
                    continue
                assert all(report.result is None or report.progress is Progress.ENDED for report in reports)

    @when(lambda can: can.webhooks)
    @pytest.mark.parametrize("name", sorted(_JUNK))
    def test_junk_is_rejected(self, name: str) -> None:
        _, hooks = self._story()
        with pytest.raises(HookRejected):
            self._parsed(replace(hooks[-1], body=_JUNK[name]))

    @when(lambda can: can.webhooks)
    def test_what_is_kept_of_a_notification_holds_no_secret(self) -> None:
        _, hooks = self._story()
        for hook in hooks:
            kept = "".join(repr(dict(report.detail)) for report in self._parsed(hook))
            assert [secret for secret in self.secrets() if secret in kept] == []

    def _story(self) -> tuple[Handle, list[HookRequest]]:
        """Make one call ring and end; give the notifications of it."""
        provider = self.provider()
        order = self.order()
        handle = self.pushed(provider, self.opened(provider), [order])[0]
        hooks = []
        for step in (None, Result.ANSWERED):
            self.stand.dial(order.phone, step)
            hooks.append(self.stand.hook(order.phone))
            self.clock.advance(1)
        return handle, hooks

    def _parsed(self, hook: HookRequest) -> list[Report]:
        """Parse on a new instance, and see that nothing was sent."""
        before = len(self.wire.seen) if self.wire else 0
        reports = self.provider().parse_webhook(hook)
        assert (len(self.wire.seen) if self.wire else 0) == before
        return reports

    def _is_on(self, report: Report, handle: Handle) -> bool:
        same_phone = report.phone is not None and digits(report.phone) == digits(handle.phone)
        return report.ref == handle.ref or report.remote_id == handle.remote_id or same_phone


def _facts(reports: list[Report]) -> tuple[tuple[Any, ...], ...]:
    return tuple(
        (report.event_id, report.ref, report.remote_id, report.progress, report.result) for report in reports
    )


def _fields(hook: HookRequest) -> list[tuple[str, Any]]:
    """Give the top-level fields of a JSON or form body."""
    try:
        data = json.loads(hook.body)
    except ValueError:
        return parse_qsl(hook.body.decode(), keep_blank_values=True)
    return list(data.items()) if isinstance(data, dict) else []


def _with_fields(hook: HookRequest, change: Any) -> HookRequest:
    pairs = change(_fields(hook))
    is_json = hook.body.lstrip()[:1] in (b"{", b"[")
    return replace(hook, body=(json.dumps(dict(pairs)) if is_json else urlencode(pairs)).encode())
