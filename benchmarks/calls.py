"""Claim, push and settle, and reports of polls, against exactly the same SQL without us.

Owns those measurements; the data of every repetition is an equal copy of one database.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple
from uuid import UUID

from django.db import connection

from benchmarks import crowd, provider
from benchmarks.database import copy_of, fresh
from benchmarks.measuring import Section, aim, median, rate, ratio, seconds
from benchmarks.replay import Recorder, replay
from dialer import clock
from dialer.engine.apply import apply
from dialer.engine.claim import claim
from dialer.engine.claim_batch import Claimed
from dialer.engine.push import SETTLE_EACH, push
from dialer.engine.settle import Outcome, settle
from dialer.models import Attempt, Campaign, EventSource
from dialer.models.accounts import FASTEST
from providers.contract import Receipt, Report
from providers.vocabulary import Progress, Result

#: The highest rate there is: neither it nor the look-ahead bounds a claim.
NO_LIMIT = FASTEST
PAGE = 500

CLAIMS_TEXT = """\
One worker on one account claims contacts in batches of 500 and settles an accepted receipt for each, in groups of
{settle_each} as a push does; "with push" adds the push between them, with its durable mark before every request and a
provider that accepts in memory. The yardstick executes exactly the same SQL: the statements of an equal run are
recorded with their values and transactions, and executed again through bare psycopg on an equal copy of the database.
So the ratio is what our Python leaves of the database's own speed; 1.00 would be no cost at all."""

POLLS_TEXT = """\
Pages of 500 reports, each the end of a call without an answer: stored as events, applied to attempts and contacts, the
next step of each timeline decided, the change feed written. The first yardstick is the same SQL through bare psycopg
as above; the second is the least that any poller must do: one `UPDATE ... FROM unnest` of the attempts a page."""

_WHY = """\
Its own SQL alone reaches {} of it: beside that UPDATE every report is stored as an event, moves its contact,
and is told to the feed. The rest is Python: deciding the next step by timeline and gates, and the ORM."""


class Timing(NamedTuple):
    ours: float
    bare: float


def _against_bare(template: str, work: Callable[[], None], repeats: int) -> Timing:
    """Time work on copies of a database, and its statements alone on further copies."""
    ours, bare = [], []
    recorder = Recorder()
    with copy_of(template):
        with recorder.recording():
            work()
        outcome = _outcome()
    for _ in range(repeats):
        with copy_of(template):
            connection.ensure_connection()
            ours.append(seconds(work))
        with copy_of(template) as name:
            bare.append(seconds(functools.partial(replay, recorder.statements, name)))
            assert _outcome() == outcome  # it did the same work
    return Timing(median(ours), median(bare))


def _outcome() -> list[Any]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT state, result, sends, count(*) FROM dialer_attempt GROUP BY 1, 2, 3 ORDER BY 1, 2, 3"
        )
        return cursor.fetchall()


def _campaign() -> Campaign:
    return crowd.campaign(
        crowd.account(provider=provider.Nothing.slug, max_requests_per_second=NO_LIMIT), name="claims"
    )


def _claimed(account_id: UUID, contacts: int) -> Iterator[list[Claimed]]:
    """Claim until so many are claimed; a claim that finds the rate used up is made again."""
    while contacts > 0:
        orders = claim(account_id=account_id, now=clock.now())
        contacts -= len(orders)
        yield orders


def _claim_and_settle(account_id: UUID, contacts: int) -> None:
    for orders in _claimed(account_id, contacts):
        for start in range(0, len(orders), SETTLE_EACH):
            settle([_accepted(order) for order in orders[start : start + SETTLE_EACH]])


def _accepted(order: Claimed) -> Outcome:
    ref = str(order.attempt_id)
    return Outcome(order=order, at=clock.now(), receipt=Receipt(ref=ref, accepted=True, remote_id=f"r{ref}"))


def _claim_and_push(account_id: UUID, contacts: int) -> None:
    for orders in _claimed(account_id, contacts):
        push(orders)


def claims(*, contacts: int, repeats: int) -> Section:
    """Measure claims with settlements, with and without the push between."""
    with fresh() as template:
        campaign = _campaign()
        crowd.enrol(campaign.pk, rows=contacts)
        crowd.settle_down()
        rows = []
        for title, work in (
            ("claim + settle", _claim_and_settle),
            ("claim + push + settle", _claim_and_push),
        ):
            found = _against_bare(
                template, functools.partial(work, campaign.provider_account_id, contacts), repeats
            )
            rows.append(
                (
                    title,
                    rate(contacts / found.ours),
                    rate(contacts / found.bare),
                    ratio(found.bare / found.ours),
                )
            )
    return Section(
        "Claims and settlements",
        CLAIMS_TEXT.format(settle_each=SETTLE_EACH),
        ("Work", "calls/s", "the same SQL bare, calls/s", "ratio"),
        rows,
    )


def _ends(attempts: Sequence[UUID]) -> list[Report]:
    now = clock.now()
    return [
        Report(
            ref=str(key),
            remote_id=f"r{key}",
            progress=Progress.ENDED,
            result=Result.NO_ANSWER,
            raw_status="no_answer",
            at=now,
            ended_at=now,
            event_id=f"{key}:end",
        )
        for key in attempts
    ]


_LEAST = """
UPDATE dialer_attempt SET state = 'ended', is_live = false, result = 'no_answer', ended_at = now(), heard_at = now()
  FROM unnest(%s::uuid[]) AS v(id) WHERE dialer_attempt.id = v.id
"""


def polls(*, calls: int, repeats: int) -> Section:
    """Measure what a poll's reports cost."""
    with fresh() as template:
        campaign = _campaign()
        crowd.enrol(campaign.pk, rows=calls)
        _claim_and_settle(campaign.provider_account_id, calls)
        crowd.settle_down()
        keys = list(Attempt.objects.filter(is_live=True).values_list("pk", flat=True))
        pages = [_ends(keys[start : start + PAGE]) for start in range(0, len(keys), PAGE)]

        def work() -> None:
            for page in pages:
                apply(
                    account_id=campaign.provider_account_id,
                    reports=page,
                    source=EventSource.POLL,
                    now=clock.now(),
                    campaign_id=campaign.pk,
                )

        found = _against_bare(template, work, repeats)
        least = median([_least_of(template, keys) for _ in range(repeats)])
    return Section(
        "Polls",
        POLLS_TEXT,
        ("Work", "reports/s", "ratio of ours to it"),
        [
            ("ours", rate(calls / found.ours), ""),
            ("the same SQL bare", rate(calls / found.bare), ratio(found.bare / found.ours)),
            ("one bare UPDATE a page", rate(calls / least), ratio(least / found.ours)),
        ],
        after=aim(
            "ours to one bare UPDATE a page", least / found.ours, 0.6, _WHY.format(ratio(least / found.bare))
        ),
    )


def _least_of(template: str, keys: Sequence[Any]) -> float:
    with copy_of(template), connection.cursor() as cursor:

        def update() -> None:
            for start in range(0, len(keys), PAGE):
                cursor.execute(_LEAST, [keys[start : start + PAGE]])

        return seconds(update)
