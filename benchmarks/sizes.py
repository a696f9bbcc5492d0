"""What a claim, the statistics and a list page cost while the number of waiting contacts grows.

Owns these measurements and the query plan of the dial queue.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.db import connection
from django.test import Client

from benchmarks import crowd, provider
from benchmarks.calls import NO_LIMIT
from benchmarks.database import fresh, use
from benchmarks.measuring import Section, aim, median, ratio, seconds
from dialer import clock
from dialer.engine import sweeps
from dialer.engine.claim import LOOK_AHEAD, claim
from dialer.engine.queue import due_statement
from dialer.keys import issue_api_key
from dialer.models import Campaign
from dialer.models.campaigns import PRIORITY_MAX, PRIORITY_MIN
from dialer.reports.stats import campaign_stats

CLAIM_ROWS = 100
#: Claims before the first one that is timed, and timed ones behind them, in each round.
WARM, TIMED = 3, 4

CLAIM_TEXT = f"""\
One claim of {CLAIM_ROWS} contacts, whole: locks, gates, attempts, commit. "all due": everybody waits and is due.
"10 % due, rest held": nine of ten wait, held by a gate until tomorrow. "campaigns tick": the step that
looks after all campaigns every two seconds. Milliseconds, medians; the claim must stay flat within 1.5.

Each size has a database of its own, vacuumed and with its dirty pages written before anything is timed: fresh from
loading a million rows the server would go on writing them meanwhile. The sizes take turns, {{rounds}} rounds, so that
what else the machine does meets all alike; in each round {WARM} claims warm the connection and the cache and {TIMED}
are timed."""

READ_TEXT = """\
Through the whole of the web stack in one process: authentication, filters, shape, JSON. The page is 100 contacts, first
and fiftieth. Statistics are those of a campaign whose contacts have an attempt each, spread over a month; they are
summed from tallies. Milliseconds, medians. Two more campaigns of the same size, enrolled later, are in the same
tables."""

PLAN_TEXT = """\
The plan of `engine.queue.due_statement` at the largest size; of its branches, one a priority, the empty ones are
left out:

```
{plan}
```"""

#: Ends what the measured claims took and puts it at the end of the queue, so that each round finds enough.
_END = """
UPDATE dialer_campaigncontact SET state = 'waiting', due_at = now(), next_attempt_at = now()
 WHERE id IN (SELECT campaign_contact_id FROM dialer_attempt WHERE is_live) AND state = 'dispatching';
UPDATE dialer_attempt SET is_live = false, state = 'ended', result = 'no_answer', ended_at = now(), lease_until = NULL
 WHERE is_live
"""


@dataclass(slots=True)
class Grown:
    """One size: its database and what was measured in it."""

    size: int
    database: str
    crowded: Campaign
    held: Campaign
    called: Campaign
    key: str
    found: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))

    def middle(self, name: str) -> float:
        """Return the median of what was measured, in seconds."""
        return median(self.found[name])

    def cells(self, names: Sequence[str]) -> list[str]:
        """Write a row of the report."""
        return [f"{self.size:,}", *(f"{self.middle(name) * 1000:.1f}" for name in names)]


CLAIMS = ("all due", "10 % due, rest held", "campaigns tick")
READS = ("campaign_stats", "first page", "page 50")
_WHY_CLAIM = "No plan reads more rows at the larger size; what differs is how much of the table is in memory."
_WHY = {
    "campaign_stats": "It reads as many buckets at any size; what differs is the memory they lie in.",
    "first page": "Without a cursor PostgreSQL walks the ids of the campaign that was enrolled later.",
}


def by_size(sizes: Sequence[int], *, rounds: int) -> list[Section]:
    """Measure everything at each size."""
    with ExitStack() as databases:
        grown = [_grown(size, databases.enter_context(fresh())) for size in sizes]
        for _ in range(rounds):
            for one in grown:
                use(one.database)
                _claim_costs(one)
                _read_costs(one)
        use(grown[-1].database)
        plan = _plan(grown[-1].crowded.pk)
    tables, mets = [], []
    for names, most in ((CLAIMS, 1.5), (READS, 2.0)):
        rows = [one.cells(names) for one in grown]
        growths = [grown[-1].middle(name) / grown[0].middle(name) for name in names]
        tables.append([*rows, ["largest to smallest", *map(ratio, growths)]])
        mets.append(
            "\n".join(
                aim(f"{name}, largest to smallest", growth, most, _WHY.get(name, _WHY_CLAIM), at_most=True)
                for name, growth in zip(names, growths, strict=True)
            )
        )
    return [
        Section(
            "One claim, by the number of waiting contacts",
            CLAIM_TEXT.format(rounds=rounds),
            ("contacts", *CLAIMS),
            tables[0],
            after=f"{mets[0]}\n\n{PLAN_TEXT.format(plan=plan)}",
        ),
        Section(
            "Reads, by the number of contacts", READ_TEXT, ("contacts", *READS), tables[1], after=mets[1]
        ),
    ]


def _grown(size: int, database: str) -> Grown:
    crowded, held, called = (_campaign(name) for name in ("all due", "held", "called"))
    crowd.enrol(crowded.pk, rows=size)
    crowd.enrol(held.pk, rows=size, base=50_000_000, due_each=10, held=True)
    crowd.enrol(called.pk, rows=size, base=20_000_000, due_each=10, called=True)
    crowd.settle_down()
    return Grown(size, database, crowded, held, called, issue_api_key("bench", ["read"])[1])


def _campaign(name: str) -> Campaign:
    account = crowd.account(provider=provider.Nothing.slug, max_requests_per_second=NO_LIMIT)
    return crowd.campaign(account, name=name)


def _time(work: Callable[[], Any], into: list[float]) -> None:
    for _ in range(WARM):
        work()
    into += [seconds(work) for _ in range(TIMED)]


def _claim_costs(one: Grown) -> None:
    for name, campaign in zip(CLAIMS, (one.crowded, one.held), strict=False):

        def work(account_id: UUID = campaign.provider_account_id) -> None:
            taken = claim(account_id=account_id, now=clock.now(), limit=CLAIM_ROWS)
            assert len(taken) == CLAIM_ROWS

        _time(work, one.found[name])
    with connection.cursor() as cursor:
        cursor.execute(_END)
    _time(lambda: sweeps.sweep(now=clock.now()), one.found["campaigns tick"])


def _read_costs(one: Grown) -> None:
    client = Client(headers={"authorization": f"Bearer {one.key}"})
    first = f"/api/v1/campaigns/{one.crowded.pk}/contacts?page_size=100"

    def page(address: str) -> Any:
        answer = client.get(address)
        assert answer.status_code == 200, answer.content
        return answer.json()

    deep = first
    for _ in range(49):
        deep = page(deep)["next"]
    _time(lambda: campaign_stats(campaign=one.called, now=clock.now()), one.found["campaign_stats"])
    _time(lambda: page(first), one.found["first page"])
    _time(lambda: page(deep), one.found["page 50"])


def _plan(campaign_id: UUID) -> str:
    """Explain the statement; of the equal branches, one a priority, only the one that has rows is kept."""
    now = clock.now() + timedelta(seconds=1)
    with connection.cursor() as cursor:
        cursor.execute(
            f"EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF, SUMMARY OFF) {due_statement(int(CLAIM_ROWS * LOOK_AHEAD))}",
            [campaign_id, now] * (PRIORITY_MAX - PRIORITY_MIN + 1),
        )
        plan = "\n".join(row[0] for row in cursor.fetchall())
    plan = re.sub(r"'[^']*'::", "...::", plan)
    head, *branches = re.split(r"(?m)^(?= +->  Limit )", plan)
    return (
        head + "".join(branch for branch in branches if "rows=0 loops" not in branch.splitlines()[0]).rstrip()
    )
