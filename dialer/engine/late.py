"""What a provider tells of a call that is over: an unknown end is told better, and a no or a success always counts.

Owns what such a late word changes; works on locked rows in memory, never saves.
"""

from __future__ import annotations

from datetime import datetime

from dialer.engine import decide, moves, outcomes
from dialer.engine.facts import copy
from dialer.engine.mappings import Words
from dialer.engine.match import Match
from dialer.engine.news import News
from dialer.models import Attempt, CampaignContact, EventState
from dialer.rules.dispositions import ending
from dialer.rules.timeline import REACHED
from dialer.rules.transitions import UNCOUNTED_ATTEMPTS, AttemptState, FinishReason
from providers.contract import Report
from providers.vocabulary import Progress, Result

#: Results that hold for all that follows, whatever became of the call they are told of.
_LASTING = REACHED | {Result.DO_NOT_CALL}


def may_stop_more(match: Match, report: Report, words: Words) -> bool:
    """Say whether a fact about a call that is over may concern the contact's next one."""
    is_open = match.tells_unknown or bool(match.chain) or report.is_last
    return is_open or report.result in _LASTING or words.outcome(report) is not None


def _is_unknown(attempt: Attempt) -> bool:
    return attempt.state == AttemptState.ENDED and attempt.result == Result.UNKNOWN


def refine(
    report: Report,
    contact: CampaignContact,
    attempt: Attempt,
    later: Attempt | None,
    on: decide.Ground,
    now: datetime,
    news: News,
) -> EventState:
    """Take in a late report: only an end whose result nobody knew may still be told better, and a no always counts."""
    if report.progress is Progress.UNKNOWN:
        return EventState.UNKNOWN_WORD
    if attempt.state in UNCOUNTED_ATTEMPTS:
        return _rang_all_the_same(report, contact, attempt, later, on, now, news)
    is_no, is_over = report.result is Result.DO_NOT_CALL, attempt.state == AttemptState.ENDED
    if is_no and is_over and not _is_unknown(attempt):
        if attempt.result == Result.DO_NOT_CALL:
            return EventState.IGNORED
        # The call's own end stands; what the person said holds for all that follows.
        _said_no(contact, attempt, later, on, now, news)
        return EventState.APPLIED
    outcome = on.words.outcome(report) if attempt.outcome_id is None and is_over else None
    if not _is_unknown(attempt) or report.result is None or report.result is Result.UNKNOWN:
        if outcome is None:
            return EventState.IGNORED
        # The wrap-up was told behind the end. An outcome that people set stands.
        outcomes.take(contact, attempt, later, outcome, on=on, now=now, news=news)
        return EventState.APPLIED
    copy(report, attempt, now)
    attempt.result = report.result.value
    news.attempt("refined", attempt)
    if contact.attempt_count == attempt.sequence:
        contact.last_result = report.result.value
    if is_no:
        _said_no(contact, attempt, later, on, now, news)
    elif outcome is not None:
        outcomes.take(contact, attempt, later, outcome, on=on, now=now, news=news)
    elif report.result in REACHED:
        moves.stop(contact, later, FinishReason.REACHED, now=now, news=news, detail=report.result.value)
    return EventState.APPLIED


def _rang_all_the_same(
    report: Report,
    contact: CampaignContact,
    attempt: Attempt,
    later: Attempt | None,
    on: decide.Ground,
    now: datetime,
    news: News,
) -> EventState:
    """Take in what was said in a call taken back or refused: it stays uncounted, but a no or a success holds."""
    outcome = on.words.outcome(report) if attempt.outcome_id is None else None
    result = report.result or Result.UNKNOWN
    reason = ending(result, outcome.meaning() if outcome is not None else None)
    if reason not in (FinishReason.SUPPRESSED, FinishReason.REACHED) or attempt.result == result:
        return EventState.IGNORED
    copy(report, attempt, now)
    if outcome is not None:
        attempt.outcome, attempt.disposition = outcome, outcome.code
    if contact.attempt_count == attempt.sequence:
        contact.last_result = result.value
    if reason is FinishReason.SUPPRESSED:
        _said_no(contact, attempt, later, on, now, news)
    else:
        moves.stop(contact, later, reason, now=now, news=news, detail=result.value)
    return EventState.APPLIED


def _said_no(
    contact: CampaignContact,
    attempt: Attempt,
    later: Attempt | None,
    on: decide.Ground,
    now: datetime,
    news: News,
) -> None:
    on.refusals.append(attempt)
    detail = Result.DO_NOT_CALL.value
    moves.stop(contact, later, FinishReason.SUPPRESSED, now=now, news=news, detail=detail)
