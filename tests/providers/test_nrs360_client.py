"""360NRS' sends, campaigns and reports as typed methods: what is sent, read, and refused before it is sent."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import pytest

from providers.errors import Ambiguous, CampaignBlocked, Refused, Unavailable
from providers.nrs360.voice import InteractiveSend, MenuOption, VoiceSend
from tests.providers.nrs360_peer import CSV_HEADER, PHONE, REF, Peer, campaign, csv_row, error, taken

OTHER = "+12025550122"
SEND = VoiceSend(to=[PHONE, OTHER], message="Good day", language="en_US", gender="F", campaign_name="june-1")
MENU = (
    MenuOption(key=1, type="message", message="Thank you"),
    MenuOption(key=2, type="menu", options=(MenuOption(key=0, type="message", message="Zero"),)),
    MenuOption(key=9, type="transfer", prefix="1", phone="2025550123"),
)
AT = datetime(2026, 6, 1, 12, 0, tzinfo=timezone(timedelta(hours=2)))


# ---- voice


def test_a_send_to_several_gives_a_verdict_for_each_by_number() -> None:
    result = [
        {"accepted": False, "to": OTHER[1:], "error": {"code": 102, "description": "x"}},
        {"accepted": True, "to": PHONE[1:], "id": "m7"},
    ]
    peer = Peer().on("POST /voice", (207, {"campaignId": 1, "sendingId": 2, "result": result}))
    answer = peer.client().voice.send(SEND)
    assert peer.asked[0].body["to"] == [PHONE[1:], OTHER[1:]]
    assert [(each.phone, each.accepted, each.id, each.code) for each in answer.verdicts] == [
        (PHONE[1:], True, "m7", None),
        (OTHER[1:], False, None, 102),
    ]
    assert (answer.campaign_id, answer.sending_id) == ("1", "2")


def test_verdicts_without_numbers_go_by_place() -> None:
    peer = Peer().on("POST /voice", {"result": [{"accepted": True, "id": "a"}, {"accepted": True, "id": 5}]})
    assert [each.id for each in peer.client().voice.send(SEND).verdicts] == ["a", "5"]


@pytest.mark.parametrize(
    "changes",
    [{"to": []}, {"to": [""]}, {"to": [PHONE, PHONE]}, {"campaign_name": " "}, {"message": ""}],
)
def test_a_send_that_could_not_be_followed_is_not_sent(changes: dict[str, Any]) -> None:
    peer = Peer()
    with pytest.raises(ValueError):
        peer.client().voice.send(replace(SEND, **changes))
    assert peer.requests == []


def test_a_menu_is_written_with_its_keys_and_sub_menus() -> None:
    peer = Peer().on("POST /voice-interactive", taken())
    peer.client().voice.send_interactive(InteractiveSend(voice=replace(SEND, to=[PHONE]), menu=MENU))
    assert peer.asked[0].body == {
        "to": [PHONE[1:]],
        "message": "Good day",
        "language": "en_US",
        "gender": "F",
        "campaignName": "june-1",
        "speechType": "text",
        "menu": [
            {"key": 1, "type": "message", "message": "Thank you"},
            {"key": 2, "type": "menu", "options": [{"key": 0, "type": "message", "message": "Zero"}]},
            {"key": 9, "type": "transfer", "prefix": "1", "phone": "2025550123"},
        ],
    }


@pytest.mark.parametrize(
    "menu", [(), (MenuOption(key=10, type="message"),), (MenuOption(key=-1, type="message"),)]
)
def test_a_menu_without_usable_keys_is_not_sent(menu: tuple[MenuOption, ...]) -> None:
    peer = Peer()
    with pytest.raises(ValueError):
        peer.client().voice.send_interactive(InteractiveSend(voice=SEND, menu=menu))
    assert peer.requests == []


@pytest.mark.parametrize("kind", ["send", "send_interactive"])
def test_a_send_that_failed_half_way_is_in_doubt(kind: str) -> None:
    peer = Peer().on("POST /voice", error(500, 101)).on("POST /voice-interactive", error(500, 101))
    order: Any = SEND if kind == "send" else InteractiveSend(voice=SEND, menu=MENU)
    with pytest.raises(Ambiguous):
        getattr(peer.client().voice, kind)(order)
    assert len(peer.asked) == 1


# ---- campaigns, sendings, reports


def test_filters_of_the_campaign_list_are_written_in_utc_with_an_encoded_plus() -> None:
    peer = Peer().on("GET /campaigns", {"data": [campaign(events={"sent": "2", "odd": None}, tags=["a", 4])]})
    (found,) = peer.client().campaigns.find(name="june-*", channel="text2speech", before=AT, after=AT)
    assert peer.asked[0].query == (
        "name=june-%2A&channel=text2speech"
        "&beforeDate=2026-06-01T10%3A00%3A00%2B00%3A00&afterDate=2026-06-01T10%3A00%3A00%2B00%3A00"
    )
    (sending,) = found.sendings
    assert (found.id, found.name, found.type) == ("1", REF, "basic")
    assert (sending.id, sending.status, sending.events, sending.tags) == (
        "101",
        "OPENED",
        {"sent": 2, "odd": 0},
        ("a", "4"),
    )
    assert (sending.cost, sending.currency) == (Decimal("0.03"), "EUR")
    assert sending.created_at == datetime(2026, 6, 1, 16, 59, tzinfo=UTC)


def test_one_campaign_and_its_sendings_are_read_by_id() -> None:
    row = campaign("June", number=5)
    peer = Peer().on("GET /campaigns/5", {"data": row}).on("GET /campaigns/5/sendings", row["sendings"])
    peer.on("GET /sendings/105", {"data": row["sendings"]["data"][0]})
    client = peer.client()
    assert client.campaigns.get("5").name == "June"
    assert [each.id for each in client.campaigns.sendings("5")] == ["105"]
    assert client.campaigns.sending("105").id == "105"


def test_an_unknown_campaign_is_blocked_and_an_unknown_sending_refused() -> None:
    with pytest.raises(CampaignBlocked):
        Peer().client().campaigns.get("5")
    with pytest.raises(Refused):
        Peer().client().campaigns.sending("5")


def test_the_events_report_is_read_by_its_header() -> None:
    body = "\ufeff" + CSV_HEADER + ",Shoe size\r\n" + csv_row("delivered", seconds="7") + ',"4,5"\r\n'
    peer = Peer().on("GET /sendings/101/reports/events", body)
    (row,) = peer.client().campaigns.events("101", before=AT, after=AT, custom_fields=True)
    assert peer.asked[0].params == {
        "beforeDate": "2026-06-01T10:00:00+00:00",
        "afterDate": "2026-06-01T10:00:00+00:00",
        "showCustomFields": "1",
    }
    assert (row.event, row.phone, row.seconds, row.country) == ("delivered", PHONE[1:], 7.0, "US")
    assert (row.campaign_name, row.campaign_id, row.sending_id) == (REF, "1", "101")
    assert row.custom == {"shoe size": "4,5"}
    assert PHONE[1:] not in repr(row)


def test_a_landline_is_a_number_too_and_an_empty_report_has_no_rows() -> None:
    landline = f"{CSV_HEADER}\n{REF},1,101,,sent,,,12025550130,US,-1,"
    peer = Peer().on("GET /sendings/1/reports/events", landline).on("GET /sendings/2/reports/events", "")
    (row,) = peer.client().campaigns.events("1")
    assert (row.phone, row.seconds, row.at) == ("12025550130", None, None)
    assert peer.client().campaigns.events("2") == []


@pytest.mark.parametrize("body", ["a,b\n1,2\n", CSV_HEADER + "\nshort,row\n", '{"data": []}', 'event\n"open'])
def test_what_is_no_report_is_unreadable(body: str) -> None:
    with pytest.raises(Unavailable):
        Peer().on("GET /sendings/1/reports/events", body).client().campaigns.events("1")


def test_pressed_keys_are_read_in_their_order() -> None:
    body = f"phonenumber,key,message\n{PHONE[1:]},3,Welcome\n{PHONE[1:]},1,\n"
    rows = Peer().on("GET /sendings/1/reports/keys", body).client().campaigns.keys("1")
    assert [(row.phone, row.key, row.message) for row in rows] == [
        (PHONE[1:], "3", "Welcome"),
        (PHONE[1:], "1", ""),
    ]
