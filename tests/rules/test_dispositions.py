"""What a business outcome makes of the end of a call: a table."""

from __future__ import annotations

import pytest

from dialer.rules.dispositions import Meaning, ending, next_step
from dialer.rules.timeline import parse_steps
from dialer.rules.transitions import FinishReason
from providers.vocabulary import Result

NEUTRAL = Meaning("noted")
SUCCESS, FINAL = Meaning("sale", is_success=True), Meaning("refused", is_final=True)
NO, AGAIN = Meaning("do_not_call", suppresses=True), Meaning("callback", retry=True)


@pytest.mark.parametrize(
    ("result", "meaning", "reason"),
    [
        (Result.ANSWERED, None, FinishReason.REACHED),
        (Result.NO_ANSWER, None, None),
        (Result.DO_NOT_CALL, None, FinishReason.SUPPRESSED),
        (Result.ANSWERED, NEUTRAL, FinishReason.REACHED),
        (Result.BUSY, NEUTRAL, None),
        (Result.VOICEMAIL, SUCCESS, FinishReason.REACHED),
        (Result.ANSWERED, FINAL, FinishReason.REACHED),
        (Result.NO_ANSWER, FINAL, FinishReason.EXHAUSTED),
        (Result.INVALID_NUMBER, FINAL, FinishReason.UNCALLABLE),
        (Result.ANSWERED, NO, FinishReason.SUPPRESSED),
        (Result.NO_ANSWER, NO, FinishReason.SUPPRESSED),
        (Result.ANSWERED, AGAIN, None),
        (Result.DO_NOT_CALL, AGAIN, FinishReason.SUPPRESSED),
        (Result.DO_NOT_CALL, SUCCESS, FinishReason.SUPPRESSED),
    ],
)
def test_an_end_follows_from_the_result_and_what_it_meant(result, meaning, reason):
    assert ending(result, meaning) == reason


STEPS = parse_steps([{"after": "PT1H", "on": ["busy"]}, {"after": "PT2H"}])


@pytest.mark.parametrize(
    ("result", "used", "meaning", "step"),
    [
        (Result.ANSWERED, [], None, None),
        (Result.ANSWERED, [], NEUTRAL, None),
        (Result.ANSWERED, [], AGAIN, 0),  # no step follows an answer: the first unused one is taken
        (Result.ANSWERED, [0], AGAIN, 1),
        (Result.NO_ANSWER, [], AGAIN, 1),  # the timeline's own step for this result comes first
        (Result.ANSWERED, [0, 1], AGAIN, None),
        (Result.DO_NOT_CALL, [], AGAIN, None),
        (Result.CANCELLED, [], AGAIN, None),
    ],
)
def test_a_retry_takes_the_timelines_step_or_the_first_unused(result, used, meaning, step):
    assert next_step(STEPS, used, result, meaning) == step
