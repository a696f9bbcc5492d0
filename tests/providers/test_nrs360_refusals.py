"""What a no of 360NRS means: for one order, for the campaign, for the account, or nothing certain."""

from __future__ import annotations

import pytest

from providers.contract import RemoteCampaign
from providers.errors import AccountBlocked, Ambiguous, CampaignBlocked, Throttled
from providers.nrs360 import Nrs360
from providers.vocabulary import Result
from tests.providers.nrs360_peer import PHONE, REF, Peer, error, order, spec


def opened(peer: Peer) -> tuple[Nrs360, RemoteCampaign]:
    adapter = peer.adapter()
    return adapter, adapter.open_campaign(spec())


@pytest.mark.parametrize(
    ("answer", "result"),
    [
        (error(400, 102), Result.INVALID_NUMBER),
        (error(400, 195), Result.REJECTED),
        (error(400, 998), Result.REJECTED),
        (error(422, 422), Result.REJECTED),
        ((400, {"what": "ever"}), Result.REJECTED),
        ((207, {"result": [{"accepted": False, "error": {"code": 102}}]}), Result.INVALID_NUMBER),
        ((202, {"result": [{"accepted": False, "errorCode": "102"}]}), Result.INVALID_NUMBER),
        ((202, {"result": [{"accepted": False}]}), Result.REJECTED),
        ((202, {"result": [{"accepted": False, "error": {"code": 0}}]}), Result.REJECTED),
        ((200, {"error": {"code": 102}}), Result.INVALID_NUMBER),
        # A personal text that the vendor finds too long is this person's.
        (error(400, 105), Result.REJECTED),
    ],
)
def test_a_refused_order_is_a_receipt(answer: object, result: Result) -> None:
    adapter, remote = opened(Peer().on("POST /voice", answer))
    receipt = adapter.push(remote, [order()])[0]
    assert (receipt.ref, receipt.accepted, receipt.result) == (REF, False, result)
    assert receipt.reason
    assert PHONE[1:] not in receipt.reason


@pytest.mark.parametrize(
    "answer", [error(400, 105), (202, {"result": [{"accepted": False, "errorCode": 104}]})]
)
def test_a_text_that_is_the_same_for_all_blocks_the_campaign(answer: object) -> None:
    adapter = Peer().on("POST /voice", answer).adapter()
    remote = adapter.open_campaign(spec(options={"message": "Good day"}))
    with pytest.raises(CampaignBlocked):
        adapter.push(remote, [order()])


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (error(400, 130), CampaignBlocked),
        (error(404, 404), CampaignBlocked),
        (error(401, 103), AccountBlocked),
        (error(401, 112), AccountBlocked),
        (error(402, 111), AccountBlocked),
        (error(400, 109), AccountBlocked),
        (error(400, 177), AccountBlocked),
        ((202, {"result": [{"accepted": False, "error": {"code": 111}}]}), AccountBlocked),
        (error(429, 0), Throttled),
        # The vendor failed while it worked on it, or says that a campaign of this name is there: nobody knows.
        (error(500, 101), Ambiguous),
        (error(400, 101), Ambiguous),
        (error(400, 167), Ambiguous),
        (error(503, 111), Ambiguous),
        ((202, {"error": {"code": 0}}), Ambiguous),
        ((202, {"result": []}), Ambiguous),
        ((202, {"result": [{"accepted": "yes"}]}), Ambiguous),
        ((202, {"result": [{"id": "m1"}]}), Ambiguous),
        ((202, {"result": [{"accepted": True}, {"accepted": True}]}), Ambiguous),
        ((202, []), Ambiguous),
    ],
)
def test_what_speaks_of_more_than_the_order_is_raised(answer: object, expected: type[Exception]) -> None:
    peer = Peer().on("POST /voice", answer)
    adapter, remote = opened(peer)
    with pytest.raises(expected) as caught:
        adapter.push(remote, [order()])
    assert type(caught.value) is expected
    assert (caught.value.provider, PHONE[1:] in str(caught.value)) == ("nrs360", False)
    assert peer.requests == ["POST /voice"]
