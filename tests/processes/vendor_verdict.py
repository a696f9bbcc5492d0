"""What must hold when a campaign at a vendor's sandbox is over: each ring ours, each attempt and end as scripted.

Owns the oracle: what each number's life comes to in the vendor's words. The sandbox's ledger is believed.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass

from providers.sandbox.line import digits
from providers.sandbox.serve import ServedSandbox
from providers.vocabulary import Result
from tests.processes.stage import Stage
from tests.processes.vendors import ENDINGS, STEPS, VENDORS, Unknown, Vendor

#: What the vendor was never asked to ring, or was asked not to.
NEVER_RANG = ("rejected", "cancelled")
#: An end after which nobody is called again, and the reason that the contact ends for; all others are tried again.
FINAL = {
    Result.ANSWERED: "reached",
    Result.TRANSFERRED: "reached",
    Result.DO_NOT_CALL: "suppressed",
    Result.INVALID_NUMBER: "uncallable",
    Result.REJECTED: "exhausted",
}
#: Of fifty people so many may end unknown where numbers and times alone tell calls apart.
MOST_UNMATCHED = 5


@dataclass(frozen=True)
class Attempt:
    """One attempt as it was stored."""

    number: str
    state: str
    result: str
    was_doubted: bool


def life(number: str, vendor: Vendor, *, is_lost: bool) -> tuple[list[str], str]:
    """Say which results a number's attempts must have, and why its contact must end."""
    script = ENDINGS[number[-2:]]
    if is_lost:
        return ["unknown"], "exhausted"
    if not script:
        return [str(vendor.refuses)], FINAL[vendor.refuses]
    results = []
    for ring in range(len(STEPS) + 1):
        outcome = script[min(ring, len(script) - 1)]
        shown = vendor.shows.get(outcome, outcome)
        results.append(str(shown))
        if shown in FINAL:
            return results, FINAL[shown]
    return results, "exhausted"


def attempts_of(stage: Stage) -> dict[str, list[Attempt]]:
    """Read all attempts by number, in their order."""
    rows = stage.read(
        "SELECT number, state, result, alerted_at IS NOT NULL FROM dialer_attempt"
        " WHERE NOT is_live ORDER BY number, sequence"
    )
    found: dict[str, list[Attempt]] = defaultdict(list)
    for number, state, result, was_doubted in rows:
        found[number].append(Attempt(number, state, result, bool(was_doubted)))
    return found


def assert_the_ledger_is_ours(stage: Stage, slug: str, sandbox: ServedSandbox) -> None:
    """Each number rang exactly as often as we have attempts that the vendor took."""
    rung = Counter(ring.phone for ring in sandbox.sandbox.line.rings)
    unmatched = VENDORS[slug].unknown is Unknown.UNMATCHED
    wrong = []
    for number, attempts in attempts_of(stage).items():
        # A refusal whose receipt was lost is told later, as an end.
        ours = [each for each in attempts if each.state not in NEVER_RANG and not _is_refusal(each)]
        unknown = sum(each.result == "unknown" for each in ours)
        least = len(ours) - unknown
        most = len(ours) if unmatched else least
        if not least <= rung[digits(number)] <= most:
            wrong.append((number, rung[digits(number)], ours))
    assert wrong == [], wrong
    assert set(rung) <= {digits(number) for number in attempts_of(stage)}
    refs = Counter(ring.ref for ring in sandbox.sandbox.line.rings if ring.ref)
    assert [ref for ref, count in refs.items() if count > 1] == []


def _is_refusal(attempt: Attempt) -> bool:
    return not ENDINGS[attempt.number[-2:]] and attempt.result == "invalid_number"


def assert_everybody_ended_rightly(stage: Stage, slug: str, *, people: int, is_calm: bool) -> None:
    """Everybody is finished, each attempt with the result that was scripted and each contact for its reason."""
    vendor, attempts = VENDORS[slug], attempts_of(stage)
    ended = stage.read(
        "SELECT p.number, k.finish_reason, k.last_result, k.attempt_count FROM dialer_campaigncontact k"
        " JOIN dialer_contactphone p ON p.contact_id = k.contact_id WHERE k.state = 'finished'"
    )
    assert len(ended) == people
    assert {number[-2:] for number, *_ in ended} == set(ENDINGS)
    wrong, unknown = [], 0
    for number, reason, last, count in ended:
        # Nothing proves that what was lost on its way was not taken: it is never repeated.
        is_lost = vendor.unknown is Unknown.NEVER_RUNG and number.endswith("08")
        expected = life(number, vendor, is_lost=is_lost)
        got = [each.result for each in attempts[number]], reason
        is_excused = not is_calm and _is_excused(attempts[number], reason, expected[0], vendor)
        unknown += is_excused
        is_right = got == expected or is_excused or got in _also(number, vendor, is_calm=is_calm)
        if not is_right or (last, count) != (got[0][-1], len(got[0])):
            wrong.append((number, got, expected))
    assert wrong == [], wrong
    if vendor.unknown is Unknown.UNMATCHED:
        assert unknown <= MOST_UNMATCHED


def _also(number: str, vendor: Vendor, *, is_calm: bool) -> list[tuple[list[str], str]]:
    """Give the other lives that are as right as the scripted one."""
    if vendor.tells_no_behind and _said_no(number, vendor):
        return [(["answered"], "reached")]
    if not is_calm and not ENDINGS[number[-2:]]:  # refused, and the reason came as garbage
        return [(["rejected"], "exhausted")]
    return []


def assert_a_no_is_kept(stage: Stage, slug: str) -> None:
    """Whoever was rung and said no is on our list, and nobody else."""
    listed = {number for (number,) in stage.read("SELECT number FROM dialer_suppression")}
    said_no = {
        number
        for number, attempts in attempts_of(stage).items()
        if _said_no(number, VENDORS[slug]) and attempts[-1].result != "unknown"
    }
    assert listed == said_no


def _said_no(number: str, vendor: Vendor) -> bool:
    script = ENDINGS[number[-2:]]
    return bool(script) and vendor.shows.get(script[-1], script[-1]) is Result.DO_NOT_CALL


def _is_excused(attempts: list[Attempt], reason: str, expected: list[str], vendor: Vendor) -> bool:
    """Say whether a life that ended early, unknown, may: it was in doubt, and all before it went as scripted."""
    *before, last = attempts
    return (
        vendor.unknown is not Unknown.NEVER
        and last.result == "unknown"
        and last.was_doubted
        and reason == "exhausted"
        and [each.result for each in before] == expected[: len(before)]
    )
