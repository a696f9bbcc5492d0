"""360NRS' error table: every documented code is known, with its HTTP status and one reaction."""

from __future__ import annotations

from collections.abc import Iterable

import pytest

from providers.errors import AccountBlocked, Ambiguous, CampaignBlocked, ProviderError, Refused
from providers.nrs360.codes import CODES, code_in, refusal_of_send, said
from providers.nrs360.words import EVENTS, STATUSES, WORDS
from providers.vocabulary import Result
from tests.providers.nrs360_peer import PHONE, Peer, error, order, spec


def span(first: int, last: int) -> Iterable[int]:
    return range(first, last + 1)


#: The vendor's table, once more and written independently: code -> HTTP status.
DOCUMENTED = {
    0: 202,
    **dict.fromkeys([*span(102, 110), *span(113, 117), *span(119, 121), 125, 126], 400),
    **dict.fromkeys([*span(130, 134), *span(140, 142), *span(150, 157), *span(160, 196)], 400),
    **dict.fromkeys([101, 122, 123], 500),
    **dict.fromkeys([103, 112, 118], 401),
    111: 402,
    422: 422,
}

#: What a voice send that is answered so comes to, where it is not the campaign's fault alone.
ACCOUNT = {103, 109, 111, 112, 118, *span(150, 157), 176, 177, 190}
ORDER = {102, 195, 422}
MAYBE = {0, 101, 122, 123, 167}


def expected(code: int) -> type[ProviderError]:
    if code in ACCOUNT:
        return AccountBlocked
    if code in ORDER:
        return Refused
    return Ambiguous if code in MAYBE else CampaignBlocked


def test_the_table_is_the_documented_one() -> None:
    assert {code: row.http for code, row in CODES.items()} == DOCUMENTED


@pytest.mark.parametrize("code", sorted(DOCUMENTED))
def test_every_code_has_one_reaction(code: int) -> None:
    failure = refusal_of_send(code)
    assert type(failure) is expected(code)
    assert failure.code == str(code)


@pytest.mark.parametrize("code", sorted(code for code, status in DOCUMENTED.items() if status >= 400))
def test_every_code_comes_through_a_send_with_its_own_status(code: int) -> None:
    adapter = Peer().on("POST /voice", error(DOCUMENTED[code], code)).adapter()
    remote = adapter.open_campaign(spec(options={"message": "Good day"}))
    if code in ORDER:
        receipt = adapter.push(remote, [order()])[0]
        assert receipt.accepted is False
        assert receipt.result is (Result.INVALID_NUMBER if code == 102 else Result.REJECTED)
        return
    with pytest.raises(expected(code)) as caught:
        adapter.push(remote, [order()])
    assert PHONE[1:] not in str(caught.value)


def test_no_two_codes_say_the_same_and_each_says_its_number() -> None:
    texts = [said(code) for code in CODES]
    assert len(set(texts)) == len(CODES)
    assert all(f"(code {code})." in said(code) for code in CODES)
    assert said(999) == "The vendor's document does not list it (code 999)."


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"error": {"code": 102}}, 102),
        ({"error": {"code": "102"}}, 102),
        ({"errorCode": 102}, 102),
        ({"error": {"code": True}}, None),
        ({"error": {"code": "high"}}, None),
        ({"error": "102"}, None),
        ({}, None),
        ([], None),
    ],
)
def test_a_code_is_read_wherever_it_was_seen(body: object, code: int | None) -> None:
    assert code_in(body) == code


def test_no_word_is_both_an_event_and_a_status() -> None:
    assert len(WORDS) == len(EVENTS) + len(STATUSES) == 27
