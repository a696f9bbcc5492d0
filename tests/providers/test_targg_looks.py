"""Targg's looks: what one reads, when it is complete, where the next goes on; and the rings of native plans."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from providers.contract import Handle, Observation, RemoteCampaign
from providers.errors import AccountBlocked, CampaignBlocked, Unavailable
from providers.targg.looking import Cursor
from providers.testing.clock import START
from providers.vocabulary import Progress
from tests.providers.targg_peer import (
    CALL,
    CAMPAIGN,
    CONTACT,
    NUMBER,
    OFF,
    OK,
    Peer,
    call,
    handle,
    ids,
    listed,
    ref,
)

CALLS = "GET /v1/calls"
HOURS_2_AND_DAY = '[{"unit":1,"duration":2},{"unit":2,"duration":1}]'
NATIVE = RemoteCampaign(remote_id=CAMPAIGN, remote={"timeline_retry": HOURS_2_AND_DAY})


def known(count: int) -> list[Handle]:
    return [handle(number, remote={"contact_id": f"contact-{number}"}) for number in range(count)]


def one(number: int, **changes: Any) -> dict[str, Any]:
    given = {"_id": f"call-{number}", "externalId": ref(number), "contact": f"contact-{number}", **changes}
    return call(**given)


def by_contact(request: Any) -> Any:
    """Answer as Targg does: the calls of the contacts that are named."""
    return listed(*[one(int(each.removeprefix("contact-"))) for each in ids(request.url.params["contacts"])])


def paged(calls: list[dict[str, Any]], size: int = 50) -> Callable[[Any], Any]:
    def answer(request: Any) -> Any:
        start = (int(request.url.params["page"]) - 1) * size
        return listed(*calls[start : start + size], total=len(calls))

    return answer


def refs(seen: Observation) -> list[str]:
    return sorted(str(report.ref) for report in seen.reports)


# ---- what is read


def test_calls_with_a_known_contact_are_asked_for_fifty_at_a_time() -> None:
    peer = Peer({CALLS: by_contact})
    seen = peer.targg.observe(OFF, known(120), None)
    assert [len(ids(dict(request.url.params)["contacts"])) for request in peer.requests] == [50, 50, 20]
    assert (len(seen.reports), seen.complete, seen.cursor) == (120, True, "2026-05-31")
    assert max(len(str(request.url)) for request in peer.requests) < 2000


def test_calls_without_a_contact_are_sought_in_the_campaign_from_the_day_before() -> None:
    peer = Peer({CALLS: paged([one(2), one(1)])})
    seen = peer.targg.observe(OFF, [handle(1), handle(9, pushed_at=START - timedelta(days=3))], None)
    assert peer.query() == {
        "page": "1",
        "limit": "50",
        "campaigns": json.dumps([CAMPAIGN]),
        "ini_date": "2026-05-28",
    }
    assert (refs(seen), seen.complete) == ([ref(1)], True)


def test_the_campaigns_list_is_left_once_everybody_was_seen() -> None:
    peer = Peer({CALLS: paged([one(number) for number in range(500)])})
    seen = peer.targg.observe(OFF, [handle(3), handle(60)], None)
    assert len(peer.requests) == 2
    assert (refs(seen), seen.complete) == ([ref(3), ref(60)], True)


def test_a_call_whose_id_alone_is_known_is_read_by_it() -> None:
    peer = Peer({f"GET /v1/call/{CALL}": {**OK, "call": call()}})
    seen = peer.targg.observe(OFF, [handle(1, remote_id=CALL), handle(2, remote_id="gone")], None)
    assert peer.sent == [f"GET /v1/call/{CALL}", "GET /v1/call/gone"]
    assert (refs(seen), seen.complete) == ([ref(1)], True)


def test_a_page_may_be_shorter_than_asked() -> None:
    peer = Peer({CALLS: paged([one(number) for number in range(70)], size=20)})
    seen = peer.targg.observe(OFF, [handle(69), handle(99)], None)
    assert len(peer.requests) == 4
    assert (refs(seen), seen.complete) == ([ref(69)], True)


def test_a_list_without_a_match_has_no_count_and_is_complete() -> None:
    peer = Peer({CALLS: listed()})
    seen = peer.targg.observe(OFF, [handle(1)], None)
    assert (seen.reports, seen.complete) == ((), True)


@pytest.mark.parametrize(
    "calls",
    [
        [{"data": [one(1)]}],  # nobody counted
        [{"data": [one(1)], "count": None}],
        {"docs": [one(1)], "totalDocs": 1, "limit": 50, "offset": 0},
    ],
)
def test_a_list_is_read_without_its_count_and_in_the_shape_of_the_other_lists(calls: Any) -> None:
    def answer(request: Any) -> Any:
        is_first = request.url.params["page"] == "1"
        return {**OK, "calls": calls if is_first else []}

    seen = Peer({CALLS: answer}).targg.observe(OFF, [handle(1), handle(9)], None)
    assert (refs(seen), seen.complete) == ([ref(1)], True)


# ---- what proves nothing


def test_a_list_that_is_not_filtered_as_asked_proves_nothing() -> None:
    for held in ([handle(1)], known(2)):
        peer = Peer({CALLS: listed(one(7, campaign="another", contact="contact-7"))})
        seen = peer.targg.observe(OFF, held, None)
        assert (seen.reports, seen.complete) == ((), False)


@pytest.mark.parametrize("totals", [(120, 119), (3, 3), (60, 0)])
def test_a_list_that_shrank_or_shows_less_than_it_counts_proves_nothing(totals: tuple[int, int]) -> None:
    def answer(request: Any) -> Any:
        number = int(request.url.params["page"])
        calls = [one(100 + number)] if number < 3 else []
        return listed(*calls, total=totals[min(number, 2) - 1])

    seen = Peer({CALLS: answer}).targg.observe(OFF, [handle(1)], None)
    assert (seen.reports, seen.complete) == ((), False)


def test_a_list_that_goes_in_circles_ends_and_proves_nothing() -> None:
    peer = Peer({CALLS: listed(*[one(number) for number in range(50)], total=500)})
    seen = peer.targg.observe(OFF, [handle(99)], None)
    assert len(peer.requests) == 2
    assert seen.complete is False


# ---- looks that do not come to their end


def test_looks_that_run_out_of_time_see_everybody_in_turn() -> None:
    peer = Peer({CALLS: by_contact})
    peer.seconds = 4.0
    held, cursor, seen, looks = known(1000), None, set[str](), 0
    while len(seen) < len(held) and looks < 10:
        before = peer.clock.monotonic()
        look = peer.targg.observe(OFF, held, cursor)
        assert peer.clock.monotonic() - before == 16.0
        assert (look.complete, len(look.reports)) == (False, 200)
        seen |= set(refs(look))
        cursor, looks = look.cursor, looks + 1
    assert looks == 5


def test_a_long_campaigns_list_is_read_on_in_the_next_look_and_from_the_start_after_its_end() -> None:
    peer = Peer({CALLS: paged([one(number) for number in range(350)])})
    peer.seconds = 4.0
    held = [handle(340), handle(999)]
    first = peer.targg.observe(OFF, held, None)
    assert (first.cursor, first.complete, first.reports) == ("2026-05-31/page=5", False, ())
    peer.requests.clear()
    second = peer.targg.observe(OFF, held, first.cursor)
    assert [dict(request.url.params)["page"] for request in peer.requests] == ["5", "6", "7", "8"]
    assert (refs(second), second.cursor, second.complete) == ([ref(340)], "2026-05-31/page=1", False)
    peer.seconds = 0.0
    assert peer.targg.observe(OFF, held, second.cursor).complete is True


def test_a_look_from_the_middle_of_a_list_is_complete_once_it_came_round() -> None:
    peer = Peer({CALLS: paged([one(number) for number in range(120)])})
    seen = peer.targg.observe(OFF, [handle(1), handle(999)], "2026-05-31/page=2")
    assert [dict(request.url.params)["page"] for request in peer.requests] == ["2", "3", "4", "1"]
    assert (refs(seen), seen.complete) == ([ref(1)], True)


def test_a_failure_in_the_middle_keeps_what_was_read_and_goes_on_behind_it() -> None:
    answers = iter([None, (500, {})])

    def answer(request: Any) -> Any:
        return next(answers, None) or by_contact(request)

    peer = Peer({CALLS: answer})
    first = peer.targg.observe(OFF, known(150), None)
    assert (refs(first), first.complete) == ([ref(number) for number in range(50)], False)
    assert first.cursor == f"2026-05-31/ref={ref(100)}"
    second = peer.targg.observe(OFF, known(150), first.cursor)
    assert (len(second.reports), second.complete) == (150, True)


def test_a_failure_before_anything_was_read_is_raised() -> None:
    with pytest.raises(Unavailable):
        Peer({CALLS: (503, {})}).targg.observe(OFF, known(2), None)


def test_a_blocked_account_is_raised_whatever_was_read() -> None:
    answers = iter([by_contact, lambda _: (401, {})])
    peer = Peer({CALLS: lambda request: next(answers)(request)})
    with pytest.raises(AccountBlocked):
        peer.targg.observe(OFF, known(60), None)


def test_a_campaign_that_is_not_found_is_blocked() -> None:
    with pytest.raises(CampaignBlocked):
        Peer().targg.observe(OFF, [handle(1)], None)


@pytest.mark.parametrize("text", [None, "", "nonsense", "2026-13-99/page=3", "2026-05-31/page=x", "/ref="])
def test_a_cursor_that_is_none_is_a_new_beginning(text: str | None) -> None:
    assert Cursor.read(text) == Cursor()


# ---- rings of a native plan


def rings(*calls: dict[str, Any], where: RemoteCampaign = NATIVE, **changes: Any) -> list[tuple[str, int]]:
    given = {"remote": {"contact_id": CONTACT}, "pushed_at": START, **changes}
    seen = Peer({CALLS: listed(*calls)}).targg.observe(where, [handle(1, **given)], None)
    return [(report.raw_status, report.ring_no) for report in seen.reports]


def at(**passed: float) -> int:
    return int((START + timedelta(**passed)).timestamp())


@pytest.mark.parametrize(
    ("passed", "ring_no"),
    [
        ({"minutes": -1}, 1),
        ({"minutes": 1}, 1),
        ({"minutes": 109}, 1),
        ({"hours": 2, "minutes": 1}, 2),
        ({"hours": 20}, 2),
        ({"hours": 26, "minutes": 5}, 3),
        ({"days": 40}, 3),
    ],
)
def test_one_call_that_rings_again_is_numbered_by_the_waits_of_its_plan(passed: Any, ring_no: int) -> None:
    earlier = [("", number) for number in range(1, ring_no)]
    assert rings(call(status="failed", timestamp=at(**passed))) == [*earlier, ("failed", ring_no)]


def test_new_calls_of_the_same_order_are_numbered_in_their_turn() -> None:
    later = call(
        _id="d" * 24, status="started", id_custom=f"{NUMBER}_{at(minutes=1)}", timestamp=at(minutes=1)
    )
    first = call(status="failed", id_custom=f"{NUMBER}_{at()}", timestamp=at(seconds=30))
    assert rings(later, first) == [("failed", 1), ("started", 2)]


def test_an_orchestrated_call_never_counts_rings_by_time() -> None:
    assert rings(call(status="failed", timestamp=at(days=9)), where=OFF) == [("failed", 1)]


def test_the_waits_of_a_timed_call_count_from_its_time() -> None:
    remote = {"contact_id": CONTACT, "not_before": (START + timedelta(days=3)).isoformat()}
    shown = call(status="failed", timestamp=at(days=3, minutes=1))
    assert rings(shown, remote=remote) == [("failed", 1)]


@pytest.mark.parametrize("timestamp", [None, "1780333200", True, 1e300])
def test_a_timestamp_that_is_none_counts_nothing(timestamp: Any) -> None:
    assert rings(call(status="failed", timestamp=timestamp)) == [("failed", 1)]


def test_a_word_that_is_no_text_is_unknown_and_ends_nothing() -> None:
    seen = Peer({CALLS: listed(call(status=None))}).targg.observe(
        OFF, [handle(1, remote={"contact_id": CONTACT})], None
    )
    assert [(report.progress, report.result) for report in seen.reports] == [(Progress.UNKNOWN, None)]
