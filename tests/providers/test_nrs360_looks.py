"""How 360NRS' calls are looked at and taken back: the list, the events report, the block list."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from providers.contract import HookRequest, Observation, RemoteCampaign
from providers.errors import AccountBlocked, Unavailable, Unsupported
from providers.nrs360.looking import MOST_LISTS, MOST_REPORTS
from providers.vocabulary import Progress, Result, Why, Withdrawal
from tests.providers.nrs360_peer import (
    CSV_HEADER,
    NOW,
    OTHER_REF,
    PHONE,
    REF,
    Peer,
    campaign,
    csv_row,
    error,
    handle,
    listing,
)

REMOTE = RemoteCampaign(remote_id="nrs360-campaign-7")
REPORT = "GET /sendings/101/reports/events"
BLACKLIST = "PUT /v2/blacklist/voice"


def looked(peer: Peer, *handles: object, cursor: str | None = None) -> Observation:
    return peer.adapter().observe(REMOTE, handles, cursor)  # type: ignore[arg-type]


def told(seen: Observation) -> list[tuple[object, ...]]:
    return [(report.ref, report.raw_status, report.progress, report.result) for report in seen.reports]


# ---- the list


def test_a_call_without_an_event_is_queued_by_its_sendings_status() -> None:
    seen = looked(Peer().on("GET /campaigns", listing(campaign())), handle())
    assert told(seen) == [(REF, "OPENED", Progress.QUEUED, None)]
    assert seen.complete is False


def test_the_name_is_compared_without_case_and_the_list_is_asked_by_name_alone() -> None:
    peer = Peer().on("GET /campaigns", listing(campaign(REF.upper())))
    assert told(looked(peer, handle(remote_id=None))) == [(REF, "OPENED", Progress.QUEUED, None)]
    assert [asked.params for asked in peer.asked] == [{"name": REF}]


def test_neighbours_share_one_list_under_what_their_names_have_in_common() -> None:
    peer = Peer().on("GET /campaigns", listing(campaign(), campaign(OTHER_REF, number=2)))
    seen = looked(peer, handle(), handle(OTHER_REF))
    assert [asked.params["name"] for asked in peer.asked] == ["01a00000-0000-7000-8000-00000000000*"]
    assert [report.ref for report in seen.reports] == [REF, OTHER_REF]


def test_calls_of_other_times_have_lists_of_their_own() -> None:
    peer = Peer().on("GET /campaigns", listing())
    later = "01a00001" + REF[8:]
    looked(peer, handle(), handle(later))
    assert [asked.params["name"] for asked in peer.asked] == [REF, later]


def test_one_look_asks_for_a_bounded_number_of_lists_and_others_next_time() -> None:
    handles = [handle(f"{number:08x}{REF[8:]}") for number in range(60)]
    asked: set[str] = set()
    for minute in range(40):
        peer = Peer().on("GET /campaigns", listing())
        adapter = peer.adapter()
        adapter.now = lambda minute=minute: NOW + timedelta(minutes=minute)
        adapter.observe(REMOTE, handles, None)
        assert len(peer.asked) == MOST_LISTS
        asked |= {each.params["name"] for each in peer.asked}
    assert len(asked) == 60


def test_no_list_is_begun_when_the_time_is_nearly_up() -> None:
    peer = Peer()

    def slow(_: object) -> object:
        peer.seconds += 5
        return {"data": []}

    peer.on("GET /campaigns", slow)
    looked(peer, *[handle(f"{number:08x}{REF[8:]}") for number in range(10)])
    assert len(peer.asked) == 2


def test_an_unreadable_list_is_no_absence() -> None:
    for body in ({}, {"data": None}, {"data": [{"name": "x"}]}, []):
        with pytest.raises(Unavailable):
            looked(Peer().on("GET /campaigns", body), handle())


def test_empty_objects_may_be_written_as_empty_lists() -> None:
    row = campaign(events=[])
    assert told(looked(Peer().on("GET /campaigns", listing(row)), handle())) == [
        (REF, "OPENED", Progress.QUEUED, None)
    ]
    without = {**campaign(), "sendings": []}
    assert told(looked(Peer().on("GET /campaigns", listing(without)), handle())) == [
        (REF, "", Progress.QUEUED, None)
    ]


def test_sendings_may_be_a_plain_list_and_a_link_is_none() -> None:
    row = campaign(events={"delivered": 1})
    bare = {**row, "sendings": row["sendings"]["data"]}
    peer = Peer().on("GET /campaigns", listing(bare)).on(REPORT, CSV_HEADER)
    assert told(looked(peer, handle())) == [(REF, "delivered", Progress.ENDED, Result.ANSWERED)]
    linked = {**row, "sendings": "https://peer.invalid/api/rest/campaigns/1/sendings"}
    peer = Peer().on("GET /campaigns", listing(linked))
    assert told(looked(peer, handle())) == [(REF, "", Progress.QUEUED, None)]


def test_a_persons_refusal_goes_before_the_end_of_the_call() -> None:
    row = campaign(events={"unsubscribed": 1, "delivered": 1, "sent": 1, "opened": 1})
    peer = Peer().on("GET /campaigns", listing(row)).on(REPORT, CSV_HEADER)
    assert [report.raw_status for report in looked(peer, handle()).reports] == [
        "sent",
        "unsubscribed",
        "delivered",
        "opened",
    ]


# ---- the events report


def test_the_report_tells_when_an_ended_call_ended_and_how_long_it_was() -> None:
    peer = Peer().on("GET /campaigns", listing(campaign(events={"sent": 1, "delivered": 1})))
    at = "2026-06-01T18:59:40+02:00"
    peer.on(REPORT, "\n".join([CSV_HEADER, csv_row("sent"), csv_row("delivered", seconds="18", at=at)]))
    sent, delivered = looked(peer, handle()).reports
    assert (sent.started_at, sent.cost) == (datetime(2026, 6, 1, 16, 59, 20, tzinfo=UTC), None)
    assert (delivered.result, delivered.seconds) == (Result.ANSWERED, 18.0)
    assert delivered.ended_at == datetime(2026, 6, 1, 16, 59, 40, tzinfo=UTC)
    assert (delivered.cost, delivered.currency) == (Decimal("0.03"), "EUR")


def test_a_date_without_a_zone_ends_no_wait() -> None:
    peer = Peer().on("GET /campaigns", listing(campaign(events={"delivered": 1})))
    peer.on(REPORT, "\n".join([CSV_HEADER, csv_row("delivered", at="2026-06-01 16:59:40")]))
    report = looked(peer, handle()).reports[0]
    assert (report.at, report.ended_at) == (datetime(2026, 6, 1, 16, 59, 40, tzinfo=UTC), None)


@pytest.mark.parametrize("answer", ["", CSV_HEADER, "a,b\n1,2", error(404, 404), error(500, 101)])
def test_without_the_report_the_counts_tell_the_end(answer: object) -> None:
    peer = Peer().on("GET /campaigns", listing(campaign(events={"undelivered": 1}))).on(REPORT, answer)
    assert told(looked(peer, handle())) == [(REF, "undelivered", Progress.ENDED, Result.NO_ANSWER)]


def test_wrong_credentials_are_never_swallowed() -> None:
    peer = Peer().on("GET /campaigns", listing(campaign(events={"delivered": 1}))).on(REPORT, error(401, 103))
    with pytest.raises(AccountBlocked):
        looked(peer, handle())


def test_one_look_reads_a_bounded_number_of_reports_and_tells_all_ends() -> None:
    refs = [f"{REF[:-2]}{number:02d}" for number in range(25)]
    rows = [campaign(ref, number=number, events={"delivered": 1}) for number, ref in enumerate(refs)]
    peer = Peer().on("GET /campaigns", listing(*rows))
    for number in range(25):
        peer.on(f"GET /sendings/{number + 100}/reports/events", CSV_HEADER)
    seen = looked(peer, *map(handle, refs))
    assert [report.ref for report in seen.reports] == refs
    assert len(peer.asked) == 1 + MOST_REPORTS


def test_a_shared_sending_is_told_by_number() -> None:
    peer = Peer().on("GET /campaigns", listing(campaign(total=2, events={"delivered": 1, "rejected": 1})))
    rows = [csv_row("rejected", phone="12025550122"), csv_row("delivered", seconds="4")]
    peer.on(REPORT, "\n".join([CSV_HEADER, *rows]))
    assert told(looked(peer, handle())) == [(REF, "delivered", Progress.ENDED, Result.ANSWERED)]


def test_a_fact_has_one_event_id_in_list_report_and_notification() -> None:
    peer = Peer().on("GET /campaigns", listing(campaign(events={"delivered": 1}))).on(REPORT, CSV_HEADER)
    listed = looked(peer, handle()).reports[0].event_id
    shared = Peer().on("GET /campaigns", listing(campaign(total=2)))
    shared.on(REPORT, "\n".join([CSV_HEADER, csv_row("delivered")]))
    reported = looked(shared, handle()).reports[0].event_id
    body = f"id=m1&event=delivered&campaignName={REF}".encode()
    notified = shared.adapter().parse_webhook(HookRequest(body=body, received_at=NOW))
    assert {listed, reported, notified[0].event_id} == {f"{REF}:delivered"}


# ---- without handles


def test_a_feed_without_calls_begins_now_and_asks_nothing() -> None:
    peer = Peer()
    assert looked(peer).cursor == "2026-06-01T16:45:00+00:00"
    assert peer.requests == []


def test_a_feed_tells_our_calls_since_the_cursor_and_keeps_the_open_ones_in_it() -> None:
    rows = [campaign(), campaign(OTHER_REF, number=2, events={"expired": 1}), campaign("Spring", number=3)]
    peer = Peer().on("GET /campaigns", {"data": rows})
    seen = looked(peer, cursor="2026-06-01T10:00:00+00:00")
    assert told(seen) == [
        (REF, "OPENED", Progress.QUEUED, None),
        (OTHER_REF, "expired", Progress.ENDED, Result.EXPIRED),
    ]
    assert peer.asked[0].query == "afterDate=2026-06-01T10%3A00%3A00%2B00%3A00"
    assert seen.cursor == "2026-06-01T16:44:00+00:00"


def test_a_look_at_calls_leaves_the_cursor_where_it_is() -> None:
    peer = Peer().on("GET /campaigns", listing())
    assert looked(peer, handle(), cursor="2026-06-01T10:00:00+00:00").cursor == "2026-06-01T10:00:00+00:00"
    assert looked(peer, handle()).cursor == "2026-06-01T16:45:00+00:00"


# ---- taking back


def withdrawn(row: dict[str, object] | None) -> Withdrawal:
    entry = {"data": {"type": "voice", "recipient": PHONE[1:], "isDefinitive": False}}
    peer = Peer().on(BLACKLIST, entry).on("GET /campaigns", {"data": [row] if row else []})
    answer = peer.adapter().withdraw(REMOTE, handle(), Why.SUPPRESSION)
    assert peer.asked[0].body == {"recipient": PHONE[1:]}
    assert peer.requests == [BLACKLIST, "GET /campaigns"]
    return answer


def test_a_call_that_shows_as_rejected_and_was_never_sent_is_taken_back() -> None:
    assert withdrawn(campaign(events={"rejected": 1})) is Withdrawal.WITHDRAWN


@pytest.mark.parametrize(
    "events", [{}, {"sent": 1}, {"sent": 1, "rejected": 1}, {"delivered": 1}, {"expired": 1}, {"zz": 1}]
)
def test_a_call_that_may_ring_or_has_rung_is_too_late(events: dict[str, int]) -> None:
    assert withdrawn(campaign(events=events)) is Withdrawal.TOO_LATE


def test_a_call_that_does_not_show_is_gone_and_its_number_is_listed_all_the_same() -> None:
    assert withdrawn(None) is Withdrawal.GONE


@pytest.mark.parametrize("why", sorted(frozenset(Why) - {Why.SUPPRESSION}))
def test_nothing_else_puts_a_number_on_the_list(why: Why) -> None:
    peer = Peer()
    with pytest.raises(Unsupported):
        peer.adapter().withdraw(REMOTE, handle(), why)
    assert peer.requests == []


def test_the_handle_of_a_lost_receipt_is_found_by_its_reference() -> None:
    lost = replace(handle(), remote_id=None, remote={}, pushed_at=None)
    assert told(looked(Peer().on("GET /campaigns", listing(campaign(events={"sent": 1}))), lost)) == [
        (REF, "sent", Progress.RINGING, None)
    ]
