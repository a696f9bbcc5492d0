"""Own how a native plan is written for Targg's campaigns, and where calls are made that carry none.

Targg redials by campaign ("Create campaign", `timeline_retry`): no call of a campaign with a plan can go without it, or
with a shorter one. So a campaign with a plan has a second one beside it, without retries, for single calls. Never
sends anything.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from providers.errors import CampaignBlocked
from providers.values import NativePlan, RemoteCampaign
from providers.vocabulary import Unit

#: `unit` of timeline_retry (document, "Create campaign").
_UNITS = {Unit.HOUR: 1, Unit.DAY: 2, Unit.WEEK: 3, Unit.MONTH: 4, Unit.YEAR: 5}
#: Name, in the campaign's `remote`, of the campaign beside it whose calls are never redialed.
SINGLES = "singles_id"

Timeline = tuple[dict[str, int], ...]


def timeline_of(plan: NativePlan | None) -> Timeline:
    """Write a plan as `timeline_retry`; none is the empty one, which switches retries off (sheet: Gaps 3)."""
    steps = plan.steps if plan is not None else ()
    for step in steps:
        if step.unit not in _UNITS or step.amount < 1:
            raise CampaignBlocked("Targg waits whole hours or longer units between its retries.")
    return tuple(
        {
            "unit": _UNITS[step.unit],
            "duration": step.amount,
            "option_hour": 2 if step.business_day else 1,
            "phone_choose": 2 if step.other_phone else 1,
        }
        for step in steps
    )


def stored(timeline: Sequence[Mapping[str, int]]) -> str:
    """Write a timeline for the campaign's `remote`: Targg does not show it (sheet: Gaps 6)."""
    return json.dumps([dict(step) for step in timeline], separators=(",", ":"))


def read_back(remote: Mapping[str, str]) -> Timeline | None:
    """Give the timeline that the remote campaign was opened with; None if that is not known."""
    text = remote.get("timeline_retry")
    return tuple(json.loads(text)) if text else None


def timeline_for(campaign: RemoteCampaign, call: Mapping[str, Any]) -> Timeline:
    """Give the waits after which a call object may ring again; none in the campaign of single calls."""
    if call.get("campaign") == campaign.remote.get(SINGLES, ""):
        return ()
    return read_back(campaign.remote) or ()


def ids_of(campaign: RemoteCampaign) -> list[str]:
    """List the remote campaigns in which an order's calls may be: its own, and the one of single calls."""
    singles = campaign.remote.get(SINGLES)
    return [campaign.remote_id, singles] if singles else [campaign.remote_id]
