"""Own the tests of `observe`: every page read, absence only where it is true, every word translated.

Never believes a report that the stand-in has not caused.
"""

from __future__ import annotations

import csv
from datetime import timedelta
from itertools import permutations

from providers.contract import Report
from providers.errors import ProviderError
from providers.testing.base import Kit, has_network, when
from providers.testing.faulty import Fault
from providers.vocabulary import Progress, Result, Seeing

#: More than two pages of a stand-in with small pages.
_SEVERAL_PAGES = 25
#: An adapter that never notices a repeated page would ask for ever; an honest one needs far fewer.
_TOO_MANY_REQUESTS = 200
_EASY_RESULTS = (Result.ANSWERED, Result.NO_ANSWER, Result.BUSY, Result.VOICEMAIL)
_STRANGE_WORD = "zz-never-documented"


class ObservingTests(Kit):
    """Groups 7, 8, 9 and 15."""

    def test_every_page_is_read(self) -> None:
        provider = self.provider()
        campaign = self.opened(provider)
        handles = self.pushed(provider, campaign, [self.order(number) for number in range(_SEVERAL_PAGES)])
        seen = self.looked(self.provider(), campaign, handles)
        assert [handle.ref for handle in handles if not self.reports_on(handle, seen)] == []

    @when(lambda can: can.proves_absence)
    def test_a_call_that_never_came_is_absent(self) -> None:
        provider = self.provider()
        campaign = self.opened(provider)
        self.pushed(provider, campaign, [self.order(number) for number in range(3)])
        missing = self.handle_of(self.order(50))
        self.clock.advance(self.capabilities.visible_after.total_seconds())
        seen = self.looked(provider, campaign, [missing])
        assert [observation.complete for observation in seen] == [True]
        assert self.reports_on(missing, seen) == []

    @when(lambda can: not can.proves_absence)
    def test_without_proof_of_absence_no_look_is_complete(self) -> None:
        provider = self.provider()
        campaign = self.opened(provider)
        seen = self.looked(provider, campaign, [self.handle_of(self.order(50))])
        assert [observation.complete for observation in seen] == [False]

    @when(has_network)
    def test_a_repeated_cursor_ends_and_proves_nothing(self) -> None:
        provider = self.provider()
        campaign = self.opened(provider)
        handles = self.pushed(provider, campaign, [self.order(number) for number in range(_SEVERAL_PAGES)])
        self.faulty.spoil_all(Fault.REPEAT)
        before = len(self.faulty.seen)
        for start in range(0, len(handles), self.capabilities.observe_page):
            asked = handles[start : start + self.capabilities.observe_page]
            try:
                observation = provider.observe(campaign, asked, None)
            except ProviderError:
                continue
            mentioned = all(self.reports_on(handle, [observation]) for handle in asked)
            assert mentioned or not observation.complete, "Half a list was taken for the whole."
        assert len(self.faulty.seen) - before < _TOO_MANY_REQUESTS

    @when(lambda can: can.observe is Seeing.FEED)
    def test_resuming_a_cursor_loses_nothing(self) -> None:
        provider = self.provider()
        campaign = self.opened(provider)
        handles = self.pushed(provider, campaign, [self.order(number) for number in range(3)])
        cursor = self.looked(provider, campaign, handles)[-1].cursor
        self.clock.advance(60)
        self.stand.dial(handles[1].phone, _EASY_RESULTS[0])
        seen = self.looked(self.provider(), campaign, [], cursor)
        assert any(report.progress is Progress.ENDED for report in self.reports_on(handles[1], seen))

    def test_the_end_of_a_call_is_reported(self, result: Result) -> None:
        last = self._history(result)[-1]
        assert (last.progress, last.result) == (Progress.ENDED, result)

    def test_progress_never_runs_backwards(self, result: Result) -> None:
        reports = self._history(result)
        ranks = [report.progress.rank for report in reports]
        assert ranks == sorted(ranks)
        outcomes = {_settled(order) for order in permutations(reports)}
        assert outcomes == {(Progress.ENDED, result)}

    def test_the_same_fact_has_the_same_event_id_for_everybody(self) -> None:
        provider = self.provider()
        campaign = self.opened(provider)
        handles = self.pushed(provider, campaign, [self.order()])
        first, second = (
            [report.event_id for report in self.reports_on(handles[0], self.looked(each, campaign, handles))]
            for each in (provider, self.provider())
        )
        assert first
        assert first == second

    @when(has_network)
    def test_every_documented_word_is_translated(self) -> None:
        assert self.samples is not None, "Give `samples`: a folder with statuses.csv."
        with (self.samples / "statuses.csv").open(newline="", encoding="utf-8") as file:
            rows = list(csv.DictReader(file))
        assert rows, "statuses.csv lists no word."
        for row in rows:
            report = self._word(row["raw"])
            assert (row["raw"], str(report.progress), str(report.result or "")) == (
                row["raw"],
                row["progress"],
                row["result"],
            )
            assert report.raw_status == row["raw"]
            assert report.result is None or report.result in self.capabilities.results

    @when(has_network)
    def test_an_unknown_word_ends_nothing_and_is_kept(self) -> None:
        report = self._word(_STRANGE_WORD)
        assert (report.progress, report.result) == (Progress.UNKNOWN, None)
        assert report.raw_status == _STRANGE_WORD

    def test_looking_at_10_000_calls_stays_within_its_requests(self) -> None:
        provider = self.provider()
        campaign = self.opened(provider)
        there = 10_000 if self.capabilities.in_process else 300
        handles = self.pushed(provider, campaign, [self.order(number) for number in range(there)])
        handles += [self.handle_of(self.order(number)) for number in range(there, 10_000)]
        before = len(self.wire.seen) if self.wire else 0
        seen = self.looked(provider, campaign, handles)
        assert sum(len(observation.reports) for observation in seen) >= there
        default = 10_000 if self.capabilities.observe is Seeing.EACH else 1_000
        most = self.requests_for_10_000 or default
        assert (len(self.wire.seen) if self.wire else 0) - before <= most

    def each_result(self) -> list[Result]:
        """Choose the results that are tried."""
        return [result for result in _EASY_RESULTS if result in self.capabilities.results]

    def _history(self, result: Result) -> list[Report]:
        """Tell the life of one call, as polls would see it."""
        provider = self.provider()
        campaign = self.opened(provider)
        order = self.order(phone=self.phone_for(result))
        handles = self.pushed(provider, campaign, [order])
        reports = self.reports_on(handles[0], self.looked(provider, campaign, handles))
        for step in (None, result):
            self.stand.dial(order.phone, step)
            self.clock.advance(timedelta(seconds=1).total_seconds())
            reports += self.reports_on(handles[0], self.looked(provider, campaign, handles))
        assert len(reports) >= 3, "Each look must report on the call."
        return reports

    def _word(self, raw: str) -> Report:
        self.fresh()
        provider = self.provider()
        campaign = self.opened(provider)
        handles = self.pushed(provider, campaign, [self.order()])
        self.stand.dial(handles[0].phone, raw)
        return self.reports_on(handles[0], self.looked(provider, campaign, handles))[-1]


def _settled(reports: tuple[Report, ...]) -> tuple[Progress, Result | None]:
    """Apply reports as the engine does: forward only."""
    progress, result = Progress.QUEUED, None
    for report in reports:
        if report.progress.is_after(progress):
            progress, result = report.progress, report.result
    return progress, result
