"""Targg's calls after the push: withdrawals, recordings and notifications."""

from __future__ import annotations

import json
from typing import Any

import pytest

from providers.contract import HookRequest
from providers.errors import HookRejected, Refused
from providers.testing.clock import START
from providers.vocabulary import Progress, Result, Why, Withdrawal
from tests.providers.targg_peer import (
    CALL,
    CAMPAIGN,
    CONTACT,
    KEY,
    NUMBER,
    OFF,
    OK,
    REF,
    Peer,
    call,
    contact,
    docs,
    handle,
    listed,
)

CALLS = "GET /v1/calls"

# ---- withdrawals and recordings


def test_an_accepted_call_that_is_not_listed_yet_is_not_gone() -> None:
    peer = Peer({CALLS: listed()})
    held = handle(peer=peer, remote={"contact_id": CONTACT})
    assert peer.targg.withdraw(OFF, held, Why.SUPPRESSION) is Withdrawal.NOT_YET
    peer.clock.advance(900)
    assert peer.targg.withdraw(OFF, held, Why.SUPPRESSION) is Withdrawal.GONE


def test_a_call_is_withdrawn_from_its_reference_alone() -> None:
    peer = Peer(
        {
            "GET /v1/contacts": docs("contacts", contact()),
            CALLS: listed(call()),
            f"DELETE /v1/call/{CALL}": OK,
        }
    )
    assert peer.targg.withdraw(OFF, handle(), Why.PAUSE) is Withdrawal.WITHDRAWN
    assert peer.sent == ["GET /v1/contacts", CALLS, f"DELETE /v1/call/{CALL}"]
    assert (peer.query(0)["tags"], peer.query(1)["contacts"]) == (f'["{REF}"]', f'["{CONTACT}"]')


def test_without_its_contact_a_call_is_sought_in_the_campaign_before_it_is_gone() -> None:
    peer = Peer({"GET /v1/contacts": docs("contacts"), CALLS: listed(call(externalId="else"))})
    assert peer.targg.withdraw(OFF, handle(), Why.PAUSE) is Withdrawal.GONE
    assert (peer.query()["campaigns"], peer.query()["ini_date"]) == (f'["{CAMPAIGN}"]', "2026-05-31")


def test_a_scheduled_call_that_targg_will_not_delete_is_told() -> None:
    refused = (400, {"response": False, "message": "Not today."})
    peer = Peer({f"DELETE /v1/call/{CALL}": refused, f"GET /v1/call/{CALL}": {**OK, "call": call()}})
    with pytest.raises(Refused, match="Not today"):
        peer.targg.withdraw(OFF, handle(remote_id=CALL), Why.PAUSE)


def test_a_recording_is_an_address_without_our_key() -> None:
    url = "https://records.example.com/one.wav"
    done = call(status="finished", audios={"url": url, "duration": 9.5})
    peer = Peer({f"GET /v1/call/{CALL}": {**OK, "call": done}})
    found = peer.targg.recording(handle(remote_id=CALL))
    assert (found.url, found.seconds, found.media_type, found.content) == (url, 9.5, "audio/wav", None)


@pytest.mark.parametrize(
    "url",
    [
        "http://records.example.com/one.wav",
        "https://10.0.0.8/one.wav",
        "https://[::1]/one.wav",
        "https://localhost/one.wav",
        "https://metadata.internal/one.wav",
        "https://user:word@records.example.com/one.wav",
        "https://records.example.com:8443/one.wav",
        "https://records.example.com:x/one.wav",
        "file:///etc/passwd",
        "https://records.example.com/one two.wav",
        None,
        7,
    ],
)
def test_a_recording_elsewhere_than_in_public_is_none(url: Any) -> None:
    done = call(status="finished", audios={"url": url, "duration": 9.5})
    peer = Peer({f"GET /v1/call/{CALL}": {**OK, "call": done}, CALLS: listed(done)})
    with pytest.raises(Refused, match="no recording"):
        peer.targg.recording(handle(remote_id=CALL))
    seen = peer.targg.observe(OFF, [handle(remote={"contact_id": CONTACT})], None)
    assert seen.reports[0].recording_url is None


# ---- notifications


def hook(**changes: Any) -> HookRequest:
    return HookRequest(body=json.dumps(call(**changes)).encode(), received_at=START)


def test_a_notification_and_a_look_tell_one_fact_under_one_id() -> None:
    peer = Peer({CALLS: listed(call(status="scheduled"))})
    seen = peer.targg.observe(OFF, [handle(remote={"contact_id": CONTACT})], None).reports[0]
    told = peer.targg.parse_webhook(hook(status="schedule"))[0]
    assert told.event_id == seen.event_id
    assert (told.raw_status, seen.raw_status) == ("schedule", "scheduled")
    assert (told.progress, told.ref, told.remote_id, told.phone) == (Progress.QUEUED, REF, CALL, f"+{NUMBER}")


def test_a_later_ring_of_the_same_call_is_another_fact() -> None:
    peer = Peer()
    uuids = ("leg-1", "leg-2")
    told = [peer.targg.parse_webhook(hook(status="failed", call_uuid=uuid))[0].event_id for uuid in uuids]
    assert told[0] != told[1]


def test_the_accounts_key_and_copies_of_people_are_dropped_at_every_depth() -> None:
    deep = {"a": [{"Authorization": f"Bearer {KEY}", "kept": 1, "said": f"key {KEY}"}]}
    person = {"name": "Ada Fiction", "phones": [{"number": NUMBER}]}
    report = Peer().targg.parse_webhook(hook(fullConversation=deep, contactUni=person, rating=call()))[0]
    kept = json.dumps(dict(report.detail))
    assert [word for word in (KEY, "uthorization", NUMBER, "Ada Fiction") if word in kept] == []
    assert report.detail["fullConversation"] == {"a": [{"kept": 1, "said": "key ***"}]}


@pytest.mark.parametrize(
    "body", [b'{"_id": "x"}', b'{"_id": 7, "status": "failed"}', b'{"_id": "x", "status": ""}']
)
def test_a_notification_without_id_or_status_is_rejected(body: bytes) -> None:
    with pytest.raises(HookRejected):
        Peer().targg.parse_webhook(HookRequest(body=body, received_at=START))


def test_a_finished_call_has_seconds_and_a_failed_one_no_guessed_reason() -> None:
    audios = {"url": "https://records.example.com/one.wav", "duration": 9.5}
    done = Peer().targg.parse_webhook(hook(status="finished", audios=audios))[0]
    assert (done.result, done.seconds, done.recording_url) == (Result.ANSWERED, 9.5, audios["url"])
    failed = Peer().targg.parse_webhook(hook(status="failed"))[0]
    assert (failed.result, failed.seconds, failed.recording_url) == (Result.FAILED, None, None)
