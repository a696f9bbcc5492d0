"""What a claim, the statistics and a list page cost while the number of waiting contacts grows.

Owns these measurements and the query plan of the dial queue.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.db import connection
from django.test import Client

from benchmarks import crowd, provider
from benchmarks.calls import NO_LIMIT
from benchmarks.database import fresh
from benchmarks.measuring import Section, median, ratio, seconds
from dialer import clock
from dialer.engine import sweeps
from dialer.engine.claim import claim
from dialer.engine.queue import due_statement
from dialer.keys import issue_api_key
from dialer.models import Campaign
from dialer.models.campaigns import PRIORITY_MAX, PRIORITY_MIN
from dialer.reports.stats import campaign_stats

CLAIM_ROWS = 100

CLAIM_TEXT = f"""\
One claim of {CLAIM_ROWS} contacts, whole: locks, gates, attempts, commit. "all due": everybody waits and is due.
"10 % due, rest held": nine of ten wait, held by a gate until tomorrow. "campaigns tick": the step that
looks after all campaigns every two seconds. Milliseconds, medians; the claim must stay flat within 1.5."""

READ_TEXT = """\
Through the whole of the web stack in one process: authentication, filters, shape, JSON. The page is 100 contacts, first
and fiftieth. Statistics count the campaign anew each time. Milliseconds, medians."""

PLAN_TEXT = """\
The plan of `engine.queue.due_statement` at the largest size; of its branches, one a priority, the empty ones are
left out:

```
{plan}
```"""

#: Ends what the measured claims took, so that the next size starts as the one before.
_END = (
    "UPDATE dialer_attempt SET is_live = false, state = 'ended', result = 'no_answer', ended_at = now(),"
    " lease_until = NULL WHERE is_live"
)


def by_size(sizes: Sequence[int], *, repeats: int) -> list[Section]:
    """Measure everything at each size."""
    claims: list[list[str]] = []
    reads: list[list[str]] = []
    with fresh():
        crowded, held = _campaign("all due"), _campaign("held")
        key = issue_api_key("bench", ["read"])[1]
        before = 0
        for size in sizes:
            more = size - before
            crowd.enrol(crowded.pk, rows=more, base=before)
            crowd.enrol(held.pk, rows=more, base=50_000_000 + before, due_each=10, held=True)
            crowd.settle_down()
            before = size
            claims.append([f"{size:,}", *map(_ms, _claim_costs(crowded, held, repeats))])
            reads.append([f"{size:,}", *map(_ms, _read_costs(crowded, key, repeats))])
        plan = _plan(crowded.pk)
    for rows in (claims, reads):
        rows.append(["largest to smallest", *_growth(rows[0], rows[-1])])
    return [
        Section(
            "One claim, by the number of waiting contacts",
            CLAIM_TEXT,
            ("contacts", "all due", "10 % due, rest held", "campaigns tick"),
            claims,
            after=PLAN_TEXT.format(plan=plan),
        ),
        Section(
            "Reads, by the number of contacts",
            READ_TEXT,
            ("contacts", "campaign_stats", "first page", "page 50"),
            reads,
        ),
    ]


def _campaign(name: str) -> Campaign:
    account = crowd.account(provider=provider.Nothing.slug, max_requests_per_second=NO_LIMIT)
    return crowd.campaign(account, name=name)


def _ms(value: float) -> str:
    return f"{value * 1000:.1f}"


def _growth(first: Sequence[str], last: Sequence[str]) -> list[str]:
    return [ratio(float(after) / float(before)) for before, after in zip(first[1:], last[1:], strict=True)]


def _middle(work: Callable[[], Any], repeats: int) -> float:
    work()  # the first one warms caches and plans
    return median([seconds(work) for _ in range(repeats)])


def _claim_costs(crowded: Campaign, held: Campaign, repeats: int) -> list[float]:
    costs = []
    for campaign in (crowded, held):

        def work(account_id: UUID = campaign.provider_account_id) -> None:
            taken = claim(account_id=account_id, now=clock.now(), limit=CLAIM_ROWS)
            assert len(taken) == CLAIM_ROWS

        costs.append(_middle(work, repeats))
    with connection.cursor() as cursor:
        cursor.execute(_END)
    costs.append(_middle(lambda: sweeps.sweep(now=clock.now()), repeats))
    return costs


def _read_costs(campaign: Campaign, key: str, repeats: int) -> list[float]:
    client = Client(headers={"authorization": f"Bearer {key}"})
    first = f"/api/v1/campaigns/{campaign.pk}/contacts?page_size=100"

    def page(address: str) -> Any:
        answer = client.get(address)
        assert answer.status_code == 200, answer.content
        return answer.json()

    deep = first
    for _ in range(49):
        deep = page(deep)["next"]
    return [
        _middle(lambda: campaign_stats(campaign=campaign, now=clock.now()), repeats),
        _middle(lambda: page(first), repeats),
        _middle(lambda: page(deep), repeats),
    ]


def _plan(campaign_id: UUID) -> str:
    """Explain the statement; of the equal branches, one a priority, only the one that has rows is kept."""
    now = clock.now() + timedelta(seconds=1)
    with connection.cursor() as cursor:
        cursor.execute(
            f"EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF, SUMMARY OFF) {due_statement(CLAIM_ROWS * 2)}",
            [campaign_id, now] * (PRIORITY_MAX - PRIORITY_MIN + 1),
        )
        plan = "\n".join(row[0] for row in cursor.fetchall())
    plan = re.sub(r"'[^']*'::", "...::", plan)
    head, *branches = re.split(r"(?m)^(?= +->  Limit )", plan)
    return (
        head + "".join(branch for branch in branches if "rows=0 loops" not in branch.splitlines()[0]).rstrip()
    )
