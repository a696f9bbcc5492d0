"""Says why a campaign does not dial: the true cause first, and the instant at which it will.

Owns which causes are asked in which order; reads a bounded number of rows and never writes.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any
from uuid import UUID

from dialer.engine.errors import NotFound
from dialer.gates.facts import CampaignFacts, Candidate
from dialer.gates.opening import opening
from dialer.gates.verdict import Verdict
from dialer.models import Campaign
from dialer.reports import causes as whole
from dialer.reports import contact_causes as single
from dialer.reports.causes import Cause
from dialer.reports.contact_causes import Groups, Live
from dialer.reports.standing import engine_gates, whole_facts
from dialer.reports.tallies import skips_by_gate
from dialer.reports.waiting import DUE, Head, Waiting, head_of

#: So many who are due are judged anew, and so many of those who come next: the gates cost a millisecond for some.
_DUE, _NEXT = 30, 10
#: And so many behind each gate.
_OF_EACH = 3
#: Gates that open and close by the second.
_OF_THE_SECOND = frozenset({"capacity", "rate"})


def why_not_dialing(*, campaign_id: UUID, now: datetime) -> dict[str, Any]:
    """Tell whether a campaign dials, what holds it, and when it will dial; the first cause is the true one."""
    campaign = Campaign.objects.select_related("provider_account").filter(pk=campaign_id).first()
    if campaign is None:
        raise NotFound("campaign")
    live, head = single.live_calls(campaign.pk), head_of(campaign.pk, now)
    stopped = whole.of_status(campaign, live.ringing + live.doubtful + live.expected)
    if stopped is not None:
        causes, next_dial_at = [stopped, *single.of_live(live, campaign.provider_account)], None
    else:
        causes, next_dial_at = _of_running(campaign, live, head, now)
    return {
        "campaign": campaign.pk,
        "status": campaign.status,
        "is_dialing": live.ringing > 0,
        "live_calls": live.ringing,
        "causes": [asdict(cause) for cause in causes],
        "next_dial_at": next_dial_at,
        "skips": skips_by_gate(campaign.pk),
        "counts_complete": head.is_whole,
        "checked_at": now,
    }


def _of_running(
    campaign: Campaign, live: Live, head: Head, now: datetime
) -> tuple[list[Cause], datetime | None]:
    account = campaign.provider_account
    facts = whole_facts(campaign, account, now)
    engine = engine_gates(campaign, account, now)
    of_all = list(whole.of_campaign(campaign, account, facts, engine, now=now, count=head.total))
    dated = [cause for cause in of_all if cause.code in ("ended", "not_started", "account_disabled")]
    silent = whole.of_worker(now)
    rest = [*([silent] if silent else []), *(cause for cause in of_all if cause not in dated)]
    if not head.rows and not (live.ringing or live.expected or live.doubtful):
        return [*dated, single.of_nobody(campaign), *rest], None
    shown = _looked_at(head, now)
    candidates = single.judged(shown, facts, now)
    groups = Groups(facts, now, campaign.release_holds_at is not None, candidates)
    waiting = groups.causes(head, shown)
    if not any(cause.code == DUE for cause in waiting):
        # Nobody could be called now: that the account is busy this second holds nobody.
        rest = [cause for cause in rest if cause.gate not in _OF_THE_SECOND]
        of_all = [cause for cause in of_all if cause.gate not in _OF_THE_SECOND]
    elif dated or rest:
        # Nothing holds them but what holds the whole campaign.
        waiting = [cause for cause in waiting if cause.code != DUE]
    causes = [*dated, *rest, *_by_instant([*waiting, *single.of_live(live, account)])]
    if not any(cause.gate == "remote" for cause in causes):
        causes += whole.of_remote(campaign)
    if silent or _is_stopped(of_all):
        return causes, None
    return causes, _next_dial(shown, candidates, facts, engine, groups, live, now)


def _by_instant(causes: list[Cause]) -> list[Cause]:
    """Put a provider's next ring before what waits longer; doubt and refusals stay behind."""
    native = [cause for cause in causes if cause.code == "provider_rings_next"]
    others = [cause for cause in causes if cause.code != "provider_rings_next"]
    for cause in native:
        place = next(
            (
                n
                for n, other in enumerate(others)
                if other.until and cause.until and other.until > cause.until
            ),
            len(others),
        )
        others.insert(place, cause)
    return others


def _is_stopped(causes: Sequence[Cause]) -> bool:
    """Whether something holds the whole campaign that no clock ends."""
    return any(cause.until is None for cause in causes)


def _looked_at(head: Head, now: datetime) -> list[Waiting]:
    """Choose whom to judge: who is due, in the order of the queue, then who comes first, and some behind each gate."""
    due = [row for row in head.rows if row.next_attempt_at <= now]
    later = sorted(
        (row for row in head.rows if row.next_attempt_at > now), key=lambda row: row.next_attempt_at
    )
    chosen = {row.id: row for row in (*due[:_DUE], *later[:_NEXT])}
    counts: Counter[str] = Counter()
    for row in later:
        counts[row.kind(now)] += 1
        if counts[row.kind(now)] <= _OF_EACH:
            chosen[row.id] = row
    return list(chosen.values())


def _next_dial(
    shown: Sequence[Waiting],
    candidates: dict[UUID, Candidate],
    facts: CampaignFacts,
    engine: Sequence[Verdict],
    groups: Groups,
    live: Live,
    now: datetime,
) -> datetime | None:
    """Find the first instant at which one of those who wait can be called, or the provider rings by itself."""
    best = live.expected_at
    earliest = max([now, *(verdict.until for verdict in engine if verdict.until)])
    for row in sorted(shown, key=lambda row: row.next_attempt_at):
        look_at = row.due_at if groups.is_freeing and row.due_at else row.next_attempt_at
        if best is not None and look_at >= best:
            break
        candidate = candidates.get(row.id)
        if candidate is None or candidate.is_busy:
            continue  # nothing tells when the other call will be over
        found = opening(candidate, max(earliest, look_at)).at
        best = found if best is None or (found is not None and found < best) else best
    return best
