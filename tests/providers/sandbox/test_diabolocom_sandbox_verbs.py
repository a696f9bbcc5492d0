"""The Diabolocom sandbox keeps the verbs of the kit: references, words by hand, faults at the door."""

from __future__ import annotations

from typing import Any

import pytest

from providers.http import httpx
from tests.providers.sandbox.diabolocom_bench import V1, Bench, phone

BUSY = "processing_in_progress"


@pytest.fixture
def bench() -> Bench:
    return Bench()


@pytest.fixture
def by_hand() -> Bench:
    return Bench(is_automatic=False)


def test_our_reference_is_in_the_ledger_if_its_field_exists(bench: Bench) -> None:
    fields = [{"name": "external_id", "isPhoneNumber": False}]
    bench.ask("POST", f"{V1}/4101/field", {"newCustomFields": fields})
    bench.create(0, custom={"external_id": "ref-1"})
    bench.create(1)
    bench.wait(1)
    assert [(ring.ref, ring.campaign) for ring in bench.sandbox.line.rings] == [
        ("ref-1", "4101"),
        (None, "4101"),
    ]


@pytest.mark.parametrize(
    "word", ["argued", "arguedpositive", "nonargued", "unreachable", "tocall", "canceled", "zz"]
)
def test_a_word_by_hand_is_shown_as_the_status_of_the_last_wrapup(by_hand: Bench, word: str) -> None:
    by_hand.create()
    by_hand.wait(5)
    by_hand.sandbox.dial(phone(0), word)
    assert (by_hand.status_of(1), by_hand.show(1)["triesNumber"]) == (word, 1)
    assert by_hand.changed(fromDate="2026-05-04T09:00:04Z")["count"] == 1


@pytest.mark.parametrize(
    ("word", "field"), [(BUSY, "state"), ("new_contact", "wrapupId"), ("bloctel", "excludedDetail")]
)
def test_other_words_are_shown_in_their_own_fields(by_hand: Bench, word: str, field: str) -> None:
    by_hand.create()
    by_hand.sandbox.dial(phone(0), word)
    assert by_hand.show(1)[field] == (None if word == "new_contact" else word)


def test_a_number_of_ending_06_is_throttled_once(bench: Bench) -> None:
    body: dict[str, Any] = {"customFields": {"phone1": "12025550106"}}
    assert [bench.ask("POST", bench.contacts, body).status_code for _ in range(2)] == [429, 201]
    assert bench.ids() == [1]


@pytest.mark.parametrize(("ending", "made"), [("05", [1]), ("08", [])])
def test_the_answer_of_a_create_is_lost_after_or_before_it_is_done(
    bench: Bench, ending: str, made: list[int]
) -> None:
    for path, custom in (
        (bench.contacts, {"phone1": f"120255501{ending}"}),
        (f"{bench.batch}/create", [{"phone1": f"120255502{ending}"}, {"phone1": phone(0)}]),
    ):
        with pytest.raises(httpx.RemoteProtocolError):
            bench.ask("POST", path, {"customFields": custom})
        bench.wait(1)
    assert bench.ids({"contactIds": [1]}) == made
    assert len(bench.ids()) == 3 * len(made)
